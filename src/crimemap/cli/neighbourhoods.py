"""Commands about police neighbourhoods."""

from pathlib import Path
from typing import Annotated, Any

import typer

from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say, table

__all__ = ["neighbourhoods"]

neighbourhoods = typer.Typer(no_args_is_help=True, help="Neighbourhood teams, priorities, events and contact details.")


@neighbourhoods.command("add")
def add(
    path: Annotated[Path, typer.Argument(help="JSON in data.police.uk's shape, CSV, or a folder of either.")],
    force: Annotated[str, typer.Option("--force", help="The force, as in police.uk's addresses: south-wales.")],
    vintage: Annotated[
        str | None, typer.Option("--vintage", help="The year of the boundaries, where there are some; else this year.")
    ] = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Add what a force says about its neighbourhoods. HTML is made safe; what cannot be used is set aside with a reason."""
    with reported(as_json):
        from crimemap.pipeline.neighbourhoods import add_neighbourhoods
        from crimemap.workspace import Workspace

        result = add_neighbourhoods(Workspace(workspace), path, force=force, vintage=vintage)
        emit(result, as_json=as_json, show=lambda: _show_added(result))


@neighbourhoods.command("list")
def list_(workspace: WorkspaceOption = Path("workspace"), as_json: JsonOption = False) -> None:
    """List the forces whose neighbourhoods are known."""
    with reported(as_json):
        from crimemap.pipeline.neighbourhoods import list_neighbourhoods
        from crimemap.workspace import Workspace

        result = list_neighbourhoods(Workspace(workspace))
        columns = ("force", "neighbourhoods", "with_team", "priorities", "events", "set_aside")
        titles = ("Force", "Neighbourhoods", "With a team", "Priorities", "Events", "Set aside")
        emit(
            result,
            as_json=as_json,
            show=lambda: table(
                "Neighbourhoods",
                titles,
                ([held[column] for column in columns] for held in result["forces"]),
                numeric=titles[1:],
            ),
        )


def _show_added(result: dict[str, Any]) -> None:
    if not result["changed"]:
        say(f"{result['force']} already has these {result['neighbourhoods']:,} neighbourhoods; nothing changed.")
    else:
        say(
            f"Added {result['neighbourhoods']:,} neighbourhoods of {result['force']}: {result['people']:,} people, "
            f"{result['priorities']:,} priorities, {result['events']:,} events."
        )
    for note in result["notes"]:
        say(f"  {note}")
    for held in result["set_aside"]:
        say(f"  Set aside from {held['part']}: {held['count']:,} ({held['reason']}).")
    if result["boundaries"]:
        say(f"  Boundaries: {result['boundaries']['set_id']}, {result['boundaries']['n_areas']:,} areas.")
