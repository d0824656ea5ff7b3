"""A proposal of mergers, splits and moves, scored."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
from pydantic import Field

from crimemap.alignment.mergers.options import ScoreOptions
from crimemap.alignment.mergers.scenario import parse
from crimemap.alignment.mergers.scored import Scored, score
from crimemap.jobs.planning import PlanningInputs, Prepared, prepare
from crimemap.jobs.processes.mergers_layers import flat, proposal_layers
from crimemap.jobs.processes.mergers_report import proposal_report
from crimemap.jobs.result import Progress
from crimemap.workspace import Workspace

__all__ = ["MergersScoreInputs", "MergersScoreResult", "run_mergers_score"]


class MergersScoreInputs(PlanningInputs):
    """What may be asked: a proposal, and the options of `ScoreOptions`."""

    scenario: dict[str, Any] = Field(description="What is merged, split and moved: see docs/mergers.md.")
    options: dict[str, Any] = Field(
        default_factory=dict, description="Thresholds, limits, assumptions: see docs/json/mergers.md."
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MergersScoreResult:
    """A proposal scored, with shapes."""

    inputs: MergersScoreInputs
    prepared: Prepared
    found: Scored

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads."""
        return {"process": "mergers-score", **self.prepared.to_json(), **self.found.to_json()}

    def table(self) -> pd.DataFrame:
        """Give a row for each unit, before and after; several codes in one cell are parted by semicolons."""
        before, after = flat(self.found.before), flat(self.found.after)
        before.insert(0, "when", "before")
        after.insert(0, "when", "after")
        return pd.concat([before, after], ignore_index=True)

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Give units after, units before, and what changes."""
        return proposal_layers(self.prepared, self.found.unit_after, self.found.before, self.found.after)

    def page(self) -> str:
        """Give the report that a board reads."""
        return proposal_report(self.prepared, self.found)


def run_mergers_score(workspace: Workspace, inputs: MergersScoreInputs, progress: Progress) -> MergersScoreResult:
    """
    Score a proposal.

    Raises
    ------
    CrimemapError
        If a set is not there, or the proposal or an option cannot be used.
    """
    scenario, options = parse(inputs.scenario), ScoreOptions.from_mapping(inputs.options)
    prepared = prepare(workspace, inputs, progress, borders=bool(scenario.splits or scenario.moves))
    progress("Scoring", 0.8)
    return MergersScoreResult(inputs=inputs, prepared=prepared, found=score(prepared.planning, scenario, options=options))
