"""What two sets have in common in one cell; compiled."""

# ruff: noqa: PLR0917 - compiled functions have no keyword-only parameters

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crimemap.compiled import compiled_unfused

__all__ = ["described", "of_crossings", "of_edges", "of_goings_on", "of_wholes", "room_for"]

#: Metres between two edges below which they are one line: of what lies on it, each counts half.
_SAME: Final = 1e-6

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Room: TypeAlias = tuple[Indices, Floats, Indices, Floats, Floats, Indices]


@compiled_unfused
def room_for(n: int) -> Room:
    """Make room for a set's edges in a cell."""
    n_units = 4 * n
    return (
        np.empty(n_units, np.int32),
        np.empty((n_units, 3)),
        np.empty((n, 2), np.int32),
        np.empty((n, 2)),
        np.empty(n),
        np.empty((n, 2), np.int32),
    )


@compiled_unfused
def _place_of(unit: int, units: Indices, n_units: int) -> int:
    for u in range(n_units):
        if units[u] == unit:
            return u
    return n_units


@compiled_unfused
def described(
    ends: Floats,
    below: Indices,
    above: Indices,
    top: NDArray[np.int8],
    first: int,
    last: int,
    size: float,
    base: Indices,
    n_base: int,
    units: Indices,
    sums: Floats,
    places: Indices,
    own: Floats,
    cross: Floats,
    across: Indices,
) -> tuple[int, int]:
    """
    Describe a set in a cell: give how many units there are, and how many edges go on above the cell.

    In the room: each unit's code; what it has in the cell beside what it holds of the whole, its boundary, and how often it
    holds the whole; for each edge the places of its units, what lies under it and its length; for each edge that goes on
    above where it does, and the places of the unit to the east of it, which is entered, and of that to the west.
    """
    n_units, n_cross = 0, 0
    for b in range(n_base):
        units[b] = base[b, 0]
        sums[b, 0], sums[b, 1], sums[b, 2] = 0.0, 0.0, base[b, 1]
    n_units = n_base
    for k in range(first, last):
        p = k - first
        width, rise = ends[k, 2] - ends[k, 0], ends[k, 3] - ends[k, 1]
        under, length = width * (ends[k, 1] + ends[k, 3]) / 2, np.sqrt(width * width + rise * rise)
        own[p, 0], own[p, 1] = under, length
        for side in range(2):
            unit = below[k] if side == 0 else above[k]
            u = -1
            if unit >= 0:
                u = _place_of(unit, units, n_units)
                if u == n_units:
                    units[u] = unit
                    sums[u, 0], sums[u, 1], sums[u, 2] = 0.0, 0.0, 0.0
                    n_units += 1
                sums[u, 0] += under if side == 0 else -under
                sums[u, 1] += length
            places[p, side] = u
        if top[k] != 0:
            at = ends[k, 2] if top[k] > 0 else ends[k, 0]
            east = 0 if top[k] > 0 else 1
            cross[n_cross] = at
            across[n_cross, 0], across[n_cross, 1] = places[p, east], places[p, 1 - east]
            for side in range(2):
                u = across[n_cross, side]
                if u >= 0:
                    sums[u, 0] += (1 - 2 * side) * size * (size - at)
            n_cross += 1
    return n_units, n_cross


@compiled_unfused
def of_wholes(sums_a: Floats, n_a: int, sums_b: Floats, n_b: int, size: float, cell: Floats) -> None:
    """Write what units share of which one holds the whole cell."""
    for u in range(n_a):
        for v in range(n_b):
            holds_a, holds_b = sums_a[u, 2], sums_b[v, 2]
            cell[u * n_b + v, 0] = holds_a * (sums_b[v, 0] + holds_b * size * size) + holds_b * sums_a[u, 0]
            cell[u * n_b + v, 1] = holds_a * sums_b[v, 1] + holds_b * sums_a[u, 1]


@compiled_unfused
def of_crossings(
    cross: Floats,
    across: Indices,
    n_cross: int,
    ends: Floats,
    first: int,
    last: int,
    places: Indices,
    own: Floats,
    cell: Floats,
    step_cross: int,
    step_edge: int,
) -> None:
    """Add what edges of one set have to the east of where edges of the other go on above the cell."""
    for c in range(n_cross):
        for k in range(first, last):
            p = k - first
            if cross[c] > ends[k, 2]:
                continue
            if cross[c] < ends[k, 0]:
                area, length = own[p, 0], own[p, 1]
            else:
                area, length = _east_of(cross[c], ends, k)
            for side in range(2):
                u = across[c, side]
                if u < 0:
                    continue
                sign = 1.0 - 2.0 * side
                for other in range(2):
                    v = places[p, other]
                    if v >= 0:
                        at = u * step_cross + v * step_edge
                        cell[at, 0] += sign * (area if other == 0 else -area)
                        cell[at, 1] += sign * length


@compiled_unfused
def _east_of(at: float, ends: Floats, k: int) -> tuple[float, float]:
    """Give what lies under an edge to the east of a place, and the edge's length there."""
    if ends[k, 0] == ends[k, 2]:
        return 0.0, (ends[k, 3] - ends[k, 1] if at < ends[k, 0] else 0.0)
    width = ends[k, 2] - at
    if width <= 0.0:
        return 0.0, 0.0
    y = _height(ends, k, at)
    rise = ends[k, 3] - y
    return width * (y + ends[k, 3]) / 2, np.sqrt(width * width + rise * rise)


@compiled_unfused
def of_edges(
    ends_a: Floats,
    first_a: int,
    last_a: int,
    places_a: Indices,
    ends_b: Floats,
    first_b: int,
    last_b: int,
    places_b: Indices,
    cell: Floats,
    n_b: int,
) -> None:
    """Add what pairs of edges have under both, and the lengths of each under the other."""
    for k in range(first_a, last_a):
        for m in range(first_b, last_b):
            if ends_b[m, 0] > ends_a[k, 2] or ends_b[m, 2] < ends_a[k, 0]:
                continue
            area, under_a, under_b, tie = _pair(ends_a, k, ends_b, m)
            if area == 0.0 and under_a == 0.0 and under_b == 0.0 and tie == 0.0:
                continue
            for side_a in range(2):
                u = places_a[k - first_a, side_a]
                if u < 0:
                    continue
                sign_a = 1.0 - 2.0 * side_a
                for side_b in range(2):
                    v = places_b[m - first_b, side_b]
                    if v < 0:
                        continue
                    sign_b = 1.0 - 2.0 * side_b
                    # Of two units on one line, those on the same side of it share it; others do not.
                    on_line = sign_a * tie if side_a == side_b else -tie
                    cell[u * n_b + v, 0] += sign_a * sign_b * area
                    cell[u * n_b + v, 1] += sign_b * under_a + sign_a * under_b + on_line


@compiled_unfused
def _pair(ends_a: Floats, p: int, ends_b: Floats, q: int) -> tuple[float, float, float, float]:
    """
    Give the area under two edges, the length of each that is under the other, and the length that both have in common.

    Neither may end before the other begins.
    """
    ax0, ax1, bx0, bx1 = ends_a[p, 0], ends_a[p, 2], ends_b[q, 0], ends_b[q, 2]
    west, east = max(ax0, bx0), min(ax1, bx1)
    if east == west:
        return _upright(ends_a, p, ends_b, q)
    width = east - west
    a_west, a_east = _height(ends_a, p, west), _height(ends_a, p, east)
    b_west, b_east = _height(ends_b, q, west), _height(ends_b, q, east)
    d_west, d_east = b_west - a_west, b_east - a_east
    least, most = min(d_west, d_east), max(d_west, d_east)
    rise_a, rise_b = a_east - a_west, b_east - b_west
    length_a, length_b = np.sqrt(width * width + rise_a * rise_a), np.sqrt(width * width + rise_b * rise_b)
    if least >= 0.0:
        area, share = width * (a_west + a_east) / 2, 1.0
    elif most <= 0.0:
        area, share = width * (b_west + b_east) / 2, 0.0
    else:
        area = width * ((a_west + a_east) / 2 - least * least / (2 * (most - least)))
        share = most / (most - least)
    if max(-least, most) < _SAME:
        return area, 0.0, 0.0, (length_a + length_b) / 2
    return area, share * length_a, (1.0 - share) * length_b, 0.0


@compiled_unfused
def _upright(a: Floats, p: int, b: Floats, q: int) -> tuple[float, float, float, float]:
    """Give the same where no stretch lies under both; an upright edge has lengths."""
    a_is, b_is = a[p, 0] == a[p, 2], b[q, 0] == b[q, 2]
    if a_is and b_is:
        return 0.0, 0.0, 0.0, max(min(a[p, 3], b[q, 3]) - max(a[p, 1], b[q, 1]), 0.0)
    if a_is and b[q, 0] < a[p, 0]:
        return 0.0, min(max(_height(b, q, a[p, 0]) - a[p, 1], 0.0), a[p, 3] - a[p, 1]), 0.0, 0.0
    if b_is and a[p, 0] < b[q, 0]:
        return 0.0, 0.0, min(max(_height(a, p, b[q, 0]) - b[q, 1], 0.0), b[q, 3] - b[q, 1]), 0.0
    return 0.0, 0.0, 0.0, 0.0


@compiled_unfused
def _height(ends: Floats, k: int, x: float) -> float:
    """Give the height of an edge that is not upright."""
    if x == ends[k, 2]:
        return float(ends[k, 3])
    return float(ends[k, 1] + (ends[k, 3] - ends[k, 1]) * ((x - ends[k, 0]) / (ends[k, 2] - ends[k, 0])))


@compiled_unfused
def of_goings_on(
    cross_a: Floats,
    across_a: Indices,
    n_cross_a: int,
    cross_b: Floats,
    across_b: Indices,
    n_cross_b: int,
    size: float,
    cell: Floats,
    n_b: int,
) -> None:
    """Add what lies to the east of where edges of both sets go on above the cell."""
    for c in range(n_cross_a):
        for d in range(n_cross_b):
            area = size * (size - max(cross_a[c], cross_b[d]))
            for side in range(4):
                u, v = across_a[c, side // 2], across_b[d, side % 2]
                if u >= 0 and v >= 0:
                    cell[u * n_b + v, 0] += area if side in (0, 3) else -area
