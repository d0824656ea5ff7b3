"""
What units of two sets share, by integrals over their edges; no shape is made.

In a cell of a grid the shared area is the sum, over pairs of an edge of each set, of the area that lies under both, signed
by the side on which the units are. Edges that lie on one another, nearly or exactly, need no case of their own, so that two
drawings of one line cannot break it. Perimeters come from the same pairs: what of an edge lies under another. Coordinates
are kept as metres from a cell's corner, which are exact; what is rounded is far below a square millimetre.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.alignment.cells import Pieces, cut, grid_over
from crimemap.alignment.edges import Edges, edges_of
from crimemap.alignment.pairs import sums_of_pairs
from crimemap.alignment.tally import Sums
from crimemap.alignment.triples import sums_of_triples

__all__ = ["Outlines", "as_overlaid", "outlines", "shared_areas", "shared_by_three", "shared_by_two"]

#: Square metres below which a shared area is rounding: a square millimetre.
NEGLIGIBLE_M2: Final = 1e-6
#: Share of a unit's area that is rounding: what is shared is then the whole unit.
_ROUNDING: Final = 1e-11
#: Metres: in a strip so thin an overlay's own rounding of the places where lines cross shows in a billionth of its area,
#: and by so many metres times its perimeter at most.
_THIN: Final = 0.02
_OVERLAY_ROUNDING: Final = 1e-9
_THREADS: Final = 2
#: Sums are made in so many parts whatever the machine, so that every machine rounds alike.
_PARTS: Final = 8

Indices = NDArray[np.intp]
Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """A set's edges, and the area of each unit, square metres."""

    edges: Edges
    area_m2: Floats


def outlines(*sets: Geometries) -> list[Outlines]:
    """Take the edges and areas of sets of valid polygons."""
    with ThreadPoolExecutor(_THREADS) as pool:  # compiled code, numpy and shapely let others run
        return list(pool.map(lambda shapes: Outlines(edges_of(shapes), np.asarray(shapely.area(shapes))), sets))


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
    return shared_by_two(*outlines(source, target))


def shared_by_two(source: Outlines, target: Outlines) -> tuple[Indices, Indices, Floats, Floats]:
    """Measure what every pair of units shares, as `shared_areas` does."""
    n = target.area_m2.size
    key, area, length = _over_grid(
        [source.edges, target.edges],
        lambda size, rows, one, other: sums_of_pairs(one, other, size=size, n_other=n, rows=rows),
    )
    i, j = np.divmod(key, n)
    for whole in (target.area_m2[j], source.area_m2[i]):
        area = np.where(np.abs(area - whole) <= _ROUNDING * whole, whole, area)
    return i, j, area, np.maximum(length, np.sqrt(4 * np.pi * area))


def as_overlaid(
    source: Geometries, target: Geometries, *, i: Indices, j: Indices, area_m2: Floats, perimeter_m: Floats
) -> Floats:
    """Give areas with those of the thinnest strips as an overlay of the shapes rounds them: what a planner's GIS says."""
    thin = np.flatnonzero(2 * area_m2 < _THIN * perimeter_m)
    drawn = shapely.area(shapely.intersection(source[i[thin]], target[j[thin]]))
    made = area_m2.copy()
    alike = np.abs(drawn - made[thin]) <= _OVERLAY_ROUNDING * perimeter_m[thin]
    made[thin[alike]] = drawn[alike]
    return made


def shared_by_three(
    bricks: Outlines, source: Outlines, target: Outlines, *, wanted: Indices
) -> tuple[Indices, Indices, Indices, Floats]:
    """
    Measure what some bricks share with every pair of units.

    Returns
    -------
    brick, i, j
        Shape (k,). Indices, in order of brick, then i, then j.
    area_m2
        Shape (k,).
    """
    held = np.zeros(bricks.area_m2.size + 1, dtype=np.bool_)  # -1, no brick, is the last
    held[wanted] = True
    edges = bricks.edges
    below, above = (np.where(held[side], side, -1).astype(np.int32) for side in (edges.below, edges.above))
    kept = (below >= 0) | (above >= 0)
    n = source.area_m2.size, target.area_m2.size
    key, area, _ = _over_grid(
        [Edges(edges.ends[kept], below[kept], above[kept]), source.edges, target.edges],
        lambda size, rows, of, one, other: sums_of_triples(of, one, other, size=size, n=n, rows=rows),
    )
    brick, pair = np.divmod(key, n[0] * n[1])
    return brick, *np.divmod(pair, n[1]), area


def _over_grid(sets: list[Edges], summed: Callable[..., Sums]) -> tuple[Indices, Floats, Floats]:
    """Cut sets by one grid and add up what its rows have: keys in order, areas above what is negligible, and lengths."""
    grid = grid_over(*sets)
    with ThreadPoolExecutor(_THREADS) as pool:
        pieces: list[Pieces] = list(pool.map(lambda edges: cut(edges, grid), sets))
        ends = np.cumsum(np.sum([np.diff(one.start) for one in pieces], axis=0))
        bounds = np.searchsorted(ends, np.linspace(0, ends[-1], _PARTS + 1)[1:-1])
        rows = np.unique(np.concatenate([[0], bounds, [grid.rows]])).tolist()
        found = list(pool.map(lambda part: summed(grid.size, part, *pieces), pairwise(rows)))
    key, area, length = (np.concatenate(column) for column in zip(*found, strict=True))
    place, index = np.unique(key, return_inverse=True)
    area = np.bincount(index, weights=area, minlength=place.size).astype(np.float64)
    kept = np.flatnonzero(area > NEGLIGIBLE_M2)
    around = np.bincount(index, weights=length, minlength=place.size).astype(np.float64)
    return place[kept].astype(np.intp), area[kept], around[kept]
