"""Progress of long work, on standard error, for a person at a terminal and nobody else."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["counting"]


@contextmanager
def counting(silent: bool) -> Iterator[Callable[[int, int, int], None]]:
    """
    Show rows and files read while the block runs.

    Parameters
    ----------
    silent
        Show nothing, as for JSON.
    """
    if silent or not sys.stderr.isatty():
        yield lambda _rows, _files, _of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("files"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("Reading", total=None)

        def tell(rows: int, files: int, of: int) -> None:
            shown.update(task, completed=files, total=of, description=f"{rows:,} rows")

        yield tell
