"""
The E-test of whether two Poisson rates are equal.

Krishnamoorthy and Thomson (2004, doi:10.1016/S0378-3758(02)00408-1): the p-value is the chance, under the common rate
estimated from both counts, of two counts whose standardised difference::

    T = (x / m - y / k) / sqrt(x / m**2 + y / k**2)

is as far from 0 as the one seen. For each x, |T| is as large below one y and above another, which are found by solving a
quadratic, so the double sum is a single one.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import pdtr, pdtrc
from scipy.stats import poisson

from crimemap.errors import InputError

__all__ = ["e_test"]

_TAIL: Final = 1e-15

Floats = NDArray[np.float64]


def e_test(x: ArrayLike, m: ArrayLike, y: ArrayLike, k: ArrayLike) -> Floats:
    """
    Test whether two Poisson rates are equal, for many pairs of counts.

    Parameters
    ----------
    x, y
        Shape (n,). Counts.
    m, k
        Shape (n,). What they are counted over: months, people.

    Returns
    -------
    ndarray of float64
        Shape (n,). Two-sided p-values; 1 where both counts are 0.

    Raises
    ------
    InputError
        If a count is negative or not whole, or an exposure not above 0.

    Examples
    --------
    The example of the paper: no seed of dodder in 100 g of clover from one farm, 3 from another.

    >>> e_test([0], [100], [3], [100]).round(5).tolist()
    [0.08838]
    """
    a, b = np.atleast_1d(np.asarray(x, dtype=np.float64)), np.atleast_1d(np.asarray(y, dtype=np.float64))
    over_a, over_b = (
        np.broadcast_to(np.asarray(m, dtype=np.float64), a.shape),
        np.broadcast_to(np.asarray(k, dtype=np.float64), b.shape),
    )
    if a.shape != b.shape or (a < 0).any() or (b < 0).any() or (np.floor(a) != a).any() or (np.floor(b) != b).any():
        raise InputError("counts are negative, not whole, or of two lengths", where="counts", fix="Count incidents.")
    if not ((over_a > 0) & (over_b > 0)).all():
        raise InputError("a count is over nothing", where="exposure", fix="Give months or people above 0.")
    # Areas with the same counts have the same p.
    rows, inverse = np.unique(np.column_stack([a, over_a, b, over_b]), axis=0, return_inverse=True)
    each = np.array([_one(*row) for row in rows.tolist()], dtype=np.float64)
    return each[inverse.ravel()] if len(each) else np.ones(0)


def _one(x: float, m: float, y: float, k: float) -> float:
    if x + y == 0:
        return 1.0
    square = (x / m - y / k) ** 2 / (x / m**2 + y / k**2)
    if square == 0:
        return 1.0
    rate = (x + y) / (m + k)
    first, last = poisson.ppf(_TAIL, rate * m), poisson.isf(_TAIL, rate * m)
    every = np.arange(max(first - 1, 0), last + 2)
    # T(x, v)**2 = square, solved for v / k.
    a = every / m
    middle = a + square / (2 * k)
    root = np.sqrt(np.maximum(middle**2 - a**2 + square * every / m**2, 0.0))
    # The counts seen lie on the limit: rounding must not put them inside it.
    below = np.floor((middle - root) * k + 1e-7)
    above = np.ceil((middle + root) * k - 1e-7)
    mean = rate * k
    low = np.where(below >= 0, pdtr(np.maximum(below, 0), mean), 0.0)
    high = np.where(above >= 1, pdtrc(np.maximum(above - 1, 0), mean), 1.0)
    # Without any incident at all there is no difference, whatever the limits say.
    reached = np.minimum(low + high, 1.0)
    if every[0] == 0:
        nothing = np.exp(-mean)
        reached[0] -= nothing if above[0] <= 0 or below[0] >= 0 else 0.0
    return float(min(1.0, (poisson.pmf(every, rate * m) * reached).sum()))
