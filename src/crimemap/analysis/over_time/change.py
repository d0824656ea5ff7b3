"""
Has recorded crime changed? Twelve months against the twelve before, month paired with month.

Pairing takes season out, and a month that either year lacks is left out of both. Given the two years' total, the latest
year's share is one half if nothing changed. Counts of crime vary more than Poisson counts do, so the share's variance is
multiplied by the dispersion seen among the pairs (Pearson's statistic over its degrees of freedom, never below 1;
McCullagh and Nelder 1989, section 4.5). Where there are twenty series or more, each dispersion borrows strength from
those of series of its size (`crimemap.analysis.over_time.dispersion`). The ratio is read from Student's t with the
degrees of freedom that the dispersion then has. The exact binomial test is made too, and the larger of the two p-values
counts: the test never claims more than either. Nor is a change claimed that rests on one month: p is at least what it is
without the pair that speaks most for the change, where that is above the rate of false claims.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from crimemap.analysis.over_time.dispersion import squeezed_dispersion
from crimemap.analysis.significance import adjusted_p_values
from crimemap.errors import InputError

__all__ = ["LESS", "MORE", "NO_CLEAR_CHANGE", "TOO_FEW", "YearChange", "compare_years", "one_family"]

TOO_FEW, NO_CLEAR_CHANGE, MORE, LESS = 0, 1, 2, 3

_FEWEST_INCIDENTS: Final = 20
_FEWEST_PAIRS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class YearChange:
    """
    The comparison of many series at once; every array has shape (n,).

    Attributes
    ----------
    now, before
        Incidents in the months that both years have.
    pairs
        Months compared.
    dispersion
        Variance of monthly counts over what chance alone would give; at least 1.
    p_value, q_value
        Two-sided; the latter with Benjamini-Hochberg over all series that were tested. 1 where there is too little to test.
    verdict
        `MORE`, `LESS`, `NO_CLEAR_CHANGE` or `TOO_FEW`.
    alpha
        The rate of false claims of change that verdicts keep to.
    """

    now: NDArray[np.int64]
    before: NDArray[np.int64]
    pairs: NDArray[np.int64]
    dispersion: NDArray[np.float64]
    p_value: NDArray[np.float64]
    q_value: NDArray[np.float64]
    verdict: NDArray[np.int8]
    alpha: float


def compare_years(now: ArrayLike, before: ArrayLike, usable: ArrayLike, *, alpha: float = 0.05) -> YearChange:
    """
    Compare each series' latest months with the same months a year earlier.

    Parameters
    ----------
    now, before
        Shape (n, k). Incidents of k months, and of the same calendar months a year earlier.
    usable
        Shape (n, k). True where both counts are known.
    alpha
        False discovery rate over the n series.

    Returns
    -------
    YearChange
        `TOO_FEW` below 20 incidents in both years together, or below 6 pairs of months.

    Raises
    ------
    InputError
        If shapes differ or a count is negative.

    Examples
    --------
    >>> found = compare_years([[30] * 12, [11] * 12, [1] * 12], [[10] * 12, [10] * 12, [0] * 12], np.ones((3, 12)))
    >>> found.verdict == [MORE, NO_CLEAR_CHANGE, TOO_FEW]
    array([ True,  True,  True])
    """
    latest, earlier = np.asarray(now, dtype=np.int64), np.asarray(before, dtype=np.int64)
    use = np.asarray(usable, dtype=bool)
    if latest.ndim != 2 or latest.shape != earlier.shape or latest.shape != use.shape:  # noqa: PLR2004 - two axes
        raise InputError(f"shapes {latest.shape}, {earlier.shape} and {use.shape} of the two years differ")
    if (latest[use] < 0).any() or (earlier[use] < 0).any():
        raise InputError("a count is negative", where="counts")
    latest, earlier = np.where(use, latest, 0), np.where(use, earlier, 0)
    x, y, pairs = latest.sum(axis=1), earlier.sum(axis=1), use.sum(axis=1)
    enough = (x + y >= _FEWEST_INCIDENTS) & (pairs >= _FEWEST_PAIRS)
    dispersion = _dispersion(latest, earlier, pairs)
    p = np.ones(len(x))
    if enough.any():
        n = (x + y)[enough]
        phi, df = squeezed_dispersion(dispersion[enough], pairs[enough] - 1, n / (2 * pairs[enough]))
        dispersion[enough] = phi = np.maximum(phi, 1.0)
        t = np.abs(x - y)[enough] / np.sqrt(phi * n)
        exact = np.minimum(2 * stats.binom.cdf(np.minimum(x, y)[enough], n, 0.5), 1.0)
        p[enough] = np.maximum(2 * stats.t.sf(t, df), exact)
        rest = _without_one_month(latest[enough], earlier[enough], phi, df - 1)
        p[enough] = np.where(rest > alpha, np.maximum(p[enough], rest), p[enough])
    q, verdict = _judged(x, y, p, enough, alpha)
    dispersion = np.maximum(dispersion, 1.0)
    return YearChange(
        now=x, before=y, pairs=pairs, dispersion=dispersion, p_value=p, q_value=q, verdict=verdict, alpha=alpha
    )


def one_family(parts: Sequence[YearChange]) -> list[YearChange]:
    """
    Judge comparisons that were made apart as one family of tests: the false discovery rate holds over all of them.

    Forces whose latest months differ are compared apart, but their sentences stand in one release.

    Parameters
    ----------
    parts
        Of one alpha.

    Raises
    ------
    InputError
        If they keep to different rates.

    Examples
    --------
    A change that stands alone, and beside ninety-nine series without one.

    >>> alone = compare_years([[26] * 12], [[21] * 12], np.ones((1, 12)))
    >>> others = compare_years([[21] * 12] * 99, [[21] * 12] * 99, np.ones((99, 12)))
    >>> [one.verdict[0] == MORE for one in (alone, one_family([alone, others])[0])]
    [np.True_, np.False_]
    """
    if len({one.alpha for one in parts}) > 1:
        raise InputError("comparisons keep to different rates of false claims", where="alpha", fix="Use one for all.")
    if not parts:
        return []
    ends = np.cumsum([len(one.now) for one in parts])[:-1]
    x, y, p = (np.concatenate([getattr(one, name) for one in parts]) for name in ("now", "before", "p_value"))
    enough = np.concatenate([one.verdict for one in parts]) != TOO_FEW
    q, verdict = _judged(x, y, p, enough, parts[0].alpha)
    return [
        replace(one, q_value=its_q, verdict=its_verdict)
        for one, its_q, its_verdict in zip(parts, np.split(q, ends), np.split(verdict, ends), strict=True)
    ]


def _judged(
    now: NDArray[np.int64], before: NDArray[np.int64], p: NDArray[np.float64], enough: NDArray[np.bool_], alpha: float
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Adjust the p-values of what has enough to test, and give the verdicts."""
    q = np.ones(len(p))
    if enough.any():
        q[enough] = adjusted_p_values(p[enough])
    verdict = np.full(len(p), TOO_FEW, dtype=np.int8)
    verdict[enough] = NO_CLEAR_CHANGE
    verdict[enough & (q <= alpha) & (now > before)] = MORE
    verdict[enough & (q <= alpha) & (now < before)] = LESS
    return q, verdict


def _without_one_month(
    latest: NDArray[np.int64], earlier: NDArray[np.int64], phi: NDArray[np.float64], df: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give p without the pair that speaks most for the change: one month's fair or fraud is no change of a year."""
    apart = latest - earlier
    way = np.sign(apart.sum(axis=1))
    telling = np.argmax(apart * way[:, None], axis=1)[:, None]
    left = apart.sum(axis=1) - np.take_along_axis(apart, telling, axis=1)[:, 0]
    n = (latest + earlier).sum(axis=1) - np.take_along_axis(latest + earlier, telling, axis=1)[:, 0]
    # What is left may point the other way, or be nothing at all.
    t = np.maximum(left * way, 0) / np.sqrt(phi * np.maximum(n, 1))
    return np.asarray(2 * stats.t.sf(t, df), dtype=np.float64)


def _dispersion(latest: NDArray[np.int64], earlier: NDArray[np.int64], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give Pearson's statistic of the pairs' shares about the common share, over its degrees of freedom."""
    both = latest + earlier
    total = both.sum(axis=1)
    share = np.divide(latest.sum(axis=1), total, out=np.full(len(total), 0.5), where=total > 0)[:, None]
    variance = both * share * (1 - share)
    squares = (latest - both * share) ** 2
    pearson = np.divide(squares, variance, out=np.zeros_like(squares), where=variance > 0).sum(axis=1)
    return np.asarray(pearson / np.maximum(pairs - 1, 1), dtype=np.float64)
