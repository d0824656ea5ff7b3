"""The planner's page: what it says before a script runs, from the same documents that the routes answer with."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from crimemap.products.wording import number

__all__ = ["pair_words", "planner_values"]

_RUNGS: Final = {
    "lad": ("Districts", "are whole districts"),
    "county": ("County", "agree with their county"),
    "bcu": ("Command unit", "agree with their command unit"),
    "pfa": ("Force", "lie in one force"),
}
_KINDS: Final = {
    "csp": ("partnership", "partnerships"),
    "lad": ("district", "districts"),
    "bcu": ("command unit", "command units"),
    "county": ("county", "counties"),
    "ctyua": ("county or unitary area", "counties and unitary areas"),
    "pfa": ("police force area", "police force areas"),
}
_FITS: Final = frozenset({"coterminous", "minor difference", "nested", "split"})
_BY_PEOPLE: Final = "Fit is counted by people."
_BY_LAND: Final = "People are not known for these areas, so fit is counted by land."
#: Fewer people than this are a rounding of bricks that were divided.
_SOMEBODY: Final = 0.5


def planner_values(pairs: Sequence[Mapping[str, Any]], ladder: Mapping[str, Any] | None) -> dict[str, Any]:
    """
    Give what the page's template knows as `plan`.

    Parameters
    ----------
    pairs
        Documents of overlaps, as `crimemap align --json` prints them.
    ladder
        The document of a ladder, as `crimemap ladder --json` prints it; None where there is none.
    """
    counted = any(one["bricks"] for one in pairs)
    return {
        "pairs": [{"title": _title(one), "says": pair_words(one)} for one in pairs],
        "counted": "Fit is counted by people."
        if counted
        else "People are not known for these areas, so fit is counted by land.",
        "ladder": None if ladder is None else _ladder(ladder),
    }


def _kind(document: Mapping[str, Any], side: str) -> tuple[str, str]:
    return _KINDS.get(document[side]["set_id"].split("-")[0], ("area", "areas"))


def _title(document: Mapping[str, Any]) -> str:
    """Name a pair of sets, with their vintages: two pairs may differ in these alone."""
    named = []
    for side in ("source", "target"):
        vintage = document[side]["set_id"].partition("-")[2].replace("-", " ")
        named.append(_kind(document, side)[1] + (f" ({vintage})" if vintage else ""))
    return f"{named[0]} and {named[1]}".capitalize()


def pair_words(document: Mapping[str, Any]) -> str:
    """
    Say in one or two sentences how a set fits another.

    Examples
    --------
    >>> row = {"class": "nested", "class_by_population": "many-to-many", "population": 900.0, "population_outside": 90.0}
    >>> pair_words({"source": {"set_id": "csp-2020"}, "target": {"set_id": "bcu-2020"}, "sources": [row]})
    '0 of 1 partnership fit. 90 people (10.0%) live in another command unit than most of their partnership.'
    """
    unit, units = _kind(document, "source")
    target, _ = _kind(document, "target")
    rows = document["sources"]
    fitting = sum(row.get("class_by_population", row["class"]) in _FITS for row in rows)
    covered = sum(row["class"] != "not covered" for row in rows)
    said = f"{number(fitting)} of {number(covered)} {unit if covered == 1 else units} {'fits' if fitting == 1 else 'fit'}."
    if covered < len(rows):
        open_ = len(rows) - covered
        said += f" {number(open_)} more {'is' if open_ == 1 else 'are'} not covered by the other set."
    outside = sum(row.get("population_outside") or 0.0 for row in rows)
    people = sum(row.get("population") or 0.0 for row in rows)
    if outside >= _SOMEBODY and people > 0:
        said += (
            f" {_people(outside)} ({100 * outside / people:.1f}%) {'lives' if round(outside) == 1 else 'live'} in another "
            f"{target} than most of their {unit}."
        )
    return said


def _people(count: float) -> str:
    return f"{number(round(count))} {'person' if round(count) == 1 else 'people'}"


def _ladder(document: Mapping[str, Any]) -> dict[str, Any]:
    rungs = [rung for rung in _RUNGS if any(rung in row for row in document["rows"])]
    lines = [document["summary"], *(document["forces"] if len(document["forces"]) > 1 else [])]
    return {
        "headings": [_RUNGS[rung][0] for rung in rungs],
        "summaries": [
            {"place": "All" if line["force"] == "all" else line.get("force_name") or line["force"], "says": _sentence(line)}
            for line in lines
        ],
        "rows": [
            {"name": row["area_name"], "rungs": [_rung(row, rung, document["outside_in"]) for rung in rungs]}
            for row in document["rows"]
        ],
    }


def _sentence(summary: Mapping[str, Any]) -> str:
    said = [
        f"{number(summary[f'{rung}_agree'])} of {number(summary[f'{rung}_covered'])} {words}"
        for rung, (_, words) in _RUNGS.items()
        if summary.get(f"{rung}_covered")
    ]
    csps = summary["csps"]
    return f"of {number(csps)} {'partnership' if csps == 1 else 'partnerships'}, {'; '.join(said)}."


def _rung(row: Mapping[str, Any], rung: str, weight: str) -> dict[str, Any]:
    outside = row.get(f"{rung}_outside") or 0.0
    return {
        "name": row.get(f"{rung}_name") or row.get(rung),
        "more": max(len(row.get(f"{rung}_codes") or []) - 1, 0),
        "agrees": bool(row.get(f"{rung}_agrees")),
        "outside": f"{_people(outside)} outside" if weight == "population" and outside >= _SOMEBODY else "",
    }
