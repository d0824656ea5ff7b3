"""
Sums of kernels at the centres of cells, exact and quick.

Compact kernels are scattered: points are sorted by cell, and each step of the stencil adds one neighbouring cell for all of
them. The Gaussian is a product of its two axes: over a tile of points it is the matrix product of the rows' and the columns'
factors.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from crimemap.analysis.kernels import GAUSSIAN_REACH, Kernel, compact_height

__all__ = ["compact_sum", "gaussian_sum", "steps_of"]

#: Points handled at once: their numbers stay in the processor's cache.
_CHUNK: Final = 1 << 15
_SMALLEST_TILE: Final = 16
_LARGEST_TILE: Final = 256

Floats = NDArray[np.float64]


def _tile(radius: float) -> int:
    return min(max(_SMALLEST_TILE, math.ceil(radius)), _LARGEST_TILE)


def steps_of(kernel: Kernel, n_points: int, radius: float, shape: tuple[int, int]) -> float:
    """
    Estimate the work: kernel values, or for the Gaussian a fifth of its multiplications.

    Parameters
    ----------
    n_points
        Points whose kernels reach the cells.
    radius
        Bandwidth in cells.
    shape
        Rows and columns.
    """
    if kernel == "gaussian":
        side = 2 * math.ceil(radius * GAUSSIAN_REACH) + _tile(radius)
        return n_points * float(min(side, shape[0])) * min(side, shape[1]) / 5
    return n_points * (2.0 * math.ceil(radius) + 1) ** 2


def compact_sum(x: Floats, y: Floats, weight: Floats, *, radius: float, shape: tuple[int, int], kernel: Kernel) -> Floats:
    """
    Sum compact kernels of height 1 at cell centres.

    Parameters
    ----------
    x, y
        Shape (n,). Positions in cells from the corner of the first cell; may lie outside by up to the radius.
    weight
        Shape (n,).
    radius
        In cells.
    shape
        Rows and columns.

    Returns
    -------
    ndarray of float64
        Shape (n_rows, n_columns).
    """
    n_rows, n_columns = shape
    # A centre half a cell away from a point's own centre can be reached one step further than the radius says.
    step = math.ceil(radius + 0.5)
    margin = 2 * step + 1
    width = n_columns + 2 * margin
    sums = np.zeros((n_rows + 2 * margin) * width)
    column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    key = (row + margin) * width + column + margin
    order = np.argsort(key, kind="stable")
    key, weight = key[order], weight[order]
    # Distance from the point to the centre of its own cell, in radii.
    ahead_x = ((column + 0.5) - x)[order] / radius
    ahead_y = ((row + 0.5) - y)[order] / radius
    for start in range(0, key.size, _CHUNK):
        chunk = slice(start, start + _CHUNK)
        keys, w = key[chunk], weight[chunk]
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        cells = keys[first]
        across = [(ahead_x[chunk] + d / radius) ** 2 for d in range(-step, step + 1)]
        for down in range(-step, step + 1):
            rest = 1.0 - (ahead_y[chunk] + down / radius) ** 2
            if rest.max() <= 0:
                continue
            for index, square in enumerate(across):
                closeness = rest - square
                np.maximum(closeness, 0.0, out=closeness)
                height = compact_height(kernel, closeness)
                height *= w
                sums[cells + (down * width + index - step)] += np.add.reduceat(height, first)
    inner = slice(margin, -margin)
    return sums.reshape(n_rows + 2 * margin, width)[inner, inner].copy()


def gaussian_sum(
    x: Floats, y: Floats, weight: Floats, *, radius: float, shape: tuple[int, int], kernel: Kernel = "gaussian"
) -> Floats:
    """
    Sum Gaussians of height 1 at cell centres, each cut no nearer than where it is 1e-12.

    Parameters
    ----------
    x, y, weight, shape, kernel
        As `compact_sum` takes them.
    radius
        Standard deviation in cells.

    Returns
    -------
    ndarray of float64
        Shape (n_rows, n_columns).
    """
    del kernel
    # Products this small are done before a second thread has woken up; waiting for it can take ten times as long.
    with threadpool_limits(1, user_api="blas"):
        return _sum_by_tile(x, y, weight, radius, shape)


def _sum_by_tile(x: Floats, y: Floats, weight: Floats, radius: float, shape: tuple[int, int]) -> Floats:
    n_rows, n_columns = shape
    sums = np.zeros(shape)
    size, reach = _tile(radius), math.ceil(radius * GAUSSIAN_REACH)
    tile_x, tile_y = np.floor(x / size).astype(np.int64), np.floor(y / size).astype(np.int64)
    order = np.lexsort((tile_x, tile_y))
    changes = np.flatnonzero((np.diff(tile_x[order]) != 0) | (np.diff(tile_y[order]) != 0)) + 1
    for tile in np.split(order, changes):
        for start in range(0, tile.size, _CHUNK):
            points = tile[start : start + _CHUNK]
            west, south = int(tile_x[points[0]]) * size, int(tile_y[points[0]]) * size
            columns = slice(max(west - reach, 0), min(west + size + reach, n_columns))
            rows = slice(max(south - reach, 0), min(south + size + reach, n_rows))
            if columns.start >= columns.stop or rows.start >= rows.stop:
                continue
            by_column = _bell(columns, x[points], radius)
            by_row = _bell(rows, y[points], radius)
            by_row *= weight[points, None]
            sums[rows, columns] += by_row.T @ by_column
    return sums


def _bell(cells: slice, points: Floats, radius: float) -> Floats:
    centres = np.arange(cells.start, cells.stop, dtype=np.float64) + 0.5
    apart: Floats = (centres[None, :] - points[:, None]) / radius
    apart *= apart
    apart *= -0.5
    return np.exp(apart, out=apart)
