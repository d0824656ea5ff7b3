"""A study area in cells of either kind, and the incidents of a selection in them."""

from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.analysis.grids.cells import CellKind, Cells, cells_of, cover, locate
from crimemap.analysis.grids.grid import count_in_cells
from crimemap.analysis.grids.positions import Positions
from crimemap.errors import EmptyInputError
from crimemap.jobs.places import PlaceCounts
from crimemap.jobs.study_area import StudyArea

__all__ = ["CountedCells", "count_study", "study_cells"]

_FEWEST: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CountedCells:
    """
    Incidents by cell.

    Attributes
    ----------
    counts
        Shape (n,). Incidents by cell, 0 included.
    positions
        The places that were counted, inside the study area or in its cells.
    used
        Incidents in cells.
    """

    counts: NDArray[np.int64]
    positions: Positions
    used: int


def study_cells(con: duckdb.DuckDBPyConnection, study: StudyArea, kind: CellKind, force: str | None) -> Cells:
    """
    Cover a study area; where no boundary is known, take the cells in which the force ever recorded an incident.

    Raises
    ------
    InputError
        If the cells are too many or the area cannot be covered.
    """
    if study.geometry is not None:
        return cover(study.geometry, kind)
    places = con.execute(
        "SELECT longitude, latitude, easting, northing FROM places "
        "WHERE easting IS NOT NULL AND place_id IN (SELECT DISTINCT place_id FROM incidents WHERE force = ?)",
        [force],
    ).df()
    lon, lat, x, y = (places[name].to_numpy(dtype=np.float64) for name in places.columns)
    return cells_of(locate(kind, longitude=lon, latitude=lat, easting=x, northing=y), kind)


def count_study(places: PlaceCounts, cells: Cells, study: StudyArea, *, inside_only: bool) -> CountedCells:
    """
    Count by cell: a force's incidents wherever in a cell they lie, another area's only inside it.

    Raises
    ------
    EmptyInputError
        If fewer than 3 incidents are in the study area.
    """
    table = places.table
    if inside_only:
        shapely.prepare(study.geometry)
        table = table[shapely.intersects_xy(study.geometry, table["easting"], table["northing"])]
    positions = Positions(
        longitude=table["longitude"].to_numpy(dtype=np.float64),
        latitude=table["latitude"].to_numpy(dtype=np.float64),
        easting=table["easting"].to_numpy(dtype=np.float64),
        northing=table["northing"].to_numpy(dtype=np.float64),
        incidents=table["incidents"].to_numpy(dtype=np.int64),
    )
    counted = count_in_cells(cells.key, locate(cells.kind, **positions.coordinates), incidents=positions.incidents)
    if counted.inside < _FEWEST:
        raise EmptyInputError(
            f"{counted.inside} incidents are in the study area; fewer than {_FEWEST} show no pattern",
            where="incidents",
            fix="Take a longer period, another offence type or a larger area.",
        )
    return CountedCells(counts=counted.counts, positions=positions, used=counted.inside)
