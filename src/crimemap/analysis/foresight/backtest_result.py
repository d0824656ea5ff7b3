"""What a back-test gives back."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.foresight.backtest_scores import Score, Verdict
from crimemap.analysis.foresight.calibration import CalibrationBand
from crimemap.analysis.foresight.forecast import Method
from crimemap.periods import Period

__all__ = ["Backtest", "MeasuredPeriod", "SkippedOrigin"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPeriod:
    """
    One origin: the months that methods saw, the months they were measured on, and the incidents in these.

    Attributes
    ----------
    training, test
        The two periods.
    incidents
        In the test period.
    training_without_data
        Months of the training period that methods did not see.
    """

    training: Period
    test: Period
    incidents: int
    training_without_data: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedOrigin:
    """An origin that was left out for months without data, in its test period or too many in training; it lists both."""

    first_test_month: str
    months_without_data: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Backtest:
    """
    How methods did.

    Attributes
    ----------
    methods
        Those compared, baselines included.
    periods, skipped
        Origins measured, and left out.
    coverages
        Shares of the area that were chosen, ascending.
    caught
        Shape (n_methods, n_periods, n_coverages). Incidents caught.
    best
        Shape (n_periods, n_coverages). The most that could have been caught.
    predicted
        Shape (n_methods, n_periods, n_coverages). Incidents expected in the chosen area; not a number where a
        method predicts none.
    scores
        The leader board: for each coverage, the best hit rate first.
    verdicts
        For each coverage, whether any method beats the best baseline.
    calibration
        Expected against observed incidents, by band of the ranking.
    training_months, test_months, step_months, confidence, resamples
        As asked.
    n_cells
        Cells.
    """

    methods: tuple[Method, ...]
    periods: tuple[MeasuredPeriod, ...]
    skipped: tuple[SkippedOrigin, ...]
    coverages: tuple[float, ...]
    caught: Floats
    best: Floats
    predicted: Floats
    scores: tuple[Score, ...]
    verdicts: tuple[Verdict, ...]
    calibration: tuple[CalibrationBand, ...]
    training_months: int
    test_months: int
    step_months: int
    confidence: float
    resamples: int
    n_cells: int

    @property
    def incidents(self) -> int:
        """Incidents of all test periods; one that lies in several counts in each."""
        return sum(period.incidents for period in self.periods)

    @property
    def parameters(self) -> dict[str, Any]:
        """What made this back-test."""
        return {
            "methods": [method.name for method in self.methods],
            "coverages": list(self.coverages),
            "training_months": self.training_months,
            "test_months": self.test_months,
            "step_months": self.step_months,
            "confidence": self.confidence,
            "resamples": self.resamples,
        }
