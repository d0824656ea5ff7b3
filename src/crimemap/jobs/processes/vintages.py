"""What changed between two vintages of a boundary set, and counts made comparable across them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from pydantic import Field

from crimemap.alignment.cautions import cautions
from crimemap.alignment.overlap import overlap
from crimemap.alignment.vintages import KINDS, Changes, carried_over, changes
from crimemap.areas.model import BoundarySet
from crimemap.areas.people import Bricks
from crimemap.areas.store import AreaStore
from crimemap.errors import UnreadableFileError
from crimemap.jobs.result import Progress
from crimemap.jobs.sets import bricks_near
from crimemap.jobs.thresholds import SliverInputs
from crimemap.records import records
from crimemap.workspace import Workspace

__all__ = ["VintagesInputs", "VintagesResult", "run_vintages"]

_KEPT = ("month", "offence_type")


class VintagesInputs(SliverInputs):
    """What may be asked."""

    old: str = Field(description="The earlier boundary set: csp-2017.")
    new: str = Field(description="The later one: csp-2020.")
    population: str | None = Field(
        default=None, description="Small areas with people; those of the nearest vintage by default."
    )
    population_vintage: str | None = Field(default=None, description="Vintage of their numbers; the latest where not given.")
    counts: str | None = Field(default=None, description="CSV file of 'crimemap counts' by the old set, to carry over.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VintagesResult:
    """Changes between two vintages, with names."""

    inputs: VintagesInputs
    old: BoundarySet
    new: BoundarySet
    bricks: Bricks | None
    found: Changes
    series: pd.DataFrame | None
    cautions: list[str]

    def _events(self) -> pd.DataFrame:
        events = self.found.events.copy()
        for side, held in (("old", self.old), ("new", self.new)):
            names = held.frame["area_name"]
            events[f"{side}_names"] = [[str(names[code]) for code in codes] for codes in events[f"{side}_codes"]]
        return events

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads."""
        events = self.found.events
        return {
            "process": "vintages",
            "parameters": self.inputs.model_dump(),
            "old": {"set_id": self.old.info.set_id, "areas": len(self.old.frame)},
            "new": {"set_id": self.new.info.set_id, "areas": len(self.new.frame)},
            "bricks": None if self.bricks is None else self.bricks.to_json(),
            "summary": {
                "unchanged": len(self.found.unchanged),
                **{kind.replace(" ", "_"): int((events["kind"] == kind).sum()) for kind in KINDS},
            },
            "events": records(self._events()),
            "unchanged": list(self.found.unchanged),
            "cautions": self.cautions,
            "series": None if self.series is None else records(self.series),
            "approximation": None if self.series is None else self._approximation(),
        }

    def _approximation(self) -> str:
        spread = "people do" if self.found.weight == "population" else "if it were spread evenly over its area"
        return f"Counts of an old area that lies in several new ones were divided as its {spread}; `divided` says how many."

    def table(self) -> pd.DataFrame:
        """Give the counts carried over where there are any, else the changes; several codes in a cell have semicolons."""
        if self.series is not None:
            return self.series
        events = self._events()
        for name in ("old_codes", "new_codes", "old_names", "new_names"):
            events[name] = events[name].map("; ".join)
        return events

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Give the new areas with what became of them, and the old ones."""
        made = {}
        for side, held in (("new", self.new), ("old", self.old)):
            exploded = self.found.events.explode(f"{side}_codes").dropna(subset=[f"{side}_codes"])
            kinds = exploded.groupby(f"{side}_codes")["kind"].agg(lambda kinds: "; ".join(dict.fromkeys(kinds)))
            frame = held.frame[["area_name", "geometry"]].rename_axis("area_code").reset_index()
            frame["change"] = kinds.reindex(frame["area_code"]).fillna("unchanged").to_numpy()
            made[side] = frame
        return made


def _counts(path: Path) -> pd.DataFrame:
    """Read the counts that 'crimemap counts' wrote; an area without a count is one that is not known."""
    try:
        read = pd.read_csv(path, keep_default_na=False, na_values={"incidents": [""]}, dtype={"area_code": str})
    except (OSError, ValueError) as error:
        raise UnreadableFileError(
            "this is not a CSV file that can be read", where=str(path), fix="Check the file."
        ) from error
    missing = [name for name in ("area_code", "incidents") if name not in read.columns]
    if missing:
        raise UnreadableFileError(
            f"no column {', '.join(missing)}",
            where=str(path),
            fix="Write it with 'crimemap counts --by SET --output FILE.csv'.",
        )
    if not pd.api.types.is_numeric_dtype(read["incidents"]):
        raise UnreadableFileError("the column incidents holds more than numbers", where=str(path), fix="Correct the file.")
    kept = ["area_code", *(name for name in _KEPT if name in read.columns)]
    return read[[*kept, "incidents"]].rename(columns={"incidents": "count"})


def run_vintages(workspace: Workspace, inputs: VintagesInputs, progress: Progress) -> VintagesResult:
    """
    Compare two vintages of a set.

    Raises
    ------
    CrimemapError
        If a set is not there, or the file of counts cannot be used.
    """
    areas = AreaStore(workspace.require())
    progress("Reading boundaries", 0.0)
    old, new = (areas.read(areas.resolve(name).set_id) for name in (inputs.old, inputs.new))
    counts = None if inputs.counts is None else _counts(Path(inputs.counts))
    bricks = bricks_near(areas, inputs.population, old.info.vintage, numbers=inputs.population_vintage)
    if bricks is not None and "population" not in bricks.vintages:
        bricks = None
    progress("Laying one over the other", 0.2)
    found = overlap(
        old.frame,
        new.frame,
        bricks=None if bricks is None else bricks.frame,
        brick_measures=() if bricks is None else tuple(bricks.vintages),
        slivers=inputs.sliver_rule(),
        validated=True,
    )
    changed = changes(found, old_names=old.frame["area_name"], new_names=new.frame["area_name"])
    series = None
    if counts is not None:
        series = carried_over(found, counts, weight=changed.weight)
        names = new.frame["area_name"].reindex(series["area_code"]).to_numpy()
        series.insert(1, "area_name", names)
        series = series.rename(columns={"count": "incidents"})
    return VintagesResult(
        inputs=inputs,
        old=old,
        new=new,
        bricks=bricks,
        found=changed,
        series=series,
        cautions=cautions(found, source=old.info.set_id, target=new.info.set_id),
    )
