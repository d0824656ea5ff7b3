"""
The leader board of a back-test: hit rate, PAI, PEI and RRI with their intervals, and who beats the best baseline.

Figures are of all test periods together: incidents caught over incidents, not a mean of rates, so that a month with three
incidents does not weigh as much as one with three hundred.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.foresight.accuracy import choose_area
from crimemap.analysis.foresight.accuracy_intervals import (
    draw_incidents,
    draw_periods,
    percentile_interval,
    sign_change_test,
)
from crimemap.analysis.foresight.forecast import Method

__all__ = ["FEWEST_PERIODS", "Score", "Verdict", "scores_of", "verdicts_of"]

#: Test periods below which no verdict is given.
FEWEST_PERIODS: Final = 6

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """
    One method at one coverage.

    Attributes
    ----------
    method, title, baseline
        Which.
    coverage
        Share of the area that was chosen.
    hit_rate, pai, pei, rri
        As `accuracy` has them, over all test periods; `rri` is None where the method predicts no numbers or caught nothing.
    hit_rate_low, hit_rate_high, pai_low, pai_high, pei_low, pei_high
        Their intervals.
    against
        The baseline with the highest hit rate at this coverage; None for baselines, or where there is none.
    difference, difference_low, difference_high
        Hit rate minus that baseline's, on the same draws.
    p_value
        Chance of so large a standardised difference, for the best of all methods, if none beat the baseline; None where
        there is one test period.
    """

    method: str
    title: str
    baseline: bool
    coverage: float
    hit_rate: float
    hit_rate_low: float
    hit_rate_high: float
    pai: float
    pai_low: float
    pai_high: float
    pei: float
    pei_low: float
    pei_high: float
    rri: float | None
    against: str | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    p_value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    What a back-test says at one coverage.

    Attributes
    ----------
    coverage
        Share of the area.
    baseline
        The best baseline; None if there is none.
    beaten_by
        Methods that beat it beyond chance, the best first.
    sentence
        The same in words.
    """

    coverage: float
    baseline: str | None
    beaten_by: tuple[str, ...]
    sentence: str


def scores_of(
    methods: Sequence[Method],
    coverages: Sequence[float],
    *,
    caught: Floats,
    best: Floats,
    predicted: Floats,
    incidents: NDArray[np.int64],
    rng: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = 2000,
    only: tuple[NDArray[np.int64], Floats, Floats] | None = None,
) -> tuple[Score, ...]:
    """
    Make the leader board.

    Parameters
    ----------
    methods, coverages
        In order.
    caught, predicted
        Shape (n_methods, n_periods, n_coverages).
    best
        Shape (n_periods, n_coverages).
    incidents
        Shape (n_periods,).
    rng, confidence, resamples
        For the intervals.
    only
        Where there is one period: its counts of cells, shape (n_cells,); the share of each cell that each method chose at
        each coverage, shape (n_methods, n_coverages, n_cells); and the cells' areas. Its incidents are drawn anew; the best
        area stays as it was.

    Returns
    -------
    tuple of Score
        By coverage, then the highest hit rate first.
    """
    n_methods, n_periods, n_coverages = caught.shape
    share = np.array(coverages)
    if only is None:
        drawn = draw_periods(n_periods, resamples=resamples, rng=rng)
        n_units = n_periods
        total = (drawn @ incidents).astype(np.float64)
        got = np.einsum("bp,mpc->bmc", drawn, caught, optimize=True)
        most = drawn @ best
    else:
        counts, chosen, area_m2 = only
        oracle = _best_area(counts, area_m2, coverages)
        maps = np.concatenate([chosen.reshape(-1, counts.size), oracle])
        hits = draw_incidents(counts, maps, resamples=resamples, rng=rng)
        n_units = int(counts.sum())
        total = np.full(resamples, float(n_units))
        got = hits[:, : n_methods * n_coverages].reshape(resamples, n_methods, n_coverages)
        most = hits[:, n_methods * n_coverages :]
    with np.errstate(divide="ignore", invalid="ignore"):
        rate_drawn = got / total[:, None, None]
        efficiency_drawn = np.minimum(got / most[:, None, :], 1.0)
    rate = caught.sum(axis=1) / incidents.sum()
    efficiency = np.minimum(caught.sum(axis=1) / best.sum(axis=0), 1.0)
    low, high = percentile_interval(rate_drawn, n_units=n_units, confidence=confidence)
    pei_low, pei_high = percentile_interval(efficiency_drawn, n_units=n_units, confidence=confidence)
    is_baseline = np.array([method.baseline for method in methods])
    board: list[Score] = []
    for c, coverage in enumerate(coverages):
        reference = _reference(rate[:, c], is_baseline)
        rivals = np.flatnonzero(~is_baseline)
        gap = gap_low = gap_high = p = np.full(rivals.size, np.nan)
        if reference is not None and rivals.size:
            gap = rate[rivals, c] - rate[reference, c]
            gap_drawn = rate_drawn[:, rivals, c] - rate_drawn[:, [reference], c]
            gap_low, gap_high = percentile_interval(gap_drawn, n_units=n_units, confidence=confidence)
            if n_periods > 1:
                p = sign_change_test(caught[rivals, :, c].T - caught[[reference], :, c].T, resamples=resamples, rng=rng)
        for k in np.argsort(-rate[:, c], kind="stable").tolist():
            at = int(np.searchsorted(rivals, k)) if reference is not None and not is_baseline[k] else None
            expected, hit = float(predicted[k, :, c].sum()), float(caught[k, :, c].sum())
            board.append(
                Score(
                    method=methods[k].name,
                    title=methods[k].title,
                    baseline=methods[k].baseline,
                    coverage=coverage,
                    hit_rate=float(rate[k, c]),
                    hit_rate_low=float(low[k, c]),
                    hit_rate_high=float(high[k, c]),
                    pai=float(rate[k, c] / share[c]),
                    pai_low=float(low[k, c] / share[c]),
                    pai_high=float(high[k, c] / share[c]),
                    pei=float(efficiency[k, c]),
                    pei_low=float(pei_low[k, c]),
                    pei_high=float(pei_high[k, c]),
                    rri=expected / hit if np.isfinite(expected) and hit else None,
                    against=None if at is None or reference is None else methods[reference].name,
                    difference=None if at is None else float(gap[at]),
                    difference_low=None if at is None else float(gap_low[at]),
                    difference_high=None if at is None else float(gap_high[at]),
                    p_value=None if at is None or n_periods == 1 else float(p[at]),
                )
            )
    return tuple(board)


def _reference(rate: Floats, is_baseline: NDArray[np.bool_]) -> int | None:
    """Give the baseline with the highest hit rate, the first of equal ones."""
    return int(np.argmax(np.where(is_baseline, rate, -1.0))) if is_baseline.any() else None


def _best_area(counts: NDArray[np.int64], area_m2: Floats, coverages: Sequence[float]) -> Floats:
    return choose_area(counts / area_m2, area_m2, coverages=coverages)


def verdicts_of(
    scores: Sequence[Score], coverages: Sequence[float], *, n_periods: int, alpha: float = 0.05
) -> tuple[Verdict, ...]:
    """
    Say plainly, for each coverage, whether any method beats the best baseline.

    Parameters
    ----------
    scores
        The leader board.
    coverages
        In order.
    n_periods
        Test periods; with fewer than six there is no verdict.
    alpha
        The chance of naming a method that beats nothing.
    """
    found = []
    for coverage in coverages:
        here = [score for score in scores if score.coverage == coverage]
        baseline = next((score for score in here if score.baseline), None)
        rivals = [score for score in here if not score.baseline]
        beating = [s for s in rivals if s.p_value is not None and s.p_value <= alpha and n_periods >= FEWEST_PERIODS]
        where = f"At {100 * coverage:g} % of the area"
        if baseline is None:
            said = f"{where} there is no baseline to compare with."
        elif not rivals:
            said = f"{where} the best baseline is {baseline.title}; no other method was tried."
        elif beating:
            first = beating[0]
            said = (
                f"{where} {first.title} would have caught {100 * first.hit_rate:.1f} % of incidents: "
                f"beyond chance more than {baseline.title} ({100 * baseline.hit_rate:.1f} %)."
            )
        elif n_periods < FEWEST_PERIODS:
            said = f"{where} nothing can be said: {n_periods} test periods are too few, {FEWEST_PERIODS} are the least."
        else:
            said = f"{where} no method beats {baseline.title} beyond chance ({100 * baseline.hit_rate:.1f} % of incidents)."
        found.append(
            Verdict(
                coverage=coverage,
                baseline=None if baseline is None else baseline.method,
                beaten_by=tuple(score.method for score in beating),
                sentence=said,
            )
        )
    return tuple(found)
