"""
A map of how units fit, as one SVG: for reports on paper and for pages without a script.

Colour and pattern say the class together, so that the map reads in grey and to colour-blind people. Presentation is in
attributes, not in a style sheet: the same drawing stands in HTML and in PDF.
"""

import math
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from markupsafe import Markup, escape

from crimemap.crs import require_national_grid
from crimemap.errors import EmptyInputError

__all__ = ["FIT_COLOURS", "class_key", "fit_map"]

#: One calm hue from dark (fits) to light, and two others for lines that cross; each differs in lightness too.
FIT_COLOURS: Final = {
    "coterminous": "#17495a",
    "minor difference": "#4f8a9c",
    "nested": "#a9ccd6",
    "split": "#efd9a7",
    "many-to-many": "#c98a4b",
    "not covered": "#f3f3f3",
}
_MARKS: Final = {
    "minor difference": '<path d="M0 4H8" stroke="#fff" stroke-width="1.2"/>',
    "nested": '<circle cx="4" cy="4" r="1.2" fill="#17495a"/>',
    "split": '<path d="M4 0V8" stroke="#7a5a10" stroke-width="1"/>',
    "many-to-many": '<path d="M0 0L8 8M8 0L0 8" stroke="#4a2a08" stroke-width="1"/>',
    "not covered": '<path d="M0 8L8 0" stroke="#767676" stroke-width="1"/>',
}
_INK: Final = "#1d1d1b"
_CHANGED: Final = "#8a1c5b"
_MARGIN: Final = 6.0
#: Share of a pixel that a line may move: no eye sees it.
_TOLERANCE: Final = 0.4
#: Most names that are written into a map.
_NAMED: Final = 24
#: Width of a bold letter of the maps' size, pixels.
_LETTER: Final = 7.8


def _patterns(map_id: str) -> str:
    """Define the marks that lie over the colours; coloured tiles would show their seams in print."""
    units = 'width="8" height="8" patternUnits="userSpaceOnUse"'
    found = [f'<pattern id="{map_id}-{name.replace(" ", "-")}" {units}>{mark}</pattern>' for name, mark in _MARKS.items()]
    return f"<defs>{''.join(found)}</defs>"


def _filled(shape: str, name: str, map_id: str) -> str:
    """Fill a shape, given as the beginning of an element, with the colour of its class and its marks."""
    known = name if name in FIT_COLOURS else "not covered"
    marked = f'{shape} fill="url(#{map_id}-{known.replace(" ", "-")})"/>' if known in _MARKS else ""
    return f'{shape} fill="{FIT_COLOURS[known]}"/>{marked}'


def class_key(name: str, key_id: str) -> Markup:
    """
    Draw the key of one class, for a legend.

    Examples
    --------
    >>> "nested" in class_key("nested", "k")
    True
    """
    return Markup(  # noqa: S704 - our own drawing
        f'<svg viewBox="0 0 24 16" width="24" height="16" aria-hidden="true" focusable="false">{_patterns(key_id)}'
        + _filled('<rect width="24" height="16"', name, key_id)
        + f'<rect x=".5" y=".5" width="23" height="15" fill="none" stroke="{_INK}"/></svg>'
    )


def _thinned(
    shapes: "np.ndarray[tuple[int], np.dtype[np.object_]]", tolerance_m: float
) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
    """Leave out what no eye sees, keeping shared lines shared where the shapes are a coverage."""
    if bool(shapely.coverage_is_valid(shapes)):
        return np.asarray(shapely.coverage_simplify(shapes, tolerance_m))
    return np.asarray(shapely.simplify(shapes, tolerance_m))


def fit_map(
    areas: gpd.GeoDataFrame,
    *,
    title: str,
    description: str,
    map_id: str,
    lines: gpd.GeoDataFrame | None = None,
    extent: tuple[float, float, float, float] | None = None,
    width: int = 520,
    tallest: int = 640,
) -> Markup:
    """
    Draw units by how they fit.

    Parameters
    ----------
    areas
        Polygons in EPSG:27700 with `name`, `class` (one of the five, or `not covered`) and `changed` (drawn with a heavy
        line and named).
    title, description
        What a screen reader says of the picture.
    map_id
        Distinguishes drawings on one page.
    lines
        Areas that the units are held against, drawn as dashed lines.
    extent
        West, south, east, north in metres, for drawings that are to be compared; that of the areas where not given.
    width, tallest
        Of the drawing, pixels; an area that would be taller is drawn narrower.

    Raises
    ------
    CrsError
        If a set is not in EPSG:27700.
    EmptyInputError
        If there is nothing to draw.
    """
    require_national_grid(areas.crs, where="areas")
    if areas.empty:
        raise EmptyInputError("there are no areas to draw", where="areas", fix="Give at least one area.")
    west, south, east, north = areas.total_bounds.tolist() if extent is None else extent
    scale = min((width - 2 * _MARGIN) / max(east - west, 1.0), (tallest - 2 * _MARGIN) / max(north - south, 1.0))
    height = (north - south) * scale + 2 * _MARGIN + 26  # the scale's own strip
    drawn_width = (east - west) * scale + 2 * _MARGIN
    tolerance = _TOLERANCE / scale

    def path(shape: shapely.Geometry) -> str:
        parts = []
        for part in shapely.get_parts(shape):
            closed = part.geom_type == "Polygon"
            for line in shapely.get_rings(part) if closed else [part]:
                xy = shapely.get_coordinates(line)
                x = _MARGIN + (xy[:, 0] - west) * scale
                y = _MARGIN + (north - xy[:, 1]) * scale
                way = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
                parts.append(f"M{way}{'Z' if closed else ''}")
        return "".join(parts)

    shapes = _thinned(np.asarray(areas.geometry.array, dtype=object), tolerance)
    names = [str(name) for name in areas["name"]]
    classes = [str(name) for name in areas["class"]]
    changed = areas["changed"].to_numpy(dtype=bool)
    shown_width = max(drawn_width, 160)
    opening = (
        f'<svg viewBox="0 0 {shown_width:.0f} {height:.0f}" width="{shown_width:.0f}" role="img" '
        f'aria-labelledby="{map_id}-t {map_id}-d" focusable="false" font-family="sans-serif" font-size="11">'
    )
    said = f'<title id="{map_id}-t">{escape(title)}</title><desc id="{map_id}-d">{escape(description)}</desc>'
    out = [opening, said, _patterns(map_id)]
    for k in np.argsort(changed, kind="stable").tolist():  # heavy lines last, over their neighbours'
        stroke = f'stroke="{_CHANGED}" stroke-width="2.4"' if changed[k] else f'stroke="{_INK}" stroke-width="0.6"'
        way = f'<path d="{path(shapes[k])}"'
        out.append(_filled(f'{way} fill-rule="evenodd"', classes[k], map_id))
        out.append(f'{way} fill="none" {stroke} stroke-linejoin="round"/>')
    if lines is not None and len(lines):
        require_national_grid(lines.crs, where="lines")
        near = shapely.simplify(shapely.boundary(np.asarray(lines.geometry.array, dtype=object)), tolerance)
        seen = shapely.intersection(near, shapely.box(west, south, east, north))
        dashes = f'fill="none" stroke="{_INK}" stroke-width="1.6" stroke-dasharray="6 3"'
        out += [f'<path d="{path(shape)}" {dashes}/>' for shape in seen[~shapely.is_empty(seen)]]
    for k in np.flatnonzero(changed)[:_NAMED].tolist():
        inside = shapely.point_on_surface(shapes[k])
        x, y = _MARGIN + (inside.x - west) * scale, _MARGIN + (north - inside.y) * scale
        half = min(_LETTER * len(names[k]) / 2, shown_width / 2)
        middle = min(max(x, half), shown_width - half)
        place = f'x="{middle:.1f}" y="{y:.1f}" text-anchor="middle" font-weight="bold"'
        out.append(f'<text {place} fill="#fff" stroke="#fff" stroke-width="3" aria-hidden="true">{escape(names[k])}</text>')
        out.append(f'<text {place} fill="{_INK}">{escape(names[k])}</text>')
    out.append(_scale_bar(scale, height))
    out.append("</svg>")
    return Markup("".join(out))  # noqa: S704 - every text was escaped


def _scale_bar(scale: float, height: float) -> str:
    """Draw a bar of a round number of kilometres, 48 to 120 pixels long."""
    reach = 120 / scale / 1000
    power = 10 ** math.floor(math.log10(reach))
    km = max(step * power for step in (1, 2, 5) if step * power <= reach)
    length = km * 1000 * scale
    y = height - 9
    return (
        f'<path d="M{_MARGIN} {y - 5:.1f}V{y:.1f}H{_MARGIN + length:.1f}V{y - 5:.1f}" fill="none" stroke="{_INK}"/>'
        f'<text x="{_MARGIN + length + 5:.1f}" y="{y + 1:.1f}" fill="{_INK}">{km:g} km</text>'
    )
