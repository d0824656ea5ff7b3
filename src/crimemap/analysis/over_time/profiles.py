"""
Profiles of the day and the week: when incidents happen, with how sure one can be.

Incidents between two times are spread by aoristic weights. The interval of a bin is that of Fay and Feuer (1997,
doi:10.1002/(SICI)1097-0258(19970415)16:7<791::AID-SIM500>3.0.CO;2-#) for a sum of weighted Poisson counts; where all times
are exact it is Garwood's.

The mean hour is the circular mean (Fisher 1993, doi:10.1017/CBO9780511564345): hours are angles, so that 23:00 and 01:00
average to midnight. An incident between two times contributes the mean of its directions, which is shorter than 1 the
longer the interval is. The interval of the mean is the large-sample one, the sum of the contributions' squared sideways
parts being its variance. Rayleigh's test asks whether there is any preferred hour at all; without one the mean says
nothing, and none is given.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import chi2, norm

from crimemap.analysis.over_time.aoristic import aoristic_weights, require_intervals
from crimemap.analysis.significance import require_alpha
from crimemap.errors import EmptyInputError, ParameterError

__all__ = ["CYCLES", "CircularMean", "Cycle", "Profile", "circular_mean", "profile", "weighted_interval"]

Cycle = Literal["hour of day", "day of week", "hour of week"]
_DAY, _WEEK = 24.0, 168.0
#: Length of each cycle in hours, and its bins.
CYCLES: Final[dict[Cycle, tuple[float, int]]] = {
    "hour of day": (_DAY, 24),
    "day of week": (_WEEK, 7),
    "hour of week": (_WEEK, 168),
}
_CHUNK: Final = 20_000
_NO_DIRECTION: Final = 1e-20

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profile:
    """
    Incidents by bin of a cycle.

    Attributes
    ----------
    incidents
        Shape (n_bins,). Sum of the weights; they add up to the number of incidents.
    low, high
        Shape (n_bins,). The interval: by how much each could differ by chance.
    n
        Incidents.
    cycle, confidence
        What was asked for.
    """

    incidents: Floats
    low: Floats
    high: Floats
    n: int
    cycle: Cycle
    confidence: float

    @property
    def parameters(self) -> dict[str, Any]:
        """What made this result."""
        return {"cycle": self.cycle, "confidence": self.confidence}


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularMean:
    """
    The mean hour of the day.

    Attributes
    ----------
    hour, low, high
        The mean and its interval, hours from 0 to under 24; `low` is above `high` where the interval goes over midnight. Not
        a number where no hour is preferred, or the interval would go round the clock.
    strength
        Length of the mean direction: 0 for any hour alike, 1 for all at the same moment.
    p_value
        Rayleigh's: chance of such a strength if no hour were preferred.
    n, confidence
        Incidents, and what was asked for.
    """

    hour: float
    low: float
    high: float
    strength: float
    p_value: float
    n: int
    confidence: float


def weighted_interval(total: ArrayLike, squares: ArrayLike, *, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """
    Give the interval of a sum of Poisson counts that have weights of at most 1.

    Parameters
    ----------
    total, squares
        Shape (n,). Sums of the weights and of their squares.
    confidence
        Chance that the interval holds the mean.

    Returns
    -------
    low, high
        Shape (n,). 0 and 3.69 where there is nothing, as for a count of 0.

    Examples
    --------
    >>> low, high = weighted_interval([10.0, 0.0], [10.0, 0.0])
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([4.795, 0.0], [18.39, 3.689])
    """
    alpha = 1 - require_alpha(confidence)
    y, v = np.asarray(total, dtype=np.float64), np.asarray(squares, dtype=np.float64)
    some = (y > 0) & (v > 0)
    safe_y, safe_v = np.where(some, y, 1.0), np.where(some, v, 1.0)
    low = np.where(some, safe_v / (2 * safe_y) * chi2.ppf(alpha / 2, 2 * safe_y**2 / safe_v), 0.0)
    high = (v + 1) / (2 * (y + 1)) * chi2.ppf(1 - alpha / 2, 2 * (y + 1) ** 2 / (v + 1))
    return np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)


def profile(start: ArrayLike, end: ArrayLike, *, cycle: Cycle = "hour of day", confidence: float = 0.95) -> Profile:
    """
    Count incidents by hour of the day, day of the week, or hour of the week.

    Parameters
    ----------
    start, end
        Shape (n,). The times between which each happened, in hours since the midnight with which some Monday began, by the
        clock on the wall; equal where the time is known.
    cycle
        `hour of day`, `day of week` (Monday first) or `hour of week`.
    confidence
        Of the intervals.

    Raises
    ------
    EmptyInputError
        If there are no incidents.
    InputError
        If times are not finite or an interval runs backward.
    ParameterError
        If there is no such cycle, or `confidence` is not between 0 and 1.

    Examples
    --------
    >>> found = profile([30.0, 47.5], [30.0, 48.5], cycle="day of week")
    >>> found.incidents.tolist()
    [0.0, 1.5, 0.5, 0.0, 0.0, 0.0, 0.0]
    """
    if cycle not in CYCLES:
        raise ParameterError(f"{cycle!r} is no cycle", where="cycle", fix=f"Take one of: {', '.join(CYCLES)}.")
    first, last = require_intervals(start, end)
    if not first.size:
        raise EmptyInputError("no incident has a time", where="times", fix="Take a source with times of the day.")
    length, n_bins = CYCLES[cycle]
    total, squares = np.zeros(n_bins), np.zeros(n_bins)
    for begin in range(0, first.size, _CHUNK):
        chunk = slice(begin, begin + _CHUNK)
        weights = aoristic_weights(first[chunk], last[chunk], cycle=length, n_bins=n_bins)
        total += weights.sum(axis=0)
        squares += (weights**2).sum(axis=0)
    low, high = weighted_interval(total, squares, confidence=confidence)
    return Profile(incidents=total, low=low, high=high, n=first.size, cycle=cycle, confidence=confidence)


def circular_mean(start: ArrayLike, end: ArrayLike, *, confidence: float = 0.95) -> CircularMean:
    """
    Find the mean hour of the day, if there is one.

    Parameters
    ----------
    start, end
        Shape (n,). As `profile` takes them.
    confidence
        Of the interval; 1 less this is also the rate at which a preferred hour is claimed where there is none.

    Raises
    ------
    EmptyInputError
        If there are no incidents.
    InputError
        If times are not finite or an interval runs backward.
    ParameterError
        If `confidence` is not between 0 and 1.

    Examples
    --------
    >>> around_midnight = circular_mean([23, 1, 22.5, 25.5, 24], [23, 1, 22.5, 25.5, 24])
    >>> round(around_midnight.hour, 6) % 24, round(around_midnight.strength, 3)
    (0.0, 0.956)
    """
    alpha = 1 - require_alpha(confidence)
    first, last = require_intervals(start, end)
    if not first.size:
        raise EmptyInputError("no incident has a time", where="times", fix="Take a source with times of the day.")
    east, north = _direction(first, last)
    sum_east, sum_north = float(east.sum()), float(north.sum())
    length = float(np.hypot(sum_east, sum_north))
    squares = float((east**2 + north**2).sum())
    # Whole days leave rounding behind, which is no direction.
    p = float(np.exp(-(length**2) / squares)) if squares > _NO_DIRECTION * first.size else 1.0
    hour = low = high = np.nan
    if p <= alpha:
        angle = float(np.arctan2(sum_north, sum_east))
        sideways = north * np.cos(angle) - east * np.sin(angle)
        half = float(norm.isf(alpha / 2) * np.sqrt((sideways**2).sum()) / length)
        if half < np.pi:
            hour, low, high = (
                float(np.mod(turn / (2 * np.pi) * _DAY, _DAY)) for turn in (angle, angle - half, angle + half)
            )
    return CircularMean(
        hour=hour, low=low, high=high, strength=length / first.size, p_value=p, n=first.size, confidence=confidence
    )


def _direction(first: Floats, last: Floats) -> tuple[Floats, Floats]:
    """Give the mean direction of each interval: the integral of the unit vector over it, by its length."""
    turn = 2 * np.pi / _DAY
    middle, half = (first + last) / 2 * turn, (last - first) / 2 * turn
    shrunk = np.sinc(half / np.pi)
    return np.cos(middle) * shrunk, np.sin(middle) * shrunk
