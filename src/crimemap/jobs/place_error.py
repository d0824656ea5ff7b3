"""Where the incidents of a selection may truly have been: catchments of map points, or a geocoding error."""

from typing import Any, Final

import duckdb
import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.analysis.grids.cells import Cells, locate
from crimemap.analysis.grids.positions import Positions
from crimemap.analysis.hotspots.catchments import catchment_shares
from crimemap.analysis.hotspots.location_uncertainty import CatchmentError, GeocodingError, PlaceError
from crimemap.errors import ParameterError
from crimemap.jobs.selection import Chosen
from crimemap.jobs.streets import map_points
from crimemap.jobs.study_area import StudyArea

__all__ = ["place_error"]

#: Map points so far outside the study area still bound catchments inside it, metres.
_AROUND_M: Final = 2000.0
_AT_PUBLIC_PLACE: Final = 0.8
_PLACES_EACH: Final = 8


def place_error(
    con: duckdb.DuckDBPyConnection,
    chosen: Chosen,
    study: StudyArea,
    cells: Cells,
    positions: Positions,
    *,
    reach_m: float,
    sigma_m: float | None,
) -> tuple[PlaceError, dict[str, Any]]:
    """
    Say where incidents may have been, and how that was chosen.

    Parameters
    ----------
    reach_m
        For published incidents: how far along its street from a map point an incident may have been, metres.
    sigma_m
        For a force's own records: the geocoding error in each direction, metres. None takes the catchments of map points.

    Raises
    ------
    ParameterError
        If a confidential source is used without `sigma_m`, or there is no boundary to clip catchments to.
    """
    if sigma_m is not None:
        error = GeocodingError(
            easting=positions.easting,
            northing=positions.northing,
            incidents=positions.incidents,
            sigma_m=sigma_m,
            cell_at=lambda x, y: _index(cells, Positions.of_metres(x, y)),
            n_cells=len(cells),
        )
        return error, {"model": "geocoding error", "sigma_m": sigma_m, "reach_m": None}
    if chosen.confidential:
        raise ParameterError(
            "incidents of a confidential source lie at their own coordinates, not at map points",
            where="geocoding-error",
            fix="Say how far off these are with --geocoding-error METRES.",
        )
    if study.geometry is None:
        raise ParameterError(
            "there is no boundary to clip catchments to",
            where="force",
            fix="Add the force's boundary with 'crimemap areas add'.",
        )
    west, south, east, north = shapely.bounds(study.geometry).tolist()
    around = (west - _AROUND_M, south - _AROUND_M, east + _AROUND_M, north + _AROUND_M)
    points = map_points(con, around, source=chosen.source)
    # Two places can be one point on the ground: longitudes differ in the sixth decimal and metres do not.
    spot = np.column_stack([points[axis].to_numpy(dtype=np.float64).round(1) for axis in ("easting", "northing")])
    _, first = np.unique(spot, axis=0, return_index=True)
    one = spot[first]
    public = points["public"].to_numpy()[first]
    held = np.round(np.column_stack([positions.easting, positions.northing]), 1)
    at = _row(one, held)
    incidents = np.bincount(at[at >= 0], weights=positions.incidents[at >= 0], minlength=len(one)).astype(np.int64)
    shares = catchment_shares(one[:, 0], one[:, 1], cells, study_area=study.geometry, reach_m=reach_m, wanted=incidents > 0)
    error_of_points = CatchmentError(
        shares=shares,
        incidents=incidents,
        places_each=_PLACES_EACH,
        at_point=np.where(public, _AT_PUBLIC_PLACE, 0.0),
        own_cell=_index(cells, Positions.of_metres(one[:, 0], one[:, 1])),
    )
    return error_of_points, {"model": "catchments of map points", "sigma_m": None, "reach_m": reach_m}


def _index(cells: Cells, positions: Positions) -> NDArray[np.int64]:
    key = locate(cells.kind, **positions.coordinates)
    at = np.minimum(np.searchsorted(cells.key, key), len(cells) - 1)
    return np.where(cells.key[at] == key, at, -1).astype(np.int64)


def _row(one: NDArray[np.floating[Any]], wanted: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """Find rows of positions among sorted unique ones; -1 where they are not."""
    row = {(x, y): i for i, (x, y) in enumerate(one.tolist())}
    return np.array([row.get((x, y), -1) for x, y in wanted.tolist()], dtype=np.int64)
