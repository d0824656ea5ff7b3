"""
The map of a report on paper, as one SVG: boundary, hexagons, numbered places, neighbours, a scale and north.

Presentation is in attributes, so that the same drawing stands in HTML and in PDF. Classes differ in lightness and hotspots
by their outline, so that it reads in grey. A screen reader is told in the title what the map shows.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import shapely
from markupsafe import Markup, escape
from numpy.typing import NDArray

from crimemap.language import gettext
from crimemap.products.classes import RAMP, class_words

__all__ = ["MOST_HEXAGONS", "MapContents", "MapPlace", "map_key", "report_map"]

#: More hexagons than this cannot be told apart on a page: hotspots alone are drawn.
MOST_HEXAGONS: Final = 4_000
_WIDTH: Final = 680.0
_LEAST_HEIGHT: Final = 300.0
_MOST_HEIGHT: Final = 460.0
#: Share of the area's extent that is shown around it, and the least, metres.
_AROUND: Final = 0.07
_LEAST_SPAN_M: Final = 400.0
#: Pixels that a line may move: no eye sees it.
_TOLERANCE: Final = 0.35
#: Width of a letter of the size used, pixels.
_LETTER: Final = 6.4
_LINE: Final = 12.0
_INK: Final = "#1d1d1b"
_BRAND: Final = "#17495a"
_SPOT: Final = "#5b2c6f"

Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPlace:
    """A place on the map: `label` is its number in the table beside it, empty for a plain dot."""

    easting: float
    northing: float
    incidents: int
    label: str = ""


def _none() -> Shapes:
    return np.empty(0, dtype=object)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapContents:
    """
    What is drawn, everything in EPSG:27700.

    Attributes
    ----------
    shape
        The area.
    hexagons, incidents, hot
        Shape (n,). Hexagons, their incidents, and whether they are hotspots.
    breaks
        Lower ends of the classes.
    own_only
        Whether hexagons outside the area are left out.
    others, other_names
        Shape (m,). Areas around it or in it, drawn as thin lines.
    places
        Map points or hotspots, those with a number last drawn.
    """

    shape: shapely.Geometry
    hexagons: Shapes = field(default_factory=_none)
    incidents: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    hot: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    breaks: Sequence[int] = ()
    own_only: bool = False
    others: Shapes = field(default_factory=_none)
    other_names: Sequence[str] = ()
    places: Sequence[MapPlace] = ()

    @property
    def only_hot(self) -> bool:
        """Say whether there are too many hexagons to draw all."""
        return len(self.hexagons) > MOST_HEXAGONS


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the ground is on the page."""

    west: float
    north: float
    scale: float
    height: float

    @property
    def ground(self) -> tuple[float, float, float, float]:
        return (self.west, self.north - self.height / self.scale, self.west + _WIDTH / self.scale, self.north)

    def at(self, easting: float, northing: float) -> tuple[float, float]:
        return (easting - self.west) * self.scale, (self.north - northing) * self.scale

    def path(self, shapes: Shapes, *, thinned: bool = True) -> str:
        """Write shapes as one path, cut at the frame."""
        seen = shapely.clip_by_rect(shapes, *self.ground)
        if thinned:
            seen = shapely.simplify(seen, _TOLERANCE / self.scale)
        found = []
        for part in shapely.get_parts(seen):
            lines = shapely.get_rings(part) if part.geom_type == "Polygon" else [part]
            for line in lines:
                xy = shapely.get_coordinates(line)
                x, y = (xy[:, 0] - self.west) * self.scale, (self.north - xy[:, 1]) * self.scale
                way = "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
                if way:
                    found.append(f"M{way}{'Z' if part.geom_type == 'Polygon' else ''}")
        return "".join(found)


def _framed(shape: shapely.Geometry) -> _Frame:
    west, south, east, north = shapely.bounds(shape).tolist()
    wide, tall = max(east - west, _LEAST_SPAN_M), max(north - south, _LEAST_SPAN_M)
    margin = _AROUND * max(wide, tall)
    wide, tall = wide + 2 * margin, tall + 2 * margin
    scale = min(_WIDTH / wide, _MOST_HEIGHT / tall)
    height = min(max(tall * scale, _LEAST_HEIGHT), _MOST_HEIGHT)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    return _Frame(middle_x - _WIDTH / scale / 2, middle_y + height / scale / 2, scale, height)


def report_map(contents: MapContents, *, title: str) -> Markup:
    """
    Draw the map of a report.

    Parameters
    ----------
    contents
        What is drawn.
    title
        What a screen reader says of it: what, where and when, and where the same facts are in words.
    """
    frame = _framed(contents.shape)
    near = np.array([contents.shape], dtype=object)
    opening = (
        f'<svg viewBox="0 0 {_WIDTH:.0f} {frame.height:.0f}" width="{_WIDTH:.0f}" height="{frame.height:.0f}" role="img" '
        f'focusable="false" font-family="sans-serif" font-size="11"><title>{escape(title)}</title>'
    )
    out = [
        opening,
        f'<rect width="{_WIDTH:.0f}" height="{frame.height:.0f}" fill="#eef1f2"/>',
    ]
    if len(contents.others):
        lines = frame.path(contents.others)
        out.append(f'<path d="{lines}" fill="#f8f9f9" stroke="none"/>')
    own = frame.path(near)
    out.append(f'<path d="{own}" fill="#fff" fill-rule="evenodd"/>')
    out += _hexagons(contents, frame)
    if len(contents.others):
        out.append(f'<path d="{lines}" fill="none" stroke="#8a9297" stroke-width="0.7"/>')
    out += _outlines(contents, frame)
    out.append(f'<path d="{own}" fill="none" stroke="#fff" stroke-width="4.5"/>')
    out.append(f'<path d="{own}" fill="none" stroke="{_BRAND}" stroke-width="2.4" stroke-linejoin="round"/>')
    taken = _Taken(frame.height)
    spots = _places(contents, frame, taken)
    out += _names(contents, frame, taken)
    out += spots
    out += [_scale_bar(frame), _north()]
    out.append(
        f'<rect x="0.5" y="0.5" width="{_WIDTH - 1:.0f}" height="{frame.height - 1:.0f}" fill="none" stroke="#505a5f"/>'
        "</svg>"
    )
    return Markup("".join(out))  # noqa: S704 - every text was escaped


def _hexagons(contents: MapContents, frame: _Frame) -> list[str]:
    drawn = contents.hot if contents.only_hot else np.ones(len(contents.hexagons), dtype=bool)
    classes = np.searchsorted(np.asarray(contents.breaks, dtype=np.int64), contents.incidents, side="right") - 1
    out = []
    for k in range(len(contents.breaks)):
        some = contents.hexagons[drawn & (classes == k)]
        if len(some):
            out.append(f'<path d="{frame.path(some, thinned=False)}" fill="{RAMP[min(k, len(RAMP) - 1)]}" stroke="none"/>')
    return out


def _outlines(contents: MapContents, frame: _Frame) -> list[str]:
    """Draw one outline around hotspots that touch, with a light line on either side of the dark one."""
    if not contents.hot.any():
        return []
    # Corners that two hexagons share come out of the projection a hair apart.
    joined = shapely.union_all(shapely.set_precision(contents.hexagons[contents.hot], 0.01))
    way = frame.path(np.array([joined], dtype=object))
    return [
        f'<path d="{way}" fill="none" stroke="#fff" stroke-width="4"/>',
        f'<path d="{way}" fill="none" stroke="{_INK}" stroke-width="1.8"/>',
    ]


class _Taken:
    """The boxes of what is written already; nothing is written over them."""

    def __init__(self, height: float) -> None:
        self._boxes: list[tuple[float, float, float, float]] = [
            (0.0, height - 34.0, 170.0, height),
            (_WIDTH - 42.0, 0.0, _WIDTH, 52.0),
        ]
        self._height = height

    def fits(self, west: float, top: float, east: float, bottom: float) -> bool:
        """Take a box, if it is free and in the frame."""
        inside = west >= 2 and top >= 2 and east <= _WIDTH - 2 and bottom <= self._height - 2  # noqa: PLR2004 - pixels
        free = inside and all(east <= w or west >= e or bottom <= t or top >= b for w, t, e, b in self._boxes)
        if free:
            self._boxes.append((west, top, east, bottom))
        return free

    def take(self, west: float, top: float, east: float, bottom: float) -> None:
        """Take a box whatever is there."""
        self._boxes.append((west, top, east, bottom))


def _radius(incidents: int) -> float:
    """Let the circle's area grow with the number."""
    return min(1.8 + 0.5 * math.sqrt(incidents), 9.0)


def _places(contents: MapContents, frame: _Frame, taken: _Taken) -> list[str]:
    out = []
    west, south, east, north = frame.ground
    inside = [one for one in contents.places if west < one.easting < east and south < one.northing < north]
    for one in inside:
        if not one.label:
            x, y = frame.at(one.easting, one.northing)
            out.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_radius(one.incidents):.1f}" fill="{_SPOT}" fill-opacity="0.75" '
                'stroke="#fff" stroke-width="0.6"/>'
            )
    for one in [one for one in inside if one.label][::-1]:
        x, y = frame.at(one.easting, one.northing)
        taken.take(x - 9, y - 9, x + 9, y + 9)
        out.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8.5" fill="{_SPOT}" stroke="#fff" stroke-width="1.2"/>'
            f'<text x="{x:.1f}" y="{y + 3.6:.1f}" text-anchor="middle" fill="#fff" font-size="10" font-weight="bold">'
            f"{escape(one.label)}</text>"
        )
    return out


def _names(contents: MapContents, frame: _Frame, taken: _Taken) -> list[str]:
    """Name the areas around, the largest on the page first, as far as there is room."""
    if not len(contents.others):
        return []
    seen = shapely.clip_by_rect(contents.others, *frame.ground)
    order = np.argsort(-shapely.area(seen), kind="stable")
    out = []
    for k in order.tolist():
        name = contents.other_names[k]
        half = _LETTER * len(name) / 2
        if not name or shapely.is_empty(seen[k]) or shapely.area(seen[k]) * frame.scale**2 < 2 * half * _LINE:
            continue
        inside = shapely.point_on_surface(seen[k])
        x, y = frame.at(inside.x, inside.y)
        if not taken.fits(x - half, y - _LINE / 2, x + half, y + _LINE / 2):
            continue
        place = f'x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle"'
        out.append(
            f'<text {place} fill="#fff" stroke="#fff" stroke-width="2" stroke-linejoin="round">{escape(name)}</text>'
            f'<text {place} fill="#3a4145">{escape(name)}</text>'
        )
    return out


def _scale_bar(frame: _Frame) -> str:
    """Draw a bar of a round distance, 48 to 120 pixels long."""
    reach = 120 / frame.scale
    power = 10 ** math.floor(math.log10(reach))
    metres = max(step * power for step in (1, 2, 5) if step * power <= reach)
    length = metres * frame.scale
    y = frame.height - 12
    words = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"  # noqa: PLR2004 - a kilometre
    return (
        f'<rect x="5" y="{y - 15:.1f}" width="{length + 62:.1f}" height="22" fill="#fff" fill-opacity="0.85"/>'
        f'<path d="M12 {y - 6:.1f}V{y:.1f}H{12 + length:.1f}V{y - 6:.1f}" fill="none" stroke="{_INK}" stroke-width="1.4"/>'
        f'<text x="{18 + length:.1f}" y="{y + 1:.1f}" fill="{_INK}">{words}</text>'
    )


def _north() -> str:
    x = _WIDTH - 21
    return (
        f'<circle cx="{x:.0f}" cy="25" r="18" fill="#fff" fill-opacity="0.85"/>'
        f'<path d="M{x:.0f} 9l5 15l-5 -3.5l-5 3.5z" fill="{_INK}"/>'
        f'<text x="{x:.0f}" y="38" text-anchor="middle" font-size="11" font-weight="bold" fill="{_INK}">'
        f"{escape(gettext('N'))}</text>"
    )


def map_key(contents: MapContents, *, numbered: str, dotted: str) -> list[dict[str, Any]]:
    """
    List what the colours and signs of a map mean: `picture` (SVG) and `words`.

    Parameters
    ----------
    numbered, dotted
        What numbered places and plain dots are; empty where there are none.
    """
    rows = []
    key = escape(gettext("Key"))  # in PDF/UA no picture is without words

    def add(inside: str, words: str) -> None:
        picture = f'<svg viewBox="0 0 20 20" width="15" height="15" focusable="false"><title>{key}</title>{inside}</svg>'
        rows.append({"picture": Markup(picture), "words": words})  # noqa: S704 - our own drawing

    hexagon = "M10 1.5 17.4 5.8v8.4L10 18.5 2.6 14.2V5.8z"
    if len(contents.hexagons):
        for k, words in enumerate(class_words(list(contents.breaks))):
            add(f'<path d="{hexagon}" fill="{RAMP[min(k, len(RAMP) - 1)]}"/>', words)
        if contents.only_hot:
            plain = gettext("no colour: not a hotspot")
        elif contents.own_only:
            plain = gettext("no colour inside the boundary: none recorded")
        else:
            plain = gettext("no colour: none recorded")
        add(f'<path d="{hexagon}" fill="#fff" stroke="#8a9297"/>', plain)
    if contents.hot.any():
        add(f'<path d="{hexagon}" fill="none" stroke="{_INK}" stroke-width="2.5"/>', gettext("dark outline: hotspot"))
    add(f'<path d="M2 10H18" stroke="{_BRAND}" stroke-width="4"/>', gettext("boundary"))
    if dotted:
        add(f'<circle cx="10" cy="10" r="5" fill="{_SPOT}" fill-opacity="0.75"/>', dotted)
    if numbered:
        add(
            f'<circle cx="10" cy="10" r="9" fill="{_SPOT}"/><text x="10" y="14" text-anchor="middle" fill="#fff" '
            'font-family="sans-serif" font-size="11" font-weight="bold">1</text>',
            numbered,
        )
    return rows
