"""Commands about postcodes."""

from pathlib import Path
from typing import Annotated, Any

import typer

from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say

__all__ = ["register", "show_added"]

_postcodes = typer.Typer(name="postcodes", help="Postcodes and their positions.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_postcodes)


@_postcodes.callback()
def _group() -> None:
    """Postcodes and their positions."""


@_postcodes.command("add")
def add(
    file: Annotated[
        Path, typer.Argument(help="Code-Point Open (CSV): the zip, the folder unpacked from it, or one of its CSVs.")
    ],
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Read the postcodes of England and Wales out of Code-Point Open.

    Postcodes without a position are kept apart, those of Scotland are left out, and rows that cannot be used are kept with
    their file, line and reason; the counts add up to the rows read.
    """
    with reported(as_json):
        from crimemap.pipeline.fetching import add_postcodes
        from crimemap.workspace import Workspace

        result = add_postcodes(Workspace(workspace), file)
        emit(result, as_json=as_json, show=lambda: show_added(result))


def show_added(result: dict[str, Any]) -> None:
    """Say what was read, for people."""
    say(
        f"{result['read']:,} postcodes read = {result['stored']:,} stored "
        f"+ {result['without_position']:,} without a position "
        f"+ {result['outside']:,} in Scotland + {result['quarantined']:,} that could not be used."
    )
    say(result["attribution"])
