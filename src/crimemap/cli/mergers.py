"""Commands that plan mergers: score a proposal, search for the best."""

from pathlib import Path
from typing import Annotated, Any

import typer

from crimemap.cli.analyse import OutputOption, run_process
from crimemap.cli.mergers_files import (
    options_from,
    pairs_from,
    read_numbers,
    read_savings,
    read_scenario,
    require_folder,
    write_scenario,
)
from crimemap.cli.mergers_shown import show_score, show_search
from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say

__all__ = ["register"]

UnitsOption = Annotated[str, typer.Option("--units", help="Boundary set whose areas are merged: csp-2017.")]
TargetsOption = Annotated[
    list[str] | None,
    typer.Option("--targets", help="Set that they should fit: command units where not given; again for another force's."),
]
PopulationOption = Annotated[str | None, typer.Option("--population", help="Small areas with people: lsoa-2011.")]
VintageOption = Annotated[str | None, typer.Option("--population-vintage", help="Vintage of their numbers.")]
LadOption = Annotated[str | None, typer.Option("--lad", help="Districts, for the law and for splits: lad-2017.")]
CountyOption = Annotated[str | None, typer.Option("--county", help="Counties and unitary areas: ctyua-2017.")]
PfaOption = Annotated[str | None, typer.Option("--pfa", help="Police force areas: pfa-2017.")]
IncidentsOption = Annotated[bool, typer.Option("--incidents", help="Count incidents of each unit as well.")]
FromOption = Annotated[str | None, typer.Option("--from", metavar="YYYY-MM", help="First month of incidents.")]
ToOption = Annotated[str | None, typer.Option("--to", metavar="YYYY-MM", help="Last month of incidents.")]
OffenceOption = Annotated[str | None, typer.Option("--offence", help="Offence type of incidents; all where not given.")]
SourceOption = Annotated[str | None, typer.Option("--source", help="Source of incidents, where a month has several.")]
SavingsOption = Annotated[
    Path | None, typer.Option("--savings", metavar="FILE.toml", help="Assumptions, as ranges; without, no savings are told.")
]
NumbersOption = Annotated[
    Path | None,
    typer.Option("--numbers", metavar="FILE.csv", help="Columns area_code, officers, cost: what you know of each unit."),
]
ToleranceOption = Annotated[
    float, typer.Option("--tolerance", help="Share of people who may live outside in the objective not_coterminous.")
]
CoterminousOption = Annotated[
    float, typer.Option("--coterminous", help="A unit is coterminous from this share of what both cover together ...")
]
MinorOption = Annotated[float, typer.Option("--minor", help="... differs in detail from this one ...")]
NestedOption = Annotated[float, typer.Option("--nested", help="... and is nested with this share of it in another.")]
SpreadPeople = Annotated[float | None, typer.Option("--spread-population", help="Flag units of more people.")]
SpreadArea = Annotated[float | None, typer.Option("--spread-area-km2", help="Flag units of more km².")]
SpreadDistricts = Annotated[int | None, typer.Option("--spread-districts", help="Flag units of more districts.")]
SpreadDistance = Annotated[
    float | None, typer.Option("--spread-distance-km", help="Flag units where a resident lives farther from the centre.")
]
LanguageOption = Annotated[
    str, typer.Option("--language", help="Language of reports, and of sentences in JSON: en, or cy for Welsh.")
]

mergers = typer.Typer(help="Plan mergers: score a proposal, search for the best lawful one.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(mergers, name="mergers")


@mergers.command("score")
def score(
    scenario: Annotated[
        Path, typer.Argument(metavar="SCENARIO.toml", help="What is merged, split and moved: see docs/mergers.md.")
    ],
    units: UnitsOption = "csp",
    targets: TargetsOption = None,
    population: PopulationOption = None,
    vintage: VintageOption = None,
    lad: LadOption = None,
    county: CountyOption = None,
    pfa: PfaOption = None,
    incidents: IncidentsOption = False,
    first_month: FromOption = None,
    last_month: ToOption = None,
    offence: OffenceOption = None,
    source: SourceOption = None,
    savings: SavingsOption = None,
    numbers: NumbersOption = None,
    tolerance: ToleranceOption = 0.01,
    coterminous: CoterminousOption = 0.999,
    minor: MinorOption = 0.95,
    nested: NestedOption = 0.99,
    spread_population: SpreadPeople = None,
    spread_area: SpreadArea = None,
    spread_districts: SpreadDistricts = None,
    spread_distance: SpreadDistance = None,
    output: OutputOption = None,
    language: LanguageOption = "en",
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Score a proposal: each unit and the whole before and after, who must agree by law, size and spread, savings.

    Files: .csv units before and after; .gpkg the same as layers, and what changes; .parquet, .geojson units after;
    .html, .pdf a report for a board.
    """
    from crimemap.language import speaking

    with reported(as_json), speaking(language):
        given = _sets(units, targets, population, vintage, lad, county, pfa)
        given |= _counted(incidents, first_month, last_month, offence, source)
        given["scenario"] = read_scenario(scenario)
        given["options"] = options_from(
            tolerance=tolerance,
            classes={"coterminous": coterminous, "minor": minor, "nested": nested},
            spread=_spread(spread_population, spread_area, spread_districts, spread_distance),
            savings=None if savings is None else read_savings(savings),
            numbers=None if numbers is None else read_numbers(numbers),
        )
        run_process("mergers-score", workspace, given, output=output, as_json=as_json, show=show_score)


@mergers.command("search")
def search(
    units: UnitsOption = "csp",
    targets: TargetsOption = None,
    force: Annotated[
        list[str] | None,
        typer.Option(
            "--force", help="Force to search, by code, name or as in addresses; again for more. All where not given."
        ),
    ] = None,
    objective: Annotated[
        str, typer.Option("--objective", help="misfit (people out of fit) or not_coterminous (people in such groups).")
    ] = "misfit",
    accept_nesting: Annotated[bool, typer.Option("--accept-nesting", help="A group inside one area fits.")] = False,
    min_population: Annotated[float | None, typer.Option("--min-population", help="Fewest people in a group.")] = None,
    max_population: Annotated[float | None, typer.Option("--max-population", help="Most people in a group.")] = None,
    max_members: Annotated[int | None, typer.Option("--max-members", help="Most units in a group.")] = None,
    max_changes: Annotated[int | None, typer.Option("--max-changes", help="Most mergers in all.")] = None,
    must_join: Annotated[list[str] | None, typer.Option("--must-join", metavar="A,B", help="Units that must join.")] = None,
    must_not_join: Annotated[
        list[str] | None, typer.Option("--must-not-join", metavar="A,B", help="Units that must not join.")
    ] = None,
    cross_force: Annotated[bool, typer.Option("--cross-force", help="Groups may lie in several forces.")] = False,
    keep_counties: Annotated[bool, typer.Option("--keep-counties", help="No group may lie in two counties.")] = False,
    link: Annotated[
        list[str] | None, typer.Option("--link", metavar="A,B", help="Units that a bridge or ferry joins, as neighbours.")
    ] = None,
    front: Annotated[bool, typer.Option("--front", help="The best for every number of partnerships too.")] = False,
    time_limit: Annotated[float | None, typer.Option("--time-limit", metavar="SECONDS", help="Stop after so long.")] = None,
    scenario_out: Annotated[
        Path | None, typer.Option("--scenario-out", metavar="FILE.toml", help="Write the answer as a proposal to be scored.")
    ] = None,
    population: PopulationOption = None,
    vintage: VintageOption = None,
    lad: LadOption = None,
    county: CountyOption = None,
    pfa: PfaOption = None,
    incidents: IncidentsOption = False,
    first_month: FromOption = None,
    last_month: ToOption = None,
    offence: OffenceOption = None,
    source: SourceOption = None,
    savings: SavingsOption = None,
    numbers: NumbersOption = None,
    tolerance: ToleranceOption = 0.01,
    coterminous: CoterminousOption = 0.999,
    minor: MinorOption = 0.95,
    nested: NestedOption = 0.99,
    spread_population: SpreadPeople = None,
    spread_area: SpreadArea = None,
    spread_districts: SpreadDistricts = None,
    spread_distance: SpreadDistance = None,
    output: OutputOption = None,
    language: LanguageOption = "en",
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Search for the mergers that fit best within limits, and prove that there are none better.

    Ctrl-C ends the search with the best found until then, and says how much better another might be. Files: as for score.
    """
    from crimemap.language import speaking

    with reported(as_json), speaking(language):
        given = _sets(units, targets, population, vintage, lad, county, pfa)
        given |= _counted(incidents, first_month, last_month, offence, source)
        given["options"] = options_from(
            tolerance=tolerance,
            classes={"coterminous": coterminous, "minor": minor, "nested": nested},
            spread=_spread(spread_population, spread_area, spread_districts, spread_distance),
            savings=None if savings is None else read_savings(savings),
            numbers=None if numbers is None else read_numbers(numbers),
            forces=force or None,
            objective=objective,
            accept_nesting=accept_nesting,
            min_population=min_population,
            max_population=max_population,
            max_members=max_members,
            max_changes=max_changes,
            must_join=pairs_from(must_join, "--must-join"),
            must_not_join=pairs_from(must_not_join, "--must-not-join"),
            within_force=not cross_force,
            keep_counties=keep_counties,
            links=pairs_from(link, "--link"),
            front=front,
            time_limit_s=time_limit,
        )
        _search(workspace, given, output=output, scenario_out=scenario_out, as_json=as_json)


def _search(
    workspace: Path, given: dict[str, Any], *, output: Path | None, scenario_out: Path | None, as_json: bool
) -> None:
    from crimemap.cli.interrupted import asked_to_stop
    from crimemap.cli.stages import stages
    from crimemap.jobs.processes.mergers_search import MergersSearchInputs, run_mergers_search
    from crimemap.jobs.writers import require_writable, write_result
    from crimemap.workspace import Workspace

    if output is not None:
        require_writable(output, "mergers-search")
    if scenario_out is not None:
        require_folder(scenario_out)
    with stages(silent=as_json) as progress, asked_to_stop() as stopped:
        inputs = MergersSearchInputs.model_validate(given)
        result = run_mergers_search(Workspace(workspace), inputs, progress, cancelled=stopped)
        if output is not None:
            progress("Writing", 0.9)
            write_result(result, output, process="mergers-search")
    said = result.to_json() | {
        "output": None if output is None else str(output),
        "scenario_out": None if scenario_out is None else str(scenario_out),
    }
    if scenario_out is not None:
        write_scenario(said["scenario"], scenario_out, says=said["says"])

    def shown() -> None:
        show_search(said)
        if scenario_out is not None:
            say(f"The proposal is in {scenario_out}; score it with 'crimemap mergers score'.")
        if output is not None:
            say(f"Written to {output}.")

    emit(said, as_json=as_json, show=shown)


def _sets(
    units: str,
    targets: list[str] | None,
    population: str | None,
    vintage: str | None,
    lad: str | None,
    county: str | None,
    pfa: str | None,
) -> dict[str, Any]:
    return {
        "units": units,
        "targets": targets or None,
        "population": population,
        "population_vintage": vintage,
        "lad": lad,
        "county": county,
        "pfa": pfa,
    }


def _counted(
    incidents: bool, first_month: str | None, last_month: str | None, offence: str | None, source: str | None
) -> dict[str, Any]:
    return {
        "incidents": incidents or any(value is not None for value in (first_month, last_month, offence, source)),
        "first_month": first_month,
        "last_month": last_month,
        "offence": offence,
        "source": source,
    }


def _spread(people: float | None, area: float | None, districts: int | None, distance: float | None) -> dict[str, Any]:
    return {"population": people, "area_km2": area, "n_districts": districts, "distance_km": distance}
