"""The processes by name. Adding one is a module in `processes` and a line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from crimemap.errors import NotFoundError, ParameterError
from crimemap.jobs.processes.backtest import BacktestInputs, run_backtest
from crimemap.jobs.processes.change import ChangeInputs, run_change
from crimemap.jobs.processes.clusters import ClustersInputs, run_clusters
from crimemap.jobs.processes.concentration import ConcentrationInputs, run_concentration
from crimemap.jobs.processes.counts import CountsInputs, run_counts
from crimemap.jobs.processes.emerging import EmergingInputs, run_emerging
from crimemap.jobs.processes.hotspots import HotspotsInputs, run_hotspots
from crimemap.jobs.processes.kde import KdeInputs, run_kde
from crimemap.jobs.processes.ladder import LadderInputs, run_ladder
from crimemap.jobs.processes.mergers_score import MergersScoreInputs, run_mergers_score
from crimemap.jobs.processes.mergers_search import MergersSearchInputs, run_mergers_search
from crimemap.jobs.processes.near_repeat import NearRepeatInputs, run_near_repeat
from crimemap.jobs.processes.overlap import OverlapInputs, run_overlap
from crimemap.jobs.processes.profiles import ProfilesInputs, run_profiles
from crimemap.jobs.processes.scan import ScanInputs, run_scan
from crimemap.jobs.processes.vintages import VintagesInputs, run_vintages
from crimemap.jobs.result import Progress, Result, silent
from crimemap.workspace import Workspace

__all__ = ["PROCESSES", "Process", "process", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """
    An analysis that can be asked for by name.

    Attributes
    ----------
    id, title, description
        For people and programs.
    inputs
        The model that checks what is asked; its JSON schema describes it.
    run
        Does the work: workspace, checked inputs, a function that is told the progress.
    command
        The command that asks for it, where that has another name.
    """

    id: str
    title: str
    description: str
    inputs: type[BaseModel]
    run: Callable[[Workspace, Any, Progress], Result]
    command: str | None = None

    def checked(self, given: Mapping[str, Any]) -> BaseModel:
        """
        Check what is asked.

        Raises
        ------
        ParameterError
            If something is unknown, missing or out of its range; the first of them is named.
        """
        try:
            return self.inputs.model_validate(dict(given))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or self.id
            raise ParameterError(
                first["msg"][0].lower() + first["msg"][1:],
                where=where,
                fix=f"See 'crimemap {self.command or self.id} --help'.",
            ) from None


PROCESSES: Final = {
    process.id: process
    for process in (
        Process(
            id="backtest",
            title="Back-test of hotspot methods",
            description="Which method would have foreseen where crime happened, and whether any beats plain counting.",
            inputs=BacktestInputs,
            run=run_backtest,
        ),
        Process(
            id="change",
            title="Change between two periods",
            description="Where there is more or less than in an earlier period: ratios with intervals, and a verdict.",
            inputs=ChangeInputs,
            run=run_change,
        ),
        Process(
            id="clusters",
            title="Clusters",
            description="Dense groups of incidents as areas: DBSCAN, HDBSCAN, ST-DBSCAN, nearest-neighbour hierarchical.",
            inputs=ClustersInputs,
            run=run_clusters,
        ),
        Process(
            id="concentration",
            title="Concentration",
            description="Share of crime in the top places or cells, Lorenz curve, and a Gini index fair to sparse counts.",
            inputs=ConcentrationInputs,
            run=run_concentration,
        ),
        Process(
            id="counts",
            title="Counts and rates",
            description="Incidents of each area of a boundary set, zero and no data kept apart, and rates with intervals.",
            inputs=CountsInputs,
            run=run_counts,
        ),
        Process(
            id="emerging",
            title="Emerging hotspots",
            description="Cells that are newly hot, stay hot, fade or were hot: Gi* of each period and its trend.",
            inputs=EmergingInputs,
            run=run_emerging,
        ),
        Process(
            id="hotspots",
            title="Hotspots",
            description="Cells where incidents are denser than if scattered: Gi* or local Moran, exact permutation test.",
            inputs=HotspotsInputs,
            run=run_hotspots,
        ),
        Process(
            id="kde",
            title="Kernel density",
            description="Incidents per square kilometre as a surface.",
            inputs=KdeInputs,
            run=run_kde,
        ),
        Process(
            id="ladder",
            title="Ladder of policing geographies",
            description="Each partnership with its districts, county, command units and force: do they agree?",
            inputs=LadderInputs,
            run=run_ladder,
        ),
        Process(
            id="mergers-score",
            title="Score of a proposal to merge, split or move",
            description="Each unit and the whole before and after, who must agree by law, size and spread, savings.",
            inputs=MergersScoreInputs,
            run=run_mergers_score,
            command="mergers score",
        ),
        Process(
            id="mergers-search",
            title="Search for the best lawful mergers",
            description="The grouping of units that fits other areas best within limits, with proof or bound.",
            inputs=MergersSearchInputs,
            run=run_mergers_search,
            command="mergers search",
        ),
        Process(
            id="near-repeat",
            title="Near repeat",
            description="Whether incidents come back nearby and soon (Knox), with originators and followers; needs days.",
            inputs=NearRepeatInputs,
            run=run_near_repeat,
        ),
        Process(
            id="overlap",
            title="Overlap of two boundary sets",
            description="What the areas of two sets share, by area and by the people who live there, and how well they fit.",
            inputs=OverlapInputs,
            run=run_overlap,
            command="align",
        ),
        Process(
            id="profiles",
            title="Profiles of the day and week",
            description="Hours and days at which incidents happen, spread over the time between two times; needs times.",
            inputs=ProfilesInputs,
            run=run_profiles,
        ),
        Process(
            id="scan",
            title="Scan statistic",
            description="Circles of areas, and runs of months, with more incidents than their share (Kulldorff).",
            inputs=ScanInputs,
            run=run_scan,
        ),
        Process(
            id="vintages",
            title="Changes between two vintages",
            description="What was recoded, renamed, merged, split or moved between two vintages; counts carried over.",
            inputs=VintagesInputs,
            run=run_vintages,
        ),
    )
}


def process(name: str) -> Process:
    """
    Find a process.

    Raises
    ------
    NotFoundError
        If there is none of that name.

    Examples
    --------
    >>> process("kde").title
    'Kernel density'
    """
    if name not in PROCESSES:
        raise NotFoundError("there is no such process", where=name[:40], fix=f"There are: {', '.join(PROCESSES)}.")
    return PROCESSES[name]


def run(name: str, workspace: Workspace, given: Mapping[str, Any], *, progress: Progress = silent) -> Result:
    """
    Run a process by name.

    Raises
    ------
    CrimemapError
        If there is no such process, what is asked cannot be used, or the work cannot be done.
    """
    found = process(name)
    return found.run(workspace, found.checked(given), progress)
