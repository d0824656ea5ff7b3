"""Back-test: which method would have foreseen the crime of an area, and whether any beats plain counting."""

from typing import Final, Self, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from crimemap.analysis.foresight.accuracy import choose_area
from crimemap.analysis.foresight.backtest import COVERAGES, backtest
from crimemap.analysis.foresight.backtest_result import Backtest
from crimemap.analysis.foresight.forecast import ForecastCells, History, Incidents, Method
from crimemap.analysis.foresight.forecast_methods import default_baselines, default_methods, methods_named
from crimemap.analysis.foresight.training_period import months_to_learn_from
from crimemap.analysis.grids.cells import parse_cells
from crimemap.areas.store import AreaStore
from crimemap.engine import current_engine
from crimemap.errors import ParameterError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.backtest_result import BacktestResult
from crimemap.jobs.cell_history import (
    CellHistory,
    choose_history,
    dated_incidents,
    forecast_view,
    history_of,
    months_known,
)
from crimemap.jobs.cell_people import people_of_cells
from crimemap.jobs.coverage import require_covered
from crimemap.jobs.result import Progress
from crimemap.jobs.selection import Selection
from crimemap.jobs.study_area import area_of_force, named_area
from crimemap.periods import month_after
from crimemap.workspace import Workspace

__all__ = ["BacktestInputs", "BacktestResult", "parse_coverages", "run_backtest"]

_MOST_RESAMPLES: Final = 100_000


def parse_coverages(text: str) -> tuple[float, ...]:
    """
    Read shares of an area as they are written on the command line.

    Raises
    ------
    ParameterError
        If one is no share.

    Examples
    --------
    >>> parse_coverages("1%, 2.5%, 0.05")
    (0.01, 0.025, 0.05)
    """
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        number, percent, rest = part.partition("%")
        try:
            share = float(number) / 100 if percent else float(number)
        except ValueError:
            share = float("nan")
        if rest or not 0 < share <= 1:
            raise ParameterError(f"{part[:20]!r} is no share of an area", where="coverage", fix="Write shares as 1%,2%,5%.")
        found.append(round(share, 12))
    if not found:
        raise ParameterError("no share of the area is named", where="coverage", fix="Write shares as 1%,2%,5%.")
    return tuple(sorted(set(found)))


class BacktestInputs(Selection):
    """What may be asked."""

    area: str | None = Field(default=None, description="Study area as SET:CODE, in place of a force's own.")
    cells: str = Field(default="h3:9", description="Cells: h3:9, or 200m for squares.")
    methods: str | None = Field(
        default=None, description="Methods, separated by commas; some that suit the cells if not given."
    )
    baselines: str | None = Field(default=None, description="Plain methods to beat; those that the training period allows.")
    coverage: tuple[float, ...] = Field(default=COVERAGES, description="Shares of the area to choose.")
    training_months: int = Field(default=12, ge=1, le=240, description="Months that methods see before each test.")
    test_months: int = Field(default=1, ge=1, le=60, description="Months of each test.")
    step_months: int = Field(default=1, ge=1, le=60, description="Months from one test to the next.")
    population: str | None = Field(default=None, description="Small areas with people, for the baseline of residents.")
    seed: int = Field(default=1, ge=0, description="Seed of what is drawn: intervals, and the baseline of lots.")
    resamples: int = Field(default=2000, ge=100, le=_MOST_RESAMPLES, description="Draws for the intervals.")
    confidence: float = Field(default=0.95, gt=0, lt=1, description="Of the intervals.")

    @field_validator("coverage", mode="before")
    @classmethod
    def _shares(cls, value: object) -> object:
        return parse_coverages(value) if isinstance(value, str) else value

    @field_validator("cells")
    @classmethod
    def _kind(cls, value: str) -> str:
        return str(parse_cells(value))

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.force is None and self.area is None:
            raise ParameterError("neither a force nor an area is named", where="force", fix="Give --force or --area.")
        return self


def _asked_methods(inputs: BacktestInputs, cells: ForecastCells) -> tuple[Method, ...]:
    width = float(np.sqrt(np.median(cells.area_m2)))
    tried = default_methods(cell_width_m=width) if inputs.methods is None else methods_named(inputs.methods)
    people = cells.population is not None
    plain = (
        default_baselines(training_months=inputs.training_months, test_months=inputs.test_months, people=people)
        if inputs.baselines is None
        else methods_named(inputs.baselines)
    )
    rivals = [method for method in plain if not method.baseline]
    if rivals:
        raise ParameterError(
            f"{rivals[0].name} is no plain method", where="baselines", fix="Name it among the methods, not the baselines."
        )
    named = {method.name for method in tried}
    return (*tried, *(method for method in plain if method.name not in named))


def _forecast(
    found: Backtest, history: CellHistory, view: ForecastCells, dated: Incidents | None, seed: int
) -> tuple[tuple[str, ...], Method, NDArray[np.float64] | None, NDArray[np.float64] | None]:
    by_name = {method.name: method for method in found.methods}
    best = by_name[found.scores[0].method]
    n = len(history.months)
    seen = months_to_learn_from(history.known, n, found.training_months)
    ahead = tuple(month_after(history.months[-1], n) for n in range(1, found.test_months + 1))
    if seen is None:
        return ahead, best, None, None
    past = History(
        counts=history.counts[:, seen],
        months=tuple(history.months[k] for k in seen),
        training_months=found.training_months,
        test_months=ahead,
        cells=view,
        rng=np.random.default_rng(seed),
        incidents=dated,
    )
    risk = np.asarray(best.forecast(past), dtype=np.float64)
    return ahead, best, risk, choose_area(risk, view.area_m2, coverages=found.coverages)


def run_backtest(workspace: Workspace, inputs: BacktestInputs, progress: Progress) -> BacktestResult:
    """
    Back-test methods.

    Raises
    ------
    EmptyInputError
        If no test is left that has data throughout.
    CrimemapError
        If the selection or the study area is not there, or a method cannot be used.
    """
    areas = AreaStore(workspace.require())
    kind = parse_cells(inputs.cells)
    progress("Counting incidents", 0.1)
    dated = None
    with IncidentStore(workspace).connect() as con:
        chosen = choose_history(con, inputs)
        study = named_area(areas, inputs.area) if inputs.area else area_of_force(con, areas, cast("str", inputs.force))
        if inputs.area:
            require_covered(con, areas, study, chosen)
        known = months_known(con, areas, study, chosen)
        if inputs.methods is not None and any(method.needs_days for method in methods_named(inputs.methods)):
            dated = dated_incidents(con, chosen)
    history = history_of(workspace, chosen, study, known, kind=kind)
    people = None
    if inputs.population is not None:
        progress("Placing residents", 0.3)
        people, _ = people_of_cells(areas, history.cells, set_name=inputs.population)
    view = forecast_view(history.cells, population=people)
    methods = _asked_methods(inputs, view)
    progress(f"Testing {len(methods)} methods", 0.4)
    found = backtest(
        history.counts,
        view,
        months=history.months,
        methods=methods,
        rng=np.random.default_rng(inputs.seed),
        known=known,
        incidents=dated,
        training_months=inputs.training_months,
        test_months=inputs.test_months,
        step_months=inputs.step_months,
        coverages=inputs.coverage,
        confidence=inputs.confidence,
        resamples=inputs.resamples,
        engine=current_engine(),
    )
    ahead, best, risk, share = _forecast(found, history, view, dated, inputs.seed)
    return BacktestResult(
        inputs=inputs,
        chosen=chosen,
        study_area=study,
        history=history,
        found=found,
        next_months=ahead,
        best=best,
        risk=risk,
        chosen_share=share,
    )
