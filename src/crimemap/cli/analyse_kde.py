"""The command that maps kernel density."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from crimemap.cli.analyse import (
    AreaOption,
    ForceOption,
    FromOption,
    OffenceOption,
    OutputOption,
    SourceOption,
    ToOption,
    run_process,
)
from crimemap.cli.analyses_shown import say_selection
from crimemap.cli.backtest_shown import say_backtest
from crimemap.cli.engine_options import EngineOption, SchedulerOption, WorkerMemoryOption, WorkersOption
from crimemap.cli.shared import JsonOption, WorkspaceOption, reported, say

__all__ = ["register"]

_MEASURES = {
    "density": "Density of incidents",
    "per_1000_people": "Incidents by people",
    "log_relative_risk": "Relative risk",
    "change": "Change between periods",
}


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("kde")(kde)


def kde(
    force: ForceOption = None,
    area: AreaOption = None,
    bandwidth: Annotated[
        str,
        typer.Option(
            "--bandwidth",
            help="Metres: kernel's radius (Gaussian: deviation), or scott, silverman, likelihood, diggle, cvl, backtest.",
        ),
    ] = "500",
    cell: Annotated[float, typer.Option("--cell", help="Side of a cell, metres.")] = 100.0,
    kernel: Annotated[
        str | None,
        typer.Option(
            "--kernel",
            help="quartic (the default), gaussian (the default beside offence:NAME), epanechnikov, triangular or uniform.",
        ),
    ] = None,
    edge: Annotated[
        str,
        typer.Option("--edge", help="none (incidents beyond the boundary count), uniform or diggle."),
    ] = "none",
    adaptive: Annotated[
        bool,
        typer.Option("--adaptive", help="Narrower bandwidths where incidents are many, wider where few; not with --edge."),
    ] = False,
    per: Annotated[str, typer.Option("--per", help="Incidents over the period, or in a year: period or year.")] = "period",
    relative_to: Annotated[
        str | None,
        typer.Option(
            "--relative-to",
            metavar="SET",
            help="population or small areas (lsoa-2021): incidents per 1,000 people. offence:NAME: a relative risk.",
        ),
    ] = None,
    least_people: Annotated[
        float, typer.Option("--least-people", help="Where fewer people live to the km², no rate is given.")
    ] = 100.0,
    compare: Annotated[
        str | None, typer.Option("--compare", metavar="YYYY-MM:YYYY-MM", help="An earlier period: map the change since.")
    ] = None,
    tolerance: Annotated[
        float, typer.Option("--tolerance", help="Largest error of the Gaussian, as a share of the peak.")
    ] = 1e-9,
    first_month: FromOption = None,
    last_month: ToOption = None,
    offence: OffenceOption = None,
    source: SourceOption = None,
    backtest: Annotated[
        bool, typer.Option("--backtest/--no-backtest", help="Say how the method would have done here so far.")
    ] = True,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the back-test's intervals.")] = 1,
    engine: EngineOption = "local",
    scheduler: SchedulerOption = None,
    workers: WorkersOption = 2,
    worker_memory: WorkerMemoryOption = "2GiB",
    output: OutputOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Map kernel density: incidents per km², exact at the centre of each cell; by people, beside an offence or a period.

    Files: .tif, .asc, .npz (rasters), .png (a figure), .html (a map), .gpkg (cells and regions, styled for QGIS), .geojson,
    .parquet, .csv (cells).
    """
    with reported(as_json):
        from crimemap.engine import open_engine

        given = {
            "force": force,
            "area": area,
            "bandwidth": bandwidth,
            "cell_size_m": cell,
            "kernel": kernel,
            "edge_correction": edge,
            "adaptive": adaptive,
            "per": per,
            "relative_to": relative_to,
            "least_people_per_km2": least_people,
            "compare": compare,
            "tolerance": tolerance,
            "first_month": first_month,
            "last_month": last_month,
            "offence": offence,
            "source": source,
            "backtest": backtest,
            "seed": seed,
        }
        with open_engine(engine, scheduler=scheduler, workers=workers, memory=worker_memory):
            run_process("kde", workspace, given, output=output, as_json=as_json, show=show_kde)


def show_kde(said: Mapping[str, Any]) -> None:
    """Tell a surface."""
    say_selection(said)
    surface, highest, compared = said["surface"], said["highest"], said["compared"]
    say(f"Study area: {said['study_area']['how']}.")
    rule = surface["bandwidth_rule"]
    by = "back-test" if rule == "backtest" else f"the rule of {rule.title()}"
    chosen = "" if rule == "given" else f" (chosen by {by})"
    edge = "" if surface["edge_correction"] == "none" else f", edge corrected ({surface['edge_correction']})"
    say(
        f"{surface['kernel']} kernel of {surface['bandwidth_m']:,.1f} m{chosen} on {surface['rows']:,} by "
        f"{surface['columns']:,} cells of {surface['cell_size_m']:g} m{edge}; no cell is off by more than "
        f"{surface['error_bound']:.0e} of the peak."
    )
    if compared is not None:
        say(f"{_MEASURES[surface['measure']]}, beside {_beside(compared)}.")
    value = highest["value"]
    say("No cell has a value." if value is None else f"Highest: {_number(value)}, {surface['unit']}.")
    for region in said["regions"]:
        say(f"{100 * region['share']:.0f} % of the incidents lie in {region['area_km2']:,.2f} km².")
    say_backtest(said["backtest"])


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three digits


def _beside(compared: Mapping[str, Any]) -> str:
    if compared["with"] == "people":
        return f"{compared['people']:,.0f} people of {compared['set_id']}"
    if compared["with"] == "offence":
        return f"{compared['incidents']:,.0f} incidents of {', '.join(compared['offence_types'])}"
    period = compared["selection"]["period"]
    return f"{compared['incidents']:,.0f} incidents from {period['first_month']} to {period['last_month']}"
