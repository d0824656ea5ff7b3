"""
Nearest-neighbour hierarchical clusters: groups of points, groups of such groups, and so on.

That of CrimeStat (Levine 2015, chapter 7): points that lie closer together than chance would put them are grouped around the
ones with most neighbours, then the groups' centres are grouped in the same way.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree
from scipy.special import ndtri

from crimemap.analysis.clusters.clustered import Clustered, ranked, require_few_pairs, require_fewest, require_points
from crimemap.checks import require_positive
from crimemap.errors import ParameterError

__all__ = ["nearest_neighbour_hierarchical"]

_FEWEST_CENTRES: Final = 4

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
    points, number = require_points(easting, northing, incidents)
    area = require_positive(area_m2, name="area_m2", unit="square metres")
    if not 0 < significance < 0.5:  # noqa: PLR2004 - beyond it, points further apart than chance would be near
        raise ParameterError(f"{significance} is not a significance", where="significance", fix="Give 0.05, for example.")
    if reach_m is None:
        reach = _chance_distance(int(number.sum()), area, significance)
    else:
        reach = require_positive(reach_m, name="reach_m", unit="metres")
    label = _seeded(points, number, reach, require_fewest(fewest))
    found, total = ranked(label, number)
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
        higher, _ = ranked(np.where(lower >= 0, group[lower], -1), number)
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
    require_few_pairs(points, reach)
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
