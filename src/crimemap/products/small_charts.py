"""
Small multiples: months of several series beside each other on a stated common scale, as SVG made at build time.

A bar is a stroke, so that a chart is a few hundred bytes. A month without data is a hatched gap, a withheld one dotted; the
range expected of a month is a pale band behind its bar. Charts of a group share their scale; series too small to be read on
it form a group of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from markupsafe import Markup, escape

from crimemap.language import gettext, ngettext
from crimemap.periods import month_name
from crimemap.products.charts import nice_ceiling
from crimemap.products.facts import MonthCount

__all__ = ["ScaledGroup", "Series", "small_charts"]

#: Units: about as wide as the months allow in whole steps, and the heights of the plot and of all.
_WIDTH, _PLOT, _HEIGHT = 240, 72, 90
_YEAR: Final = 12
#: A series whose highest month is under this share of the scale goes to the next group.
_READABLE: Final = 0.2
_MOST_GROUPS: Final = 3
#: Charts with more months than this are labelled by their years.
_LABELLED_BY_ENDS: Final = 18
#: Units that the digits of a year take.
_ROOM: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One chart's months, in order, every month present, and the range expected of some; a name, its link, and a note."""

    name: str
    href: str
    note: str
    months: list[MonthCount]
    expected: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaledGroup:
    """Charts with one scale, from 0 to `ceiling`."""

    ceiling: int
    charts: list[tuple[Series, Markup]]


def small_charts(series: Sequence[Series], *, chart_id: str) -> list[ScaledGroup]:
    """
    Draw series, those of like size on one scale.

    Parameters
    ----------
    series
        In the order in which they are shown within a group.
    chart_id
        Unique in the page.
    """
    left = sorted(series, key=_highest, reverse=True)
    groups: list[ScaledGroup] = []
    first = True
    while left:
        ceiling = nice_ceiling(_highest(left[0]))
        last = len(groups) == _MOST_GROUPS - 1
        own = [one for one in left if last or _highest(one) >= _READABLE * ceiling]
        left = [one for one in left if one not in own]
        charts = []
        for one in (each for each in series if each in own):
            charts.append((one, _drawn(one, ceiling, chart_id, patterns=first)))
            first = False
        groups.append(ScaledGroup(ceiling=ceiling, charts=charts))
    return groups


def _highest(one: Series) -> int:
    counted = (month.incidents for month in one.months if month.incidents is not None)
    return max(max(counted, default=0), max((high for _, high in one.expected.values()), default=0))


def _drawn(one: Series, ceiling: int, chart_id: str, *, patterns: bool) -> Markup:
    n = len(one.months)
    step = max(round(_WIDTH / max(n, 1)), 3)
    width = step * n
    heights = [_height(month.incidents, ceiling) for month in one.months]
    drawn = [
        *_bands(one, ceiling, step),
        *_bars(heights[: max(n - _YEAR, 0)], 0, step, "bar--before"),
        *_bars(heights[max(n - _YEAR, 0) :], max(n - _YEAR, 0), step, "bar"),
    ]
    for status, name in (("no_data", "none"), ("suppressed", "hidden")):
        gaps = "".join(f"M{k * step + step // 2} {_PLOT}V0" for k, month in enumerate(one.months) if month.status == status)
        if gaps:
            drawn.append(f'<path d="{gaps}" stroke="url(#{chart_id}-{name})" stroke-width="{step}"/>')
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<svg class="cm-small" viewBox="0 0 {width} {_HEIGHT}" role="img" focusable="false">'
        f"<title>{escape(_said(one))}</title>{_patterns(chart_id) if patterns else ''}"
        f'<path class="cm-axis" d="M0 .5H{width}"/>{"".join(drawn)}{_labels(one, step, width)}</svg>'
    )


def _height(value: int | None, ceiling: int) -> int:
    """Give the height of a bar; the smallest number is still seen."""
    return max(round(_PLOT * value / ceiling), 1) if value else 0


def _bars(heights: list[int], first: int, step: int, name: str) -> list[str]:
    """Draw bars as one path of upward strokes, from bar to bar by steps."""
    d, at = "", (0, 0)
    for k, height in enumerate(heights, start=first):
        if height:
            x = k * step + step // 2
            d += f"m{x - at[0]} {at[1]}v-{height}" if d else f"M{x} {_PLOT}v-{height}"
            at = (x, height)
    return [f'<path class="cm-small-{name}" d="{d}" stroke-width="{max(step - 2, 2)}"/>'] if d else []


def _bands(one: Series, ceiling: int, step: int) -> list[str]:
    """Draw the range of months that follow each other as one shape with steps."""
    runs: list[list[int]] = []
    for k, month in enumerate(one.months):
        if month.month in one.expected:
            if runs and runs[-1][-1] == k - 1:
                runs[-1].append(k)
            else:
                runs.append([k])
    d = ""
    for run in runs:
        ends = [one.expected[one.months[k].month] for k in run]
        low = [_PLOT - round(_PLOT * value / ceiling) for value, _ in ends]
        high = [_PLOT - round(_PLOT * value / ceiling) for _, value in ends]
        d += f"M{run[0] * step} {high[0]}{_stairs(high, step)}V{low[-1]}{_stairs(low[::-1], -step)}z"
    return [f'<path class="cm-small-band" d="{d}"/>'] if d else []


def _stairs(levels: list[int], step: int) -> str:
    """
    Walk along levels, one step to each.

    Examples
    --------
    >>> _stairs([30, 28, 28], 7)
    'h7v-2h14'
    """
    out, run = "", step
    for before, level in pairwise(levels):
        if level == before:
            run += step
        else:
            out += f"h{run}v{level - before}"
            run = step
    return f"{out}h{run}"


def _patterns(chart_id: str) -> str:
    return (
        f'<defs><pattern id="{chart_id}-none" width="5" height="5" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><path class="cm-small-mark" d="M0 0V5"/></pattern>'
        f'<pattern id="{chart_id}-hidden" width="5" height="5" patternUnits="userSpaceOnUse">'
        f'<circle class="cm-small-mark" cx="2" cy="2" r=".6"/></pattern></defs>'
    )


def _labels(one: Series, step: int, width: int) -> str:
    """Draw the base line; name the years under their Januaries, or the first and last month of a short series."""
    base, y = f"M0 {_PLOT}.5H{width}", _HEIGHT - 3
    if len(one.months) <= _LABELLED_BY_ENDS:
        ends = [f'<text y="{y}">{escape(month_name(one.months[0].month))}</text>']
        if len(one.months) > 1:
            ends.append(f'<text x="{width}" y="{y}" text-anchor="end">{escape(month_name(one.months[-1].month))}</text>')
        return f'<path class="cm-base" d="{base}"/>{"".join(ends)}'
    years = [(k * step, month.month[:4]) for k, month in enumerate(one.months) if month.month.endswith("-01")]
    ticks = "".join(f"M{x}.5 {_PLOT}v5" for x, _ in years)
    names = "".join(f'<text x="{x + 3}" y="{y}">{year}</text>' for x, year in years if x < width - _ROOM)
    return f'<path class="cm-base" d="{base}{ticks}"/>{names}'


def _said(one: Series) -> str:
    """Say what a chart shows, for those who do not see it."""
    counted = [month for month in one.months if month.incidents is not None]
    said = [
        gettext("{name} by month, {first} to {last}.").format(
            name=one.name, first=month_name(one.months[0].month), last=month_name(one.months[-1].month)
        )
    ]
    if counted:
        low, high = min(month.incidents or 0 for month in counted), max(month.incidents or 0 for month in counted)
        said.append(gettext("From {low} to {high} a month.").format(low=f"{low:,}", high=f"{high:,}"))
    gaps = len(one.months) - len(counted)
    if gaps:
        said.append(ngettext("{n} month has no number.", "{n} months have no number.", gaps).format(n=gaps))
    return " ".join(said)
