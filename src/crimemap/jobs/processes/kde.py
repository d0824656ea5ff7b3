"""Kernel density of a force or an area."""

from dataclasses import dataclass
from typing import Any, Final, Self, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from crimemap.analysis.bandwidth_rules import BANDWIDTH_RULES, choose_bandwidth
from crimemap.analysis.kde import Surface, kernel_density
from crimemap.analysis.kernels import Kernel, kernel_shape
from crimemap.areas.store import AreaStore
from crimemap.checks import require_positive
from crimemap.crs import NATIONAL_GRID
from crimemap.errors import EmptyInputError, ParameterError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.coverage import require_covered
from crimemap.jobs.places import count_places
from crimemap.jobs.result import Progress
from crimemap.jobs.selection import Chosen, Selection, choose
from crimemap.jobs.study_area import StudyArea, area_of_force, named_area
from crimemap.workspace import Workspace

__all__ = ["KdeInputs", "KdeResult", "run_kde"]

#: Share of the peak below which a cell is not written to tables and maps of cells (rasters hold every cell).
_LEAST_SHOWN: Final = 1e-6


class KdeInputs(Selection):
    """What may be asked."""

    area: str | None = Field(default=None, description="Study area as SET:CODE, in place of a force's own.")
    bandwidth: str = Field(
        default="500",
        description="Radius of the kernel (standard deviation of the Gaussian) in metres, or scott or silverman.",
    )
    cell_size_m: float = Field(default=100.0, description="Side of a cell, metres.")
    kernel: Kernel = Field(default="quartic", description="Kernel.")

    @field_validator("bandwidth", mode="before")
    @classmethod
    def _text(cls, value: object) -> str:
        return str(value)

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.force is None and self.area is None:
            raise ParameterError("neither a force nor an area is named", where="force", fix="Give --force or --area.")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KdeResult:
    """
    A density surface of a study area.

    Attributes
    ----------
    inside
        Shape of the surface: True where a cell's centre is in the study area; all True where no boundary is known.
    used
        Incidents in the study area.
    around
        Incidents outside it whose kernels reach the surface: without them density would fall off at the boundary.
    too_far
        Incidents whose kernels do not reach it, left out.
    """

    inputs: KdeInputs
    chosen: Chosen
    study_area: StudyArea
    surface: Surface
    inside: NDArray[np.bool_]
    selected: int
    used: int
    around: int
    too_far: int
    without_position: int

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads; the surface itself goes to a file."""
        density = self.surface.density_per_km2
        inside = np.where(self.inside, density, 0.0)
        row, column = np.unravel_index(int(inside.argmax()), inside.shape)
        cell_km2 = self.surface.cell_size_m**2 / 1e6
        return {
            "process": "kde",
            "parameters": self.inputs.model_dump(),
            "selection": self.chosen.to_json(),
            "study_area": self.study_area.to_json(),
            "surface": self.surface.parameters
            | {
                "unit": "incidents per km² over the period",
                "rows": density.shape[0],
                "columns": density.shape[1],
                "west_m": self.surface.west_m,
                "south_m": self.surface.south_m,
                "cells_inside": int(self.inside.sum()),
                "incidents_under_surface": self.surface.integral,
                "incidents_under_surface_inside": float(inside.sum()) * cell_km2,
            },
            "peak": {
                "density_per_km2": float(inside[row, column]),
                "easting": float(self.surface.easting[column]),
                "northing": float(self.surface.northing[row]),
            },
            "incidents": {
                "selected": self.selected,
                "used": self.used,
                "around": self.around,
                "too_far": self.too_far,
                "without_position": self.without_position,
            },
        }

    def table(self) -> pd.DataFrame:
        """Give the cells of the study area whose density is a millionth of the highest or more: centre and density."""
        row, column = self._shown()
        return pd.DataFrame(
            {
                "easting": self.surface.easting[column],
                "northing": self.surface.northing[row],
                "density_per_km2": self.surface.density_per_km2[row, column],
            }
        )

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Give the same cells as squares."""
        table, half = self.table(), self.surface.cell_size_m / 2
        x, y = table["easting"].to_numpy(), table["northing"].to_numpy()
        squares = shapely.box(x - half, y - half, x + half, y + half)
        return {"density": gpd.GeoDataFrame(table, geometry=squares, crs=NATIONAL_GRID)}

    def _shown(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        density = np.where(self.inside, self.surface.density_per_km2, 0.0)
        row, column = np.nonzero((density > 0) & (density >= density.max() * _LEAST_SHOWN))
        return row, column


def _bandwidth(inputs: KdeInputs) -> float | str:
    if inputs.bandwidth in BANDWIDTH_RULES:
        return inputs.bandwidth
    try:
        width = float(inputs.bandwidth)
    except ValueError:
        raise ParameterError(
            f"{inputs.bandwidth[:20]!r} is neither a number of metres nor a rule",
            where="bandwidth",
            fix=f"Give metres, or one of: {', '.join(BANDWIDTH_RULES)}.",
        ) from None
    return require_positive(width, name="bandwidth", unit="metres")


def run_kde(workspace: Workspace, inputs: KdeInputs, progress: Progress) -> KdeResult:
    """
    Spread incidents into a density surface.

    Raises
    ------
    EmptyInputError
        If no incident reaches the study area.
    CrimemapError
        If the selection or the study area is not there, or a parameter cannot be used.
    """
    bandwidth = _bandwidth(inputs)
    areas = AreaStore(workspace.require())
    progress("Counting incidents", 0.1)
    with IncidentStore(workspace).connect() as con:
        chosen = choose(con, inputs)
        study = named_area(areas, inputs.area) if inputs.area else area_of_force(con, areas, cast("str", inputs.force))
        if inputs.area:
            require_covered(con, areas, study, chosen)
        places = count_places(con, chosen)
    table = places.table
    x, y = table["easting"].to_numpy(), table["northing"].to_numpy()
    n = table["incidents"].to_numpy(dtype=np.float64)
    within = np.ones(x.size, dtype=bool)
    extent = None
    if study.geometry is not None:
        shapely.prepare(study.geometry)
        within = shapely.intersects_xy(study.geometry, x, y)
        extent = tuple(shapely.bounds(study.geometry).tolist())
    if not within.any():
        raise EmptyInputError(
            "no incident of the selection is in the study area",
            where="incidents",
            fix="Take a longer period, another offence type or another area.",
        )
    rule = "given"
    if isinstance(bandwidth, str):
        rule = bandwidth
        bandwidth = choose_bandwidth(rule, x[within], y[within], weights=n[within], kernel=inputs.kernel)
    reach = bandwidth * kernel_shape(inputs.kernel).reach
    near = within.copy()
    if extent is not None:
        west, south, east, north = extent
        near |= (x > west - reach) & (x < east + reach) & (y > south - reach) & (y < north + reach)
    progress("Summing kernels", 0.4)
    surface = kernel_density(
        x[near],
        y[near],
        bandwidth_m=bandwidth,
        bandwidth_rule=rule,
        cell_size_m=inputs.cell_size_m,
        kernel=inputs.kernel,
        weights=n[near],
        extent=extent,
    )
    inside = np.ones(surface.density_per_km2.shape, dtype=bool)
    if study.geometry is not None:
        centre_x, centre_y = np.meshgrid(surface.easting, surface.northing)
        inside = shapely.intersects_xy(study.geometry, centre_x, centre_y)
    return KdeResult(
        inputs=inputs,
        chosen=chosen,
        study_area=study,
        surface=surface,
        inside=inside,
        selected=places.selected,
        used=int(n[within].sum()),
        around=int(n[near & ~within].sum()),
        too_far=int(n[~near].sum()),
        without_position=places.without_position,
    )
