"""The latest month of every area and offence type against what it would have had if nothing had changed."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.over_time.trend import expected_ranges
from crimemap.analysis.significance import adjusted_p_values
from crimemap.periods import month_after, month_index
from crimemap.products.cube import COUNTED, SUPPRESSED
from crimemap.products.facts import SiteFacts

__all__ = ["MonthChange", "MonthChanges", "find_month_changes"]

#: False discovery rate over every area and offence type of the release.
ALPHA: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthChange:
    """One area and offence type whose latest month is not what was expected of it."""

    row: int
    kind: int
    incidents: int
    low: int
    high: int
    expected: float
    q_value: float

    @property
    def above(self) -> bool:
        """Say whether there was more than expected."""
        return self.incidents > self.expected


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthChanges:
    """
    What was found for one force.

    Attributes
    ----------
    month
        The force's latest month.
    tested, too_short
        Series looked at, and those with too few months or incidents before, or with a number that is not shown.
    found
        By area in the order of the cube, most certain first within an area.
    """

    month: str
    tested: int
    too_short: int
    found: list[MonthChange]


def find_month_changes(facts: SiteFacts) -> dict[str, MonthChanges]:
    """
    Look for unusual latest months, all forces and all series as one family of tests.

    A series with a number that is not shown among its months is left out: what is not shown is small, and a range from the
    others would be too high.
    """
    forces = list(facts.periods)
    ranges, tested = {}, []
    for force in forces:
        values, known = _series(facts, force)
        ranges[force] = expected_ranges(values, known, latest=1)
        tested.append(ranges[force].p_value[:, 0])
    ends = np.cumsum([len(one) for one in tested])[:-1]
    adjusted = adjusted_p_values(np.concatenate(tested)) if tested else np.empty(0)
    found = {}
    for force, q in zip(forces, np.split(adjusted, ends), strict=True):
        of = ranges[force]
        kinds = len(facts.cube.offence_types)
        last = month_after(facts.periods[force].end, -1)
        column = month_index(last) - month_index(facts.cube.months[0])
        known = ~np.isnan(q)
        unusual = np.flatnonzero(known & (np.nan_to_num(q, nan=1.0) <= ALPHA))
        changes = []
        for at in unusual.tolist():
            row, kind = int(facts.rows_of_force[force][at // kinds]), at % kinds
            changes.append(
                MonthChange(
                    row=row,
                    kind=kind,
                    incidents=int(facts.cube.incidents[row, column, kind]),
                    low=int(of.low[at, 0]),
                    high=int(of.high[at, 0]),
                    expected=float(of.expected[at, 0]),
                    q_value=float(q[at]),
                )
            )
        changes.sort(key=lambda one: (one.row, one.q_value))
        found[force] = MonthChanges(month=last, tested=int(known.sum()), too_short=int((~known).sum()), found=changes)
    return found


def _series(facts: SiteFacts, force: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Give the months up to the force's latest, a row for each area and offence type."""
    cube, rows = facts.cube, facts.rows_of_force[force]
    until = month_index(month_after(facts.periods[force].end, -1)) - month_index(cube.months[0]) + 1
    values = cube.incidents[rows, :until].transpose(0, 2, 1).reshape(-1, until)
    status = cube.status[rows, :until].transpose(0, 2, 1).reshape(-1, until)
    withheld = (status == SUPPRESSED).any(axis=1)
    return values.astype(np.int64), (status == COUNTED) & ~withheld[:, None]
