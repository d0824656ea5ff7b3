"""The overlap of two boundary sets, by area and by people."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from pydantic import BaseModel, ConfigDict, Field

from crimemap.alignment.overlap import Overlap, SliverRule, overlap
from crimemap.areas.model import BoundarySet
from crimemap.areas.people import Bricks, bricks_of
from crimemap.areas.store import AreaStore
from crimemap.jobs.result import Progress, records
from crimemap.workspace import Workspace

__all__ = ["OverlapInputs", "OverlapResult", "run_overlap"]


class OverlapInputs(BaseModel):
    """What may be asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(description="Boundary set to compare: csp-2017.")
    target: str = Field(description="Boundary set to compare it with: lad-2017.")
    population: str | None = Field(default=None, description="Set of small areas with people: lsoa-2011.")
    population_vintage: str | None = Field(default=None, description="Vintage of their numbers; the latest where not given.")
    sliver_width_m: float = Field(default=SliverRule().width_m, gt=0, description="Slivers are narrower than this, metres.")
    sliver_share: float = Field(default=SliverRule().share, gt=0, lt=1, description="And a smaller share of either unit.")
    sliver_people: float = Field(default=SliverRule().people, gt=0, description="And fewer people, where known.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OverlapResult:
    """What two boundary sets share, with the names of their areas."""

    inputs: OverlapInputs
    source: BoundarySet
    target: BoundarySet
    bricks: Bricks | None
    found: Overlap

    def _named(self, units: pd.DataFrame, own: BoundarySet, other: BoundarySet) -> pd.DataFrame:
        named = units.rename_axis("area_code").reset_index()
        named.insert(1, "area_name", own.frame["area_name"].reindex(units.index).to_numpy())
        at = list(named.columns).index("best_match")
        named.insert(at + 1, "best_match_name", other.frame["area_name"].reindex(named["best_match"]).to_numpy())
        return named

    @property
    def sources(self) -> pd.DataFrame:
        """The source's units."""
        return self._named(self.found.sources, self.source, self.target)

    @property
    def targets(self) -> pd.DataFrame:
        """The target's units."""
        return self._named(self.found.targets, self.target, self.source)

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads."""
        pieces, sliver = self.found.pieces, self.found.pieces["sliver"]
        weights = ["area_m2", *self.found.bricks.index]
        people = self.found.bricks.reset_index()
        return {
            "process": "overlap",
            "parameters": self.inputs.model_dump(),
            "source": {"set_id": self.source.info.set_id, "areas": len(self.found.sources)},
            "target": {"set_id": self.target.info.set_id, "areas": len(self.found.targets)},
            "bricks": None if self.bricks is None else self.bricks.to_json() | {"measures": records(people)},
            "measures": {weight: self.found.measures(weight).to_dict() for weight in weights},
            "slivers": {"pieces": int(sliver.sum()), "area_m2": float(pieces.loc[sliver, "area_m2"].sum())},
            "sources": records(self.sources),
            "targets": records(self.targets),
            "pieces": records(pieces),
        }

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
    rule = SliverRule(width_m=inputs.sliver_width_m, share=inputs.sliver_share, people=inputs.sliver_people)
    bricks = None
    if inputs.population is not None:
        bricks = bricks_of(areas, inputs.population, vintage=inputs.population_vintage)
        both = gpd.GeoSeries([*source.frame.geometry, *target.frame.geometry]).total_bounds
        near = shapely.STRtree(bricks.frame.geometry.to_numpy()).query(shapely.box(*both))
        frame = bricks.frame.iloc[sorted(near)]
        bricks = Bricks(frame=frame, set_id=bricks.set_id, vintages=bricks.vintages, without_number=bricks.without_number)
    progress("Laying one over the other", 0.2)
    found = overlap(
        source.frame,
        target.frame,
        bricks=None if bricks is None else bricks.frame,
        brick_measures=() if bricks is None else tuple(bricks.vintages),
        slivers=rule,
    )
    return OverlapResult(inputs=inputs, source=source, target=target, bricks=bricks, found=found)
