"""
The exact conditional permutation test of a local sum of counts.

Hold a cell's own count and shuffle all others: its k neighbours are then k values drawn without replacement from the
other n - 1. The distribution of their sum is found by counting, not by drawing: the coefficients of y^j z^s in the product
over all other cells of (1 + y z^x) are the numbers of ways in which j of them sum to s. There is no Monte Carlo error and no
floor of 1/(permutations + 1), which a false discovery rate over tens of thousands of cells could not work with.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.errors import ParameterError

__all__ = ["local_sum_p_values"]

_MOST_STEPS: Final = 4e10

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def _ways(values: Ints, number: Ints, most: int, scale: float) -> list[Floats]:
    """
    Count the ways to draw j values with sum s, for j up to `most`.

    The entry [j][s] is multiplied by scale**j, so that it stays within the range of a double.
    """
    largest = np.repeat(values[::-1], np.minimum(number[::-1], most))[:most]
    top = np.concatenate([[0], np.cumsum(largest)])
    ways = [np.zeros(int(top[min(j, top.size - 1)]) + 1) for j in range(most + 1)]
    ways[0][0] = 1.0
    reach = np.full(most + 1, -1)  # the largest sum of j of the values taken so far; -1 where there are not yet j
    reach[0] = 0
    for value, copies in zip(values.tolist(), number.tolist(), strict=True):
        taken = min(copies, most)
        weight = np.cumprod([scale * (copies - a) / (a + 1) for a in range(taken)])
        for j in range(most, 0, -1):
            for a in range(1, min(taken, j) + 1):
                length = int(reach[j - a]) + 1
                if length:
                    ways[j][a * value : a * value + length] += weight[a - 1] * ways[j - a][:length]
        before = reach.copy()
        for j in range(1, most + 1):
            some = min(taken, j)
            if before[j - some] >= 0:
                reach[j] = before[j - some] + some * value
    return ways


def _without(ways: list[Floats], value: int, most: int, scale: float) -> list[Floats]:
    """Divide the product by one cell's factor (1 + scale y z^value)."""
    left = [ways[0]]
    for j in range(1, most + 1):
        reduced = ways[j].copy()
        length = min(left[j - 1].size, reduced.size - value)
        if length > 0:
            reduced[value : value + length] -= scale * left[j - 1][:length]
        left.append(np.maximum(reduced, 0.0, out=reduced))
    return left


def local_sum_p_values(counts: Ints, n_others: Ints, sum_others: Ints) -> tuple[Floats, Floats]:
    """
    Find how likely a neighbourhood's sum, or one further out, would be if counts were shuffled over all other cells.

    Parameters
    ----------
    counts
        Shape (n,). Incidents by cell, 0 or more.
    n_others
        Shape (n,). Neighbours of each cell, without itself.
    sum_others
        Shape (n,). Their incidents.

    Returns
    -------
    p_upper, p_lower
        Shape (n,). Probability of a sum at least, and at most, as large. Both are 1 for a cell without neighbours: there is
        nothing to shuffle.

    Raises
    ------
    ParameterError
        If counts and neighbourhoods are so large that it would take hours.

    Examples
    --------
    Of the three others (0, 0, 3), one drawn at random is 3 with probability 1/3.

    >>> upper, lower = local_sum_p_values(np.array([1, 3, 0, 0]), np.array([1, 0, 0, 0]), np.array([3, 0, 0, 0]))
    >>> round(float(upper[0]), 12), float(lower[0]), float(upper[1])
    (0.333333333333, 1.0, 1.0)
    """
    values, value_of, number = np.unique(counts, return_inverse=True, return_counts=True)
    most = int(n_others.max(initial=0))
    upper, lower = np.ones(counts.size), np.ones(counts.size)
    if most == 0:
        return upper, lower
    longest = np.minimum(most * values, int(np.sort(counts)[-most:].sum()))
    steps = float(longest.sum()) * most * most / 2 + float(values.size * longest.max(initial=0)) * most * 2
    if steps > _MOST_STEPS:
        raise ParameterError(
            f"counts up to {int(values[-1]):,} in neighbourhoods of {most} would take the exact test too long",
            where="test",
            fix="Take a finer resolution, a smaller ring, or the test 'normal'.",
        )
    scale = most / counts.size
    ways = _ways(values, number, most, scale)
    order = np.lexsort((n_others, value_of))
    starts = np.flatnonzero(np.diff(value_of[order], prepend=-1))
    for index in np.split(order, starts[1:]):
        reached = int(n_others[index].max())
        left = _without(ways, int(counts[index[0]]), reached, scale)
        for k in np.unique(n_others[index]).tolist():
            if k == 0:
                continue
            cells = index[n_others[index] == k]
            at_least = np.cumsum(left[k][::-1])[::-1]
            at_most = np.cumsum(left[k])
            upper[cells] = at_least[sum_others[cells]] / at_least[0]
            lower[cells] = at_most[sum_others[cells]] / at_most[-1]
    return upper, lower
