"""
Local Moran: which cells are like their neighbours, and which stand out from them.

Anselin (1995, doi:10.1111/j.1538-4632.1995.tb00338.x)::

    I_i = (x_i - mean(x)) / m2 * sum_j w_ij (x_j - mean(x)),    m2 = sum_i (x_i - mean(x))^2 / n

with the weights of each cell's neighbours (itself left out) adding up to 1. The variance m2 divides by n, as Anselin wrote
it and spdep has it; esda divides by n - 1, so that its I is (n - 1)/n times this one. p-values do not depend on that.

With the cell's own count held, I_i rises or falls with its neighbours' sum and with nothing else. So its conditional
permutation distribution is that of a sum of counts drawn without replacement, and is counted exactly where counts are whole
numbers and each neighbour weighs the same.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from crimemap.analysis.hotspots.permutation import local_sum_p_values
from crimemap.analysis.hotspots.shuffled import shuffled_p_values
from crimemap.analysis.hotspots.values import require_counts, require_values
from crimemap.analysis.significance import Correction, adjusted_p_values, require_alpha
from crimemap.errors import ParameterError

__all__ = ["QUADRANTS", "LocalMoran", "MoranTest", "local_moran"]

MoranTest = Literal["exact", "monte-carlo"]
#: The cell against the mean, then its neighbours.
QUADRANTS: Final = ("high-high", "low-high", "low-low", "high-low")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocalMoran:
    """
    Local Moran of every cell, in the order of the cells.

    Attributes
    ----------
    statistic
        Shape (n,). I; 0 where all counts are equal, or a cell has no neighbours.
    lag
        Shape (n,). Mean over the neighbours; not a number for a cell without any.
    quadrant
        Shape (n,). `high-high` (a hot cluster), `low-low` (a cold one), `high-low` and `low-high` (a cell that stands out);
        empty text for a cell without neighbours. A value equal to the mean counts as low.
    p_upper, p_lower
        Shape (n,). Probability of a lag at least, and at most, as large.
    p_value
        Shape (n,). Two-sided: twice the smaller of the two, at most 1.
    q_value
        Shape (n,). `p_value` adjusted.
    significant
        Shape (n,). True where `q_value` is at most `alpha`.
    test, correction, alpha, permutations
        What was asked for; `permutations` is None for the exact test.
    """

    statistic: Floats
    lag: Floats
    quadrant: NDArray[np.str_]
    p_upper: Floats
    p_lower: Floats
    p_value: Floats
    q_value: Floats
    significant: NDArray[np.bool_]
    test: MoranTest
    correction: Correction
    alpha: float
    permutations: int | None

    @property
    def parameters(self) -> dict[str, Any]:
        """What was asked for."""
        return {
            "statistic": "local Moran, variance over n",
            "test": self.test,
            "correction": self.correction,
            "alpha": self.alpha,
            "permutations": self.permutations,
        }


def local_moran(
    values: ArrayLike,
    neighbours: csr_array,
    *,
    test: MoranTest = "exact",
    correction: Correction = "benjamini-hochberg",
    alpha: float = 0.05,
    permutations: int = 999,
    rng: Generator | None = None,
) -> LocalMoran:
    """
    Compute local Moran of every cell, with quadrants.

    Parameters
    ----------
    values
        Shape (n,). Incidents by cell, empty cells included.
    neighbours
        Shape (n, n). Weights of neighbours; each row is divided by its sum. What a cell weighs to itself is left out.
    test
        `exact` (whole numbers, neighbours that weigh the same) or `monte-carlo`, which takes `rng`.
    correction, alpha
        As `hotspots` takes them.
    permutations
        Shuffles for each cell, for `monte-carlo`.
    rng
        Source of randomness, for `monte-carlo`.

    Raises
    ------
    InputError
        If there are fewer than 3 cells, shapes differ, or a value is not finite.
    ParameterError
        If the exact test cannot be used, or there is nothing to draw with.

    Examples
    --------
    >>> chain = csr_array(np.abs(np.subtract.outer(range(6), range(6))) == 1)
    >>> found = local_moran([0, 0, 1, 5, 6, 4], chain)
    >>> found.statistic.round(3).tolist()
    [1.208, 0.981, 0.047, 0.33, 1.038, 0.755]
    >>> found.quadrant.tolist()
    ['low-low', 'low-low', 'low-low', 'high-high', 'high-high', 'high-high']
    """
    rate = require_alpha(alpha)
    x, weights = require_values(values, neighbours)
    row = np.repeat(np.arange(x.size), np.diff(weights.indptr))
    kept = (weights.indices != row) & (weights.data != 0)
    weights = csr_array((weights.data[kept], (row[kept], weights.indices[kept])), shape=weights.shape)
    if (weights.data < 0).any():
        raise ParameterError("a neighbour weighs less than 0", where="neighbours", fix="Weights are 0 or more.")
    total = weights @ np.ones(x.size)
    some = total > 0
    lag = np.full(x.size, np.nan)
    lag[some] = (weights @ x)[some] / total[some]
    away = x - x.mean()
    spread = float(np.mean(away**2))
    statistic = np.zeros(x.size)
    if spread > (1e-12 * max(abs(float(x.mean())), 1e-300)) ** 2:
        statistic[some] = away[some] / spread * (lag[some] - x.mean())
    if test == "exact":
        upper, lower = _exact(x, weights)
    elif test == "monte-carlo":
        if rng is None:
            raise ParameterError("there is nothing to draw with", where="rng", fix="Give a numpy random generator.")
        upper, lower = shuffled_p_values(x, weights, permutations=permutations, rng=rng)
    else:
        raise ParameterError(f"{test!r} is no test", where="test", fix="Take one of: exact, monte-carlo.")
    p_value = np.minimum(2 * np.minimum(upper, lower), 1.0)
    q_value = adjusted_p_values(p_value, correction=correction)
    return LocalMoran(
        statistic=statistic,
        lag=lag,
        quadrant=_quadrants(away > 0, np.where(some, lag, x.mean()) > x.mean(), some),
        p_upper=upper,
        p_lower=lower,
        p_value=p_value,
        q_value=q_value,
        significant=q_value <= rate,
        test=test,
        correction=correction,
        alpha=rate,
        permutations=None if test == "exact" else permutations,
    )


def _exact(x: Floats, weights: csr_array) -> tuple[Floats, Floats]:
    counts = require_counts(x)
    n_neighbours = np.diff(weights.indptr).astype(np.int64)
    first = weights.data[np.minimum(weights.indptr[:-1], max(weights.nnz - 1, 0))] if weights.nnz else np.zeros(x.size)
    if weights.nnz and not (weights.data == np.repeat(first, n_neighbours)).all():
        raise ParameterError(
            "the exact test needs neighbours that weigh the same", where="neighbours", fix="Take the test 'monte-carlo'."
        )
    binary = csr_array((np.ones(weights.nnz), weights.indices, weights.indptr), shape=weights.shape)
    return local_sum_p_values(counts, n_neighbours, np.rint(np.asarray(binary @ x)).astype(np.int64))


def _quadrants(high: NDArray[np.bool_], around: NDArray[np.bool_], some: NDArray[np.bool_]) -> NDArray[np.str_]:
    names = np.array([*QUADRANTS, ""])
    which = np.where(around, np.where(high, 0, 1), np.where(high, 3, 2))
    return names[np.where(some, which, len(QUADRANTS))]
