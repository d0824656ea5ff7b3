"""
What units of two sets share with bricks of a third in a row of cells: the same integrals over three edges at a time.

An edge of a brick and one of a unit give what lies under both, of which there are two stretches where they cross; over each
the lower one is taken with the edges of the last set.
"""

# ruff: noqa: PLR0917 - compiled functions have no keyword-only parameters

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crimemap.alignment.cells import Pieces
from crimemap.alignment.corners import Cut, as_cut, moved, new_base, wider
from crimemap.alignment.tally import Sums, added, grown, new_table, totals
from crimemap.compiled import compiled_unfused

__all__ = ["sums_of_triples"]

_END: Final = 2**31 - 1
#: Edges in a cell that there is room for at first.
_MOST: Final = 64

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
#: Edges in a cell, level ones too; for each the places of the units below and above; and the units.
_Held: TypeAlias = tuple[Floats, Indices, Indices]


def sums_of_triples(
    bricks: Pieces, one: Pieces, other: Pieces, *, size: float, n: tuple[int, int], rows: tuple[int, int]
) -> Sums:
    """
    Add up what bricks share with pairs of units in some rows of cells.

    Parameters
    ----------
    bricks, one, other
        Edges of the three sets, cut by one grid.
    size
        Side of its cells, metres.
    n
        Units of the one set and of the other.
    rows
        The first row, and the one after the last.

    Returns
    -------
    key, area_m2, zero
        Shape (k,). `(brick * n[0] + i) * n[1] + j`, in no order, and the area shared in these rows.
    """
    return _over_rows(as_cut(bricks), as_cut(one), as_cut(other), size, n[0], n[1], rows[0], rows[1], _MOST)


@compiled_unfused
def _room(n: int) -> _Held:
    return np.empty((2 * n, 4)), np.empty((2 * n, 2), np.int32), np.empty(3 * n, np.int32)


@compiled_unfused
def _gathered(
    ends: Floats,
    below: Indices,
    above: Indices,
    top: NDArray[np.int8],
    first: int,
    last: int,
    size: float,
    base: Indices,
    n_base: int,
    edges: Floats,
    sides: Indices,
    units: Indices,
) -> tuple[int, int]:
    """Write the edges in a cell and the level ones along its top side; give how many, and how many units they have."""
    n, n_units = 0, 0
    for k in range(first, last):
        for c in range(4):
            edges[n, c] = ends[k, c]
        sides[n, 0], sides[n, 1] = below[k], above[k]
        n += 1
        if top[k] != 0:
            edges[n, 0] = ends[k, 2] if top[k] > 0 else ends[k, 0]
            edges[n, 1], edges[n, 2], edges[n, 3] = size, size, size
            sides[n, 0] = below[k] if top[k] > 0 else above[k]
            sides[n, 1] = above[k] if top[k] > 0 else below[k]
            n += 1
    for b in range(n_base):
        for _ in range(abs(base[b, 1])):
            edges[n, 0], edges[n, 1], edges[n, 2], edges[n, 3] = 0.0, size, size, size
            sides[n, 0], sides[n, 1] = (base[b, 0], -1) if base[b, 1] > 0 else (-1, base[b, 0])
            n += 1
    for k in range(n):
        for side in range(2):
            unit = sides[k, side]
            if unit < 0:
                continue
            place = n_units
            for u in range(n_units):
                if units[u] == unit:
                    place = u
                    break
            units[place] = unit
            n_units = max(n_units, place + 1)
            sides[k, side] = place
    return n, n_units


@compiled_unfused
def _height(x0: float, y0: float, x1: float, y1: float, x: float) -> float:
    return y1 if x == x1 else y0 + (y1 - y0) * ((x - x0) / (x1 - x0))


@compiled_unfused
def _under(a_west: float, a_east: float, b_west: float, b_east: float, width: float) -> float:
    """Give the area under two lines over one stretch."""
    d_west, d_east = b_west - a_west, b_east - a_east
    least, most = min(d_west, d_east), max(d_west, d_east)
    if least >= 0.0:
        return width * (a_west + a_east) / 2
    if most <= 0.0:
        return width * (b_west + b_east) / 2
    return width * ((a_west + a_east) / 2 - least * least / (2 * (most - least)))


@compiled_unfused
def _under_edge(edges: Floats, k: int, west: float, east: float, at_west: float, at_east: float) -> float:
    """Give the area under an edge and a line that is given over a stretch."""
    x0, y0, x1, y1 = edges[k, 0], edges[k, 1], edges[k, 2], edges[k, 3]
    w, e = max(west, x0), min(east, x1)
    if e <= w:
        return 0.0
    low = at_west if w == west else _height(west, at_west, east, at_east, w)
    high = at_east if e == east else _height(west, at_west, east, at_east, e)
    return _under(low, high, _height(x0, y0, x1, y1, w), _height(x0, y0, x1, y1, e), e - w)


@compiled_unfused
def _lower(a: Floats, p: int, b: Floats, q: int, parts: Floats) -> int:
    """Write the lower of two edges as lines (`west`, `east`, heights there): none, one, or two where they cross."""
    west, east = max(a[p, 0], b[q, 0]), min(a[p, 2], b[q, 2])
    if east <= west:
        return 0
    a_west = _height(a[p, 0], a[p, 1], a[p, 2], a[p, 3], west)
    a_east = _height(a[p, 0], a[p, 1], a[p, 2], a[p, 3], east)
    b_west = _height(b[q, 0], b[q, 1], b[q, 2], b[q, 3], west)
    b_east = _height(b[q, 0], b[q, 1], b[q, 2], b[q, 3], east)
    d_west, d_east = b_west - a_west, b_east - a_east
    parts[0, 0], parts[0, 1] = west, east
    parts[0, 2], parts[0, 3] = min(a_west, b_west), min(a_east, b_east)
    if d_west * d_east >= 0.0:
        return 1
    share = d_west / (d_west - d_east)
    at, high = west + (east - west) * share, a_west + (a_east - a_west) * share
    parts[1, 0], parts[1, 1], parts[1, 2], parts[1, 3] = at, east, high, parts[0, 3]
    parts[0, 1], parts[0, 3] = at, high
    return 2


@compiled_unfused
def _summed(
    edges: Floats,
    sides: Indices,
    n: int,
    edges_a: Floats,
    sides_a: Indices,
    n_a: int,
    edges_b: Floats,
    sides_b: Indices,
    n_b: int,
    cell: Floats,
    u_a: int,
    u_b: int,
    parts: Floats,
) -> None:
    """Add up the edges of a cell, three at a time, by places of units."""
    for k in range(n):
        for p in range(n_a):
            n_parts = _lower(edges, k, edges_a, p, parts)
            if n_parts == 0:
                continue
            for q in range(n_b):
                area = 0.0
                for m in range(n_parts):
                    area += _under_edge(edges_b, q, parts[m, 0], parts[m, 1], parts[m, 2], parts[m, 3])
                if area == 0.0:
                    continue
                for side in range(8):
                    u, v, w = sides[k, side & 1], sides_a[p, (side >> 1) & 1], sides_b[q, side >> 2]
                    if u >= 0 and v >= 0 and w >= 0:
                        odd = (side & 1) + ((side >> 1) & 1) + (side >> 2)
                        cell[(u * u_a + v) * u_b + w] += area if odd % 2 == 0 else -area


@compiled_unfused
def _next(column: Indices, k: int, stop: int) -> int:
    return int(column[k]) if k < stop else _END


@compiled_unfused
def _last(column: Indices, k: int, stop: int, here: int) -> int:
    while k < stop and column[k] == here:
        k += 1
    return k


@compiled_unfused
def _over_rows(
    c: Cut, a: Cut, b: Cut, size: float, all_a: int, all_b: int, first_row: int, last_row: int, most: int
) -> Sums:
    start_c, column_c, ends_c, below_c, above_c, top_c = c
    start_a, column_a, ends_a, below_a, above_a, top_a = a
    start_b, column_b, ends_b, below_b, above_b, top_b = b
    keys, sums, filled = new_table()
    edges_c, sides_c, units_c = _room(most)
    edges_a, sides_a, units_a = _room(most)
    edges_b, sides_b, units_b = _room(most)
    base_c, n_base_c = new_base(4 * most)
    base_a, n_base_a = new_base(4 * most)
    base_b, n_base_b = new_base(4 * most)
    cell, parts = np.zeros(512), np.empty((2, 4))
    for row in range(first_row, last_row):
        k_c, stop_c = start_c[row], start_c[row + 1]
        if k_c == stop_c:
            continue
        k_a, stop_a = start_a[row], start_a[row + 1]
        k_b, stop_b = start_b[row], start_b[row + 1]
        column = -1
        while k_c < stop_c or k_a < stop_a or k_b < stop_b:
            here = min(_next(column_c, k_c, stop_c), _next(column_a, k_a, stop_a), _next(column_b, k_b, stop_b))
            wide = (here - column - 1) * size * size
            column = here
            last_c = _last(column_c, k_c, stop_c, here)
            last_a = _last(column_a, k_a, stop_a, here)
            last_b = _last(column_b, k_b, stop_b, here)
            if wide > 0.0:
                # The cells without an edge up to here lie wholly in what holds the corner.
                for u in range(n_base_c):
                    for v in range(n_base_a):
                        for w in range(n_base_b):
                            key = (np.int64(base_c[u, 0]) * all_a + base_a[v, 0]) * all_b + base_b[w, 0]
                            if 2 * (filled + 1) > keys.size:
                                keys, sums = grown(keys, sums, 4 * filled)
                            area = base_c[u, 1] * base_a[v, 1] * base_b[w, 1] * wide
                            filled = added(keys, sums, filled, key, area, 0.0)
            n_c = last_c - k_c + _held(base_c, n_base_c)
            n_a = last_a - k_a + _held(base_a, n_base_a)
            n_b = last_b - k_b + _held(base_b, n_base_b)
            need = max(n_c, n_a, n_b)
            if need > most:
                most = 2 * need
                edges_c, sides_c, units_c = _room(most)
                edges_a, sides_a, units_a = _room(most)
                edges_b, sides_b, units_b = _room(most)
                base_c, base_a, base_b = wider(base_c, 4 * most), wider(base_a, 4 * most), wider(base_b, 4 * most)
            if n_c > 0 and n_a > 0 and n_b > 0:
                n_c, u_c = _gathered(
                    ends_c, below_c, above_c, top_c, k_c, last_c, size, base_c, n_base_c, edges_c, sides_c, units_c
                )
                n_a, u_a = _gathered(
                    ends_a, below_a, above_a, top_a, k_a, last_a, size, base_a, n_base_a, edges_a, sides_a, units_a
                )
                n_b, u_b = _gathered(
                    ends_b, below_b, above_b, top_b, k_b, last_b, size, base_b, n_base_b, edges_b, sides_b, units_b
                )
                n_sums = u_c * u_a * u_b
                if n_sums > cell.size:
                    cell = np.zeros(2 * n_sums)
                _summed(edges_c, sides_c, n_c, edges_a, sides_a, n_a, edges_b, sides_b, n_b, cell, u_a, u_b, parts)
                if 2 * (filled + n_sums) > keys.size:
                    keys, sums = grown(keys, sums, 4 * (filled + n_sums))
                for at in range(n_sums):
                    u, v, w = at // (u_a * u_b), at // u_b % u_a, at % u_b
                    key = (np.int64(units_c[u]) * all_a + units_a[v]) * all_b + units_b[w]
                    filled = added(keys, sums, filled, key, cell[at], 0.0)
                    cell[at] = 0.0
            n_base_c = moved(below_c, above_c, top_c, k_c, last_c, base_c, n_base_c)
            n_base_a = moved(below_a, above_a, top_a, k_a, last_a, base_a, n_base_a)
            n_base_b = moved(below_b, above_b, top_b, k_b, last_b, base_b, n_base_b)
            k_c, k_a, k_b = last_c, last_a, last_b
    return totals(keys, sums)


@compiled_unfused
def _held(base: Indices, n_base: int) -> int:
    n = 0
    for b in range(n_base):
        n += abs(base[b, 1])
    return n
