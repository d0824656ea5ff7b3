"""Taylor moments of the points of each cell: what Gaussians around them are expanded from. Compiled."""
# ruff: noqa: PLR0917 - compiled functions are called quickest by position

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.density.point_rows import sort_row
from crimemap.compiled import compiled

__all__ = ["taylor_moments_of_rows"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@compiled
def taylor_moments_of_rows(
    starts: Whole,
    u: Floats,
    v: Floats,
    w: Floats,
    first_row: int,
    order: int,
    scale: float,
    moments: Floats,
) -> None:
    """
    Add up w x^a y^b / (a! b!) over the points of each cell, for a + b of at most `order`.

    Parameters
    ----------
    starts
        Where each row begins among the points; the last is where the rows end.
    scale
        Side of a cell in bandwidths: x and y are the distance from the cell's centre in bandwidths.
    moments
        Shape (n_rows, n_columns, (order + 1) (order + 2) / 2), zeros; by b, then by a.
    """
    longest = 0
    for i in range(starts.size - 1):
        longest = max(longest, starts[i + 1] - starts[i])
    n_columns = moments.shape[1]
    ends = np.empty(n_columns + 1, dtype=np.int64)
    ahead_x, ahead_y, weight = np.empty(longest), np.empty(longest), np.empty(longest)
    # Rows of a multiple of four are added four at a time, which is quicker than leaving out the half that is not wanted.
    width = (order + 4) // 4 * 4
    across, inverse = np.zeros(width), np.zeros(width)
    for a in range(1, order + 1):
        inverse[a] = scale / a
    square = np.empty((order + 1) * width)
    for i in range(starts.size - 1):
        begin, end = starts[i], starts[i + 1]
        if begin == end:
            continue
        of_row = w[begin:end] if w.size > 0 else w
        sort_row(first_row + i, u[begin:end], v[begin:end], of_row, n_columns, ends, ahead_x, ahead_y, weight)
        for column in range(n_columns):
            if ends[column] == ends[column + 1]:
                continue
            square[:] = 0.0
            for p in range(ends[column], ends[column + 1]):
                across[0], down = 1.0, weight[p]
                for a in range(1, order + 1):
                    across[a] = across[a - 1] * (ahead_x[p] * inverse[a])
                for b in range(order + 1):
                    of_b = square[b * width : (b + 1) * width]
                    for a in range(width):
                        of_b[a] += down * across[a]
                    down *= ahead_y[p] * inverse[min(b + 1, order)]
            k = 0
            for b in range(order + 1):
                for a in range(order + 1 - b):
                    moments[i, column, k + a] = square[b * width + a]
                k += order + 1 - b
