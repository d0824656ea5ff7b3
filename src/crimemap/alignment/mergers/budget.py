"""Sharing a number of changes over parts of the map."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["share_changes"]

Floats = NDArray[np.float64]


def share_changes(costs: Sequence[Floats]) -> tuple[Floats, NDArray[np.intp]]:
    """
    Find, for every total number of changes, the cheapest way to share it over parts.

    Parameters
    ----------
    costs
        For each part an array whose entry c is the least cost with exactly c changes, infinite where there is none.

    Returns
    -------
    total
        Entry c is the least cost of all parts with exactly c changes.
    shares
        Shape (n_totals, n_parts). How many changes each part has; of equal costs the first parts have the fewest.

    Examples
    --------
    >>> total, shares = share_changes([np.array([5.0, 1.0]), np.array([4.0, 3.0])])
    >>> total.tolist(), shares.tolist()
    ([9.0, 5.0, 4.0], [[0, 0], [1, 0], [1, 1]])
    """
    total, shares = np.zeros(1), np.zeros((1, 0), dtype=np.intp)
    for cost in costs:
        size = total.size + cost.size - 1
        best, chosen = np.full(size, np.inf), np.zeros((size, shares.shape[1] + 1), dtype=np.intp)
        for c, value in reversed(list(enumerate(cost.tolist()))):
            reach = slice(c, c + total.size)
            better = np.flatnonzero(total + value < best[reach])
            best[reach][better] = total[better] + value
            chosen[better + c] = np.column_stack([shares[better], np.full(better.size, c, dtype=np.intp)])
        total, shares = best, chosen
    return total, shares
