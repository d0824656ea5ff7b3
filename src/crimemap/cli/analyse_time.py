"""Commands about time: near repeat, emerging hotspots, change between periods, profiles of the day and week."""

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
from crimemap.cli.shared import JsonOption, WorkspaceOption, reported
from crimemap.cli.times_shown import show_change, show_emerging, show_near_repeat, show_profiles

__all__ = ["register"]

CellsOption = Annotated[
    str, typer.Option("--cells", help="Cells: h3:9 (8 is 0.7 km² a cell, 9 is 0.1 km²), or 200m for squares.")
]
CorrectionOption = Annotated[
    str, typer.Option("--correction", help="benjamini-hochberg, benjamini-yekutieli, bonferroni or none.")
]
AlphaOption = Annotated[float, typer.Option("--alpha", help="Rate of false claims to keep to.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("near-repeat")(near_repeat)
    app.command("emerging")(emerging)
    app.command("change")(change)
    app.command("profiles")(profiles)


def near_repeat(
    force: ForceOption = None,
    area: AreaOption = None,
    offence: OffenceOption = None,
    first_month: FromOption = None,
    last_month: ToOption = None,
    source: SourceOption = None,
    space: Annotated[str, typer.Option("--space", help="Where space bands end, metres.")] = "100,200,300,400",
    time: Annotated[str, typer.Option("--time", help="Where time bands end, days.")] = "7,14,21,28",
    distance: Annotated[str, typer.Option("--distance", help="euclidean or manhattan.")] = "euclidean",
    same_place: Annotated[
        float, typer.Option("--same-place", help="Pairs nearer than so many metres are at one place.")
    ] = 0.0,
    permutations: Annotated[int, typer.Option("--permutations", help="How often times are shuffled.")] = 999,
    within: Annotated[float, typer.Option("--within", help="List incidents less than so many metres apart ...")] = 200.0,
    days: Annotated[float, typer.Option("--days", help="... and less than so many days.")] = 14.0,
    longest_interval: Annotated[
        float | None,
        typer.Option(
            "--longest-interval", help="Leave out what is known only to within more days; half the first time band."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the shuffles.")] = 1,
    output: OutputOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Ask whether incidents come back nearby and soon, and list originators and followers.

    Knox's test by bands of space and time; a band holds its lower end and not its upper end. Needs incidents with days:
    police.uk gives months only, and is refused. Files: .csv, .parquet, .geojson (incidents), .gpkg (links as well), .png
    (the table of ratios).
    """
    with reported(as_json):
        given = {
            "force": force,
            "area": area,
            "offence": offence,
            "first_month": first_month,
            "last_month": last_month,
            "source": source,
            "space_bands_m": space,
            "time_bands_days": time,
            "distance": distance,
            "same_place_m": same_place,
            "permutations": permutations,
            "within_m": within,
            "within_days": days,
            "longest_interval_days": longest_interval,
            "seed": seed,
        }
        run_process("near-repeat", workspace, given, output=output, as_json=as_json, show=show_near_repeat)


def emerging(
    force: ForceOption = None,
    area: AreaOption = None,
    offence: OffenceOption = None,
    first_month: FromOption = None,
    last_month: ToOption = None,
    source: SourceOption = None,
    cells: CellsOption = "h3:9",
    months: Annotated[int, typer.Option("--months", help="Months to a period: more for rare offences.")] = 1,
    ring: Annotated[int, typer.Option("--ring", help="Neighbours are the cells within so many steps.")] = 1,
    test: Annotated[str, typer.Option("--test", help="exact (permutation) or normal.")] = "exact",
    correction: CorrectionOption = "benjamini-hochberg",
    alpha: AlphaOption = 0.05,
    trend_alpha: Annotated[float, typer.Option("--trend-alpha", help="Below this p a cell's z has a trend.")] = 0.05,
    output: OutputOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Find hotspots that are new, growing, lasting, fading, or over: Gi* of each period and its trend.

    Without --from and --to: the 36 months that end with the latest of which there are data. Files: .csv, .parquet, .geojson,
    .gpkg, .png (a map).
    """
    with reported(as_json):
        given = {
            "force": force,
            "area": area,
            "offence": offence,
            "first_month": first_month,
            "last_month": last_month,
            "source": source,
            "cells": cells,
            "months_per_period": months,
            "ring": ring,
            "test": test,
            "correction": correction,
            "alpha": alpha,
            "trend_alpha": trend_alpha,
        }
        run_process("emerging", workspace, given, output=output, as_json=as_json, show=show_emerging)


def change(
    by: Annotated[
        str | None, typer.Option("--by", help="Boundary set: csp-2017, or a type of which there is one set.")
    ] = None,
    cells: Annotated[str | None, typer.Option("--cells", help="Cells in place of areas: h3:9, or 200m for squares.")] = None,
    force: ForceOption = None,
    area: AreaOption = None,
    offence: OffenceOption = None,
    first_month: FromOption = None,
    last_month: ToOption = None,
    before_first: Annotated[
        str | None, typer.Option("--before-from", metavar="YYYY-MM", help="First month of the earlier period.")
    ] = None,
    before_last: Annotated[
        str | None, typer.Option("--before-to", metavar="YYYY-MM", help="Last month of the earlier period; it is in it.")
    ] = None,
    source: SourceOption = None,
    test: Annotated[
        str, typer.Option("--test", help="over-dispersed (counts vary more than chance), or poisson (E-test).")
    ] = "over-dispersed",
    correction: CorrectionOption = "benjamini-hochberg",
    alpha: AlphaOption = 0.05,
    output: OutputOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Ask where there is more or less than in an earlier period, and by how much; "no clear change" is an answer.

    Without --from and --to: the twelve months that end with the latest of which there are data; without --before-from and
    --before-to: the same months of the calendar before them. Files: .csv, .parquet, .geojson, .gpkg, .png (a map).
    """
    with reported(as_json):
        given = {
            "by": by,
            "cells": cells,
            "force": force,
            "area": area,
            "offence": offence,
            "first_month": first_month,
            "last_month": last_month,
            "before_first_month": before_first,
            "before_last_month": before_last,
            "source": source,
            "test": test,
            "correction": correction,
            "alpha": alpha,
        }
        run_process("change", workspace, given, output=output, as_json=as_json, show=show_change)


def profiles(
    force: ForceOption = None,
    area: AreaOption = None,
    offence: OffenceOption = None,
    first_month: FromOption = None,
    last_month: ToOption = None,
    source: SourceOption = None,
    confidence: Annotated[float, typer.Option("--confidence", help="Of the intervals.")] = 0.95,
    output: OutputOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Say at which hours and on which days incidents happen.

    An incident between two times is spread over the hours between them (aoristic). Needs incidents with times: police.uk
    gives months only, and is refused. Files: .csv, .png.
    """
    with reported(as_json):
        given = {
            "force": force,
            "area": area,
            "offence": offence,
            "first_month": first_month,
            "last_month": last_month,
            "source": source,
            "confidence": confidence,
        }
        run_process("profiles", workspace, given, output=output, as_json=as_json, show=show_profiles)
