"""
The conditional permutation test by drawing, for weights and values that the exact test cannot count.

Hold a cell's own value, shuffle all others, and add up what its neighbours then hold; do so many times. The p-value is
(1 + draws at least as far out) / (draws + 1): the map seen is one of the shuffles, so p is never 0 (Davison and Hinkley
1997, doi:10.1017/CBO9780511802843; Phipson and Smyth 2010, doi:10.2202/1544-6115.1585). Each cell has random numbers of its
own, so results do not depend on how the work is shared out.
"""

from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.sparse import csr_array

from crimemap.compiled import compiled
from crimemap.engine import LocalEngine
from crimemap.errors import ParameterError

__all__ = ["shuffled_p_values"]

_FEWEST: Final = 19
_PARTS: Final = 16
#: Sums of the same numbers in another order differ by this share of the largest they could be.
_ROUNDING: Final = 1e-12

Floats = NDArray[np.float64]


@compiled
def _count(  # noqa: PLR0917 - numba takes no keyword-only arguments
    values: Any, pointer: Any, index: Any, weight: Any, observed: Any, seeds: Any, first: int, last: int, permutations: int
) -> tuple[Any, Any]:  # pragma: no cover - compiled
    n = values.size
    above = np.zeros(last - first, dtype=np.int64)
    below = np.zeros(last - first, dtype=np.int64)
    taken = np.full(n, -1, dtype=np.int64)
    draw = 0
    for cell in range(first, last):
        state = seeds[cell]
        for _ in range(permutations):
            total = 0.0
            for at in range(pointer[cell], pointer[cell + 1]):
                if index[at] == cell:
                    continue
                while True:  # splitmix64, and one of the n - 1 others that is not drawn yet
                    state = state + np.uint64(0x9E3779B97F4A7C15)
                    z = state
                    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                    z = z ^ (z >> np.uint64(31))
                    other = np.int64(((z >> np.uint64(32)) * np.uint64(n - 1)) >> np.uint64(32))
                    if other >= cell:
                        other += 1
                    if taken[other] != draw:
                        break
                taken[other] = draw
                total += weight[at] * values[other]
            draw += 1
            slack = observed[cell, 1]
            if total >= observed[cell, 0] - slack:
                above[cell - first] += 1
            if total <= observed[cell, 0] + slack:
                below[cell - first] += 1
    return above, below


def shuffled_p_values(values: Floats, weights: csr_array, *, permutations: int, rng: Generator) -> tuple[Floats, Floats]:
    """
    Find how often shuffling all other cells gives a neighbourhood a sum as large, or as small.

    Parameters
    ----------
    values
        Shape (n,). Finite.
    weights
        Shape (n, n). Weights of neighbours; a cell's weight of itself is left out, its value being held.
    permutations
        Shuffles for each cell, 19 or more.
    rng
        Source of randomness.

    Returns
    -------
    p_upper, p_lower
        Shape (n,). At least 1 / (permutations + 1). Both are 1 for a cell without neighbours.

    Raises
    ------
    ParameterError
        If there are fewer than 19 permutations: p could not be as small as 0.05.

    Examples
    --------
    >>> chain = csr_array((np.abs(np.subtract.outer(range(6), range(6))) <= 1) * 0.5)
    >>> upper, _ = shuffled_p_values(np.array([0.0, 0, 1, 4, 5, 0]), chain, permutations=999, rng=np.random.default_rng(1))
    >>> bool(abs(upper[3] - 0.1) < 0.03), float(upper[0])
    (True, 1.0)
    """
    if permutations < _FEWEST:
        raise ParameterError(
            f"{permutations} permutations cannot give a p as small as 0.05",
            where="permutations",
            fix=f"Give {_FEWEST} or more; 999 is usual.",
        )
    n = values.size
    held = csr_array(weights)
    observed = np.empty((n, 2))
    observed[:, 0] = held @ values - held.diagonal() * values
    observed[:, 1] = (abs(held) @ np.ones(n)) * np.abs(values).max(initial=0.0) * _ROUNDING
    seeds = rng.integers(0, 2**64, size=n, dtype=np.uint64)
    edges = np.linspace(0, n, _PARTS + 1).astype(int)

    def part(at: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        found: tuple[NDArray[np.int64], NDArray[np.int64]] = _count(
            values, held.indptr, held.indices, held.data, observed, seeds, edges[at], edges[at + 1], permutations
        )
        return found

    above, below = zip(*LocalEngine().map(part, range(_PARTS)), strict=True)
    return (1 + np.concatenate(above)) / (permutations + 1), (1 + np.concatenate(below)) / (permutations + 1)
