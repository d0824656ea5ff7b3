"""
Moving confidential incidents to map points.

Every incident takes the position of the nearest map point inside its own neighbourhood; where the neighbourhood has none,
or is not known, inside its own force; further away than the cap, it has no location. The same place always goes to the
same point, so repeats cannot be averaged. No random numbers are involved.

Map points are the positions that the open data uses. Their publisher chose each one so that its catchment (the area nearer
to it than to any other point) holds eight or more postal addresses, or none at all.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crimemap.checks import require_coordinates, require_positive
from crimemap.errors import InputError

__all__ = ["NO_POINT", "snap_to_points"]

#: What an incident gets that no map point may stand for.
NO_POINT = -1
_NO_REGION = -1
_TIES = 8
_SAME_DISTANCE_M = 1e-6


def _nearest(
    xy: NDArray[np.float64], points: NDArray[np.float64], ids: NDArray[np.int64], cap_m: float
) -> NDArray[np.int64]:
    """Give the id of the nearest point within the cap; among equally near ones the lowest id."""
    k = min(_TIES, len(points))
    distance, index = cKDTree(points).query(xy, k=k)
    distance, index = np.asarray(distance).reshape(len(xy), k), np.asarray(index).reshape(len(xy), k)
    tied = distance <= distance[:, :1] + _SAME_DISTANCE_M
    chosen = np.where(tied, ids[index], np.iinfo(np.int64).max).min(axis=1)
    return np.where(distance[:, 0] <= cap_m, chosen, NO_POINT)


def snap_to_points(
    easting: NDArray[np.float64],
    northing: NDArray[np.float64],
    regions: Sequence[NDArray[np.int64]],
    *,
    point_easting: NDArray[np.float64],
    point_northing: NDArray[np.float64],
    point_id: NDArray[np.int64],
    point_regions: Sequence[NDArray[np.int64]],
    cap_m: float,
) -> NDArray[np.int64]:
    """
    Give each position the map point that stands for it.

    Parameters
    ----------
    easting, northing
        Shape (n,). True positions, EPSG:27700 metres.
    regions
        One array of shape (n,) for each level, finest first (neighbourhood, then force): the region's number, or -1.
    point_easting, point_northing
        Shape (m,). Map points, EPSG:27700 metres.
    point_id
        Shape (m,). What the result names a point by.
    point_regions
        As `regions`, shape (m,) each, the same numbers.
    cap_m
        Metres beyond which an incident gets no location.

    Returns
    -------
    NDArray[np.int64]
        Shape (n,). The point's id, or -1 for no location. An incident without a region at any level has none.

    Raises
    ------
    InputError
        If lengths differ or positions are not finite metres.
    """
    x, y = require_coordinates(easting, northing, where="incidents")
    px, py = require_coordinates(point_easting, point_northing, where="map points")
    require_positive(cap_m, name="cap_m", unit="metres")
    if len(regions) != len(point_regions):
        raise InputError(f"{len(regions)} levels of regions for incidents, {len(point_regions)} for map points")
    xy, points = np.column_stack([x, y]), np.column_stack([px, py])
    result = np.full(len(xy), NO_POINT, dtype=np.int64)
    decided = np.zeros(len(xy), dtype=bool)
    for level, point_level in zip(regions, point_regions, strict=True):
        for region in np.unique(level[~decided & (level != _NO_REGION)]):
            here = np.flatnonzero(point_level == region)
            if not here.size:
                continue
            rows = np.flatnonzero(~decided & (level == region))
            result[rows] = _nearest(xy[rows], points[here], point_id[here], cap_m)
            decided[rows] = True
    return result
