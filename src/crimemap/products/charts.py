"""
Charts as SVG made at build time: no script, no inline style, readable in print, a table always beside them.

A chart comes twice, drawn for a wide and for a narrow screen; the style sheet shows one of the two. Counts start at zero, a
month without data is a hatched gap and a withheld one a dotted gap, never a bar of no height.
The range expected of a month is a pale band behind its bar, with a line at either end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from markupsafe import Markup, escape

from crimemap.language import gettext, marked, ngettext
from crimemap.periods import month_name
from crimemap.products.facts import MonthCount

__all__ = ["monthly_chart", "nice_ceiling"]

_STEPS: Final = (1, 2, 4, 5, 10)
_LABELLED: Final = {"01": marked("Jan"), "07": marked("Jul")}
_YEAR = 12
_NONE: Final[Mapping[str, tuple[int, int]]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Size:
    name: str
    width: int
    height: int
    font: int
    left: int
    every: int  # months between labels


_WIDE = _Size("wide", 760, 260, 15, 52, 6)
_NARROW = _Size("narrow", 340, 220, 13, 40, 12)


def nice_ceiling(value: int) -> int:
    """
    Give the end of an axis for values up to this one: 1, 2, 4 or 5 times a power of ten.

    Examples
    --------
    >>> nice_ceiling(37), nice_ceiling(0), nice_ceiling(1201)
    (40, 4, 2000)
    """
    if value < 4:  # noqa: PLR2004 - an axis of four whole steps
        return 4
    power = 10 ** (len(str(value)) - 1)
    return int(next(step * power for step in _STEPS if step * power >= value))


def _label(month: str, size: _Size, n_months: int) -> str:
    """Give the words under a month: every January, and where there is room every July too."""
    if size.every == _YEAR and n_months > _YEAR + 2:
        return month[:4] if month[5:] == "01" else ""
    return f"{gettext(_LABELLED[month[5:]])} {month[:4]}" if month[5:] in _LABELLED else ""


def _left(size: _Size, ceiling: int) -> int:
    """Leave room for the axis's longest number: a digit is some 0.64 of the font's size wide."""
    return max(size.left, 10 + round(0.64 * size.font * len(f"{ceiling:,}")))


def _drawn(
    points: list[MonthCount], expected: Mapping[str, tuple[int, int]], size: _Size, *, chart_id: str, title: str, desc: str
) -> str:
    top, bottom = 12, 30
    most = max(
        max((one.incidents or 0 for one in points), default=0), max((high for _, high in expected.values()), default=0)
    )
    ceiling = nice_ceiling(most)
    left = _left(size, ceiling)
    right = 26 if size.every != _YEAR else 10
    plot_w, plot_h = size.width - left - right, size.height - top - bottom
    step = plot_w / max(len(points), 1)
    base = top + plot_h
    name = f"{chart_id}-{size.name}"
    opening = (
        f'<svg class="cm-chart__{size.name}" viewBox="0 0 {size.width} {size.height}" role="img" '
        f'aria-labelledby="{name}-t {name}-d" focusable="false">'
    )
    patterns = (
        f'<defs><pattern id="{name}-h" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<path class="cm-hatch" d="M0 0V6" stroke-width="2"/></pattern><pattern id="{name}-s" width="6" height="6" '
        f'patternUnits="userSpaceOnUse"><circle class="cm-dots" cx="2" cy="2" r="1"/></pattern></defs>'
    )
    out = [
        opening,
        f'<title id="{name}-t">{escape(title)}</title>',
        f'<desc id="{name}-d">{escape(desc)}</desc>',
        patterns,
    ]
    ticks = 4 if ceiling % 4 == 0 else 5
    for i in range(ticks + 1):
        y = base - plot_h * i / ticks
        out.append(
            f'<path class="{"cm-axis" if i else "cm-base"}" d="M{left} {y:.1f}H{size.width - right}"/>'
            f'<text x="{left - 6}" y="{y + size.font / 3:.1f}" text-anchor="end" font-size="{size.font}">'
            f"{ceiling * i // ticks:,}</text>"
        )
    ends: list[str] = []
    for i, one in enumerate(points):
        x = left + i * step
        if one.month in expected:
            under, over = (base - plot_h * value / ceiling for value in expected[one.month])
            out.append(f'<rect class="cm-band" x="{x:.1f}" y="{over:.1f}" width="{step:.1f}" height="{under - over:.1f}"/>')
            ends.append(f"M{x:.1f} {over:.1f}h{step:.1f}M{x:.1f} {under:.1f}h{step:.1f}")
        if one.incidents is not None:
            h = plot_h * one.incidents / ceiling
            kind = "cm-bar" if len(points) - i <= _YEAR else "cm-bar cm-bar--before"
            out.append(
                f'<rect class="{kind}" x="{x + step * 0.12:.1f}" y="{base - h:.1f}" '
                f'width="{step * 0.76:.1f}" height="{h:.1f}"/>'
            )
        else:
            fill = "h" if one.status == "no_data" else "s"
            out.append(
                f'<rect class="cm-gap" x="{x + step * 0.06:.1f}" y="{top}" width="{step * 0.88:.1f}" height="{plot_h}" '
                f'fill="url(#{name}-{fill})" stroke="none"/>'
            )
        label = _label(one.month, size, len(points))
        if label:
            middle = x + step / 2
            out.append(
                f'<path class="cm-base" d="M{middle:.1f} {base}v5"/>'
                f'<text x="{middle:.1f}" y="{base + 8 + size.font}" text-anchor="middle" '
                f'font-size="{size.font}">{label}</text>'
            )
    if ends:
        # A pale line under the dark one keeps it apart from a dark bar.
        out += [f'<path class="{kind}" d="{"".join(ends)}"/>' for kind in ("cm-band-edge", "cm-band-end")]
    out.append("</svg>")
    return "".join(out)


_KEY: Final = {
    "bar": '<rect class="cm-bar" width="18" height="14"/>',
    "before": '<rect class="cm-bar cm-bar--before" width="18" height="14"/>',
    "band": '<rect class="cm-band" width="18" height="14"/><path class="cm-band-end" d="M0 1h18M0 13h18"/>',
    "no_data": '<rect width="18" height="14" fill="none" stroke="#767676"/><path class="cm-hatch" d="M0 14 14 0M6 14 18 3" '
    'stroke-width="2"/>',
    "suppressed": '<rect width="18" height="14" fill="none" stroke="#767676"/><g class="cm-dots" stroke="none">'
    '<circle cx="4" cy="4" r="1.2"/><circle cx="10" cy="4" r="1.2"/><circle cx="15" cy="4" r="1.2"/>'
    '<circle cx="4" cy="10" r="1.2"/><circle cx="10" cy="10" r="1.2"/><circle cx="15" cy="10" r="1.2"/></g>',
}


def _key(points: list[MonthCount], *, banded: bool) -> str:
    words = [("bar", gettext("latest 12 months"))]
    if banded:
        words.append(("band", gettext("expected if nothing had changed")))
    if any(one.incidents is not None for one in points[:-_YEAR]):
        words.append(("before", gettext("earlier")))
    held = {one.status for one in points}
    if "no_data" in held:
        words.append(("no_data", gettext("no data")))
    if "suppressed" in held:
        words.append(("suppressed", gettext("not shown, to protect people")))
    items = "".join(
        f'<li><svg viewBox="0 0 18 14" aria-hidden="true">{_KEY[kind]}</svg>{escape(text)}</li>' for kind, text in words
    )
    return f'<ul class="cm-chart__key">{items}</ul>'


def monthly_chart(
    points: list[MonthCount], *, chart_id: str, title: str, expected: Mapping[str, tuple[int, int]] = _NONE
) -> Markup:
    """
    Draw a series of monthly counts as bars.

    Parameters
    ----------
    points
        In order, every month present.
    chart_id
        Unique in the page.
    title
        What, where and when.
    expected
        Month to the smallest and largest number expected; months without a range are left out.
    """
    desc = _described(points, expected)
    drawn = "".join(_drawn(points, expected, size, chart_id=chart_id, title=title, desc=desc) for size in (_WIDE, _NARROW))
    return Markup(f'<div class="cm-chart">{drawn}{_key(points, banded=bool(expected))}</div>')  # noqa: S704 - every text in it is escaped above


def _described(points: list[MonthCount], expected: Mapping[str, tuple[int, int]]) -> str:
    """Say what the chart shows, for those who do not see it."""
    counted = [one for one in points if one.incidents is not None]
    said = [gettext("A bar for each month.")]
    if counted:
        low = min(counted, key=lambda one: one.incidents or 0)
        high = max(counted, key=lambda one: one.incidents or 0)
        said.append(
            gettext("Lowest in {low_month} ({low}), highest in {high_month} ({high}).").format(
                low_month=month_name(low.month),
                low=f"{low.incidents:,}",
                high_month=month_name(high.month),
                high=f"{high.incidents:,}",
            )
        )
    gaps = len(points) - len(counted)
    if gaps:
        said.append(ngettext("{n} month has no number.", "{n} months have no number.", gaps).format(n=gaps))
    if expected:
        outside = sum(
            not low <= (one.incidents or 0) <= high for one in points for low, high in [expected.get(one.month, (0, 10**9))]
        )
        if outside:
            said.append(
                ngettext(
                    "{n} month is outside the range expected.", "{n} months are outside the range expected.", outside
                ).format(n=outside)
            )
        else:
            said.append(gettext("No months are outside the range expected."))
    said.append(gettext("The table below has every number."))
    return " ".join(said)
