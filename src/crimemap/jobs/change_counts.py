"""Incidents by area or cell and month, with which of these have data: what two periods are compared by."""

from dataclasses import dataclass
from typing import Any, cast

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crimemap.analysis.grids.cells import Cells, parse_cells
from crimemap.areas.model import BoundarySet
from crimemap.areas.store import AreaStore
from crimemap.jobs.cell_history import history_of, months_known
from crimemap.jobs.coverage import forces_of_areas, require_covered
from crimemap.jobs.selection import Chosen
from crimemap.jobs.study_area import StudyArea, area_of_force, named_area
from crimemap.workspace import Workspace

__all__ = ["UnitMonths", "count_areas", "count_cells"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnitMonths:
    """
    Incidents of areas or cells by month.

    Attributes
    ----------
    units
        A row for each: code, name and force of an area; name and centre of a cell.
    counts, known
        Shape (n_units, n_months). Incidents, 0 where there are no data, and where there are.
    months
        YYYY-MM, without gaps.
    cells, study
        The cells and where they were looked for; None for areas.
    selected, without_position
        Incidents of the selection, and of them those without coordinates.
    """

    units: pd.DataFrame
    counts: NDArray[np.int64]
    known: NDArray[np.bool_]
    months: list[str]
    cells: Cells | None
    study: StudyArea | None
    selected: int
    without_position: int


def count_areas(con: duckdb.DuckDBPyConnection, areas: AreaStore, boundaries: BoundarySet, chosen: Chosen) -> UnitMonths:
    """Count the incidents of a selection by area and month; of the force asked for, if one is, only its own areas."""
    area_forces = forces_of_areas(con, areas, boundaries)
    listed = area_forces.force.index
    if chosen.force is not None:
        listed = listed[area_forces.force == chosen.force]
    condition, values = chosen.condition()
    by_place = f"SELECT i.place_id, i.month, count(*) AS n FROM incidents i WHERE {condition} GROUP BY ALL"  # noqa: S608 - fixed text
    found: pd.DataFrame = con.execute(
        "SELECT a.area_code, c.month, c.place_id IS NOT NULL AS placed, CAST(sum(c.n) AS BIGINT) AS n "  # noqa: S608 - fixed text
        f"FROM ({by_place}) c LEFT JOIN place_areas a ON a.place_id = c.place_id AND a.set_id = ? GROUP BY ALL",
        [*values, boundaries.info.set_id],
    ).df()
    months = chosen.months
    row, column = _places_in(found, listed, months)
    counts = np.zeros((len(listed), len(months)), dtype=np.int64)
    here = row >= 0
    counts[row[here], column[here]] = found.loc[here, "n"].to_numpy()
    covered = area_forces.covered(chosen)
    known = np.zeros(counts.shape, dtype=bool)
    row, column = _places_in(covered, listed, months)
    known[row[row >= 0], column[row >= 0]] = True
    units = pd.DataFrame(
        {
            "area_code": list(listed),
            "area_name": boundaries.frame["area_name"].reindex(listed).to_numpy(),
            "force": area_forces.force.reindex(listed).to_numpy(),
        }
    )
    return UnitMonths(
        units=units,
        counts=np.where(known, counts, 0),
        known=known,
        months=months,
        cells=None,
        study=None,
        selected=int(found["n"].sum()),
        without_position=int(found.loc[~found["placed"].astype(bool), "n"].sum()),
    )


def _places_in(table: pd.DataFrame, codes: Any, months: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the row and column of each line of a table by area and month; -1 for areas that are not listed."""
    row = pd.Index(codes).get_indexer(pd.Index(table["area_code"]))
    return np.asarray(row, dtype=np.int64), np.asarray(
        pd.Index(months).get_indexer(pd.Index(table["month"])), dtype=np.int64
    )


def count_cells(
    con: duckdb.DuckDBPyConnection, workspace: Workspace, areas: AreaStore, chosen: Chosen, *, cells: str, area: str | None
) -> UnitMonths:
    """
    Count the incidents of a selection by cell and month.

    Parameters
    ----------
    cells
        Kind of cells, as `parse_cells` reads it.
    area
        Study area as SET:CODE; that of the force asked for where None.
    """
    study = named_area(areas, area) if area else area_of_force(con, areas, cast("str", chosen.force))
    if area:
        require_covered(con, areas, study, chosen)
    known = months_known(con, areas, study, chosen)
    history = history_of(workspace, chosen, study, known, kind=parse_cells(cells))
    longitude, latitude = history.cells.centres_in_degrees()
    units = pd.DataFrame({"cell": history.cells.names, "longitude": longitude.round(6), "latitude": latitude.round(6)})
    return UnitMonths(
        units=units,
        counts=np.where(known, history.counts, 0),
        known=np.broadcast_to(known, history.counts.shape),
        months=history.months,
        cells=history.cells,
        study=study,
        selected=history.selected,
        without_position=history.without_position,
    )
