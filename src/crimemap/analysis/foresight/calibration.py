"""
Calibration: whether as many incidents happened as were expected, where they were expected.

Cells are ranked by risk and the study area is cut into bands of the ranking: the riskiest 1 %, the next 1 %, and so on. Of a
good forecast the incidents observed in each band are as many as were expected; of one that smooths too much the first bands
hold more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.counts import poisson_interval
from crimemap.analysis.foresight.forecast import Method

__all__ = ["BANDS", "CalibrationBand", "calibration_of"]

#: Edges of the bands, as shares of the area.
BANDS: Final = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationBand:
    """
    One method in one band, all test periods together.

    Attributes
    ----------
    method
        Its name.
    from_share, to_share
        The band: shares of the area, the riskiest first.
    expected
        Incidents expected; None where the method predicts no numbers.
    observed
        Incidents observed; parts of cells hold parts of incidents.
    ratio, ratio_low, ratio_high
        Observed over expected, with the exact Poisson interval of what was observed; None where nothing was expected.
    """

    method: str
    from_share: float
    to_share: float
    expected: float | None
    observed: float
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None


def calibration_of(
    methods: Sequence[Method],
    *,
    observed: NDArray[np.float64],
    predicted: NDArray[np.float64],
    confidence: float = 0.95,
) -> tuple[CalibrationBand, ...]:
    """
    Make the table of calibration.

    Parameters
    ----------
    methods
        In order.
    observed, predicted
        Shape (n_methods, n_bands). Sums over the test periods; `predicted` is not a number where a method predicts none.
    confidence
        Of the intervals.
    """
    low, high = poisson_interval(np.maximum(observed, 0.0).ravel(), confidence=confidence)
    low, high = low.reshape(observed.shape), high.reshape(observed.shape)
    found = []
    for k, method in enumerate(methods):
        for band, (start, end) in enumerate(pairwise(BANDS)):
            expected = float(predicted[k, band])
            known = bool(np.isfinite(expected))
            divided = known and expected > 0
            found.append(
                CalibrationBand(
                    method=method.name,
                    from_share=start,
                    to_share=end,
                    expected=expected if known else None,
                    observed=float(observed[k, band]),
                    ratio=float(observed[k, band]) / expected if divided else None,
                    ratio_low=float(low[k, band]) / expected if divided else None,
                    ratio_high=float(high[k, band]) / expected if divided else None,
                )
            )
    return tuple(found)
