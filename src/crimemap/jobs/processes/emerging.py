"""Emerging hotspots: the course of every cell over the periods."""

from dataclasses import dataclass
from typing import Any, Final, Self, cast

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from crimemap.analysis.grids.cells import cell_neighbours, parse_cells
from crimemap.analysis.over_time.emerging import (
    CATEGORIES,
    FEWEST_PERIODS,
    NO_PATTERN,
    CubeTest,
    Emerging,
    emerging_hotspots,
)
from crimemap.analysis.significance import Correction
from crimemap.areas.store import AreaStore
from crimemap.crs import NATIONAL_GRID
from crimemap.errors import EmptyInputError, ParameterError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.cell_history import CellHistory, choose_history, history_of, months_known
from crimemap.jobs.coverage import require_covered
from crimemap.jobs.result import Progress
from crimemap.jobs.selection import Chosen, Selection
from crimemap.jobs.study_area import StudyArea, area_of_force, named_area
from crimemap.records import records
from crimemap.workspace import Workspace

__all__ = ["EmergingInputs", "EmergingResult", "run_emerging"]

_FEWEST_INCIDENTS: Final = 3
#: From the newest and strongest to what is over; cold ones in blues.
_COLOURS: Final = {
    "new hot": "#4d004b",
    "consecutive hot": "#88419d",
    "intensifying hot": "#67000d",
    "persistent hot": "#cb181d",
    "diminishing hot": "#fb6a4a",
    "sporadic hot": "#fdae6b",
    "oscillating hot": "#fee391",
    "historical hot": "#bdbdbd",
    "new cold": "#08306b",
    "consecutive cold": "#2171b5",
    "intensifying cold": "#08519c",
    "persistent cold": "#4292c6",
    "diminishing cold": "#9ecae1",
    "sporadic cold": "#a1d99b",
    "oscillating cold": "#c7e9c0",
    "historical cold": "#d9d9d9",
    NO_PATTERN: "#f3f2f1",
}


class EmergingInputs(Selection):
    """What may be asked."""

    area: str | None = Field(default=None, description="Study area as SET:CODE, in place of a force's own.")
    cells: str = Field(default="h3:9", description="Cells: h3:9, or 200m for squares.")
    months_per_period: int = Field(default=1, ge=1, le=12, description="Months that are counted together.")
    ring: int = Field(default=1, ge=1, le=10, description="Neighbours are the cells within so many steps.")
    test: CubeTest = Field(default="exact", description="Test of each cell and period.")
    correction: Correction = Field(default="benjamini-hochberg", description="Over all cells and periods together.")
    alpha: float = Field(default=0.05, gt=0, lt=1, description="Rate of false hot and cold cells to keep to.")
    trend_alpha: float = Field(default=0.05, gt=0, lt=1, description="Below this p a cell's z has a trend.")

    @field_validator("cells")
    @classmethod
    def _kind(cls, value: str) -> str:
        return str(parse_cells(value))

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.force is None and self.area is None:
            raise ParameterError("neither a force nor an area is named", where="force", fix="Give --force or --area.")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmergingResult:
    """
    The course of every cell.

    Attributes
    ----------
    periods
        First and last month of each period, and whether it has data.
    before_first_period
        Incidents of the earliest months, which do not fill a period.
    in_months_without_data
        Incidents of periods of which a month has no data; such a period is left out.
    """

    inputs: EmergingInputs
    chosen: Chosen
    study_area: StudyArea
    history: CellHistory
    found: Emerging
    counts: NDArray[np.int64]
    periods: list[tuple[str, str]]
    before_first_period: int
    in_months_without_data: int

    @property
    def cells(self) -> pd.DataFrame:
        """One row for each cell of the study area, empty ones included."""
        found, known = self.found, self.found.known
        longitude, latitude = self.history.cells.centres_in_degrees()
        last = int(np.flatnonzero(known)[-1])
        return pd.DataFrame(
            {
                "cell": self.history.cells.names,
                "longitude": longitude.round(6),
                "latitude": latitude.round(6),
                "category": found.category,
                "incidents": self.counts[:, known].sum(axis=1),
                "incidents_last_period": self.counts[:, last],
                "periods_hot": found.n_hot,
                "periods_cold": found.n_cold,
                "z_last_period": found.z[:, last],
                "q_last_period": found.q_value[:, last],
                "trend_z": found.trend.z,
                "trend_p": found.trend.p_value,
            }
        )

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads: the figures, and the cells that have a category."""
        cells, history = self.cells, self.history
        counted = cells["category"].value_counts()
        used = int(self.counts[:, self.found.known].sum())
        return {
            "process": "emerging",
            "parameters": self.inputs.model_dump(),
            "selection": self.chosen.to_json(),
            "study_area": self.study_area.to_json(),
            "statistic": "Gi* of each period, each cell its own neighbour; Mann-Kendall over its z",
            "incidents": {
                "selected": history.selected,
                "used": used,
                "before_first_period": self.before_first_period,
                "in_periods_without_data": self.in_months_without_data,
                "outside_study_area": history.outside,
                "without_position": history.without_position,
            },
            "periods": [
                {"first_month": first, "last_month": last, "status": "counted" if known else "no_data"}
                for (first, last), known in zip(self.periods, self.found.known.tolist(), strict=True)
            ],
            "cells": {"tested": len(cells), "with_pattern": int((cells["category"] != NO_PATTERN).sum())},
            "categories": {
                f"{name} {word}": int(counted.get(f"{name} {word}", 0)) for word in ("hot", "cold") for name in CATEGORIES
            },
            "patterns": records(self.with_pattern),
        }

    @property
    def with_pattern(self) -> pd.DataFrame:
        """The cells that have a category, in the order of the categories, the strongest first."""
        cells = self.cells[self.cells["category"] != NO_PATTERN]
        order = {name: k for k, name in enumerate(_COLOURS)}
        strength = cells["z_last_period"].abs()
        rank = cells.assign(_order=cells["category"].map(order), _strength=strength)
        return rank.sort_values(["_order", "_strength"], ascending=[True, False], kind="stable").drop(
            columns=["_order", "_strength"]
        )

    def table(self) -> pd.DataFrame:
        """Give every cell."""
        return self.cells

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Give the cells with incidents or a category; the rest of the study area is empty."""
        cells = self.cells
        shown = np.flatnonzero((cells["incidents"] > 0) | (cells["category"] != NO_PATTERN))
        shapes = self.history.cells.polygons(shown)
        return {"emerging": gpd.GeoDataFrame(cells.iloc[shown], geometry=shapes, crs=NATIONAL_GRID)}

    def figure(self) -> Any:
        """Draw the cells that have a category."""
        from crimemap.jobs.time_figures import draw_map

        (first, _), (_, last) = self.periods[0], self.periods[-1]
        return draw_map(
            self.layers()["emerging"],
            "category",
            _COLOURS,
            title=f"{self.inputs.area or self.inputs.force}: emerging hotspots, {self.chosen.what}, {first} to {last}",
            outline=self.study_area.geometry,
            faint=[NO_PATTERN],
        )


def run_emerging(workspace: Workspace, inputs: EmergingInputs, progress: Progress) -> EmergingResult:
    """
    Follow cells through the periods.

    Raises
    ------
    EmptyInputError
        If fewer than 3 periods have data, or fewer than 3 incidents are left.
    CrimemapError
        If the selection or the study area is not there.
    """
    areas = AreaStore(workspace.require())
    progress("Finding the study area", 0.05)
    with IncidentStore(workspace).connect() as con:
        chosen = choose_history(con, inputs)
        study = named_area(areas, inputs.area) if inputs.area else area_of_force(con, areas, cast("str", inputs.force))
        if inputs.area:
            require_covered(con, areas, study, chosen)
        known = months_known(con, areas, study, chosen)
    progress("Counting incidents", 0.15)
    history = history_of(workspace, chosen, study, known, kind=parse_cells(inputs.cells))
    counts, usable, periods, first = _periods(history, inputs.months_per_period)
    if len(periods) < FEWEST_PERIODS:
        raise EmptyInputError(
            f"{len(chosen.months)} months are {len(periods)} periods; fewer than {FEWEST_PERIODS} show no course of time",
            where="period",
            fix="Take a longer time with --from, or fewer months to a period.",
        )
    inside = int(counts[:, usable].sum())
    if inside < _FEWEST_INCIDENTS:
        raise EmptyInputError(
            f"{inside} incidents are in the study area; fewer than {_FEWEST_INCIDENTS} show no pattern",
            where="incidents",
            fix="Take a longer period, another offence type or a larger area.",
        )
    progress("Testing cells", 0.5)
    found = emerging_hotspots(
        counts,
        cell_neighbours(history.cells, ring=inputs.ring),
        known=usable,
        test=inputs.test,
        correction=inputs.correction,
        alpha=inputs.alpha,
        trend_alpha=inputs.trend_alpha,
    )
    return EmergingResult(
        inputs=inputs,
        chosen=chosen,
        study_area=study,
        history=history,
        found=found,
        counts=counts,
        periods=periods,
        before_first_period=int(history.counts[:, :first].sum()),
        in_months_without_data=int(counts[:, ~usable].sum()),
    )


def _periods(history: CellHistory, months: int) -> tuple[NDArray[np.int64], NDArray[np.bool_], list[tuple[str, str]], int]:
    """Count months together so that the last period ends with the last month; a period needs data of all its months."""
    n = len(history.months) // months
    first = len(history.months) - n * months
    counts = history.counts[:, first:].reshape(len(history.cells), n, months).sum(axis=2)
    known = np.asarray(history.known[first:].reshape(n, months).all(axis=1), dtype=np.bool_)
    named = [(history.months[first + k * months], history.months[first + (k + 1) * months - 1]) for k in range(n)]
    return counts, known, named, first
