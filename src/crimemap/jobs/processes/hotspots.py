"""Hotspots: Gi* or local Moran on cells of a study area, with the false ones among them bounded."""

from typing import Any, Final, Literal, Self, cast

import duckdb
import numpy as np
import pandas as pd
from numpy.random import Generator, default_rng
from pydantic import Field, field_validator, model_validator
from scipy.sparse import csr_array

from crimemap.analysis.foresight.forecast_excess import excess_score
from crimemap.analysis.foresight.forecast_methods import gistar_score
from crimemap.analysis.grids.cells import Cells, Graph, cell_neighbours, parse_cells
from crimemap.analysis.hotspots.gistar import Test
from crimemap.analysis.hotspots.hot_areas import HotAreas, hot_areas
from crimemap.analysis.hotspots.location_uncertainty import HotProbability, hot_probability
from crimemap.analysis.hotspots.sensitivity import Sensitivity, sensitivity
from crimemap.analysis.significance import Correction
from crimemap.areas.store import AreaStore
from crimemap.checks import require_positive
from crimemap.errors import CrimemapError, ParameterError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.at_risk import OFFENCE, AtRisk, incidents_at_risk, people_at_risk
from crimemap.jobs.at_risk_past import at_risk_in_months
from crimemap.jobs.cell_people import people_of_cells
from crimemap.jobs.coverage import require_covered
from crimemap.jobs.hotspots_result import HotspotsResult, named_areas
from crimemap.jobs.memory_needed import require_memory
from crimemap.jobs.place_error import place_error
from crimemap.jobs.places import PlaceCounts, count_places
from crimemap.jobs.processes.backtest_of import backtest_of, no_backtest
from crimemap.jobs.result import Progress
from crimemap.jobs.selection import Chosen, Selection, choose
from crimemap.jobs.study_area import StudyArea, area_of_force, named_area
from crimemap.jobs.study_cells import CountedCells, count_study, study_cells
from crimemap.jobs.tested_cells import TestedCells, tested_cells
from crimemap.workspace import Workspace

__all__ = ["HotspotsInputs", "HotspotsResult", "run_hotspots"]

_M2_PER_KM2: Final = 1e6
_DEFAULT_RESOLUTION: Final = 9

Statistic = Literal["gi-star", "local-moran"]


class HotspotsInputs(Selection):
    """What may be asked."""

    area: str | None = Field(default=None, description="Study area as SET:CODE, in place of a force's own.")
    cells: str = Field(default="", description="Cells: h3:9, or squares of the National Grid such as 200m.")
    resolution: int | None = Field(default=None, ge=0, le=15, description="H3 resolution, in place of cells.")
    statistic: Statistic = Field(default="gi-star", description="Getis-Ord Gi* or local Moran.")
    ring: int = Field(default=1, ge=1, le=10, description="Neighbours are the cells within so many steps.")
    distance_m: float | None = Field(
        default=None, description="Neighbours are cells with centres so near, instead of rings."
    )
    test: Test = Field(default="exact", description="Exact permutation test, drawn permutations, or z read as a normal.")
    permutations: int = Field(default=999, ge=19, le=99_999, description="Permutations that are drawn.")
    correction: Correction = Field(default="benjamini-hochberg", description="Correction for testing every cell.")
    alpha: float = Field(default=0.05, gt=0, lt=1, description="Rate of false hotspots to keep to.")
    relative_to: str | None = Field(
        default=None,
        description="Beside whom: population, households, small areas (lsoa-2021), offence:NAME, or offence:all for all "
        "others; an even spread over the ground where not given.",
    )
    people: Literal["population", "households"] | None = Field(default=None, description="People at risk by cell.")
    location_draws: int = Field(default=0, ge=0, le=9_999, description="Draws of places from where they may have been.")
    location_reach_m: float = Field(default=150.0, description="How far along its street from a map point, metres.")
    geocoding_error_m: float | None = Field(default=None, description="Error of own coordinates, metres.")
    seed: int = Field(default=1, ge=0, description="Seed of everything drawn.")
    backtest: bool = Field(default=True, description="Say how the method would have done here so far.")

    @field_validator("cells")
    @classmethod
    def _cells(cls, value: str) -> str:
        return str(parse_cells(value)) if value else ""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.force is None and self.area is None:
            raise ParameterError("neither a force nor an area is named", where="force", fix="Give --force or --area.")
        if self.cells and self.resolution is not None and self.cells != f"h3:{self.resolution}":
            raise ParameterError("two kinds of cells are asked for", where="cells", fix="Give --cells or --resolution.")
        if self.statistic == "local-moran" and self.test == "normal":
            raise ParameterError(
                "local Moran has no normal test here", where="test", fix="Take the test 'exact' or 'monte-carlo'."
            )
        if self.relative_to is not None:
            self._fits_beside()
        for name, value in (("distance", self.distance_m), ("geocoding-error", self.geocoding_error_m)):
            if value is not None:
                require_positive(value, name=name, unit="metres")
        require_positive(self.location_reach_m, name="location-reach", unit="metres")
        return self

    def _fits_beside(self) -> None:
        if self.statistic != "gi-star" or self.test != "exact":
            raise ParameterError(
                "those at risk have an exact test of their own",
                where="relative-to",
                fix="Leave out --statistic and --test.",
            )
        if self.location_draws:
            raise ParameterError(
                "draws of places are tested against an even spread only",
                where="relative-to",
                fix="Leave out --location-draws or --relative-to.",
            )
        if str(self.relative_to).startswith(OFFENCE) and self.offence is None:
            raise ParameterError(
                "a map of all offence types has none left to be set beside",
                where="relative-to",
                fix="Name the offence type of the map with --offence.",
            )

    @property
    def kind(self) -> str:
        """The cells asked for, as `parse_cells` reads them."""
        return self.cells or f"h3:{_DEFAULT_RESOLUTION if self.resolution is None else self.resolution}"

    @property
    def graph(self) -> Graph:
        """How neighbours are chosen."""
        return "ring" if self.distance_m is None else "distance"


def _at_risk(
    inputs: HotspotsInputs,
    workspace: Workspace,
    con: duckdb.DuckDBPyConnection,
    areas: AreaStore,
    study: StudyArea,
    *,
    chosen: Chosen,
    cells: Cells,
    places: PlaceCounts,
) -> AtRisk | None:
    if inputs.relative_to is None:
        return None
    if inputs.relative_to.startswith(OFFENCE):
        name, only = inputs.relative_to.removeprefix(OFFENCE), inputs.area is not None
        return incidents_at_risk(con, workspace, inputs, places, study, name=name, inside_only=only)
    return people_at_risk(con, areas, study, chosen, cells, name=inputs.relative_to)


def _stays(
    inputs: HotspotsInputs,
    cells: Cells,
    counted: CountedCells,
    geometry: object | None,
    rng: Generator,
    *,
    at_risk: AtRisk | None,
) -> Sensitivity | None:
    if inputs.statistic != "gi-star":
        return None
    return sensitivity(
        cells,
        counted.positions,
        study_area=geometry,
        graph=inputs.graph,
        ring=inputs.ring,
        distance_m=inputs.distance_m or 0.0,
        test=inputs.test,
        correction=inputs.correction,
        alpha=inputs.alpha,
        permutations=inputs.permutations,
        rng=rng,
        at_risk=None if at_risk is None else at_risk.in_cells,
        null="people" if at_risk is None else at_risk.null,
    )


def _areas(cells: Cells, counted: CountedCells, tested: TestedCells, touching: csr_array | None) -> HotAreas:
    x, y = cells.centres()
    return hot_areas(
        tested.hot,
        cell_neighbours(cells) if touching is None else touching,
        counts=counted.counts,
        area_inside_m2=cells.area_inside_m2,
        easting=x,
        northing=y,
        expected=tested.expected,
    )


def _past_of(inputs: HotspotsInputs, around: csr_array, at_risk: AtRisk | None, **of: Any) -> dict[str, Any]:
    """Back-test the map's method on the months before, unless it is not asked for or cannot be."""
    if not inputs.backtest:
        return no_backtest("it was not asked for")
    if inputs.statistic != "gi-star":
        return no_backtest("local Moran says which cells stand out; it ranks none")
    said = f"a ring of {inputs.ring}" if inputs.distance_m is None else f"neighbours within {inputs.distance_m:g} m"
    if at_risk is not None and inputs.relative_to is not None:
        where = {name: of[name] for name in ("con", "workspace", "study", "cells")}
        last = of["chosen"].months[-1]
        try:
            then = at_risk_in_months(at_risk, selection=inputs, relative_to=inputs.relative_to, last_month=last, **where)
        except CrimemapError as error:
            return no_backtest(error.message)
        method = excess_score(then, neighbours=around, null=at_risk.null, said=said)
    elif inputs.distance_m is None:
        method = gistar_score(ring=inputs.ring)
    else:
        method = gistar_score(neighbours=around, said=said)
    return backtest_of(method, selection=inputs, seed=inputs.seed, **of)


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
    rng, drawn = default_rng([inputs.seed, 1]), default_rng([inputs.seed, 2])
    probability: HotProbability | None = None
    location = None
    progress("Counting incidents", 0.1)
    with IncidentStore(workspace).connect() as con:
        chosen = choose(con, inputs)
        study = named_area(areas, inputs.area) if inputs.area else area_of_force(con, areas, cast("str", inputs.force))
        if inputs.area:
            require_covered(con, areas, study, chosen)
        require_memory(study, parse_cells(inputs.kind), ring=inputs.ring, distance_m=inputs.distance_m)
        places = count_places(con, chosen, workspace=workspace)
        progress("Covering the study area with cells", 0.2)
        cells = study_cells(con, study, parse_cells(inputs.kind), inputs.force)
        counted = count_study(places, cells, study, inside_only=inputs.area is not None)
        progress("Testing cells", 0.4)
        around = cell_neighbours(cells, graph=inputs.graph, ring=inputs.ring, distance_m=inputs.distance_m or 0.0)
        of: dict[str, Any] = {"chosen": chosen, "cells": cells, "places": places}
        at_risk = _at_risk(inputs, workspace, con, areas, study, **of)
        tested = tested_cells(inputs, cells, counted.counts, around, rng=rng, at_risk=at_risk)
        joined = _areas(cells, counted, tested, around if inputs.graph == "ring" and inputs.ring == 1 else None)
        progress("Testing other neighbours and cells", 0.5)
        stays = _stays(inputs, cells, counted, study.geometry, rng, at_risk=at_risk)
        if inputs.location_draws:
            progress("Drawing places", 0.6)
            if inputs.statistic != "gi-star":
                raise ParameterError("draws of places are tested by Gi* only", where="statistic", fix="Take gi-star.")
            error, location = place_error(
                con,
                chosen,
                study,
                cells,
                counted.positions,
                reach_m=inputs.location_reach_m,
                sigma_m=inputs.geocoding_error_m,
            )
            probability = hot_probability(
                error,
                around,
                draws=inputs.location_draws,
                rng=drawn,
                area=joined.area,
                test=inputs.test,
                correction=inputs.correction,
                alpha=inputs.alpha,
            )
        named = named_areas(con, joined, cells, source=chosen.source)
        progress("Testing the method on past months", 0.7)
        past = _past_of(
            inputs, around, at_risk, workspace=workspace, con=con, chosen=chosen, study=study, kind=cells.kind, cells=cells
        )
    people, people_of = (
        people_of_cells(areas, cells, measure=inputs.people) if inputs.people else (np.full(len(cells), np.nan), None)
    )
    longitude, latitude = cells.centres_in_degrees()
    missing = np.full(len(cells), None, dtype=object)
    table = pd.DataFrame(
        {
            "cell": cells.names,
            "longitude": longitude.round(6),
            "latitude": latitude.round(6),
            "incidents": counted.counts,
            "area_inside_km2": cells.area_inside_m2 / _M2_PER_KM2,
            "density_per_km2": counted.counts / cells.area_inside_m2 * _M2_PER_KM2,
            "people": people,
            **tested.columns,
            "hotspot_rank": pd.array(np.where(joined.area >= 0, joined.area + 1, 0), dtype="Int64"),
            "hot_at_next_ring": missing if stays is None else stays.next_ring,
            "hot_at_coarser_cells": missing if stays is None or stays.coarser is None else stays.coarser,
            "hot_probability": np.nan if probability is None else probability.probability,
        }
    )
    table.loc[table["hotspot_rank"] == 0, "hotspot_rank"] = pd.NA
    named["stability"] = np.nan if probability is None else probability.stability
    return HotspotsResult(
        inputs=inputs.model_dump(),
        chosen=chosen,
        study_area=study,
        grid=cells,
        cells=table,
        areas=named,
        neighbours={
            "graph": inputs.graph,
            "ring": None if inputs.distance_m else inputs.ring,
            "distance_m": inputs.distance_m,
        },
        sensitivity=None if stays is None else stays.parameters,
        location=None if probability is None else {**(location or {}), "draws": inputs.location_draws, "seed": inputs.seed},
        people=people_of,
        relative_to=None if at_risk is None else {**at_risk.said, "incidents_where_nobody_is": tested.untested},
        backtest=past,
        selected=places.selected,
        used=counted.used,
        outside=places.selected - places.without_position - counted.used,
        without_position=places.without_position,
    )
