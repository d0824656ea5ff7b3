"""The planner's page: what it says before a script runs, from the same documents that the routes answer with."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from crimemap.language import gettext, marked, ngettext
from crimemap.products.wording import number

__all__ = ["pair_words", "planner_values"]

_RUNGS: Final = {
    "lad": (marked("Districts"), marked("{agree} of {covered} are whole districts")),
    "county": (marked("County"), marked("{agree} of {covered} agree with their county")),
    "bcu": (marked("Command unit"), marked("{agree} of {covered} agree with their command unit")),
    "pfa": (marked("Force"), marked("{agree} of {covered} lie in one force")),
}
#: What an area of a set is called, several of them, and how people who live in another one are counted.
_KINDS: Final = {
    "csp": (marked("partnership"), marked("partnerships")),
    "lad": (marked("district"), marked("districts")),
    "bcu": (marked("command unit"), marked("command units")),
    "county": (marked("county"), marked("counties")),
    "ctyua": (marked("county or unitary area"), marked("counties and unitary areas")),
    "pfa": (marked("police force area"), marked("police force areas")),
}
_UNKNOWN: Final = (marked("area"), marked("areas"))
_FITS: Final = frozenset({"coterminous", "minor difference", "nested", "split"})
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
        "counted": gettext("Fit is counted by people.")
        if counted
        else gettext("People are not known for these areas, so fit is counted by land."),
        "ladder": None if ladder is None else _ladder(ladder),
    }


def _kind(document: Mapping[str, Any], side: str) -> tuple[str, str]:
    one, several = _KINDS.get(document[side]["set_id"].split("-")[0], _UNKNOWN)
    return gettext(one), gettext(several)


def _title(document: Mapping[str, Any]) -> str:
    """Name a pair of sets, with their vintages: two pairs may differ in these alone."""
    named = []
    for side in ("source", "target"):
        vintage = document[side]["set_id"].partition("-")[2].replace("-", " ")
        named.append(_kind(document, side)[1] + (f" ({vintage})" if vintage else ""))
    title = gettext("{one} and {other}").format(one=named[0], other=named[1])
    return f"{title[:1].upper()}{title[1:]}"


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
    said = [
        ngettext("{n} of {covered} {units} fits.", "{n} of {covered} {units} fit.", fitting).format(
            n=number(fitting), covered=number(covered), units=unit if covered == 1 else units
        )
    ]
    if covered < len(rows):
        open_ = len(rows) - covered
        said.append(
            ngettext(
                "{n} more is not covered by the other set.", "{n} more are not covered by the other set.", open_
            ).format(n=number(open_))
        )
    outside = sum(row.get("population_outside") or 0.0 for row in rows)
    people = sum(row.get("population") or 0.0 for row in rows)
    if outside >= _SOMEBODY and people > 0:
        said.append(
            ngettext(
                "{n} person ({share}%) lives in another {target} than most of their {unit}.",
                "{n} people ({share}%) live in another {target} than most of their {unit}.",
                round(outside),
            ).format(n=number(round(outside)), share=f"{100 * outside / people:.1f}", target=target, unit=unit)
        )
    return " ".join(said)


def _ladder(document: Mapping[str, Any]) -> dict[str, Any]:
    rungs = [rung for rung in _RUNGS if any(rung in row for row in document["rows"])]
    lines = [document["summary"], *(document["forces"] if len(document["forces"]) > 1 else [])]
    return {
        "headings": [gettext(_RUNGS[rung][0]) for rung in rungs],
        "summaries": [
            {
                "place": gettext("All") if line["force"] == "all" else line.get("force_name") or line["force"],
                "says": _sentence(line),
            }
            for line in lines
        ],
        "rows": [
            {"name": row["area_name"], "rungs": [_rung(row, rung, document["outside_in"]) for rung in rungs]}
            for row in document["rows"]
        ],
    }


def _sentence(summary: Mapping[str, Any]) -> str:
    said = [
        gettext(words).format(agree=number(summary[f"{rung}_agree"]), covered=number(summary[f"{rung}_covered"]))
        for rung, (_, words) in _RUNGS.items()
        if summary.get(f"{rung}_covered")
    ]
    csps = summary["csps"]
    told = ngettext("of {n} partnership, {facts}.", "of {n} partnerships, {facts}.", csps)
    return told.format(n=number(csps), facts="; ".join(said))


def _rung(row: Mapping[str, Any], rung: str, weight: str) -> dict[str, Any]:
    outside = row.get(f"{rung}_outside") or 0.0
    return {
        "name": row.get(f"{rung}_name") or row.get(rung),
        "more": max(len(row.get(f"{rung}_codes") or []) - 1, 0),
        "agrees": bool(row.get(f"{rung}_agrees")),
        "outside": ngettext("{n} person outside", "{n} people outside", round(outside)).format(n=number(round(outside)))
        if weight == "population" and outside >= _SOMEBODY
        else "",
    }
