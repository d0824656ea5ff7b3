"""
Kulldorff's scan statistic: where, and when, there is a circle with more incidents than its share.

Kulldorff (1997, doi:10.1080/03610929708831995): among all circles around areas' centres (and all runs of periods), find the
one of the largest likelihood ratio, and ask how often chance alone gives one as large anywhere. That single question covers
the whole map, so no correction for many tests is needed. p = (1 + simulations at least as extreme) / (simulations + 1).

Space: incidents fall on areas in proportion to what is expected there (people, or ground), given their total. Space and
time, Poisson: the same over areas and periods (Kulldorff 2001, doi:10.1111/1467-985X.00186). Space and time, permutation: no
expectation is needed; periods are shuffled over incidents, so both the map and the calendar stay as they are, and only what
is neither shows (Kulldorff et al. 2005, doi:10.1371/journal.pmed.0020059).
"""

from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.clusters.cylinder_kernels import best_cylinders
from crimemap.analysis.clusters.scan_checks import require_cases, require_expected, require_simulations
from crimemap.analysis.clusters.scan_kernels import largest_of_simulations
from crimemap.analysis.clusters.scan_result import Scan, clusters_of
from crimemap.analysis.clusters.scan_windows import circles

__all__ = ["scan"]

_BATCH: Final = 64

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def scan(
    cases: ArrayLike,
    expected: ArrayLike,
    easting: ArrayLike,
    northing: ArrayLike,
    *,
    rng: Generator,
    simulations: int = 999,
    alpha: float = 0.05,
    most_share: float = 0.5,
    most_neighbours: int | None = None,
    most_radius_m: float | None = None,
) -> Scan:
    """
    Scan areas for clusters in space (Poisson model).

    Parameters
    ----------
    cases
        Shape (n,). Incidents by area.
    expected
        Shape (n,). People at risk, ground, or expected incidents: only proportions matter.
    easting, northing
        Shape (n,). Centres of the areas, metres, EPSG:27700.
    rng
        Source of randomness.
    simulations
        How often chance is tried, 19 or more.
    alpha
        Clusters up to this p are given.
    most_share, most_neighbours, most_radius_m
        Largest window, as `circles` takes them; the share is of what is expected.

    Raises
    ------
    InputError
        If shapes differ, numbers are out of range, or incidents are where none can be expected.
    EmptyInputError
        If there are fewer than 2 incidents or areas.

    Examples
    --------
    >>> cases = [1, 0, 2, 9, 8, 1, 0, 2]
    >>> found = scan(cases, np.ones(8), np.arange(8) * 1000.0, np.full(8, 1000.0), rng=np.random.default_rng(1))
    >>> best = found.clusters[0]
    >>> best.members.tolist(), best.observed, round(best.expected, 2), round(best.llr, 3), bool(best.p_value < 0.01)
    ([3, 2, 4], 19, 8.62, 9.889, True)
    """
    require_simulations(simulations)
    counts = require_cases(cases, 1)
    due = require_expected(expected, counts)
    windows = circles(
        easting, northing, due, most_share=most_share, most_neighbours=most_neighbours, most_radius_m=most_radius_m
    )
    best = best_cylinders(windows, counts[:, None], due[:, None], longest=1)
    drawn = []
    for start in range(0, simulations, _BATCH):
        number = min(_BATCH, simulations - start)
        simulated = rng.multinomial(counts.sum(), due / due.sum(), size=number).astype(np.int32)
        drawn.append(largest_of_simulations(windows, simulated, due))
    largest = np.concatenate(drawn)
    return Scan(
        clusters=clusters_of(windows, counts[:, None], due[:, None], best=best, largest=largest, alpha=alpha, timed=False),
        simulated=largest,
        windows=len(windows),
        model="poisson",
        alpha=alpha,
        most_share=most_share,
        most_neighbours=most_neighbours,
        most_radius_m=most_radius_m,
        longest=None,
        alive=False,
    )
