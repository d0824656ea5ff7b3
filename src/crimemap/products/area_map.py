"""
Maps of areas by class, as SVG made at build time: no script, few bytes, light and dark, on screen and on paper.

Lines that neighbours share are simplified once and stay shared. Coordinates are whole numbers on a coarse grid. The outlines
are written once and used by every map of the same areas. A class is a style sheet's colour; what has no number is hatched,
what is withheld is dotted, and a change carries a mark, so that nothing is said by colour alone.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from markupsafe import Markup, escape
from numpy.typing import NDArray

__all__ = [
    "FEW",
    "HIDDEN",
    "LESS",
    "MORE",
    "MOST_NUMBERED",
    "NONE",
    "SAME",
    "AreaDrawing",
    "ClassedMap",
    "class_swatch",
    "draw_areas",
]

#: Classes that are no numbers: none known, withheld, and the verdicts on a change.
NONE, HIDDEN, MORE, LESS, SAME, FEW = "none", "hidden", "more", "less", "same", "few"
_PATTERNED: Final = (NONE, HIDDEN, MORE, LESS)
#: Units of the drawing's longer side; some 450 pixels on a wide screen.
_SIZE: Final = 600
_TALLEST: Final = 630
_MARGIN: Final = 4
#: Units that a line may move: about a pixel, and a little more where there are many areas.
_TOLERANCE, _COARSER = 1.5, 1.9
#: Square units under which an island is left out where the area has a larger part.
_SMALLEST: Final = 5.0
#: Share of an area's largest part from which a part is surely within the frame.
_FRAMED: Final = 0.1
_FONT: Final = 20
#: Width of a letter, and height of a line, in sizes of the font.
_LETTER, _LINE = 0.58, 1.12
#: More areas than this carry no number, only the names of the groups that they are in.
MOST_NUMBERED: Final = 40
#: More areas than this carry no link, as the page would be too large.
MOST_LINKED: Final = 150
#: More areas than this say nothing each, and those that are alike on all maps are one outline.
_MOST_APART: Final = 350
_LONGEST_NAME: Final = 40
#: Size of a map's marks against those of its key.
_MARKS: Final = 1.35

Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassedMap:
    """
    One map of the areas.

    Attributes
    ----------
    title, description
        What a screen reader says; the title stands above the map too.
    classes
        Of each area: "0" to "5", or one of those named above.
    says
        Of each area, what a pointer shows beside its name; nothing if empty.
    """

    title: str
    description: str
    classes: list[str]
    says: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaDrawing:
    """The maps in the order in which they were given, and each area's number on them; 0 where its name or nothing is."""

    maps: list[Markup]
    numbers: list[int]


@dataclass(frozen=True, slots=True)
class _Label:
    x: float
    y: float
    lines: list[str]


def draw_areas(
    shapes: Shapes,
    *,
    names: Sequence[str],
    hrefs: Sequence[str],
    maps: Sequence[ClassedMap],
    map_id: str,
    groups: Sequence[str] = (),
) -> AreaDrawing:
    """
    Draw the same areas once for each map.

    Parameters
    ----------
    shapes
        Shape (n,). Polygons, metres.
    names, hrefs
        Of each area; a link is for pointers, the table beside the map has the same ones. Above `MOST_LINKED` areas the map
        has none.
    maps
        What they are coloured by.
    map_id
        Distinguishes drawings of one page.
    groups
        Of each area the name of a larger one, drawn as a heavier line and named where there are too many areas to name.
    """
    drawn, height = _on_grid(shapes)
    hrefs = hrefs if len(hrefs) <= MOST_LINKED else [""] * len(hrefs)
    numbered = len(drawn) <= MOST_NUMBERED
    labels, numbers = _labels(drawn, names) if numbered else ([], [0] * len(drawn))
    lines: list[str] = []
    if not numbered and len(set(groups)) > 1:
        joined = _joined(drawn, groups)
        lines = [_path(one) for one in joined.values()]
        labels = [label for label in (_name(name, shape) for name, shape in joined.items()) if label is not None]
    over = f'<path class="cm-map-group" d="{"".join(lines)}"/>' if lines else ""
    over += "".join(_text(label) for label in labels)
    paths = [_path(one) for one in drawn]
    if len(paths) > _MOST_APART:
        paths, maps = _alike(paths, maps)
        names = hrefs = [""] * len(paths)
    out = []
    for k, one in enumerate(maps):
        first = "".join(f'<path id="{map_id}-{i}" d="{d}"/>' for i, d in enumerate(paths)) if k == 0 else ""
        out.append(_svg(one, f"{map_id}{k}", shared=map_id, height=height, names=names, hrefs=hrefs, first=first, over=over))
    return AreaDrawing(maps=out, numbers=numbers)


def _alike(paths: list[str], maps: Sequence[ClassedMap]) -> tuple[list[str], list[ClassedMap]]:
    """Join the outlines of areas that are of the same class on every map: far fewer bytes, the same drawing."""
    members: dict[tuple[str, ...], list[int]] = {}
    for i, key in enumerate(zip(*(one.classes for one in maps), strict=True)):
        members.setdefault(key, []).append(i)
    joined = ["".join(paths[i] for i in some) for some in members.values()]
    return joined, [replace(one, classes=[key[k] for key in members], says=[""] * len(joined)) for k, one in enumerate(maps)]


def class_swatch(name: str, swatch_id: str) -> Markup:
    """
    Draw a class's key.

    Examples
    --------
    >>> str(class_swatch("3", "k")).partition(">")[2]
    '<rect class="cm-class-3" x="1" y="1" width="22" height="14"/></svg>'
    """
    pattern = f"<defs>{_pattern(name, swatch_id, 1)}</defs>" if name in _PATTERNED else ""
    over = f'<rect x="1" y="1" width="22" height="14" fill="url(#{swatch_id}-{name})"/>' if pattern else ""
    return Markup(  # noqa: S704 - our own drawing
        f'<svg class="cm-swatch" viewBox="0 0 24 16" aria-hidden="true" focusable="false">{pattern}'
        f'<rect class="cm-class-{name}" x="1" y="1" width="22" height="14"/>{over}</svg>'
    )


def _svg(
    one: ClassedMap,
    own: str,
    *,
    shared: str,
    height: int,
    names: Sequence[str],
    hrefs: Sequence[str],
    first: str,
    over: str,
) -> Markup:
    """Put a map together: the areas of each class in a group, patterns over them, lines and names on top."""
    used = [name for name in _PATTERNED if name in one.classes]
    patterns = "".join(_pattern(name, own, _MARKS) for name in used)
    body = []
    for name in sorted(set(one.classes)):
        members = [i for i, held in enumerate(one.classes) if held == name]
        areas = "".join(_area(shared, i, names[i], hrefs[i], one.says[i]) for i in members)
        body.append(f'<g class="cm-class-{name}">{areas}</g>')
        if name in used:
            uses = "".join(f'<use href="#{shared}-{i}"/>' for i in members)
            body.append(f'<g class="cm-map-marks" fill="url(#{own}-{name})">{uses}</g>')
    return Markup(  # noqa: S704 - every text in it is escaped
        f'<svg class="cm-areas" viewBox="0 0 {_SIZE} {height}" role="group" aria-labelledby="{own}-t {own}-d" '
        f'focusable="false"><title id="{own}-t">{escape(one.title)}</title>'
        f'<desc id="{own}-d">{escape(one.description)}</desc><defs>{patterns}{first}</defs>'
        f'<g aria-hidden="true">{"".join(body)}{over}</g></svg>'
    )


def _area(shared: str, i: int, name: str, href: str, says: str) -> str:
    if not says:
        return f'<use href="#{shared}-{i}"/>'
    use = f'<use href="#{shared}-{i}"><title>{escape(name)}: {escape(says)}</title></use>'
    return f'<a href="{escape(href)}" tabindex="-1">{use}</a>' if href else use


def _pattern(name: str, own: str, scale: float) -> str:
    """Give the marks of a class, as a tile; transparent, so that the colour under them has no seams."""
    size = 6 if name in {NONE, HIDDEN} else 10
    mark = {
        NONE: '<path class="cm-mark-line" d="M0 6 6 0"/>',
        HIDDEN: '<circle class="cm-mark" cx="3" cy="3" r="1"/>',
        MORE: '<path class="cm-mark" d="M2 8 5 3 8 8z"/>',
        LESS: '<path class="cm-mark" d="M2 3h6L5 8z"/>',
    }[name]
    return (
        f'<pattern id="{own}-{name}" width="{size}" height="{size}" patternUnits="userSpaceOnUse" '
        f'patternTransform="scale({scale})">{mark}</pattern>'
    )


def _on_grid(shapes: Shapes) -> tuple[Shapes, int]:
    """
    Give shapes in whole units with y downwards, thinned to what an eye sees, and the height of the drawing.

    The frame is that of each area's larger parts: a far islet of one of them would leave room for little else.
    """
    parts, of = shapely.get_parts(shapes, return_index=True)
    sizes = shapely.area(parts)
    largest = np.zeros(len(shapes))
    np.maximum.at(largest, of, sizes)
    west, south, east, north = shapely.total_bounds(parts[sizes >= _FRAMED * largest[of]]).tolist()
    room = _SIZE - 2 * _MARGIN
    scale = min(room / max(east - west, 1.0), (_TALLEST - 2 * _MARGIN) / max(north - south, 1.0))
    aside = (_SIZE - (east - west) * scale) / 2
    height = round((north - south) * scale) + 2 * _MARGIN
    placed = shapely.transform(
        shapes, lambda xy: np.column_stack([aside + (xy[:, 0] - west) * scale, _MARGIN + (north - xy[:, 1]) * scale])
    )
    frame = shapely.box(0, 0, _SIZE, height)
    return np.array([_large(one, frame) for one in _thinned(placed)], dtype=object), height


def _thinned(shapes: Shapes) -> Shapes:
    """Leave out what no eye sees; where the areas are a coverage, neighbours keep one line between them."""
    tolerance = _TOLERANCE if len(shapes) <= MOST_NUMBERED else _COARSER
    if bool(shapely.coverage_is_valid(shapes)):
        found = shapely.coverage_simplify(shapes, tolerance)
    else:
        found = shapely.simplify(shapes, tolerance)
    lost = shapely.is_empty(found)
    found[lost] = shapes[lost]
    return np.asarray(found, dtype=object)


def _large(shape: shapely.Geometry, frame: shapely.Geometry) -> shapely.Geometry:
    """Leave out islands that would be a speck, or that lie outside the frame."""
    parts = sorted((part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"), key=lambda part: -part.area)
    kept = parts[:1] + [part for part in parts[1:] if part.area >= _SMALLEST and shapely.intersects(part, frame)]
    found: shapely.Geometry = shapely.multipolygons(kept) if len(kept) > 1 else kept[0]
    return found


def _path(shape: shapely.Geometry) -> str:
    """Write a shape as steps between whole numbers: a line that two shapes share rounds to the same points in both."""
    out = []
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        xy = np.rint(shapely.get_coordinates(ring)).astype(int).tolist()
        steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(xy)][:-1]
        told = "".join(f"{_signed(x)}{_signed(y)}" for x, y in steps if x or y)
        if told:
            out.append(f"M{xy[0][0]} {xy[0][1]}l{told.strip()}z")
    return "".join(out)


def _signed(value: int) -> str:
    return f"{value}" if value < 0 else f" {value}"


def _joined(shapes: Shapes, groups: Sequence[str]) -> dict[str, shapely.Geometry]:
    own = np.asarray(groups, dtype=object)
    return {name: shapely.union_all(shapes[own == name], grid_size=1) for name in dict.fromkeys(groups)}


def _labels(shapes: Shapes, names: Sequence[str]) -> tuple[list[_Label], list[int]]:
    """Name the areas whose name has room in them, number the others."""
    labels, numbers, n = [], [], 0
    for name, shape in zip(names, shapes, strict=True):
        label = _name(name, shape)
        if label is None:
            n += 1
            x, y = _middle(shape)
            label = _Label(x, y, [str(n)])
            numbers.append(n)
        else:
            numbers.append(0)
        labels.append(label)
    return labels, numbers


def _name(name: str, shape: shapely.Geometry) -> _Label | None:
    """Find room for a name on one to three lines; None if there is none."""
    x, y = _middle(shape)
    inside = shapely.point_on_surface(shape)
    for n_lines in (1, 2, 3):
        lines = _broken(name, n_lines)
        if lines is None:
            continue
        half_w = max(len(line) for line in lines) * _LETTER * _FONT / 2
        half_h = len(lines) * _LINE * _FONT / 2
        for at_x, at_y in ((x, y), (inside.x, inside.y)):
            if shapely.covers(shape, shapely.box(at_x - half_w, at_y - half_h, at_x + half_w, at_y + half_h)):
                return _Label(at_x, at_y, lines)
    return None


def _broken(name: str, n_lines: int) -> list[str] | None:
    """
    Break a name into so many lines, as even as they can be.

    Examples
    --------
    >>> _broken("Corrindale and Dunfleet", 2), _broken("Ely", 2)
    (['Corrindale', 'and Dunfleet'], None)
    """
    if len(name) > _LONGEST_NAME:
        return None
    for width in range(-(-len(name) // n_lines), len(name) + 1):
        lines = textwrap.wrap(name, width, break_long_words=False, break_on_hyphens=False)
        if len(lines) <= n_lines and all(len(line) <= width for line in lines):
            return lines if len(lines) == n_lines else None
    return None


def _middle(shape: shapely.Geometry) -> tuple[float, float]:
    """Give the point of a shape that is farthest from its edges."""
    largest = max(shapely.get_parts(shape), key=lambda part: part.area)
    x, y = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest, tolerance=2))[0].tolist()
    return x, y


def _text(label: _Label) -> str:
    top = label.y - (len(label.lines) - 1) * _LINE * _FONT / 2 + 0.35 * _FONT
    return "".join(
        f'<text x="{label.x:.0f}" y="{top + k * _LINE * _FONT:.0f}">{escape(line)}</text>'
        for k, line in enumerate(label.lines)
    )
