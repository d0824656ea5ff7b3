"""The overlap of two boundary sets, by area and by people."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from pydantic import Field

from crimemap.alignment.boundary import BoundaryFit, boundary_fit
from crimemap.alignment.overlap import Overlap, overlap
from crimemap.areas.model import BoundarySet
from crimemap.areas.people import Bricks, bricks_of
from crimemap.areas.store import AreaStore
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.result import Progress
from crimemap.jobs.selection import Selection, choose
from crimemap.jobs.thresholds import ClassInputs
from crimemap.products.alignment_documents import named_units, overlap_document
from crimemap.workspace import Workspace

__all__ = ["OverlapInputs", "OverlapResult", "run_overlap"]


class OverlapInputs(ClassInputs):
    """What may be asked."""

    source: str = Field(description="Boundary set to compare: csp-2017.")
    target: str = Field(description="Boundary set to compare it with: lad-2017.")
    population: str | None = Field(default=None, description="Set of small areas with people: lsoa-2011.")
    population_vintage: str | None = Field(default=None, description="Vintage of their numbers; the latest where not given.")
    boundary_tolerance_m: float | None = Field(default=None, gt=0, description="Compare the lines too, to within this.")
    incidents: bool = Field(default=False, description="Count incidents too.")
    first_month: str | None = Field(default=None, description="First month of incidents, YYYY-MM.")
    last_month: str | None = Field(default=None, description="Last month of incidents, YYYY-MM.")
    offence: str | None = Field(default=None, description="Offence type of incidents; all where not given.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OverlapResult:
    """What two boundary sets share, with the names of their areas."""

    inputs: OverlapInputs
    source: BoundarySet
    target: BoundarySet
    bricks: Bricks | None
    found: Overlap
    lines: BoundaryFit | None
    incidents: dict[str, Any] | None

    @property
    def _names(self) -> tuple["pd.Series[str]", "pd.Series[str]"]:
        return self.source.frame["area_name"], self.target.frame["area_name"]

    @property
    def sources(self) -> pd.DataFrame:
        """The source's units."""
        return named_units(self.found.sources, *self._names)

    @property
    def targets(self) -> pd.DataFrame:
        """The target's units."""
        return named_units(self.found.targets, *reversed(self._names))

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads."""
        sets = self.source.info.set_id, self.target.info.set_id
        return overlap_document(
            self.found,
            parameters=self.inputs.model_dump(),
            sets=sets,
            names=self._names,
            bricks=None if self.bricks is None else self.bricks.to_json(),
            incidents=self.incidents,
            lines=self.lines,
        )

    def table(self) -> pd.DataFrame:
        """Give the pieces."""
        return self.found.pieces

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Give the units of both sets with their best match."""
        made = {}
        for name, units, boundaries in (("source", self.sources, self.source), ("target", self.targets, self.target)):
            shapes = boundaries.frame.geometry.loc[units["area_code"]].to_numpy()
            made[name] = gpd.GeoDataFrame(units, geometry=shapes, crs=boundaries.frame.crs)
        return made


def run_overlap(workspace: Workspace, inputs: OverlapInputs, progress: Progress) -> OverlapResult:
    """
    Compare two boundary sets.

    Raises
    ------
    CrimemapError
        If a set or the numbers of people are not there.
    """
    areas = AreaStore(workspace.require())
    progress("Reading boundaries", 0.0)
    source, target = (areas.read(areas.resolve(name).set_id) for name in (inputs.source, inputs.target))
    bricks = None
    if inputs.population is not None:
        bricks = bricks_of(areas, inputs.population, vintage=inputs.population_vintage)
        both = gpd.GeoSeries([*source.frame.geometry, *target.frame.geometry]).total_bounds
        near = shapely.STRtree(bricks.frame.geometry.to_numpy()).query(shapely.box(*both))
        frame = bricks.frame.iloc[sorted(near)]
        bricks = Bricks(frame=frame, set_id=bricks.set_id, vintages=bricks.vintages, without_number=bricks.without_number)
    points, incidents = None, None
    if inputs.incidents:
        progress("Counting incidents", 0.1)
        points, incidents = _incidents(workspace, inputs, (source.info.set_id, target.info.set_id))
    progress("Laying one over the other", 0.2)
    found = overlap(
        source.frame,
        target.frame,
        bricks=None if bricks is None else bricks.frame,
        brick_measures=() if bricks is None else tuple(bricks.vintages),
        points=points,
        slivers=inputs.sliver_rule(),
        classes=inputs.class_rule(),
        validated=True,
    )
    lines = None
    if inputs.boundary_tolerance_m is not None:
        progress("Comparing lines", 0.7)
        lines = boundary_fit(source.frame, target.frame, tolerance_m=inputs.boundary_tolerance_m)
    if incidents is not None:
        incidents["outside_both"] = int(found.bricks["outside_both"]["incidents"])
    return OverlapResult(
        inputs=inputs, source=source, target=target, bricks=bricks, found=found, lines=lines, incidents=incidents
    )


def _incidents(workspace: Workspace, inputs: OverlapInputs, sets: tuple[str, str]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Count incidents by their areas in both sets."""
    selection = Selection(first_month=inputs.first_month, last_month=inputs.last_month, offence=inputs.offence)
    with IncidentStore(workspace).connect() as con:
        chosen = choose(con, selection)
        condition, values = chosen.condition()
        found: pd.DataFrame = con.execute(
            "SELECT a.area_code AS source, b.area_code AS target, i.place_id IS NOT NULL AS placed, "  # noqa: S608 - fixed text
            "CAST(sum(i.n) AS BIGINT) AS incidents "
            f"FROM (SELECT i.place_id, count(*) AS n FROM incidents i WHERE {condition} GROUP BY ALL) i "
            "LEFT JOIN place_areas a ON a.place_id = i.place_id AND a.set_id = ? "
            "LEFT JOIN place_areas b ON b.place_id = i.place_id AND b.set_id = ? GROUP BY ALL",
            [*values, *sets],
        ).df()
    placed = found[found["placed"].astype(bool)].drop(columns="placed")
    selected = int(found["incidents"].sum())
    return placed, {
        "selection": chosen.to_json(),
        "selected": selected,
        "without_position": selected - int(placed["incidents"].sum()),
    }
