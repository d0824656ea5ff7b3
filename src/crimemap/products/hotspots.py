"""Hotspots of a release: Gi* on H3 cells over each force's latest twelve months, from the rows that are published."""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from crimemap.analysis.grids.grid import H3Cells, count_in_cells, h3_cells, h3_cells_of, h3_neighbours, h3_polygons
from crimemap.analysis.hotspots.gistar import hotspots
from crimemap.periods import Period, month_after
from crimemap.products.inputs import ReleaseInputs

__all__ = ["ALPHA", "ForceHotspots", "counted_cells", "find_hotspots", "latest_year", "write_hotspots"]

ALPHA = 0.05
_FEWEST_CELLS = 3
_CELL_DECIMALS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ForceHotspots:
    """
    One force's hexagons.

    `table` has the columns of the release's `hotspots` table, for hexagons with incidents only; `polygons` are theirs,
    EPSG:4326. `n_tested` hexagons, empty ones included, were tested.
    """

    force: str
    period: Period
    table: pd.DataFrame
    polygons: NDArray[np.object_]
    n_tested: int


def latest_year(months: list[str], latest: str) -> Period:
    """
    Give the twelve months that end with the latest, or as many as there are.

    Examples
    --------
    >>> len(latest_year(["2024-11", "2024-12"], "2024-12"))
    2
    """
    return Period(max(months[0], month_after(latest, -11)), month_after(latest))


def _study_area(inputs: ReleaseInputs, force: str) -> NDArray[np.object_] | None:
    """Give the force's own area, or its neighbourhoods, as far as boundaries are known."""
    own = inputs.areas[inputs.areas["force"] == force]
    for area_type in ("pfa", "neighbourhood", "csp", "lad"):
        shapes = own.loc[own["area_type"] == area_type, "geometry"].to_numpy()
        if len(shapes):
            return np.array([shapely.make_valid(shapely.union_all(shapes))], dtype=object)
    return None


def _grid(study_area: NDArray[np.object_] | None, observed: NDArray[np.uint64], resolution: int) -> H3Cells | None:
    if study_area is not None:
        return h3_cells(study_area, resolution=resolution)
    return h3_cells_of(observed) if len(observed) else None


def counted_cells(db: duckdb.DuckDBPyConnection, force: str, period: Period) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """
    Count a force's incidents in each H3 cell that has any.

    Parameters
    ----------
    db
        Has the table `published`.
    period
        The months counted.

    Returns
    -------
    cell, incidents
        Shape (n,).
    """
    seen = db.execute(
        """SELECT cell, count(*)::BIGINT AS n FROM published
           WHERE force::VARCHAR = ? AND month >= ? AND month < ? AND cell IS NOT NULL GROUP BY cell""",
        [force, period.start, period.end],
    ).fetchnumpy()
    return np.asarray(seen["cell"], dtype=np.uint64), np.asarray(seen["n"], dtype=np.int64)


def find_hotspots(
    inputs: ReleaseInputs,
    force: str,
    period: Period,
    resolution: int,
    counted: tuple[NDArray[np.uint64], NDArray[np.int64]],
) -> ForceHotspots | None:
    """
    Find a force's hotspots.

    Parameters
    ----------
    period
        The months counted.
    resolution
        Of the H3 cells.
    counted
        The cells with incidents and their numbers, as `counted_cells` gives them.

    Returns
    -------
    ForceHotspots or None
        None where nothing has a location in the force's area, or there are too few cells to compare.
    """
    observed, number = counted
    if not len(observed):
        return None
    cells = _grid(_study_area(inputs, force), observed, resolution)
    if cells is None or len(cells) < _FEWEST_CELLS:
        return None
    counts = count_in_cells(cells.cell, observed, incidents=number).counts
    if not counts.any():
        return None
    found = hotspots(counts, h3_neighbours(cells), alpha=ALPHA)
    shown = np.flatnonzero(counts > 0)
    polygons = h3_polygons(cells.cell[shown], degrees=True)
    centre = shapely.get_coordinates(shapely.centroid(polygons)).round(_CELL_DECIMALS)
    names = cells.names
    table = pd.DataFrame(
        {
            "force": force,
            "cell": [names[i] for i in shown.tolist()],
            "h3_resolution": resolution,
            "first_month": period.start,
            "last_month": month_after(period.end, -1),
            "latitude": centre[:, 1],
            "longitude": centre[:, 0],
            "area_m2": cells.area_m2[shown].round(1),
            "incidents": counts[shown],
            "status": "counted",
            "z": found.gistar.z[shown],
            "p_value": found.gistar.p_upper[shown],
            "q_value": found.q_value[shown],
            "hotspot": found.hotspot[shown],
        }
    )
    return ForceHotspots(force=force, period=period, table=table, polygons=polygons, n_tested=len(cells))


def write_hotspots(db: duckdb.DuckDBPyConnection, found: ForceHotspots) -> None:
    """Add a force's hexagons to the release's table."""
    db.register("hexagons_given", found.table)
    db.execute("INSERT INTO hotspots SELECT * FROM hexagons_given")
    db.unregister("hexagons_given")
