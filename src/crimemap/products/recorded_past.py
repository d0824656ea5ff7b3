"""The counts of a force's neighbourhoods, read from a release that is finished."""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from crimemap.errors import NotFoundError
from crimemap.periods import Period, month_after, months_between
from crimemap.products.cube import NO_DATA, STATUS_NAMES, Cube
from crimemap.products.frames import codes
from crimemap.products.hotspots import latest_year

__all__ = ["RecordedPast", "recorded_past"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPast:
    """
    What was recorded in a force's neighbourhoods.

    Attributes
    ----------
    cube
        Of the neighbourhoods that have a boundary; months without data and counts that are not shown are told apart.
    periods
        The force, and the twelve months that end with its latest.
    latest_month
        Of the force.
    """

    cube: Cube
    periods: dict[str, Period]
    latest_month: str

    def row(self, neighbourhood: str) -> int | None:
        """Give a neighbourhood's row in the cube; None where it has no boundary."""
        found = np.flatnonzero(self.cube.areas["area_code"].to_numpy() == neighbourhood)
        return int(found[0]) if found.size else None


def recorded_past(db: duckdb.DuckDBPyConnection, force: str) -> RecordedPast:
    """
    Read the past of a force's neighbourhoods from a release's database.

    Raises
    ------
    NotFoundError
        If the release has no data of this force.
    """
    meta = dict(db.execute("SELECT key, value FROM meta").fetchall())
    months = months_between(meta["first_month"], month_after(meta["latest_month"]))
    row = db.execute(
        "SELECT max(month) FROM coverage WHERE force = ? AND kind = 'street' AND status <> 'no_data'", [force]
    ).fetchone()
    if row is None or row[0] is None:
        raise NotFoundError("the release has no data of this force", where=force[:60], fix="Build a release that has.")
    counts = db.execute(
        """SELECT area_type, vintage, area_code, force, month, offence_type, incidents, status FROM counts
           WHERE area_type = 'neighbourhood' AND force = ?""",
        [force],
    ).df()
    key = ["area_type", "vintage", "area_code", "force"]
    areas = counts[key].drop_duplicates().sort_values("area_code", ignore_index=True)
    types = sorted(counts["offence_type"].unique())
    shape = (len(areas), len(months), len(types))
    incidents, status = np.zeros(shape, dtype=np.int32), np.full(shape, NO_DATA, dtype=np.uint8)
    at = (
        codes(counts["area_code"], list(areas["area_code"])),
        codes(counts["month"], months),
        codes(counts["offence_type"], types),
    )
    incidents[at] = counts["incidents"].fillna(0).to_numpy(dtype=np.int32)
    status[at] = codes(counts["status"], list(STATUS_NAMES))
    withheld = pd.DataFrame({"place_id": [], "force": [], "month": [], "offence_type": []})
    return RecordedPast(
        cube=Cube(areas=areas, months=months, offence_types=types, incidents=incidents, status=status, withheld=withheld),
        periods={force: latest_year(months, str(row[0]))},
        latest_month=str(row[0]),
    )
