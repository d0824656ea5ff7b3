"""The ladder of partnerships, districts, counties, command units and forces."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
from pydantic import Field

from crimemap.alignment.cautions import ladder_cautions
from crimemap.alignment.ladder import RUNGS, Ladder, ladder
from crimemap.alignment.overlap import divide_bricks, overlap
from crimemap.areas.model import BoundarySet
from crimemap.areas.people import Bricks
from crimemap.areas.store import AreaStore
from crimemap.errors import NotFoundError
from crimemap.jobs.result import Progress
from crimemap.jobs.sets import bricks_near, nearest_set, together
from crimemap.jobs.thresholds import ClassInputs
from crimemap.products.alignment_documents import ladder_document, named_rows
from crimemap.records import plain
from crimemap.workspace import Workspace

__all__ = ["LadderInputs", "LadderResult", "run_ladder"]


class LadderInputs(ClassInputs):
    """What may be asked. Sets that are not named are those of the vintage nearest to the partnerships'."""

    csp: str = Field(default="csp", description="Community safety partnerships: csp-2017.")
    lad: str | None = Field(default=None, description="Districts: lad-2017.")
    county: str | None = Field(default=None, description="Counties and unitary areas, or counties: ctyua-2017.")
    bcu: list[str] | None = Field(default=None, description="Basic command units; several sets where forces have their own.")
    pfa: str | None = Field(default=None, description="Police force areas: pfa-2017.")
    population: str | None = Field(default=None, description="Set of small areas with people: lsoa-2011.")
    population_vintage: str | None = Field(default=None, description="Vintage of their numbers; the latest where not given.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LadderResult:
    """The ladder, with the names of its areas."""

    inputs: LadderInputs
    csp: BoundarySet
    sets: dict[str, list[str]]
    names: dict[str, "pd.Series[str]"]
    bricks: Bricks | None
    found: Ladder
    cautions: list[str]

    def _rows(self) -> pd.DataFrame:
        return named_rows(self.found, csp=self.csp.frame["area_name"], names=self.names)

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads."""
        return ladder_document(
            self.found,
            parameters=self.inputs.model_dump(),
            sets={"csp": [self.csp.info.set_id], **self.sets},
            csp=self.csp.frame["area_name"],
            names=self.names,
            bricks=None if self.bricks is None else self.bricks.to_json(),
            cautions=self.cautions,
        )

    def table(self) -> pd.DataFrame:
        """Give a row for each partnership; several codes in one cell are parted by semicolons."""
        rows = self._rows()
        for rung in self.found.rungs:
            rows[f"{rung}_codes"] = rows[f"{rung}_codes"].map(";".join)
            rows[f"{rung}_agrees"] = rows[f"{rung}_agrees"].map(lambda agrees: {True: "yes", False: "no"}.get(plain(agrees)))
        return rows

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Give the partnerships with their row."""
        shapes = self.csp.frame.geometry.reindex(self.found.rows.index).to_numpy()
        return {"ladder": gpd.GeoDataFrame(self.table(), geometry=shapes, crs=self.csp.frame.crs)}


def _named(areas: AreaStore, inputs: LadderInputs, vintage: str) -> dict[str, list[str]]:
    """Choose the sets of each rung."""
    chosen: dict[str, list[str]] = {}
    for rung, types in (("lad", ("lad",)), ("county", ("ctyua", "county")), ("pfa", ("pfa",))):
        asked = getattr(inputs, rung)
        near = [info.set_id for kind in types if (info := nearest_set(areas, kind, vintage)) is not None][:1]
        if asked is not None or near:
            chosen[rung] = [areas.resolve(asked).set_id] if asked is not None else near
    if inputs.bcu is not None:
        chosen["bcu"] = [areas.resolve(name).set_id for name in inputs.bcu]
    else:
        held = [info for info in areas.sets() if info.area_type == "bcu"]
        national = nearest_set(areas, "bcu", vintage)
        latest = {info.force: info.set_id for info in sorted(held, key=lambda info: info.vintage) if info.force is not None}
        if national is not None or latest:
            chosen["bcu"] = [national.set_id] if national is not None else sorted(latest.values())
    return {rung: chosen[rung] for rung in RUNGS if rung in chosen}


def run_ladder(workspace: Workspace, inputs: LadderInputs, progress: Progress) -> LadderResult:
    """
    Put every partnership on the ladder.

    Raises
    ------
    CrimemapError
        If a set is not there, or there is nothing to compare partnerships with.
    """
    areas = AreaStore(workspace.require())
    progress("Reading boundaries", 0.0)
    csp = areas.read(areas.resolve(inputs.csp).set_id)
    chosen = _named(areas, inputs, csp.info.vintage)
    if not chosen:
        raise NotFoundError(
            "there are no districts, counties, command units or forces to compare partnerships with",
            where=csp.info.set_id,
            fix="Add some with 'crimemap areas add'.",
        )
    bricks = bricks_near(areas, inputs.population, csp.info.vintage, numbers=inputs.population_vintage)
    known = bricks if bricks is not None and "population" in bricks.vintages else None
    divided = None if known is None else divide_bricks(known.frame, csp.frame, validated=True)
    overlaps, names = {}, {}
    for k, (rung, sets) in enumerate(chosen.items()):
        progress(f"Laying partnerships over {', '.join(sets)}", 0.1 + 0.8 * k / len(chosen))
        _, frame = together(areas, sets)
        names[rung] = frame["area_name"]
        overlaps[rung] = overlap(
            csp.frame,
            frame,
            bricks=None if known is None else known.frame,
            brick_measures=() if known is None else tuple(known.vintages),
            source_bricks=divided,
            slivers=inputs.sliver_rule(),
            classes=inputs.class_rule(),
            validated=True,
        )
    return LadderResult(
        inputs=inputs,
        csp=csp,
        sets=chosen,
        names=names,
        bricks=known,
        found=ladder(overlaps),
        cautions=ladder_cautions(overlaps, sets={"csp": [csp.info.set_id], **chosen}),
    )
