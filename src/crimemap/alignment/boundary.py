"""How near the lines inside two boundary sets lie to one another."""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.alignment.edges import Edges, edges_of
from crimemap.checks import require_positive
from crimemap.crs import require_national_grid
from crimemap.tiling import require_polygons

__all__ = ["BoundaryFit", "boundary_fit"]

#: Points at which lines are measured, at most, for each set.
_MOST_POINTS: Final = 400_000
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryFit:
    """
    Nearness of the lines of two sets. None where a set has no line inside what the other covers.

    Attributes
    ----------
    tolerance_m, spacing_m
        Metres within which lines are the same, and between the points at which that is measured.
    recall
        Share of the length of the source's inner lines that lies within the tolerance of a line of the target.
    precision
        The same of the target's inner lines.
    f
        Harmonic mean of the two.
    mean_m, p95_m, hausdorff_m
        Distance to the nearest line of the other set, the larger of the two directions: mean, 95th centile, greatest.
    """

    tolerance_m: float
    spacing_m: float
    recall: float | None
    precision: float | None
    f: float | None
    mean_m: float | None
    p95_m: float | None
    hausdorff_m: float | None


def boundary_fit(source: gpd.GeoDataFrame, target: gpd.GeoDataFrame, *, tolerance_m: float) -> BoundaryFit:
    """
    Compare the lines between units of two sets; coasts are left out, and lines where the other set covers nothing.

    Parameters
    ----------
    source, target
        Polygons, EPSG:27700. A line is an inner one where two units of a set share it vertex by vertex.
    tolerance_m
        Metres within which two lines are one.

    Raises
    ------
    ParameterError
        If the tolerance is not above 0.
    CrsError, InputError
        If a set cannot be used.
    """
    require_positive(tolerance_m, name="tolerance_m", unit="metres")
    shapes = []
    for frame, where in ((source, "source set"), (target, "target set")):
        require_national_grid(frame.crs, where=where)
        shapes.append(require_polygons(np.asarray(frame.geometry.array, dtype=object), where=where))
    edges = [edges_of(one) for one in shapes]
    longest = max(float(_lengths(_inner(one)).sum()) for one in edges)
    spacing = max(tolerance_m, longest / _MOST_POINTS)
    sides = []
    for here, there, other in ((0, 1, shapes[1]), (1, 0, shapes[0])):
        points, weight = _points(_inner(edges[here]), spacing)
        sides.append(_distances(points, weight, edges[there], other, tolerance=tolerance_m))
    shares = [_share(distance, weight, tolerance_m) for distance, weight in sides]
    recall, precision = shares
    f = None
    if recall is not None and precision is not None:
        f = 2 * recall * precision / (recall + precision) if recall + precision else 0.0
    known = [(distance, weight) for distance, weight in sides if distance.size]
    return BoundaryFit(
        tolerance_m=tolerance_m,
        spacing_m=spacing,
        recall=recall,
        precision=precision,
        f=f,
        mean_m=max((float(np.average(d, weights=w)) for d, w in known), default=None),
        p95_m=max((_centile(d, w, 0.95) for d, w in known), default=None),
        hausdorff_m=max((float(d.max()) for d, _ in known), default=None),
    )


def _inner(edges: Edges) -> Edges:
    kept = (edges.below >= 0) & (edges.above >= 0)
    return Edges(edges.ends[kept], edges.below[kept], edges.above[kept])


def _lengths(edges: Edges) -> Floats:
    return np.hypot(edges.ends[:, 2] - edges.ends[:, 0], edges.ends[:, 3] - edges.ends[:, 1])


def _points(edges: Edges, spacing: float) -> tuple[Floats, Floats]:
    """Lay points along edges, shape (n, 2), and give the length that each stands for."""
    length = _lengths(edges)
    n = np.ceil(length / spacing).astype(np.intp).clip(1)
    edge = np.repeat(np.arange(n.size), n)
    place = (np.arange(edge.size) - np.repeat(np.cumsum(n) - n, n) + 0.5) / n[edge]
    first, last = edges.ends[edge, :2], edges.ends[edge, 2:]
    return first + place[:, None] * (last - first), (length / n)[edge]


def _distances(
    xy: Floats,
    weight: Floats,
    lines: Edges,
    others: NDArray[np.object_],
    *,
    tolerance: float,
) -> tuple[Floats, Floats]:
    """Measure from points to the nearest line, but for those where the other set covers nothing."""
    if not len(xy):
        return np.empty(0), np.empty(0)
    tree = shapely.STRtree(np.asarray(shapely.linestrings(lines.ends.reshape(-1, 2, 2)), dtype=object))
    (point, _), distance = tree.query_nearest(shapely.points(xy), all_matches=False, return_distance=True)
    found = np.empty(len(xy))
    found[point] = distance
    # A line where the other set covers nothing is no misfit.
    far = np.flatnonzero(found > tolerance)
    inside = np.zeros(far.size, dtype=np.bool_)
    inside[np.unique(shapely.STRtree(others).query(shapely.points(xy[far]), predicate="within")[0])] = True
    kept = np.ones(len(xy), dtype=np.bool_)
    kept[far[~inside]] = False
    return found[kept], weight[kept]


def _share(distance: Floats, weight: Floats, tolerance: float) -> float | None:
    return float(weight[distance <= tolerance].sum() / weight.sum()) if distance.size else None


def _centile(distance: Floats, weight: Floats, share: float) -> float:
    order = np.argsort(distance)
    behind = np.cumsum(weight[order])
    return float(distance[order][np.searchsorted(behind, share * behind[-1]).clip(0, order.size - 1)])
