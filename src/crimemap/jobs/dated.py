"""
Incidents of a selection that have a time of their own, not only a month.

police.uk says in which month an incident was, and no closer. Turning months into days (the first, say) puts incidents of one
month at the same moment and those of the next a month later, which is a pattern of the calendar and of nothing else. So what
needs days is refused without them.
"""

from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from crimemap.errors import EmptyInputError
from crimemap.jobs.selection import Chosen
from crimemap.jobs.study_area import StudyArea

__all__ = ["Dated", "days_since_monday", "read_dated"]

#: The midnight with which a Monday began, long before any incident.
_MONDAY: Final = np.datetime64("1970-01-05T00:00:00", "us")
_DAY: Final = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dated:
    """
    Incidents with times, and how many were left out and why; the parts add up to `selected`.

    Attributes
    ----------
    table
        `crime_id`, `offence_type`, `location`, `easting`, `northing` (metres; missing without a position), `occurred_from`,
        `occurred_to` (clock on the wall; alike where only one is known), in the order of the store.
    selected
        Incidents of the selection.
    without_time
        Of them, those of which only the month is known.
    without_position, outside_study_area
        Of those with a time, where these were to be left out.
    """

    table: pd.DataFrame
    selected: int
    without_time: int
    without_position: int
    outside_study_area: int

    @property
    def start(self) -> NDArray[np.float64]:
        """The earliest moment of each, in days since some Monday's midnight."""
        return days_since_monday(self.table["occurred_from"])

    @property
    def end(self) -> NDArray[np.float64]:
        """The latest moment of each, in days since some Monday's midnight."""
        return days_since_monday(self.table["occurred_to"])


def days_since_monday(times: "pd.Series[Any]") -> NDArray[np.float64]:
    """
    Count days, with fractions, since the midnight with which a Monday began.

    Examples
    --------
    >>> days_since_monday(pd.Series(pd.to_datetime(["2025-01-06 12:00"]))) % 7
    array([0.5])
    """
    return np.asarray((times.to_numpy().astype("datetime64[us]") - _MONDAY) / _DAY, dtype=np.float64)


def read_dated(
    con: duckdb.DuckDBPyConnection, chosen: Chosen, *, for_what: str, study: StudyArea | None = None, placed: bool = False
) -> Dated:
    """
    Read the incidents of a selection that have a time.

    Parameters
    ----------
    con
        A connection of the incident store.
    chosen
        The selection.
    for_what
        What needs the times, for the message: "Near repeat".
    study
        Leave out what lies outside this area, and what has no position.
    placed
        Leave out what has no position.

    Raises
    ------
    EmptyInputError
        If there is no incident, none has a time, or none of those has a position where that is needed.
    """
    condition, values = chosen.condition()
    selected, dated = con.execute(
        f"SELECT count(*), count(i.occurred_from) FROM incidents i WHERE {condition}",  # noqa: S608 - fixed text
        values,
    ).fetchall()[0]
    if not selected:
        raise EmptyInputError(
            "there are no incidents in this selection",
            where="incidents",
            fix="Take a longer period or another offence type.",
        )
    if not dated:
        raise EmptyInputError(
            f"{for_what} needs the day of each incident, and of all {selected:,} only the month is known "
            "(data.police.uk publishes no closer), so nobody can say which of two came first or how long lay between them",
            where=", ".join(source for source, _ in chosen.sources),
            fix="Load the force's own records with their times (docs/ingest.md), and name them with --source.",
        )
    table: pd.DataFrame = con.execute(
        "SELECT i.crime_id, i.offence_type, i.location, p.easting, p.northing, i.occurred_from, "  # noqa: S608 - fixed text
        "coalesce(i.occurred_to, i.occurred_from) AS occurred_to "
        f"FROM incidents i LEFT JOIN places p USING (place_id) WHERE {condition} AND i.occurred_from IS NOT NULL "
        "ORDER BY i.id",
        values,
    ).df()
    without = outside = 0
    if placed or study is not None:
        here = table[["easting", "northing"]].notna().all(axis=1)
        without, table = int((~here).sum()), table[here]
    if study is not None and study.geometry is not None:
        shapely.prepare(study.geometry)
        inside = shapely.intersects_xy(study.geometry, table["easting"].to_numpy(), table["northing"].to_numpy())
        outside, table = int((~inside).sum()), table[inside]
    if table.empty:
        raise EmptyInputError(
            f"none of the {dated:,} incidents with a time has a position{'' if study is None else ' in the study area'}",
            where="incidents",
            fix="Take a longer period or a larger area.",
        )
    return Dated(
        table=table.reset_index(drop=True),
        selected=selected,
        without_time=selected - dated,
        without_position=without,
        outside_study_area=outside,
    )
