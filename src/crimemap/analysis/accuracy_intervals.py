"""
How far a back-test's figures could be off by chance, and whether one method really beats another.

Figures are ratios of sums over test periods, and the periods are drawn anew with replacement (the bootstrap). Percentiles of
few periods are too narrow; they are widened to what Student's t asks for (the expanded percentile interval of Hesterberg
2015, doi:10.1080/00031305.2015.1089789). Where there is one period its incidents are drawn anew instead.

Of many methods the best looks good by chance alone. Whether any beats a benchmark is therefore asked of the largest of all
standardised differences at once (White's reality check 2000, doi:10.1111/1468-0262.00152).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr
from scipy.stats import t as student

from crimemap.analysis.significance import require_alpha
from crimemap.errors import InputError, ParameterError

__all__ = ["draw_incidents", "draw_periods", "percentile_interval", "reality_check"]

Floats = NDArray[np.float64]


def draw_periods(n_periods: int, *, resamples: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """
    Draw periods with replacement.

    Returns
    -------
    ndarray of int64
        Shape (resamples, n_periods). How often each period was drawn; rows sum to `n_periods`.

    Raises
    ------
    ParameterError
        If there is nothing to draw.
    """
    if n_periods < 1 or resamples < 1:
        raise ParameterError("nothing to draw", where="resamples", fix="Give 1 or more periods and resamples.")
    return np.asarray(rng.multinomial(n_periods, np.full(n_periods, 1 / n_periods), size=resamples), dtype=np.int64)


def draw_incidents(
    test_counts: ArrayLike, chosen: ArrayLike, *, resamples: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """
    Draw the incidents of one period with replacement and say how many each map catches of them.

    Parameters
    ----------
    test_counts
        Shape (n_cells,). Incidents in each cell.
    chosen
        Shape (n_maps, n_cells). The share of each cell that each map chose.

    Returns
    -------
    ndarray of float64
        Shape (resamples, n_maps). The same draw for every map, so that they can be compared.
    """
    counts = np.asarray(test_counts, dtype=np.int64).ravel()
    held = np.flatnonzero(counts)
    if not held.size:
        raise InputError("there are no incidents to draw", where="counts", fix="Take a longer test period.")
    shares = np.asarray(chosen, dtype=np.float64)[:, held].T
    total, chance = int(counts.sum()), counts[held] / counts.sum()
    caught = np.empty((resamples, shares.shape[1]))
    step = max(1, 4_000_000 // held.size)
    for start in range(0, resamples, step):
        n = min(step, resamples - start)
        caught[start : start + n] = rng.multinomial(total, chance, size=n) @ shares
    return caught


def percentile_interval(drawn: ArrayLike, *, n_units: int, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """
    Give the expanded percentile interval of resampled figures.

    Parameters
    ----------
    drawn
        Shape (resamples, ...). The figure of each resample; not a number where it was not defined.
    n_units
        Periods, or incidents, that were drawn from.
    confidence
        Chance that the interval holds the figure's expectation.

    Returns
    -------
    low, high
        Shape (...).

    Raises
    ------
    ParameterError
        If `confidence` is not between 0 and 1.

    Examples
    --------
    >>> low, high = percentile_interval(np.arange(1001.0), n_units=1000, confidence=0.9)
    >>> round(float(low)), round(float(high))
    (50, 950)
    """
    tail = (1 - require_alpha(confidence)) / 2
    values = np.asarray(drawn, dtype=np.float64)
    if n_units > 1:
        tail = float(ndtr(-np.sqrt(n_units / (n_units - 1)) * student.ppf(1 - tail, n_units - 1)))
    low, high = np.nanquantile(values, [tail, 1 - tail], axis=0)
    return np.asarray(low), np.asarray(high)


def reality_check(difference: ArrayLike, drawn: ArrayLike, *, n_units: int) -> Floats:
    """
    Ask of each method whether it beats a benchmark, knowing that all were tried.

    Parameters
    ----------
    difference
        Shape (n_methods,). Figure of the method minus that of the benchmark.
    drawn
        Shape (resamples, n_methods). The same of each resample.
    n_units
        Periods, or incidents, that were drawn from.

    Returns
    -------
    ndarray of float64
        Shape (n_methods,). One-sided p-values, adjusted for the number of methods: the chance that the largest standardised
        difference of all is at least this one if no method beats the benchmark. Never below 1 / (resamples + 1).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> p = reality_check([0.0, 3.0], rng.normal([0.0, 3.0], 1.0, (999, 2)), n_units=1000)
    >>> bool(p[0] > 0.5), bool(p[1] < 0.01)
    (True, True)
    """
    seen = np.asarray(difference, dtype=np.float64).ravel()
    values = np.asarray(drawn, dtype=np.float64).reshape(-1, seen.size)
    values = values[~np.isnan(values).any(axis=1)]
    spread = values.std(axis=0) * (np.sqrt(n_units / (n_units - 1)) if n_units > 1 else 1.0)
    moving = spread > 0
    if not moving.any() or not len(values):
        return np.ones(seen.size)
    largest = ((values - seen)[:, moving] / values.std(axis=0)[moving]).max(axis=1)
    score = np.divide(seen, spread, out=np.zeros_like(seen), where=moving)
    above = (largest[:, None] >= score).sum(axis=0)
    return np.where(moving, (1 + above) / (len(values) + 1), 1.0)
