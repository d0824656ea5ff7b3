"""Kulldorff's scan statistic over the areas of a boundary set, in space or in space and time."""

from typing import Any, Final, Literal, Self

import numpy as np
import pandas as pd
import shapely
from numpy.random import default_rng
from numpy.typing import NDArray
from pydantic import Field, model_validator

from crimemap.analysis.clusters.scan import scan
from crimemap.analysis.clusters.scan_in_time import space_time_scan
from crimemap.analysis.clusters.scan_result import Scan, ScanModel
from crimemap.areas.model import BoundarySet
from crimemap.areas.people import people_of
from crimemap.areas.store import AreaStore
from crimemap.checks import require_positive
from crimemap.crs import to_wgs84
from crimemap.errors import EmptyInputError, ParameterError
from crimemap.forces import FORCES
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.areas_found import AreasFound
from crimemap.jobs.coverage import forces_of_areas
from crimemap.jobs.result import Progress
from crimemap.jobs.selection import Chosen, Selection, choose
from crimemap.jobs.streets import map_points, nearest_street
from crimemap.jobs.study_area import StudyArea, area_of_force, named_area
from crimemap.workspace import Workspace

__all__ = ["ScanInputs", "run_scan"]

_M2_PER_KM2: Final = 1e6
_FEWEST: Final = 3


class ScanInputs(Selection):
    """What may be asked."""

    by: str = Field(description="Boundary set whose areas are scanned, such as lsoa-2011.")
    area: str | None = Field(default=None, description="Study area as SET:CODE, in place of a force's own.")
    expect: Literal["population", "households", "area"] = Field(
        default="population", description="What incidents are expected in proportion to."
    )
    time: bool = Field(default=False, description="Whether months are scanned as well as areas.")
    model: ScanModel | None = Field(default=None, description="Model in space and time; permutation by default.")
    simulations: int = Field(default=999, ge=19, le=99_999, description="How often chance is tried.")
    alpha: float = Field(default=0.05, gt=0, lt=1, description="Clusters up to this p are given.")
    most_share: float = Field(default=0.5, gt=0, le=0.5, description="Largest share of what is expected in a circle.")
    most_neighbours: int | None = Field(default=None, ge=1, description="Most areas in a circle.")
    most_radius_m: float | None = Field(default=None, description="Largest radius, metres.")
    longest: int | None = Field(default=None, ge=1, description="Most months of a cluster; half the period by default.")
    alive: bool = Field(default=False, description="Only clusters that last to the final month.")
    seed: int = Field(default=1, ge=0, description="Seed of the simulations.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.time and (self.model is not None or self.longest is not None or self.alive):
            raise ParameterError("months are not scanned", where="time", fix="Give --time.")
        if self.most_radius_m is not None:
            require_positive(self.most_radius_m, name="radius", unit="metres")
        return self


def _require_areas(chosen: Chosen, boundaries: BoundarySet, of_force: "pd.Series[Any]") -> None:
    """Say why a set has no area with data, which neither smaller areas nor a larger study area would cure."""
    if of_force.notna().any():
        return
    force, span, set_id = chosen.force, f"from {chosen.months[0]} to {chosen.months[-1]}", boundaries.info.set_id
    if force in FORCES and FORCES[force].area_code is None:
        name = FORCES[force].name
        raise EmptyInputError(
            f"no area of {set_id} is policed by the {name}, so none can be said to have all that it recorded {span}",
            where="force",
            fix="Take a force with an area of its own in the set, or map these incidents with 'crimemap hotspots' or 'kde'.",
        )
    whose = "a force with data" if force is None else force
    raise EmptyInputError(
        f"no area of {set_id} belongs to {whose} {span}", where="by", fix="Take a set that covers it, or another force."
    )


def _scanned(boundaries: BoundarySet, study: StudyArea | None, covered: "pd.Series[Any]") -> BoundarySet:
    """Keep areas with data that lie in the study area by their inner point."""
    frame = boundaries.frame[covered.notna().to_numpy()]
    if study is not None and study.geometry is not None and len(frame):
        inner = shapely.point_on_surface(frame.geometry.to_numpy())
        shapely.prepare(study.geometry)
        frame = frame[shapely.intersects(study.geometry, inner)]
    if len(frame) < _FEWEST:
        raise EmptyInputError(
            f"only {len(frame)} {'area' if len(frame) == 1 else 'areas'} of {boundaries.info.set_id} with data "
            f"{'lies' if len(frame) == 1 else 'lie'} in the study area, and a scan needs {_FEWEST}",
            where="by",
            fix="Take smaller areas or a larger study area.",
        )
    return BoundarySet(boundaries.info, frame)


def _counts(con: Any, chosen: Chosen, boundaries: BoundarySet) -> tuple[NDArray[np.int64], int, int]:
    """Count by area and month; say also how many were selected and how many have no position."""
    condition, values = chosen.condition()
    rows: pd.DataFrame = con.execute(
        "SELECT a.area_code, i.month, count(*) AS n, count(*) FILTER (i.place_id IS NULL) AS unplaced FROM incidents i "  # noqa: S608
        f"LEFT JOIN place_areas a ON a.place_id = i.place_id AND a.set_id = ? WHERE {condition} GROUP BY ALL",
        [boundaries.info.set_id, *values],
    ).df()
    index = pd.Index(boundaries.frame.index)
    at = index.get_indexer(pd.Index(rows["area_code"]))
    month = pd.Index(chosen.months).get_indexer(pd.Index(rows["month"]))
    counts = np.zeros((len(index), len(chosen.months)), dtype=np.int64)
    np.add.at(counts, (at[at >= 0], month[at >= 0]), rows["n"].to_numpy()[at >= 0])
    return counts, int(rows["n"].sum()), int(rows["unplaced"].sum())


def run_scan(workspace: Workspace, inputs: ScanInputs, progress: Progress) -> AreasFound:
    """
    Scan a boundary set for clusters.

    Raises
    ------
    EmptyInputError
        If there are too few areas or incidents.
    ParameterError
        If options do not fit together.
    CrimemapError
        If the selection, the set or the people are not there.
    """
    areas = AreaStore(workspace.require())
    rng = default_rng([inputs.seed, 3])
    progress("Counting incidents", 0.1)
    with IncidentStore(workspace).connect() as con:
        chosen = choose(con, inputs)
        study = named_area(areas, inputs.area) if inputs.area else None
        if study is None and inputs.force:
            study = area_of_force(con, areas, inputs.force)
        whole = areas.read(areas.resolve(inputs.by).set_id)
        force = forces_of_areas(con, areas, whole).force
        covered = force.where(force.isin(chosen.forces))
        _require_areas(chosen, whole, covered)
        boundaries = _scanned(whole, study, covered)
        counts, selected, unplaced = _counts(con, chosen, boundaries)
        shapes = np.asarray(boundaries.frame.geometry.array, dtype=object)
        centre = shapely.get_coordinates(shapely.centroid(shapes))
        x, y = centre[:, 0], centre[:, 1]
        due: NDArray[Any] = shapely.area(shapes)
        of: dict[str, Any] | None = None
        if inputs.expect != "area":
            people = people_of(areas, boundaries, inputs.expect)
            due, of = people.by_area.fillna(0).to_numpy(dtype=np.float64), people.to_json()
        nobody = due <= 0
        left = int(counts[nobody].sum())
        counts, due, x, y, shapes = counts[~nobody], due[~nobody], x[~nobody], y[~nobody], shapes[~nobody]
        codes = boundaries.frame.index[~nobody]
        known = _known(chosen, covered.loc[codes])
        # What another force recorded there in a month of which the area's own has no data says nothing of that month.
        counts *= known
        progress("Scanning", 0.3)
        found = _scan(inputs, counts, known, due=due, x=x, y=y, rng=rng)
        members = [cluster.members for cluster in found.clusters]
        middle = [
            (np.average(x[m], weights=_weight(counts, m)), np.average(y[m], weights=_weight(counts, m))) for m in members
        ]
        at = np.array(middle).reshape(-1, 2)
        bounds = (x.min() - 1e4, y.min() - 1e4, x.max() + 1e4, y.max() + 1e4)
        name = nearest_street(map_points(con, bounds, source=chosen.source), at[:, 0], at[:, 1]) if members else []
    longitude, latitude = to_wgs84(at[:, 0], at[:, 1])
    drawn = np.empty(len(members), dtype=object)
    drawn[:] = [shapely.union_all(shapes[m]) for m in members]
    timed = inputs.time
    table = pd.DataFrame(
        {
            "rank": np.arange(1, len(members) + 1),
            "name": pd.Series(name, dtype=object),
            "longitude": longitude.round(6),
            "latitude": latitude.round(6),
            "incidents": [cluster.observed for cluster in found.clusters],
            "expected": [round(cluster.expected, 3) for cluster in found.clusters],
            "relative_risk": [cluster.relative_risk for cluster in found.clusters],
            "llr": [cluster.llr for cluster in found.clusters],
            "p_value": [cluster.p_value for cluster in found.clusters],
            "areas": [m.size for m in members],
            "area_km2": shapely.area(drawn) / _M2_PER_KM2,
            "radius_m": [cluster.radius_m for cluster in found.clusters],
            "first": pd.Series([chosen.months[c.first or 0] if timed else None for c in found.clusters], dtype=object),
            "last": pd.Series([chosen.months[c.last or 0] if timed else None for c in found.clusters], dtype=object),
            "members": pd.Series([list(codes[m]) for m in members], dtype=object),
        }
    )
    used = int(counts.sum())
    return AreasFound(
        process="scan",
        inputs=inputs.model_dump(),
        chosen=chosen,
        study_area=study,
        told={
            "boundary_set": boundaries.info.set_id,
            "areas": int(counts.shape[0]),
            "windows": found.windows,
            "scan": found.parameters,
            "expect": inputs.expect,
            "denominator": of,
        },
        incidents={
            "selected": selected,
            "used": used,
            "where_nobody_lives": left,
            "elsewhere": selected - unplaced - used - left,
            "without_position": unplaced,
        },
        areas=table,
        shapes=drawn,
    )


def _known(chosen: Chosen, force: "pd.Series[Any]") -> NDArray[np.bool_]:
    """Say of which months each area's own force has data; shape (n_areas, n_months)."""
    held = set(zip(chosen.covered["force"], chosen.covered["month"], strict=True))
    of_force = {name: [(name, month) in held for month in chosen.months] for name in force.unique()}
    return np.array([of_force[name] for name in force], dtype=bool)


def _weight(counts: NDArray[np.int64], members: NDArray[np.int64]) -> NDArray[np.float64]:
    number = counts[members].sum(axis=1).astype(np.float64)
    return number if number.sum() else np.ones(members.size)


def _scan(
    inputs: ScanInputs,
    counts: NDArray[np.int64],
    known: NDArray[np.bool_],
    *,
    due: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    rng: np.random.Generator,
) -> Scan:
    limits: dict[str, Any] = {
        "rng": rng,
        "simulations": inputs.simulations,
        "alpha": inputs.alpha,
        "most_share": inputs.most_share,
        "most_neighbours": inputs.most_neighbours,
        "most_radius_m": inputs.most_radius_m,
    }
    if not inputs.time:
        return scan(counts.sum(axis=1), due * known.sum(axis=1), x, y, **limits)
    model = inputs.model or "permutation"
    if model == "permutation" and (known != known[0]).any():
        raise ParameterError(
            "areas have data of different months, and the permutation model takes it that all have the same",
            where="time",
            fix="Name a force, take months of which all have data, or take --model poisson.",
        )
    return space_time_scan(
        counts,
        x,
        y,
        model=model,
        expected=due[:, None] * known if model == "poisson" else None,
        longest=inputs.longest,
        alive=inputs.alive,
        **limits,
    )
