"""
Whether rates have changed between two periods, which need not be of the same length.

Two tests of many areas or cells at once:

* **Poisson**: the E-test of Krishnamoorthy and Thomson (2004, doi:10.1016/S0378-3758(02)00408-1), exact but for the common
  rate being estimated. It holds where incidents are independent of each other.
* **over-dispersed**: counts of crime vary more than Poisson counts do, since one offender or one night makes several. The
  variance is multiplied by the dispersion seen among the months (Pearson's statistic over its degrees of freedom, never
  below 1; McCullagh and Nelder 1989, section 4.5), the share of the later period is tested by its score, read from
  Student's t, and the larger of that p and the exact binomial p counts: the test never claims more than either.

The interval of the ratio goes with the test: Clopper and Pearson's exact one of the share for Poisson counts; the values
that the score test would not reject, no narrower than that, for over-dispersed ones.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from crimemap.analysis.over_time.change import LESS, MORE, NO_CLEAR_CHANGE, TOO_FEW
from crimemap.analysis.over_time.change_e_test import e_test
from crimemap.analysis.significance import Correction, adjusted_p_values, require_alpha
from crimemap.errors import EmptyInputError, InputError, ParameterError

__all__ = ["CHANGE_TESTS", "ChangeTest", "RateChange", "compare_rates"]

ChangeTest = Literal["over-dispersed", "poisson"]
CHANGE_TESTS: Final[tuple[ChangeTest, ...]] = get_args(ChangeTest)

_FEWEST_INCIDENTS: Final = 20
_FEWEST_DEGREES: Final = 4

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RateChange:
    """
    The comparison of many areas; arrays have shape (n,), in the order of the areas.

    Attributes
    ----------
    before, after
        Incidents in the months with data.
    months_before, months_after
        Months with data.
    ratio
        Rate after over rate before; infinite where there was none before, not a number where there is none at all.
    ratio_low, ratio_high
        The interval of the ratio: 1 - `alpha` of such intervals hold it. Not corrected for looking at many areas.
    dispersion
        Variance of monthly counts over what chance alone would give, at least 1; 1 for the Poisson test.
    p_value, q_value
        Two-sided; the latter corrected over all areas that were tested. Not a number where there is too little to test.
    verdict
        `MORE`, `LESS`, `NO_CLEAR_CHANGE` or `TOO_FEW`.
    test, paired, correction, alpha
        What was asked for; `paired`: month was compared with the same month of the calendar, which takes season out.
    """

    before: Ints
    after: Ints
    months_before: Ints
    months_after: Ints
    ratio: Floats
    ratio_low: Floats
    ratio_high: Floats
    dispersion: Floats
    p_value: Floats
    q_value: Floats
    verdict: NDArray[np.int8]
    test: ChangeTest
    paired: bool
    correction: Correction
    alpha: float

    @property
    def parameters(self) -> dict[str, Any]:
        """What made this result."""
        return {"test": self.test, "paired": self.paired, "correction": self.correction, "alpha": self.alpha}


def compare_rates(
    before: ArrayLike,
    after: ArrayLike,
    *,
    known_before: ArrayLike | None = None,
    known_after: ArrayLike | None = None,
    paired: bool = False,
    test: ChangeTest = "over-dispersed",
    correction: Correction = "benjamini-hochberg",
    alpha: float = 0.05,
) -> RateChange:
    """
    Compare the monthly rates of each area in two periods.

    Parameters
    ----------
    before, after
        Shape (n, k) and (n, m). Incidents by month.
    known_before, known_after
        The same shapes. False for months without data; their counts are not looked at.
    paired
        Column j of both periods is the same month of the calendar: season is taken out, and a month that either period
        lacks is left out of both. k and m must be equal.
    test
        `over-dispersed` or `poisson`.
    correction
        Over all areas that are tested.
    alpha
        The rate of false claims to keep to, and 1 less the confidence of the interval.

    Returns
    -------
    RateChange
        `TOO_FEW` below 20 incidents in both periods together, without a month in one of them, or, for the over-dispersed
        test, with fewer than 4 degrees of freedom to see the dispersion by (5 pairs of months; 6 months where not paired).

    Raises
    ------
    InputError
        If shapes differ, or a count is negative or not whole.
    EmptyInputError
        If a period has no months.
    ParameterError
        If there is no such test or correction, or `alpha` is not between 0 and 1.

    Examples
    --------
    >>> found = compare_rates([[9, 11, 10, 10, 9, 11], [2, 1, 0, 1, 2, 1]], [[22, 19, 20], [1, 1, 2]])
    >>> (found.verdict == [MORE, TOO_FEW]).tolist(), found.ratio.round(2).tolist()
    ([True, True], [2.03, 1.14])
    """
    require_alpha(alpha)
    if test not in CHANGE_TESTS:
        raise ParameterError(f"{test!r} is no test", where="test", fix=f"Take one of: {', '.join(CHANGE_TESTS)}.")
    old, have_old = _checked(before, known_before, "before")
    new, have_new = _checked(after, known_after, "after")
    if len(old) != len(new) or (paired and old.shape != new.shape):
        raise InputError(f"counts of shape {old.shape} before and {new.shape} after", fix="Give the same areas, in order.")
    if paired:
        have_old = have_new = have_old & have_new
    old, new = np.where(have_old, old, 0), np.where(have_new, new, 0)
    x, y, m, k = new.sum(axis=1), old.sum(axis=1), have_new.sum(axis=1), have_old.sum(axis=1)
    freedom = m - 1 if paired else m + k - 2
    enough = (x + y >= _FEWEST_INCIDENTS) & (m > 0) & (k > 0)
    dispersion = np.ones(len(x))
    if test == "over-dispersed":
        enough &= freedom >= _FEWEST_DEGREES
        pearson = _paired_pearson(new, old) if paired else _pearson(new, have_new) + _pearson(old, have_old)
        dispersion = np.maximum(pearson / np.maximum(freedom, 1), 1.0)
    share = np.divide(m, m + k, out=np.full(len(x), 0.5), where=m + k > 0)
    low, high = _exact_share(x, y, alpha)
    p = np.full(len(x), np.nan)
    if test == "poisson":
        p[enough] = e_test(x[enough], m[enough], y[enough], k[enough])
    else:
        p[enough] = _score_p(x, y, share, dispersion, freedom)[enough]
        quantile = np.where(freedom > 0, stats.t.isf(alpha / 2, np.maximum(freedom, 1)), np.inf)
        wider_low, wider_high = _score_share(x, y, dispersion * quantile**2)
        low, high = np.minimum(low, wider_low), np.maximum(high, wider_high)
    q = adjusted_p_values(p, correction=correction)
    more = x * k > y * m
    verdict = np.full(len(x), TOO_FEW, dtype=np.int8)
    verdict[enough] = NO_CLEAR_CHANGE
    clear = enough & (np.nan_to_num(q, nan=1.0) <= alpha)
    verdict[clear & more] = MORE
    verdict[clear & ~more] = LESS
    with np.errstate(divide="ignore", invalid="ignore"):
        longer = k / m
        ratio, ratio_low, ratio_high = (x * k) / (y * m), low / (1 - low) * longer, high / (1 - high) * longer
    unknown = (m == 0) | (k == 0)
    for limit in (ratio, ratio_low, ratio_high):
        limit[unknown] = np.nan
    return RateChange(
        before=y, after=x, months_before=k, months_after=m, ratio=ratio, ratio_low=ratio_low, ratio_high=ratio_high,
        dispersion=dispersion, p_value=p, q_value=q, verdict=verdict, test=test, paired=paired, correction=correction,
        alpha=alpha,
    )  # fmt: skip


def _checked(counts: ArrayLike, known: ArrayLike | None, name: str) -> tuple[Ints, NDArray[np.bool_]]:
    given = np.asarray(counts)
    if given.ndim != 2:  # noqa: PLR2004 - areas and months
        raise InputError(f"a table of {given.ndim} dimensions", where=name, fix="Give areas by months.")
    if not given.shape[1]:
        raise EmptyInputError("the period holds no month", where=name, fix="Take a longer period.")
    have = np.ones(given.shape, dtype=bool) if known is None else np.asarray(known, dtype=bool)
    if have.shape != given.shape:
        raise InputError(f"counts of shape {given.shape}, and {have.shape} are said to be known or not", where=name)
    used = np.where(have, given, 0)
    whole = used.astype(np.int64)
    if (whole != used).any() or (whole < 0).any():
        raise InputError("a count is negative or not a whole number", where=name, fix="Count incidents; 0 is the least.")
    return whole, have


def _pearson(counts: Ints, have: NDArray[np.bool_]) -> Floats:
    """Sum the squared deviations of the months from their mean, over that mean."""
    n = np.maximum(have.sum(axis=1), 1)
    mean = (counts.sum(axis=1) / n)[:, None]
    squares = np.where(have, (counts - mean) ** 2, 0.0)
    terms: Floats = np.divide(squares, mean, out=np.zeros_like(squares), where=mean > 0)
    return np.asarray(terms.sum(axis=1), dtype=np.float64)


def _paired_pearson(new: Ints, old: Ints) -> Floats:
    """Sum Pearson's statistic of the pairs' shares about their common share."""
    both = new + old
    total = both.sum(axis=1)
    share = np.divide(new.sum(axis=1), total, out=np.full(len(total), 0.5), where=total > 0)[:, None]
    variance = both * share * (1 - share)
    terms: Floats = np.divide((new - both * share) ** 2, variance, out=np.zeros(both.shape), where=variance > 0)
    return np.asarray(terms.sum(axis=1), dtype=np.float64)


def _exact_share(x: Ints, y: Ints, alpha: float) -> tuple[Floats, Floats]:
    low = np.where(x == 0, 0.0, stats.beta.ppf(alpha / 2, np.maximum(x, 1), y + 1))
    high = np.where(y == 0, 1.0, stats.beta.ppf(1 - alpha / 2, x + 1, np.maximum(y, 1)))
    return low, high


def _score_p(x: Ints, y: Ints, share: Floats, dispersion: Floats, freedom: Ints) -> Floats:
    n = x + y
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.abs(x - n * share) / np.sqrt(dispersion * n * share * (1 - share))
    tail = stats.t.sf(np.nan_to_num(score), np.maximum(freedom, 1))
    fewer, more = stats.binom.cdf(x, n, share), stats.binom.sf(x - 1, n, share)
    return np.asarray(np.minimum(np.maximum(2 * tail, 2 * np.minimum(fewer, more)), 1.0), dtype=np.float64)


def _score_share(x: Ints, y: Ints, spread: Floats) -> tuple[Floats, Floats]:
    """Find the shares that the score test does not reject (Wilson 1927), the variance being `spread` times as large."""
    n = np.maximum(x + y, 1)
    found = x / n
    with np.errstate(invalid="ignore"):
        middle = (found + spread / (2 * n)) / (1 + spread / n)
        half = np.sqrt(spread * found * (1 - found) / n + spread**2 / (4.0 * n**2)) / (1 + spread / n)
    endless = ~np.isfinite(spread)
    return np.where(endless, 0.0, np.maximum(middle - half, 0.0)), np.where(endless, 1.0, np.minimum(middle + half, 1.0))
