"""
What a month would have if nothing had changed: a range from the months before, with season and over-dispersion.

The earlier months are fitted with a log-linear mean of a level and one yearly wave, log m(t) = a + b cos(2 pi t / 12) + c
sin(2 pi t / 12), by quasi-likelihood: variance phi m, phi being Pearson's statistic over its degrees of freedom and never
below 1 (McCullagh and Nelder 1989, section 9.2). There is no slope: the range is that of no change. A new month's range
is Farrington's (Farrington, Andrews, Beale and Catchpole 1996, doi:10.2307/2983331, section 3.6), symmetric after the 2/3
power that takes the skew out of counts: m (1 +- (2/3) q sqrt(phi m + var(m)) / m)^(3/2). Where they take a normal
quantile for q, here it is Student's t with the degrees of freedom of phi, and the rate of error is divided by the months
looked at (Bonferroni): the range holds all of them at once.

The p-value of a month inverts that range: its count's distance from the mean on the scale of the 2/3 power, read from
Student's t. The exact Poisson p of the same mean is taken too, and the larger of the two counts.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from crimemap.analysis.significance import require_alpha
from crimemap.errors import InputError, ParameterError

__all__ = ["FEWEST_INCIDENTS", "FEWEST_MONTHS", "ExpectedRange", "ExpectedRanges", "expected_range", "expected_ranges"]

#: Earlier months with a count that a range needs: a year and a half, so that season is seen from more than one year.
FEWEST_MONTHS: Final = 18
#: Incidents in the earlier months that a range needs.
FEWEST_INCIDENTS: Final = 60
_TERMS: Final = 3
_ROUNDS: Final = 50
_YEAR: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedRange:
    """
    The range of each of the latest months.

    Attributes
    ----------
    low, high
        Shape (latest,). Smallest and largest whole number in the range; -1 in both if there is no range.
    expected
        Shape (latest,). The mean if nothing had changed; not a number if there is no range.
    dispersion
        Variance of months over what chance alone would give; at least 1. Not a number if there is no range.
    months, incidents
        What the range was worked out from.
    confidence
        Chance that all latest months are in their ranges if nothing changed.
    """

    low: NDArray[np.int64]
    high: NDArray[np.int64]
    expected: NDArray[np.float64]
    dispersion: float
    months: int
    incidents: int
    confidence: float

    @property
    def known(self) -> bool:
        """Say whether there was enough to work out a range."""
        return not np.isnan(self.dispersion)

    @property
    def parameters(self) -> dict[str, Any]:
        """Give what the range was worked out with."""
        return {
            "latest": len(self.low),
            "confidence": self.confidence,
            "fewest_months": FEWEST_MONTHS,
            "fewest_incidents": FEWEST_INCIDENTS,
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExpectedRanges:
    """
    The ranges of the latest months of many series.

    Attributes
    ----------
    low, high
        Shape (n, latest). Smallest and largest whole number in the range; -1 in both if there is no range.
    expected
        Shape (n, latest). The mean if nothing had changed; not a number if there is no range.
    p_value
        Shape (n, latest). Two-sided, of each month by itself; not a number without a range or without a count.
    dispersion
        Shape (n,). Variance of months over what chance alone would give; at least 1. Not a number if there is no range.
    months, incidents
        Shape (n,). What each range was worked out from.
    confidence
        Chance that all latest months of a series are in their ranges if nothing changed.
    """

    low: NDArray[np.int64]
    high: NDArray[np.int64]
    expected: NDArray[np.float64]
    p_value: NDArray[np.float64]
    dispersion: NDArray[np.float64]
    months: NDArray[np.int64]
    incidents: NDArray[np.int64]
    confidence: float

    @property
    def known(self) -> NDArray[np.bool_]:
        """Say for which series there was enough to work out a range."""
        return np.asarray(~np.isnan(self.dispersion))

    @property
    def parameters(self) -> dict[str, Any]:
        """Give what the ranges were worked out with."""
        return {
            "latest": self.low.shape[1],
            "confidence": self.confidence,
            "fewest_months": FEWEST_MONTHS,
            "fewest_incidents": FEWEST_INCIDENTS,
        }


def expected_range(counts: ArrayLike, known: ArrayLike, *, latest: int = _YEAR, confidence: float = 0.95) -> ExpectedRange:
    """
    Work out what each of the latest months of a series would have if nothing had changed.

    Parameters
    ----------
    counts
        Shape (n,). Incidents of months in a row.
    known
        Shape (n,). True where a month has a count; others are not looked at.
    latest
        How many months at the end get a range; they do not enter it.
    confidence
        Chance that all latest months are in their ranges if nothing changed.

    Returns
    -------
    ExpectedRange
        None (`known` is false) with fewer than 18 earlier months or fewer than 60 incidents in them.

    Raises
    ------
    InputError
        If shapes differ or a known count is negative.
    ParameterError
        If `latest` is not 1 or more, or `confidence` not between 0 and 1.

    Examples
    --------
    >>> found = expected_range([100] * 36, [True] * 36)
    >>> found.low[0].item(), found.high[0].item(), round(found.dispersion, 6)
    (68, 135, 1.0)
    """
    values, use = np.asarray(counts), np.asarray(known, dtype=bool)
    if values.ndim != 1 or values.shape != use.shape:
        raise InputError(f"shapes {values.shape} and {use.shape} of counts and known differ or are no series")
    found = expected_ranges(values[None, :], use[None, :], latest=latest, confidence=confidence)
    return ExpectedRange(
        low=found.low[0],
        high=found.high[0],
        expected=found.expected[0],
        dispersion=float(found.dispersion[0]),
        months=int(found.months[0]),
        incidents=int(found.incidents[0]),
        confidence=confidence,
    )


def expected_ranges(counts: ArrayLike, known: ArrayLike, *, latest: int = _YEAR, confidence: float = 0.95) -> ExpectedRanges:
    """
    Work out the ranges of many series of the same months at once, and how unlikely each latest count is.

    Parameters
    ----------
    counts
        Shape (n, m). Incidents of months in a row.
    known
        Shape (n, m). True where a month has a count; others are not looked at.
    latest
        How many months at the end get a range; they do not enter it.
    confidence
        Chance that all latest months of a series are in their ranges if nothing changed.

    Raises
    ------
    InputError
        If shapes differ or a known count is negative.
    ParameterError
        If `latest` is not 1 or more, or `confidence` not between 0 and 1.

    Examples
    --------
    >>> found = expected_ranges([[100] * 35 + [160]], np.ones((1, 36)), latest=1)
    >>> found.low[0].tolist(), found.high[0].tolist(), bool(found.p_value[0, 0] < 0.001)
    ([80], [122], True)
    """
    values, use = np.asarray(counts), np.asarray(known, dtype=bool)
    if values.ndim != 2 or values.shape != use.shape:  # noqa: PLR2004 - two axes
        raise InputError(f"shapes {values.shape} and {use.shape} of counts and known differ or are no series")
    if (values[use] < 0).any():
        raise InputError("a count is negative", where="counts")
    if latest < 1:
        raise ParameterError(f"{latest} months are none", where="latest", fix="Give 1 or more; 12 is usual.")
    require_alpha(confidence)
    n, length = values.shape
    until = max(length - latest, 0)
    weight = use[:, :until].astype(np.float64)
    earlier = np.where(use, values, 0)[:, :until].astype(np.float64)
    months, incidents = use[:, :until].sum(axis=1), earlier.sum(axis=1).astype(np.int64)
    enough = (months >= FEWEST_MONTHS) & (incidents >= FEWEST_INCIDENTS)
    low, high = np.full((n, latest), -1, dtype=np.int64), np.full((n, latest), -1, dtype=np.int64)
    expected, p, dispersion = np.full((n, latest), np.nan), np.full((n, latest), np.nan), np.full(n, np.nan)
    if enough.any():
        x, ahead = _wave(np.arange(until)), _wave(np.arange(until, length))
        y, w, df = earlier[enough], weight[enough], months[enough] - _TERMS
        beta, covariance = _fitted(x, y, w)
        fitted = np.exp(beta @ x.T)
        phi = np.maximum((w * (y - fitted) ** 2 / fitted).sum(axis=1) / df, 1.0)
        mean = np.exp(beta @ ahead.T)
        of_mean = mean**2 * phi[:, None] * np.einsum("ij,njk,ik->ni", ahead, covariance, ahead)
        spread = np.sqrt(phi[:, None] * mean + of_mean) / mean
        reach = 2 / 3 * stats.t.isf((1 - confidence) / (2 * latest), df)[:, None] * spread
        low[enough] = np.ceil(mean * np.maximum(1 - reach, 0) ** 1.5)
        high[enough] = np.floor(mean * (1 + reach) ** 1.5)
        expected[enough], dispersion[enough] = mean, phi
        p[enough] = np.where(use[enough, until:], _p_values(values[enough, until:], mean, spread, df), np.nan)
    return ExpectedRanges(
        low=low,
        high=high,
        expected=expected,
        p_value=p,
        dispersion=dispersion,
        months=months,
        incidents=incidents,
        confidence=confidence,
    )


def _p_values(
    count: NDArray[np.int64], mean: NDArray[np.float64], spread: NDArray[np.float64], df: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Give the two-sided p of counts; `spread` is the standard error over the mean."""
    given = np.maximum(count, 0)
    far = 1.5 * ((given / mean) ** (2 / 3) - 1) / spread
    exact = 2 * np.minimum(stats.poisson.cdf(given, mean), stats.poisson.sf(given - 1, mean))
    return np.asarray(np.minimum(np.maximum(2 * stats.t.sf(np.abs(far), df[:, None]), exact), 1.0), dtype=np.float64)


def _wave(at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give level, cosine and sine of each month; which calendar month is 0 makes no difference."""
    angle = 2 * np.pi * at / _YEAR
    return np.column_stack([np.ones(len(at)), np.cos(angle), np.sin(angle)])


def _fitted(
    x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Fit the log-linear mean of each series by iterated weighted least squares.

    Parameters
    ----------
    x
        Shape (m, 3).
    y, weight
        Shape (n, m); the weight of a month without a count is 0.

    Returns
    -------
    beta, covariance
        Shape (n, 3) and (n, 3, 3); the latter without the dispersion.
    """
    mean: NDArray[np.float64] = np.maximum(y, 0.5)
    beta: NDArray[np.float64] = np.zeros((len(y), _TERMS))
    for _ in range(_ROUNDS):
        response = np.log(mean) + (y - mean) / mean
        right = (weight * mean * response) @ x
        new = np.asarray(np.linalg.solve(_information(x, weight * mean), right[:, :, None])[:, :, 0], dtype=np.float64)
        # A first step from zeros can be far off; a bounded exponent lets the next one come back.
        mean = np.exp(np.clip(new @ x.T, -20, 30))
        settled = np.allclose(new, beta, rtol=0, atol=1e-10)
        beta = new
        if settled:
            break
    return beta, np.asarray(np.linalg.inv(_information(x, weight * mean)), dtype=np.float64)


def _information(x: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give x' W x of each series. Shape (n, 3, 3)."""
    products = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    return np.asarray((weight @ products).reshape(-1, _TERMS, _TERMS), dtype=np.float64)
