"""What every command has: the workspace option, the JSON option, and how results and errors are said."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from crimemap.errors import CrimemapError

__all__ = ["JsonOption", "WorkspaceOption", "emit", "reported", "say", "table"]

WorkspaceOption = Annotated[
    Path,
    typer.Option("--workspace", "-w", envvar="CRIMEMAP_WORKSPACE", help="The workspace directory.", show_default=True),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output and nothing else.")]


@contextmanager
def reported(as_json: bool) -> Iterator[None]:
    """Turn an error that we raise on purpose into one sentence (or one JSON object) and exit status 1."""
    try:
        yield
    except CrimemapError as error:
        _refuse(error, as_json)
        raise typer.Exit(1) from error
    except BrokenPipeError:  # whoever was reading has gone, as `head` does: nothing is wrong
        raise
    except OSError as error:
        _refuse(_of_the_machine(error), as_json)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        print("crimemap: interrupted; what was finished is kept, run the same command again to go on.", file=sys.stderr)
        raise typer.Exit(130) from None


def _refuse(error: CrimemapError, as_json: bool) -> None:
    if as_json:
        said = {"type": type(error).__name__, "message": error.message, "where": error.where, "fix": error.fix}
        print(_document({"error": said}))
    print(f"crimemap: {_one_line(str(error))}", file=sys.stderr)


def _document(value: Mapping[str, Any]) -> str:
    """Write one JSON document; letters that standard output has no way to write are escaped."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False, default=str)
    return text


def _of_the_machine(error: OSError) -> CrimemapError:
    """Say what the operating system would not do: a disk that is full or read-only, a file that is somebody else's."""
    where = error.filename if isinstance(error.filename, str) else ""
    said = error.strerror or "the file or folder cannot be used"
    return CrimemapError(
        said[:1].lower() + said[1:],
        where=where,
        fix="Check that it is there, that you may read it (and write to the workspace), and that the disk is not full.",
    )


def _one_line(text: str) -> str:
    """Write out what would move the cursor or break the line: names of files are from outside."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def emit(result: Mapping[str, Any], *, as_json: bool, show: Callable[[], None]) -> None:
    """Print a result: as one JSON document, or by `show` for people."""
    if as_json:
        print(_document(result))
    else:
        show()


def say(text: str) -> None:
    """Print a line for people."""
    print(text)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, numeric: Sequence[str] = ()) -> None:
    """Print a table for people; columns named in `numeric` are set flush right, with thousands separated."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(title=title or None, title_justify="left", header_style="bold")
    for column in columns:
        shown.add_column(column, justify="right" if column in numeric else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(_cell(cell) for cell in row))
    width = None if sys.stdout.isatty() else 160
    Console(width=width, highlight=False).print(shown)


def _cell(cell: object) -> str:
    from rich.markup import escape

    if isinstance(cell, int) and not isinstance(cell, bool):
        return f"{cell:,}"
    return escape("\n".join(map(_one_line, str(cell).split("\n"))))
