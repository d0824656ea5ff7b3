"""Bricks divided over the units of two sets, with the geometry left alone where topology already gives the answer."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.alignment.shared import shared_areas
from crimemap.tiling import polygonal, subdivide

__all__ = ["Division", "brick_shares", "divide"]

#: Share of a brick below which a part of it is rounding.
NEGLIGIBLE: Final = 1e-9

Indices = NDArray[np.intp]
Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """Bricks divided over the units of one set: rows of `brick`, `unit` (-1 for the part that none covers) and `share`."""

    brick: Indices
    unit: Indices
    share: Floats


def divide(bricks: Geometries, units: Geometries, *, whole: float) -> Division:
    """
    Divide bricks over the units of one set: a brick inside a unit goes to it whole, a cut one by area.

    Parameters
    ----------
    bricks, units
        Shape (n_bricks,), (n_units,). Valid polygons, metres.
    whole
        Share of a brick's area from which it counts as wholly inside, so that rounding cuts no brick.
    """
    return Division(*_divide(bricks, units, whole=whole))


def brick_shares(
    bricks: Geometries, source: Geometries, target: Geometries, by_source: Division, by_target: Division
) -> tuple[Indices, Indices, Indices, Floats]:
    """
    Divide bricks over the pairs of units of two sets.

    Parameters
    ----------
    bricks, source, target
        Shape (n_bricks,), (n_source,), (n_target,). Valid polygons, metres.
    by_source, by_target
        The bricks divided over each set alone.

    Returns
    -------
    brick, i, j
        Shape (k,). Indices; -1 for the part that no unit of that set covers.
    share
        Shape (k,). Share of the brick's area, above 0; the shares of each brick sum to 1.
    """
    first, i, share_i = by_source.brick, by_source.unit, by_source.share
    second, j, share_j = by_target.brick, by_target.unit, by_target.share
    # A brick that one set leaves whole is divided as the other divides it; only bricks cut by both need geometry.
    pieces_i, pieces_j = np.bincount(first, minlength=bricks.size), np.bincount(second, minlength=bricks.size)
    both = (pieces_i > 1) & (pieces_j > 1)
    easy = pieces_i == 1
    i_of = np.full(bricks.size, -1, dtype=np.intp)
    i_of[first] = i
    j_of = np.full(bricks.size, -1, dtype=np.intp)
    j_of[second] = j
    by_j = easy[second]
    by_i = (~easy & ~both)[first]
    parts = [
        (second[by_j], i_of[second[by_j]], j[by_j], share_j[by_j]),
        (first[by_i], i[by_i], j_of[first[by_i]], share_i[by_i]),
        _divide_twice(bricks, np.flatnonzero(both), source, target),
    ]
    brick, i, j, share = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = np.flatnonzero(share > NEGLIGIBLE)
    kept = kept[np.lexsort((j[kept], i[kept], brick[kept]))]
    brick, share = brick[kept], share[kept]
    total = np.bincount(brick, weights=share, minlength=bricks.size)
    return brick, i[kept], j[kept], share / total[brick]


def _divide(bricks: Geometries, units: Geometries, *, whole: float) -> tuple[Indices, Indices, Floats]:
    """Give each brick's shares over units, and over -1 for what none covers; one row for a brick that is whole."""
    unit, inside = shapely.STRtree(bricks).query(units, predicate="covers")
    covered, first_of = np.unique(inside, return_index=True)  # of overlapping units the first takes it
    rest = np.setdiff1d(np.arange(bricks.size), covered)
    if not rest.size:
        return covered, unit[first_of], np.ones(covered.size)
    row, of, area, _ = shared_areas(bricks[rest], units)
    brick = rest[row]
    brick, of, share = _settled(brick, of, area / shapely.area(bricks[brick]), rest, whole)
    return (
        np.concatenate([covered, brick]),
        np.concatenate([unit[first_of], of]),
        np.concatenate([np.ones(covered.size), share]),
    )


def _summed(brick: Indices, unit: Indices, share: Floats, n_units: int) -> tuple[Indices, Indices, Floats]:
    key, index = np.unique(brick * n_units + unit, return_inverse=True)
    total = np.bincount(index, weights=share, minlength=key.size).astype(np.float64)
    brick, unit = np.divmod(key[total > 0], n_units)
    return brick, unit, total[total > 0]


def _settled(brick: Indices, unit: Indices, share: Floats, wanted: Indices, whole: float) -> tuple[Indices, Indices, Floats]:
    """Take bricks as whole where all but rounding is in one unit, and add what no unit covers as -1."""
    place = np.searchsorted(wanted, brick)
    largest = np.zeros(wanted.size)
    np.maximum.at(largest, place, share)
    is_whole = largest >= whole
    drop = is_whole[place] & (share < whole)
    brick, unit, share, place = brick[~drop], unit[~drop], share[~drop], place[~drop]
    share = np.where(is_whole[place], 1.0, share)
    total = np.bincount(place, weights=share, minlength=wanted.size)
    over = np.maximum(total, 1.0)  # units that overlap one another share a brick in proportion
    share = share / over[place]
    left = 1.0 - total / over
    open_part = left > 1.0 - whole
    closed = ~open_part & (total > 0)
    share = np.where(closed[place], share / (total / over)[place], share)
    brick = np.concatenate([brick, wanted[open_part]])
    unit = np.concatenate([unit, np.full(int(open_part.sum()), -1)])
    return brick, unit, np.concatenate([share, left[open_part]])


def _divide_twice(
    bricks: Geometries, cut: Indices, source: Geometries, target: Geometries
) -> tuple[Indices, Indices, Indices, Floats]:
    """Divide the bricks that both sets cut by the geometry of both."""
    if not cut.size:
        none = np.empty(0, dtype=np.intp)
        return none, none, none, np.empty(0)
    own = shapely.area(bricks)
    fragments, brick, i = _fragments(bricks, cut, source)
    left, right, area, _ = shared_areas(fragments, target)
    covered = np.bincount(left, weights=area, minlength=fragments.size)
    value = np.concatenate([area, np.maximum(shapely.area(fragments) - covered, 0.0)])
    key_brick = np.concatenate([brick[left], brick])
    n = target.size + 1
    key_pair = (np.concatenate([i[left], i]) + 1) * n + np.concatenate([right + 1, np.zeros_like(brick)])
    found, pair, share = _summed(key_brick, key_pair, value / own[key_brick], (source.size + 1) * n)
    i, j = np.divmod(pair, n)
    return found, i - 1, j - 1, share


def _fragments(bricks: Geometries, cut: Indices, units: Geometries) -> tuple[Geometries, Indices, Indices]:
    """Cut bricks along units; what no unit covers stays as a fragment of unit -1."""
    pieces, owner = subdivide(units)
    left, right = shapely.STRtree(pieces).query(bricks[cut], predicate="intersects")
    fragments, index = polygonal(shapely.intersection(bricks[cut[left]], pieces[right]))
    brick = left[index]
    order = np.argsort(brick, kind="stable")
    bounds = np.searchsorted(brick[order], np.arange(cut.size + 1))
    covered = np.bincount(brick, weights=shapely.area(fragments), minlength=cut.size)
    short = np.flatnonzero(covered < shapely.area(bricks[cut]) * (1 - NEGLIGIBLE))
    unions = np.array([shapely.union_all(fragments[order[bounds[k] : bounds[k + 1]]]) for k in short.tolist()], dtype=object)
    rest, of = polygonal(shapely.difference(bricks[cut[short]], unions))
    return (
        np.concatenate([fragments, rest]),
        cut[np.concatenate([brick, short[of]])],
        np.concatenate([owner[right][index], np.full(rest.size, -1)]),
    )
