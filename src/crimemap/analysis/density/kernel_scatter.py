"""Kernels scattered over the cells around each cell of points. Compiled."""
# ruff: noqa: PLR0917 - compiled functions are called quickest by position

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.density.point_rows import sort_row
from crimemap.compiled import compiled

__all__ = ["scatter_rows"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@compiled
def _add_point(
    kernel: int, dx: float, dy: float, w: float, radius: float, across: Floats, down: Floats, heights: Floats
) -> None:
    """Add one point's kernel, height 1 at its centre, to the cells of a stencil."""
    square = radius * radius
    if kernel == 0:
        scale = w / (square * square)
        for k in range(heights.size):
            x, y = across[k] - dx, down[k] - dy
            rest = max(square - (x * x + y * y), 0.0)
            heights[k] += scale * (rest * rest)
    elif kernel == 1:
        scale = w / square
        for k in range(heights.size):
            x, y = across[k] - dx, down[k] - dy
            heights[k] += scale * max(square - (x * x + y * y), 0.0)
    elif kernel == 2:  # noqa: PLR2004 - the kernels are numbered
        scale = w / radius
        for k in range(heights.size):
            x, y = across[k] - dx, down[k] - dy
            heights[k] += scale * max(radius - np.sqrt(x * x + y * y), 0.0)
    else:
        for k in range(heights.size):
            x, y = across[k] - dx, down[k] - dy
            heights[k] += w if square - (x * x + y * y) > 0.0 else 0.0


@compiled
def scatter_rows(
    starts: Whole,
    u: Floats,
    v: Floats,
    w: Floats,
    first_row: int,
    n_columns: int,
    kernel: int,
    radius: float,
    across: Floats,
    down: Floats,
    step: int,
    sums: Floats,
) -> None:
    """
    Add the kernels of the points of some rows to the cells around them.

    Parameters
    ----------
    starts
        Where each row begins among the points; the last is where the rows end.
    n_columns
        Columns that points lie in.
    across, down
        Offsets of the stencil's cells, of which none is beyond `step`.
    sums
        Shape (n_rows + 2 step, n_columns + 2 step).
    """
    longest = 0
    for i in range(starts.size - 1):
        longest = max(longest, starts[i + 1] - starts[i])
    ends = np.empty(n_columns + 1, dtype=np.int64)
    ahead_x, ahead_y, weight = np.empty(longest), np.empty(longest), np.empty(longest)
    heights = np.empty(across.size)
    width = sums.shape[1]
    # From the first cell that a stencil reaches, and without signs: a sign would be looked at in each addition below.
    to = np.empty(across.size, dtype=np.uint64)
    for k in range(to.size):
        to[k] = (int(down[k]) + step) * width + int(across[k]) + step
    flat = sums.ravel()  # of an array without gaps: no copy
    for i in range(starts.size - 1):
        begin, end = starts[i], starts[i + 1]
        if begin == end:
            continue
        of_row = w[begin:end] if w.size > 0 else w
        sort_row(first_row + i, u[begin:end], v[begin:end], of_row, n_columns, ends, ahead_x, ahead_y, weight)
        for column in range(n_columns):
            if ends[column] == ends[column + 1]:
                continue
            heights[:] = 0.0
            for p in range(ends[column], ends[column + 1]):
                _add_point(kernel, ahead_x[p], ahead_y[p], weight[p], radius, across, down, heights)
            place = np.uint64(i * width + column)
            for k in range(to.size):
                flat[place + to[k]] += heights[k]
