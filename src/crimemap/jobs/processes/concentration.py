"""How concentrated incidents are over map points, cells or areas."""

from dataclasses import dataclass
from typing import Any, Final, Self, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.random import default_rng
from numpy.typing import NDArray
from pydantic import Field, model_validator

from crimemap.analysis.grids.cells import parse_cells
from crimemap.analysis.hotspots.concentration import Concentration, Interval, concentration, lorenz
from crimemap.areas.store import AreaStore
from crimemap.crs import NATIONAL_GRID
from crimemap.errors import ParameterError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.coverage import require_covered
from crimemap.jobs.places import count_places
from crimemap.jobs.result import Progress
from crimemap.jobs.selection import Chosen, Selection, choose
from crimemap.jobs.streets import map_points
from crimemap.jobs.study_area import StudyArea, area_of_force, named_area
from crimemap.jobs.study_cells import count_study, study_cells
from crimemap.workspace import Workspace

__all__ = ["ConcentrationInputs", "ConcentrationResult", "run_concentration"]

_PLACES: Final = "places"
_MOST_POINTS: Final = 101


class ConcentrationInputs(Selection):
    """What may be asked."""

    area: str | None = Field(default=None, description="Study area as SET:CODE, in place of a force's own.")
    over: str = Field(default=_PLACES, description="places (map points that ever held an incident), or cells: 200m, h3:9.")
    draws: int = Field(default=999, ge=99, le=99_999, description="Bootstrap samples.")
    confidence: float = Field(default=0.95, gt=0, lt=1, description="Confidence of the intervals.")
    seed: int = Field(default=1, ge=0, description="Seed of the samples.")

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.force is None and self.area is None:
            raise ParameterError("neither a force nor an area is named", where="force", fix="Give --force or --area.")
        if self.over != _PLACES:
            parse_cells(self.over)
        return self


def _interval(found: Interval) -> dict[str, float]:
    return {"value": found.value, "low": found.low, "high": found.high, "by_chance": found.by_chance}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConcentrationResult:
    """Concentration of a study area, and the places or cells themselves, the busiest first."""

    inputs: ConcentrationInputs
    chosen: Chosen
    study_area: StudyArea
    found: Concentration
    curve: tuple[NDArray[np.float64], NDArray[np.float64]]
    places: gpd.GeoDataFrame
    incidents: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads."""
        places, held = self.curve
        at = np.unique(np.linspace(0, len(places) - 1, _MOST_POINTS).astype(int))
        return {
            "process": "concentration",
            "parameters": self.inputs.model_dump(),
            "selection": self.chosen.to_json(),
            "study_area": self.study_area.to_json(),
            "incidents": self.incidents,
            "places": {"compared": self.found.places, "with_incidents": self.found.places_with_incidents},
            "gini": _interval(self.found.gini),
            "top": [{"share_of_places": share, **_interval(each)} for share, each in self.found.top.items()],
            "smallest": [{"share_of_incidents": share, **_interval(each)} for share, each in self.found.smallest.items()],
            "lorenz": [{"share_of_places": float(places[i]), "share_of_incidents": float(held[i])} for i in at.tolist()],
        }

    def table(self) -> pd.DataFrame:
        """Give the places with incidents, the busiest first."""
        return pd.DataFrame(self.places.drop(columns="geometry"))

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Give the places with incidents."""
        return {"concentration": self.places}


def run_concentration(workspace: Workspace, inputs: ConcentrationInputs, progress: Progress) -> ConcentrationResult:
    """
    Measure concentration.

    Raises
    ------
    EmptyInputError
        If there are too few incidents or places.
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
        counted = count_places(con, chosen)
        if inputs.over == _PLACES:
            name, counts, shapes = _map_points(con, chosen, study, counted.table)
        else:
            cells = study_cells(con, study, parse_cells(inputs.over), inputs.force)
            counts = count_study(counted, cells, study, inside_only=inputs.area is not None).counts
            name, shapes = cells.names, cells.polygons(np.arange(len(cells)))
    progress("Drawing samples", 0.5)
    found = concentration(counts, rng=default_rng([inputs.seed, 4]), draws=inputs.draws, confidence=inputs.confidence)
    busiest = np.argsort(-counts, kind="stable")[: found.places_with_incidents]
    used = int(counts.sum())
    listed = gpd.GeoDataFrame(
        {
            "rank": np.arange(1, busiest.size + 1),
            "name": [name[i] for i in busiest.tolist()],
            "incidents": counts[busiest],
            "share_of_incidents": np.cumsum(counts[busiest]) / used,
            "share_of_places": np.arange(1, busiest.size + 1) / found.places,
        },
        geometry=list(np.asarray(shapes, dtype=object)[busiest]),
        crs=NATIONAL_GRID,
    )
    return ConcentrationResult(
        inputs=inputs,
        chosen=chosen,
        study_area=study,
        found=found,
        curve=lorenz(counts),
        places=listed,
        incidents={
            "selected": counted.selected,
            "used": used,
            "outside_study_area": counted.selected - counted.without_position - used,
            "without_position": counted.without_position,
        },
    )


def _map_points(
    con: Any, chosen: Chosen, study: StudyArea, table: pd.DataFrame
) -> tuple[list[str], NDArray[np.int64], NDArray[np.object_]]:
    """Give every map point of the study area that ever held an incident, with its incidents now."""
    whole = (-np.inf, -np.inf, np.inf, np.inf) if study.geometry is None else shapely.bounds(study.geometry).tolist()
    points = map_points(con, tuple(whole), source=chosen.source)
    if study.geometry is None:
        seen = con.execute("SELECT DISTINCT place_id FROM incidents WHERE force = ?", [chosen.force]).df()
        points = points[points["place_id"].isin(seen["place_id"])]
    else:
        shapely.prepare(study.geometry)
        points = points[shapely.intersects_xy(study.geometry, points["easting"], points["northing"])]
    held = table.set_index("place_id")["incidents"]
    counts = points["place_id"].map(held).fillna(0).to_numpy(dtype=np.int64)
    shapes = np.asarray(shapely.points(points["easting"].to_numpy(float), points["northing"].to_numpy(float)), dtype=object)
    return points["name"].tolist(), counts, shapes
