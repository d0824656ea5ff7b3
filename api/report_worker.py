"""
One report printed in a process of its own, which the server can end at any moment: `python -m api.report_worker`.

It is given a whole HTML document on standard input and writes the PDF to standard output. It fetches nothing and reads no
file but fonts.
"""

import os
import sys

from api.gentle import go_gently
from crimemap.errors import CrimemapError
from crimemap.products.pdf import pdf_of

__all__ = ["main"]


def main(memory_mb: int) -> int:
    """
    Print what is on standard input.

    Parameters
    ----------
    memory_mb
        Memory that it may take, megabytes.

    Returns
    -------
    int
        0; 1 where it could not be printed, with one line on standard error.
    """
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library may print is no PDF
    go_gently(memory_mb * 1024 * 1024)
    try:
        printed = pdf_of(sys.stdin.buffer.read().decode("utf-8"))
    except CrimemapError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except MemoryError:
        sys.stderr.write("more memory was needed than a report may take\n")
        return 1
    with out:
        out.write(printed)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
