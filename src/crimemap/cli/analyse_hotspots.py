"""The commands that find hotspots, clusters and concentration."""

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
from crimemap.cli.engine_options import EngineOption, SchedulerOption, WorkerMemoryOption, WorkersOption
from crimemap.cli.hotspots_shown import show_hotspots
from crimemap.cli.shared import JsonOption, WorkspaceOption, reported

__all__ = ["register"]

CellsOption = Annotated[
    str, typer.Option("--cells", metavar="CELLS", help="h3:9 for H3 cells (the default), 200m for National Grid squares.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="Seed of what is drawn: the same gives the same.")]
AlphaOption = Annotated[float, typer.Option("--alpha", help="Rate of false hotspots to keep to.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("hotspots")(hotspots)


def hotspots(
    force: ForceOption = None,
    area: AreaOption = None,
    cells: CellsOption = "",
    resolution: Annotated[int | None, typer.Option("--resolution", help="H3 resolution: 8 is the same as h3:8.")] = None,
    first_month: FromOption = None,
    last_month: ToOption = None,
    offence: OffenceOption = None,
    source: SourceOption = None,
    statistic: Annotated[str, typer.Option("--statistic", help="gi-star or local-moran.")] = "gi-star",
    ring: Annotated[int, typer.Option("--ring", help="Neighbours are the cells within so many steps.")] = 1,
    distance: Annotated[
        float | None,
        typer.Option("--distance", metavar="METRES", help="Neighbours are cells with centres so near, instead."),
    ] = None,
    test: Annotated[str, typer.Option("--test", help="exact (permutation), monte-carlo (drawn) or normal.")] = "exact",
    permutations: Annotated[int, typer.Option("--permutations", help="Shuffles of the test monte-carlo.")] = 999,
    correction: Annotated[
        str, typer.Option("--correction", help="benjamini-hochberg, benjamini-yekutieli, bonferroni or none.")
    ] = "benjamini-hochberg",
    alpha: AlphaOption = 0.05,
    relative_to: Annotated[
        str | None,
        typer.Option(
            "--relative-to",
            metavar="WHOM",
            help="Beside population, households, small areas (lsoa-2021), offence:NAME or offence:all, not an even spread.",
        ),
    ] = None,
    people: Annotated[
        str | None, typer.Option("--people", help="Add people at risk to each cell: population or households.")
    ] = None,
    location_draws: Annotated[
        int, typer.Option("--location-draws", help="How often to draw where incidents may truly have been; 99 is usual.")
    ] = 0,
    location_reach: Annotated[
        float, typer.Option("--location-reach", metavar="METRES", help="How far along its street from a map point.")
    ] = 150.0,
    geocoding_error: Annotated[
        float | None,
        typer.Option("--geocoding-error", metavar="METRES", help="Error of a force's own coordinates, each direction."),
    ] = None,
    backtest: Annotated[
        bool, typer.Option("--backtest/--no-backtest", help="Say how the method would have done here so far.")
    ] = True,
    seed: SeedOption = 1,
    engine: EngineOption = "local",
    scheduler: SchedulerOption = None,
    workers: WorkersOption = 2,
    worker_memory: WorkerMemoryOption = "2GiB",
    output: OutputOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Find hotspots: cells where incidents are denser than if they were scattered over the study area (Gi*).

    Towns are hot by that measure. With --relative-to, cells have to be hotter than those at risk there explain.

    Hot cells that touch are one hotspot, named by its nearest street. Each hot cell says whether it stays hot with other
    neighbours and coarser cells; with --location-draws, how likely it is to be hot given that true places are not known.

    Without --from and --to: the twelve months that end with the latest of which there are data.
    """
    with reported(as_json):
        from crimemap.engine import open_engine

        given = {
            "force": force,
            "area": area,
            "cells": cells,
            "resolution": resolution,
            "first_month": first_month,
            "last_month": last_month,
            "offence": offence,
            "source": source,
            "statistic": statistic,
            "ring": ring,
            "distance_m": distance,
            "test": test,
            "permutations": permutations,
            "correction": correction,
            "alpha": alpha,
            "relative_to": relative_to,
            "people": people,
            "location_draws": location_draws,
            "location_reach_m": location_reach,
            "geocoding_error_m": geocoding_error,
            "seed": seed,
            "backtest": backtest,
        }
        with open_engine(engine, scheduler=scheduler, workers=workers, memory=worker_memory):
            run_process("hotspots", workspace, given, output=output, as_json=as_json, show=show_hotspots)
