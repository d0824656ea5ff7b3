"""Which area each point lies in."""

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from crimemap.crs import require_national_grid

__all__ = ["assign_points"]


def assign_points(easting: ArrayLike, northing: ArrayLike, frame: gpd.GeoDataFrame) -> NDArray[np.int32]:
    """Find the area that each point lies in."""
    require_national_grid(frame.crs, where="the boundary set")
    x = np.asarray(easting, dtype=np.float64).ravel()
    y = np.asarray(northing, dtype=np.float64).ravel()
    found = np.full(x.size, -1, dtype=np.int32)
    finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    tree = shapely.STRtree(np.atleast_1d(shapely.points(x[finite], y[finite])))
    areas, points = tree.query(frame.geometry.to_numpy(), predicate="intersects")
    order = np.argsort(frame.index.to_numpy().astype(str), kind="stable")[::-1]
    rank = np.empty(order.size, dtype=np.int64)
    rank[order] = np.arange(order.size)
    later = np.argsort(rank[areas], kind="stable")
    found[finite[points[later]]] = areas[later].astype(np.int32)
    return found
