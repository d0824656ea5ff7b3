"""How analyses are told to people: a few sentences and a table, the whole of it being in --json and --output."""

from collections.abc import Mapping
from typing import Any

from crimemap.cli.counted import counted, one_or_many
from crimemap.cli.shared import say, table

__all__ = ["say_more", "say_selection", "show_align", "show_counts"]

_SHOWN = 25


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def say_selection(said: Mapping[str, Any]) -> None:
    """Tell which incidents were asked for, and how many were used and left out."""
    chosen, incidents = said["selection"], said["incidents"]
    period = chosen["period"]
    what = "all offence types" if chosen["offence_types"] is None else ", ".join(chosen["offence_types"])
    forces = chosen["forces"]
    where = ", ".join(forces) if len(forces) <= 3 else f"{len(forces)} forces"  # noqa: PLR2004 - what fits on a line
    say(f"{period['first_month']} to {period['last_month']}, {what}, {where}.")
    left = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in incidents.items() if name != "selected")
    say(f"{counted(incidents['selected'], 'incident')}: {left}.")
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


def say_more(shown: int, of: int, noun: str) -> None:
    """Tell how many more there are than were shown."""
    if of > shown:
        say(f"{of - shown:,} more {one_or_many(of - shown, noun, f'{noun}s')}; --output or --json gives all.")


def show_counts(said: Mapping[str, Any]) -> None:
    """Tell counts and rates."""
    say_selection(said)
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
    say_more(_SHOWN, len(known), "row")
    if len(known) < len(rows):
        say(f"{len(rows) - len(known):,} rows have no data (no count, which is not 0).")
    if rated:
        of = said["denominator"]
        say(f"Rates per {of['per']:,.0f} of {of['measure']} {of['vintage']}, {of['how']}.")
        say("Where many people come who do not live there, as in city centres, a rate by residents says little.")


def show_align(said: Mapping[str, Any]) -> None:
    """Tell the overlap of two sets."""
    for weight, found in said["measures"].items():
        figures = ", ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in found.items())
        say(f"By {'area' if weight == 'area_m2' else weight}: {figures}.")
    people = next(iter(weight for weight in said["measures"] if weight != "area_m2"), None)
    for side, other in (("source", "target"), ("target", "source")):
        units = sorted(said[f"{side}s"], key=lambda unit: unit["best_iou"] or 0.0)
        rows = [
            [
                unit["area_code"],
                unit["area_name"] or "",
                unit["best_match_name"] or unit["best_match"] or "none",
                _percent(unit["best_share"]),
                _percent(unit["best_iou"]),
                unit["n_matches"],
                unit["class"],
                _percent(unit["uncovered_share"]),
                *([] if people is None else [_percent(unit[f"best_share_by_{people}"])]),
            ]
            for unit in units[:_SHOWN]
        ]
        heads = ["code", "name", "best match", "of its area", "of both", "matches", "class", "uncovered"]
        heads += [] if people is None else [f"of its {people}"]
        title = f"{said[side]['set_id']} against {said[other]['set_id']}, worst first"
        table(title, heads, rows, numeric=heads[3:])
        say_more(_SHOWN, len(units), "area")
        found = ", ".join(f"{n:,} {name}" for name, n in said["classes"][f"{side}s"].items() if n)
        say(f"Of {len(units):,} areas of {said[side]['set_id']}: {found}.")
    if said["boundary"] is not None:
        lines = said["boundary"]
        say(
            f"Lines within {lines['tolerance_m']:g} m: {_percent(lines['recall'])} of the first set's and "
            f"{_percent(lines['precision'])} of the second's; 95 % within {_number(lines['p95_m'])} m, all within "
            f"{_number(lines['hausdorff_m'])} m."
        )
    if said["incidents"] is not None:
        told = said["incidents"]
        say(f"{told['selected']:,} incidents, {told['without_position']:,} of them without a position.")
    for caution in said["cautions"]:
        say(caution)
    slivers = said["slivers"]
    say(f"{slivers['pieces']:,} slivers ({slivers['area_m2'] / 1e6:,.2f} km²) count neither as matches nor in measures.")
    if said["bricks"] is not None:
        for row in said["bricks"]["measures"]:
            cut = row["cut"] / row["total"] if row["total"] else 0.0
            said_cut = f"{_percent(cut)} in bricks that a boundary cuts, divided by area"
            say(f"{row['measure'].title()} {row['total']:,.0f}; {said_cut}.")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
