"""Points sorted by the row of cells that they lie in: what every sum of kernels starts from. Compiled."""
# ruff: noqa: PLR0917 - compiled functions are called quickest by position

import numpy as np
from numpy.typing import NDArray

from crimemap.compiled import compiled

__all__ = ["count_by_row", "place_by_row", "sort_row"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@compiled
def count_by_row(
    x: Floats, y: Floats, weight: Floats, west: float, south: float, size: float, n_columns: int, counts: Whole
) -> None:
    """Count the points of weight above 0 in each row, into `counts`; those outside are left out."""
    weighted = weight.size > 0
    for i in range(x.size):
        if weighted and weight[i] == 0.0:
            continue
        u, v = (x[i] - west) / size, (y[i] - south) / size
        if 0.0 <= u < n_columns and 0.0 <= v < counts.size:
            counts[int(v)] += 1


@compiled
def place_by_row(
    x: Floats,
    y: Floats,
    weight: Floats,
    west: float,
    south: float,
    size: float,
    n_columns: int,
    place: Whole,
    u_sorted: Floats,
    v_sorted: Floats,
    w_sorted: Floats,
) -> None:
    """Write each point, in cells from the corner, to the next free place of its row; `place` is advanced."""
    weighted = weight.size > 0
    for i in range(x.size):
        if weighted and weight[i] == 0.0:
            continue
        u, v = (x[i] - west) / size, (y[i] - south) / size
        if 0.0 <= u < n_columns and 0.0 <= v < place.size:
            row = int(v)
            k = place[row]
            u_sorted[k] = u
            v_sorted[k] = v
            if weighted:
                w_sorted[k] = weight[i]
            place[row] = k + 1


@compiled
def sort_row(
    row: int,
    u: Floats,
    v: Floats,
    w: Floats,
    n_columns: int,
    ends: Whole,
    ahead_x: Floats,
    ahead_y: Floats,
    weight: Floats,
) -> None:
    """
    Sort the points of one row by column, keeping the order of those of one cell.

    Writes the first place of each column to `ends` (and the number of points behind the last), and each point's distance
    from the centre of its cell, in cells, to `ahead_x` and `ahead_y`; without weights, `weight` is 1.
    """
    for c in range(n_columns + 1):
        ends[c] = 0
    for i in range(u.size):
        ends[int(u[i]) + 1] += 1
    for c in range(n_columns):
        ends[c + 1] += ends[c]
    for i in range(u.size):
        column = int(u[i])
        k = ends[column]
        ahead_x[k] = u[i] - (column + 0.5)
        ahead_y[k] = v[i] - (row + 0.5)
        weight[k] = w[i] if w.size > 0 else 1.0
        ends[column] = k + 1
    for c in range(n_columns, 0, -1):
        ends[c] = ends[c - 1]
    ends[0] = 0
