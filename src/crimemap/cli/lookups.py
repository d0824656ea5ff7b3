"""Commands about child to parent tables, population and households."""

from pathlib import Path
from typing import Annotated, Any

import typer

from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say, table

__all__ = ["lookups"]

lookups = typer.Typer(no_args_is_help=True, help="Child to parent tables, population and households.")


@lookups.command("add")
def add(
    file: Annotated[Path, typer.Argument(help="A CSV file with a header, in UTF-8.")],
    vintage: Annotated[str, typer.Option("--vintage", help="The year that it is about.")],
    child: Annotated[
        str | None, typer.Option("--child", metavar="TYPE[:COLUMN]", help="The smaller areas: lad:LAD17CD.")
    ] = None,
    parent: Annotated[
        str | None, typer.Option("--parent", metavar="TYPE[:COLUMN]", help="The larger areas: csp:CSP17CD.")
    ] = None,
    parent_name: Annotated[str | None, typer.Option("--parent-name", help="Column of the parents' names.")] = None,
    area: Annotated[
        str | None, typer.Option("--area", metavar="TYPE[:COLUMN]", help="The areas that numbers are of: lsoa:LSOA11CD.")
    ] = None,
    population: Annotated[str | None, typer.Option("--population", help="Column of the number of people.")] = None,
    households: Annotated[str | None, typer.Option("--households", help="Column of the number of households.")] = None,
    where: Annotated[
        list[str] | None, typer.Option("--where", metavar="COLUMN=VALUE", help="Read only these rows; may be repeated.")
    ] = None,
    any_codes: Annotated[bool, typer.Option("--any-codes", help="Take codes that are not of the type's pattern.")] = False,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Add a lookup (--child, --parent), or population and households by area (--area). A child may have several parents."""
    with reported(as_json):
        from crimemap.errors import ParameterError
        from crimemap.pipeline.lookups import add_lookup, add_statistics
        from crimemap.workspace import Workspace

        if child and parent and not area:
            result = add_lookup(
                Workspace(workspace),
                file,
                child=child,
                parent=parent,
                vintage=vintage,
                parent_name=parent_name,
                where=where or (),
                any_codes=any_codes,
            )
            emit(result, as_json=as_json, show=lambda: _show_lookup(result))
        elif area and not child and not parent:
            result = add_statistics(
                Workspace(workspace),
                file,
                area=area,
                vintage=vintage,
                population=population,
                households=households,
                where=where or (),
                any_codes=any_codes,
            )
            emit(result, as_json=as_json, show=lambda: _show_statistics(result))
        else:
            raise ParameterError(
                "it is not clear what the file holds",
                where="crimemap lookups add",
                fix="Say --child and --parent for a lookup, or --area with --population or --households for numbers.",
            )


@lookups.command("list")
def list_(workspace: WorkspaceOption = Path("workspace"), as_json: JsonOption = False) -> None:
    """List lookups, population and households."""
    with reported(as_json):
        from crimemap.pipeline.lookups import list_lookups
        from crimemap.workspace import Workspace

        result = list_lookups(Workspace(workspace))
        emit(
            result,
            as_json=as_json,
            show=lambda: table(
                "Lookups and numbers",
                ("Name", "Kind", "Rows", "Total", "Column", "File", "Added"),
                (
                    (
                        held["lookup_id"],
                        held["kind"],
                        held["rows"],
                        "" if held["total"] is None else int(held["total"]),
                        held["column"],
                        held["source_file"],
                        held["added_at"],
                    )
                    for held in result["lookups"]
                ),
                numeric=("Rows", "Total"),
            ),
        )


def _show_lookup(result: dict[str, Any]) -> None:
    if not result["changed"]:
        say(f"{result['lookup_id']} already holds these {result['rows']:,} pairs; nothing changed.")
        return
    say(f"Added {result['lookup_id']}: {result['rows']:,} pairs from {result['read']:,} rows of {result['source_file']}.")
    if result["without_code"]:
        say(f"  {result['without_code']:,} rows lack a code and were left out.")
    if result["repeated"]:
        say(f"  {result['repeated']:,} rows said again what another said.")
    several = result["several_parents"]
    if several:
        say(f"  {len(several)} children have several parents, and all are kept: {_some(several)}.")
    unmatched = result["unmatched"]
    if unmatched and (unmatched["only_in_lookup"] or unmatched["only_in_set"]):
        say(f"  Beside {unmatched['set_id']}: {len(unmatched['only_in_lookup'])} codes are in the lookup alone"
            f" ({_some(unmatched['only_in_lookup'])}), {len(unmatched['only_in_set'])} in the set alone"
            f" ({_some(unmatched['only_in_set'])}).")  # fmt: skip


def _show_statistics(result: dict[str, Any]) -> None:
    for held in result["statistics"]:
        if not held["changed"]:
            say(f"{held['lookup_id']} already holds these {held['rows']:,} numbers; nothing changed.")
            continue
        say(f"Added {held['lookup_id']}: {held['total']:,.0f} in {held['rows']:,} areas from {held['source_file']}.")
        if held["without_number"]:
            say(f"  {held['without_number']:,} rows lack a code or a number: no data for them.")


def _some(codes: list[str]) -> str:
    return ", ".join(codes[:10]) + (", ..." if len(codes) > 10 else "") if codes else "none"  # noqa: PLR2004
