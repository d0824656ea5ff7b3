"""The search for the best lawful mergers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd
from pydantic import Field

from crimemap.alignment.mergers.options import SearchOptions
from crimemap.alignment.mergers.scored import Scored, score
from crimemap.alignment.mergers.searched import Searched, plan_search
from crimemap.alignment.mergers.watch import Progress as SearchProgress
from crimemap.jobs.planning import PlanningInputs, Prepared, codes_of_forces, prepare
from crimemap.jobs.processes.mergers_layers import flat, proposal_layers
from crimemap.jobs.processes.mergers_report import proposal_report
from crimemap.jobs.result import Progress
from crimemap.workspace import Workspace

__all__ = ["MergersSearchInputs", "MergersSearchResult", "run_mergers_search"]


class MergersSearchInputs(PlanningInputs):
    """What may be asked: the options of `SearchOptions`; forces also by name, as in police.uk's addresses."""

    options: dict[str, Any] = Field(
        default_factory=dict, description="Objective, limits, assumptions: see docs/json/mergers.md."
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MergersSearchResult:
    """What a search found, with shapes, and the answer scored as a proposal."""

    inputs: MergersSearchInputs
    prepared: Prepared
    found: Searched
    scored: Scored

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads."""
        return {"process": "mergers-search", **self.prepared.to_json(), **self.found.to_json()}

    def table(self) -> pd.DataFrame:
        """Give a row for each new unit; several codes in one cell are parted by semicolons."""
        return flat(self.found.groups)

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Give units after, units before, and what changes."""
        return proposal_layers(self.prepared, self.scored.unit_after, self.scored.before, self.scored.after)

    def page(self) -> str:
        """Give the report that a board reads."""
        return proposal_report(self.prepared, self.scored, search=self.found)


def run_mergers_search(
    workspace: Workspace,
    inputs: MergersSearchInputs,
    progress: Progress,
    *,
    cancelled: Callable[[], bool] | None = None,
) -> MergersSearchResult:
    """
    Search for the best lawful mergers.

    Parameters
    ----------
    cancelled
        Asked often; answering True ends the search with the best found until then.

    Raises
    ------
    InfeasibleError
        If no grouping keeps the limits.
    CrimemapError
        If a set is not there, or an option cannot be used.
    """
    options = SearchOptions.from_mapping(inputs.options)
    prepared = prepare(workspace, inputs, progress)
    options = replace(options, forces=tuple(codes_of_forces(prepared.planning, list(options.forces))))

    def told(now: SearchProgress) -> None:
        progress(now.stage[:1].upper() + now.stage[1:], 0.5 + 0.4 * now.done / max(now.of, 1))

    found = plan_search(prepared.planning, options=options, progress=told, cancelled=cancelled)
    scored = score(found.planning, found.scenario, options=options)
    return MergersSearchResult(inputs=inputs, prepared=prepared, found=found, scored=scored)
