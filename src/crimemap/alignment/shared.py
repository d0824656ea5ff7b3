"""
What every pair of units of two sets shares, by integrals over their edges; no shape is made.

In a cell of a grid the shared area is the sum, over pairs of an edge of each set, of the area that lies under both, signed
by the side on which the units are. Edges that lie on one another, nearly or exactly, need no case of their own, so that two
drawings of one line cannot break it. Perimeters come from the same pairs: what of an edge lies under another.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.alignment.edges import Grid, Segments, cells_of, cut, edges_of, segments

__all__ = ["shared_areas"]

#: Square metres below which a shared area is rounding: a square millimetre.
NEGLIGIBLE_M2: Final = 1e-6
#: Share of a unit's area that is rounding: what is shared is then the whole unit.
_ROUNDING: Final = 1e-11
#: Metres between two edges below which they are one line.
_SAME: Final = 1e-6
#: A cell's side in mean lengths of an edge.
_SIZE: Final = 3.0
_PAIRS: Final = 1 << 17
_DENSE: Final = 1 << 24

Indices = NDArray[np.intp]
Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    key: Indices
    area: Floats
    length: Floats


def shared_areas(source: Geometries, target: Geometries) -> tuple[Indices, Indices, Floats, Floats]:
    """
    Measure what every pair of units shares.

    Parameters
    ----------
    source, target
        Shape (n,), (m,). Valid polygons, metres.

    Returns
    -------
    i, j
        Shape (k,). Indices of the pairs that share area, in order of i, then j.
    area_m2, perimeter_m
        Shape (k,). Of the shared part, square metres and metres.

    Examples
    --------
    >>> a, b = np.array([shapely.box(0, 0, 1000, 1000)]), shapely.box([500, 2000], 0, [1500, 3000], 1000)
    >>> i, j, area, perimeter = shared_areas(a, b)
    >>> i.tolist(), j.tolist(), area.round(3).tolist(), perimeter.round(3).tolist()
    ([0], [0], [500000.0], [3000.0])
    """
    bounds = np.array([shapely.total_bounds(source), shapely.total_bounds(target)])
    centre = (float(bounds[:, [0, 2]].mean()), float(bounds[:, [1, 3]].mean()))
    with ThreadPoolExecutor(2) as pool:  # one thread for each set: numpy and shapely let both run
        of_source, of_target = pool.map(lambda shapes: edges_of(shapes, centre=centre), (source, target))
    length = np.concatenate([np.hypot(e.x1 - e.x0, e.y1 - e.y0) for e in (of_source, of_target)])
    # An uneven corner, so that no round coordinate lies on a side.
    grid = Grid(-0.123_456_789 * length.mean(), -0.234_567_891 * length.mean(), _SIZE * float(length.mean()))
    with ThreadPoolExecutor(2) as pool:
        cut_source, cut_target = pool.map(lambda edges: cut(edges, grid), (of_source, of_target))
        cells = cells_of(cut_source, cut_target, grid)
        one, other = pool.map(lambda pieces: segments(pieces, cells, grid), (cut_source, cut_target))
    sums = _summed(_over_cells(one, other, len(cells.row), target.size), source.size * target.size)
    kept = np.flatnonzero(sums.area > NEGLIGIBLE_M2)
    i, j = np.divmod(sums.key[kept], target.size)
    area = sums.area[kept]
    for whole in (shapely.area(target)[j], shapely.area(source)[i]):
        area = np.where(np.abs(area - whole) <= _ROUNDING * whole, whole, area)
    return i, j, area, np.maximum(sums.length[kept], np.sqrt(4 * np.pi * area))


def _over_cells(one: Segments, other: Segments, n_cells: int, n_target: int) -> list[_Sums]:
    start_one = np.searchsorted(one.cell, np.arange(n_cells + 1))
    start_other = np.searchsorted(other.cell, np.arange(n_cells + 1))
    n_other = np.diff(start_other)
    count = np.diff(start_one) * n_other
    ends = np.cumsum(count)
    blocks = np.unique(np.searchsorted(ends, np.arange(0, int(ends[-1]) + _PAIRS, _PAIRS)))
    blocks = np.unique(np.concatenate([[0], blocks, [n_cells]]).clip(0, n_cells))

    def block(k: int) -> _Sums:
        first, last = blocks[k], blocks[k + 1]
        n = count[first:last]
        cell = np.repeat(np.arange(first, last), n)
        place = np.arange(cell.size) - np.repeat(np.cumsum(n) - n, n)
        left = start_one[cell] + place // n_other[cell]
        right = start_other[cell] + place % n_other[cell]
        return _pairs(one, other, left, right, n_target)

    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        return list(pool.map(block, range(blocks.size - 1)))


def _pairs(one: Segments, other: Segments, left: Indices, right: Indices, n_target: int) -> _Sums:
    """Add up what pairs of edges have under both, and how much of each lies under the other."""
    a, b = one.edges, other.edges
    west, east = np.maximum(a.x0[left], b.x0[right]), np.minimum(a.x1[left], b.x1[right])
    over = np.flatnonzero(east > west)
    left, right, west, east = left[over], right[over], west[over], east[over]
    width = east - west
    a_west, a_east, stretch_a = _heights(one, left, west, east)
    b_west, b_east, stretch_b = _heights(other, right, west, east)
    d_west, d_east = b_west - a_west, b_east - a_east
    least, most = np.minimum(d_west, d_east), np.maximum(d_west, d_east)
    spread = np.where(most > least, most - least, 1.0)
    crossing = (least < 0) & (most > 0)
    dip = np.where(crossing, -(least**2) / (2 * spread), np.where(most <= 0, (d_west + d_east) / 2, 0.0))
    area = width * ((a_west + a_east) / 2 + dip)
    real_a, real_b = one.real[left], other.real[right]
    up = np.where(crossing, most / spread, (least >= 0).astype(np.float64))
    up = np.where(real_b, np.where(real_a, up, 0.0), 1.0)
    tie = real_a & real_b & (np.maximum(-least, most) < _SAME)
    length_a, length_b = width * stretch_a * real_a, width * stretch_b * real_b
    under_a, under_b = np.where(tie, 0.0, up * length_a), np.where(tie, 0.0, (1 - up) * length_b)
    keys, areas, lengths = [], [], []
    for unit_a, sign_a in ((a.below[left], 1.0), (a.above[left], -1.0)):
        for unit_b, sign_b in ((b.below[right], 1.0), (b.above[right], -1.0)):
            some = np.flatnonzero((unit_a >= 0) & (unit_b >= 0))
            # Of two units on one line, those on the same side of it share it, each counting half; others do not.
            on_line = sign_a * (length_a + length_b) / 2 if sign_a == sign_b else -length_a
            keys.append(unit_a[some] * n_target + unit_b[some])
            areas.append(sign_a * sign_b * area[some])
            lengths.append((sign_b * under_a + sign_a * under_b + np.where(tie, on_line, 0.0))[some])
    return _Sums(np.concatenate(keys), np.concatenate(areas), np.concatenate(lengths))


def _heights(segments_: Segments, k: Indices, west: Floats, east: Floats) -> tuple[Floats, Floats, Floats]:
    """Give an edge's heights at two places, and its length over its width."""
    edges = segments_.edges
    x0, y0 = edges.x0[k], edges.y0[k]
    run, rise = edges.x1[k] - x0, edges.y1[k] - y0
    slope = rise / run
    return y0 + (west - x0) * slope, y0 + (east - x0) * slope, np.sqrt(1 + slope**2)


def _summed(found: list[_Sums], n_pairs: int) -> _Sums:
    key = np.concatenate([sums.key for sums in found])
    area, length = np.concatenate([s.area for s in found]), np.concatenate([s.length for s in found])
    place, index = np.arange(n_pairs), key
    if n_pairs > _DENSE:
        place, index = np.unique(key, return_inverse=True)
    area = np.bincount(index, weights=area, minlength=place.size).astype(np.float64)
    return _Sums(place, area, np.bincount(index, weights=length, minlength=place.size).astype(np.float64))
