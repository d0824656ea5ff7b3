"""The map of a team's briefing: its area, where to look out, hotspots and repeat locations, drawn as SVG."""

from collections.abc import Mapping
from typing import Any, Final

import h3
import numpy as np
import shapely
from markupsafe import Markup, escape

from crimemap.analysis.grids.h3_shapes import h3_polygons

__all__ = ["briefing_map"]

_WIDTH: Final = 680.0
_TALLEST: Final = 430.0
_MARGIN: Final = 26.0
#: Units of the drawing that a line of the area may be moved by.
_SIMPLER: Final = 0.6
_LAND, _LINE, _ALERT, _HOT, _PLACE = "#ffffff", "#17495a", "#b3261e", "#e8b04a", "#2b2b2b"
#: Room that a label takes.
_WIDE, _HIGH = 24, 13
_STEPS: Final = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)


def briefing_map(said: Mapping[str, Any], outline: Any, *, title: str) -> Markup:
    """
    Draw what a briefing lists, with the same numbers: A for alerts, H for hotspots, R for repeat locations.

    Parameters
    ----------
    said
        The briefing.
    outline
        The area: a polygon or several, EPSG:27700 metres.
    title
        What the map shows, for whoever does not see it.
    """
    west, south, east, north = shapely.bounds(outline)
    scale = min((_WIDTH - 2 * _MARGIN) / max(east - west, 1.0), (_TALLEST - 2 * _MARGIN) / max(north - south, 1.0))
    height = (north - south) * scale + 2 * _MARGIN
    left = (_WIDTH - (east - west) * scale) / 2

    def at(x: float, y: float) -> tuple[float, float]:
        return round(left + (x - west) * scale, 1), round(height - _MARGIN - (y - south) * scale, 1)

    def path(shape: Any) -> str:
        parts = []
        for ring in _rings(shape):
            points = [at(x, y) for x, y in np.asarray(ring)[:-1]]
            parts.append("M" + "L".join(f"{x} {y}" for x, y in points) + "Z")
        return "".join(parts)

    border = path(shapely.simplify(outline, _SIMPLER / scale))
    drawn = [
        f'<rect width="{_WIDTH}" height="{height:.1f}" fill="#eef2f3"/>',
        f'<path d="{border}" fill="{_LAND}" fill-rule="evenodd" stroke="{_LINE}" stroke-width="2"/>',
    ]
    labels = []
    for number, one in enumerate(said["new_hotspots"]["new"], 1):
        cells = np.array([h3.str_to_int(name) for name in one["cells"]], dtype=np.uint64)
        drawn += [
            f'<path d="{path(shape)}" fill="{_HOT}" fill-opacity=".55" stroke="#8a5a00" stroke-width="1.2"/>'
            for shape in h3_polygons(cells)
        ]
        labels.append((f"H{number}", at(one["easting"], one["northing"]), "#6b4500"))
    for number, one in enumerate(said["near_repeat"]["alerts"], 1):
        for place in one["around"]:
            x, y = at(place["easting"], place["northing"])
            drawn.append(
                f'<circle cx="{x}" cy="{y}" r="{one["within_m"] * scale:.1f}" fill="{_ALERT}" fill-opacity=".13" '
                f'stroke="{_ALERT}" stroke-width="1.4" stroke-dasharray="5 3"/>'
                f'<circle cx="{x}" cy="{y}" r="2.4" fill="{_ALERT}"/>'
            )
        labels.append((f"A{number}", at(one["around"][0]["easting"], one["around"][0]["northing"]), _ALERT))
    for number, one in enumerate(said["repeat_locations"]["locations"], 1):
        x, y = at(one["easting"], one["northing"])
        drawn.append(f'<rect x="{x - 3.2:.1f}" y="{y - 3.2:.1f}" width="6.4" height="6.4" fill="{_PLACE}" stroke="#fff"/>')
        labels.append((f"R{number}", (x, y), _PLACE))
    drawn += [_label(text, x, y, colour, height) for text, (x, y), colour in _apart(labels)]
    drawn.append(_ruler(scale, height))
    body = "".join(drawn)
    return Markup(  # noqa: S704 - numbers of our own, and the title escaped
        f'<svg viewBox="0 0 {_WIDTH:.0f} {height:.0f}" role="img" focusable="false" '
        f'xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>{body}</svg>'
    )


def _rings(shape: Any) -> list[Any]:
    polygons = [one for one in shapely.get_parts(shape) if one.geom_type == "Polygon"]
    return [ring.coords for one in polygons for ring in (one.exterior, *one.interiors)]


def _apart(labels: list[tuple[str, tuple[float, float], str]]) -> list[tuple[str, tuple[float, float], str]]:
    """Move labels that would cover each other, each to the first free place around its own."""
    taken: list[tuple[float, float]] = []
    placed = []
    for text, (x, y), colour in labels:
        around = ((12, -9, 0, -15), (-12, 13, 0, 15), (16, 3, 26, 0))
        tries = [(x + dx + r * ax, y + dy + r * ay) for r in range(4) for dx, dy, ax, ay in around]
        free = (spot for spot in tries if all(abs(spot[0] - a) > _WIDE or abs(spot[1] - b) > _HIGH for a, b in taken))
        spot = next(free, tries[0])
        taken.append(spot)
        placed.append((text, spot, colour))
    return placed


def _label(text: str, x: float, y: float, colour: str, height: float) -> str:
    x, y = min(max(x, 14.0), _WIDTH - 14.0), min(max(y, 14.0), height - 8.0)
    at = f'x="{x:.1f}" y="{y:.1f}" font-family="sans-serif" font-size="13" font-weight="bold" text-anchor="middle"'
    # Twice, the halo below: printers do not know paint-order.
    halo = 'fill="#fff" stroke="#fff" stroke-width="3.5" stroke-linejoin="round" aria-hidden="true"'
    return f'<text {at} {halo}>{text}</text><text {at} fill="{colour}">{text}</text>'


def _ruler(scale: float, height: float) -> str:
    length = next((step for step in _STEPS if step * scale >= 70), _STEPS[-1])  # noqa: PLR2004 - long enough to be read
    x, y = 12.0, height - 12.0
    named = f"{length} m" if length < 1000 else f"{length // 1000} km"  # noqa: PLR2004 - metres in a kilometre
    return (
        f'<path d="M{x} {y - 5:.1f}v5h{length * scale:.1f}v-5" fill="none" stroke="#383f43" stroke-width="1.5"/>'
        f'<text x="{x + length * scale + 6:.1f}" y="{y + 1:.1f}" font-family="sans-serif" font-size="11" fill="#383f43">'
        f"{named}</text>"
    )
