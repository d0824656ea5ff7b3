"""
The incidents of an area that a briefing is made of, and how far back and how closely the force's records know.

A force's own records count where they hold a month, and published ones do not, as everywhere for teams. A month is dated if
nearly all of its incidents have a time; of any other only the month is known.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import pandas as pd

from crimemap.errors import EmptyInputError
from crimemap.incidents.changes import AreaState
from crimemap.incidents.history import HeldMonth
from crimemap.incidents.places import PlaceStore
from crimemap.jobs.briefings.period import BriefingPeriod
from crimemap.workspace import Workspace

__all__ = ["COUNTED", "NO_DATA", "ONLY_MONTH_KNOWN", "OTHER_SOURCE", "AreaRecords", "parquet_paths", "read_area_records"]

COUNTED: Final = "counted"
NO_DATA: Final = "no_data"
ONLY_MONTH_KNOWN: Final = "only_month_known"
OTHER_SOURCE: Final = "other_source"
#: Share of a month's incidents with a time from which on it is taken as dated.
_DATED_SHARE: Final = 0.95
_QUIET_DAYS: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AreaRecords:
    """
    What is known of an area.

    Attributes
    ----------
    incidents
        Of the area: `offence_type`, `month`, `occurred_from`, `occurred_to`, `location`, `place_id`, `longitude`,
        `latitude`, `easting`, `northing`.
    held
        The source that counts, by month. A month that is not here is one of no data.
    dated
        Of these, the months whose incidents have times.
    known_until
        The day of the force's latest incident where the latest month is dated: of later days nothing is known yet. None
        where it is not dated.
    """

    incidents: pd.DataFrame
    held: dict[str, HeldMonth]
    dated: frozenset[str]
    known_until: date | None

    @property
    def latest_month(self) -> str:
        """The latest month of which anything is known."""
        return max(self.held)

    def status(self, period: BriefingPeriod) -> str:
        """Say whether the incidents of a period can be counted, and if not, why."""
        months = period.months
        if not all(month in self.held for month in months):
            return NO_DATA
        if self._unfinished(period):
            return NO_DATA
        if period.whole_months or all(month in self.dated for month in months):
            return COUNTED
        return ONLY_MONTH_KNOWN

    def status_beside(self, period: BriefingPeriod, latest: BriefingPeriod) -> str:
        """
        Say whether a period can be counted and compared with a later one.

        Two sources hold different offences and count them differently: from one to the other everything seems to change.
        """
        status = self.status(period)
        if status == COUNTED and self.sources(period.months) != self.sources(latest.months):
            return OTHER_SOURCE
        return status

    def inside(self, period: BriefingPeriod) -> pd.DataFrame:
        """Give the incidents of a period that can be counted."""
        table = self.incidents
        if period.whole_months:
            return table[table["month"].isin(period.months)]
        return table[(table["occurred_from"] >= period.start) & (table["occurred_from"] < period.end)]

    def undated(self, period: BriefingPeriod) -> int:
        """Count the incidents without a time of the months of a period by days: nobody can say whether they are in it."""
        if period.whole_months:
            return 0
        table = self.incidents
        return int((table["month"].isin(period.months) & table["occurred_from"].isna()).sum())

    def sources(self, months: list[str]) -> list[tuple[str, str]]:
        """Give source and kind of what counts in some months."""
        return sorted({(self.held[month].source, self.held[month].kind) for month in months if month in self.held})

    def _unfinished(self, period: BriefingPeriod) -> bool:
        """Whether days are asked about of which records are still to come."""
        if self.known_until is None or period.last_day.isoformat()[:7] != self.latest_month:
            return False
        # The last days of a month may have had no incident; half a month is no month.
        spare = _QUIET_DAYS if period.whole_months else timedelta(0)
        return period.last_day > self.known_until + spare


def read_area_records(workspace: Workspace, state: AreaState, *, first_month: str, last_month: str) -> AreaRecords:
    """
    Read the incidents of an area in some months, and what the force's records know.

    Parameters
    ----------
    state
        The area, and what counts for it.
    first_month, last_month
        Both are read.

    Raises
    ------
    EmptyInputError
        If the force has no incidents.
    """
    held = dict(state.records.months)
    if not held:
        raise EmptyInputError("this force has no incidents in the workspace", fix="Load some with 'crimemap ingest'.")
    wanted = {month: one for month, one in held.items() if first_month <= month <= last_month or month == max(held)}
    places = PlaceStore(workspace)
    with duckdb.connect() as con:
        times = _times(con, [path for one in wanted.values() for path in one.files])
        dated = frozenset(month for month in wanted if _is_dated(times.get(month)))
        latest = times.get(max(held), (0, 0, None))[2] if max(held) in dated else None
        incidents = _incidents(
            con, [path for one in wanted.values() for path in one.files], places, state, first_month=first_month
        )
    return AreaRecords(incidents=incidents, held=held, dated=dated, known_until=None if latest is None else latest.date())


def parquet_paths(paths: list[Path]) -> list[str]:
    """Keep DuckDB from taking stars and brackets in a folder's name for patterns."""
    return ["".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path)) for path in paths]


def _times(con: duckdb.DuckDBPyConnection, files: list[Path]) -> dict[str, tuple[int, int, Any]]:
    """Give by month: incidents, those with a time, and the latest time."""
    if not files:
        return {}
    rows = con.execute(
        "SELECT month, count(*), count(occurred_from), max(occurred_from) FROM read_parquet($files, "
        "hive_partitioning = true, hive_types = {'month': VARCHAR, 'force': VARCHAR}) GROUP BY month",
        {"files": parquet_paths(files)},
    ).fetchall()
    return {month: (n, with_time, latest) for month, n, with_time, latest in rows}


def _is_dated(times: tuple[int, int, Any] | None) -> bool:
    # A month that is there and empty has no incident whose time is missing.
    return times is None or times[1] >= _DATED_SHARE * times[0]


def _incidents(
    con: duckdb.DuckDBPyConnection, files: list[Path], places: PlaceStore, state: AreaState, *, first_month: str
) -> pd.DataFrame:
    area_files, part_files = places.area_files(state.set_id), places.part_files()
    if not (files and area_files and part_files):
        return _NOTHING.copy()
    found: pd.DataFrame = con.execute(
        """
        SELECT i.offence_type, i.month, i.occurred_from, coalesce(i.occurred_to, i.occurred_from) AS occurred_to,
            i.location, i.place_id, p.longitude, p.latitude, p.easting, p.northing
        FROM read_parquet($files, hive_partitioning = true, hive_types = {'month': VARCHAR, 'force': VARCHAR}) i
        JOIN read_parquet($areas, hive_partitioning = false) a
            ON a.place_id = i.place_id AND a.area_code = $code AND a.place_id <= $up_to
        JOIN read_parquet($places, hive_partitioning = false) p ON p.place_id = i.place_id
        WHERE i.month >= $first ORDER BY i.id""",
        {
            "files": parquet_paths(files),
            "areas": parquet_paths(area_files),
            "places": parquet_paths(part_files),
            "code": state.area_code,
            "up_to": state.places_up_to,
            "first": first_month,
        },
    ).df()
    return found


_NOTHING: Final = pd.DataFrame(
    {
        name: pd.Series(dtype=kind)
        for name, kind in (
            ("offence_type", "object"),
            ("month", "object"),
            ("occurred_from", "datetime64[us]"),
            ("occurred_to", "datetime64[us]"),
            ("location", "object"),
            ("place_id", "int32"),
            ("longitude", "float64"),
            ("latitude", "float64"),
            ("easting", "float64"),
            ("northing", "float64"),
        )
    }
)
