"""
Clusters of points by density: dense groups, and what is left over as noise.

DBSCAN (Ester et al. 1996) is scikit-learn's. HDBSCAN (Campello et al. 2013, doi:10.1007/978-3-642-37456-2_14) does not
depend on the order of the points. ST-DBSCAN (Birant and Kut 2007, doi:10.1016/j.datak.2006.01.013) asks that neighbours are
near in space and in time.

A cluster says that points are dense there, not that they are more than population or streets explain; `scan` asks that.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from crimemap.analysis.clusters.clustered import (
    MOST_PAIRS,
    Clustered,
    ranked,
    require_few_pairs,
    require_fewest,
    require_points,
)
from crimemap.checks import require_positive
from crimemap.errors import InputError, ParameterError

__all__ = ["dbscan", "hdbscan", "st_dbscan"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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

    points, number = require_points(easting, northing, incidents)
    reach = require_positive(reach_m, name="reach_m", unit="metres")
    require_few_pairs(points, reach)
    fitted = DBSCAN(eps=reach, min_samples=require_fewest(fewest), algorithm="kd_tree").fit(points, sample_weight=number)
    label, total = ranked(fitted.labels_, number)
    return Clustered(
        label=label, incidents=total, above=(), method="dbscan", parameters={"reach_m": reach, "fewest": fewest}
    )


def hdbscan(easting: ArrayLike, northing: ArrayLike, *, fewest: int, incidents: ArrayLike | None = None) -> Clustered:
    """
    Find groups that stay dense over a range of distances, without a distance to choose.

    Where all points are one group, it finds none: a group is what falls apart from others. A place with `fewest` incidents
    of its own is dense without limit, and the heart of a group.

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
        If `fewest` is below 2 or above the number of incidents.

    Examples
    --------
    >>> x = [1000, 1010, 1020, 1030, 5000, 5010, 5020, 5030, 9000]
    >>> hdbscan(x, [1000] * 9, fewest=3).label.tolist()
    [0, 0, 0, 0, 1, 1, 1, 1, -1]
    """
    # Compiled on first use, which takes seconds.
    from crimemap.analysis.clusters.box_tree import box_tree, core_distances  # noqa: PLC0415
    from crimemap.analysis.clusters.density_levels import lasting_clusters  # noqa: PLC0415
    from crimemap.analysis.clusters.reachability_tree import reachability_tree  # noqa: PLC0415

    points, number = require_points(easting, northing, incidents)
    total = int(number.sum())
    if require_fewest(fewest) > total:
        raise ParameterError(f"{fewest} of {total} incidents", where="fewest", fix="Give a smaller number.")
    places, own = np.unique(points, axis=0, return_inverse=True)
    own = own.ravel()
    tree = box_tree(places)
    held = np.bincount(own, weights=number, minlength=len(places)).astype(np.int64)[tree.order]
    edges, length = reachability_tree(tree, core_distances(tree, held, fewest=fewest))
    found = np.empty(len(places), dtype=np.int64)
    found[tree.order] = lasting_clusters(edges, length, held, fewest=fewest)
    label, in_each = ranked(found[own], number)
    return Clustered(label=label, incidents=in_each, above=(), method="hdbscan", parameters={"fewest": fewest})


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
    points, number = require_points(easting, northing, None)
    when = np.asarray(day, dtype=np.float64).ravel()
    if when.size != number.size or not np.isfinite(when).all():
        raise InputError(f"{number.size} incidents, and times that are not finite or of another number", where="day")
    reach = require_positive(reach_m, name="reach_m", unit="metres")
    span = require_positive(reach_days, name="reach_days", unit="days")
    require_fewest(fewest)
    # Scaled so that a cube of side 2 holds exactly what is within both reaches; the circle in the plane is tested after.
    scaled = np.column_stack([points / reach, when / span])
    tree = cKDTree(scaled)
    if int(tree.count_neighbors(tree, 1.0, p=np.inf)) > MOST_PAIRS:
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
    found, total = ranked(label, number)
    return Clustered(
        label=found,
        incidents=total,
        above=(),
        method="st-dbscan",
        parameters={"reach_m": reach, "reach_days": span, "fewest": fewest},
    )
