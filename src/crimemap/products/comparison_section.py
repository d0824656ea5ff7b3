"""What a page says of an area beside those like it and its force, or why it says nothing."""

from typing import Any, Final
from urllib.parse import urlencode

import numpy as np

from crimemap.analysis.peers.against import ABOVE, BELOW, NOT_COMPARED, WITHIN
from crimemap.analysis.peers.similar import FEWEST_AREAS
from crimemap.language import gettext
from crimemap.products.comparison import HOUSEHOLDS, Comparison
from crimemap.products.comparison_chart import PeerRow, peers_chart
from crimemap.products.context import SiteContext
from crimemap.products.names import area_type_plural
from crimemap.products.wording import lower_first, period_words

__all__ = ["comparison_values", "rate_text"]

_TO_COMPARE: Final = 3
_EXACT_BELOW: Final = 10


def rate_text(rate: float) -> str:
    """
    Write a rate.

    Examples
    --------
    >>> rate_text(3.14159), rate_text(1234.5)
    ('3.1', '1,234')
    """
    return f"{rate:.1f}" if rate < _EXACT_BELOW else f"{rate:,.0f}"


def _range(low: float, high: float) -> str:
    return gettext("{low} to {high}").format(low=rate_text(low), high=rate_text(high))


def comparison_values(context: SiteContext, index: int, home: str) -> dict[str, Any]:
    """
    Give what the section says; nothing for areas of a type that is not compared.

    Parameters
    ----------
    index
        The area's row in the cube.
    home
        The way to the root of the pages in the language that is spoken.

    Returns
    -------
    dict
        `comparison`: None, or a dictionary with `why` (a sentence, if there is none) or all that the template shows.
    """
    found = context.comparisons.of(index)
    if found is None:
        return {"comparison": None}
    one, at = found
    why = _why_not(context, one, at, index)
    compare = f"{home}compare/index.html?{urlencode({'area': context.folder(index)}, safe='/')}"
    if why:
        return {"comparison": {"why": why, "compare_href": compare}}
    peers = [int(one.rows[p]) for p in one.similar.neighbours[at].tolist() if p >= 0]
    chosen = [context.folder(row) for row in [index, *peers[:_TO_COMPARE]]]
    total = len(context.comparisons.base) - 1
    return {
        "comparison": {
            "why": "",
            "sentences": _sentences(context, one, at),
            "how": _how(one),
            "rows": [_row(context, one, at, index, kind) for kind in _kinds(context, one, at, index)],
            "chart": _chart(context, one, at, [index, *peers], total),
            "chart_title": _title(context, index),
            "peers": [_peer(context, row, home) for row in [index, *peers]],
            "by_households": HOUSEHOLDS in context.comparisons.base,
            "compare_href": f"{home}compare/index.html?{urlencode([('area', folder) for folder in chosen], safe='/')}",
        }
    }


def _why_not(context: SiteContext, one: Comparison, at: int, index: int) -> str:
    """Say why there is no comparison; empty if there is one."""
    compared = context.comparisons
    people = compared.people[index]
    if not people > 0:
        if people == 0:
            return gettext("Nobody lives in this area, so there is no rate for every 1,000 people to compare.")
        return gettext("We do not know how many people live here, so there is no rate to compare with other areas.")
    if not one.enough:
        return gettext(
            "This release has too few areas of this kind with known numbers of people to find similar ones: it takes {n}."
        ).format(n=FEWEST_AREAS)
    if not compared.whole[index, -1]:
        return gettext(
            "We do not have a whole year of numbers for this area that can be shown, so we do not compare it with "
            "other areas."
        )
    if one.against.verdict[at, -1] == NOT_COMPARED:
        return gettext("Too few similar areas have a whole year of numbers that can be shown, so there is no comparison.")
    return ""


def _sentences(context: SiteContext, one: Comparison, at: int) -> list[str]:
    verdict = int(one.against.verdict[at, -1])
    said = [
        {
            ABOVE: gettext(
                "For every 1,000 people, more incidents were recorded here than is usual in similar areas, and more than "
                "chance would explain."
            ),
            BELOW: gettext(
                "For every 1,000 people, fewer incidents were recorded here than is usual in similar areas, and the "
                "difference is larger than chance would explain."
            ),
            WITHIN: gettext(
                "For every 1,000 people, the number of incidents recorded here is outside what is usual in similar areas, "
                "but so many areas are compared that this may be chance."
            )
            if _outside(one, at, -1)
            else gettext("For every 1,000 people, about as many incidents were recorded here as in similar areas."),
        }.get(verdict, gettext("There were too few incidents here to say how this area compares with similar ones."))
    ]
    names = context.facts.cube.offence_types[:-1]
    for kind, text in (
        (ABOVE, gettext("More than usual for similar areas: {types}.")),
        (BELOW, gettext("Fewer than usual for similar areas: {types}.")),
    ):
        some = [lower_first(gettext(names[i])) for i in np.flatnonzero(one.against.verdict[at, :-1] == kind).tolist()]
        if some:
            said.append(text.format(types=", ".join(some)))
    return said


def _how(one: Comparison) -> str:
    return gettext(
        "Similar areas are the {k} of the {n} in this release ({kind}) that are most like this one in number of people, "
        "people for each square kilometre, and mix of offence types. They are found by a formula, not chosen by hand."
    ).format(k=one.similar.k, n=one.similar.compared, kind=lower_first(area_type_plural(one.area_type)))


def _kinds(context: SiteContext, one: Comparison, at: int, index: int) -> list[int]:
    """Order the offence types as the table does: the total, then by rate; types that nobody nearby recorded are left out."""
    rate = context.comparisons.rate[index]
    kinds = [k for k in range(len(rate) - 1) if rate[k] > 0 or one.against.mean[at, k] > 0]
    return [len(rate) - 1, *sorted(kinds, key=lambda k: (-np.nan_to_num(rate[k]), context.facts.cube.offence_types[k]))]


def _row(context: SiteContext, one: Comparison, at: int, index: int, kind: int) -> dict[str, Any]:
    compared, against = context.comparisons, one.against
    names = context.facts.cube.offence_types
    total = kind == len(names) - 1
    rate = float(compared.rate[index, kind])
    known = not np.isnan(rate)
    verdict = int(against.verdict[at, kind])
    tested = verdict != NOT_COMPARED
    return {
        "name": gettext("All types") if total else gettext(names[kind]),
        "per_household": compared.base[kind] == HOUSEHOLDS,
        "rate": rate_text(rate) if known else "",
        "range": _range(float(compared.low[index, kind]), float(compared.high[index, kind])) if known else "",
        "usual": _range(1000 * float(against.low[at, kind]), 1000 * float(against.high[at, kind])) if tested else "",
        "force": "" if np.isnan(one.of_force[at, kind]) else rate_text(float(one.of_force[at, kind])),
        "rank": _rank_words(one, at, kind) if verdict in {ABOVE, BELOW, WITHIN} else "",
        "sign": {ABOVE: "more", BELOW: "less", WITHIN: "same"}.get(verdict, "unknown"),
        "words": _verdict_words(verdict, known=known, outside=_outside(one, at, kind)),
    }


def _outside(one: Comparison, at: int, kind: int) -> bool:
    """Say whether a rate lies outside what is usual, be that certain among so many comparisons or not."""
    return bool(np.nan_to_num(one.against.p_value[at, kind], nan=1.0) <= one.against.alpha)


def _rank_words(one: Comparison, at: int, kind: int) -> str:
    against = one.against
    low, high, n = int(against.rank_low[at, kind]), int(against.rank_high[at, kind]), int(against.peers[at, kind]) + 1
    if low == high:
        return gettext("rank {low} of {n}").format(low=low, n=n)
    return gettext("rank {low} to {high} of {n}").format(low=low, high=high, n=n)


def _verdict_words(verdict: int, *, known: bool, outside: bool) -> str:
    if not known:
        return gettext("cannot compare")
    if verdict == WITHIN and outside:
        return gettext("no clear difference")
    return {
        ABOVE: gettext("more than similar areas"),
        BELOW: gettext("fewer than similar areas"),
        WITHIN: gettext("about the same"),
        NOT_COMPARED: gettext("cannot compare"),
    }.get(verdict, gettext("too few to say"))


def _title(context: SiteContext, index: int) -> str:
    force = str(context.facts.cube.areas["force"].iloc[index])
    return gettext("Incidents for every 1,000 people in {name} and in similar areas, {period}").format(
        name=context.name(index), period=period_words(context.facts.periods[force])
    )


def _chart(context: SiteContext, one: Comparison, at: int, rows: list[int], kind: int) -> object:
    compared = context.comparisons
    drawn = [
        PeerRow(
            name=context.name(row),
            rate=float(compared.rate[row, kind]),
            low=float(compared.low[row, kind]),
            high=float(compared.high[row, kind]),
            own=row == rows[0],
        )
        for row in rows
        if not np.isnan(compared.rate[row, kind])
    ]
    force = float(one.of_force[at, kind])
    return peers_chart(
        drawn,
        band=(1000 * float(one.against.low[at, kind]), 1000 * float(one.against.high[at, kind])),
        force=None if np.isnan(force) else force,
        chart_id="peers",
        title=_title(context, rows[0]),
    )


def _peer(context: SiteContext, row: int, home: str) -> dict[str, str]:
    """Give a line of the table of similar areas; the area itself comes first, without a link."""
    compared = context.comparisons
    force = str(context.facts.cube.areas["force"].iloc[row])
    rate = float(compared.rate[row, -1])
    density = float(compared.people[row] / compared.area_km2[row])
    return {
        "name": context.name(row),
        "href": f"{home}{context.address(row)}",
        "force": context.force_names.get(force, force),
        "people": f"{compared.people[row]:,.0f}",
        "density": rate_text(density),
        "rate": "" if np.isnan(rate) else rate_text(rate),
        "range": "" if np.isnan(rate) else _range(float(compared.low[row, -1]), float(compared.high[row, -1])),
    }
