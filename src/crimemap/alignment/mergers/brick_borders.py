"""Which bricks border one another along a line: what a unit hangs together by once units are taken apart."""

from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from crimemap.alignment.edges import edges_of
from crimemap.checks import require_positive

__all__ = ["brick_borders"]

#: Bricks that leave this much of their boundary to nobody may border another across a gap, metres.
_FREE_M: Final = 1.0


def brick_borders(
    shapes: NDArray[np.object_], codes: "pd.Index[Any]", *, gap_m: float = 5.0, shortest_m: float = 40.0
) -> pd.DataFrame:
    """
    Find the pairs of bricks that share a line.

    Bricks are drawn edge to edge: a common line is one that both have vertex for vertex. Only where both leave a part of
    their boundaries to nobody, lines that run beside one another count too.

    Parameters
    ----------
    shapes
        Shape (n,). Valid polygons, metres.
    codes
        Shape (n,). Code of each.
    gap_m
        How far apart two lines may run and still be one, metres.
    shortest_m
        Shortest common line, metres.

    Returns
    -------
    DataFrame
        `brick` and `neighbour`, each pair once, in the order of the bricks.

    Raises
    ------
    ParameterError
        If a length is not positive.

    Examples
    --------
    >>> row = shapely.box([0, 1000, 2002, 3001], [0, 0, 0, 1000], [1000, 2000, 3001, 4000], [1000, 1000, 1000, 2000])
    >>> brick_borders(row, pd.Index(list("ABCD"))).to_numpy().tolist()  # C begins 2 m beyond B, and meets D at a corner
    [['A', 'B'], ['B', 'C']]
    """
    require_positive(gap_m, name="gap_m", unit="metres")
    require_positive(shortest_m, name="shortest_m", unit="metres")
    edges = edges_of(shapes)
    long = np.hypot(edges.ends[:, 2] - edges.ends[:, 0], edges.ends[:, 3] - edges.ends[:, 1])
    both = (edges.below >= 0) & (edges.above >= 0)
    first, last = np.minimum(edges.below[both], edges.above[both]), np.maximum(edges.below[both], edges.above[both])
    n = len(shapes)
    pairs, place = np.unique(first.astype(np.int64) * n + last, return_inverse=True)
    kept = pairs[np.bincount(place, weights=long[both], minlength=pairs.size) >= shortest_m]
    side = np.maximum(edges.below, edges.above)[~both]
    free = np.flatnonzero(np.bincount(side, weights=long[~both], minlength=n) > _FREE_M)
    kept = np.union1d(kept, _across_gaps(shapes, free, pairs, gap_m=gap_m, shortest_m=shortest_m))
    i, j = kept // n, kept % n
    inner = i != j
    named = codes.to_numpy(dtype=object)
    return pd.DataFrame({"brick": named[i[inner]], "neighbour": named[j[inner]]})


def _across_gaps(
    shapes: NDArray[np.object_], free: NDArray[np.intp], known: NDArray[np.int64], *, gap_m: float, shortest_m: float
) -> NDArray[np.int64]:
    own = shapes[free]
    a, b = shapely.STRtree(own).query(own, predicate="dwithin", distance=gap_m)
    i, j = free[a[a < b]].astype(np.int64), free[b[a < b]].astype(np.int64)
    i, j = np.minimum(i, j), np.maximum(i, j)
    unknown = ~np.isin(i * shapes.size + j, known)
    i, j = i[unknown], j[unknown]
    beside = shapely.intersection(shapely.boundary(shapes[i]), shapely.buffer(shapes[j], gap_m, cap_style="flat"))
    enough = shapely.length(beside) >= max(shortest_m, 8 * gap_m)  # corners come that near for some gaps' length
    found: NDArray[np.int64] = i[enough] * shapes.size + j[enough]
    return found
