"""How clusters, scans and concentration are told to people."""

from collections.abc import Mapping
from typing import Any, Final

from crimemap.cli.analyses_shown import say_more, say_selection
from crimemap.cli.counted import counted
from crimemap.cli.shared import say, table

__all__ = ["show_clusters", "show_concentration", "show_scan"]

_SHOWN: Final = 25


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f} %"


def show_clusters(said: Mapping[str, Any]) -> None:
    """Tell clusters."""
    say_selection(said)
    found = said["clusters"]
    say(f"Study area: {said['study_area']['how']}.")
    rows = [
        [row["rank"], row["name"] or "-", row["incidents"], _number(row["expected"]), _number(row["area_km2"], 2)]
        for row in found[:_SHOWN]
    ]
    if rows:
        heads = ["rank", "near", "incidents", "expected", "km²"]
        table(
            f"{counted(len(found), 'cluster')} by {said['method']}", heads, rows, numeric=[h for h in heads if h != "near"]
        )
        say_more(_SHOWN, len(found), "cluster")
    else:
        say("No cluster was found.")
    given = ", ".join(f"{name} {value:g}" for name, value in said["method_parameters"].items())
    say(f"{said['method']}: {given}. A cluster is dense; whether it is more than chance, 'hotspots' and 'scan' say.")


def show_scan(said: Mapping[str, Any]) -> None:
    """Tell what a scan found."""
    say_selection(said)
    found, how = said["clusters"], said["scan"]
    timed = said["parameters"]["time"]
    where = "all areas whose force has data" if said["study_area"] is None else said["study_area"]["how"]
    say(
        f"Study area: {where}; {counted(said['areas'], 'area')} of {said['boundary_set']}, "
        f"{counted(said['windows'], 'circle')}."
    )
    heads = ["rank", "near", *(["from", "to"] if timed else []), "incidents", "expected", "areas", "llr", "p"]
    rows = [
        [
            row["rank"],
            row["name"] or "-",
            *([row["first"], row["last"]] if timed else []),
            row["incidents"],
            _number(row["expected"]),
            row["areas"],
            _number(row["llr"], 2),
            f"{row['p_value']:.3g}",
        ]
        for row in found[:_SHOWN]
    ]
    if rows:
        table("Most likely clusters", heads, rows, numeric=("rank", "incidents", "expected", "areas", "llr", "p"))
        say_more(_SHOWN, len(found), "cluster")
        if found[0]["p_value"] > how["alpha"]:
            say("Not even the most likely one is more than chance would do.")
    else:
        say("Nowhere are there more incidents than expected.")
    by = "shuffled months" if how["model"] == "permutation" else f"expected by {said['expect']}"
    say(f"{how['model'].title()} model, {by}, {counted(how['simulations'], 'simulation')}.")


def show_concentration(said: Mapping[str, Any]) -> None:
    """Tell concentration."""
    say_selection(said)
    say(f"Study area: {said['study_area']['how']}.")
    over, places = said["parameters"]["over"], said["places"]
    what = "map points" if over == "places" else f"cells ({over})"
    say(f"{places['compared']:,} {what}, {places['with_incidents']:,} of them with incidents.")
    rows = [[f"busiest {_percent(row['share_of_places'], 0)} of places hold", *_told(row)] for row in said["top"]] + [
        [f"{_percent(row['share_of_incidents'], 0)} of incidents are in", *_told(row)] for row in said["smallest"]
    ]
    table("Concentration", ["", "share", "interval", "by chance alone"], rows, numeric=("share", "by chance alone"))
    gini = said["gini"]
    say(
        f"Generalised Gini {gini['value']:.3f} ({gini['low']:.3f} to {gini['high']:.3f}); chance alone gives "
        f"{gini['by_chance']:.3f}."
    )


def _told(row: Mapping[str, float]) -> list[str]:
    return [_percent(row["value"]), f"{_percent(row['low'])} to {_percent(row['high'])}", _percent(row["by_chance"])]
