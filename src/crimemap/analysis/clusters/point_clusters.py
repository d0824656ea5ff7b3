"""
Clusters of points: dense groups, and what is left over as noise.

DBSCAN (Ester et al. 1996) and HDBSCAN (Campello et al. 2013, doi:10.1007/978-3-642-37456-2_14) are scikit-learn's. ST-DBSCAN
(Birant and Kut 2007, doi:10.1016/j.datak.2006.01.013) asks that neighbours are near in space and in time. Nearest-neighbour
hierarchical clustering is that of CrimeStat (Levine 2015, chapter 7): points that lie closer together than chance would put
them are grouped around the ones with most neighbours, then the groups' centres are grouped in the same way.

A cluster says that points are dense there, not that they are more than population or streets explain; `scan` asks that.
"""

import math
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from scipy.special import ndtri

from crimemap.checks import require_coordinates, require_positive
from crimemap.errors import EmptyInputError, InputError, ParameterError

__all__ = ["METHODS", "Clustered", "Method", "dbscan", "hdbscan", "nearest_neighbour_hierarchical", "st_dbscan"]

Method = Literal["dbscan", "hdbscan", "st-dbscan", "nnh"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
_FEWEST: Final = 3
_MOST_PAIRS: Final = 50_000_000
_MOST_HDBSCAN: Final = 30_000
_FEWEST_CENTRES: Final = 4

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clustered:
    """
    Which cluster each point belongs to.

    Attributes
    ----------
    label
        Shape (n,). Clusters from 0, the one with most incidents first; -1 for noise.
    incidents
        Shape (k,). Incidents in each.
    order
        Shape (k,). 1 for clusters of points; nearest-neighbour hierarchical clusters of clusters are in `above`.
    above
        Labels of the clusters of the next orders, of points again: one array of shape (n,) for each order from the second.
    method, parameters
        How they were found.
    """

    label: Ints
    incidents: Ints
    above: tuple[Ints, ...]
    method: Method
    parameters: dict[str, Any]

    def __len__(self) -> int:
        """Count the clusters."""
        return int(self.incidents.size)


def _points(easting: ArrayLike, northing: ArrayLike, incidents: ArrayLike | None) -> tuple[Floats, Ints]:
    x, y = require_coordinates(easting, northing, where="incidents")
    number = np.ones(x.size, dtype=np.int64) if incidents is None else np.asarray(incidents).astype(np.int64).ravel()
    if (
        number.size != x.size
        or (incidents is not None and (number != np.asarray(incidents).ravel()).any())
        or (number < 1).any()
    ):
        raise InputError("numbers of incidents are not whole, below 1 or of another length", where="incidents")
    if number.sum() < _FEWEST:
        raise EmptyInputError(
            f"{int(number.sum())} incidents cannot cluster", where="incidents", fix="Take a longer period or a larger area."
        )
    return np.column_stack([x, y]), number


def _ranked(label: NDArray[np.integer[Any]], number: Ints) -> tuple[Ints, Ints]:
    """Give clusters new numbers by their incidents, ties by the first point."""
    held = label >= 0
    _, first, dense = np.unique(label[held], return_index=True, return_inverse=True)
    total = np.bincount(dense, weights=number[held], minlength=first.size).astype(np.int64)
    order = np.lexsort((first, -total))
    rank = np.empty(order.size, dtype=np.int64)
    rank[order] = np.arange(order.size)
    found = np.full(label.size, -1, dtype=np.int64)
    found[held] = rank[dense]
    return found, total[order]


def _fewest(fewest: int) -> int:
    if fewest < _FEWEST - 1:
        raise ParameterError(f"{fewest} incidents are no cluster", where="fewest", fix="Give 2 or more.")
    return fewest


def dbscan(
    easting: ArrayLike,
    northing: ArrayLike,
    *,
    reach_m: float,
    fewest: int,
    incidents: ArrayLike | None = None,
) -> Clustered:
    """
    Find dense groups: points with at least so many incidents within reach, and all that can be reached from them.

    Parameters
    ----------
    easting, northing
        Shape (n,). Places, metres, EPSG:27700.
    reach_m
        Distance, metres.
    fewest
        Incidents within reach that make a point a core, its own included.
    incidents
        Shape (n,). Incidents at each place, 1 or more; 1 each where not given.

    Raises
    ------
    InputError
        If positions are not finite or look like degrees, or numbers of incidents are not whole.
    EmptyInputError
        If there are fewer than 3 incidents.
    ParameterError
        If the reach is not above 0, there would be too many pairs, or `fewest` is below 2.

    Examples
    --------
    >>> found = dbscan([1000, 1010, 1020, 5000], [1000, 1000, 1000, 1000], reach_m=15, fewest=3)
    >>> found.label.tolist(), found.incidents.tolist()
    ([0, 0, 0, -1], [3])
    """
    from sklearn.cluster import DBSCAN  # noqa: PLC0415 - slow to load, and only this needs it

    points, number = _points(easting, northing, incidents)
    reach = require_positive(reach_m, name="reach_m", unit="metres")
    _few_pairs(points, reach)
    fitted = DBSCAN(eps=reach, min_samples=_fewest(fewest), algorithm="kd_tree").fit(points, sample_weight=number)
    label, total = _ranked(fitted.labels_, number)
    return Clustered(
        label=label, incidents=total, above=(), method="dbscan", parameters={"reach_m": reach, "fewest": fewest}
    )


def _few_pairs(points: Floats, reach: float) -> None:
    tree = cKDTree(points)
    pairs = int(tree.count_neighbors(tree, reach))
    if pairs > _MOST_PAIRS:
        raise ParameterError(
            f"{pairs:,} pairs of points lie within {reach:g} m",
            where="reach_m",
            fix="Take a shorter reach or a smaller area.",
        )


def hdbscan(easting: ArrayLike, northing: ArrayLike, *, fewest: int, incidents: ArrayLike | None = None) -> Clustered:
    """
    Find groups that stay dense over a range of distances, without a distance to choose.

    Where all points are one group, it finds none: a group is what falls apart from others.

    Parameters
    ----------
    easting, northing, incidents
        As `dbscan` takes them.
    fewest
        Incidents of the smallest cluster.

    Raises
    ------
    InputError
        As `dbscan`.
    ParameterError
        If `fewest` is below 2 or above the number of incidents, or there are more than 30,000: it would take too long.

    Examples
    --------
    >>> x = [1000, 1010, 1020, 1030, 5000, 5010, 5020, 5030, 9000]
    >>> hdbscan(x, [1000] * 9, fewest=3).label.tolist()
    [0, 0, 0, 0, 1, 1, 1, 1, -1]
    """
    from sklearn.cluster import HDBSCAN  # noqa: PLC0415 - slow to load, and only this needs it

    points, number = _points(easting, northing, incidents)
    total = int(number.sum())
    if _fewest(fewest) > total:
        raise ParameterError(f"{fewest} of {total} incidents", where="fewest", fix="Give a smaller number.")
    if total > _MOST_HDBSCAN:
        raise ParameterError(
            f"{total:,} incidents would take HDBSCAN too long (more than {_MOST_HDBSCAN:,})",
            where="incidents",
            fix="Take a shorter period or a smaller area, or DBSCAN.",
        )
    own = np.repeat(np.arange(len(points)), number)
    fitted = HDBSCAN(min_cluster_size=fewest, algorithm="kd_tree", copy=True).fit(points[own])
    first = np.concatenate([[0], np.cumsum(number)[:-1]])
    label, held = _ranked(fitted.labels_[first], number)  # incidents of one place are together
    return Clustered(label=label, incidents=held, above=(), method="hdbscan", parameters={"fewest": fewest})


def st_dbscan(
    easting: ArrayLike, northing: ArrayLike, day: ArrayLike, *, reach_m: float, reach_days: float, fewest: int
) -> Clustered:
    """
    Find groups that are dense in space and time at once.

    Parameters
    ----------
    easting, northing
        Shape (n,). Incidents, metres, EPSG:27700.
    day
        Shape (n,). When each happened, days since any moment.
    reach_m, reach_days
        Neighbours are no further than both.
    fewest
        Neighbours that make an incident a core, itself included.

    Raises
    ------
    InputError
        As `dbscan`, and if times are not finite.
    ParameterError
        As `dbscan`.

    Examples
    --------
    The third is near but a month later.

    >>> st_dbscan([1000] * 4, [1000] * 4, [0, 1, 30, 2], reach_m=10, reach_days=3, fewest=3).label.tolist()
    [0, 0, -1, 0]
    """
    points, number = _points(easting, northing, None)
    when = np.asarray(day, dtype=np.float64).ravel()
    if when.size != number.size or not np.isfinite(when).all():
        raise InputError(f"{number.size} incidents, and times that are not finite or of another number", where="day")
    reach = require_positive(reach_m, name="reach_m", unit="metres")
    span = require_positive(reach_days, name="reach_days", unit="days")
    _fewest(fewest)
    # Scaled so that a cube of side 2 holds exactly what is within both reaches; the circle in the plane is tested after.
    scaled = np.column_stack([points / reach, when / span])
    tree = cKDTree(scaled)
    if int(tree.count_neighbors(tree, 1.0, p=np.inf)) > _MOST_PAIRS:
        raise ParameterError("too many pairs lie within both reaches", where="reach_m", fix="Take shorter ones.")
    pairs = tree.query_pairs(1.0, p=np.inf, output_type="ndarray")
    pairs = pairs[np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T) <= reach]
    degree = np.bincount(pairs.ravel(), minlength=number.size) + 1
    core = degree >= fewest
    joined = pairs[core[pairs].all(axis=1)]
    graph = csr_array((np.ones(len(joined)), (joined[:, 0], joined[:, 1])), shape=(number.size, number.size))
    _, component = connected_components(graph, directed=False)
    label = np.where(core, component, number.size).astype(np.int64)
    edge = np.concatenate([pairs, pairs[:, ::-1]])
    edge = edge[core[edge[:, 0]] & ~core[edge[:, 1]]]
    np.minimum.at(label, edge[:, 1], component[edge[:, 0]])  # a border point goes to the first cluster that reaches it
    label[label == number.size] = -1
    found, total = _ranked(label, number)
    return Clustered(
        label=found,
        incidents=total,
        above=(),
        method="st-dbscan",
        parameters={"reach_m": reach, "reach_days": span, "fewest": fewest},
    )


def nearest_neighbour_hierarchical(
    easting: ArrayLike,
    northing: ArrayLike,
    *,
    area_m2: float,
    fewest: int = 10,
    significance: float = 0.05,
    reach_m: float | None = None,
    incidents: ArrayLike | None = None,
) -> Clustered:
    """
    Group points that lie nearer to one another than chance would put them, then the groups, and so on.

    Points nearer than d = 0.5 sqrt(A / N) - t 0.26136 / sqrt(N^2 / A) are near, t being the normal quantile of the
    significance: as in CrimeStat, that is the lower limit of the mean distance to the nearest neighbour, so with many
    incidents it is hardly less than that mean and joins much. Give `reach_m` to choose a distance yourself. The point with
    most near incidents and all near it are the first cluster, if they are enough; then the next of what is left. Centres of
    clusters are clustered in the same way, by four or more.

    Parameters
    ----------
    easting, northing, incidents
        As `dbscan` takes them.
    area_m2
        Area of the study area, square metres.
    fewest
        Incidents of the smallest cluster.
    significance
        Of the mean distance to the nearest neighbour being so short by chance, above 0 and below 0.5.
    reach_m
        Distance in place of that one, for clusters of points; metres. Clusters of clusters keep to the rule.

    Raises
    ------
    InputError
        As `dbscan`.
    ParameterError
        If a parameter is out of its range, or incidents are so few that no distance is shorter than chance's.

    Examples
    --------
    >>> x, y = [1000, 1010, 1020, 9000, 9010, 9020, 5000], [1000, 1005, 1000, 1000, 1005, 1000, 5000]
    >>> nearest_neighbour_hierarchical(x, y, area_m2=1e8, fewest=3).label.tolist()
    [0, 0, 0, 1, 1, 1, -1]
    """
    points, number = _points(easting, northing, incidents)
    area = require_positive(area_m2, name="area_m2", unit="square metres")
    if not 0 < significance < 0.5:  # noqa: PLR2004 - beyond it, points further apart than chance would be near
        raise ParameterError(f"{significance} is not a significance", where="significance", fix="Give 0.05, for example.")
    if reach_m is None:
        reach = _chance_distance(int(number.sum()), area, significance)
    else:
        reach = require_positive(reach_m, name="reach_m", unit="metres")
    label = _seeded(points, number, reach, _fewest(fewest))
    found, total = _ranked(label, number)
    orders: list[Ints] = []
    lower = found
    for _ in range(10):
        k = int(lower.max(initial=-1)) + 1
        if k < _FEWEST_CENTRES:
            break
        weight = np.bincount(lower[lower >= 0], weights=number[lower >= 0], minlength=k)
        member = lower >= 0
        middle = [
            np.bincount(lower[member], weights=(points[:, axis] * number)[member], minlength=k) / weight for axis in (0, 1)
        ]
        centres = np.column_stack(middle)
        group = _seeded(centres, np.ones(k, dtype=np.int64), _chance_distance(k, area, significance), _FEWEST_CENTRES)
        if group.max(initial=-1) < 0:
            break
        higher, _ = _ranked(np.where(lower >= 0, group[lower], -1), number)
        orders.append(higher)
        lower = higher
    return Clustered(
        label=found,
        incidents=total,
        above=tuple(orders),
        method="nnh",
        parameters={"distance_m": reach, "fewest": fewest, "significance": significance, "area_m2": area},
    )


def _chance_distance(n: int, area: float, significance: float) -> float:
    near = 0.5 * math.sqrt(area / n) + float(ndtri(significance)) * 0.26136 / math.sqrt(n * n / area)
    if near <= 0:
        raise ParameterError(
            f"{n} incidents are too few for a significance of {significance:g}",
            where="significance",
            fix="Take more incidents or a larger significance.",
        )
    return near


def _seeded(points: Floats, number: Ints, reach: float, fewest: int) -> Ints:
    """Take the point with most near incidents and all that are left near it, while they are enough."""
    _few_pairs(points, reach)
    tree = cKDTree(points)
    near = tree.query_ball_point(points, reach)
    around = np.array([number[at].sum() for at in near])
    label = np.full(number.size, -1, dtype=np.int64)
    clusters = 0
    for seed in np.argsort(-around, kind="stable").tolist():
        if around[seed] < fewest:
            break
        if label[seed] >= 0:
            continue
        free = [at for at in near[seed] if label[at] < 0]
        if number[free].sum() >= fewest:
            label[free] = clusters
            clusters += 1
    return label
