"""What the back-test of a map beside those at risk says of the risk itself: more incidents than they explain, or not."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.foresight.backtest_result import Backtest
from crimemap.analysis.foresight.forecast import ForecastCells, Method
from crimemap.analysis.foresight.risk_foreseen import RiskForeseen, risk_foreseen
from crimemap.jobs.cell_history import CellHistory

__all__ = ["Beside", "foreseen_beside"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beside:
    """
    Those at risk in the months that a map is tested on.

    Attributes
    ----------
    whom
        `people`, or `offence` for incidents of another kind.
    in_months
        Gives those at risk in each cell, shape (n_cells,), of the months asked for.
    """

    whom: str
    in_months: Callable[[tuple[str, ...]], NDArray[np.float64]]


def foreseen_beside(
    beside: Beside, found: Backtest, history: CellHistory, view: ForecastCells, method: Method, *, seed: int
) -> dict[str, Any]:
    """
    Measure the map's method on its back-test's months by those at risk then.

    Returns
    -------
    dict
        `with`, `sentence` (of the middle coverage) and `scores`: for each coverage `incident_share`, `at_risk_share`, and
        `ratio` with its interval.

    Raises
    ------
    InputError
        If nobody is at risk in any of the months.
    """
    scores = risk_foreseen(
        history.counts,
        view,
        months=history.months,
        known=history.known,
        method=method,
        periods=found.periods,
        at_risk=beside.in_months,
        coverages=found.coverages,
        rng=np.random.default_rng([seed, 1]),
    )
    return {
        "with": beside.whom,
        "sentence": _in_words(scores[len(scores) // 2], beside.whom),
        "scores": [asdict(score) for score in scores],
    }


def _in_words(score: RiskForeseen, whom: str) -> str:
    there = "the people there" if whom == "people" else "the other incidents there"
    where = f"On the {100 * score.coverage:g} % of the area where risk was highest so far"
    if score.ratio is None:
        return f"{where} there was nothing to compare the incidents of the months after with."
    interval = "" if score.ratio_low is None else f" ({score.ratio_low:.2f} to {score.ratio_high:.2f})"
    return (
        f"{where}, the months after had {score.ratio:.2f} times{interval} as many incidents as {there} explain; "
        "1 is no foresight."
    )
