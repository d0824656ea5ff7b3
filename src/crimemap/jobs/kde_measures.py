"""What a density can be set beside: people, another offence, an earlier period."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.analysis.density.kde import kernel_density
from crimemap.analysis.density.relative_risk import relative_risk
from crimemap.analysis.density.surface import Surface
from crimemap.analysis.density.two_surfaces import density_change, density_ratio
from crimemap.areas.store import AreaStore
from crimemap.errors import ParameterError
from crimemap.jobs.cell_people import small_areas
from crimemap.jobs.kde_result import Measure
from crimemap.jobs.places import PlaceCounts
from crimemap.jobs.selection import Chosen

if TYPE_CHECKING:
    from crimemap.jobs.processes.kde import KdeInputs

__all__ = ["Measured", "beside_offence", "by_people", "since"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """
    Values on the cells of a surface.

    Attributes
    ----------
    measure, unit, value, p_value, compared
        As `KdeResult` has them.
    surface
        The density of the incidents.
    """

    measure: Measure
    unit: str
    value: Floats
    surface: Surface
    p_value: Floats | None = None
    compared: dict[str, Any] | None = None


def by_people(areas: AreaStore, inputs: "KdeInputs", surface: Surface, geometry: Any, years: float) -> Measured:
    """
    Divide by the people who live there: each small area's stand at a point within it, spread by the same kernel.

    Raises
    ------
    NotFoundError
        If there is no such set, or no population of its areas.
    EmptyInputError
        If nobody lives within reach.
    """
    bricks = small_areas(areas, set_name=None if inputs.relative_to == "population" else inputs.relative_to)
    middle = shapely.point_on_surface(np.asarray(bricks.frame.geometry.array, dtype=object))
    rows, columns = surface.density_per_km2.shape
    size = surface.cell_size_m
    people = kernel_density(
        shapely.get_x(middle),
        shapely.get_y(middle),
        weights=bricks.frame["population"].fillna(0.0).to_numpy(dtype=np.float64),
        bandwidth_m=surface.bandwidth_m,
        cell_size_m=size,
        kernel=surface.kernel,
        extent=(surface.west_m, surface.south_m, surface.west_m + columns * size, surface.south_m + rows * size),
        study_area=geometry,
        edge_correction=surface.edge_correction,
        tolerance=inputs.tolerance,
    )
    per_year = inputs.per == "year"
    ratio = density_ratio(surface, people, least_per_km2=inputs.least_people_per_km2, per=1000.0)
    return Measured(
        measure="per_1000_people",
        unit="incidents per 1,000 people" + (" and year" if per_year else " over the period"),
        value=ratio / years if per_year else ratio,
        surface=surface,
        compared={"with": "people", "people": people.integral, **bricks.to_json()},
    )


def beside_offence(
    inputs: "KdeInputs", geometry: Any, width: float, cases: PlaceCounts, other: tuple[Chosen, PlaceCounts]
) -> Measured:
    """
    Give the log relative risk beside another offence, both corrected at the edge.

    Raises
    ------
    ParameterError
        If the force has no boundary.
    EmptyInputError
        If fewer than 3 incidents of either are in the study area.
    """
    if geometry is None:
        raise ParameterError(
            "a relative risk needs a study area",
            where="relative_to",
            fix="Add one with 'crimemap areas add', or name --area.",
        )
    chosen, controls = other
    found = relative_risk(
        (cases.table["easting"], cases.table["northing"]),
        (controls.table["easting"], controls.table["northing"]),
        geometry,
        bandwidth_m=width,
        cell_size_m=inputs.cell_size_m,
        kernel=inputs.kernel,
        case_weights=cases.table["incidents"],
        control_weights=controls.table["incidents"],
    )
    return Measured(
        measure="log_relative_risk",
        unit="natural logarithm of the relative risk",
        value=found.log_ratio,
        surface=found.cases,
        p_value=found.p_value,
        compared={
            "with": "offence",
            "offence_types": list(chosen.offence_types or ()),
            "incidents": found.n_controls,
            "added_incidents": found.added_incidents,
        },
    )


def since(
    earlier: Surface,
    later: Surface,
    *,
    earlier_years: float,
    later_years: float,
    chosen: Chosen,
    places: PlaceCounts,
) -> Measured:
    """Give the change since an earlier period, by year."""
    found = density_change(earlier, later, earlier_years=earlier_years, later_years=later_years)
    return Measured(
        measure="change",
        unit="change of incidents per km² and year",
        value=found.change_per_km2,
        surface=later,
        p_value=found.p_value,
        compared={
            "with": "period",
            "selection": chosen.to_json(),
            "years": earlier_years,
            "incidents": earlier.incidents,
            "without_position": places.without_position,
        },
    )
