"""One origin of a back-test: every method forecasts from one history and is measured on the months after it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.foresight.accuracy import choose_area, most_caught
from crimemap.analysis.foresight.calibration import BANDS
from crimemap.analysis.foresight.forecast import History, Method
from crimemap.errors import InputError

__all__ = ["Measured", "Origin", "measure", "measure_and_keep"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Origin:
    """What is handed to a worker: one history and the counts to measure on."""

    history: History
    test_counts: NDArray[np.int64]
    methods: tuple[Method, ...]
    coverages: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """
    What came of one origin.

    Attributes
    ----------
    chosen
        Shape (n_methods, n_coverages, n_cells). The share of each cell that was chosen; None unless asked for.
    caught, predicted
        Shape (n_methods, n_coverages).
    best
        Shape (n_coverages,).
    band_observed, band_predicted
        Shape (n_methods, n_bands).
    """

    chosen: Floats | None
    caught: Floats
    best: Floats
    predicted: Floats
    band_observed: Floats
    band_predicted: Floats


def _risk(method: Method, history: History) -> Floats:
    risk = np.asarray(method.forecast(history), dtype=np.float64).ravel()
    if risk.size != len(history.cells) or np.isnan(risk).any():
        raise InputError(
            f"the method gave {risk.size} risks for {len(history.cells)} cells, or one that is not a number",
            where=method.name,
            fix="A method gives one number for every cell.",
        )
    return risk


def _measured(origin: Origin, *, keep_chosen: bool) -> Measured:
    area, counts = origin.history.cells.area_m2, origin.test_counts.astype(np.float64)
    n_methods, n_coverages = len(origin.methods), len(origin.coverages)
    # One ranking serves the coverages and the bands; what lies between two edges is a band.
    edges = (*origin.coverages, *BANDS[1:])
    caught, predicted = np.empty((n_methods, n_coverages)), np.full((n_methods, n_coverages), np.nan)
    observed_in, predicted_in = (np.full((n_methods, len(BANDS) - 1), np.nan) for _ in range(2))
    kept = np.empty((n_methods, n_coverages, area.size)) if keep_chosen else None
    for k, method in enumerate(origin.methods):
        risk = _risk(method, origin.history)
        chosen = choose_area(risk, area, coverages=edges)
        # The parts of cells are subtracted, not their sums: those may differ by rounding where a band holds nothing.
        bands = np.diff(chosen[n_coverages:], axis=0, prepend=0.0)
        caught[k] = chosen[:n_coverages] @ counts
        observed_in[k] = bands @ counts
        if method.calibrated:
            expected = risk * area / 1e6
            predicted[k] = chosen[:n_coverages] @ expected
            predicted_in[k] = bands @ expected
        if kept is not None:
            kept[k] = chosen[:n_coverages]
    return Measured(
        chosen=kept,
        caught=caught,
        best=most_caught(counts, area, coverages=origin.coverages),
        predicted=predicted,
        band_observed=observed_in,
        band_predicted=predicted_in,
    )


def measure(origin: Origin) -> Measured:
    """Measure every method from one origin."""
    return _measured(origin, keep_chosen=False)


def measure_and_keep(origin: Origin) -> Measured:
    """Do the same, and keep what each method chose."""
    return _measured(origin, keep_chosen=True)
