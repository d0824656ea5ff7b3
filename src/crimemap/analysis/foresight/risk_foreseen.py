"""
Whether a map of risk foresaw risk: incidents in the chosen ground beside what is at risk there, in months not seen.

A hit rate asks where many incidents will be. A map beside people or other incidents promises something else: that where it
says so there will be more than those at risk explain. For ground chosen from the training period this is measured as

    ratio = (share of the test periods' incidents in it) / (share of those at risk in it)

with the shares of all test periods together. It is 1 if the map foresees nothing, whatever the ground is like: where there
are many people there are many incidents, and both shares grow alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.foresight.accuracy import choose_area
from crimemap.analysis.foresight.accuracy_intervals import draw_periods, percentile_interval
from crimemap.analysis.foresight.backtest_result import MeasuredPeriod
from crimemap.analysis.foresight.forecast import ForecastCells, History, Method
from crimemap.errors import InputError
from crimemap.periods import months_between

__all__ = ["RiskForeseen", "risk_foreseen"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskForeseen:
    """
    What came of the ground that a map of risk would have chosen.

    Attributes
    ----------
    coverage
        Share of the area that was chosen.
    incident_share, at_risk_share
        Shares of the test periods' incidents, and of those at risk then, in the chosen ground.
    ratio, ratio_low, ratio_high
        The one over the other, and its interval over test periods; None where nobody at risk is in the chosen ground, and no
        interval with one test period.
    """

    coverage: float
    incident_share: float
    at_risk_share: float
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None


def risk_foreseen(
    counts: ArrayLike,
    cells: ForecastCells,
    *,
    months: Sequence[str],
    known: ArrayLike,
    method: Method,
    periods: Sequence[MeasuredPeriod],
    at_risk: Callable[[tuple[str, ...]], Floats],
    coverages: Sequence[float],
    rng: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = 2000,
) -> tuple[RiskForeseen, ...]:
    """
    Measure a method on the periods of a back-test by what is at risk.

    Parameters
    ----------
    counts, cells, months, known
        As `backtest` takes them.
    method
        One that does not draw.
    periods
        Those that were measured, as `Backtest` has them. The method sees the training period of each and nothing later.
    at_risk
        Gives those at risk in each cell, shape (n_cells,), of the months asked for: the test periods.
    coverages
        Shares of the area, ascending.
    rng, confidence, resamples
        For the intervals: test periods are drawn anew.

    Returns
    -------
    tuple of RiskForeseen
        By coverage.

    Raises
    ------
    InputError
        If there is no period, or those at risk are missing, negative or nobody.

    Examples
    --------
    Half of the incidents come to a tenth of the people.

    >>> from crimemap.analysis.foresight.baselines import last_months
    >>> from crimemap.analysis.foresight.forecast import forecast_cells
    >>> from crimemap.periods import Period
    >>> one = MeasuredPeriod(training=Period("2024-01", "2024-02"), test=Period("2024-02", "2024-03"), incidents=10)
    >>> found = risk_foreseen(
    ...     [[5, 5], [5, 5]], forecast_cells([1e4, 2e4]), months=["2024-01", "2024-02"], known=[True, True],
    ...     method=last_months(1), periods=[one], at_risk=lambda _: np.array([10.0, 90.0]), coverages=[1 / 3],
    ...     rng=np.random.default_rng(1),
    ... )
    >>> round(found[0].ratio, 9), found[0].ratio_low
    (5.0, None)
    """
    if not periods:
        raise InputError("there is no test period", where="periods", fix="Give those of a back-test.")
    table, held, names = np.asarray(counts), np.asarray(known, dtype=bool), list(months)
    caught, there = np.empty((2, len(periods), len(coverages)))
    incidents, everybody = np.empty((2, len(periods)))
    for k, period in enumerate(periods):
        seen = [at for at in map(names.index, months_between(period.training.start, period.training.end)) if held[at]]
        tested = months_between(period.test.start, period.test.end)
        risk = method.forecast(
            History(
                counts=table[:, seen],
                months=tuple(names[at] for at in seen),
                test_months=tuple(tested),
                cells=cells,
                rng=rng,
                training_months=len(months_between(period.training.start, period.training.end)),
            )
        )
        chosen = choose_area(risk, cells.area_m2, coverages=coverages)
        number = np.asarray(at_risk(tuple(tested)), dtype=np.float64).ravel()
        if number.size != len(cells) or not np.isfinite(number).all() or (number < 0).any():
            raise InputError("those at risk are missing or negative", where="at_risk", fix="Give 0 or more for each cell.")
        came = table[:, [names.index(month) for month in tested]].sum(axis=1)
        caught[k], there[k] = chosen @ came, chosen @ number
        incidents[k], everybody[k] = came.sum(), number.sum()
    if not incidents.sum() or not everybody.sum():
        raise InputError(
            "no test period has an incident, or nobody is at risk", where="at_risk", fix="Take a longer period."
        )
    drawn = draw_periods(len(periods), resamples=resamples, rng=rng)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = (drawn @ caught) / (drawn @ incidents)[:, None] / ((drawn @ there) / (drawn @ everybody)[:, None])
    found = []
    for c, coverage in enumerate(coverages):
        share, of_all = caught[:, c].sum() / incidents.sum(), there[:, c].sum() / everybody.sum()
        low = high = None
        defined = ratios[np.isfinite(ratios[:, c]), c]
        if len(periods) > 1 and of_all and defined.size == resamples:
            low, high = (float(end) for end in percentile_interval(defined, n_units=len(periods), confidence=confidence))
        found.append(
            RiskForeseen(
                coverage=coverage,
                incident_share=float(share),
                at_risk_share=float(of_all),
                ratio=float(share / of_all) if of_all else None,
                ratio_low=low,
                ratio_high=high,
            )
        )
    return tuple(found)
