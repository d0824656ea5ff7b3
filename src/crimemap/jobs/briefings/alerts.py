"""
Near-repeat alerts: where and until when to look out, after incidents of the last days.

An alert is of one incident, or of several that followed each other, of an offence type whose incidents come back in this
force (`bands`). It stands from the latest of them for as long as repeats come, within as far as they come. Incidents just
outside the area count where their surroundings reach into it.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd
import shapely

from crimemap.areas.store import AreaStore
from crimemap.incidents.changes import AreaState
from crimemap.incidents.places import PlaceStore
from crimemap.jobs.briefings.bands import LONGEST_INTERVAL_DAYS, NearRepeatBands, near_repeat_bands
from crimemap.jobs.briefings.period import BriefingPeriod
from crimemap.jobs.briefings.records import COUNTED, NO_DATA, ONLY_MONTH_KNOWN, AreaRecords, parquet_paths
from crimemap.jobs.dated import days_since_monday
from crimemap.workspace import Workspace

__all__ = ["alerts_of"]

_MOST_LISTED: Final = 20
_MOST_INCIDENTS: Final = 10
_REASON: Final = (
    "near repeat needs the day of each incident, and of these only the month is known (data.police.uk publishes no closer): "
    "nobody can say which came first, or how long lay between them"
)


def alerts_of(workspace: Workspace, records: AreaRecords, state: AreaState, period: BriefingPeriod) -> dict[str, Any]:
    """
    List the alerts that stand at the end of a period, or during the shift that it is for.

    Refused, with the reason, where only months are known.
    """
    last_month = period.last_day.isoformat()[:7]
    nothing: dict[str, Any] = {"bands": [], "alerts": [], "count": None}
    if last_month not in state.records.months:
        return {"status": NO_DATA, "reason": f"there are no data of {last_month}", **nothing}
    if last_month not in records.dated:
        return {"status": ONLY_MONTH_KNOWN, "reason": _REASON, **nothing}
    bands = near_repeat_bands(workspace, state, before_month=last_month, dated=records.dated)
    said = {"bands": [one.to_json() for one in bands], "standing_from": _standing(period)[0].isoformat(timespec="minutes")}
    if not any(one.months for one in bands):
        return said | {
            "status": ONLY_MONTH_KNOWN,
            "reason": f"no month of the year before {last_month} is dated, so nobody can say how soon incidents come back",
            "alerts": [],
            "count": None,
        }
    late = records.known_until
    found = [one for one in bands if one.within_days is not None]
    listed = [alert for one in found for alert in _alerts(workspace, state, period, one)]
    listed.sort(key=lambda one: (not one["repeated"], one["until"]), reverse=False)
    behind = late is not None and period.last_day > late
    return said | {
        "status": COUNTED,
        "reason": f"records end on {late}: what happened since is in no alert" if behind else "",
        "alerts": listed[:_MOST_LISTED],
        "count": len(listed),
    }


def _standing(period: BriefingPeriod) -> tuple[datetime, datetime]:
    """Give when alerts must stand: during the shift, or at the end of the period."""
    return period.shift or (period.end, period.end)


def _alerts(workspace: Workspace, state: AreaState, period: BriefingPeriod, bands: NearRepeatBands) -> list[dict[str, Any]]:
    from crimemap.analysis.over_time.near_repeat import near_repeats  # numba is slow to load

    within_m, within_days = float(bands.within_m or 0), float(bands.within_days or 0)
    shape = AreaStore(workspace).read(state.set_id).frame.geometry.loc[state.area_code]
    # What a chain begins with may lie further back than what it ends with.
    since = period.end - timedelta(days=2 * within_days)
    west, south, east, north = shapely.bounds(shape)
    around = shapely.box(west - 2 * within_m, south - 2 * within_m, east + 2 * within_m, north + 2 * within_m)
    table = _latest(workspace, state, bands.offence_type, between=(since, period.end), around=around)
    if table.empty:
        return []
    start, end = days_since_monday(table["occurred_from"]), days_since_monday(table["occurred_to"])
    sure = end - start <= LONGEST_INTERVAL_DAYS
    table, moment = table[sure].reset_index(drop=True), ((start + end) / 2)[sure]
    if table.empty:
        return []
    x, y = table["easting"].to_numpy(), table["northing"].to_numpy()
    links = near_repeats(x, y, moment, within_m=within_m, within_days=within_days)
    when = table["occurred_from"] + (table["occurred_to"] - table["occurred_from"]) / 2
    until = when + pd.Timedelta(days=within_days)
    points = shapely.points(x, y)
    touches = shapely.dwithin(points, shape, within_m)
    inside = shapely.intersects(points, shape)
    chain = np.where(links.chain >= 0, links.chain, links.chain.max(initial=-1) + 1 + np.arange(len(table)))
    standing_from, standing_to = _standing(period)
    told = []
    for number in np.unique(chain).tolist():
        rows = np.flatnonzero(chain == number)
        stands = rows[((until.iloc[rows] > standing_from) & touches[rows]).to_numpy()]
        if not stands.size:
            continue
        ordered = stands[np.argsort(moment[stands])[::-1]]
        told.append(
            {
                "offence_type": bands.offence_type,
                "within_m": within_m,
                "within_days": within_days,
                "from": when.iloc[ordered[0]].isoformat(timespec="minutes"),
                "until": until.iloc[ordered[0]].isoformat(timespec="minutes"),
                "stands_all_shift": bool(until.iloc[ordered[0]] >= standing_to) if period.shift else None,
                "incidents": int(rows.size),
                "incidents_in_area": int(inside[rows].sum()),
                "repeated": bool(rows.size > 1),
                "around": [
                    {
                        "longitude": float(table["longitude"].iloc[k]),
                        "latitude": float(table["latitude"].iloc[k]),
                        "easting": round(float(x[k]), 1),
                        "northing": round(float(y[k]), 1),
                        "location": table["location"].iloc[k] if pd.notna(table["location"].iloc[k]) else None,
                        "when": when.iloc[k].isoformat(timespec="minutes"),
                        "until": until.iloc[k].isoformat(timespec="minutes"),
                        "in_area": bool(inside[k]),
                    }
                    for k in ordered[:_MOST_INCIDENTS].tolist()
                ],
            }
        )
    return told


def _latest(
    workspace: Workspace, state: AreaState, offence_type: str, *, between: tuple[datetime, datetime], around: Any
) -> pd.DataFrame:
    """Read the dated incidents of an offence type in and around an area, of every area of the force."""
    since, before = between
    first, last = (one.date().isoformat()[:7] for one in between)
    files = [path for month, held in sorted(state.records.months.items()) if first <= month <= last for path in held.files]
    parts = PlaceStore(workspace).part_files()
    if not files or not parts:
        return pd.DataFrame()
    west, south, east, north = (float(one) for one in shapely.bounds(around))
    with duckdb.connect() as con:
        found: pd.DataFrame = con.execute(
            "SELECT p.longitude, p.latitude, p.easting, p.northing, i.location, i.occurred_from, "
            "coalesce(i.occurred_to, i.occurred_from) AS occurred_to "
            "FROM read_parquet($files, hive_partitioning = true, hive_types = {'month': VARCHAR, 'force': VARCHAR}) i "
            "JOIN read_parquet($places, hive_partitioning = false) p USING (place_id) "
            "WHERE i.offence_type = $type AND i.occurred_from >= $since AND i.occurred_from < $before "
            "AND p.easting BETWEEN $west AND $east AND p.northing BETWEEN $south AND $north ORDER BY i.id",
            {
                "files": parquet_paths(files),
                "places": parquet_paths(parts),
                "type": offence_type,
                "since": since,
                "before": before,
                "west": west,
                "east": east,
                "south": south,
                "north": north,
            },
        ).df()
    return found
