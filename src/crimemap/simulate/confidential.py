"""
The force's own records of some offences: true positions, and between which times it must have happened.

They hold the month that was never published, and what police.uk does not say: the address, the force's own words for the
offence, the two times. The moment itself, and which burglary followed which, stand in the truth alone.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from crimemap.simulate.mix import OFFENCES
from crimemap.simulate.processes import Incidents
from crimemap.simulate.times import Calendar

__all__ = ["OWN_WORDS", "Records", "make_records"]

#: The force's own words, the offence type that police.uk publishes them as, and their share of that type's incidents.
OWN_WORDS: Final = {
    "Burglary": (
        ("BURGLARY RESIDENTIAL - HOME", 0.68),
        ("BURGLARY RESIDENTIAL - SHED OR GARAGE", 0.12),
        ("BURGLARY BUSINESS AND COMMUNITY", 0.20),
    ),
    "Robbery": (("ROBBERY OF PERSONAL PROPERTY", 0.88), ("ROBBERY OF BUSINESS PROPERTY", 0.12)),
    "Vehicle crime": (("THEFT FROM MOTOR VEHICLE", 0.55), ("THEFT OF MOTOR VEHICLE", 0.33), ("VEHICLE INTERFERENCE", 0.12)),
    "Violence and sexual offences": (("ASSAULT - DOMESTIC", 0.20), ("SEXUAL OFFENCE", 0.05)),
}  # fmt: skip
_UNLOCATED: Final = 0.004
_MINUTES: Final = 1440
#: Median hours between the two times, and how widely they spread.
_HOURS: Final = {
    "Burglary": (7.0, 0.9),
    "Vehicle crime": (9.0, 0.6),
    "Robbery": (0.2, 0.3),
    "Violence and sexual offences": (0.5, 0.8),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """
    The force's own records, in the order in which they were taken down.

    Attributes
    ----------
    incident
        Shape (r,). Index of the incident each is about.
    number
        Shape (r,). "WP/2024/000123".
    words
        Shape (r,). The force's own words for the offence.
    start, end
        Shape (r,). Days since the first month began, to the minute, both in the month in which it happened.
    located
        Shape (r,). Whether the position was taken down.
    """

    incident: NDArray[np.int64]
    number: NDArray[np.object_]
    words: NDArray[np.object_]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    located: NDArray[np.bool_]


def make_records(incidents: Incidents, months: list[str], rng: Generator) -> Records:
    """Take down the force's own records."""
    calendar = Calendar.of(months)
    words = np.full(len(incidents), None, dtype=object)
    hours = np.zeros(len(incidents))
    for offence, kinds in OWN_WORDS.items():
        these = np.flatnonzero(incidents.offence == OFFENCES.index(offence))
        shares = [share for _, share in kinds]
        drawn = rng.choice(len(kinds) + 1, len(these), p=np.asarray([*shares, max(0.0, 1 - sum(shares))]))
        words[these] = np.asarray([*(kind for kind, _ in kinds), None], dtype=object)[drawn]
        median, spread = _HOURS[offence]
        hours[these] = median * np.exp(rng.normal(0, spread, len(these)))
    chosen = np.flatnonzero(words != None)  # noqa: E711 - elementwise
    chosen = chosen[np.argsort(incidents.day[chosen], kind="stable")]
    before = rng.random(len(chosen))
    day, length = incidents.day[chosen], hours[chosen] / 24
    first, last = calendar.start[incidents.month[chosen]], calendar.start[incidents.month[chosen] + 1]
    start = np.floor(np.maximum(day - before * length, first) * _MINUTES) / _MINUTES
    end = np.ceil(np.minimum(day + (1 - before) * length, last - 1 / _MINUTES) * _MINUTES) / _MINUTES
    number = np.asarray([f"WP/{months[m][:4]}/{k + 1:06d}" for k, m in enumerate(incidents.month[chosen])], dtype=object)
    return Records(
        incident=chosen,
        number=number,
        words=words[chosen],
        start=start,
        end=end,
        located=rng.random(len(chosen)) >= _UNLOCATED,
    )
