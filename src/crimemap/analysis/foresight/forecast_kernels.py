"""
Sums of kernels at the centres of cells of any shape, for methods that smooth counts.

Each cell's incidents are taken to be at its centre. On squares the sums are those of `kernel_density` with the incidents
moved there.
"""

import math
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.density.kernels import Kernel, kernel_shape
from crimemap.checks import require_coordinates, require_positive
from crimemap.errors import InputError

__all__ = ["smooth_cells"]

#: Targets are looked up in squares of this part of a kernel's reach.
_FINE: Final = 4
#: Squares for each cell, up to which looking up pays.
_BUCKETS_A_CELL: Final = 2
_QUARTIC, _GAUSSIAN, _EPANECHNIKOV, _TRIANGULAR, _UNIFORM = range(5)
_NUMBER: Final[dict[Kernel, int]] = {
    "quartic": _QUARTIC,
    "gaussian": _GAUSSIAN,
    "epanechnikov": _EPANECHNIKOV,
    "triangular": _TRIANGULAR,
    "uniform": _UNIFORM,
}

Floats = NDArray[np.float64]


def _scatter(  # noqa: PLR0917 - compiled functions take arguments by position
    x: Floats, y: Floats, first: NDArray[np.int64], source: NDArray[np.int64], weight: Floats, sums: Floats,
    west: float, south: float, side: float, n_columns: int, n_rows: int, radius: float, reach: float, kernel: int,
) -> None:  # fmt: skip
    """Add each source's kernel, of height 1, to the targets in reach; targets are sorted by row and column of buckets."""
    for k in range(source.size):
        sx, sy, w = x[source[k]], y[source[k]], weight[k]
        left = max(int((sx - reach - west) // side), 0)
        right = min(int((sx + reach - west) // side), n_columns - 1)
        bottom = max(int((sy - reach - south) // side), 0)
        top = min(int((sy + reach - south) // side), n_rows - 1)
        for row in range(bottom, top + 1):
            for t in range(first[row * n_columns + left], first[row * n_columns + right + 1]):
                square = ((x[t] - sx) ** 2 + (y[t] - sy) ** 2) / (radius * radius)
                if square * radius * radius >= reach * reach:
                    continue
                if kernel == _GAUSSIAN:
                    sums[t] += w * math.exp(-0.5 * square)
                elif kernel == _QUARTIC:
                    sums[t] += w * (1.0 - square) * (1.0 - square)
                elif kernel == _EPANECHNIKOV:
                    sums[t] += w * (1.0 - square)
                elif kernel == _TRIANGULAR:
                    sums[t] += w * (1.0 - math.sqrt(square))
                else:
                    sums[t] += w


_scatter_fast: Any = njit(cache=True, nogil=True)(_scatter)


def smooth_cells(
    values: ArrayLike, easting: ArrayLike, northing: ArrayLike, *, bandwidth_m: float, kernel: Kernel = "quartic"
) -> Floats:
    """
    Spread the values of cells around their centres.

    Parameters
    ----------
    values
        Shape (n_cells,). Incidents, or a weight, of each cell.
    easting, northing
        Shape (n_cells,). Centres, metres, EPSG:27700.
    bandwidth_m
        Radius of the kernel (standard deviation of the Gaussian), metres.
    kernel
        As `kernel_density` takes it.

    Returns
    -------
    ndarray of float64
        Shape (n_cells,). Per square kilometre, at the centres.

    Raises
    ------
    InputError
        If lengths differ or a value is not finite.
    ParameterError
        If there is no such kernel or the bandwidth is not above 0.

    Examples
    --------
    >>> smooth_cells([2.0, 0.0], [500_000.0, 500_500.0], [200_000.0, 200_000.0], bandwidth_m=1000).round(4).tolist()
    [1.9099, 1.0743]
    """
    shape = kernel_shape(kernel)
    width = require_positive(bandwidth_m, name="bandwidth_m", unit="metres")
    x, y = require_coordinates(easting, northing, where="cells")
    heights = np.asarray(values, dtype=np.float64).ravel()
    if heights.size != x.size or not np.isfinite(heights).all():
        raise InputError("a cell has no value or no finite one", where="cells", fix="Give one number for each cell.")
    if not x.size:
        return np.zeros(0)
    reach = width * shape.reach
    west, south = float(x.min()), float(y.min())
    ground = max(float(x.max()) - west, 1.0) * max(float(y.max()) - south, 1.0)
    side = max(reach / _FINE, math.sqrt(ground / (_BUCKETS_A_CELL * x.size)))
    column, row = ((x - west) // side).astype(np.int64), ((y - south) // side).astype(np.int64)
    n_columns, n_rows = int(column.max()) + 1, int(row.max()) + 1
    bucket = row * n_columns + column
    order = np.argsort(bucket, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(bucket, minlength=n_columns * n_rows))]).astype(np.int64)
    source = np.flatnonzero(heights[order])
    sums = np.zeros(x.size)
    _scatter_fast(
        x[order], y[order], first, source, heights[order][source], sums,
        west, south, side, n_columns, n_rows, width, reach, _NUMBER[kernel],
    )  # fmt: skip
    sums *= shape.peak / width**2 * 1e6
    result = np.empty_like(sums)
    result[order] = sums
    return result
