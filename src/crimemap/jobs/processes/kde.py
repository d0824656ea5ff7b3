"""Kernel density of a force or an area: as it is, by people, beside another offence, or since another period."""

from dataclasses import dataclass
from typing import Any, Final, Literal, Self, cast

import duckdb
import numpy as np
import shapely
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from crimemap.analysis.density.adaptive import adaptive_density
from crimemap.analysis.density.bandwidth_rules import BANDWIDTH_RULES, choose_bandwidth
from crimemap.analysis.density.contours import volume_regions
from crimemap.analysis.density.frame import Extent, frame_around
from crimemap.analysis.density.kde import kernel_density
from crimemap.analysis.density.kernels import Kernel, kernel_shape
from crimemap.analysis.density.surface import EdgeCorrection, Surface
from crimemap.areas.store import AreaStore
from crimemap.checks import require_positive
from crimemap.errors import EmptyInputError, ParameterError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.compared_with import require_another_offence, require_earlier
from crimemap.jobs.coverage import require_covered
from crimemap.jobs.kde_measures import Measured, beside_offence, by_people, since
from crimemap.jobs.kde_past import past_of_density
from crimemap.jobs.kde_result import KdeResult
from crimemap.jobs.places import PlaceCounts, count_places
from crimemap.jobs.processes.backtest_of import bandwidth_of_past
from crimemap.jobs.result import Progress
from crimemap.jobs.selection import Chosen, Selection, choose
from crimemap.jobs.study_area import StudyArea, area_of_force, named_area
from crimemap.workspace import Workspace

__all__ = ["KdeInputs", "KdeResult", "run_kde"]

_SHARES: Final = (0.25, 0.5, 0.75)
_OFFENCE: Final = "offence:"
_BY_BACKTEST: Final = "backtest"

Floats = NDArray[np.float64]


class KdeInputs(Selection):
    """What may be asked."""

    area: str | None = Field(default=None, description="Study area as SET:CODE, in place of a force's own.")
    bandwidth: str = Field(
        default="500",
        description="Radius of the kernel (standard deviation of the Gaussian) in metres, or scott, silverman, likelihood, "
        "diggle, cvl or backtest.",
    )
    cell_size_m: float = Field(default=100.0, description="Side of a cell, metres.")
    kernel: Kernel = Field(
        default="quartic", description="Kernel; for a relative risk beside another offence the Gaussian if not given."
    )
    edge_correction: EdgeCorrection = Field(
        default="none",
        description="none counts incidents beyond the boundary; uniform and diggle correct for not knowing them.",
    )
    adaptive: bool = Field(
        default=False, description="Give each incident its own bandwidth (Abramson); the mean is as given."
    )
    per: Literal["period", "year"] = Field(default="period", description="Incidents over the period, or in a year.")
    relative_to: str | None = Field(
        default=None, description="Small areas with people (lsoa-2021), or offence:NAME for a relative risk."
    )
    compare: str | None = Field(default=None, description="An earlier period, YYYY-MM:YYYY-MM: the change since.")
    least_people_per_km2: float = Field(default=100.0, description="Where fewer people live, no rate is given.")
    tolerance: float = Field(default=1e-9, description="Largest error of the Gaussian, as a share of the peak.")
    backtest: bool = Field(default=True, description="Say how the method would have done here so far.")
    seed: int = Field(default=1, ge=0, description="Seed of the back-test's intervals.")

    @model_validator(mode="before")
    @classmethod
    def _kernel_that_suits(cls, given: Any) -> Any:
        """Take the Gaussian where densities are divided: the others are 0 beyond their radius."""
        if isinstance(given, dict) and given.get("kernel") is None:
            beside = str(given.get("relative_to") or "").startswith(_OFFENCE)
            return {**given, "kernel": "gaussian" if beside else "quartic"}
        return given

    @field_validator("bandwidth", mode="before")
    @classmethod
    def _text(cls, value: object) -> str:
        return str(value)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.force is None and self.area is None:
            raise ParameterError("neither a force nor an area is named", where="force", fix="Give --force or --area.")
        if self.relative_to is not None and self.compare is not None:
            raise ParameterError(
                "a surface is either relative to something or a change", where="compare", fix="Ask for one at a time."
            )
        others = {
            "--relative-to": self.relative_to is not None,
            "--compare": self.compare is not None,
            "--edge": self.edge_correction != "none",
        }
        if self.adaptive and any(others.values()):
            named = " and ".join(name for name, given in others.items() if given)
            raise ParameterError(
                f"adaptive bandwidths are for a plain density, without {named}",
                where="adaptive",
                fix=f"Leave out {named}, or --adaptive.",
            )
        return self


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Prepared:
    """Positions with their numbers, and how they are to be spread."""

    x: Floats
    y: Floats
    n: Floats
    within: NDArray[np.bool_]
    near: NDArray[np.bool_]
    extent: Extent
    width: float
    rule: str


def _bandwidth(inputs: KdeInputs) -> float | str:
    if inputs.bandwidth in (*BANDWIDTH_RULES, _BY_BACKTEST):
        return inputs.bandwidth
    try:
        width = float(inputs.bandwidth)
    except ValueError:
        raise ParameterError(
            f"{inputs.bandwidth[:20]!r} is neither a number of metres nor a rule",
            where="bandwidth",
            fix=f"Give metres, or one of: {', '.join((*BANDWIDTH_RULES, _BY_BACKTEST))}.",
        ) from None
    return require_positive(width, name="bandwidth", unit="metres")


def _prepare(
    inputs: KdeInputs, places: PlaceCounts, study: StudyArea, bandwidth: float | str | tuple[float, str]
) -> _Prepared:
    """Choose the bandwidth, and the incidents that have a part in the surface."""
    table = places.table
    x, y = table["easting"].to_numpy(), table["northing"].to_numpy()
    n = table["incidents"].to_numpy(dtype=np.float64)
    within = np.ones(x.size, dtype=bool)
    if study.geometry is not None:
        shapely.prepare(study.geometry)
        within = shapely.intersects_xy(study.geometry, x, y)
    if not within.any():
        raise EmptyInputError(
            "no incident of the selection is in the study area",
            where="incidents",
            fix="Take a longer period, another offence type or another area.",
        )
    rule = "given"
    if isinstance(bandwidth, tuple):
        bandwidth, rule = bandwidth
    elif isinstance(bandwidth, str):
        rule = bandwidth
        asked: dict[str, Any] = {"weights": n[within], "kernel": inputs.kernel, "study_area": study.geometry}
        bandwidth = choose_bandwidth(rule, x[within], y[within], **asked)
    reach = bandwidth * kernel_shape(inputs.kernel).reach
    near = within.copy()
    extent = frame_around(x, y, reach)
    if study.geometry is not None:
        extent = west, south, east, north = tuple(shapely.bounds(study.geometry).tolist())
        if inputs.edge_correction == "none":
            near |= (x > west - reach) & (x < east + reach) & (y > south - reach) & (y < north + reach)
    return _Prepared(x=x, y=y, n=n, within=within, near=near, extent=extent, width=bandwidth, rule=rule)


def _spread(inputs: KdeInputs, study: StudyArea, ready: _Prepared) -> Surface:
    near = ready.near
    x, y = ready.x[near], ready.y[near]
    asked: dict[str, Any] = {
        "bandwidth_m": ready.width,
        "cell_size_m": inputs.cell_size_m,
        "kernel": inputs.kernel,
        "weights": ready.n[near],
        "extent": ready.extent,
        "study_area": study.geometry,
    }
    if inputs.adaptive:
        rule = "abramson" if ready.rule == "given" else f"abramson, mean by {ready.rule}"
        return adaptive_density(x, y, bandwidth_rule=rule, **asked).surface
    return kernel_density(
        x,
        y,
        bandwidth_rule=ready.rule,
        edge_correction=inputs.edge_correction,
        tolerance=inputs.tolerance,
        **asked,
    )


def _years(chosen: Chosen) -> float:
    """Give the length of the period, months of which no force has data left out."""
    return chosen.covered["month"].nunique() / 12


def _plain(inputs: KdeInputs, surface: Surface, years: float) -> Measured:
    if inputs.per == "year":
        return Measured(
            measure="density", unit="incidents per km² and year", value=surface.density_per_km2 / years, surface=surface
        )
    return Measured(
        measure="density", unit="incidents per km² over the period", value=surface.density_per_km2, surface=surface
    )


def _earlier(inputs: KdeInputs) -> KdeInputs:
    first, colon, last = cast("str", inputs.compare).partition(":")
    if not (first and colon and last):
        raise ParameterError("this is not YYYY-MM:YYYY-MM", where="compare", fix="Write it as 2023-01:2023-12.")
    return KdeInputs.model_validate(inputs.model_dump() | {"first_month": first, "last_month": last, "compare": None})


def _other_offence(inputs: KdeInputs) -> KdeInputs:
    name = cast("str", inputs.relative_to).removeprefix(_OFFENCE)
    return KdeInputs.model_validate(inputs.model_dump() | {"offence": name, "relative_to": None})


def _places(con: duckdb.DuckDBPyConnection, inputs: KdeInputs, workspace: Workspace) -> tuple[Chosen, PlaceCounts]:
    chosen = choose(con, inputs)
    return chosen, count_places(con, chosen, workspace=workspace)


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
    beside = inputs.relative_to is not None and inputs.relative_to.startswith(_OFFENCE)
    other: tuple[Chosen, PlaceCounts] | None = None
    with IncidentStore(workspace).connect() as con:
        chosen, places = _places(con, inputs, workspace)
        study = named_area(areas, inputs.area) if inputs.area else area_of_force(con, areas, cast("str", inputs.force))
        if inputs.area:
            require_covered(con, areas, study, chosen)
        if inputs.compare is not None:
            other = _places(con, _earlier(inputs), workspace)
            require_earlier(other[0].period, chosen.period)
        elif beside:
            other = _places(con, _other_offence(inputs), workspace)
            require_another_offence(other[0], chosen)
        if other is not None and inputs.area:
            require_covered(con, areas, study, other[0])
        progress("Choosing a bandwidth", 0.3)
        of: dict[str, Any] = {"workspace": workspace, "con": con, "chosen": chosen, "study": study}
        settled: float | str | tuple[float, str] = bandwidth
        if bandwidth == _BY_BACKTEST:
            size, kernel = inputs.cell_size_m, inputs.kernel
            best = bandwidth_of_past(selection=inputs, cell_size_m=size, kernel=kernel, seed=inputs.seed, **of)
            settled = best.bandwidth_m, _BY_BACKTEST
        ready = _prepare(inputs, places, study, settled)
        progress("Testing the method on past months", 0.35)
        past = past_of_density(inputs, ready.width, **of)
    progress("Summing kernels", 0.4)
    surface = _spread(inputs, study, ready)
    years = _years(chosen)
    if inputs.compare is not None and other is not None:
        earlier = _spread(inputs, study, _same_cells(inputs, study, other[1], ready))
        found = since(earlier, surface, earlier_years=_years(other[0]), later_years=years, chosen=other[0], places=other[1])
    elif beside and other is not None:
        found = beside_offence(inputs, study.geometry, ready.width, places, other)
    elif inputs.relative_to is not None:
        found = by_people(areas, inputs, surface, study.geometry, years)
    else:
        found = _plain(inputs, surface, years)
    progress("Drawing regions", 0.8)
    return KdeResult(
        inputs=inputs,
        chosen=chosen,
        study_area=study,
        surface=found.surface,
        measure=found.measure,
        unit=found.unit,
        value=found.value,
        p_value=found.p_value,
        years=years,
        regions=volume_regions(surface, _SHARES) if np.nansum(surface.density_per_km2) > 0 else [],
        selected=places.selected,
        used=int(ready.n[ready.within].sum()),
        around=int(ready.n[ready.near & ~ready.within].sum()),
        too_far=int(ready.n[~ready.near].sum()),
        without_position=places.without_position,
        compared=found.compared,
        backtest=past,
    )


def _same_cells(inputs: KdeInputs, study: StudyArea, places: PlaceCounts, ready: _Prepared) -> _Prepared:
    """Prepare another selection for the same cells and bandwidth."""
    other = _prepare(inputs, places, study, ready.width)
    return _Prepared(
        x=other.x,
        y=other.y,
        n=other.n,
        within=other.within,
        near=other.near,
        extent=ready.extent,
        width=ready.width,
        rule=ready.rule,
    )
