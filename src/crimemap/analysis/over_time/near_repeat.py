"""
Which incidents were followed by another nearby and soon, and which followed one: originators, followers, and their chains.

Two incidents are linked if they are within a distance and a time of each other. The earlier is followed by the later; of two
at the same moment neither is. A link is what the bands say and no proof that one incident led to the other: by Knox's ratio
a share of the links would be there by chance, and `expected_links` says how many.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crimemap.analysis.over_time.knox_bands import SECONDS_A_DAY, seconds_of, space_edges, time_edges
from crimemap.analysis.over_time.knox_pairs import Distance, close_pairs
from crimemap.analysis.over_time.knox_permutations import pairs_by_time
from crimemap.checks import require_coordinates, require_positive

__all__ = ["FOLLOWER", "ORIGINATOR", "SIMULTANEOUS", "UNLINKED", "NearRepeats", "near_repeats"]

UNLINKED, ORIGINATOR, FOLLOWER, SIMULTANEOUS = 0, 1, 2, 3
_NONE: Final = -1

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NearRepeats:
    """
    The links of every incident, in the order of the incidents.

    Attributes
    ----------
    role
        Shape (n,). `ORIGINATOR`: followed by another and following none; `FOLLOWER`: follows one (and may be followed
        itself); `SIMULTANEOUS`: linked only with incidents of the same moment; `UNLINKED`.
    n_followers, n_followed
        Shape (n,). Later incidents that it is followed by, and earlier ones that it follows.
    n_simultaneous
        Shape (n,). Incidents within the distance at the same moment.
    follows
        Shape (n,). The latest that it follows, of several the nearest; -1 for none.
    days_after, metres_from
        Shape (n,). How long after that one, and how far from it; not a number for none.
    chain
        Shape (n,). Number of its chain, from 0 in the order of the first incident; -1 for an unlinked incident.
    links
        Linked pairs.
    expected_links
        How many there would be on average if times were shuffled over the incidents.
    within_m, within_days, distance
        What was asked for: linked are pairs less than so far apart, and less than so long.
    """

    role: NDArray[np.int8]
    n_followers: Ints
    n_followed: Ints
    n_simultaneous: Ints
    follows: Ints
    days_after: NDArray[np.float64]
    metres_from: NDArray[np.float64]
    chain: Ints
    links: int
    expected_links: float
    within_m: float
    within_days: float
    distance: Distance

    @property
    def parameters(self) -> dict[str, Any]:
        """What made this result."""
        return {"within_m": self.within_m, "within_days": self.within_days, "distance": self.distance}


def near_repeats(
    x: ArrayLike,
    y: ArrayLike,
    day: ArrayLike,
    *,
    within_m: float = 200.0,
    within_days: float = 14.0,
    distance: Distance = "euclidean",
) -> NearRepeats:
    """
    List originators and followers.

    Parameters
    ----------
    x, y
        Shape (n,). Eastings and northings, metres.
    day
        Shape (n,). Moments in days from any origin, fractions included; taken to the second.
    within_m, within_days
        Pairs less than so far apart in space, and less than so long in time, are linked.
    distance
        `euclidean` or `manhattan`.

    Raises
    ------
    InputError
        If positions or moments are not finite, or look like degrees.
    ParameterError
        If a band is not above 0, or there are too many pairs for memory.

    Examples
    --------
    >>> found = near_repeats([0, 50, 60, 9000], [0, 0, 0, 0], [0, 3, 10, 3], within_m=100, within_days=8)
    >>> found.role.tolist(), found.follows.tolist(), found.chain.tolist()
    ([1, 2, 2, 0], [-1, 0, 1, -1], [0, 0, 0, -1])
    """
    require_positive(within_days, name="within_days", unit="days")
    by_space = space_edges([within_m], same_place_m=None, distance=distance)
    by_time = time_edges([within_days])
    xs, ys = require_coordinates(x, y, where="incidents")
    seconds = seconds_of(day, size=xs.size)
    pairs = close_pairs(xs, ys, edges=by_space, distance=distance)
    one, other = pairs.order[pairs.first], pairs.order[pairs.second]
    soon = np.abs(seconds[one].astype(np.int64) - seconds[other]) < by_time[1]
    one, other = one[soon], other[soon]
    later = np.where(seconds[one] >= seconds[other], one, other)
    earlier = np.where(seconds[one] >= seconds[other], other, one)
    apart_s = seconds[later].astype(np.int64) - seconds[earlier]
    dx, dy = np.abs(xs[later] - xs[earlier]), np.abs(ys[later] - ys[earlier])
    apart_m = dx + dy if distance == "manhattan" else np.hypot(dx, dy)
    n, after = xs.size, apart_s > 0
    n_followers = np.bincount(earlier[after], minlength=n)
    n_followed = np.bincount(later[after], minlength=n)
    n_simultaneous = np.bincount(later[~after], minlength=n) + np.bincount(earlier[~after], minlength=n)
    follows = np.full(n, _NONE, dtype=np.int64)
    days_after, metres_from = np.full(n, np.nan), np.full(n, np.nan)
    # Written from the least to the most wanted: what stays is the latest, of several the nearest, then the first row.
    wanted = np.lexsort((-earlier[after], -apart_m[after], -apart_s[after]))
    link = np.flatnonzero(after)[wanted]
    follows[later[link]] = earlier[link]
    days_after[later[link]], metres_from[later[link]] = apart_s[link] / SECONDS_A_DAY, apart_m[link]
    all_pairs = n * (n - 1) / 2
    return NearRepeats(
        role=_role(n_followers, n_followed, n_simultaneous),
        n_followers=n_followers,
        n_followed=n_followed,
        n_simultaneous=n_simultaneous,
        follows=follows,
        days_after=days_after,
        metres_from=metres_from,
        chain=_chains(one, other, seconds),
        links=one.size,
        expected_links=float(pairs.start[-1] * pairs_by_time(seconds, by_time)[0] / all_pairs) if all_pairs else 0.0,
        within_m=float(within_m),
        within_days=float(within_days),
        distance=distance,
    )


def _role(n_followers: Ints, n_followed: Ints, n_simultaneous: Ints) -> NDArray[np.int8]:
    return np.select(
        [n_followed > 0, n_followers > 0, n_simultaneous > 0], [FOLLOWER, ORIGINATOR, SIMULTANEOUS], default=UNLINKED
    ).astype(np.int8)


def _chains(one: Ints, other: Ints, seconds: NDArray[np.int32]) -> Ints:
    """Give each linked incident the number of its chain, in the order of their first incidents."""
    n = seconds.size
    chain = np.full(n, _NONE, dtype=np.int64)
    linked = np.unique(np.concatenate([one, other]))
    if not linked.size:
        return chain
    graph = coo_array((np.ones(one.size, dtype=np.int8), (one, other)), shape=(n, n))
    label = connected_components(graph, directed=False)[1][linked]
    in_time = np.lexsort((linked, seconds[linked]))
    _, first, inverse = np.unique(label[in_time], return_index=True, return_inverse=True)
    rank = np.empty(first.size, dtype=np.int64)
    rank[np.argsort(first)] = np.arange(first.size)
    chain[linked[in_time]] = rank[inverse]
    return chain
