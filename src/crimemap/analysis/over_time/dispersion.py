"""
Dispersions that borrow strength from one another.

How much a series' months vary is itself uncertain: twelve pairs of months give eleven degrees of freedom, and Student's t
of so few has tails so long that among thousands of series no change, however large, could be told from chance. Series
resemble each other, so each dispersion is drawn toward what series of its size have (Smyth 2004,
doi:10.2202/1544-6115.1027; for quasi-likelihood of counts Lund, Nettleton, McCarthy and Smyth 2012,
doi:10.1515/1544-6115.1826).

Dispersions phi with d degrees of freedom are taken as phi0(m) F(d, d0). phi0 grows with the mean count m as s (1 + a m),
the variance of a gamma mixture of Poisson counts; s and d0 match mean and variance of log phi. The posterior (d0 phi0 + d
phi) / (d0 + d) has d0 + d degrees of freedom: series that differ much from one another have a small d0, and are left
nearly as they are.

A few series are like no others: one month of a fair or of a fraud that is recorded at once. They borrow less the less
likely their dispersion is under the prior, compared with how many are as large (Phipson, Lee, Majewski, Alexander and
Smyth 2016, doi:10.1214/16-AOAS920), so that their own variation is believed.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma, polygamma
from scipy.stats import f

from crimemap.errors import InputError

__all__ = ["FEWEST_SERIES", "MOST_DEGREES", "squeezed_dispersion"]

#: Fewer series than this have nothing to lend each other.
FEWEST_SERIES: Final = 20
#: Degrees of freedom that the others may lend: a prior is never taken as certain.
MOST_DEGREES: Final = 30.0
_SMALLEST: Final = 0.05
_ROUNDS: Final = 5

Floats = NDArray[np.float64]


def squeezed_dispersion(dispersion: ArrayLike, degrees: ArrayLike, mean: ArrayLike) -> tuple[Floats, Floats]:
    """
    Draw dispersions toward those of series of their size.

    Parameters
    ----------
    dispersion
        Shape (n,). Pearson's statistic over its degrees of freedom; 0 or more.
    degrees
        Shape (n,). Above 0.
    mean
        Shape (n,). Mean count; above 0.

    Returns
    -------
    dispersion, degrees
        Shape (n,). As given where there are fewer than 20 series.

    Raises
    ------
    InputError
        If lengths differ, or a value is out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> phi, df = squeezed_dispersion(2 * rng.chisquare(11, 500) / 11, np.full(500, 11), np.full(500, 30.0))
    >>> bool(abs(phi - 2).max() < 1.5), bool(30 < df.max() <= 41)
    (True, True)
    """
    phi, d, m = (np.asarray(one, dtype=np.float64).ravel() for one in (dispersion, degrees, mean))
    if not phi.shape == d.shape == m.shape:
        raise InputError(f"{phi.size} dispersions, {d.size} degrees of freedom and {m.size} means", where="dispersion")
    if (phi < 0).any() or (d <= 0).any() or (m <= 0).any():
        raise InputError("a dispersion is negative, or a degree of freedom or a mean not above 0", where="dispersion")
    if phi.size < FEWEST_SERIES:
        return phi.copy(), d.copy()
    common = 1 + _growth(phi, m) * m
    log = np.log(np.maximum(phi / common, _SMALLEST)) - digamma(d / 2) + np.log(d / 2)
    excess = float(log.var(ddof=1) - polygamma(1, d / 2).mean())
    lent = min(2 * _inverse_trigamma(excess), MOST_DEGREES) if excess > 0 else MOST_DEGREES
    prior = common * np.exp(log.mean() + digamma(lent / 2) - np.log(lent / 2))
    lent_each = lent * _ordinary(phi / prior, d, lent)
    return (lent_each * prior + d * phi) / (lent_each + d), d + lent_each


def _ordinary(ratio: Floats, degrees: Floats, lent: float) -> Floats:
    """Give how likely each dispersion is to be one that the prior explains: its tail over the share that is as large."""
    tail = f.sf(ratio, degrees, lent)
    order = np.argsort(-ratio, kind="stable")
    seen = np.empty(ratio.size)
    seen[order] = (np.arange(ratio.size) + 0.5) / ratio.size
    likely = np.minimum(tail / seen, 1.0)
    # The larger the dispersion, the less it may borrow.
    likely[order] = np.maximum.accumulate(likely[order])
    return likely


def _growth(phi: Floats, mean: Floats) -> float:
    """Give a of 1 + a m by iterated weighted least squares: a dispersion's own error grows with its size."""
    slope = 0.0
    for _ in range(_ROUNDS):
        weight = 1 / (1 + slope * mean) ** 2
        slope = max(float((weight * mean * (phi - 1)).sum() / (weight * mean**2).sum()), 0.0)
    return slope


def _inverse_trigamma(value: float) -> float:
    """Solve trigamma(x) = value by Newton's steps on its reciprocal, which is nearly straight."""
    x = 0.5 + 1 / value
    for _ in range(50):
        here = float(polygamma(1, x))
        step = here * (1 - here / value) / float(polygamma(2, x))
        x += step
        if abs(step) < 1e-10 * x:
            break
    return x
