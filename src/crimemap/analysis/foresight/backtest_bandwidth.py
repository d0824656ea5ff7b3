"""The bandwidth that foresees best."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from crimemap.analysis.density.kernels import Kernel
from crimemap.analysis.foresight.backtest import Backtest, backtest
from crimemap.analysis.foresight.baselines import last_months
from crimemap.analysis.foresight.forecast import ForecastCells
from crimemap.analysis.foresight.forecast_methods import kernel_smoothed
from crimemap.engine import Engine
from crimemap.errors import ParameterError

__all__ = ["BandwidthChoice", "bandwidth_by_backtest"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BandwidthChoice:
    """
    A bandwidth chosen by back-test.

    Attributes
    ----------
    bandwidth_m
        The one with the highest hit rate, the widest of equal ones.
    kernel, coverage
        What it was chosen for.
    hit_rate
        By bandwidth, in metres.
    at_end
        Whether it is the narrowest or the widest of several that were tried: one beyond may be better.
    backtest
        The whole back-test, with the counts of the training period beside as a baseline.
    """

    bandwidth_m: float
    kernel: Kernel
    coverage: float
    hit_rate: dict[float, float]
    at_end: bool
    backtest: Backtest

    @property
    def parameters(self) -> dict[str, Any]:
        """What made this choice."""
        return self.backtest.parameters | {"kernel": self.kernel, "bandwidths_m": list(self.hit_rate)}


def bandwidth_by_backtest(
    counts: ArrayLike,
    cells: ForecastCells,
    *,
    months: Sequence[str],
    bandwidths_m: Sequence[float],
    rng: np.random.Generator,
    kernel: Kernel = "quartic",
    coverage: float = 0.02,
    known: ArrayLike | None = None,
    training_months: int = 12,
    test_months: int = 1,
    step_months: int = 1,
    engine: Engine | None = None,
) -> BandwidthChoice:
    """
    Choose the bandwidth whose kernel density of the training period catches most incidents of the test periods.

    Parameters
    ----------
    counts, cells, months, known, training_months, test_months, step_months, rng, engine
        As `backtest` takes them; the cells with their centres.
    bandwidths_m
        Those to try, metres; none narrower than a cell.
    kernel
        As `kernel_density` takes it.
    coverage
        Share of the area that is chosen.

    Raises
    ------
    InputError
        As `backtest`.
    ParameterError
        As `backtest`, and if there is no bandwidth to try.
    """
    tried = sorted({float(width) for width in bandwidths_m})
    if not tried:
        raise ParameterError("there is no bandwidth to try", where="bandwidth", fix="Give some, in metres.")
    smoothed = [kernel_smoothed(bandwidth_m=width, kernel=kernel) for width in tried]
    found = backtest(
        counts,
        cells,
        months=months,
        methods=[*smoothed, last_months(training_months)],
        rng=rng,
        known=known,
        training_months=training_months,
        test_months=test_months,
        step_months=step_months,
        coverages=[coverage],
        engine=engine,
    )
    by_name = {score.method: score.hit_rate for score in found.scores}
    hit_rate = {width: by_name[method.name] for width, method in zip(tried, smoothed, strict=True)}
    best = max(tried, key=lambda width: (hit_rate[width], width))
    return BandwidthChoice(
        bandwidth_m=best,
        kernel=kernel,
        coverage=coverage,
        hit_rate=hit_rate,
        at_end=len(tried) > 1 and best in (tried[0], tried[-1]),
        backtest=found,
    )
