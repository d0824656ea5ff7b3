"""How the analyses of time are told to people."""

from collections.abc import Mapping
from typing import Any

from crimemap.cli.analyses_shown import say_more, say_selection
from crimemap.cli.counted import counted, one_or_many
from crimemap.cli.shared import say, table

__all__ = ["show_change", "show_emerging", "show_near_repeat", "show_profiles"]

_SHOWN = 25
_CLEAR = 0.05


def _number(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def show_near_repeat(said: Mapping[str, Any]) -> None:
    """Tell the test and the links."""
    say_selection(said)
    if said["study_area"] is not None:
        say(f"Study area: {said['study_area']['how']}.")
    say(f"Incidents known only to within more than {said['longest_interval_days']:g} days were left out.")
    rows = [
        [
            row["space_band"],
            row["time_band"],
            row["observed"],
            _number(row["expected"], 1),
            _number(row["knox_ratio"]),
            f"{row['p_value']:.3f}",
            f"{row['p_adjusted']:.3f}",
            "" if row["p_adjusted"] > _CLEAR else "more than chance",
        ]
        for row in said["bands"]
    ]
    heads = ["apart in space", "in time", "pairs", "expected", "ratio", "p", "p, whole table", ""]
    table("Pairs close in space and time", heads, rows, numeric=heads[2:7])
    asked, links = said["parameters"], said["links"]
    clear = sum(row["p_adjusted"] <= _CLEAR for row in said["bands"])
    least = 1 / (asked["permutations"] + 1)
    if least > _CLEAR:
        say(f"With {asked['permutations']} shuffles no p can be below {least:.2g}, so nothing can be claimed: take 999.")
    elif clear:
        hold = one_or_many(clear, "holds", "hold")
        say(f"{clear} of {len(rows)} bands {hold} more pairs than chance would put anywhere in the table (5 %).")
    else:
        say("No band holds more pairs than chance would: no near repeat is seen.")
    say(
        f"Less than {asked['within_m']:g} m and {asked['within_days']:g} days apart: {counted(links['pairs'], 'pair')}, "
        f"{links['expected_by_chance']:,.1f} expected by chance; {counted(links['originators'], 'originator')}, "
        f"{counted(links['followers'], 'follower')} in {counted(links['chains'], 'chain')}. "
        "--output FILE.csv or .gpkg lists them."
    )


def show_emerging(said: Mapping[str, Any]) -> None:
    """Tell the course of the cells."""
    say_selection(said)
    say(f"Study area: {said['study_area']['how']}.")
    periods, cells = said["periods"], said["cells"]
    without = [period for period in periods if period["status"] != "counted"]
    held = len(periods) - len(without)
    others = "; the others are left out, not taken as 0" if without else ""
    say(f"{held} of {counted(len(periods), 'period')} {one_or_many(held, 'has', 'have')} data{others}.")
    found = [[name, count] for name, count in said["categories"].items() if count]
    have = one_or_many(cells["with_pattern"], "has", "have")
    what = f"{cells['with_pattern']:,} of {counted(cells['tested'], 'cell')} {have} a pattern"
    say(f"{what}." if found else f"{what}: no cell is hot or cold beyond what chance would do.")
    if found:
        table("Categories", ["category", "cells"], found, numeric=("cells",))
    rows = [
        [
            row["cell"],
            row["category"],
            row["incidents"],
            row["incidents_last_period"],
            row["periods_hot"],
            row["periods_cold"],
            _number(row["z_last_period"]),
            _number(row["trend_z"]),
        ]
        for row in said["patterns"][:_SHOWN]
    ]
    heads = ["cell", "category", "incidents", "in the last", "periods hot", "cold", "z in the last", "trend z"]
    if rows:
        table("Cells", heads, rows, numeric=heads[2:])
        say_more(_SHOWN, len(said["patterns"]), "cell")
    asked = said["parameters"]
    how = f"{asked['correction']} at {asked['alpha']:g} over all cells and periods together"
    say(f"Gi* with the {asked['test']} test, {how}.")


def show_change(said: Mapping[str, Any]) -> None:
    """Tell the comparison, what is clear first."""
    say_selection(said)
    before, after = said["before"], said["after"]
    say(
        f"{after['first_month']} to {after['last_month']} against {before['first_month']} to {before['last_month']}"
        f"{', month with month of the calendar' if said['paired'] else ''}."
    )
    order = {"more": 0, "less": 0, "no clear change": 1, "too few to say": 2, "no data": 3}
    rows = sorted(said["rows"], key=lambda row: (order[row["verdict"]], 1.0 if row["q_value"] is None else row["q_value"]))
    place = "area_code" if said["boundary_set"] else "cell"
    lines = [
        [
            row[place],
            *([row["area_name"] or ""] if place == "area_code" else []),
            row["before"],
            row["after"],
            _number(row["ratio"]),
            "" if row["ratio_low"] is None else f"{_number(row['ratio_low'])} to {_number(row['ratio_high'])}",
            _number(row["dispersion"], 1),
            "-" if row["q_value"] is None else f"{row['q_value']:.2g}",
            row["verdict"],
        ]
        for row in rows[:_SHOWN]
    ]
    heads = [place.replace("_", " "), *(["name"] if place == "area_code" else []), "before", "after", "ratio"]
    heads += ["interval", "dispersion", "q", "verdict"]
    table("Incidents a month, later over earlier", heads, lines, numeric=("before", "after", "ratio", "dispersion", "q"))
    say_more(_SHOWN, len(rows), "row")
    verdicts = said["verdicts"]
    say(", ".join(f"{count:,} {name}" for name, count in verdicts.items() if count) + ".")
    asked = said["parameters"]
    say(f"{said['statistic'][:1].upper()}{said['statistic'][1:]}; {asked['correction']} at {asked['alpha']:g}.")


def _clock(hour: float) -> str:
    minutes = round(hour * 60) % (24 * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def show_profiles(said: Mapping[str, Any]) -> None:
    """Tell the hours and days."""
    say_selection(said)
    if said["study_area"] is not None:
        say(f"Study area: {said['study_area']['how']}.")
    intervals = said["intervals"]
    say(
        f"Half are known to within {intervals['median_hours']:.1f} hours; {intervals['exact']:,} to the minute, "
        f"{intervals['over_a_day']:,} to within more than a day. Each is spread over the time in which it may have been."
    )
    confidence = 100 * said["parameters"]["confidence"]
    for name, title in (("hours", "Hour of the day"), ("days", "Day of the week")):
        rows = [
            [
                row["bin"],
                _number(row["incidents"], 1),
                f"{100 * row['share']:.1f} %",
                f"{row['low']:,.1f} to {row['high']:,.1f}",
            ]
            for row in said[name]
        ]
        table(title, ["from" if name == "hours" else "day", "incidents", "share", f"{confidence:g} % interval"], rows,
              numeric=("incidents", "share"))  # fmt: skip
    mean = said["mean_hour"]
    if mean["hour"] is None:
        say(f"No hour is preferred (Rayleigh p {mean['p_value']:.2g}), so no mean hour is given.")
    else:
        say(
            f"Mean hour {_clock(mean['hour'])}, {confidence:g} % interval {_clock(mean['low'])} to {_clock(mean['high'])}; "
            f"strength {mean['strength']:.2f} of 1."
        )
