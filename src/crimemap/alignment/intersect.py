"""Bricks divided over the units of two sets; only those that both cut need all three at once."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.alignment.shared import Outlines, shared_by_three, shared_by_two

__all__ = ["Division", "brick_shares", "divide"]

#: Share of a brick below which a part of it is rounding.
_NEGLIGIBLE: Final = 1e-9
#: Share of a brick below which what units leave open of it is rounding between two drawings of its boundary.
_OPEN: Final = 1e-6

Indices = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """
    Bricks divided over the units of one set.

    Attributes
    ----------
    bricks, units
        The outlines of both.
    brick, unit, share
        Shape (k,). In order of brick: which brick, in which unit (-1 for the part that none covers), and which share of it.
    """

    bricks: Outlines
    units: Outlines
    brick: Indices
    unit: Indices
    share: Floats


def divide(bricks: Outlines, units: Outlines) -> Division:
    """
    Divide bricks over the units of one set: a brick inside a unit goes to it whole, a cut one by area.

    Parameters
    ----------
    bricks, units
        Valid polygons, metres. Units that overlap one another share a brick in proportion.
    """
    brick, unit, area, _ = shared_by_two(bricks, units)
    n = bricks.area_m2.size
    share = area / bricks.area_m2[brick]
    largest = np.zeros(n)
    np.maximum.at(largest, brick, share)
    is_whole = largest >= 1.0 - _OPEN
    kept = ~is_whole[brick] | (share >= 1.0 - _OPEN)
    brick, unit = brick[kept], unit[kept]
    share = np.where(is_whole[brick], 1.0, share[kept])
    total = np.bincount(brick, weights=share, minlength=n)
    over = np.maximum(total, 1.0)
    share = share / over[brick]
    left = 1.0 - total / over
    open_part = left > _OPEN
    closed = ~open_part & (total > 0)
    share = np.where(closed[brick], share / (total / over)[brick], share)
    brick = np.concatenate([brick, np.flatnonzero(open_part)])
    unit = np.concatenate([unit, np.full(int(open_part.sum()), -1)])
    share = np.concatenate([share, left[open_part]])
    order = np.lexsort((unit, brick))
    return Division(bricks, units, brick[order], unit[order], share[order])


def brick_shares(by_source: Division, by_target: Division) -> tuple[Indices, Indices, Indices, Floats]:
    """
    Divide bricks over the pairs of units of two sets.

    Parameters
    ----------
    by_source, by_target
        The same bricks divided over each set alone.

    Returns
    -------
    brick, i, j
        Shape (k,). Indices; -1 for the part that no unit of that set covers.
    share
        Shape (k,). Share of the brick's area, above 0; the shares of each brick sum to 1.
    """
    n = by_source.bricks.area_m2.size
    first, i, share_i = by_source.brick, by_source.unit, by_source.share
    second, j, share_j = by_target.brick, by_target.unit, by_target.share
    # A brick that one set leaves whole is divided as the other divides it; only bricks cut by both need geometry.
    pieces_i, pieces_j = np.bincount(first, minlength=n), np.bincount(second, minlength=n)
    both = (pieces_i > 1) & (pieces_j > 1)
    easy = pieces_i == 1
    i_of = np.full(n, -1, dtype=np.intp)
    i_of[first] = i
    j_of = np.full(n, -1, dtype=np.intp)
    j_of[second] = j
    by_j = easy[second]
    by_i = (~easy & ~both)[first]
    parts = [
        (second[by_j], i_of[second[by_j]], j[by_j], share_j[by_j]),
        (first[by_i], i[by_i], j_of[first[by_i]], share_i[by_i]),
        _divided_twice(by_source, by_target, both),
    ]
    brick, i, j, share = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = np.flatnonzero(share > _NEGLIGIBLE)
    kept = kept[np.lexsort((j[kept], i[kept], brick[kept]))]
    brick, share = brick[kept], share[kept]
    total = np.bincount(brick, weights=share, minlength=n)
    return brick, i[kept], j[kept], share / total[brick]


def _divided_twice(
    by_source: Division, by_target: Division, both: NDArray[np.bool_]
) -> tuple[Indices, Indices, Indices, Floats]:
    """Divide the bricks that both sets cut; what one of them leaves open is what pairs lack of the other's units."""
    if not both.any():
        none = np.empty(0, dtype=np.intp)
        return none, none, none, np.empty(0)
    brick, i, j, area = shared_by_three(by_source.bricks, by_source.units, by_target.units, wanted=np.flatnonzero(both))
    share = area / by_source.bricks.area_m2[brick]
    only_i, only_j = _lacking(by_source, both, brick, i, share), _lacking(by_target, both, brick, j, share)
    brick = np.concatenate([brick, only_i[0], only_j[0]])
    i = np.concatenate([i, only_i[1], np.full(only_j[0].size, -1)])
    j = np.concatenate([j, np.full(only_i[0].size, -1), only_j[1]])
    share = np.concatenate([share, only_i[2], only_j[2]])
    left = np.where(both, 1.0 - np.bincount(brick, weights=share, minlength=both.size), 0.0)
    outside = np.flatnonzero(left > _OPEN)
    none = np.full(outside.size, -1)
    return (
        np.concatenate([brick, outside]),
        np.concatenate([i, none]),
        np.concatenate([j, none]),
        np.concatenate([share, left[outside]]),
    )


def _lacking(
    alone: Division, both: NDArray[np.bool_], brick: Indices, unit: Indices, share: Floats
) -> tuple[Indices, Indices, Floats]:
    """Give what of a brick's part in each unit is in no pair: brick, unit and share."""
    kept = both[alone.brick] & (alone.unit >= 0)
    n = alone.units.area_m2.size
    key = alone.brick[kept] * n + alone.unit[kept]  # in order, as divisions are
    place = np.searchsorted(key, brick * n + unit).clip(0, key.size - 1)
    known = key[place] == brick * n + unit
    lacking = alone.share[kept] - np.bincount(place[known], weights=share[known], minlength=key.size)
    some = np.flatnonzero(lacking > _OPEN)
    return *np.divmod(key[some], n), lacking[some]
