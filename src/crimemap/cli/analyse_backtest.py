"""The command that back-tests methods."""

from pathlib import Path
from typing import Annotated

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
from crimemap.cli.backtest_shown import show_backtest
from crimemap.cli.engine_options import EngineOption, SchedulerOption, WorkerMemoryOption, WorkersOption
from crimemap.cli.shared import JsonOption, WorkspaceOption, reported

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("backtest")(backtest)


def backtest(
    force: ForceOption = None,
    area: AreaOption = None,
    cells: Annotated[str, typer.Option("--cells", help="h3:9 for H3 cells, 200m for squares.")] = "h3:9",
    methods: Annotated[
        str | None,
        typer.Option(
            "--methods",
            help="kde:KERNEL:METRES, gistar:RING, decay:MONTHS[:KERNEL:METRES], promap:METRES:DAYS, last:MONTHS ... "
            "separated by commas; a stroke gives a grid: kde:quartic:300/500. Some that suit the cells if left out.",
        ),
    ] = None,
    baselines: Annotated[
        str | None,
        typer.Option("--baselines", help="Plain methods to beat: last:MONTHS, season, area, random, population."),
    ] = None,
    coverage: Annotated[str, typer.Option("--coverage", help="Shares of the area to choose.")] = "1%,2%,5%",
    training: Annotated[int, typer.Option("--training", metavar="MONTHS", help="Months seen before each test.")] = 12,
    test: Annotated[int, typer.Option("--test", metavar="MONTHS", help="Months of each test.")] = 1,
    step: Annotated[int, typer.Option("--step", metavar="MONTHS", help="Months from one test to the next.")] = 1,
    population: Annotated[
        str | None, typer.Option("--population", help="Small areas with people, for the baseline: lsoa-2021.")
    ] = None,
    first_month: FromOption = None,
    last_month: ToOption = None,
    offence: OffenceOption = None,
    source: SourceOption = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of what is drawn: intervals, and the baseline of lots.")] = 1,
    resamples: Annotated[int, typer.Option("--resamples", help="Draws for the intervals.")] = 2000,
    confidence: Annotated[float, typer.Option("--confidence", help="Of the intervals.")] = 0.95,
    engine: EngineOption = "local",
    scheduler: SchedulerOption = None,
    workers: WorkersOption = 2,
    worker_memory: WorkerMemoryOption = "2GiB",
    output: OutputOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Ask which method would have foreseen where crime happened, and whether any beats plain counting.

    Without --from: the 36 months that end with the last, training included. Files: .csv (leader board), .png (leader board
    and calibration), .gpkg, .geojson, .parquet (the cells that the best method would choose next).
    """
    with reported(as_json):
        from crimemap.engine import open_engine

        given = {
            "force": force,
            "area": area,
            "cells": cells,
            "methods": methods,
            "baselines": baselines,
            "coverage": coverage,
            "training_months": training,
            "test_months": test,
            "step_months": step,
            "population": population,
            "first_month": first_month,
            "last_month": last_month,
            "offence": offence,
            "source": source,
            "seed": seed,
            "resamples": resamples,
            "confidence": confidence,
        }
        with open_engine(engine, scheduler=scheduler, workers=workers, memory=worker_memory):
            run_process("backtest", workspace, given, output=output, as_json=as_json, show=show_backtest)
