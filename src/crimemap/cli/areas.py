"""Commands about boundaries, lookups and neighbourhoods."""

from pathlib import Path
from typing import Annotated, Any

import typer

from crimemap.cli.counted import counted
from crimemap.cli.lookups import lookups
from crimemap.cli.neighbourhoods import neighbourhoods
from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say, table

__all__ = ["register"]

_areas = typer.Typer(no_args_is_help=True, help="Boundary sets: add, build, list, show, check and remove them.")

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
    app.add_typer(lookups, name="lookups")
    app.add_typer(neighbourhoods, name="neighbourhoods")


@_areas.command("add")
def add(
    file: Annotated[
        Path,
        typer.Argument(
            help="GeoPackage, GeoJSON, zipped shapefile, KML, FlatGeobuf, GeoParquet; or a zip or folder of KML."
        ),
    ],
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


@_areas.command("build")
def build(
    area_type: Annotated[str, typer.Argument(help="What to build: bcu, csp, pfa, ...")],
    from_set: Annotated[str, typer.Option("--from", help="The set to build from: lad-2017; its type where there is one.")],
    lookup: Annotated[
        Path | None, typer.Option("--lookup", help="CSV file of child and parent codes; else the workspace's lookup.")
    ] = None,
    child: Annotated[str | None, typer.Option("--child", help="Column of child codes, where not recognised.")] = None,
    parent: Annotated[str | None, typer.Option("--parent", help="Column of parent codes, where not recognised.")] = None,
    parent_name: Annotated[str | None, typer.Option("--parent-name", help="Column of the parents' names.")] = None,
    vintage: Annotated[str | None, typer.Option("--vintage", help="The year of the new set; else that of --from.")] = None,
    force: ForceOption = None,
    where: Annotated[
        list[str] | None, typer.Option("--where", metavar="COLUMN=VALUE", help="Read only these rows; may be repeated.")
    ] = None,
    any_codes: Annotated[bool, typer.Option("--any-codes", help="Take codes that are not of the type's pattern.")] = False,
    publisher: Annotated[str | None, typer.Option("--publisher", help="Who drew the areas up.")] = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Build a boundary set by joining the areas of another that have the same parent."""
    with reported(as_json):
        from crimemap.pipeline.building import build_areas
        from crimemap.workspace import Workspace

        result = build_areas(
            Workspace(workspace),
            area_type,
            from_set=from_set,
            lookup=lookup,
            child=child,
            parent=parent,
            parent_name=parent_name,
            vintage=vintage,
            force=force,
            where=where or (),
            any_codes=any_codes,
            publisher=publisher,
        )
        emit(result, as_json=as_json, show=lambda: _show_added(result))


@_areas.command("check")
def check(
    set_id: Annotated[str, typer.Argument(help="The set, for example csp-2017; its type alone where there is one.")],
    parent: Annotated[str | None, typer.Option("--in", help="A set that its areas should nest in.")] = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Check a set for invalid shapes, overlaps and gaps, and with --in for areas that do not nest in another set."""
    with reported(as_json):
        from crimemap.pipeline.building import check_areas
        from crimemap.workspace import Workspace

        result = check_areas(Workspace(workspace), set_id, parent=parent)
        emit(result, as_json=as_json, show=lambda: _show_check(result))


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
        say(f"{result['set_id']} already holds these {counted(result['n_areas'], 'area')}; nothing changed.")
        return
    say(f"Added {result['set_id']}: {counted(result['n_areas'], 'area')} from {result['source_file']}.")
    if result["replaced"]:
        say(f"  It takes the place of the set from {result['replaced']}.")
    for note in result["notes"]:
        say(f"  {note}")
    _show_repairs(result["repairs"])
    if result["places_looked_up"]:
        say(f"  Looked up in it: {counted(result['places_looked_up'], 'place')}.")


def _show_repairs(repairs: list[dict[str, Any]]) -> None:
    if not repairs:
        return
    say(f"  Repaired: {counted(len(repairs), 'area')}:")
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


def _show_check(result: dict[str, Any]) -> None:
    said = "its borders match exactly" if result["clean"] else "its borders do not all match"
    say(f"{result['set_id']}: {counted(result['n_areas'], 'area')}; {said}.")
    invalid, overlaps, gaps = result["invalid"], result["overlaps"], result["gaps"]
    say(f"  Invalid shapes: {len(invalid)}{': ' + ', '.join(invalid[:10]) if invalid else ''}.")
    say(f"  Overlaps: {overlaps['count']}, together {overlaps['total_m2']:,.2f} m².")
    for overlap in overlaps["largest"][:5]:
        say(f"    {overlap['first']} and {overlap['second']}: {overlap['overlap_m2']:,.2f} m²")
    largest = f", the largest {gaps['largest_m2'][0]:,.2f} m²" if gaps["count"] else ""
    say(f"  Gaps enclosed: {gaps['count']}, together {gaps['total_m2']:,.2f} m²{largest}.")
    nesting = result["nesting"]
    if nesting:
        say(f"  In {nesting['parent_set_id']}: {nesting['nested']:,} nested, {nesting['not_nested']:,} not; "
            f"{nesting['outside_m2']:,.0f} m² outside their parents.")  # fmt: skip
        for one in nesting["least_nested"][:10]:
            say(f"    {one['area_code']}: {100 * one['share']:.2f} % in {one['parent_code'] or 'none'}")
