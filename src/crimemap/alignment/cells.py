"""
The edges of a boundary set, cut by the cells of a grid.

A place on a side belongs to the cell to the east or north of it. Vertices are kept as metres from their cell's corner, which
loses nothing of a coordinate; only where an edge crosses a side is anything rounded, and by less than a billionth of a
millimetre in a cell of some hundred metres.
"""

# ruff: noqa: PLR0917 - compiled functions have no keyword-only parameters

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.alignment.edges import Edges
from crimemap.compiled import compiled_unfused

__all__ = ["Grid", "Pieces", "cut", "grid_over"]

#: A cell's side in mean lengths of an edge.
_SIZE: Final = 2.0
#: Cells across the study area, at most.
_MOST: Final = 1 << 14
_BITS: Final = 16
#: The corner of the grid, in cells from the origin: exact numbers, and so uneven that no round coordinate lies on a side.
_EAST: Final = 129_453 / 2**20
_NORTH: Final = 245_963 / 2**20

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Grid:
    """
    Square cells of `size` metres, the first one `column` and `row` cells from an uneven corner; `columns` by `rows` of them.

    A size has few binary digits, so that the corner of each cell is an exact number.
    """

    size: float
    column: int
    row: int
    columns: int
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """
    Edges cut at the sides of cells, in order of row and column.

    Attributes
    ----------
    start
        Shape (rows + 1,). The first piece of each row.
    column
        Shape (n,).
    ends
        Shape (n, 4). `x0`, `y0`, `x1`, `y1` from west to east, upright ones upwards, in metres from the cell's corner.
    below, above
        Shape (n,). Unit on either side, -1 for none; of an upright piece the unit to the east is the one below.
    top
        Shape (n,). Which end is on the cell's top side, where the edge goes on: 1 the eastern, -1 the western, 0 neither.
    """

    start: NDArray[np.int64]
    column: Indices
    ends: Floats
    below: Indices
    above: Indices
    top: NDArray[np.int8]


def grid_over(*sets: Edges) -> Grid:
    """Lay a grid over sets whose cells hold a few edges each."""
    total, n = 0.0, 0
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for edges in sets:
        west, south, east, north, length = _extent(edges.ends)
        low, high = np.minimum(low, (west, south)), np.maximum(high, (east, north))
        total, n = total + length, n + len(edges.ends)
    least = max(_SIZE * total / n, float((high - low).max()) / _MOST)
    digits, power = np.frexp(least)
    size = float(np.ldexp(np.ceil(digits * _BITS) / _BITS, power))
    first, last = (np.floor(end / size - (_EAST, _NORTH)).astype(np.intp) for end in (low, high))
    columns, rows = (last - first + 1).tolist()
    return Grid(size, int(first[0]), int(first[1]), columns, rows)


def cut(edges: Edges, grid: Grid) -> Pieces:
    """Cut edges at the sides of the grid's cells."""
    made = _cut(edges.ends, edges.below, edges.above, grid.size, grid.column, grid.row, grid.columns, grid.rows)
    return Pieces(*made)


@compiled_unfused
def _extent(ends: Floats) -> tuple[float, float, float, float, float]:
    west, south, east, north, length = np.inf, np.inf, -np.inf, -np.inf, 0.0
    for k in range(ends.shape[0]):
        x0, y0, x1, y1 = ends[k, 0], ends[k, 1], ends[k, 2], ends[k, 3]
        west, east = min(west, x0), max(east, x1)
        south, north = min(south, y0, y1), max(north, y0, y1)
        length += np.sqrt((x1 - x0) ** 2 + (y1 - y0) ** 2)
    return west, south, east, north, length


@compiled_unfused
def _cut(
    ends: Floats, below: Indices, above: Indices, size: float, column: int, row: int, n_columns: int, n_rows: int
) -> tuple[NDArray[np.int64], Indices, Floats, Indices, Indices, NDArray[np.int8]]:
    n_edges = ends.shape[0]
    total = 0
    for k in range(n_edges):
        total += abs(int(np.floor(ends[k, 1] / size - _NORTH)) - int(np.floor(ends[k, 3] / size - _NORTH)))
        total += int(np.floor(ends[k, 2] / size - _EAST)) - int(np.floor(ends[k, 0] / size - _EAST)) + 1
    piece = np.empty((total, 4))
    of = np.empty(total, np.int32)
    at_column, at_row = np.empty(total, np.int32), np.empty(total, np.int32)
    tops = np.empty(total, np.int8)
    n = 0
    for k in range(n_edges):
        c, r = int(np.floor(ends[k, 0] / size - _EAST)), int(np.floor(ends[k, 1] / size - _NORTH))
        # A side is crossed as often as the cells of the ends say, so that the pieces of a ring stay a ring.
        steps = int(np.floor(ends[k, 2] / size - _EAST)) - c
        rises = int(np.floor(ends[k, 3] / size - _NORTH)) - r
        up = 1 if rises > 0 else -1
        rises = abs(rises)
        # In metres from the first cell's corner.
        west, south = (c + _EAST) * size, (r + _NORTH) * size
        x0, y0, x1, y1 = ends[k, 0] - west, ends[k, 1] - south, ends[k, 2] - west, ends[k, 3] - south
        run, rise = x1 - x0, y1 - y0
        i, j = 0, 0
        x, y = x0, y0
        from_top = False
        while True:
            side = (j + 1 if up > 0 else j) * size
            to_column = ((i + 1) * size - x0) / run if steps > 0 else np.inf
            to_row = (side - y0) / rise if rises > 0 else np.inf
            across = bool(steps > 0 and (rises == 0 or to_column <= to_row))
            along = not across and rises > 0
            if across:
                x_next, y_next = (i + 1) * size, y0 + rise * to_column
            elif along:
                x_next, y_next = x0 + run * to_row, side
            else:
                x_next, y_next = x1, y1
            west, south = i * size, j * size
            piece[n, 0], piece[n, 1] = min(max(x - west, 0.0), size), min(max(y - south, 0.0), size)
            piece[n, 2], piece[n, 3] = min(max(x_next - west, piece[n, 0]), size), min(max(y_next - south, 0.0), size)
            of[n], at_column[n], at_row[n] = k, c + i - column, r + j - row
            tops[n] = -1 if from_top else (1 if along and up > 0 else 0)
            n += 1
            from_top = along and up < 0
            if across:
                i += 1
                steps -= 1
            elif along:
                j += up
                rises -= 1
            else:
                break
            x, y = x_next, y_next
    return _ordered(piece, of, at_column, at_row, tops, n_columns, n_rows, below, above)


@compiled_unfused
def _ordered(
    piece: Floats,
    of: Indices,
    at_column: Indices,
    at_row: Indices,
    tops: NDArray[np.int8],
    n_columns: int,
    n_rows: int,
    below: Indices,
    above: Indices,
) -> tuple[NDArray[np.int64], Indices, Floats, Indices, Indices, NDArray[np.int8]]:
    """Put pieces in order, by counting: of their columns first, then of their rows."""
    n = of.size
    in_column, start = np.zeros(n_columns + 1, np.int64), np.zeros(n_rows + 1, np.int64)
    for k in range(n):
        in_column[at_column[k] + 1] += 1
        start[at_row[k] + 1] += 1
    in_column, start = np.cumsum(in_column), np.cumsum(start)
    order = np.empty(n, np.int32)
    for k in range(n):
        order[in_column[at_column[k]]] = k
        in_column[at_column[k]] += 1
    column, top, ends = np.empty(n, np.int32), np.empty(n, np.int8), np.empty((n, 4))
    lower, upper = np.empty(n, np.int32), np.empty(n, np.int32)
    place = start.copy()
    for m in range(n):
        k = order[m]
        p = place[at_row[k]]
        place[at_row[k]] += 1
        column[p], top[p] = at_column[k], tops[k]
        lower[p], upper[p] = below[of[k]], above[of[k]]
        ends[p, 0], ends[p, 1], ends[p, 2], ends[p, 3] = piece[k, 0], piece[k, 1], piece[k, 2], piece[k, 3]
        if ends[p, 0] == ends[p, 2] and ends[p, 1] > ends[p, 3]:
            # So steep that it is upright in its cell: upwards then, with its sides exchanged.
            ends[p, 1], ends[p, 3] = ends[p, 3], ends[p, 1]
            lower[p], upper[p] = upper[p], lower[p]
            top[p] = -top[p]
    return start, column, ends, lower, upper, top
