"""What a hotspot map says of its own method: how it would have done in this area so far."""

from typing import Any, Final

import duckdb
import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.analysis.density.kernels import Kernel
from crimemap.analysis.foresight.backtest import COVERAGES, backtest
from crimemap.analysis.foresight.backtest_bandwidth import BandwidthChoice, bandwidth_by_backtest
from crimemap.analysis.foresight.backtest_result import Backtest
from crimemap.analysis.foresight.forecast import Method
from crimemap.analysis.foresight.forecast_methods import default_baselines
from crimemap.analysis.foresight.training_period import fewest_months, months_to_learn_from
from crimemap.analysis.grids.cells import CellKind, Cells
from crimemap.areas.store import AreaStore
from crimemap.engine import current_engine
from crimemap.errors import CrimemapError, EmptyInputError, ParameterError
from crimemap.jobs.cell_history import forecast_view, history_of, months_known
from crimemap.jobs.foreseen_beside import Beside, foreseen_beside
from crimemap.jobs.selection import Chosen, Selection, choose
from crimemap.jobs.study_area import StudyArea
from crimemap.periods import month_after
from crimemap.workspace import Workspace

__all__ = ["backtest_of", "bandwidth_of_past", "no_backtest", "squares_for"]

#: Months that are forecast, the last of them the map's own last.
_TESTS: Final = 12
_LONGEST_TRAINING: Final = 24
#: Cells up to which a map is back-tested along the way, in seconds.
_MOST_CELLS: Final = 150_000
#: Bandwidths that are tried, in sides of a cell.
_MOST_NAMED: Final = 3
_FACTORS: Final = (1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24)


def backtest_of(
    method: Method,
    workspace: Workspace,
    con: duckdb.DuckDBPyConnection,
    *,
    selection: Selection,
    chosen: Chosen,
    study: StudyArea,
    kind: CellKind,
    cells: Cells | None = None,
    coverages: tuple[float, ...] = COVERAGES,
    tests: int = _TESTS,
    seed: int = 1,
    beside: Beside | None = None,
) -> dict[str, Any]:
    """
    Back-test the method of a map on the map's own area, offence type and cells.

    The training period is as long as the map's (24 months at most); the last test is the map's last month, which the method
    is then made to forecast from the months before it.

    Parameters
    ----------
    method
        The map's method, such as `gistar_score(ring=1)` or `kernel_smoothed(bandwidth_m=500)`.
    workspace, con
        The workspace, and a connection of its incident store.
    selection, chosen
        What the map was asked, and what that came to.
    study, kind, cells
        Its study area and cells; the cells are made where they are not given.
    coverages
        Shares of the area.
    tests
        Tests at most; each needs a month more of history.
    seed
        Of the intervals.
    beside
        For a map beside those at risk: who they are.

    Returns
    -------
    dict
        `available`, and `why` where it is not (the rest is then None or empty); `method`, `title`, `training_months`,
        `tests`, `first_test_month`, `last_test_month`, `skipped` (tests left out for months without data),
        `months_without_data` (from the first training month to the last test), `sentence` (how many tests of how many),
        `scores` (for each coverage the hit rate, PAI and PEI with intervals, the best baseline with its hit rate, and the
        difference), `verdicts`, and `beside` (for a map beside those at risk what `foreseen_beside` gives, else None). Never
        an error: a map does not fail for want of a past.
    """
    try:
        past, known, training = _past(
            con,
            workspace,
            selection=selection,
            chosen=chosen,
            study=study,
            tests=tests,
            fewest=method.training_months,
        )
        _require_few(cells)
        history = history_of(workspace, past, study, known, kind=kind, cells=cells)
        _require_few(history.cells)
        view = forecast_view(history.cells)
        found = backtest(
            history.counts,
            view,
            months=history.months,
            methods=[method, *default_baselines(training_months=training)],
            rng=np.random.default_rng(seed),
            known=known,
            training_months=training,
            coverages=coverages,
            engine=current_engine(),
        )
        risk = None if beside is None else foreseen_beside(beside, found, history, view, method, seed=seed)
    except CrimemapError as error:
        return no_backtest(error.message)
    without = _months_without_data(found)
    return {
        "available": True,
        "why": None,
        "method": method.name,
        "title": method.title,
        "training_months": found.training_months,
        "tests": len(found.periods),
        "first_test_month": found.periods[0].test.start,
        "last_test_month": found.periods[-1].test.start,
        "skipped": len(found.skipped),
        "months_without_data": without,
        "sentence": _tests_in_words(found, without),
        "scores": [_score(found, method.name, coverage) for coverage in found.coverages],
        "verdicts": [verdict.sentence for verdict in found.verdicts],
        "beside": risk,
    }


def squares_for(study: StudyArea, cell_size_m: float) -> CellKind:
    """Give squares of that side, doubled until a study area has few enough to be back-tested along the way."""
    size = cell_size_m
    while study.geometry is not None and shapely.area(study.geometry) / size**2 > _MOST_CELLS * 0.9:
        size *= 2
    return CellKind(h3_resolution=None, cell_size_m=size)


def bandwidth_of_past(
    workspace: Workspace,
    con: duckdb.DuckDBPyConnection,
    *,
    selection: Selection,
    chosen: Chosen,
    study: StudyArea,
    cell_size_m: float,
    kernel: Kernel,
    tests: int = _TESTS,
    seed: int = 1,
) -> BandwidthChoice:
    """
    Choose the bandwidth that would have foreseen most in the months up to a map's last.

    Parameters
    ----------
    workspace, con, selection, chosen, study, tests, seed
        As `backtest_of` takes them.
    cell_size_m
        Side of the map's cells; larger ones are tried on where these are too many.
    kernel
        The map's kernel.

    Raises
    ------
    EmptyInputError
        If there is not enough history to test on.
    CrimemapError
        As `choose`.
    """
    kind = squares_for(study, cell_size_m)
    past, known, training = _past(
        con, workspace, selection=selection, chosen=chosen, study=study, tests=tests, fewest=1, shorten=True
    )
    history = history_of(workspace, past, study, known, kind=kind)
    side = kind.cell_size_m or cell_size_m
    widths = [float(f"{side * factor:.2g}") for factor in _FACTORS]
    return bandwidth_by_backtest(
        history.counts,
        forecast_view(history.cells),
        months=history.months,
        bandwidths_m=[width for width in widths if width >= side],
        kernel=kernel,
        rng=np.random.default_rng(seed),
        known=known,
        training_months=training,
        engine=current_engine(),
    )


def _past(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    *,
    selection: Selection,
    chosen: Chosen,
    study: StudyArea,
    tests: int,
    fewest: int,
    shorten: bool = False,
) -> tuple[Chosen, NDArray[np.bool_], int]:
    """
    Settle the months to look back over: the selection, which of them have data, and the training period.

    It is as long as the map's; with `shorten`, where that leaves few months to test on, half as long as the history.
    """
    training = min(max(len(chosen.period), fewest), _LONGEST_TRAINING)
    past, known = _looked_back(con, workspace, selection, chosen, study, months=training + tests)
    history = known.size - int(np.argmax(known))
    if shorten and history - training < tests // 2:
        training = max(history // 2, fewest)
        past, known = _looked_back(con, workspace, selection, chosen, study, months=training + tests)
    _require_past(known, training)
    return past, known, training


def _looked_back(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    selection: Selection,
    chosen: Chosen,
    study: StudyArea,
    *,
    months: int,
) -> tuple[Chosen, NDArray[np.bool_]]:
    last = chosen.months[-1]
    longer = {"first_month": month_after(last, 1 - months), "last_month": last}
    past = choose(con, Selection(force=selection.force, offence=selection.offence, source=selection.source, **longer))
    return past, months_known(con, AreaStore(workspace), study, past)


def no_backtest(why: str) -> dict[str, Any]:
    """Give what stands in place of a back-test where there is none."""
    names = ("method", "title", "training_months", "tests", "first_test_month", "last_test_month", "skipped", "beside")
    empty: dict[str, Any] = {"months_without_data": [], "sentence": f"No back-test: {why}.", "scores": [], "verdicts": []}
    return {"available": False, "why": why, **dict.fromkeys(names), **empty}


def _months_without_data(found: Backtest) -> list[str]:
    of_used = {month for period in found.periods for month in period.training_without_data}
    of_skipped = {month for one in found.skipped for month in one.months_without_data}
    return sorted(of_used | of_skipped)


def _tests_in_words(found: Backtest, without: list[str]) -> str:
    """Say how many tests were made of how many, and what there was to learn from where months are missing."""
    tests, wanted = len(found.periods), len(found.periods) + len(found.skipped)
    months = found.periods[-1].test.start
    said = f"Tested on {tests} of the {wanted} months up to {months}, each from the {found.training_months} before it"
    if not without:
        return f"{said}."
    shown = ", ".join(without) if len(without) <= _MOST_NAMED else f"{len(without)} months, {without[0]} to {without[-1]}"
    return f"{said}; without data, and so neither tested nor learnt from: {shown}."


def _require_past(known: NDArray[np.bool_], training: int) -> None:
    """Refuse before anything is counted what has no month to test on with enough of the months before it."""
    if not any(held and months_to_learn_from(known, at, training) is not None for at, held in enumerate(known.tolist())):
        raise EmptyInputError(
            f"no month to test on has {training} {'month' if training == 1 else 'months'} of history before it, "
            f"{fewest_months(training)} of them with data",
            where="incidents",
            fix="Load earlier months, or take a shorter period.",
        )


def _require_few(cells: Cells | None) -> None:
    if cells is not None and len(cells) > _MOST_CELLS:
        raise ParameterError(
            f"{len(cells):,} cells take too long to test along the way; 'crimemap backtest' does it on its own"
        )


def _score(found: Backtest, name: str, coverage: float) -> dict[str, Any]:
    here = [score for score in found.scores if score.coverage == coverage]
    mine = next(score for score in here if score.method == name)
    baseline = next(score for score in here if score.baseline)
    figures = ("hit_rate", "pai", "pei")
    return {
        "coverage": coverage,
        **{f"{figure}{end}": getattr(mine, f"{figure}{end}") for figure in figures for end in ("", "_low", "_high")},
        "baseline": baseline.method,
        "baseline_hit_rate": baseline.hit_rate,
        "difference": mine.difference,
        "difference_low": mine.difference_low,
        "difference_high": mine.difference_high,
        "p_value": mine.p_value,
    }
