"""Taylor moments of the points of each cell: what Gaussians around them are expanded from. Compiled."""
# ruff: noqa: PLR0917 - compiled functions are called quickest by position

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.compiled import compiled

__all__ = ["taylor_moments_of_rows"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@compiled
def taylor_moments_of_rows(
    starts: Whole, u: Floats, v: Floats, w: Floats, first_row: int, order: int, scale: float, moments: Floats
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
    across, down, inverse = np.empty(order + 1), np.empty(order + 1), np.empty(order + 1)
    for a in range(1, order + 1):
        inverse[a] = 1.0 / a
    for i in range(starts.size - 1):
        for p in range(starts[i], starts[i + 1]):
            column = int(u[p])
            x = scale * (u[p] - (column + 0.5))
            y = scale * (v[p] - (first_row + i + 0.5))
            across[0], down[0] = 1.0, (w[p] if w.size > 0 else 1.0)
            for a in range(1, order + 1):
                across[a] = across[a - 1] * (x * inverse[a])
                down[a] = down[a - 1] * (y * inverse[a])
            of_cell = moments[i, column]
            k = 0
            for b in range(order + 1):
                for a in range(order + 1 - b):
                    of_cell[k + a] += down[b] * across[a]
                k += order + 1 - b
