"""
Dots and intervals: the rate of an area and of those like it, each with its 95 % interval, as SVG made at build time.

Drawn twice, for a wide and for a narrow screen, as every chart of the site. The band is what similar areas have; the area
itself is told apart by its shape and its weight, not by colour alone. A table with the same numbers stands beside it.
"""

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from crimemap.language import gettext
from crimemap.products.charts import nice_ceiling

__all__ = ["PeerRow", "peers_chart"]

_LONGEST: Final = {"wide": 28, "narrow": 44}
#: The area's own name is bold, so fewer of its letters fit.
_LONGEST_OWN: Final = {"wide": 23, "narrow": 36}
_ROW: Final = {"wide": 24, "narrow": 36}
_TICKS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerRow:
    """One line of the chart: a rate for every 1,000 and its interval."""

    name: str
    rate: float
    low: float
    high: float
    own: bool


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


def _drawn(
    rows: list[PeerRow], band: tuple[float, float], force: float | None, size: str, *, chart_id: str, title: str, desc: str
) -> str:
    wide = size == "wide"
    width, font, left, right = (760, 15, 236, 24) if wide else (340, 13, 8, 14)
    top, step = 8, _ROW[size]
    base = top + step * len(rows)
    ceiling = nice_ceiling(int(max(band[1], force or 0, *(one.high for one in rows))) + 1)

    def x(rate: float) -> float:
        return left + (width - left - right) * min(rate, ceiling) / ceiling

    name = f"{chart_id}-{size}"
    head = f'<svg class="cm-chart__{size}" viewBox="0 0 {width} {base + 30}" role="img" focusable="false" '
    named = f'aria-labelledby="{name}-t {name}-d"><title id="{name}-t">{escape(title)}</title>'
    low, high = f"{x(band[0]):.1f}", f"{x(band[1]):.1f}"
    out = [
        f'{head}{named}<desc id="{name}-d">{escape(desc)}</desc>',
        f'<rect class="cm-band" x="{low}" y="{top}" width="{x(band[1]) - x(band[0]):.1f}" height="{base - top}"/>',
        f'<path class="cm-band-end" d="M{low} {top}V{base}M{high} {top}V{base}"/>',
    ]
    for i in range(_TICKS + 1):
        at = ceiling * i / _TICKS
        out.append(
            f'<path class="cm-axis" d="M{x(at):.1f} {top}V{base}"/>'
            f'<text x="{x(at):.1f}" y="{base + 20}" text-anchor="middle" font-size="{font}">{at:,.4g}</text>'
        )
    if force is not None:
        out.append(f'<path class="cm-force-rate" d="M{x(force):.1f} {top}V{base}"/>')
    for i, one in enumerate(rows):
        y = top + step * i + (step / 2 if wide else step - 11)
        label = escape(_short(one.name, (_LONGEST_OWN if one.own else _LONGEST)[size]))
        kind = "cm-peer cm-peer--own" if one.own else "cm-peer"
        text = (
            f'<text class="{kind}" x="{left - 10}" y="{y + 5:.0f}" text-anchor="end" font-size="{font}">{label}</text>'
            if wide
            else f'<text class="{kind}" x="{left + 6}" y="{y - 9:.0f}" font-size="{font}">{label}</text>'
        )
        mark = (
            f'<path class="cm-peer-dot" d="M{x(one.rate):.1f} {y - 8:.1f}l8 8l-8 8l-8-8z"/>'
            if one.own
            else f'<circle class="cm-peer-dot" cx="{x(one.rate):.1f}" cy="{y:.1f}" r="4.5"/>'
        )
        line = f'<path class="cm-peer-range" d="M{x(one.low):.1f} {y:.1f}H{x(one.high):.1f}"/>'
        out.append(f'{text}<g class="{kind}">{line}{mark}</g>')
    out.append(f'<path class="cm-base" d="M{left} {top}V{base}"/></svg>')
    return "".join(out)


def _key(*, force: bool) -> str:
    line = '<path d="M0 7h18" class="cm-peer-range"/>'
    marks = [
        (f'{line}<path class="cm-peer-dot" d="M9 1l6 6l-6 6l-6-6z"/>', gettext("this area"), "cm-peer cm-peer--own"),
        (
            f'{line}<circle class="cm-peer-dot" cx="9" cy="7" r="4"/>',
            gettext("a similar area, with its 95% interval"),
            "cm-peer",
        ),
        (
            '<rect class="cm-band" width="18" height="14"/><path class="cm-band-end" d="M0 0v14M18 0v14"/>',
            gettext("usual for similar areas"),
            "",
        ),
    ]
    if force:
        marks.append(('<path class="cm-force-rate" d="M9 0v14"/>', gettext("the whole force"), ""))
    items = "".join(
        f'<li><svg viewBox="0 0 18 14" aria-hidden="true"><g class="{kind}">{mark}</g></svg>{escape(text)}</li>'
        for mark, text, kind in marks
    )
    return f'<ul class="cm-chart__key">{items}</ul>'


def peers_chart(rows: list[PeerRow], *, band: tuple[float, float], force: float | None, chart_id: str, title: str) -> Markup:
    """
    Draw an area among those like it, highest rate first.

    Parameters
    ----------
    rows
        The area itself and the similar ones.
    band
        What is usual for similar areas, for every 1,000.
    force
        Rate of the whole force, if there is one.
    chart_id
        Unique in the page.
    title
        What, where and when.
    """
    ordered = sorted(rows, key=lambda one: (-one.rate, one.name))
    desc = gettext(
        "A dot for each area and a line for its 95% interval. The lowest rate is {low}, the highest {high}. "
        "The table below has every number."
    ).format(low=f"{ordered[-1].rate:.1f}", high=f"{ordered[0].rate:.1f}")
    drawn = "".join(
        _drawn(ordered, band, force, size, chart_id=chart_id, title=title, desc=desc) for size in ("wide", "narrow")
    )
    return Markup(f'<div class="cm-chart cm-chart--peers">{drawn}{_key(force=force is not None)}</div>')  # noqa: S704 - every text in it is escaped above
