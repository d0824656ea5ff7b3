"""What a page says in small multiples: each offence type's months, and those of each area inside."""

from collections.abc import Sequence
from typing import Any, Final

from crimemap.language import gettext, ngettext
from crimemap.periods import month_name
from crimemap.products.context import SiteContext
from crimemap.products.cube import COUNTED, STATUS_NAMES
from crimemap.products.expected import ExpectedMonths, expected_months
from crimemap.products.facts import AreaFacts, MonthCount
from crimemap.products.names import area_type_plural
from crimemap.products.small_charts import Series, small_charts
from crimemap.products.wording import number, place_words, shown, where_words

__all__ = ["area_charts", "type_charts"]

#: Most types, and most areas, that are drawn: a page must stay small.
_MOST_TYPES: Final = 16
_MOST_AREAS: Final = 12
#: Columns of numbers in one table: with its months it fits a telephone of 320 pixels, and half the width of paper.
_COLUMNS: Final = 3


def type_charts(context: SiteContext, facts: AreaFacts) -> dict[str, Any] | None:
    """
    Give the charts of an area's offence types; None where nothing was recorded.

    Parameters
    ----------
    facts
        Of the area, its types most frequent first.
    """
    types = context.facts.cube.offence_types
    series = []
    for one in facts.types:
        months = _months(context, facts.index, types.index(one.offence_type))
        if any(month.incidents != 0 for month in months):
            series.append(_series(gettext(one.offence_type), "", shown(one.now), months))
    if not series:
        return None
    left_out = max(len(series) - _MOST_TYPES, 0)
    title = gettext("Each type by month, {where}").format(where=where_words(facts))
    return _section(series[:_MOST_TYPES], "t", title=title, left_out=left_out)


def area_charts(context: SiteContext, facts: AreaFacts, kind: str, links: Sequence[dict[str, str]]) -> dict[str, Any] | None:
    """
    Give the charts of the areas inside an area; None where there are more than a page can have.

    Parameters
    ----------
    facts
        Of the area that they are inside.
    kind
        Their type.
    links
        Their names and links, with their rows in the cube.
    """
    if len(links) > _MOST_AREAS:
        return None
    series = []
    for link in links:
        row = int(link["row"])
        note = shown(context.facts.total(row).now)
        series.append(_series(link["name"], link["href"], note, _months(context, row, -1)))
    title = gettext("{kinds} by month, {place}").format(kinds=area_type_plural(kind), place=place_words(facts))
    return _section(series, f"a{kind[0]}", title=title, left_out=0)


def _months(context: SiteContext, row: int, kind: int) -> list[MonthCount]:
    cube = context.facts.cube
    given = zip(cube.months, cube.incidents[row, :, kind].tolist(), cube.status[row, :, kind].tolist(), strict=True)
    return [
        MonthCount(month=month, incidents=value if status == COUNTED else None, status=str(STATUS_NAMES[status]))
        for month, value, status in given
    ]


def _series(name: str, href: str, year: str, months: list[MonthCount]) -> Series:
    expected = expected_months(months)
    return Series(name=name, href=href, note=_note(year, expected), months=months, expected=expected.ranges)


def _note(year: str, expected: ExpectedMonths) -> str:
    said = [gettext("{n} in 12 months").format(n=year)]
    if expected.above:
        n = len(expected.above)
        said.append(ngettext("{n} month above the range", "{n} months above the range", n).format(n=n))
    if expected.below:
        n = len(expected.below)
        said.append(ngettext("{n} month below the range", "{n} months below the range", n).format(n=n))
    return ", ".join(said)


def _section(series: list[Series], chart_id: str, *, title: str, left_out: int) -> dict[str, Any]:
    statuses = {month.status for one in series for month in one.months}
    groups = small_charts(series, chart_id=chart_id)
    return {
        "title": title,
        "groups": [
            {
                "scale": gettext("Scale of these charts: 0 to {ceiling} incidents a month.").format(
                    ceiling=number(group.ceiling)
                ),
                "charts": [
                    {"name": one.name, "href": one.href, "note": one.note, "drawing": drawing}
                    for one, drawing in group.charts
                ],
            }
            for group in groups
        ],
        "banded": any(one.expected for one in series),
        "no_data": "no_data" in statuses,
        "hidden": "suppressed" in statuses,
        "left_out": left_out,
        "tables": [_table(series[k : k + _COLUMNS]) for k in range(0, len(series), _COLUMNS)],
    }


def _table(series: list[Series]) -> dict[str, Any]:
    """Give a table of months, the latest first, with a column for each series."""
    return {
        "names": [one.name for one in series],
        "rows": [
            {"month": month_name(month.month), "cells": [_cell(one, k) for one in series]}
            for k, month in reversed(list(enumerate(series[0].months)))
        ],
    }


def _cell(one: Series, k: int) -> tuple[str, str]:
    """Give a month's number, and the range expected of it."""
    month = one.months[k]
    if month.incidents is None:
        return (gettext("no data") if month.status == "no_data" else gettext("not shown")), ""
    low, high = one.expected.get(month.month, (None, None))
    told = "" if low is None or high is None else gettext("{low} to {high}").format(low=number(low), high=number(high))
    return number(month.incidents), told
