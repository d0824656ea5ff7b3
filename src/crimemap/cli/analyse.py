"""Commands that count and compare boundaries."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from crimemap.cli.analyses_shown import show_align, show_counts
from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say

__all__ = [
    "AreaOption",
    "ForceOption",
    "FromOption",
    "OffenceOption",
    "OutputOption",
    "SourceOption",
    "ToOption",
    "register",
    "run_process",
]

FromOption = Annotated[str | None, typer.Option("--from", metavar="YYYY-MM", help="First month.")]
ToOption = Annotated[str | None, typer.Option("--to", metavar="YYYY-MM", help="Last month; it is in the period.")]
ForceOption = Annotated[str | None, typer.Option("--force", help="Force, as in police.uk's addresses: south-wales.")]
OffenceOption = Annotated[str | None, typer.Option("--offence", help="Offence type, by name or slug; all where not given.")]
SourceOption = Annotated[str | None, typer.Option("--source", help="Source, where a month of a force has several.")]
AreaOption = Annotated[
    str | None,
    typer.Option("--area", metavar="SET:CODE", help="Study area in place of the force's own: csp-2017:E22000001."),
]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="File to write; its ending says the kind.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("counts")(counts)
    app.command("align")(align)


def run_process(
    name: str,
    workspace: Path,
    given: Mapping[str, Any],
    *,
    output: Path | None,
    as_json: bool,
    show: Callable[[Mapping[str, Any]], None],
) -> None:
    """Run a process, write its file if one is asked for, and tell its result as JSON or by `show`."""
    from crimemap.cli.stages import stages
    from crimemap.jobs.registry import run
    from crimemap.jobs.writers import require_writable, write_result
    from crimemap.workspace import Workspace

    if output is not None:
        require_writable(output, name)
    with stages(silent=as_json) as progress:
        result = run(name, Workspace(workspace), given, progress=progress)
        if output is not None:
            progress("Writing", 0.9)
            write_result(result, output, process=name)
    said = result.to_json() | {"output": None if output is None else str(output)}

    def shown() -> None:
        show(said)
        if output is not None:
            say(f"Written to {output}.")

    emit(said, as_json=as_json, show=shown)


def counts(
    by: Annotated[str, typer.Option("--by", help="Boundary set: csp-2017, or a type of which there is one set.")],
    first_month: FromOption = None,
    last_month: ToOption = None,
    offence: OffenceOption = None,
    force: ForceOption = None,
    source: SourceOption = None,
    by_month: Annotated[bool, typer.Option("--by-month", help="A row for each month.")] = False,
    by_offence: Annotated[bool, typer.Option("--by-offence", help="A row for each offence type.")] = False,
    rates: Annotated[bool, typer.Option("--rates", help="Rates per 1,000 people, with 95 % intervals.")] = False,
    per: Annotated[str, typer.Option("--per", help="What rates are of: population or households.")] = "population",
    vintage: Annotated[str | None, typer.Option("--population-vintage", help="Vintage of the population.")] = None,
    output: OutputOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Count incidents by area. Zero, no data and part of the months are told apart.

    Without --from and --to: the twelve months that end with the latest of which there are data.
    """
    with reported(as_json):
        given = {
            "by": by,
            "first_month": first_month,
            "last_month": last_month,
            "offence": offence,
            "force": force,
            "source": source,
            "by_month": by_month,
            "by_offence": by_offence,
            "rates": per if rates else None,
            "vintage": vintage,
        }
        run_process("counts", workspace, given, output=output, as_json=as_json, show=show_counts)


def align(
    source: Annotated[str, typer.Argument(metavar="SET_A", help="Boundary set to compare: csp-2017.")],
    target: Annotated[str, typer.Argument(metavar="SET_B", help="Boundary set to compare it with: lad-2017.")],
    population: Annotated[str | None, typer.Option("--population", help="Small areas with people: lsoa-2011.")] = None,
    vintage: Annotated[str | None, typer.Option("--population-vintage", help="Vintage of their numbers.")] = None,
    sliver_width: Annotated[float, typer.Option("--sliver-width", help="Slivers are narrower than this, metres ...")] = 30.0,
    sliver_share: Annotated[float, typer.Option("--sliver-share", help="... and a smaller share of either area ...")] = 0.05,
    sliver_people: Annotated[float, typer.Option("--sliver-people", help="... and hold fewer people.")] = 500.0,
    coterminous: Annotated[
        float, typer.Option("--coterminous", help="Areas are coterminous from this share of what both cover together ...")
    ] = 0.999,
    minor: Annotated[float, typer.Option("--minor", help="... differ in detail from this one ...")] = 0.95,
    nested: Annotated[
        float, typer.Option("--nested", help="... and one is nested with this share of it in another.")
    ] = 0.99,
    boundary: Annotated[
        float | None, typer.Option("--boundary", metavar="METRES", help="Compare the lines as well, to within this.")
    ] = None,
    incidents: Annotated[bool, typer.Option("--incidents", help="Count incidents as well.")] = False,
    first_month: FromOption = None,
    last_month: ToOption = None,
    offence: OffenceOption = None,
    output: OutputOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Compare two boundary sets: what their areas share, each area's best match, and how well the sets fit."""
    with reported(as_json):
        given = {
            "source": source,
            "target": target,
            "population": population,
            "population_vintage": vintage,
            "sliver_width_m": sliver_width,
            "sliver_share": sliver_share,
            "sliver_people": sliver_people,
            "coterminous": coterminous,
            "minor": minor,
            "nested": nested,
            "boundary_tolerance_m": boundary,
            "incidents": incidents,
            "first_month": first_month,
            "last_month": last_month,
            "offence": offence,
        }
        run_process("overlap", workspace, given, output=output, as_json=as_json, show=show_align)
