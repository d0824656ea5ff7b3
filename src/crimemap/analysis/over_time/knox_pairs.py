"""
Pairs of incidents that are close in space, found once for all simulations.

Incidents are sorted by square of a grid as wide as the largest distance, row by row, so that the candidates of each incident
are two runs: the rest of its own square with the one to the east, and three squares of the row to the north.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from crimemap.compiled import compiled
from crimemap.errors import ParameterError

__all__ = ["DISTANCES", "ClosePairs", "Distance", "close_pairs"]

Distance = Literal["euclidean", "manhattan"]
DISTANCES: Final[tuple[Distance, ...]] = get_args(Distance)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MOST_PAIRS: Final = 150_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClosePairs:
    """
    Pairs by space band; each pair is there once.

    Attributes
    ----------
    order
        Shape (n,). The incident that stands at each position of the sorted order.
    first, second
        Shape (p,), 32-bit. Positions in that order; pairs of a band stand together.
    start
        Shape (s + 1,). Where each band begins; the last number is p.
    """

    order: Ints
    first: NDArray[np.int32]
    second: NDArray[np.int32]
    start: Ints


@compiled
def _scan(  # noqa: PLR0917 - a compiled function takes its arguments by position
    x: Any,
    y: Any,
    run_from: Any,
    run_to: Any,
    edges: Any,
    manhattan: Any,
    cursor: Any,
    first: Any,
    second: Any,
    fill: Any,
) -> None:
    """Go through the candidates of every incident: count the pairs of each band, or write them at the cursors."""
    n_bands = edges.size - 1
    for i in range(x.size):
        if not fill and cursor.sum() > _MOST_PAIRS:
            return  # too many to be written: how many more there are does not matter
        for run in range(2):
            for j in range(run_from[i, run], run_to[i, run]):
                dx, dy = abs(x[i] - x[j]), abs(y[i] - y[j])
                distance = dx + dy if manhattan else np.sqrt(dx * dx + dy * dy)
                if distance >= edges[n_bands]:
                    continue
                band = 0
                while distance >= edges[band + 1]:
                    band += 1
                if fill:
                    first[cursor[band]], second[cursor[band]] = i, j
                cursor[band] += 1


def close_pairs(x: Floats, y: Floats, *, edges: Floats, distance: Distance) -> ClosePairs:
    """
    Find all pairs of incidents whose distance lies in one of the bands.

    Parameters
    ----------
    x, y
        Shape (n,). Metres.
    edges
        Shape (s + 1,). Bands [edges[b], edges[b + 1]), ascending from 0.
    distance
        `euclidean` or `manhattan`.

    Raises
    ------
    ParameterError
        If there are more pairs than memory should hold.

    Examples
    --------
    >>> found = close_pairs(
    ...     np.array([0.0, 3.0, 90.0]), np.array([0.0, 4.0, 0.0]), edges=np.array([0.0, 6.0, 100.0]), distance="euclidean"
    ... )
    >>> found.start.tolist()
    [0, 1, 3]
    """
    # A little wider than the largest distance, so that rounding puts no pair two squares apart.
    size = float(edges[-1]) * (1 + 1e-9)
    column = np.floor((x - x.min(initial=np.inf)) / size).astype(np.int64)
    row = np.floor((y - y.min(initial=np.inf)) / size).astype(np.int64)
    width = int(column.max(initial=0)) + 3
    key = row * width + column + 1
    order = np.lexsort((x, key))
    key = key[order]
    here = np.arange(x.size)
    # Two runs of candidates: later in the own square or in the one to the east; the three squares of the row to the north.
    run_from = np.column_stack([here + 1, np.searchsorted(key, key + width - 1)])
    run_to = np.column_stack([np.searchsorted(key, key + 2), np.searchsorted(key, key + width + 2)])
    xs, ys = np.ascontiguousarray(x[order]), np.ascontiguousarray(y[order])
    none = np.empty(0, dtype=np.int32)
    counted = np.zeros(edges.size - 1, dtype=np.int64)
    _scan(xs, ys, run_from, run_to, edges, distance == "manhattan", counted, none, none, False)  # noqa: FBT003
    total = int(counted.sum())
    if total > _MOST_PAIRS:
        raise ParameterError(
            f"more than {_MOST_PAIRS:,} pairs of the {x.size:,} incidents are within {edges[-1]:g} m",
            where="space_bands_m",
            fix="Take a shorter distance, a shorter period or a smaller area.",
        )
    start = np.concatenate([[0], np.cumsum(counted)])
    first, second = np.empty(total, dtype=np.int32), np.empty(total, dtype=np.int32)
    _scan(xs, ys, run_from, run_to, edges, distance == "manhattan", start[:-1].copy(), first, second, True)  # noqa: FBT003
    return ClosePairs(order=order, first=first, second=second, start=start)
