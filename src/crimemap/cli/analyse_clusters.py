"""The commands that cluster incidents, scan areas and measure concentration."""

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
from crimemap.cli.clusters_shown import show_clusters, show_concentration, show_scan
from crimemap.cli.shared import JsonOption, WorkspaceOption, reported

__all__ = ["register"]

SeedOption = Annotated[int, typer.Option("--seed", help="Seed of what is drawn: the same gives the same.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("clusters")(clusters)
    app.command("scan")(scan)
    app.command("concentration")(concentration)


def clusters(
    force: ForceOption = None,
    area: AreaOption = None,
    method: Annotated[str, typer.Option("--method", help="dbscan, hdbscan, st-dbscan or nnh.")] = "dbscan",
    reach: Annotated[
        float | None, typer.Option("--reach", metavar="METRES", help="Distance between neighbours; 200 unless nnh chooses.")
    ] = None,
    days: Annotated[float, typer.Option("--days", help="Time between neighbours, for st-dbscan.")] = 14.0,
    fewest: Annotated[int, typer.Option("--fewest", help="Incidents that make a cluster, or the core of one.")] = 20,
    significance: Annotated[float, typer.Option("--significance", help="Of nnh: how short a distance is short.")] = 0.05,
    first_month: FromOption = None,
    last_month: ToOption = None,
    offence: OffenceOption = None,
    source: SourceOption = None,
    output: OutputOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Find dense groups of incidents, as areas with name, count and rank.

    Dense is not unusual: streets and people are dense too. Ask 'hotspots' or 'scan' what is more than chance.
    """
    with reported(as_json):
        given = {
            "force": force,
            "area": area,
            "method": method,
            "reach_m": reach,
            "reach_days": days,
            "fewest": fewest,
            "significance": significance,
            "first_month": first_month,
            "last_month": last_month,
            "offence": offence,
            "source": source,
        }
        run_process("clusters", workspace, given, output=output, as_json=as_json, show=show_clusters)


def scan(
    by: Annotated[str, typer.Option("--by", help="Boundary set whose areas are scanned: lsoa-2011.")],
    force: ForceOption = None,
    area: AreaOption = None,
    expect: Annotated[
        str, typer.Option("--expect", help="Incidents are expected by population, households or area.")
    ] = "population",
    time: Annotated[bool, typer.Option("--time", help="Scan months as well as areas.")] = False,
    model: Annotated[str | None, typer.Option("--model", help="With --time: permutation (default) or poisson.")] = None,
    simulations: Annotated[int, typer.Option("--simulations", help="How often chance is tried.")] = 999,
    alpha: Annotated[float, typer.Option("--alpha", help="Clusters up to this p are given.")] = 0.05,
    share: Annotated[float, typer.Option("--share", help="Largest share of what is expected in a circle.")] = 0.5,
    neighbours: Annotated[int | None, typer.Option("--neighbours", help="Most areas in a circle.")] = None,
    radius: Annotated[float | None, typer.Option("--radius", metavar="METRES", help="Largest radius.")] = None,
    longest: Annotated[
        int | None, typer.Option("--longest", help="With --time: most months of a cluster; half of them by default.")
    ] = None,
    alive: Annotated[bool, typer.Option("--alive", help="With --time: only clusters that last to the final month.")] = False,
    first_month: FromOption = None,
    last_month: ToOption = None,
    offence: OffenceOption = None,
    source: SourceOption = None,
    seed: SeedOption = 1,
    output: OutputOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Scan areas for circles with more incidents than their share, and months with --time (Kulldorff's scan statistic).

    One p-value covers the whole map. Without --force and --area: all areas of the set whose force has data.
    """
    with reported(as_json):
        given = {
            "by": by,
            "force": force,
            "area": area,
            "expect": expect,
            "time": time,
            "model": model,
            "simulations": simulations,
            "alpha": alpha,
            "most_share": share,
            "most_neighbours": neighbours,
            "most_radius_m": radius,
            "longest": longest,
            "alive": alive,
            "first_month": first_month,
            "last_month": last_month,
            "offence": offence,
            "source": source,
            "seed": seed,
        }
        run_process("scan", workspace, given, output=output, as_json=as_json, show=show_scan)


def concentration(
    force: ForceOption = None,
    area: AreaOption = None,
    over: Annotated[
        str, typer.Option("--over", help="places (map points that ever held an incident), or cells: 200m, h3:9.")
    ] = "places",
    first_month: FromOption = None,
    last_month: ToOption = None,
    offence: OffenceOption = None,
    source: SourceOption = None,
    draws: Annotated[int, typer.Option("--draws", help="Bootstrap samples for the intervals.")] = 999,
    confidence: Annotated[float, typer.Option("--confidence", help="Confidence of the intervals.")] = 0.95,
    seed: SeedOption = 1,
    output: OutputOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Say how much of the crime is in how few of the places, and how much of that chance alone would do."""
    with reported(as_json):
        given = {
            "force": force,
            "area": area,
            "over": over,
            "first_month": first_month,
            "last_month": last_month,
            "offence": offence,
            "source": source,
            "draws": draws,
            "confidence": confidence,
            "seed": seed,
        }
        run_process("concentration", workspace, given, output=output, as_json=as_json, show=show_concentration)
