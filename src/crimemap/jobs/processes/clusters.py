"""Clusters of incidents as areas: DBSCAN, HDBSCAN, ST-DBSCAN, nearest-neighbour hierarchical."""

from typing import Any, Final, Self, cast

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pydantic import Field, model_validator

from crimemap.analysis.clusters.clustered import Clustered, Method
from crimemap.analysis.clusters.nearest_neighbour import nearest_neighbour_hierarchical
from crimemap.analysis.clusters.point_clusters import dbscan, hdbscan, st_dbscan
from crimemap.areas.store import AreaStore
from crimemap.checks import require_positive
from crimemap.crs import to_wgs84
from crimemap.errors import EmptyInputError, ParameterError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.areas_found import AreasFound
from crimemap.jobs.coverage import require_covered
from crimemap.jobs.dated import read_dated
from crimemap.jobs.places import count_places
from crimemap.jobs.result import Progress
from crimemap.jobs.selection import Selection, choose
from crimemap.jobs.streets import map_points, nearest_street
from crimemap.jobs.study_area import StudyArea, area_of_force, named_area
from crimemap.workspace import Workspace

__all__ = ["ClustersInputs", "run_clusters"]

_FEWEST: Final = 3
_M2_PER_KM2: Final = 1e6
#: A cluster reaches so far around its points: a map point stands for places around it.
_AROUND_M: Final = 50.0
_NEAR_M: Final = 1000.0


class ClustersInputs(Selection):
    """What may be asked."""

    area: str | None = Field(default=None, description="Study area as SET:CODE, in place of a force's own.")
    method: Method = Field(default="dbscan", description="How clusters are found.")
    reach_m: float | None = Field(default=None, description="Distance between neighbours, metres; 200 where it is needed.")
    reach_days: float = Field(default=14.0, description="Time between neighbours, days, for st-dbscan.")
    fewest: int = Field(default=20, ge=2, description="Incidents that make a cluster, or its core.")
    significance: float = Field(default=0.05, gt=0, lt=0.5, description="Of nearest-neighbour hierarchical clusters.")

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.force is None and self.area is None:
            raise ParameterError("neither a force nor an area is named", where="force", fix="Give --force or --area.")
        if self.reach_m is not None:
            require_positive(self.reach_m, name="reach", unit="metres")
        require_positive(self.reach_days, name="days", unit="days")
        return self


def _clustered(inputs: ClustersInputs, table: pd.DataFrame, study: StudyArea) -> Clustered:
    x, y = (table[axis].to_numpy(dtype=np.float64) for axis in ("easting", "northing"))
    number = table["incidents"].to_numpy(dtype=np.int64)
    reach = 200.0 if inputs.reach_m is None else inputs.reach_m
    if inputs.method == "dbscan":
        return dbscan(x, y, reach_m=reach, fewest=inputs.fewest, incidents=number)
    if inputs.method == "hdbscan":
        return hdbscan(x, y, fewest=inputs.fewest, incidents=number)
    if inputs.method == "st-dbscan":
        return st_dbscan(x, y, table["day"], reach_m=reach, reach_days=inputs.reach_days, fewest=inputs.fewest)
    if study.geometry is None:
        raise ParameterError(
            "without a boundary there is no area to expect distances in",
            where="method",
            fix="Add the force's boundary with 'crimemap areas add', or take another method.",
        )
    return nearest_neighbour_hierarchical(
        x,
        y,
        area_m2=float(shapely.area(study.geometry)),
        fewest=inputs.fewest,
        significance=inputs.significance,
        reach_m=inputs.reach_m,
        incidents=number,
    )


def _inside(table: pd.DataFrame, study: StudyArea) -> NDArray[np.bool_]:
    if study.geometry is None:
        return np.ones(len(table), dtype=bool)
    shapely.prepare(study.geometry)
    return np.asarray(shapely.intersects_xy(study.geometry, table["easting"], table["northing"]), dtype=bool)


def _shapes(found: Clustered, table: pd.DataFrame) -> NDArray[Any]:
    """Draw a hull around the points of each cluster, a little wider than them."""
    points = shapely.points(table["easting"].to_numpy(dtype=np.float64), table["northing"].to_numpy(dtype=np.float64))
    shapes = np.empty(len(found), dtype=object)
    for k in range(len(found)):
        members = np.asarray(points)[found.label == k]
        shapes[k] = shapely.buffer(shapely.convex_hull(shapely.geometrycollections(members)), _AROUND_M, quad_segs=8)
    return shapes


def run_clusters(workspace: Workspace, inputs: ClustersInputs, progress: Progress) -> AreasFound:
    """
    Find clusters.

    Raises
    ------
    EmptyInputError
        If fewer than 3 incidents are in the study area, or none has a time where days are needed.
    CrimemapError
        If the selection or the study area is not there.
    """
    areas = AreaStore(workspace.require())
    progress("Reading incidents", 0.1)
    with IncidentStore(workspace).connect() as con:
        chosen = choose(con, inputs)
        study = named_area(areas, inputs.area) if inputs.area else area_of_force(con, areas, cast("str", inputs.force))
        if inputs.area:
            require_covered(con, areas, study, chosen)
        without_time = 0
        if inputs.method == "st-dbscan":
            dated = read_dated(con, chosen, for_what="Clustering in space and time", placed=True)
            table = dated.table.assign(incidents=1, day=(dated.start + dated.end) / 2)
            selected, without_time, without_position = dated.selected, dated.without_time, dated.without_position
        else:
            places = count_places(con, chosen)
            table, selected, without_position = places.table, places.selected, places.without_position
        table = table[_inside(table, study)].reset_index(drop=True)
        used = int(table["incidents"].sum())
        if used < _FEWEST:
            raise EmptyInputError(
                f"{used} incidents are in the study area; fewer than {_FEWEST} show no pattern",
                where="incidents",
                fix="Take a longer period, another offence type or a larger area.",
            )
        progress("Clustering", 0.4)
        found = _clustered(inputs, table, study)
        shapes = _shapes(found, table)
        x, y = _centres(found, table)
        bounds = (
            table["easting"].min() - _NEAR_M,
            table["northing"].min() - _NEAR_M,
            table["easting"].max() + _NEAR_M,
            table["northing"].max() + _NEAR_M,
        )
        name = nearest_street(map_points(con, bounds, source=chosen.source), x, y) if len(found) else []
    longitude, latitude = to_wgs84(x, y)
    size = shapely.area(shapes if study.geometry is None else shapely.intersection(shapes, study.geometry))
    expected = np.full(len(found), np.nan) if study.geometry is None else used * size / shapely.area(study.geometry)
    held = found.label >= 0
    listed = pd.DataFrame(
        {
            "rank": np.arange(1, len(found) + 1),
            "name": pd.Series(name, dtype=object),
            "longitude": longitude.round(6),
            "latitude": latitude.round(6),
            "incidents": found.incidents,
            "expected": np.round(expected, 3),
            "places": np.bincount(found.label[held], minlength=len(found)),
            "area_km2": size / _M2_PER_KM2,
            "first": pd.Series(_moments(found, table, "occurred_from", "min"), dtype=object),
            "last": pd.Series(_moments(found, table, "occurred_to", "max"), dtype=object),
        }
    )
    if found.above:
        listed["cluster_of_clusters"] = pd.array(
            [found.above[0][np.flatnonzero(found.label == k)[0]] + 1 for k in range(len(found))], dtype="Int64"
        )
    else:
        listed["cluster_of_clusters"] = pd.array([0] * len(found), dtype="Int64")
    listed.loc[listed["cluster_of_clusters"] == 0, "cluster_of_clusters"] = pd.NA
    return AreasFound(
        process="clusters",
        inputs=inputs.model_dump(),
        chosen=chosen,
        study_area=study,
        told={"method": found.method, "method_parameters": found.parameters},
        incidents={
            "selected": selected,
            "used": used,
            "in_clusters": int(found.incidents.sum()),
            "outside_study_area": selected - without_position - without_time - used,
            "without_position": without_position,
            "without_time": without_time,
        },
        areas=listed,
        shapes=shapes,
    )


def _centres(found: Clustered, table: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    held = found.label >= 0
    number = table["incidents"].to_numpy(dtype=np.float64)
    x, y = (
        np.bincount(found.label[held], weights=(table[axis].to_numpy(dtype=np.float64) * number)[held], minlength=len(found))
        / found.incidents
        for axis in ("easting", "northing")
    )
    return x, y


def _moments(found: Clustered, table: pd.DataFrame, column: str, which: str) -> list[str | None]:
    if column not in table:
        return [None] * len(found)
    grouped = table.loc[found.label >= 0, column].groupby(found.label[found.label >= 0]).agg(which)
    return [grouped.loc[k].isoformat(timespec="minutes") for k in range(len(found))]
