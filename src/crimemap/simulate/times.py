"""Days and hours of the period that is simulated."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from crimemap.periods import month_after

__all__ = ["Calendar", "draw_days"]

_HOURS_IN_DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """
    The months, as days since the first of them began.

    Attributes
    ----------
    start
        Shape (m + 1,). The day on which each month begins, and the day after the last one.
    """

    first_day: date
    start: NDArray[np.int64]

    @classmethod
    def of(cls, months: list[str]) -> "Calendar":
        """
        Make the calendar of a run of months.

        Examples
        --------
        >>> Calendar.of(["2024-01", "2024-02"]).start.tolist()
        [0, 31, 60]
        """
        firsts = [date.fromisoformat(f"{month}-01") for month in [*months, month_after(months[-1])]]
        return cls(first_day=firsts[0], start=np.asarray([(day - firsts[0]).days for day in firsts]))

    @property
    def days(self) -> int:
        """Count the days of the period."""
        return int(self.start[-1])

    def month_of(self, day: NDArray[np.float64]) -> NDArray[np.int64]:
        """Give the index of the month in which each day lies."""
        return np.searchsorted(self.start, day, side="right") - 1

    def timestamps(self, day: NDArray[np.float64]) -> NDArray[np.datetime64]:
        """Give moments, to the minute."""
        minutes = np.floor(day * _HOURS_IN_DAY * 60).astype("timedelta64[m]")
        return np.datetime64(self.first_day, "m") + minutes


def draw_days(
    calendar: Calendar, counts: NDArray[np.int64], hour: tuple[float, float], rng: Generator
) -> NDArray[np.float64]:
    """
    Draw moments: so many in each month, uniform over its days, gathered round an hour.

    Parameters
    ----------
    counts
        Shape (m,). Moments to draw in each month.
    hour
        Hour of the day, and concentration (von Mises kappa; 0 is any hour).

    Returns
    -------
    Shape (sum of counts,). Days since the period began.
    """
    month = np.repeat(np.arange(len(counts)), counts)
    length = np.diff(calendar.start)[month]
    day = calendar.start[month] + np.floor(rng.random(len(month)) * length)
    turn = (rng.vonmises(0, hour[1], len(month)) / (2 * np.pi) + hour[0] / _HOURS_IN_DAY) % 1.0
    return np.asarray(day + np.minimum(turn, 1 - 1e-9), dtype=np.float64)
