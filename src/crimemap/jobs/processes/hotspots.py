"""Hotspots: Gi* on H3 cells, with the false ones among them bounded."""

from dataclasses import dataclass
from typing import Any, Final, Self, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import Field, model_validator

from crimemap.analysis.gistar import Test, hotspots
from crimemap.analysis.grid import (
    H3Cells,
    count_in_cells,
    h3_cells,
    h3_cells_of,
    h3_centres,
    h3_index,
    h3_neighbours,
    h3_polygons,
)
from crimemap.analysis.significance import Correction
from crimemap.areas.store import AreaStore
from crimemap.crs import NATIONAL_GRID
from crimemap.errors import EmptyInputError, ParameterError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.coverage import require_covered
from crimemap.jobs.places import PlaceCounts, count_places
from crimemap.jobs.result import Progress, records
from crimemap.jobs.selection import Chosen, Selection, choose
from crimemap.jobs.study_area import StudyArea, area_of_force, named_area
from crimemap.workspace import Workspace

__all__ = ["HotspotsInputs", "HotspotsResult", "run_hotspots"]

_FEWEST: Final = 3
_M2_PER_KM2: Final = 1e6


class HotspotsInputs(Selection):
    """What may be asked."""

    area: str | None = Field(default=None, description="Study area as SET:CODE, in place of a force's own.")
    resolution: int = Field(default=9, ge=0, le=15, description="H3 resolution; 9 is some 0.1 km² a cell.")
    ring: int = Field(default=1, ge=1, le=10, description="Neighbours are the cells within so many steps.")
    test: Test = Field(default="exact", description="Exact permutation test, or z read as a normal.")
    correction: Correction = Field(default="benjamini-hochberg", description="Correction for testing every cell.")
    alpha: float = Field(default=0.05, gt=0, lt=1, description="Rate of false hotspots to keep to.")

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.force is None and self.area is None:
            raise ParameterError("neither a force nor an area is named", where="force", fix="Give --force or --area.")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HotspotsResult:
    """
    Hotspots of a study area.

    Attributes
    ----------
    cells
        One row for each cell of the study area, empty ones included: `cell`, `longitude`, `latitude` of its centre,
        `incidents`, `area_inside_km2`, `density_per_km2`, `n_neighbours`, `z`, `p_value` (upper), `q_value`, `hotspot`.
    outside
        Incidents in no cell of the study area.
    """

    inputs: HotspotsInputs
    chosen: Chosen
    study_area: StudyArea
    cells: pd.DataFrame
    selected: int
    used: int
    outside: int
    without_position: int

    @property
    def hot(self) -> pd.DataFrame:
        """The hotspots, the most certain first."""
        return self.cells[self.cells["hotspot"]].sort_values(
            ["q_value", "incidents"], ascending=[True, False], kind="stable"
        )

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads: the figures, and the cells that are hot."""
        return {
            "process": "hotspots",
            "parameters": self.inputs.model_dump(),
            "selection": self.chosen.to_json(),
            "study_area": self.study_area.to_json(),
            "statistic": "Gi*, each cell its own neighbour",
            "test": self.inputs.test,
            "correction": self.inputs.correction,
            "alpha": self.inputs.alpha,
            "incidents": {
                "selected": self.selected,
                "used": self.used,
                "outside_study_area": self.outside,
                "without_position": self.without_position,
            },
            "cells": {
                "tested": len(self.cells),
                "with_incidents": int((self.cells["incidents"] > 0).sum()),
                "hot": int(self.cells["hotspot"].sum()),
            },
            "incidents_in_hotspots": int(self.hot["incidents"].sum()),
            "hotspots": records(self.hot),
        }

    def table(self) -> pd.DataFrame:
        """Give every cell."""
        return self.cells

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Give the cells with incidents and those that are hot; the rest of the study area is empty."""
        shown = self.cells[(self.cells["incidents"] > 0) | self.cells["hotspot"]]
        cell = np.array([int(name, 16) for name in shown["cell"]], dtype=np.uint64)
        return {"hotspots": gpd.GeoDataFrame(shown, geometry=h3_polygons(cell), crs=NATIONAL_GRID)}


def _seen_cells(con: Any, force: str, resolution: int) -> H3Cells:
    """Give the cells in which a force ever recorded an incident."""
    places = con.execute(
        "SELECT longitude, latitude FROM places WHERE place_id IN (SELECT DISTINCT place_id FROM incidents WHERE force = ?)",
        [force],
    ).df()
    return h3_cells_of(h3_index(places["longitude"], places["latitude"], resolution=resolution))


def run_hotspots(workspace: Workspace, inputs: HotspotsInputs, progress: Progress) -> HotspotsResult:
    """
    Find hotspots.

    Raises
    ------
    EmptyInputError
        If fewer than 3 incidents or cells are left.
    CrimemapError
        If the selection or the study area is not there.
    """
    areas = AreaStore(workspace.require())
    progress("Counting incidents", 0.1)
    with IncidentStore(workspace).connect() as con:
        chosen = choose(con, inputs)
        study = named_area(areas, inputs.area) if inputs.area else area_of_force(con, areas, cast("str", inputs.force))
        if inputs.area:
            require_covered(con, areas, study, chosen)
        places = count_places(con, chosen)
        progress("Covering the study area with cells", 0.3)
        if study.geometry is None:
            cells = _seen_cells(con, cast("str", inputs.force), inputs.resolution)
        else:
            cells = h3_cells(study.geometry, resolution=inputs.resolution)
    progress("Testing cells", 0.6)
    counted = _counted(places, cells, study, inside_only=inputs.area is not None)
    if counted.inside < _FEWEST:
        raise EmptyInputError(
            f"{counted.inside} incidents are in the study area; fewer than {_FEWEST} show no pattern",
            where="incidents",
            fix="Take a longer period, another offence type or a larger area.",
        )
    neighbours = h3_neighbours(cells, ring=inputs.ring)
    found = hotspots(counted.counts, neighbours, test=inputs.test, correction=inputs.correction, alpha=inputs.alpha)
    longitude, latitude = h3_centres(cells.cell)
    table = pd.DataFrame(
        {
            "cell": cells.names,
            "longitude": longitude.round(6),
            "latitude": latitude.round(6),
            "incidents": counted.counts,
            "area_inside_km2": cells.area_inside_m2 / _M2_PER_KM2,
            "density_per_km2": counted.counts / cells.area_inside_m2 * _M2_PER_KM2,
            "n_neighbours": found.gistar.n_neighbours,
            "z": found.gistar.z,
            "p_value": found.gistar.p_upper,
            "q_value": found.q_value,
            "hotspot": found.hotspot,
        }
    )
    return HotspotsResult(
        inputs=inputs,
        chosen=chosen,
        study_area=study,
        cells=table,
        selected=places.selected,
        used=counted.inside,
        outside=places.selected - places.without_position - counted.inside,
        without_position=places.without_position,
    )


def _counted(places: PlaceCounts, cells: H3Cells, study: StudyArea, *, inside_only: bool) -> Any:
    """Count by cell: a force's incidents wherever in a cell they lie, another area's only inside it."""
    table = places.table
    if inside_only:
        shapely.prepare(study.geometry)
        table = table[shapely.intersects_xy(study.geometry, table["easting"], table["northing"])]
    observed = h3_index(table["longitude"], table["latitude"], resolution=cells.resolution)
    return count_in_cells(cells.cell, observed, incidents=table["incidents"])
