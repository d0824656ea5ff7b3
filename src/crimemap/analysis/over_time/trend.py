"""
What a month would have if nothing had changed: a range from the months before, with season and over-dispersion.

The earlier months are fitted with a log-linear mean of a level and one yearly wave, log m(t) = a + b cos(2 pi t / 12) +
c sin(2 pi t / 12), by quasi-likelihood: variance phi m, phi being Pearson's statistic over its degrees of freedom and never
below 1 (McCullagh and Nelder 1989, section 9.2). There is no slope: the range is that of no change. A new month's range is
Farrington's (Farrington, Andrews, Beale and Catchpole 1996, doi:10.2307/2983331, section 3.6), symmetric after the 2/3 power
that takes the skew out of counts: m (1 +- (2/3) q sqrt(phi m + var(m)) / m)^(3/2). Where they take a normal quantile for q,
here it is Student's t with the degrees of freedom of phi, and the rate of error is divided by the months looked at
(Bonferroni): the range holds all of them at once.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from crimemap.analysis.significance import require_alpha
from crimemap.errors import InputError, ParameterError

__all__ = ["FEWEST_INCIDENTS", "FEWEST_MONTHS", "ExpectedRange", "expected_range"]

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
    if (values[use] < 0).any():
        raise InputError("a count is negative", where="counts")
    if latest < 1:
        raise ParameterError(f"{latest} months are none", where="latest", fix="Give 1 or more; 12 is usual.")
    require_alpha(confidence)
    earlier = np.flatnonzero(use[: max(len(values) - latest, 0)])
    y = values[earlier].astype(np.float64)
    if len(y) < FEWEST_MONTHS or y.sum() < FEWEST_INCIDENTS:
        return _none(latest, len(y), int(y.sum()), confidence)
    x, ahead = _wave(earlier), _wave(np.arange(len(values) - latest, len(values)))
    beta, covariance = _fitted(x, y)
    df = len(y) - _TERMS
    fitted = np.exp(x @ beta)
    dispersion = max(float(((y - fitted) ** 2 / fitted).sum()) / df, 1.0)
    mean = np.exp(ahead @ beta)
    of_mean = mean**2 * dispersion * np.einsum("ij,jk,ik->i", ahead, covariance, ahead)
    quantile = float(stats.t.isf((1 - confidence) / (2 * latest), df))
    reach = 2 / 3 * quantile * np.sqrt(dispersion * mean + of_mean) / mean
    low = mean * np.maximum(1 - reach, 0) ** 1.5
    high = mean * (1 + reach) ** 1.5
    return ExpectedRange(
        low=np.ceil(low).astype(np.int64),
        high=np.floor(high).astype(np.int64),
        expected=mean,
        dispersion=dispersion,
        months=len(y),
        incidents=int(y.sum()),
        confidence=confidence,
    )


def _none(latest: int, months: int, incidents: int, confidence: float) -> ExpectedRange:
    return ExpectedRange(
        low=np.full(latest, -1, dtype=np.int64),
        high=np.full(latest, -1, dtype=np.int64),
        expected=np.full(latest, np.nan),
        dispersion=float("nan"),
        months=months,
        incidents=incidents,
        confidence=confidence,
    )


def _wave(at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give level, cosine and sine of each month; which calendar month is 0 makes no difference."""
    angle = 2 * np.pi * at / _YEAR
    return np.column_stack([np.ones(len(at)), np.cos(angle), np.sin(angle)])


def _fitted(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Fit the log-linear mean by iterated weighted least squares.

    Returns
    -------
    beta, covariance
        Shape (3,) and (3, 3); the latter without the dispersion.
    """
    mean: NDArray[np.float64] = np.maximum(y, 0.5)
    beta: NDArray[np.float64] = np.zeros(_TERMS)
    for _ in range(_ROUNDS):
        response = np.log(mean) + (y - mean) / mean
        new = np.asarray(np.linalg.solve((x.T * mean) @ x, (x.T * mean) @ response), dtype=np.float64)
        # A first step from zeros can be far off; a bounded exponent lets the next one come back.
        mean = np.exp(np.clip(x @ new, -20, 30))
        settled = np.allclose(new, beta, rtol=0, atol=1e-10)
        beta = new
        if settled:
            break
    return beta, np.asarray(np.linalg.inv((x.T * mean) @ x), dtype=np.float64)
