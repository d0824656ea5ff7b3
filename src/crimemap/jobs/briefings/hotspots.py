"""
New hotspots of an area: cells that stand out in the latest weeks and never did in the year before.

A hotspot is hot cells no more than two steps apart. It is new if none of them was hot before, grown if some that reach into
the area were not, standing otherwise. The test holds a cell's own count and looks at its surroundings too, so incidents are
told of the hot cells and those around them: of a single place with many incidents it is the cells beside it that are hot.

Cells are those of the whole force, since a cell is hot by comparison with others; the test and its names are those of
`crimemap.analysis.over_time.emerging`. Where records are dated, periods are of 28 days and the last ends with the briefing;
otherwise they are months.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from crimemap.analysis.grids.cells import Cells, cell_neighbours, cells_of, cover, parse_cells
from crimemap.areas.store import AreaStore
from crimemap.incidents.changes import AreaState
from crimemap.incidents.places import PlaceStore
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.briefings.period import BriefingPeriod
from crimemap.jobs.briefings.records import COUNTED, AreaRecords, parquet_paths
from crimemap.jobs.study_area import area_of_force
from crimemap.jobs.team_area import TeamArea, state_now
from crimemap.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FORCES_KEPT", "hotspots_of", "lay_cells"]

_NEW: Final = "new hot"
_CELLS: Final = "h3:9"
_RESOLUTION: Final = 9
_PERIOD: Final = timedelta(days=28)
_PERIODS: Final = 13
_MONTHS: Final = 12
_FEWEST_PERIODS: Final = 3
_FEWEST_INCIDENTS: Final = 3
_MOST_LISTED: Final = 20
#: Forces whose cells are remembered.
FORCES_KEPT: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Grid:
    """The cells of a force; where they are is worked out once."""

    cells: Cells
    neighbours: csr_array
    easting: NDArray[np.float64]
    northing: NDArray[np.float64]
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Course:
    """
    What is kept of the course of a force's cells: no more than is told, since it is kept for many periods.

    Attributes
    ----------
    counts
        Shape (n, t). Incidents by cell and period.
    known
        Shape (t,). Periods with data.
    hot
        Cells that are hot in the last period.
    new, q_value
        Of these: whether they never were before, and the corrected p.
    """

    grid: _Grid
    counts: NDArray[np.int32]
    known: NDArray[np.bool_]
    hot: NDArray[np.int64]
    new: NDArray[np.bool_]
    q_value: NDArray[np.float64]


def hotspots_of(
    workspace: Workspace, records: AreaRecords, state: AreaState, period: BriefingPeriod, *, alpha: float = 0.05
) -> dict[str, Any]:
    """
    List the hotspots that reach into an area in the latest period, those that are new or have grown apart.

    Parameters
    ----------
    records
        Of the area; they say which periods have data.
    alpha
        The chance of a single false hot cell, over all cells of the force and all periods.
    """
    steps, unit = _steps(period)
    known = tuple(records.status_beside(one, steps[-1]) == COUNTED for one in steps)
    said = {
        "cells": _CELLS,
        "period": unit,
        "periods": len(steps),
        "periods_with_data": sum(known),
        "from": steps[-1].to_json()["from"],
        "before": steps[-1].to_json()["before"],
        "alpha": alpha,
    }
    if not known[-1] or sum(known) < _FEWEST_PERIODS:
        reason = (
            f"the latest {unit} has no data that can be told by its days"
            if not known[-1]
            else f"{sum(known)} of {len(steps)} periods have data of one source; under {_FEWEST_PERIODS} show nothing new"
        )
        return said | {"status": records.status(steps[-1]) if not known[-1] else "no_data", "reason": reason, **_NONE}
    files = tuple(
        path
        for month, held in sorted(state.records.months.items())
        if steps[0].months[0] <= month <= steps[-1].months[-1]
        for path in held.files
    )
    course = _course(
        workspace.root.as_posix(), state.records.force, state.records.table, files,
        tuple((one.start, one.end) for one in steps), known, period.whole_months, state.places_up_to, alpha,
    )  # fmt: skip
    if course is None:
        reason = f"fewer than {_FEWEST_INCIDENTS} incidents with a position are held of the whole force"
        return said | {"status": "too_few_to_say", "reason": reason, **_NONE}
    listed = _listed(workspace, records, state, course, steps[-1])
    new = [one for one in listed if one["kind"] != "standing"]
    other = [one for one in listed if one["kind"] == "standing"]
    return said | {
        "status": COUNTED,
        "reason": "",
        "new": new[:_MOST_LISTED],
        "other": other[:_MOST_LISTED],
        "new_count": len(new),
        "other_count": len(other),
    }


_NONE: Final[dict[str, Any]] = {"new": [], "other": [], "new_count": None, "other_count": None}


def _steps(period: BriefingPeriod) -> tuple[list[BriefingPeriod], str]:
    if period.whole_months:
        last = BriefingPeriod(start=BriefingPeriod(start=period.end, end=period.end).moved_months(-1).start, end=period.end)
        return [last.moved_months(-k) for k in reversed(range(_MONTHS))], "month"
    last = BriefingPeriod(start=period.end - _PERIOD, end=period.end)
    return [last.moved(-k * _PERIOD) for k in reversed(range(_PERIODS))], "28 days"


@lru_cache(maxsize=16)
def _course(  # noqa: PLR0917 - the parts of a key
    root: str,
    force: str,
    table: str,  # noqa: ARG001 - part of the key
    files: tuple[Path, ...],
    steps: tuple[tuple[Any, Any], ...],
    known: tuple[bool, ...],
    by_month: bool,  # noqa: FBT001
    up_to: int,
    alpha: float,
) -> _Course | None:
    """Follow the cells of a force; files never change, so that the same question has the same answer."""
    from crimemap.analysis.over_time.emerging import emerging_hotspots  # numba is slow to load

    workspace = Workspace(root)
    grid = _grid(root, force, _set_hashes(workspace), up_to)
    if grid is None or not files:
        return None
    counts = _counted(files, PlaceStore(workspace).part_files(), grid.cells, steps, by_month=by_month)
    if counts[:, np.array(known)].sum() < _FEWEST_INCIDENTS:
        return None
    found = emerging_hotspots(counts, grid.neighbours, known=known, alpha=alpha)
    hot = np.flatnonzero(found.state[:, -1] == 1)
    return _Course(
        grid=grid,
        counts=counts.astype(np.int32),
        known=found.known,
        hot=hot,
        new=found.category[hot] == _NEW,
        q_value=found.q_value[hot, -1],
    )


def lay_cells(workspace: Workspace, area: TeamArea) -> None:
    """Cover the force of an area with cells before the first briefing asks for them; that takes most of its time."""
    from crimemap.analysis.over_time import emerging  # noqa: F401 - numba is slow to load

    _grid(workspace.root.as_posix(), area.force, _set_hashes(workspace), state_now(workspace, area).places_up_to)


def _set_hashes(workspace: Workspace) -> tuple[str, ...]:
    return tuple(info.sha256 for info in AreaStore(workspace).sets())


@lru_cache(maxsize=FORCES_KEPT)
def _grid(root: str, force: str, sets: tuple[str, ...], up_to: int) -> _Grid | None:  # noqa: ARG001 - the key
    """Cover a force with cells; without a boundary of it, take those in which it ever recorded an incident."""
    workspace = Workspace(root)
    with IncidentStore(workspace).connect() as con:
        study = area_of_force(con, AreaStore(workspace), force)
        if study.geometry is None:
            rows = con.execute(
                f"SELECT DISTINCT h3_{_RESOLUTION} FROM places WHERE place_id IN "  # noqa: S608 - a constant
                "(SELECT DISTINCT place_id FROM incidents WHERE force = ?)",
                [force],
            ).fetchnumpy()
            keys = np.asarray(next(iter(rows.values())), dtype=np.uint64)
            if not keys.size:
                return None
            cells = cells_of(keys, parse_cells(_CELLS))
        else:
            cells = cover(study.geometry, parse_cells(_CELLS))
    easting, northing = cells.centres()
    longitude, latitude = cells.centres_in_degrees()
    return _Grid(
        cells=cells,
        neighbours=cell_neighbours(cells, ring=1),
        easting=easting,
        northing=northing,
        longitude=longitude,
        latitude=latitude,
    )


def _counted(
    files: tuple[Path, ...], parts: list[Path], cells: Cells, steps: tuple[tuple[Any, Any], ...], *, by_month: bool
) -> NDArray[np.int64]:
    """Count by cell and period: periods follow each other without gaps."""
    first, after = steps[0]
    if by_month:
        month = "CAST(i.month || '-01' AS DATE)"
        number = f"(year({month}) - {first.year}) * 12 + month({month}) - {first.month}"
    else:
        seconds = f"date_diff('second', TIMESTAMP '{first.isoformat()}', i.occurred_from)"
        number = f"CAST(floor({seconds} / {int((after - first).total_seconds())}) AS INT)"
    with duckdb.connect() as con:
        found = con.execute(
            f"SELECT p.h3_{_RESOLUTION} AS cell, {number} AS step, count(*) AS n "  # noqa: S608 - our own numbers
            "FROM read_parquet($files, hive_partitioning = true, hive_types = {'month': VARCHAR, 'force': VARCHAR}) i "
            "JOIN read_parquet($places, hive_partitioning = false) p USING (place_id) GROUP BY ALL",
            {"files": parquet_paths(list(files)), "places": parquet_paths(parts)},
        ).fetchnumpy()
    cell, step = np.asarray(found["cell"], dtype=np.uint64), np.ma.filled(np.ma.asarray(found["step"], dtype=np.int64), -1)
    row = np.minimum(np.searchsorted(cells.key, cell), len(cells) - 1)
    here = (cells.key[row] == cell) & (step >= 0) & (step < len(steps))
    counts = np.zeros((len(cells), len(steps)), dtype=np.int64)
    np.add.at(counts, (row[here], step[here]), np.asarray(found["n"], dtype=np.int64)[here])
    return counts


def _listed(
    workspace: Workspace, records: AreaRecords, state: AreaState, course: _Course, latest: BriefingPeriod
) -> list[dict[str, Any]]:
    """Describe the hotspots that reach into the area, those with most incidents there first."""
    hot, new, last = course.hot, course.new, len(course.known) - 1
    if not hot.size:
        return []
    grid, near = course.grid, course.grid.neighbours
    group = connected_components((near @ near)[hot][:, hot], directed=False)[1]
    shape = AreaStore(workspace).read(state.set_id).frame.geometry.loc[state.area_code]
    names = grid.cells.names
    inside = records.inside(latest)
    here = shapely.intersects(grid.cells.polygons(hot), shape)
    told = []
    for number in np.unique(group).tolist():
        rows = np.flatnonzero(group == number)
        around = np.flatnonzero(near[hot[rows]].sum(axis=0))
        of_area = inside[_within(grid.cells.polygons(around), inside)]
        if of_area.empty and not shapely.intersects_xy(shape, grid.easting[hot[rows]], grid.northing[hot[rows]]).any():
            continue
        most = int(around[np.argmax(course.counts[around, last])])
        types, where = of_area["offence_type"].value_counts(), of_area["location"].dropna()
        before = course.counts[around, :last][:, course.known[:last]].sum(axis=0)
        told.append(
            {
                "kind": "new" if new[rows].all() else "grown" if (new & here)[rows].any() else "standing",
                "cells": [names[k] for k in hot[rows].tolist()],
                "new_cells": int((new & here)[rows].sum()),
                "longitude": round(float(grid.longitude[most]), 6),
                "latitude": round(float(grid.latitude[most]), 6),
                "easting": round(float(grid.easting[most]), 1),
                "northing": round(float(grid.northing[most]), 1),
                "incidents": int(course.counts[around, last].sum()),
                "incidents_in_area": len(of_area),
                "mean_before": round(float(before.mean()), 2) if before.size else None,
                "q_value": float(f"{course.q_value[rows].min():.3g}"),
                "location": None if where.empty else str(where.value_counts().index[0]),
                "most_common": None if types.empty else str(types.index[0]),
            }
        )
    return sorted(told, key=lambda one: (-one["incidents_in_area"], -one["incidents"], one["cells"]))


def _within(outlines: NDArray[np.object_], incidents: "pd.DataFrame") -> NDArray[np.bool_]:
    """Say which incidents lie in one of some cells."""
    whole = shapely.union_all(outlines)
    shapely.prepare(whole)
    found: NDArray[np.bool_] = shapely.intersects_xy(whole, incidents["easting"], incidents["northing"])
    return found
