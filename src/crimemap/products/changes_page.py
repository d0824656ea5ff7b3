"""The page of a force's notable changes: its latest month, and its latest year, area by area."""

from pathlib import Path
from typing import Any, Final

from crimemap.analysis.over_time.change import LESS, MORE
from crimemap.language import gettext, ngettext
from crimemap.periods import month_name
from crimemap.products.context import SiteContext, site_name
from crimemap.products.csv_files import write_csv
from crimemap.products.facts import TypeFacts
from crimemap.products.inputs import FORCE
from crimemap.products.month_changes import MonthChange, MonthChanges
from crimemap.products.names import area_folder, area_type_name, safe_segment
from crimemap.products.page_languages import ways
from crimemap.products.wording import number, period_words

__all__ = ["changes_folder", "changes_values", "write_changes_files"]

#: Rows of a table; the file has all of them.
_MOST: Final = 60
_TYPES: Final = (FORCE, "bcu", "csp", "lad", "county", "ctyua", "neighbourhood")
_HEADER: Final = (
    "area_type",
    "area_code",
    "area_name",
    "offence_type",
    "compared",
    "incidents",
    "expected_from",
    "expected_to",
    "before",
    "verdict",
)


def changes_folder(force: str) -> str:
    """
    Give the folder of the page.

    Examples
    --------
    >>> changes_folder("kent")
    'forces/kent/changes'
    """
    return f"{area_folder(FORCE, force, force)}/changes"


def changes_values(context: SiteContext, force: str) -> dict[str, Any]:
    """
    Give what the page says.

    Parameters
    ----------
    force
        Its slug; one with data.
    """
    home, root = ways(changes_folder(force))
    changes = context.month_changes[force]
    name = context.force_names[force]
    month_rows = sorted(
        (_month_row(context, one, home) for one in changes.found if _listed(context, one.row)), key=lambda row: row["order"]
    )
    year_rows = sorted(
        (_year_row(context, row, one, home) for row, one in _changed_years(context, force)), key=lambda row: row["order"]
    )
    month = month_name(changes.month)
    return {
        "title": gettext("What changed in the area of {force}, {month}").format(force=name, month=month),
        "description": _month_words(changes, month_rows, month),
        "page": "changes",
        "crumbs": [
            {"text": site_name(), "href": f"{home}index.html"},
            {"text": name, "href": f"{home}{context.force_address(force)}"},
            {"text": gettext("What changed")},
        ],
        "force_name": name,
        "month": month,
        "year": period_words(context.facts.periods[force]),
        "month_words": _month_words(changes, month_rows, month),
        "tested_words": _tested_words(changes),
        "month_rows": month_rows[:_MOST],
        "more_months": max(len(month_rows) - _MOST, 0),
        "year_words": _year_words(context, force, year_rows),
        "year_rows": year_rows[:_MOST],
        "more_years": max(len(year_rows) - _MOST, 0),
        "file": f"{root}data/forces/{safe_segment(force)}/changes.csv",
        "source": context.source_words(force),
    }


def write_changes_files(context: SiteContext, site: Path) -> None:
    """
    Write `changes.csv` of every force: every change that its page lists, and those for which the page has no room.

    Parameters
    ----------
    site
        The site's root.
    """
    for force in context.facts.periods:
        rows = [_month_line(context, one) for one in context.month_changes[force].found]
        rows += [_year_line(context, row, one) for row, one in _changed_years(context, force)]
        write_csv(site / "data" / "forces" / safe_segment(force) / "changes.csv", _HEADER, rows)


def _listed(context: SiteContext, row: int) -> bool:
    return str(context.facts.cube.areas["area_type"].iloc[row]) in _TYPES


def _changed_years(context: SiteContext, force: str) -> list[tuple[int, TypeFacts]]:
    """Give each area and type of which the pages say that the year's number rose or fell."""
    found = []
    changes, kinds = context.facts.changes[force], len(context.facts.cube.offence_types)
    rows = context.facts.rows_of_force[force]
    for at in [at for at, verdict in enumerate(changes.verdict.tolist()) if verdict in {MORE, LESS}]:
        row = int(rows[at // kinds])
        if _listed(context, row):
            facts = context.facts.area(row)
            one = (
                facts.total
                if at % kinds == kinds - 1
                else next(kind for kind in facts.types if kind.offence_type == context.facts.cube.offence_types[at % kinds])
            )
            # A page says "cannot compare" where it has too few months; so does this one, by not listing it.
            if one.verdict in {MORE, LESS}:
                found.append((row, one))
    return found


def _area(context: SiteContext, row: int, home: str) -> dict[str, Any]:
    kind = str(context.facts.cube.areas["area_type"].iloc[row])
    return {
        "area": context.name(row),
        "href": f"{home}{context.address(row)}",
        "kind": area_type_name(kind),
        "kind_order": _TYPES.index(kind),
    }


def _type_name(name: str) -> str:
    return gettext("All types") if name == "All" else gettext(name)


def _month_row(context: SiteContext, one: MonthChange, home: str) -> dict[str, Any]:
    area = _area(context, one.row, home)
    words = gettext("more than expected") if one.above else gettext("fewer than expected")
    return {
        **area,
        "type": _type_name(context.facts.cube.offence_types[one.kind]),
        "incidents": number(one.incidents),
        "expected": gettext("{low} to {high}").format(low=number(one.low), high=number(one.high)),
        "sign": "more" if one.above else "less",
        "words": words,
        "order": (area["kind_order"], one.q_value, area["area"]),
    }


def _year_row(context: SiteContext, row: int, one: TypeFacts, home: str) -> dict[str, Any]:
    area = _area(context, row, home)
    rose = one.verdict == MORE
    return {
        **area,
        "type": _type_name(one.offence_type),
        "incidents": number(one.compared_now),
        "before": number(one.compared_before),
        "sign": "more" if rose else "less",
        "words": gettext("more") if rose else gettext("fewer"),
        "order": (area["kind_order"], -abs(one.compared_now - one.compared_before), area["area"]),
    }


def _month_words(changes: MonthChanges, rows: list[dict[str, Any]], month: str) -> str:
    if not changes.tested:
        return gettext(
            "We cannot say what was unusual in {month}: that takes 18 months with data before it and 60 incidents in "
            "them, and no area has as many."
        ).format(month=month)
    if not rows:
        return gettext(
            "In {month} nothing stood out: every number was within what chance and the time of year explain."
        ).format(month=month)
    return ngettext(
        "In {month} one number stood out from what was expected.",
        "In {month} {n} numbers stood out from what was expected.",
        len(rows),
    ).format(month=month, n=number(len(rows)))


def _tested_words(changes: MonthChanges) -> str:
    if not changes.tested:
        return ""
    return gettext(
        "We looked at {tested} combinations of area and type. Another {short} have too few months or incidents to say what "
        "was expected of them."
    ).format(tested=number(changes.tested), short=number(changes.too_short))


def _year_words(context: SiteContext, force: str, rows: list[dict[str, Any]]) -> str:
    if not (context.facts.changes[force].pairs > 0).any():
        return gettext("We do not have enough months of data to compare with the year before.")
    if not rows:
        return gettext("No number of the year changed by more than chance would explain.")
    return ngettext(
        "One number of the year changed by more than chance would explain.",
        "{n} numbers of the year changed by more than chance would explain.",
        len(rows),
    ).format(n=number(len(rows)))


def _line(context: SiteContext, row: int) -> tuple[str, str, str]:
    area = context.facts.cube.areas.iloc[row]
    return str(area["area_type"]), str(area["area_code"]), context.name(row)


def _month_line(context: SiteContext, one: MonthChange) -> tuple[object, ...]:
    kind = context.facts.cube.offence_types[one.kind]
    verdict = "more" if one.above else "fewer"
    return (*_line(context, one.row), kind, "latest month", one.incidents, one.low, one.high, "", verdict)


def _year_line(context: SiteContext, row: int, one: TypeFacts) -> tuple[object, ...]:
    verdict = "more" if one.verdict == MORE else "fewer"
    counts = (one.compared_now, "", "", one.compared_before)
    return (*_line(context, row), one.offence_type, "latest year", *counts, verdict)
