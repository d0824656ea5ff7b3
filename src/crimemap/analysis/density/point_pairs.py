"""Sums over pairs of points that lie near one another, by cells at least as wide as the pairs reach. Compiled."""
# ruff: noqa: PLR0917 - compiled functions are called quickest by position

import math

import numpy as np
from numpy.typing import NDArray

from crimemap.compiled import compiled

__all__ = ["density_of_pairs", "histogram_of_pairs"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@compiled
def _height(kernel: int, square: float) -> float:
    """Give a kernel's height over its peak at a squared distance in bandwidths."""
    if kernel == 4:  # noqa: PLR2004 - the kernels are numbered
        return math.exp(-0.5 * square)
    if square >= 1.0:
        return 0.0
    if kernel == 0:
        return (1.0 - square) * (1.0 - square)
    if kernel == 1:
        return 1.0 - square
    if kernel == 2:  # noqa: PLR2004
        return 1.0 - math.sqrt(square)
    return 1.0


@compiled
def density_of_pairs(
    at_x: Floats,
    at_y: Floats,
    x: Floats,
    y: Floats,
    w: Floats,
    starts: Whole,
    n_columns: int,
    west: float,
    south: float,
    side: float,
    kernel: int,
    bandwidth: float,
    reach: float,
    leave_out: bool,  # noqa: FBT001 - compiled functions take no keywords
    sums: Floats,
) -> None:
    """
    Sum the kernels of sorted points at other points.

    Parameters
    ----------
    starts
        Where each cell, by row and column, begins among the sorted points.
    side
        Of a cell, at least `reach` bandwidths.
    leave_out
        Leave out points at the very place where the sum is taken.
    """
    n_rows = (starts.size - 1) // n_columns
    farthest = (reach * bandwidth) ** 2
    scale = 1.0 / (bandwidth * bandwidth)
    for i in range(at_x.size):
        row, column = math.floor((at_y[i] - south) / side), math.floor((at_x[i] - west) / side)
        total = 0.0
        first, last = max(column - 1, 0), min(column + 1, n_columns - 1)
        if last < 0 or first > n_columns - 1:
            sums[i] = 0.0
            continue
        for r in range(max(row - 1, 0), min(row + 2, n_rows)):
            for k in range(starts[r * n_columns + first], starts[r * n_columns + last + 1]):
                dx, dy = x[k] - at_x[i], y[k] - at_y[i]
                square = dx * dx + dy * dy
                if square < farthest and not (leave_out and square == 0.0):
                    total += w[k] * _height(kernel, square * scale)
        sums[i] = total


@compiled
def histogram_of_pairs(
    first: int, last: int, x: Floats, y: Floats, w: Floats, starts: Whole, n_columns: int, farthest: float, bins: Floats
) -> None:
    """
    Add up the products of weights of ordered pairs of two places by their distance, for the points of some rows of cells.

    Parameters
    ----------
    first, last
        Rows of cells whose points are taken as first of the pair.
    farthest
        What the last bin ends at; no more than the side of a cell.
    """
    n_rows = (starts.size - 1) // n_columns
    scale = bins.size / farthest
    for row in range(first, last):
        for column in range(n_columns):
            low, high = max(column - 1, 0), min(column + 1, n_columns - 1)
            for i in range(starts[row * n_columns + column], starts[row * n_columns + column + 1]):
                for r in range(max(row - 1, 0), min(row + 2, n_rows)):
                    for k in range(starts[r * n_columns + low], starts[r * n_columns + high + 1]):
                        dx, dy = x[k] - x[i], y[k] - y[i]
                        square = dx * dx + dy * dy
                        if square < farthest * farthest and square > 0.0:
                            bins[int(math.sqrt(square) * scale)] += w[i] * w[k]
