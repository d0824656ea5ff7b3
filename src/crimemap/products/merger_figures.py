"""
The tables of a report on a merger in words, in the language that is spoken: measures, size and reach, savings, thresholds.

A number that is not known is a dash, and a saving is a range or nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from crimemap.language import gettext, marked
from crimemap.products.listed import listed_words

__all__ = ["pounds", "savings_rows", "spread_note", "spread_row", "summary", "thresholds"]

Row = Mapping[str, Any]

#: Measures in the order of the table, in words; the others of the document are for programs.
_MEASURES: Final = {
    "n_units": marked("Areas"),
    "misfit": marked("People misplaced, all areas together"),
    "n_coterminous": marked("Areas that are coterminous"),
    "people_coterminous": marked("People who live in a coterminous area"),
    "n_minor_difference": marked("Areas with a minor difference"),
    "n_nested": marked("Areas nested in a larger one"),
    "people_nested": marked("People who live in a nested area"),
    "n_split": marked("Areas made of several whole ones"),
    "n_many_to_many": marked("Areas where lines cross"),
    "people_many_to_many": marked("People who live where lines cross"),
    "nesting": marked("Share of people who live in their area's best match"),
    "v_measure": marked("V-measure (1: the sets are the same)"),
    "variation_of_information": marked("Variation of information, bits (0: the same)"),
}
#: What a limit is of, and how it is said.
_LIMITS: Final = {
    "population": (marked("people"), marked("{value} people")),
    "area_km2": (marked("area"), marked("{value} km²")),
    "n_districts": (marked("districts"), marked("{value} districts")),
    "distance_km": (marked("distance"), marked("{value} km to the farthest resident")),
}
_MONEY: Final = {
    "running_cost": marked("A partnership costs {range} a year."),
    "transition": marked("Transition of each partnership in a merger: {range}."),
    "disaggregation": marked("Taking services apart, each time: {range}."),
}
_MINUS: Final = "\N{MINUS SIGN}"


def _number(value: float | None, unit: str, *, signed: bool = False) -> str:
    if value is None:
        return "-"
    digits = 0 if unit in ("people", "units") else 3
    sign = "+" if signed and round(value, digits) > 0 else ""
    return f"{sign}{value + 0.0:,.{digits}f}".replace("-", _MINUS)


def summary(rows: Sequence[Row]) -> Iterable[Row]:
    """Choose the measures that a board reads, in words."""
    found = {row["measure"]: row for row in rows}
    for measure, words in _MEASURES.items():
        row = found.get(measure)
        if row is not None:
            unit = row["unit"]
            yield {
                "words": gettext(words),
                "before": _number(row["before"], unit),
                "after": _number(row["after"], unit),
                "change": _number(row["change"], unit, signed=True),
            }


def spread_row(row: Row, rows: Sequence[Row]) -> Row:
    """Name an area and the limits that it passes."""
    names = {one["code"]: one["name"] or one["code"] for one in rows}
    beyond = listed_words([gettext(_LIMITS[name][0]) for name in row["beyond"]])
    return {**row, "name": names.get(row["unit"], row["unit"]), "beyond_words": beyond or gettext("none")}


def spread_note(limits: Row) -> str:
    """Say which limits were set."""
    given = []
    for name, (_, said) in _LIMITS.items():
        value = limits.get(name)
        if value is not None:
            shown = f"{value:g}" if name == "distance_km" else f"{value:,.0f}"
            given.append(gettext(said).format(value=shown))
    if not given:
        return gettext("No limits were set: what is too remote is for the planner to say.")
    return gettext("Limits set: {limits}.").format(limits=listed_words(given))


def pounds(low: float, high: float) -> str:
    """
    Say a range of money.

    Examples
    --------
    >>> pounds(1000, 25000.4)
    '£1,000 to £25,000'
    """
    said = [f"£{round(value):,}".replace("£-", f"{_MINUS}£") for value in (low, high)]
    return gettext("{low} to {high}").format(low=said[0], high=said[1])


def _years(value: float | None) -> str:
    return gettext("never") if value is None else gettext("{n} years").format(n=f"{value:.1f}")


def savings_rows(found: Row | None) -> Row | None:
    """Say savings as ranges with what was assumed; nothing where nothing was."""
    if found is None:
        return None
    assumed = found["assumptions"]
    lines = [gettext(said).format(range=pounds(*_ends(assumed[name]))) for name, said in _MONEY.items()]
    low, high = _ends(assumed["share_saved"])
    share = gettext("{low}% to {high}% of it is saved when it is absorbed.")
    lines.insert(1, share.format(low=f"{100 * low:g}", high=f"{100 * high:g}"))
    lines.append(gettext("Source of the assumptions: {source}.").format(source=assumed["source"]))
    soonest, latest = _years(found["pays_back_years_soonest"]), _years(found["pays_back_years_latest"])
    return {
        "years": assumed["years"],
        "rows": [
            (gettext("Saved every year"), pounds(found["annual_low"], found["annual_high"])),
            (gettext("Spent once"), pounds(found["one_off_low"], found["one_off_high"])),
            (
                gettext("Net over {years} years").format(years=assumed["years"]),
                pounds(found["net_low"], found["net_high"]),
            ),
            (
                gettext("Pays back after"),
                gettext("{soonest} at best, {latest} at worst").format(soonest=soonest, latest=latest),
            ),
        ],
        "assumed": lines,
    }


def _ends(value: Any) -> tuple[float, float]:
    return (value["low"], value["high"]) if isinstance(value, Mapping) else (value[0], value[1])


def thresholds(given: Row) -> Iterable[str]:
    """Say from where an area is called what."""
    share = {name: f"{100 * given[name]:g}" for name in ("coterminous", "minor", "nested")}
    yield gettext("Coterminous: area and match share {share}% or more of what either has.").format(
        share=share["coterminous"]
    )
    yield gettext("Minor difference: {share}% or more.").format(share=share["minor"])
    yield gettext("Nested: {share}% or more of it lies in one area.").format(share=share["nested"])
