"""
Knox's test of near repeat: whether incidents close in space are close in time more often than chance would have it.

Knox (1964, doi:10.2307/2985220) counts the pairs that are close in both. Here space and time are each cut into bands and
every combination is counted, as Johnson et al. (2007, doi:10.1007/s10940-006-9025-3) do for near repeat. Were times
shuffled over the incidents, a band would hold on average::

    expected = pairs in the space band * pairs in the time band / (n (n - 1) / 2)

exactly, whatever the map and the calendar look like, so the ratio of observed to expected has no Monte Carlo error. How
far the count strays from it by chance is found by shuffling.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy.stats import poisson

from crimemap.analysis.over_time.knox_bands import seconds_of, space_edges, time_edges
from crimemap.analysis.over_time.knox_pairs import Distance, close_pairs
from crimemap.analysis.over_time.knox_permutations import count_bands, pairs_by_time, permuted_counts
from crimemap.checks import require_coordinates
from crimemap.errors import EmptyInputError, InputError, ParameterError

__all__ = ["Knox", "knox"]

_FEWEST: Final = 3
_MOST_PERMUTATIONS: Final = 100_000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Knox:
    """
    Pairs by space band (s rows) and time band (t columns).

    Attributes
    ----------
    observed
        Shape (s, t). Pairs.
    expected
        Shape (s, t). Mean over all ways to shuffle the times, exact.
    knox_ratio
        Shape (s, t). Observed over expected; not a number where none is expected.
    low, high
        Shape (s, t). Between these lie 95 % of the shuffled counts.
    p_value
        Shape (s, t). Chance of so many pairs or more: (1 + shuffles with as many) / (1 + shuffles). Each band for itself.
    p_adjusted
        Shape (s, t). The chance that any band of the table stands out as far (Westfall and Young 1993): comparing it with
        5 % keeps the chance of a single false claim anywhere in the table to 5 %.
    p_poisson
        Shape (s, t). Chance of so many if the count were Poisson, for comparison with other software.
    pairs_in_space, pairs_in_time
        Shape (s,) and (t,). Pairs of each band, whatever the other.
    n_incidents, n_pairs
        Incidents, and all their pairs.
    space_edges_m, time_edges_days
        Shape (s + 1,) and (t + 1,). A band holds its lower end and not its upper end.
    same_place
        Whether the first space band is that of pairs at the same place.
    distance, permutations
        What was asked for.
    """

    observed: Ints
    expected: Floats
    knox_ratio: Floats
    low: Floats
    high: Floats
    p_value: Floats
    p_adjusted: Floats
    p_poisson: Floats
    pairs_in_space: Ints
    pairs_in_time: Ints
    n_incidents: int
    n_pairs: int
    space_edges_m: Floats
    time_edges_days: Floats
    same_place: bool
    distance: Distance
    permutations: int

    @property
    def parameters(self) -> dict[str, Any]:
        """What made this result."""
        return {
            "space_edges_m": self.space_edges_m.tolist(),
            "time_edges_days": self.time_edges_days.tolist(),
            "same_place": self.same_place,
            "distance": self.distance,
            "permutations": self.permutations,
        }


def knox(
    x: ArrayLike,
    y: ArrayLike,
    day: ArrayLike,
    *,
    space_bands_m: ArrayLike = (100.0, 200.0, 300.0, 400.0),
    time_bands_days: ArrayLike = (7.0, 14.0, 21.0, 28.0),
    rng: Generator,
    permutations: int = 999,
    distance: Distance = "euclidean",
    same_place_m: float | None = 0.0,
    threads: int = 2,
) -> Knox:
    """
    Count pairs of incidents by how far apart they are in space and in time, and ask which bands hold too many.

    Parameters
    ----------
    x, y
        Shape (n,). Eastings and northings, metres.
    day
        Shape (n,). Moments in days from any origin, fractions included; taken to the second.
    space_bands_m, time_bands_days
        Where each band ends, ascending. A band holds its lower end and not its upper end: with 7 and 14, pairs 7 days apart
        are in the second. The last time band may end at infinity.
    rng
        Shuffles the times.
    permutations
        Shuffles; the least p-value is 1 / (permutations + 1).
    distance
        `euclidean`, or `manhattan`: along two axes, as streets on a grid.
    same_place_m
        Pairs at distance 0, and those nearer than this, are a band of their own before the first; None has none.
    threads
        How many shuffle side by side. The result does not depend on it.

    Returns
    -------
    Knox

    Raises
    ------
    EmptyInputError
        If there are fewer than 3 incidents.
    InputError
        If positions or moments are not finite, look like degrees, span over 60 years, or are all the same moment.
    ParameterError
        If bands are not ascending, permutations are fewer than 1, or there are too many pairs for memory.

    Examples
    --------
    >>> x = [0, 50, 5000, 5050, 9000, 400]
    >>> found = knox(
    ...     x, [0] * 6, [0, 1, 100, 101, 50, 300], space_bands_m=[100], time_bands_days=[7], rng=np.random.default_rng(1)
    ... )
    >>> found.observed.tolist(), found.expected.round(3).tolist(), found.knox_ratio.round(2).tolist()
    ([[0], [2]], [[0.0], [0.267]], [[nan], [7.5]])
    """
    if not 1 <= permutations <= _MOST_PERMUTATIONS:
        raise ParameterError(
            f"{permutations} shuffles cannot be made",
            where="permutations",
            fix=f"Give 1 to {_MOST_PERMUTATIONS:,}; 999 is usual.",
        )
    by_space = space_edges(space_bands_m, same_place_m=same_place_m, distance=distance)
    by_time = time_edges(time_bands_days)
    xs, ys = require_coordinates(x, y, where="incidents")
    if xs.size < _FEWEST:
        raise EmptyInputError(
            f"{xs.size} incidents make no pattern of pairs", where="incidents", fix="Take a longer period or a larger area."
        )
    seconds = seconds_of(day, size=xs.size)
    if seconds.max() == 0:
        raise InputError(
            f"all {xs.size} incidents are at the same moment",
            where="day",
            fix="Near repeat needs incidents of several days, each with its own day.",
        )
    pairs = close_pairs(xs, ys, edges=by_space, distance=distance)
    ordered = seconds[pairs.order]
    observed = count_bands(pairs, ordered[:, None], by_time)[0]
    in_space, in_time = np.diff(pairs.start), pairs_by_time(seconds, by_time)
    n_pairs = xs.size * (xs.size - 1) // 2
    expected = in_space[:, None] * (in_time[None, :] / n_pairs)
    shuffled = permuted_counts(pairs, ordered, by_time, permutations=permutations, rng=rng, threads=threads)
    low, high = np.quantile(shuffled, [0.025, 0.975], axis=0)
    return Knox(
        observed=observed,
        expected=expected,
        knox_ratio=np.divide(observed, expected, out=np.full(expected.shape, np.nan), where=expected > 0),
        low=low,
        high=high,
        p_value=(1 + (shuffled >= observed).sum(axis=0)) / (1 + permutations),
        p_adjusted=_p_adjusted(observed, shuffled, expected),
        p_poisson=np.asarray(poisson.sf(observed - 1, expected), dtype=np.float64),
        pairs_in_space=in_space,
        pairs_in_time=in_time,
        n_incidents=xs.size,
        n_pairs=n_pairs,
        space_edges_m=by_space,
        time_edges_days=np.concatenate([[0.0], np.asarray(time_bands_days, dtype=np.float64).ravel()]),
        same_place=same_place_m is not None,
        distance=distance,
        permutations=permutations,
    )


def _p_adjusted(observed: Ints, shuffled: Ints, expected: Floats) -> Floats:
    """Compare each band with the shuffles' most outstanding band, in standard deviations above the mean."""
    spread = shuffled.std(axis=0)
    usable = spread > 0
    if not usable.any():
        return np.ones(observed.shape)
    most = ((shuffled - expected)[:, usable] / spread[usable]).max(axis=1)
    found = np.divide(observed - expected, spread, out=np.full(expected.shape, -np.inf), where=usable)
    # A count above all shuffles of a band that never varied stands out more than any number says.
    found[~usable & (observed > shuffled.max(axis=0))] = np.inf
    return np.asarray((1 + (most[:, None, None] >= found).sum(axis=0)) / (1 + len(most)), dtype=np.float64)
