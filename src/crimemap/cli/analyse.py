"""Commands that count, map hotspots and compare boundaries."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say, table

if TYPE_CHECKING:
    from crimemap.jobs.result import Result

__all__ = ["register"]

_SHOWN = 25

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
    app.command("hotspots")(hotspots)
    app.command("kde")(kde)
    app.command("align")(align)


def _run(
    name: str,
    workspace: Path,
    given: Mapping[str, Any],
    *,
    output: Path | None,
    as_json: bool,
    show: Callable[["Result", Mapping[str, Any]], None],
) -> None:
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
        show(result, said)
        if output is not None:
            say(f"Written to {output}.")

    emit(said, as_json=as_json, show=shown)


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _say_selection(said: Mapping[str, Any]) -> None:
    chosen, incidents = said["selection"], said["incidents"]
    period = chosen["period"]
    what = "all offence types" if chosen["offence_types"] is None else ", ".join(chosen["offence_types"])
    forces = chosen["forces"]
    where = ", ".join(forces) if len(forces) <= 3 else f"{len(forces)} forces"  # noqa: PLR2004 - what fits on a line
    say(f"{period['first_month']} to {period['last_month']}, {what}, {where}.")
    left = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in incidents.items() if name != "selected")
    say(f"{incidents['selected']:,} incidents: {left}.")
    for gap in chosen["months_without_data"]:
        say(f"No data of {gap['force']} for {len(gap['months'])} of these months: {_months(gap['months'])}.")
    if chosen["confidential"]:
        say("Confidential sources were used: this is not for publication.")


def _months(months: list[str]) -> str:
    from crimemap.periods import month_index

    runs: list[list[str]] = []
    for month in months:
        if runs and month_index(month) == month_index(runs[-1][-1]) + 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def _say_more(shown: int, of: int, what: str) -> None:
    if of > shown:
        say(f"{of - shown:,} more {what}; --output or --json gives all.")


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
        _run("counts", workspace, given, output=output, as_json=as_json, show=_show_counts)


def _show_counts(result: "Result", said: Mapping[str, Any]) -> None:
    _say_selection(said)
    rows = said["rows"]
    known = [row for row in rows if row["status"] != "no_data"]
    columns = ["area_code", "area_name", *(name for name in ("month", "offence_type") if name in rows[0])] if rows else []
    if all(row.get("offence_type") == "All" for row in rows) and "offence_type" in columns:
        columns.remove("offence_type")
    rated = bool(rows) and "rate" in rows[0]
    lines = []
    for row in known[:_SHOWN]:
        count = "suppressed" if row["status"] == "suppressed" else row["incidents"]
        note = f"{row['months_with_data']} of {row['months']} months" if row["status"] == "partial" else ""
        line = [*(row[name] or "" for name in columns), count]
        if rated:
            interval = f"{_number(row['rate_low'])} to {_number(row['rate_high'])}" if row["rate_status"] == "rated" else ""
            note = note or ("" if row["rate_status"] == "rated" else row["rate_status"].replace("_", " "))
            line += [_number(row["rate"]), interval]
        lines.append([*line, note])
    heads = [
        *(name.replace("_", " ") for name in columns),
        "incidents",
        *(["rate", "95 % interval"] if rated else []),
        "note",
    ]
    table(f"Incidents by {said['boundary_set']}", heads, lines, numeric=("incidents", "rate"))
    _say_more(_SHOWN, len(known), "rows")
    if len(known) < len(rows):
        say(f"{len(rows) - len(known):,} rows have no data (no count, which is not 0).")
    if rated:
        of = said["denominator"]
        say(f"Rates per {of['per']:,.0f} of {of['measure']} {of['vintage']}, {of['how']}.")
        say("Where many people come who do not live there, as in city centres, a rate by residents says little.")


def hotspots(
    force: ForceOption = None,
    area: AreaOption = None,
    resolution: Annotated[int, typer.Option("--resolution", help="H3 resolution: 8 is 0.7 km² a cell, 9 is 0.1 km².")] = 9,
    first_month: FromOption = None,
    last_month: ToOption = None,
    offence: OffenceOption = None,
    source: SourceOption = None,
    ring: Annotated[int, typer.Option("--ring", help="Neighbours are the cells within so many steps.")] = 1,
    test: Annotated[str, typer.Option("--test", help="exact (permutation) or normal.")] = "exact",
    correction: Annotated[
        str, typer.Option("--correction", help="benjamini-hochberg, benjamini-yekutieli, bonferroni or none.")
    ] = "benjamini-hochberg",
    alpha: Annotated[float, typer.Option("--alpha", help="Rate of false hotspots to keep to.")] = 0.05,
    output: OutputOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Find hotspots: H3 cells where incidents are denser than if they were scattered over the study area (Gi*).

    Without --from and --to: the twelve months that end with the latest of which there are data.
    """
    with reported(as_json):
        given = {
            "force": force,
            "area": area,
            "resolution": resolution,
            "first_month": first_month,
            "last_month": last_month,
            "offence": offence,
            "source": source,
            "ring": ring,
            "test": test,
            "correction": correction,
            "alpha": alpha,
        }
        _run("hotspots", workspace, given, output=output, as_json=as_json, show=_show_hotspots)


def _show_hotspots(result: "Result", said: Mapping[str, Any]) -> None:
    _say_selection(said)
    cells = said["cells"]
    say(f"Study area: {said['study_area']['how']}.")
    rows = [
        [row["cell"], row["incidents"], _number(row["density_per_km2"]), _number(row["z"], 2), f"{row['q_value']:.2g}"]
        for row in said["hotspots"][:_SHOWN]
    ]
    title = f"{cells['hot']:,} of {cells['tested']:,} cells are hot"
    table(title, ["cell", "incidents", "per km²", "z", "q"], rows, numeric=("incidents", "per km²", "z", "q"))
    _say_more(_SHOWN, len(said["hotspots"]), "hotspots")
    say(
        f"{said['test']} test, {said['correction']} at {said['alpha']:g}; hot cells hold {said['incidents_in_hotspots']:,} incidents."
    )


def kde(
    force: ForceOption = None,
    area: AreaOption = None,
    bandwidth: Annotated[
        str,
        typer.Option(
            "--bandwidth", help="Metres: radius of the kernel (Gaussian: standard deviation); or scott, silverman."
        ),
    ] = "500",
    cell: Annotated[float, typer.Option("--cell", help="Side of a cell, metres.")] = 100.0,
    kernel: Annotated[
        str, typer.Option("--kernel", help="quartic, gaussian, epanechnikov, triangular or uniform.")
    ] = "quartic",
    first_month: FromOption = None,
    last_month: ToOption = None,
    offence: OffenceOption = None,
    source: SourceOption = None,
    output: OutputOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Map kernel density: incidents per km², exact at the centre of each cell.

    Files: .csv, .gpkg, .geojson, .parquet (cells), .asc (a raster for QGIS and ArcGIS), .npz (numpy).
    """
    with reported(as_json):
        given = {
            "force": force,
            "area": area,
            "bandwidth": bandwidth,
            "cell_size_m": cell,
            "kernel": kernel,
            "first_month": first_month,
            "last_month": last_month,
            "offence": offence,
            "source": source,
        }
        _run("kde", workspace, given, output=output, as_json=as_json, show=_show_kde)


def _show_kde(result: "Result", said: Mapping[str, Any]) -> None:
    _say_selection(said)
    surface, peak = said["surface"], said["peak"]
    say(f"Study area: {said['study_area']['how']}.")
    chosen = "" if surface["bandwidth_rule"] == "given" else f" (chosen by the rule of {surface['bandwidth_rule'].title()})"
    say(
        f"{surface['kernel']} kernel of {_number(surface['bandwidth_m'])} m{chosen} on {surface['rows']:,} by "
        f"{surface['columns']:,} cells of {surface['cell_size_m']:g} m."
    )
    say(f"Highest: {_number(peak['density_per_km2'])} incidents per km² over the period.")


def align(
    source: Annotated[str, typer.Argument(metavar="SET_A", help="Boundary set to compare: csp-2017.")],
    target: Annotated[str, typer.Argument(metavar="SET_B", help="Boundary set to compare it with: lad-2017.")],
    population: Annotated[str | None, typer.Option("--population", help="Small areas with people: lsoa-2011.")] = None,
    vintage: Annotated[str | None, typer.Option("--population-vintage", help="Vintage of their numbers.")] = None,
    sliver_width: Annotated[float, typer.Option("--sliver-width", help="Slivers are narrower than this, metres ...")] = 30.0,
    sliver_share: Annotated[float, typer.Option("--sliver-share", help="... and a smaller share of either area ...")] = 0.05,
    sliver_people: Annotated[float, typer.Option("--sliver-people", help="... and hold fewer people.")] = 500.0,
    output: OutputOption = None,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Compare two boundary sets: what each area shares with the areas of the other, its best match, and how well the sets fit."""
    with reported(as_json):
        given = {
            "source": source,
            "target": target,
            "population": population,
            "population_vintage": vintage,
            "sliver_width_m": sliver_width,
            "sliver_share": sliver_share,
            "sliver_people": sliver_people,
        }
        _run("overlap", workspace, given, output=output, as_json=as_json, show=_show_align)


def _show_align(result: "Result", said: Mapping[str, Any]) -> None:
    for weight, found in said["measures"].items():
        figures = ", ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in found.items())
        say(f"By {'area' if weight == 'area_m2' else weight}: {figures}.")
    people = next(iter(weight for weight in said["measures"] if weight != "area_m2"), None)
    for side, other in (("source", "target"), ("target", "source")):
        units = sorted(said[f"{side}s"], key=lambda unit: unit["best_iou"] or 0.0)
        agree = sum(unit["n_matches"] == 1 and (unit["best_iou"] or 0) > 0.95 for unit in units)  # noqa: PLR2004 - see below
        rows = [
            [
                unit["area_code"],
                unit["area_name"] or "",
                unit["best_match_name"] or unit["best_match"] or "none",
                _percent(unit["best_share"]),
                _percent(unit["best_iou"]),
                unit["n_matches"],
                _percent(unit["uncovered_share"]),
                *([] if people is None else [_percent(unit[f"best_share_by_{people}"])]),
            ]
            for unit in units[:_SHOWN]
        ]
        heads = ["code", "name", "best match", "of its area", "of both", "matches", "uncovered"]
        title = f"{said[side]['set_id']} against {said[other]['set_id']}, worst first: {agree} of {len(units)} agree to 95 %"
        table(title, [*heads, *([] if people is None else [f"of its {people}"])], rows, numeric=heads[3:])
        _say_more(_SHOWN, len(units), "areas")
    slivers = said["slivers"]
    say(
        f"{slivers['pieces']:,} slivers ({slivers['area_m2'] / 1e6:,.2f} km²) were left out of matches and measures; --json lists them."
    )
    if said["bricks"] is not None:
        for row in said["bricks"]["measures"]:
            cut = row["cut"] / row["total"] if row["total"] else 0.0
            say(
                f"{row['measure'].title()}: {row['total']:,.0f}; {_percent(cut)} of it lives in bricks that a boundary cuts, divided by area."
            )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
