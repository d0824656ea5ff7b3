"""What a page says of the areas inside its own: maps by rate and by change, and a table with the same facts and links."""

from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import join, relpath
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.over_time.change import LESS as FELL
from crimemap.analysis.over_time.change import MORE as ROSE
from crimemap.analysis.over_time.change import NO_CLEAR_CHANGE
from crimemap.language import gettext, ngettext
from crimemap.products.area_lists import Link, LinkList
from crimemap.products.area_map import (
    FEW,
    HIDDEN,
    LESS,
    MORE,
    MOST_NUMBERED,
    NONE,
    SAME,
    ClassedMap,
    class_swatch,
    draw_areas,
)
from crimemap.products.area_map_classes import area_breaks, class_of, class_ranges
from crimemap.products.comparison_section import rate_text
from crimemap.products.context import SiteContext
from crimemap.products.cube import COUNTED
from crimemap.products.facts import CANNOT_COMPARE, AreaFacts, TypeFacts
from crimemap.products.names import area_type_plural
from crimemap.products.small_charts_section import area_charts
from crimemap.products.wording import CHANGE_CLASSES, change_words, lower_first, number, period_words, place_words, shown

__all__ = ["INSIDE", "BelowRow", "areas_below", "areas_section", "drawn_lists", "in_parts", "part_way", "year_counts"]

#: Areas that are drawn; of the others a page has a list of links.
_DRAWN: Final = ("bcu", "csp", "lad", "neighbourhood")
#: More areas than this on one page would make it too large for a telephone: they have a page of their own.
_MOST_ON_PAGE: Final = 70
#: More than this are too many for the table of one page: each group of them has a page of its own.
_MOST_IN_TABLE: Final = 350
#: The folder of such pages, below that of the area's page.
INSIDE: Final = "inside"


@dataclass(frozen=True, slots=True, kw_only=True)
class BelowRow:
    """One line of the table; `number` is what the area has on the map, where it has no name there."""

    name: str
    href: str
    number: str
    incidents: str
    rate: str
    range: str
    sign: str
    change: str


def areas_below(context: SiteContext, facts: AreaFacts, lists: list[LinkList]) -> dict[str, dict[str, Any]]:
    """
    Give what the sections of the areas inside an area say, by their anchors.

    Parameters
    ----------
    facts
        Of the area whose page it is.
    lists
        The lists of the page. A type whose areas are those of another one already drawn stays a list.

    Returns
    -------
    dict
        Anchor to what `areas_section` gives; or to `page`, below the area's own folder, that has it, `n` and, where
        there are groups, `parts`: name, address and size of each.
    """
    found: dict[str, dict[str, Any]] = {}
    for kind, one, apart in drawn_lists(context, lists):
        if apart:
            way = f"{INSIDE}/{kind}/"
            parts = [(name, f"{way}{part_way(one, k)}", len(some)) for k, (name, some) in enumerate(one.groups, start=1)]
            found[one.anchor] = {"page": f"{way}index.html", "n": len(_links(one))} | ({"parts": parts} if parts else {})
        else:
            found[one.anchor] = areas_section(context, facts, kind, one)
    return found


def in_parts(one: LinkList) -> bool:
    """Say whether the areas of a list are too many for one table, so that each of its groups has a page."""
    return bool(one.groups) and len(_links(one)) > _MOST_IN_TABLE


def part_way(one: LinkList, k: int) -> str:
    """Give the way from the page of a list's areas to its k-th group, counted from 1: a page, or a heading."""
    return f"{k}/index.html" if in_parts(one) else f"index.html#group-{k}"


def drawn_lists(context: SiteContext, lists: list[LinkList]) -> Iterator[tuple[str, LinkList, bool]]:
    """
    Give the type and the list of those areas of a page that are drawn, and whether they need a page of their own.

    Of types with the same lines only the first is drawn.
    """
    drawn: list[NDArray[np.float64]] = []
    room = _MOST_ON_PAGE
    kinds = {one.anchor.removeprefix("list-"): one for one in lists}
    for kind in _DRAWN:
        one = kinds.get(kind)
        if one is None or (kind == "lad" and "csp" in kinds):
            continue
        rows = [int(link["row"]) for link in _links(one)]
        bounds = np.sort(context.inputs.areas.geometry.iloc[rows].bounds.to_numpy(), axis=0)
        if len(rows) > 1 and not any(_alike(bounds, other) for other in drawn):
            drawn.append(bounds)
            apart = len(rows) > room
            room -= 0 if apart else len(rows)
            yield kind, one, apart


def _links(one: LinkList) -> list[Link]:
    return [link for _, links in one.groups for link in links] or one.links


def _alike(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Say whether two sets of areas have the same extents, but for how their lines were drawn: to a hundred metres."""
    return one.shape == other.shape and bool(np.abs(one - other).max() < 100)  # noqa: PLR2004


def areas_section(context: SiteContext, facts: AreaFacts, kind: str, one: LinkList, *, folder: str = "") -> dict[str, Any]:
    """
    Give the maps and the table of the areas of a type.

    Parameters
    ----------
    facts
        Of the area that they are inside.
    kind
        Their type.
    one
        Their links, with their rows in the cube.
    folder
        Of the page, where it is not the area's own.

    Returns
    -------
    dict
        `maps` (title, drawing, key), `groups` (heading, rows), `rated`, `compared`, `caption`, `numbered`,
        `notes` and `charts` (see `area_charts`).
    """
    groups = one.groups or [("", one.links)]
    links = _links(one)
    rows = np.array([int(link["row"]) for link in links], dtype=np.int64)
    totals = [context.facts.total(row) for row in rows.tolist()]
    names = [link["name"] for link in links]
    rate = context.comparisons.rate[:, -1]
    rated = bool(np.isfinite(rate[rows]).any())
    values = rate if rated else year_counts(context)
    of_kind = (context.facts.cube.areas["area_type"] == kind).to_numpy()
    breaks = area_breaks(values[of_kind])
    here = f"/{folder or context.folder(facts.index)}"
    # The shortest way, as there are hundreds of them on a page.
    links = [{**link, "href": relpath(join(here, link["href"]), here)} for link in links]
    when, place = period_words(facts.period), place_words(facts)
    levels = _levels(totals, values[rows], breaks, rated=rated, when=when, place=place)
    maps = [(levels, _level_key(levels, breaks, kind))]
    compared = any(one.verdict != CANNOT_COMPARE for one in totals)
    if compared:
        changes = _changes(totals, when=when, place=place)
        maps.append((changes, _change_key(changes, kind)))
    drawing = draw_areas(
        np.asarray(context.inputs.areas.geometry.iloc[rows].to_numpy(), dtype=object),
        names=names,
        hrefs=[link["href"] for link in links],
        maps=[given for given, _ in maps],
        map_id=kind[0],
        groups=[name for name, some in groups for _ in some] if one.by_place else (),
    )
    lines = iter(
        _row(context, int(row), link, total, number_on_map)
        for row, link, total, number_on_map in zip(rows, links, totals, drawing.numbers, strict=True)
    )
    return {
        "maps": [
            {"title": given.title, "drawing": drawn, "key": key}
            for (given, key), drawn in zip(maps, drawing.maps, strict=True)
        ],
        "groups": [(name, [next(lines) for _ in some]) for name, some in groups],
        "rated": rated,
        "compared": compared,
        "when": when,
        "caption": gettext("{kinds} in {place}, {period}").format(kinds=area_type_plural(kind), place=place, period=when),
        "numbered": any(drawing.numbers),
        "notes": _notes(kind, rated=rated),
        "charts": area_charts(context, facts, kind, links),
    }


def year_counts(context: SiteContext) -> NDArray[np.float64]:
    """Give every area's incidents in its latest year; not a number unless each month has one."""
    cube = context.facts.cube
    found = np.full(len(cube.areas), np.nan)
    for force, period in context.facts.periods.items():
        rows = context.facts.rows_of_force[force]
        held = [cube.months.index(month) for month in period if month in cube.months]
        if len(held) == len(period):
            counted = (cube.status[rows][:, held, -1] == COUNTED).all(axis=1)
            found[rows] = np.where(counted, cube.incidents[rows][:, held, -1].sum(axis=1), np.nan)
    return found


def _levels(
    totals: list[TypeFacts],
    values: NDArray[np.float64],
    breaks: list[float],
    *,
    rated: bool,
    when: str,
    place: str,
) -> ClassedMap:
    classes, says = [], []
    for total, value in zip(totals, values.tolist(), strict=True):
        if total.now.suppressed:
            classes.append(HIDDEN)
            says.append(gettext("not shown"))
        elif total.now.no_data:
            classes.append(NONE)
            says.append(gettext("no data for the whole year"))
        elif np.isnan(value):
            classes.append(NONE)
            says.append(gettext("residents not known"))
        else:
            classes.append(class_of(value, breaks))
            told = gettext("{rate} for every 1,000 residents") if rated else gettext("{rate} incidents")
            says.append(told.format(rate=rate_text(value) if rated else number(round(value))))
    known = values[np.isfinite(values)]
    title = (
        gettext("Incidents for every 1,000 residents in {place}, {period}")
        if rated
        else gettext("Recorded incidents in {place}, {period}")
    )
    said = [ngettext("A map of {n} area.", "A map of {n} areas.", len(totals)).format(n=len(totals))]
    if known.size:
        ends = [rate_text(float(one)) if rated else number(round(float(one))) for one in (known.min(), known.max())]
        said.append(
            gettext("The stronger an area's colour is, the higher its number: they run from {low} to {high}.").format(
                low=ends[0], high=ends[1]
            )
        )
    without = len(totals) - known.size
    if without:
        said.append(
            ngettext(
                "{n} area has no number that can be shown.", "{n} areas have no number that can be shown.", without
            ).format(n=without)
        )
    said.append(gettext("The table below has every number."))
    return ClassedMap(title=title.format(place=place, period=when), description=" ".join(said), classes=classes, says=says)


def _changes(totals: list[TypeFacts], *, when: str, place: str) -> ClassedMap:
    classes = [_verdict_class(one) for one in totals]
    counts = {name: classes.count(name) for name in (MORE, LESS, SAME)}
    said = gettext(
        "More than the year before in {more}, fewer in {less}, no clear change in {same}, of {n} areas. The table below has "
        "every one."
    )
    return ClassedMap(
        title=gettext("Change in {place}, {period} and the year before").format(place=place, period=when),
        description=said.format(more=counts[MORE], less=counts[LESS], same=counts[SAME], n=len(totals)),
        classes=classes,
        says=[change_words(one) for one in totals] if len(totals) <= MOST_NUMBERED else [""] * len(totals),
    )


def _verdict_class(one: TypeFacts) -> str:
    if one.verdict == CANNOT_COMPARE:
        return HIDDEN if one.now.suppressed else NONE
    return {ROSE: MORE, FELL: LESS, NO_CLEAR_CHANGE: SAME}.get(one.verdict, FEW)


def _level_key(one: ClassedMap, breaks: list[float], kind: str) -> list[tuple[Any, str, int]]:
    words = [("0", gettext("none"))] if "0" in one.classes else []
    if any(name.isdigit() and name != "0" for name in one.classes):
        words += class_ranges(breaks)
    words += [(NONE, gettext("no number"))] if NONE in one.classes else []
    words += [(HIDDEN, gettext("not shown, to protect people"))] if HIDDEN in one.classes else []
    return [(class_swatch(name, f"k-{kind}"), said, one.classes.count(name)) for name, said in words]


def _change_key(one: ClassedMap, kind: str) -> list[tuple[Any, str, int]]:
    words = {
        MORE: gettext("more"),
        LESS: gettext("fewer"),
        SAME: gettext("no clear change"),
        FEW: gettext("too few to say"),
        NONE: gettext("cannot compare"),
        HIDDEN: gettext("not shown, to protect people"),
    }
    return [
        (class_swatch(name, f"c-{kind}"), said, one.classes.count(name))
        for name, said in words.items()
        if name in one.classes
    ]


def _row(context: SiteContext, row: int, link: dict[str, str], total: TypeFacts, number_on_map: int) -> BelowRow:
    compared = context.comparisons
    rate = float(compared.rate[row, -1])
    known = np.isfinite(rate)
    ends = (float(compared.low[row, -1]), float(compared.high[row, -1]))
    return BelowRow(
        name=link["name"],
        href=link["href"],
        number=str(number_on_map) if number_on_map else "",
        incidents=shown(total.now),
        rate=rate_text(rate) if known else "",
        range=gettext("{low} to {high}").format(low=rate_text(ends[0]), high=rate_text(ends[1])) if known else "",
        sign=CHANGE_CLASSES.get(total.verdict, "unknown"),
        change=change_words(total),
    )


def _notes(kind: str, *, rated: bool) -> list[str]:
    said = []
    if rated:
        said.append(gettext("Town and city centres have few residents and many visitors, so their rates are high."))
    said.append(
        gettext("Colours stand for the same numbers on every map here of areas of this kind ({kinds}).").format(
            kinds=lower_first(area_type_plural(kind))
        )
    )
    return said
