"""What the force publishes: which incidents, under which identifiers, with which outcomes, in which months."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from crimemap.offences import ANTI_SOCIAL_BEHAVIOUR
from crimemap.periods import month_after, months_between
from crimemap.simulate.mix import OFFENCES
from crimemap.simulate.processes import Incidents
from crimemap.simulate.streets import Sites

__all__ = ["FIRST_OUTCOMES", "LAST_MONTH", "NO_POINT", "Publication", "Schedule", "crime_ids", "make_schedule", "publish"]

LAST_MONTH: Final = "2025-12"
NO_POINT: Final = -1
_NEVER: Final = 10_000
_UNLOCATED: Final = 0.018
_LATE: Final = 0.004
_WITHDRAWN: Final = 0.002
_SAME_MONTH_REPEATS: Final = 0.0006
_LATER_REPEATS: Final = 0.0004

#: First outcomes; their shares differ for thefts and damage, for violence, and where there is an offender at hand.
FIRST_OUTCOMES: Final = (
    "Investigation complete; no suspect identified",
    "Unable to prosecute suspect",
    "Suspect charged",
    "Local resolution",
    "Offender given a caution",
    "Action to be taken by another organisation",
    "Further investigation is not in the public interest",
    "Formal action is not in the public interest",
    "Offender given a drugs possession warning",
)
_SHARES: Final = {
    "acquisitive": (0.72, 0.17, 0.06, 0.02, 0.005, 0.005, 0.01, 0.01, 0.0),
    "violent": (0.14, 0.62, 0.10, 0.04, 0.02, 0.05, 0.02, 0.01, 0.0),
    "caught": (0.08, 0.17, 0.35, 0.15, 0.09, 0.04, 0.02, 0.02, 0.08),
}
_SHARES_OF: Final = {
    "Drugs": "caught",
    "Possession of weapons": "caught",
    "Shoplifting": "caught",
    "Other crime": "violent",
    "Public order": "violent",
    "Violence and sexual offences": "violent",
}
COURT_OUTCOMES: Final = (
    "Offender fined",
    "Offender given community sentence",
    "Offender sent to prison",
    "Offender given suspended prison sentence",
    "Offender given conditional discharge",
    "Defendant found not guilty",
    "Court case unable to proceed",
    "Offender ordered to pay compensation",
    "Offender otherwise dealt with",
)
_COURT_SHARES: Final = (0.24, 0.20, 0.18, 0.10, 0.09, 0.06, 0.06, 0.04, 0.03)
_CHARGED: Final = FIRST_OUTCOMES.index("Suspect charged")
_OUTCOME_WITHIN: Final = 0.42
_NO_OUTCOME: Final = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """
    The months of the period, the one that was never published, and the months of the two archives.

    Attributes
    ----------
    months
        All of them, the missing one too.
    missing
        Index of the month for which there is no file at all.
    earlier, later
        Half-open ranges of indexes. The later archive overlaps the earlier one.
    """

    months: list[str]
    missing: int
    earlier: tuple[int, int]
    later: tuple[int, int]


def make_schedule(months: int) -> Schedule:
    """
    Lay out the period, which ends with `LAST_MONTH`.

    Examples
    --------
    >>> schedule = make_schedule(36)
    >>> schedule.months[0], schedule.months[schedule.missing], schedule.earlier, schedule.later
    ('2023-01', '2024-09', (0, 24), (12, 36))
    """
    names = months_between(month_after(LAST_MONTH, 1 - months), month_after(LAST_MONTH))
    return Schedule(months=names, missing=months * 5 // 9, earlier=(0, months * 2 // 3), later=(months // 3, months))


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """
    What the files say about each incident.

    Attributes
    ----------
    crime_id
        Shape (n,). 64 hexadecimal digits, empty for anti-social behaviour; a few stand for two incidents.
    point
        Shape (n,). Index of the map point, or `NO_POINT`.
    in_earlier, in_later
        Shape (n,). Whether each archive has it (recorded late: only the later one; withdrawn: only the earlier one).
    outcome, outcome_month
        Shape (n,). Index into `FIRST_OUTCOMES` and of the month; a month past the end where there is none yet.
    court, court_month
        Shape (n,). Index into `COURT_OUTCOMES` and of the month, for those charged.
    unknown
        Shape (n,). The status is not known to the publisher.
    """

    crime_id: NDArray[np.object_]
    point: NDArray[np.int64]
    in_earlier: NDArray[np.bool_]
    in_later: NDArray[np.bool_]
    outcome: NDArray[np.int64]
    outcome_month: NDArray[np.int64]
    court: NDArray[np.int64]
    court_month: NDArray[np.int64]
    unknown: NDArray[np.bool_]

    def last_outcome(self, cutoff: int, has_id: NDArray[np.bool_]) -> NDArray[np.object_]:
        """Say what the street file says at the end of month `cutoff`, from the outcomes known by then."""
        said = np.full(len(self.crime_id), "Under investigation", dtype=object)
        known = self.outcome_month <= cutoff
        said[known] = np.asarray(FIRST_OUTCOMES, dtype=object)[self.outcome[known]]
        said[known & (self.outcome == _CHARGED)] = "Awaiting court outcome"
        judged = self.court_month <= cutoff
        said[judged] = np.asarray(COURT_OUTCOMES, dtype=object)[self.court[judged]]
        said[self.unknown] = "Status update unavailable"
        said[~has_id] = ""
        return said


def crime_ids(n: int, rng: Generator) -> NDArray[np.object_]:
    """Give `n` identifiers of 64 hexadecimal digits."""
    text = rng.bytes(32 * n).hex()
    return np.asarray([text[64 * k : 64 * k + 64] for k in range(n)], dtype=object)


def _repeat_ids(ids: NDArray[np.object_], incidents: Incidents, has_id: NDArray[np.bool_], rng: Generator) -> None:
    """Let some incidents carry the identifier of another one of the same month, and some that of one a month earlier."""
    for share, lag in ((_SAME_MONTH_REPEATS, 0), (_LATER_REPEATS, 1)):
        for k in np.flatnonzero(has_id & (rng.random(len(ids)) < share)):
            others = np.flatnonzero(has_id & (incidents.month == incidents.month[k] - lag))
            others = others[others != k]
            if len(others):
                ids[k] = ids[others[int(rng.integers(len(others)))]]


def _outcomes(
    incidents: Incidents, has_id: NDArray[np.bool_], missing: int, rng: Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    n = len(incidents)
    outcome = np.zeros(n, dtype=np.int64)
    for k, offence in enumerate(OFFENCES):
        these = np.flatnonzero(incidents.offence == k)
        shares = np.asarray(_SHARES[_SHARES_OF.get(offence, "acquisitive")])
        outcome[these] = rng.choice(len(FIRST_OUTCOMES), len(these), p=shares / shares.sum())
    month = incidents.month + rng.geometric(_OUTCOME_WITHIN, n) - 1
    unknown = has_id & (rng.random(n) < _NO_OUTCOME)
    month[~has_id | unknown] = _NEVER
    # A month without files has no outcomes either: they come out with the next one.
    month[month == missing] += 1
    court = rng.choice(len(COURT_OUTCOMES), n, p=np.asarray(_COURT_SHARES))
    court_month = np.where((outcome == _CHARGED) & (month < _NEVER), month + rng.integers(2, 9, n), _NEVER)
    court_month[court_month == missing] += 1
    return outcome, month, court, court_month, unknown


def publish(incidents: Incidents, sites: Sites, schedule: Schedule, rng: Generator) -> Publication:
    """Decide what the archives say about each incident."""
    n = len(incidents)
    has_id = incidents.offence != OFFENCES.index(ANTI_SOCIAL_BEHAVIOUR)
    ids = crime_ids(n, rng)
    ids[~has_id] = ""
    _repeat_ids(ids, incidents, has_id, rng)
    point = np.where(rng.random(n) < _UNLOCATED, NO_POINT, sites.point[incidents.site])
    (early_start, early_end), (late_start, late_end) = schedule.earlier, schedule.later
    published = incidents.month != schedule.missing
    recent = (incidents.month >= max(late_start, early_end - 3)) & (incidents.month < early_end)
    overlap = (incidents.month >= late_start) & (incidents.month < early_end)
    late = recent & (rng.random(n) < _LATE)
    withdrawn = overlap & ~late & (rng.random(n) < _WITHDRAWN)
    outcome, outcome_month, court, court_month, unknown = _outcomes(incidents, has_id, schedule.missing, rng)
    return Publication(
        crime_id=ids,
        point=point,
        in_earlier=published & (incidents.month >= early_start) & (incidents.month < early_end) & ~late,
        in_later=published & (incidents.month >= late_start) & (incidents.month < late_end) & ~withdrawn,
        outcome=outcome,
        outcome_month=outcome_month,
        court=court,
        court_month=court_month,
        unknown=unknown,
    )
