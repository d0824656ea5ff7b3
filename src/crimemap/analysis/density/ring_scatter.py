"""
The ring of cells that some points of a cell reach and some do not, summed point by point. Compiled.

With o from the middle of the cell to the middle of one in the ring and d from it to the point, r^2 - |o - d|^2 is
(r^2 - |o|^2 - |d|^2) + 2 o.d. Turned by right angles, o gives four cells that share all but the sign of o.d, or of o turned
with d: so the ring is kept as a quarter, and four cells take little more work than one.
"""
# ruff: noqa: PLR0917 - compiled functions are called quickest by position

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.density.point_rows import sort_row
from crimemap.compiled import compiled

__all__ = ["scatter_ring"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@compiled
def _add_quarters(
    kernel: int, dx: float, dy: float, w: float, radius: float, a: Floats, b: Floats, rest: Floats, heights: Floats
) -> None:
    """Add one point's kernel, times r^4 (quartic), r^2 (Epanechnikov), r (triangular) or 1, to the four quarters."""
    square = dx * dx + dy * dy
    x, y = 2 * dx, 2 * dy
    east, north, west, south = heights[0], heights[1], heights[2], heights[3]
    if kernel == 0:
        root = np.sqrt(w)
        square *= root
        x *= root
        y *= root
        for k in range(a.size):
            base = root * rest[k] - square
            along, aside = a[k] * x + b[k] * y, a[k] * y - b[k] * x
            one, two = max(base + along, 0.0), max(base + aside, 0.0)
            three, four = max(base - along, 0.0), max(base - aside, 0.0)
            east[k] += one * one
            north[k] += two * two
            west[k] += three * three
            south[k] += four * four
    elif kernel == 1:
        for k in range(a.size):
            base = rest[k] - square
            along, aside = a[k] * x + b[k] * y, a[k] * y - b[k] * x
            east[k] += w * max(base + along, 0.0)
            north[k] += w * max(base + aside, 0.0)
            west[k] += w * max(base - along, 0.0)
            south[k] += w * max(base - aside, 0.0)
    elif kernel == 2:  # noqa: PLR2004 - the kernels are numbered
        limit = radius * radius
        for k in range(a.size):
            base = limit - rest[k] + square
            along, aside = a[k] * x + b[k] * y, a[k] * y - b[k] * x
            east[k] += w * max(radius - np.sqrt(base - along), 0.0)
            north[k] += w * max(radius - np.sqrt(base - aside), 0.0)
            west[k] += w * max(radius - np.sqrt(base + along), 0.0)
            south[k] += w * max(radius - np.sqrt(base + aside), 0.0)
    else:
        for k in range(a.size):
            base = rest[k] - square
            along, aside = a[k] * x + b[k] * y, a[k] * y - b[k] * x
            east[k] += w if base + along > 0.0 else 0.0
            north[k] += w if base + aside > 0.0 else 0.0
            west[k] += w if base - along > 0.0 else 0.0
            south[k] += w if base - aside > 0.0 else 0.0


@compiled
def scatter_ring(
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
    Add the kernels of the points of some rows to the cells of a ring around them.

    Parameters
    ----------
    across, down
        Offsets of a quarter of the ring: the others are these turned by one, two and three right angles.
    starts, n_columns, step, sums
        As `scatter_rows` takes them.
    """
    longest = 0
    for i in range(starts.size - 1):
        longest = max(longest, starts[i + 1] - starts[i])
    ends = np.empty(n_columns + 1, dtype=np.int64)
    ahead_x, ahead_y, weight = np.empty(longest), np.empty(longest), np.empty(longest)
    number = across.size
    heights = np.empty((4, number))
    rest = np.empty(number)
    width = sums.shape[1]
    # From the first cell that the ring reaches, and without signs: a sign would be looked at in each addition below.
    to = np.empty((4, number), dtype=np.uint64)
    for k in range(number):
        a, b = int(across[k]), int(down[k])
        rest[k] = radius * radius - (across[k] * across[k] + down[k] * down[k])
        to[0, k] = (b + step) * width + a + step
        to[1, k] = (a + step) * width - b + step
        to[2, k] = (step - b) * width - a + step
        to[3, k] = (step - a) * width + b + step
    scale = 1.0
    if kernel == 0:
        scale = 1 / (radius * radius * radius * radius)
    elif kernel == 1:
        scale = 1 / (radius * radius)
    elif kernel == 2:  # noqa: PLR2004 - the kernels are numbered
        scale = 1 / radius
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
                _add_quarters(kernel, ahead_x[p], ahead_y[p], weight[p] * scale, radius, across, down, rest, heights)
            place = np.uint64(i * width + column)
            for quarter in range(4):
                for k in range(number):
                    flat[place + to[quarter, k]] += heights[quarter, k]
