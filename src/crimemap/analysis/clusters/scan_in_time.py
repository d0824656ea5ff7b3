"""
The scan statistic in space and time: where and when there is a cylinder with more incidents than its share.

See `scan` for what is asked and how; a cylinder is a circle around an area's centre over a run of periods.
"""

from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.clusters.cylinder_kernels import before_each, best_cylinders, largest_cylinders
from crimemap.analysis.clusters.scan_checks import require_cases, require_expected, require_simulations
from crimemap.analysis.clusters.scan_result import Scan, ScanModel, clusters_of
from crimemap.analysis.clusters.scan_windows import circles
from crimemap.engine import LocalEngine
from crimemap.errors import InputError, ParameterError

__all__ = ["space_time_scan"]

_BATCH_CELLS: Final = 8_000_000
_FEWEST_BATCHES: Final = 8

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def space_time_scan(
    cases: ArrayLike,
    easting: ArrayLike,
    northing: ArrayLike,
    *,
    rng: Generator,
    model: ScanModel = "permutation",
    expected: ArrayLike | None = None,
    simulations: int = 999,
    alpha: float = 0.05,
    most_share: float = 0.5,
    most_neighbours: int | None = None,
    most_radius_m: float | None = None,
    longest: int | None = None,
    alive: bool = False,
) -> Scan:
    """
    Scan areas and periods for clusters in space and time.

    Parameters
    ----------
    cases
        Shape (n, periods). Incidents by area and period.
    easting, northing
        Shape (n,). Centres of the areas, metres, EPSG:27700.
    rng
        Source of randomness.
    model
        `permutation`, or `poisson` with `expected`.
    expected
        Shape (n, periods). For the Poisson model: only proportions matter.
    simulations, alpha, most_neighbours, most_radius_m
        As `scan` takes them.
    most_share
        Largest share of the incidents (permutation) or of what is expected (Poisson) in a circle over all periods.
    longest
        Most periods of a cluster; half of them where not given.
    alive
        Whether only clusters that last to the final period are looked for: what is going on now.

    Raises
    ------
    InputError
        As `scan`, and if there are fewer than 2 periods.
    ParameterError
        If the model and what is given do not fit, or a cluster may be longer than the periods.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> cases = rng.poisson(2.0, (25, 6))
    >>> cases[12, 3:5] += 20
    >>> x, y = np.repeat(np.arange(5) * 500.0, 5) + 500, np.tile(np.arange(5) * 500.0, 5) + 500
    >>> best = space_time_scan(cases, x, y, rng=rng, simulations=99).clusters[0]
    >>> best.members.tolist(), best.first, best.last, best.p_value
    ([12], 3, 4, 0.01)
    """
    require_simulations(simulations)
    counts = require_cases(cases, 2)
    n, periods = counts.shape
    if periods < 2:  # noqa: PLR2004 - one period has no time
        raise InputError("one period has no before and after", where="incidents", fix="Scan in space alone.")
    reach = max(periods // 2, 1) if longest is None else longest
    if not 1 <= reach <= periods:
        raise ParameterError(f"{reach} of {periods} periods", where="longest", fix=f"Give 1 to {periods}.")
    if (model == "poisson") != (expected is not None):
        raise ParameterError(
            f"the {model} model {'needs' if model == 'poisson' else 'takes no'} expected incidents", where="model"
        )
    if model == "permutation":
        due = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    else:
        due = require_expected(np.asarray(expected), counts)
    windows = circles(
        easting,
        northing,
        due.sum(axis=1),
        most_share=most_share,
        most_neighbours=most_neighbours,
        most_radius_m=most_radius_m,
    )
    best = best_cylinders(windows, counts, due, longest=reach, alive=alive)
    seeds = rng.spawn(simulations)
    size = max(1, min(_BATCH_CELLS // counts.size, -(-simulations // _FEWEST_BATCHES)))

    def simulate(start: int) -> Floats:
        batch = seeds[start : start + size]
        drawn = np.empty((len(batch), n, periods + 1), dtype=np.int32)
        for k, own in enumerate(batch):
            table = _shuffled(counts, own) if model == "permutation" else own.multinomial(counts.sum(), share)
            drawn[k] = before_each(table.reshape(n, periods))
        return largest_cylinders(windows, drawn, due, longest=reach, alive=alive)

    share = due.ravel() / due.sum()
    largest = np.concatenate(LocalEngine().map(simulate, range(0, simulations, size)))
    return Scan(
        clusters=clusters_of(windows, counts, due, best=best, largest=largest, alpha=alpha, timed=True),
        simulated=largest,
        windows=len(windows),
        model=model,
        alpha=alpha,
        most_share=most_share,
        most_neighbours=most_neighbours,
        most_radius_m=most_radius_m,
        longest=reach,
        alive=alive,
    )


def _shuffled(counts: Ints, rng: Generator) -> Ints:
    """Shuffle periods over incidents; the totals of areas and of periods stay."""
    n, periods = counts.shape
    # Small numbers stay in the processor's cache while they are shuffled; the shuffle is the same.
    kind = np.uint8 if periods <= 2**8 else np.int64
    period = rng.permutation(np.repeat(np.arange(periods, dtype=kind), counts.sum(axis=0)))
    at = np.repeat(np.arange(n, dtype=np.int64) * periods, counts.sum(axis=1))
    at += period
    return np.bincount(at, minlength=n * periods)
