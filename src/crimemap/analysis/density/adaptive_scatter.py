"""Kernels of a bandwidth each, scattered over the cells around their points. Compiled."""
# ruff: noqa: PLR0917 - compiled functions are called quickest by position

import math

import numpy as np
from numpy.typing import NDArray

from crimemap.compiled import compiled

__all__ = ["scatter_each"]

Floats = NDArray[np.float64]


@compiled
def scatter_each(
    x: Floats, y: Floats, peak: Floats, bandwidth: Floats, kernel: int, reach: float, first_row: int, sums: Floats
) -> None:
    """
    Add each point's kernel to the rows of cells from `first_row` on.

    Parameters
    ----------
    x, y, bandwidth
        Shape (n,). In cells, from the corner of the raster.
    peak
        Shape (n,). Height of the kernel at its centre.
    sums
        Shape (n_rows, n_columns), of the rows that are wanted.
    """
    n_rows, n_columns = sums.shape
    across = np.empty(n_columns)
    for i in range(x.size):
        h = bandwidth[i]
        low = max(math.ceil(y[i] - reach * h - 0.5), first_row)
        high = min(math.floor(y[i] + reach * h - 0.5), first_row + n_rows - 1)
        if low > high:
            continue
        left = max(math.ceil(x[i] - reach * h - 0.5), 0)
        right = min(math.floor(x[i] + reach * h - 0.5), n_columns - 1)
        if left > right:
            continue
        for c in range(left, right + 1):
            dx = (c + 0.5 - x[i]) / h
            across[c] = math.exp(-0.5 * dx * dx) if kernel == 4 else dx * dx  # noqa: PLR2004 - the kernels are numbered
        for r in range(low, high + 1):
            dy = (r + 0.5 - y[i]) / h
            row = sums[r - first_row]
            if kernel == 4:  # noqa: PLR2004
                scale = peak[i] * math.exp(-0.5 * dy * dy)
                for c in range(left, right + 1):
                    row[c] += scale * across[c]
                continue
            rest = 1.0 - dy * dy
            scale = peak[i]
            if kernel == 0:
                for c in range(left, right + 1):
                    height = max(rest - across[c], 0.0)
                    row[c] += scale * (height * height)
            elif kernel == 1:
                for c in range(left, right + 1):
                    row[c] += scale * max(rest - across[c], 0.0)
            elif kernel == 2:  # noqa: PLR2004
                for c in range(left, right + 1):
                    row[c] += scale * max(1.0 - math.sqrt(dy * dy + across[c]), 0.0)
            else:
                for c in range(left, right + 1):
                    row[c] += scale if rest - across[c] > 0.0 else 0.0
