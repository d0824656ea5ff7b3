"""A space-filling order of places, so that what lies close together is stored close together."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["morton_rank"]

_BITS = 16


def _spread(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Put a zero bit after every one of the lowest sixteen bits."""
    x = values & np.uint64(0xFFFF)
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        x = (x | (x << np.uint64(shift))) & np.uint64(mask)
    return x


def morton_rank(easting: NDArray[np.float64], northing: NDArray[np.float64]) -> NDArray[np.int64]:
    """
    Rank places along Morton's curve over their bounding square.

    Parameters
    ----------
    easting, northing
        Shape (n,). Metres.

    Returns
    -------
    NDArray[np.int64]
        Shape (n,). 0 for the first place on the curve; places of one fine cell keep their given order.

    Examples
    --------
    >>> morton_rank(np.array([0.0, 90.0, 0.0, 90.0]), np.array([0.0, 0.0, 90.0, 90.0]))
    array([0, 1, 2, 3])
    """
    if not len(easting):
        return np.empty(0, dtype=np.int64)
    west, south = easting.min(), northing.min()
    side = max(float(easting.max() - west), float(northing.max() - south), 1.0)
    scale = (2**_BITS - 1) / side
    key = _spread(((easting - west) * scale).astype(np.uint64)) | (
        _spread(((northing - south) * scale).astype(np.uint64)) << np.uint64(1)
    )
    rank = np.empty(len(key), dtype=np.int64)
    rank[np.argsort(key, kind="stable")] = np.arange(len(key))
    return rank
