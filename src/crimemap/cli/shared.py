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
        if as_json:
            said = {"type": type(error).__name__, "message": error.message, "where": error.where, "fix": error.fix}
            print(json.dumps({"error": said}, ensure_ascii=False))
        print(f"crimemap: {error}", file=sys.stderr)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        print("crimemap: interrupted; what was finished is kept, run the same command again to go on.", file=sys.stderr)
        raise typer.Exit(130) from None


def emit(result: Mapping[str, Any], *, as_json: bool, show: Callable[[], None]) -> None:
    """Print a result: as one JSON document, or by `show` for people."""
    if as_json:
        print(json.dumps(result, ensure_ascii=False, allow_nan=False, default=str))
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
        shown.add_row(*(f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell) for cell in row))
    width = None if sys.stdout.isatty() else 160
    Console(width=width, highlight=False).print(shown)
