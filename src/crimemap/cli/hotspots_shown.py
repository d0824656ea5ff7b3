"""How hotspots, clusters and concentration are told to people."""

from collections.abc import Mapping
from typing import Any, Final

from crimemap.cli.analyses_shown import say_more, say_selection
from crimemap.cli.backtest_shown import say_backtest
from crimemap.cli.counted import counted, one_or_many
from crimemap.cli.shared import say, table

__all__ = ["show_hotspots"]

_SHOWN: Final = 25


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"


def show_hotspots(said: Mapping[str, Any]) -> None:
    """Tell hotspots."""
    say_selection(said)
    cells, areas, hot = said["cells"], said["areas"], said["hotspots"]
    say(f"Study area: {said['study_area']['how']}.")
    are = one_or_many(cells["hot"], "is", "are")
    what = f"{cells['hot']:,} of {counted(cells['tested'], 'cell')} {are} hot"
    if areas:
        drawn = said["location"] is not None
        heads = ["rank", "near", "incidents", "expected", "cells", "km²", *(["stability"] if drawn else [])]
        rows = [
            [
                row["rank"],
                row["name"] or "-",
                row["incidents"],
                _number(row["expected"]),
                row["cells"],
                _number(row["area_km2"], 2),
                *([_percent(row["stability"])] if drawn else []),
            ]
            for row in areas[:_SHOWN]
        ]
        table(what, heads, rows, numeric=[head for head in heads if head != "near"])
        say_more(_SHOWN, len(areas), "hotspot")
        say(f"Hot cells hold {counted(said['incidents_in_hotspots'], 'incident')}.")
    else:
        say(f"{what}: nothing is clustered beyond what chance would do.")
    if said["sensitivity"] is not None and hot:
        other = said["sensitivity"]
        wider = f"ring {other['next_ring']}" if other["next_ring"] else f"{_number(other['next_distance_m'], 0)} m"
        stay = sum(row["hot_at_next_ring"] for row in hot)
        said_coarser = ""
        if other["coarser_cells"] is not None:
            coarse = sum(bool(row["hot_at_coarser_cells"]) for row in hot)
            said_coarser = f", {coarse:,} with cells of {other['coarser_cells']}"
        say(f"Of the hot cells {stay:,} {one_or_many(stay, 'stays', 'stay')} hot with neighbours of {wider}{said_coarser}.")
    if said["location"] is not None:
        sure = sum((row["hot_probability"] or 0) >= 0.9 for row in hot)  # noqa: PLR2004 - said in the sentence
        say(
            f"{sure:,} {one_or_many(sure, 'is', 'are')} hot in 90 % or more of {said['location']['draws']} draws of places "
            f"({said['location']['model']})."
        )
    test = said["test"] if said["permutations"] is None else f"{said['test']} ({said['permutations']})"
    beside = said["relative_to"]
    name = "Gi*" if said["statistic"].startswith("Gi") else "Local Moran" if beside is None else "Local excess"
    say(f"{name} with the {test} test, {said['correction']} at {said['alpha']:g}. {said['null']}")
    if beside is not None:
        what = "" if beside["measure"] is None else f"{beside['measure']} "
        say(f"Beside {beside['number']:,.0f} {what}{beside['how']}.")
        if beside["incidents_where_nobody_is"]:
            nowhere = beside["incidents_where_nobody_is"]
            say(
                f"{counted(nowhere, 'incident')} {one_or_many(nowhere, 'is', 'are')} where nobody is at risk, "
                "and not compared."
            )
    say_backtest(said["backtest"])
