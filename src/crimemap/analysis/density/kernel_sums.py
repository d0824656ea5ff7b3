"""
Sums of compact kernels at the centres of cells, exact and quick.

Up to a radius of some ten cells each cell of points adds its kernels to the cells around it. Beyond that, most of the cells
are reached by every point of a cell: there the kernel is a polynomial (the triangular one as good as that), so the sum over
a cell's points is one of its moments, and the sum over all cells a convolution. Only the ring of cells that some points of a
cell reach and some do not is summed point by point. Both give the same to 1e-12 of the peak.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.density.kernel_moments import NEAREST, convolve_moments
from crimemap.analysis.density.kernel_stencil import Stencil, stencil, stencil_cells
from crimemap.analysis.density.kernels import KERNEL_CODES, Kernel
from crimemap.analysis.density.sorted_points import SortedPoints, sort_points, threads

__all__ = ["compact_sum", "compact_work"]

#: What the convolution takes for a cell, in heights of kernels (measured).
_WORK_OF_A_CELL: Final[dict[str, float]] = {"quartic": 630.0, "epanechnikov": 280.0, "uniform": 130.0, "triangular": 1600.0}
#: Radius in cells below which the ring would touch what is too close for moments.
_LEAST: Final = 12.0
_ROWS_AT_ONCE: Final = 16
#: Cells of the bands that are held at once.
_MOST_AT_ONCE: Final = 8e6
#: Rounding of a convolution, as a share of the largest sum: what is below it is 0.
_NOISE: Final = 2e-14

Floats = NDArray[np.float64]


def _nearest(kernel: Kernel) -> float:
    """Give the distance in cells below which a kernel is not summed from moments."""
    return NEAREST if kernel == "triangular" else 0.0


def _convolved(kernel: Kernel, n_points: float, radius: float, n_cells: float) -> bool:
    """Say whether moments and a ring are quicker than whole stencils."""
    ring = stencil_cells(radius, ring=True, nearest=_nearest(kernel))
    spared = (n_points + min(n_points, n_cells)) * (stencil_cells(radius, ring=False) - ring)
    return radius > _LEAST and spared > _WORK_OF_A_CELL[kernel] * n_cells


def compact_work(kernel: Kernel, n_points: int, radius: float, shape: tuple[int, int]) -> float:
    """
    Estimate the work in heights of kernels; a processor does some 1e9 a second.

    Parameters
    ----------
    n_points
        Points whose kernels reach the cells.
    radius
        In cells.
    shape
        Rows and columns.
    """
    n_cells = (shape[0] + 2 * radius) * (shape[1] + 2 * radius)
    stencils = n_points + min(n_points, n_cells)
    if _convolved(kernel, n_points, radius, n_cells):
        return stencils * stencil_cells(radius, ring=True, nearest=_nearest(kernel)) + _WORK_OF_A_CELL[kernel] * n_cells
    return stencils * stencil_cells(radius, ring=False)


def compact_sum(
    x: Floats,
    y: Floats,
    weight: Floats | None,
    *,
    west_m: float,
    south_m: float,
    cell_size_m: float,
    shape: tuple[int, int],
    radius_m: float,
    kernel: Kernel,
) -> Floats:
    """
    Sum compact kernels of height 1 at cell centres.

    Parameters
    ----------
    x, y
        Shape (n,). Metres; those that reach no cell are left out.
    weight
        Shape (n,), 0 or more; None for 1 each.
    west_m, south_m, cell_size_m, shape
        The raster: its corner, the side of its cells, its rows and columns.
    radius_m
        Where the kernels end.
    kernel
        Any but the Gaussian.

    Returns
    -------
    ndarray of float64
        Shape (n_rows, n_columns).

    Examples
    --------
    >>> sums = compact_sum(np.array([150.0]), np.array([50.0]), None, west_m=0, south_m=0, cell_size_m=100, shape=(1, 3),
    ...     radius_m=200, kernel="epanechnikov")
    >>> sums.tolist()
    [[0.75, 1.0, 0.75]]
    """
    radius = radius_m / cell_size_m
    margin = math.ceil(radius + 0.5)
    points = sort_points(x, y, weight, west_m=west_m, south_m=south_m, cell_size_m=cell_size_m, shape=shape, margin=margin)
    sums = np.zeros(shape)
    if not len(points):
        return sums
    convolved = _convolved(kernel, len(points), radius, (shape[0] + 2 * margin) * (shape[1] + 2 * margin))
    around = stencil(radius, ring=convolved, nearest=_nearest(kernel))
    _scatter(points, around, radius, kernel, sums, ring=convolved)
    if convolved:
        convolve_moments(points, around, radius, kernel, sums)
        sums[sums < _NOISE * sums.max()] = 0.0
    return sums


def _scatter(points: SortedPoints, around: Stencil, radius: float, kernel: Kernel, sums: Floats, *, ring: bool) -> None:
    """Add the kernels of each band of rows, made side by side and added in order: sums are the same on any machine."""
    from crimemap.analysis.density.kernel_scatter import scatter_rows  # noqa: PLC0415 - numba loads slowly
    from crimemap.analysis.density.ring_scatter import scatter_ring  # noqa: PLC0415 - numba loads slowly

    step, margin = around.step, points.margin
    n_rows, width = points.starts.size - 1, points.n_columns + 2 * step
    height = max(_ROWS_AT_ONCE, step // 4)

    def spread(first: int) -> Floats | None:
        starts, u, v, w = points.rows(first, min(first + height, n_rows))
        if not u.size:
            return None
        band = np.zeros((starts.size - 1 + 2 * step, width))
        code, across, down = KERNEL_CODES[kernel], around.across, around.down
        if ring:
            near = across**2 + down**2 < _nearest(kernel) ** 2
            quarter = (across > 0) & (down >= 0) & ~near
            outer = across[quarter], down[quarter]
            scatter_ring(starts, u, v, w, first, points.n_columns, code, radius, *outer, step, band)
            across, down = across[near], down[near]
        if across.size:
            scatter_rows(starts, u, v, w, first, points.n_columns, code, radius, across, down, step, band)
        return band

    at_once = max(threads().workers, int(_MOST_AT_ONCE / ((height + 2 * step) * width)))
    bands = list(range(0, n_rows, height))
    for begin in range(0, len(bands), at_once):
        batch = bands[begin : begin + at_once]
        for first, band in zip(batch, threads().map(spread, batch), strict=True):
            if band is not None:
                _add_part(band, first - margin - step, -margin - step, sums)


def _add_part(part: Floats, row: int, column: int, sums: Floats) -> None:
    """Add a part whose first cell stands at a row and column of the raster, as far as it lies in it."""
    low_row, low_column = max(row, 0), max(column, 0)
    high_row, high_column = min(row + part.shape[0], sums.shape[0]), min(column + part.shape[1], sums.shape[1])
    if low_row < high_row and low_column < high_column:
        cut = part[low_row - row : high_row - row, low_column - column : high_column - column]
        sums[low_row:high_row, low_column:high_column] += cut
