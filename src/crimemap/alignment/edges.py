"""
The edges of a boundary set, cut by the cells of a grid.

An edge runs from west to east and knows which unit lies below it and which above. A unit's indicator at a point is then the
number of edges over the point that it lies below, less those that it lies above. Above a cell's top side other edges go on;
they are stood for by level edges along that side: one from each place where an edge crosses it to the cell's east side, and
one along the whole of it for the unit at its western end.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.tiling import polygonal

__all__ = ["Cells", "Edges", "Grid", "Pieces", "Segments", "cells_of", "cut", "edges_of", "segments", "turned_back"]

Indices = NDArray[np.intp]
Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]

#: The plane is turned so that no boundary drawn along the axes is upright: an upright edge is over no point.
_COS, _SIN = np.cos(0.618_033_9), np.sin(0.618_033_9)
_NONE: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Edges from west to east (`x0 < x1`), with the unit below and the unit above; -1 for none. Shape (n,) each."""

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats
    below: Indices
    above: Indices


@dataclass(frozen=True, slots=True)
class Grid:
    """Square cells of `size` metres from a corner."""

    west: float
    south: float
    size: float


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """
    Edges cut at the sides of cells: `column`, `row` of the cell; coordinates are metres from its south-west corner.

    `top` says which end is a cut at the cell's top side: 1 the eastern, -1 the western, 0 neither.
    """

    column: Indices
    row: Indices
    edges: Edges
    top: Indices


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The cells in order of row and column: those with an edge, and the gaps between them, each as one wide cell."""

    row: Indices
    column: Indices
    width: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Edges in cells, and the level ones that stand for what is higher (`real` is False), in order of `cell`."""

    cell: Indices
    edges: Edges
    real: NDArray[np.bool_]


def edges_of(shapes: Geometries, *, centre: tuple[float, float]) -> Edges:
    """Take the edges of polygons, turned about a centre; an edge that two units share is one."""
    parts, owner = polygonal(shapes)
    rings, part = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    xy = xy - centre
    x, y = xy[:, 0] * _COS - xy[:, 1] * _SIN, xy[:, 0] * _SIN + xy[:, 1] * _COS
    same = (ring[1:] == ring[:-1]) & (x[1:] != x[:-1])
    unit = owner[part[ring[1:]]][same]
    x0, y0, x1, y1 = x[:-1][same], y[:-1][same], x[1:][same], y[1:][same]
    below = x1 < x0  # a ring runs against the clock, so going west the unit is to the south
    ends = (np.where(below, x1, x0), np.where(below, y1, y0), np.where(below, x0, x1), np.where(below, y0, y1))
    return _joined(ends, unit, below)


def turned_back(x: Floats, y: Floats, *, centre: tuple[float, float]) -> tuple[Floats, Floats]:
    """Give coordinates of edges as they were before they were turned."""
    return x * _COS + y * _SIN + centre[0], y * _COS - x * _SIN + centre[1]


def _joined(ends: tuple[Floats, Floats, Floats, Floats], unit: Indices, below: NDArray[np.bool_]) -> Edges:
    """Make one edge of two that lie on one another with their units on either side."""
    key = np.zeros(unit.size, dtype=np.uint64)
    for value in ends:
        bits = (value + 0.0).view(np.uint64)
        key = (key ^ bits ^ (bits >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(32)
    order = np.argsort(key)
    first, second = order[:-1], order[1:]
    twin = (below[first] != below[second]) & np.logical_and.reduce([value[first] == value[second] for value in ends])
    twin[1:] &= ~_taken(twin)
    lower = np.where(below[first[twin]], first[twin], second[twin])
    upper = np.where(below[first[twin]], second[twin], first[twin])
    alone = np.ones(unit.size, dtype=np.bool_)
    alone[lower] = False
    alone[upper] = False
    rest = np.flatnonzero(alone)
    kept = np.concatenate([lower, rest])
    return Edges(
        ends[0][kept],
        ends[1][kept],
        ends[2][kept],
        ends[3][kept],
        np.concatenate([unit[lower], np.where(below[rest], unit[rest], _NONE)]),
        np.concatenate([unit[upper], np.where(below[rest], _NONE, unit[rest])]),
    )


def _taken(twin: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of a run of twins every second starts with an edge that the one before has taken."""
    place = np.arange(twin.size)
    start = np.maximum.accumulate(np.where(~twin, place + 1, 0))
    return np.asarray(((place - start) % 2 == 1)[1:])


def _picked(edges: Edges, k: Indices | NDArray[np.bool_]) -> Edges:
    return Edges(edges.x0[k], edges.y0[k], edges.x1[k], edges.y1[k], edges.below[k], edges.above[k])


def cut(edges: Edges, grid: Grid) -> Pieces:
    """Cut edges at the sides of the grid's cells."""
    column, edges, west_side, east_side = _cut_across(edges, grid.west, grid.size)
    turned = edges.y0 > edges.y1
    low, high = np.where(turned, edges.y1, edges.y0), np.where(turned, edges.y0, edges.y1)
    at_low, at_high = np.where(turned, edges.x1, edges.x0), np.where(turned, edges.x0, edges.x1)
    west = grid.west + column * grid.size
    # Ends on a side are set to it exactly: what is lost to rounding there would be lost over the cell's whole height.
    x_low = np.where(np.where(turned, east_side, west_side), np.where(turned, grid.size, 0.0), at_low - west)
    x_high = np.where(np.where(turned, west_side, east_side), np.where(turned, 0.0, grid.size), at_high - west)
    rising = Edges(low, x_low, high, x_high, np.arange(low.size), edges.above)
    row, rising, bottom, top = _cut_across(rising, grid.south, grid.size)
    k = rising.below
    south = grid.south + row * grid.size
    y_low, y_high = np.where(bottom, 0.0, rising.x0 - south), np.where(top, grid.size, rising.x1 - south)
    back = turned[k]
    made = Edges(
        np.where(back, rising.y1, rising.y0),
        np.where(back, y_high, y_low),
        np.where(back, rising.y0, rising.y1),
        np.where(back, y_low, y_high),
        edges.below[k],
        edges.above[k],
    )
    return Pieces(column[k], row, made, np.where(top, np.where(back, -1, 1), 0))


def _cut_across(edges: Edges, start: float, size: float) -> tuple[Indices, Edges, NDArray[np.bool_], NDArray[np.bool_]]:
    """Cut edges, which go up in x, at multiples of a size in x; say which ends are cuts."""
    first = np.floor((edges.x0 - start) / size).astype(np.intp)
    last = np.floor((edges.x1 - start) / size).astype(np.intp)
    n = last - first + 1
    edge = np.repeat(np.arange(n.size), n)
    place = np.arange(edge.size) - np.repeat(np.cumsum(n) - n, n)
    at = first[edge] + place
    whole = _picked(edges, edge)
    step = np.where(whole.x1 > whole.x0, whole.x1 - whole.x0, 1.0)
    left, right = start + at * size, start + (at + 1) * size
    rise = whole.y1 - whole.y0
    cut_low, cut_high = place > 0, at < last[edge]
    made = Edges(
        np.where(cut_low, left, whole.x0),
        np.where(cut_low, whole.y0 + rise * ((left - whole.x0) / step), whole.y0),
        np.where(cut_high, right, whole.x1),
        np.where(cut_high, whole.y0 + rise * ((right - whole.x0) / step), whole.y1),
        whole.below,
        whole.above,
    )
    return at, made, cut_low, cut_high


def cells_of(one: Pieces, other: Pieces, grid: Grid) -> Cells:
    """List the cells that hold an edge of either set, and the gaps between them in each row."""
    row, column = np.concatenate([one.row, other.row]), np.concatenate([one.column, other.column])
    low = column.min()
    span = int(column.max() - low) + 2
    held = np.unique(row * span + (column - low))
    row, column = np.divmod(held, span)
    gap = np.flatnonzero((row[1:] == row[:-1]) & (column[1:] > column[:-1] + 1))
    wide = column[gap + 1] - column[gap] - 1
    rows, columns = np.concatenate([row, row[gap]]), np.concatenate([column, column[gap] + 1])
    width = np.concatenate([np.full(row.size, grid.size), wide * grid.size])
    order = np.lexsort((columns, rows))
    return Cells(rows[order], columns[order] + low, width[order])


def segments(pieces: Pieces, cells: Cells, grid: Grid) -> Segments:
    """Give the edges of a set in each cell, with the level ones along its top side."""
    low = int(cells.column.min())
    span = int(cells.column.max()) - low + 2
    key = cells.row * span + (cells.column - low)
    cell = np.searchsorted(key, pieces.row * span + (pieces.column - low))
    inner = pieces.edges
    # Where an edge goes on above the cell, the unit to the east of it is entered and the one to the west left.
    upward, downward = pieces.top > 0, pieces.top < 0
    at = np.concatenate([inner.x1[upward], inner.x0[downward]])
    east = np.concatenate([inner.below[upward], inner.above[downward]])
    west = np.concatenate([inner.above[upward], inner.below[downward]])
    top = np.concatenate([cell[upward], cell[downward]])
    level = np.full(at.size, grid.size)
    crossing = Edges(at, level, cells.width[top], level, east, west)
    unit, base = _bases(top, east, west, cells)
    full = np.full(unit.size, grid.size)
    along = Edges(np.zeros(unit.size), full, cells.width[base], full, unit, np.full(unit.size, _NONE))
    every = [inner, crossing, along]
    cell = np.concatenate([cell, top, base])
    order = np.argsort(cell)
    joined = Edges(*(np.concatenate([getattr(e, name) for e in every])[order] for name in Edges.__slots__))
    return Segments(cell[order], joined, (np.arange(cell.size) < inner.x0.size)[order])


def _bases(top: Indices, east: Indices, west: Indices, cells: Cells) -> tuple[Indices, Indices]:
    """Find which units hold the north-west corner of which cells: those entered and not left to the west of it."""
    cell = np.concatenate([top[east >= 0], top[west >= 0]])
    unit = np.concatenate([east[east >= 0], west[west >= 0]])
    step = np.repeat([1, -1], [int((east >= 0).sum()), int((west >= 0).sum())])
    n_units = int(unit.max(initial=0)) + 1
    key, index = np.unique((cells.row[cell] * n_units + unit) * len(cells.row) + cell, return_inverse=True)
    change = np.bincount(index, weights=step, minlength=key.size).astype(np.intp)
    key, change = key[change != 0], change[change != 0]
    run, cell = np.divmod(key, len(cells.row))
    held = np.cumsum(change)
    inside = np.flatnonzero((held[:-1] > 0) & (run[1:] == run[:-1]))
    start, stop = cell[inside] + 1, cell[inside + 1] + 1
    n = stop - start
    of = np.repeat(np.arange(inside.size), n)
    place = np.arange(of.size) - np.repeat(np.cumsum(n) - n, n)
    return run[inside][of] % n_units, start[of] + place
