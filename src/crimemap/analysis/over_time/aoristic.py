"""
Aoristic weights: an incident that happened between two times is spread over them.

Ratcliffe (2000, doi:10.1080/136588100424963): who comes home to a burglary knows when the house was left and when it was
found. Each incident has weight 1, which is shared out over the hours between the two times in proportion to how much of the
time between them lies in each hour. An incident whose time is known is wholly in its hour.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.checks import require_positive
from crimemap.errors import InputError, ParameterError

__all__ = ["aoristic_weights", "require_intervals"]

_MOST_BINS: Final = 10_000

Floats = NDArray[np.float64]


def require_intervals(start: ArrayLike, end: ArrayLike) -> tuple[Floats, Floats]:
    """
    Insist on pairs of finite times of which none ends before it begins.

    Raises
    ------
    InputError
        If lengths differ, a time is not finite, or an interval runs backward.
    """
    first, last = np.asarray(start, dtype=np.float64).ravel(), np.asarray(end, dtype=np.float64).ravel()
    if first.shape != last.shape:
        raise InputError(f"{first.size} times from and {last.size} times to", where="times", fix="Give both for each.")
    bad = int((~(np.isfinite(first) & np.isfinite(last))).sum())
    if bad:
        raise InputError(
            f"{bad} of {first.size} times are not finite",
            where="times",
            fix="Leave out incidents of which only the month is known.",
        )
    backward = int((last < first).sum())
    if backward:
        raise InputError(f"{backward} of {first.size} intervals end before they begin", where="times")
    return first, last


def aoristic_weights(start: ArrayLike, end: ArrayLike, *, cycle: float, n_bins: int) -> Floats:
    """
    Share each incident out over the bins of a cycle, such as the 24 hours of a day.

    Parameters
    ----------
    start, end
        Shape (n,). The times between which each happened, in any unit, from where the cycle begins; equal where the time is
        known. An interval longer than the cycle goes round it.
    cycle
        Length of the cycle in that unit: 24 for hours of the day, 168 for hours of the week.
    n_bins
        Bins of equal width in the cycle. A bin holds its lower end and not its upper end.

    Returns
    -------
    ndarray of float64
        Shape (n, n_bins). Each row sums to 1.

    Raises
    ------
    InputError
        If times are not finite or an interval runs backward.
    ParameterError
        If the cycle is not above 0, or there are no bins.

    Examples
    --------
    Between 22:30 and 01:00, and at 23:15.

    >>> aoristic_weights([22.5, 23.25], [25.0, 23.25], cycle=24, n_bins=24)[:, [22, 23, 0, 1]].round(3).tolist()
    [[0.2, 0.4, 0.4, 0.0], [0.0, 1.0, 0.0, 0.0]]
    """
    require_positive(cycle, name="cycle")
    if not 1 <= n_bins <= _MOST_BINS:
        raise ParameterError(f"{n_bins} bins cannot be made", where="n_bins", fix=f"Give 1 to {_MOST_BINS:,}.")
    first, last = require_intervals(start, end)
    width = cycle / n_bins
    weights = np.zeros((first.size, n_bins))
    length = last - first
    spread = length > 0
    if spread.any():
        begin = np.mod(first[spread], cycle)
        weights[spread] = (
            np.diff(_until(begin + length[spread], cycle, n_bins) - _until(begin, cycle, n_bins), axis=1)
            / length[spread, None]
        )
    exact = np.flatnonzero(~spread)
    at = np.minimum((np.mod(first[exact], cycle) / width).astype(np.int64), n_bins - 1)
    weights[exact, at] = 1.0
    return weights


def _until(time: Floats, cycle: float, n_bins: int) -> Floats:
    """Give the time before `time` that lies before each bin's edge within its round. Shape (n, n_bins + 1)."""
    edges = np.linspace(0, cycle, n_bins + 1)
    rounds = np.floor(time / cycle)[:, None]
    return rounds * edges + np.minimum(np.mod(time, cycle)[:, None], edges)
