"""Commands about boundaries, lookups and neighbourhoods."""

from pathlib import Path
from typing import Annotated, Any

import typer

from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say, table

__all__ = ["register"]

_areas = typer.Typer(no_args_is_help=True, help="Boundary sets: add, build, list, show, check, remove.")
_lookups = typer.Typer(no_args_is_help=True, help="Child to parent tables, population and households.")
_neighbourhoods = typer.Typer(no_args_is_help=True, help="Neighbourhood teams, priorities, events and contact details.")

TypeOption = Annotated[
    str, typer.Option("--type", "-t", help="bcu, csp, lad, county, ctyua, pfa, neighbourhood, ward, lsoa or msoa.")
]
VintageOption = Annotated[str, typer.Option("--vintage", help="The year that the boundaries were drawn for.")]
ForceOption = Annotated[
    str | None, typer.Option("--force", help="The force a set belongs to, as in police.uk's addresses: south-wales.")
]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_areas, name="areas")
    app.add_typer(_lookups, name="lookups")
    app.add_typer(_neighbourhoods, name="neighbourhoods")


@_areas.command("add")
def add(
    file: Annotated[Path, typer.Argument(help="GeoPackage, GeoJSON, zipped shapefile, KML, FlatGeobuf or GeoParquet.")],
    area_type: TypeOption,
    vintage: VintageOption,
    force: ForceOption = None,
    code: Annotated[str | None, typer.Option("--code", help="Column of codes, where it is not recognised.")] = None,
    name: Annotated[str | None, typer.Option("--name", help="Column of names, where it is not recognised.")] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="Layer, where the file has several.")] = None,
    crs: Annotated[
        str | None, typer.Option("--crs", help="Coordinate system, where the file does not say it: EPSG:27700.")
    ] = None,
    within: Annotated[
        str | None,
        typer.Option("--within", metavar="SET:CODE", help="Keep areas whose middle lies in an area of another set."),
    ] = None,
    only: Annotated[
        str | None,
        typer.Option("--only", metavar="FILE:COLUMN", help="Keep areas whose code stands in a column of a CSV file."),
    ] = None,
    dissolve: Annotated[bool, typer.Option("--dissolve", help="Join the rows of one code.")] = False,
    any_codes: Annotated[bool, typer.Option("--any-codes", help="Take codes that are not of the type's pattern.")] = False,
    publisher: Annotated[str | None, typer.Option("--publisher", help="Publisher, where not the catalogue's.")] = None,
    licence: Annotated[str | None, typer.Option("--licence", help="Licence, where not the catalogue's.")] = None,
    attribution: Annotated[str | None, typer.Option("--attribution", help="Attribution, where not the catalogue's.")] = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Add a boundary set. Shapes are repaired, and what was repaired is said; what cannot be used is refused."""
    with reported(as_json):
        from crimemap.pipeline.areas import add_areas
        from crimemap.workspace import Workspace

        result = add_areas(
            Workspace(workspace),
            file,
            area_type=area_type,
            vintage=vintage,
            force=force,
            code=code,
            name=name,
            layer=layer,
            crs=crs,
            within=within,
            only=only,
            dissolve=dissolve,
            any_codes=any_codes,
            publisher=publisher,
            licence=licence,
            attribution=attribution,
        )
        emit(result, as_json=as_json, show=lambda: _show_added(result))


@_areas.command("list")
def list_(workspace: WorkspaceOption = Path("workspace"), as_json: JsonOption = False) -> None:
    """List the boundary sets of the workspace."""
    with reported(as_json):
        from crimemap.pipeline.areas import list_areas
        from crimemap.workspace import Workspace

        result = list_areas(Workspace(workspace))
        columns = ("set_id", "n_areas", "repaired", "source_file", "licence", "added_at")
        emit(
            result,
            as_json=as_json,
            show=lambda: table(
                "Boundary sets",
                ("Set", "Areas", "Repaired", "File", "Licence", "Added"),
                ([held[column] for column in columns] for held in result["sets"]),
                numeric=("Areas", "Repaired"),
            ),
        )


@_areas.command("show")
def show(
    set_id: Annotated[str, typer.Argument(help="The set, for example csp-2017; its type alone where there is one.")],
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Show what is known about one set: source, terms, repairs, and its areas."""
    with reported(as_json):
        from crimemap.pipeline.areas import show_areas
        from crimemap.workspace import Workspace

        result = show_areas(Workspace(workspace), set_id)
        emit(result, as_json=as_json, show=lambda: _show_set(result))


@_areas.command("remove")
def remove(
    set_id: Annotated[str, typer.Argument(help="The set, for example csp-2017.")],
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Forget one set. Incidents are not touched; the set can be added again."""
    with reported(as_json):
        from crimemap.pipeline.areas import remove_areas
        from crimemap.workspace import Workspace

        result = remove_areas(Workspace(workspace), set_id)
        emit(result, as_json=as_json, show=lambda: say(f"Removed {result['removed']}."))


def _show_added(result: dict[str, Any]) -> None:
    if not result["changed"]:
        say(f"{result['set_id']} already holds these {result['n_areas']:,} areas; nothing changed.")
        return
    say(f"Added {result['set_id']}: {result['n_areas']:,} areas from {result['source_file']}.")
    for note in result["notes"]:
        say(f"  {note}")
    _show_repairs(result["repairs"])
    placed = result["places_assigned"].get(result["set_id"], 0)
    if placed:
        say(f"  {placed:,} places were assigned to its areas.")


def _show_repairs(repairs: list[dict[str, Any]]) -> None:
    if not repairs:
        return
    say(f"  {len(repairs)} areas were repaired:")
    for repair in repairs[:20]:
        say(f"    {repair['area_code']}: {repair['what']}, area changed by {repair['change_m2']:,.2f} m²")
    if len(repairs) > 20:  # noqa: PLR2004
        say(f"    and {len(repairs) - 20} more: see 'crimemap areas show'.")


def _show_set(result: dict[str, Any]) -> None:
    for key in ("set_id", "source_file", "sha256", "publisher", "licence", "attribution", "added_at"):
        say(f"{key.replace('_', ' ')}: {result[key]}")
    for note in result["notes"]:
        say(f"note: {note}")
    _show_repairs(result["repairs"])
    table(
        "",
        ("Code", "Name", "Area, km²"),
        ((area["area_code"], area["area_name"], f"{area['area_m2'] / 1e6:,.2f}") for area in result["areas"]),
        numeric=("Area, km²",),
    )
