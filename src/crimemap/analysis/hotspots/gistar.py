"""
Getis-Ord Gi*: where counts of a cell and its neighbours are higher than if they were scattered at random over the cells.

Ord and Getis (1995, doi:10.1111/j.1538-4632.1995.tb00912.x), with each cell its own neighbour::

    z_i = (sum_j w_ij x_j - W_i mean(x)) / (s sqrt((n S1_i - W_i^2) / (n - 1)))
    W_i = sum_j w_ij,  S1_i = sum_j w_ij^2,  s^2 = mean(x^2) - mean(x)^2

The z is a score. Reading it off the normal table is badly wrong for sparse counts: on 60,025 cells it called 1,745 hot where
the exact permutation distribution calls 59. So p-values come from the exact conditional permutation test unless another is
asked for, and the result says which it was: `monte-carlo` draws the same distribution, for weights and values that cannot be
counted exactly, and its p cannot be below 1 / (permutations + 1).
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.special import ndtr

from crimemap.analysis.hotspots.permutation import local_sum_p_values
from crimemap.analysis.hotspots.shuffled import shuffled_p_values
from crimemap.analysis.hotspots.values import require_counts, require_values
from crimemap.analysis.significance import Correction, adjusted_p_values, require_alpha
from crimemap.errors import ParameterError

__all__ = ["TESTS", "GiStar", "Hotspots", "Test", "gistar", "hotspots"]

Test = Literal["exact", "monte-carlo", "normal"]
TESTS: Final[tuple[Test, ...]] = get_args(Test)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GiStar:
    """
    Gi* of every cell, in the order of the cells.

    Attributes
    ----------
    z
        Shape (n,). Standardised local sum. 0 where it is not defined: all counts are equal, or every cell is a neighbour.
    p_upper
        Shape (n,). Probability of a local sum at least as large.
    p_two_sided
        Shape (n,). Probability of one as far out, to either side.
    n_neighbours
        Shape (n,). Neighbours, the cell itself not counted.
    local_sum
        Shape (n,). Weighted sum of counts over the neighbourhood, the cell itself included.
    test
        `exact`: conditional permutation, the cell's own count held. `monte-carlo`: the same, drawn. `normal`: z read as a
        standard normal.
    permutations
        Shuffles of each cell; None where nothing was drawn.
    """

    z: Floats
    p_upper: Floats
    p_two_sided: Floats
    n_neighbours: NDArray[np.int64]
    local_sum: Floats
    test: Test
    permutations: int | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """What was asked for."""
        return {"statistic": "Gi*, each cell its own neighbour", "test": self.test, "permutations": self.permutations}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hotspots:
    """
    The cells that are hot after correction for having tested all of them.

    Attributes
    ----------
    gistar
        The statistic of every cell.
    q_value
        Shape (n,). `p_upper` adjusted.
    hotspot
        Shape (n,). True where `q_value` is at most `alpha`.
    alpha, correction
        What was asked for.
    """

    gistar: GiStar
    q_value: Floats
    hotspot: NDArray[np.bool_]
    alpha: float
    correction: Correction

    @property
    def parameters(self) -> dict[str, Any]:
        """What was asked for."""
        return {**self.gistar.parameters, "correction": self.correction, "alpha": self.alpha}


def _checked(values: ArrayLike, neighbours: csr_array) -> tuple[Floats, csr_array]:
    x, weights = require_values(values, neighbours)
    if not (weights.diagonal() > 0).all():
        raise ParameterError(
            "a cell is not its own neighbour, which is what the star in Gi* means",
            where="neighbours",
            fix="Make the neighbours with include_self=True.",
        )
    return x, weights


def _z(x: Floats, weights: csr_array, local_sum: Floats) -> Floats:
    n = x.size
    mean = x.mean()
    spread = float(np.sqrt(np.mean((x - mean) ** 2)))
    total = np.asarray(weights.sum(axis=1)).ravel()
    binary = bool((weights.data == 1).all())
    squares = total if binary else np.asarray(weights.multiply(weights).sum(axis=1)).ravel()
    room = np.maximum(n * squares - total**2, 0.0) / (n - 1)
    below = spread * np.sqrt(room)
    z = np.zeros(n)
    # Equal counts leave rounding behind, which is not variation.
    defined = (below > 0) & (spread > 1e-12 * max(abs(float(mean)), 1e-300))
    z[defined] = (local_sum - total * mean)[defined] / below[defined]
    return z


def _as_counts(x: Floats, weights: csr_array) -> NDArray[np.int64]:
    if not (weights.data == 1).all():
        raise ParameterError(
            "the exact test needs neighbours of weight 1", where="neighbours", fix="Take the test 'monte-carlo'."
        )
    return require_counts(x)


def gistar(
    values: ArrayLike,
    neighbours: csr_array,
    *,
    test: Test = "exact",
    permutations: int = 999,
    rng: Generator | None = None,
) -> GiStar:
    """
    Compute Gi* of every cell.

    Parameters
    ----------
    values
        Shape (n,). Incidents by cell, empty cells included: without them the map answers another question.
    neighbours
        Shape (n, n). Who is whose neighbour, each cell its own: `h3_neighbours(cells)` or `square_neighbours(squares)`.
        Cells on the edge have fewer and are compared with sums of as few.
    test
        `exact` (whole numbers, neighbours of weight 1), `monte-carlo` (any finite values and weights) or `normal`.
    permutations
        Shuffles for each cell, for `monte-carlo`.
    rng
        Source of randomness, for `monte-carlo`.

    Returns
    -------
    GiStar
        A cell without neighbours keeps its z; by the exact test its p is 1, since there is nothing to shuffle.

    Raises
    ------
    InputError
        If there are fewer than 3 cells, shapes differ, or a value is not finite.
    ParameterError
        If a cell is not its own neighbour, the exact test cannot be used, or there is nothing to draw with.

    Examples
    --------
    >>> chain = csr_array(np.abs(np.subtract.outer(range(6), range(6))) <= 1)
    >>> found = gistar([0, 0, 1, 4, 5, 0], chain)
    >>> found.z.round(3).tolist()
    [-1.282, -1.451, 0.0, 1.814, 1.451, 0.641]
    >>> found.p_upper.round(3).tolist(), found.test
    ([1.0, 0.9, 0.7, 0.1, 0.4, 0.2], 'exact')
    """
    if test not in TESTS:
        raise ParameterError(f"{test!r} is no test", where="test", fix=f"Take one of: {', '.join(TESTS)}.")
    x, weights = _checked(values, neighbours)
    local_sum = np.asarray(weights @ x).ravel()
    z = _z(x, weights, local_sum)
    n_neighbours = np.diff(weights.indptr).astype(np.int64) - 1
    if test == "normal":
        upper, lower = ndtr(-z), ndtr(z)
        two_sided = 2 * ndtr(-np.abs(z))
    else:
        if test == "exact":
            counts = _as_counts(x, weights)
            upper, lower = local_sum_p_values(counts, n_neighbours, np.rint(local_sum).astype(np.int64) - counts)
        elif rng is None:
            raise ParameterError("there is nothing to draw with", where="rng", fix="Give a numpy random generator.")
        else:
            upper, lower = shuffled_p_values(x, weights, permutations=permutations, rng=rng)
        two_sided = np.minimum(2 * np.minimum(upper, lower), 1.0)
    return GiStar(
        z=z,
        p_upper=upper,
        p_two_sided=two_sided,
        n_neighbours=n_neighbours,
        local_sum=local_sum,
        test=test,
        permutations=permutations if test == "monte-carlo" else None,
    )


def hotspots(
    values: ArrayLike,
    neighbours: csr_array,
    *,
    test: Test = "exact",
    correction: Correction = "benjamini-hochberg",
    alpha: float = 0.05,
    permutations: int = 999,
    rng: Generator | None = None,
) -> Hotspots:
    """
    Call cells hot where Gi* is significantly high, with the false ones among them bounded.

    Parameters
    ----------
    values, neighbours, test, permutations, rng
        As `gistar` takes them.
    correction
        As `adjusted_p_values` takes it.
    alpha
        The rate to keep to: with Benjamini-Hochberg, the expected share of false ones among cells called hot.

    Returns
    -------
    Hotspots

    Raises
    ------
    InputError
        As `gistar`, and if `alpha` is not between 0 and 1.
    """
    rate = require_alpha(alpha)
    found = gistar(values, neighbours, test=test, permutations=permutations, rng=rng)
    q_value = adjusted_p_values(found.p_upper, correction=correction)
    return Hotspots(gistar=found, q_value=q_value, hotspot=q_value <= rate, alpha=rate, correction=correction)
