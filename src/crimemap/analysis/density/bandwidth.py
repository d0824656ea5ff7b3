"""
Rules that choose a bandwidth from the points.

Both read both axes and use the rate of the plane, n^(-1/6). They are meant for one cloud of points of normal shape; crime
comes in many, so they smooth too much: take them as the upper end of what to try.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.density.kernels import Kernel, equivalent_bandwidth
from crimemap.checks import require_coordinates
from crimemap.errors import EmptyInputError, InputError

__all__ = ["require_weights", "scott_bandwidth", "silverman_bandwidth"]

_FEWEST: Final = 3
_QUARTILES_OF_NORMAL: Final = 1.3489795003921634

Floats = NDArray[np.float64]


def require_weights(weights: ArrayLike | None, n: int) -> Floats:
    """
    Insist on one finite weight of 0 or more for each point; 1 each where none is given.

    Raises
    ------
    InputError
        If they are not.
    """
    if weights is None:
        return np.ones(n)
    given = np.asarray(weights, dtype=np.float64).ravel()
    if given.size != n:
        raise InputError(f"{given.size} weights for {n} positions", where="weights", fix="Give one for each position.")
    bad = int((~np.isfinite(given) | (given < 0)).sum())
    if bad:
        raise InputError(f"{bad} of {n} weights are negative or not finite", where="weights", fix="Weights are 0 or more.")
    return given


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    """Quantile of values repeated by their weights, interpolated as numpy does for whole weights."""
    order = np.argsort(values, kind="stable")
    ends = np.cumsum(weights[order])
    position = share * (ends[-1] - 1)
    low = values[order][min(np.searchsorted(ends, np.floor(position), side="right"), values.size - 1)]
    high = values[order][min(np.searchsorted(ends, np.ceil(position), side="right"), values.size - 1)]
    return float(low + (high - low) * (position - np.floor(position)))


def _spread(x: Floats, weights: Floats) -> float:
    total = weights.sum()
    mean = (weights * x).sum() / total
    return float(np.sqrt((weights * (x - mean) ** 2).sum() / (total - 1)))


def _rule(easting: ArrayLike, northing: ArrayLike, weights: ArrayLike | None, *, robust: bool) -> float:
    x, y = require_coordinates(easting, northing, where="incidents")
    w = require_weights(weights, x.size)
    n = float(w.sum())
    if n < _FEWEST:
        raise EmptyInputError(
            f"{n:g} incidents are too few to choose a bandwidth from",
            where="bandwidth",
            fix="Give a bandwidth in metres, or a longer period.",
        )
    spreads = []
    for axis in (x, y):
        spread = _spread(axis, w)
        quartiles = _quantile(axis, w, 0.75) - _quantile(axis, w, 0.25)
        spreads.append(min(spread, quartiles / _QUARTILES_OF_NORMAL) if robust and quartiles > 0 else spread)
    if min(spreads) <= 0:
        raise EmptyInputError(
            "all incidents lie at one place or on one line of the grid, which says nothing about a bandwidth",
            where="bandwidth",
            fix="Give a bandwidth in metres.",
        )
    return float(np.sqrt(spreads[0] * spreads[1]) * n ** (-1 / 6))


def scott_bandwidth(
    easting: ArrayLike, northing: ArrayLike, *, weights: ArrayLike | None = None, kernel: Kernel = "gaussian"
) -> float:
    """
    Choose a bandwidth by Scott's rule (1992, doi:10.1002/9780470316849).

    The geometric mean of both axes' standard deviations times n^(-1/6), as spatstat's `bw.scott.iso`.

    Parameters
    ----------
    easting, northing
        Shape (n,). Metres, EPSG:27700.
    weights
        Shape (n,). Incidents at each position; 1 each where not given.
    kernel
        The kernel it is for; see `equivalent_bandwidth`.

    Returns
    -------
    float
        Metres.

    Raises
    ------
    EmptyInputError
        If there are fewer than 3 incidents, or all lie at one place or on one grid line.

    Examples
    --------
    >>> round(scott_bandwidth([1000, 1100, 1200, 1300], [5000, 5300, 5100, 5200]), 3)
    102.466
    """
    return equivalent_bandwidth(_rule(easting, northing, weights, robust=False), kernel=kernel)


def silverman_bandwidth(
    easting: ArrayLike, northing: ArrayLike, *, weights: ArrayLike | None = None, kernel: Kernel = "gaussian"
) -> float:
    """
    Choose a bandwidth by Silverman's rule (1986, doi:10.1201/9781315140919) with his robust spread.

    On the plane the rule's factor is 1, as in Scott's; what differs is the spread: of each axis the smaller of the standard
    deviation and the interquartile range over 1.349, so that a few incidents far away do not widen it.

    Parameters
    ----------
    easting, northing, weights, kernel
        As `scott_bandwidth` takes them.

    Returns
    -------
    float
        Metres.

    Raises
    ------
    EmptyInputError
        As `scott_bandwidth`.

    Examples
    --------
    >>> round(silverman_bandwidth([1000, 1100, 1200, 9900], [5000, 5300, 5100, 5200]), 3)
    345.59
    """
    return equivalent_bandwidth(_rule(easting, northing, weights, robust=True), kernel=kernel)
