"""Points sorted into square cells, to find those near a place, and the density of points at points."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.density.bandwidth import require_weights
from crimemap.analysis.density.kernels import KERNEL_CODES, Kernel, kernel_shape
from crimemap.analysis.density.sorted_points import threads
from crimemap.analysis.density.window import in_chunks
from crimemap.checks import require_coordinates, require_positive
from crimemap.errors import EmptyInputError

__all__ = ["PointCells", "density_at_points", "distinct_places", "point_cells"]

_M2_PER_KM2: Final = 1e6

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PointCells:
    """
    Points by cell.

    Attributes
    ----------
    x, y, weight
        Shape (n,). Sorted by cell; metres.
    starts
        Shape (n_rows * n_columns + 1,). Where each cell begins among them.
    n_columns, west_m, south_m, side_m
        The cells.
    """

    x: Floats
    y: Floats
    weight: Floats
    starts: NDArray[np.int64]
    n_columns: int
    west_m: float
    south_m: float
    side_m: float


def distinct_places(x: Floats, y: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Add up the weights at equal positions; positions of weight 0 are left out, the rest come by northing and easting."""
    kept = weight > 0
    x, y, weight = x[kept], y[kept], weight[kept]
    if not x.size:
        return x, y, weight
    order = np.lexsort((x, y))
    x, y, weight = x[order], y[order], weight[order]
    first = np.flatnonzero(np.concatenate([[True], (np.diff(x) != 0) | (np.diff(y) != 0)]))
    return x[first], y[first], np.add.reduceat(weight, first)


def point_cells(x: Floats, y: Floats, weight: Floats, *, least_side_m: float) -> PointCells:
    """Sort points into cells of at least a side, and no more cells than there are points."""
    west, south = float(x.min()), float(y.min())
    width, height = float(x.max()) - west, float(y.max()) - south
    side = max(least_side_m, math.sqrt(width * height / x.size), max(width, height) / x.size)
    n_columns, n_rows = int(width / side) + 1, int(height / side) + 1
    cell = ((y - south) / side).astype(np.int64) * n_columns + ((x - west) / side).astype(np.int64)
    order = np.argsort(cell, kind="stable")
    return PointCells(
        x=x[order],
        y=y[order],
        weight=weight[order],
        starts=np.searchsorted(cell[order], np.arange(n_rows * n_columns + 1)).astype(np.int64),
        n_columns=n_columns,
        west_m=west,
        south_m=south,
        side_m=side,
    )


def density_at_points(
    easting: ArrayLike,
    northing: ArrayLike,
    *,
    bandwidth_m: float,
    kernel: Kernel = "gaussian",
    weights: ArrayLike | None = None,
    at: tuple[ArrayLike, ArrayLike] | None = None,
    leave_out: bool = False,
) -> Floats:
    """
    Sum kernels at points rather than cells.

    Parameters
    ----------
    easting, northing
        Shape (n,). Incidents, metres, EPSG:27700.
    bandwidth_m
        Radius of the kernel (standard deviation of the Gaussian), metres.
    kernel
        Which.
    weights
        Shape (n,). Incidents at each position; 1 each where not given.
    at
        Eastings and northings where density is wanted, each of shape (m,); at the incidents where not given.
    leave_out
        Leave out all incidents at the very place where density is taken.

    Returns
    -------
    ndarray of float64
        Shape (m,). Incidents per square kilometre.

    Raises
    ------
    InputError
        If positions or weights cannot be used, or none is left.
    ParameterError
        If the bandwidth is not above 0 or there is no such kernel.

    Examples
    --------
    >>> density_at_points([1000, 1100], [2000, 2000], bandwidth_m=1000, kernel="uniform").round(4).tolist()
    [0.6366, 0.6366]
    """
    x, y = require_coordinates(easting, northing, where="incidents")
    w = require_weights(weights, x.size)
    width = require_positive(bandwidth_m, name="bandwidth_m", unit="metres")
    at_x, at_y = (x, y) if at is None else require_coordinates(*at, where="points")
    shape = kernel_shape(kernel)
    x, y, w = distinct_places(x, y, w)
    if not x.size:
        raise EmptyInputError("there are no incidents", where="incidents", fix="Take a longer period or a larger area.")
    cells = point_cells(x, y, w, least_side_m=width * shape.reach)
    return summed_at(cells, at_x, at_y, width=width, kernel=kernel, leave_out=leave_out) * (
        shape.peak / width**2 * _M2_PER_KM2
    )


def summed_at(cells: PointCells, at_x: Floats, at_y: Floats, *, width: float, kernel: Kernel, leave_out: bool) -> Floats:
    """Sum kernels of height 1 at points, the cells being wide enough for their reach."""
    from crimemap.analysis.density.point_pairs import density_of_pairs  # noqa: PLC0415 - numba loads slowly

    # Neighbours in the order of points share what is in the processor's cache.
    order = np.lexsort((at_x // cells.side_m, at_y // cells.side_m))
    x, y, sums = at_x[order], at_y[order], np.empty(at_x.size)
    reach = kernel_shape(kernel).reach

    def add(part: slice) -> None:
        density_of_pairs(
            x[part],
            y[part],
            cells.x,
            cells.y,
            cells.weight,
            cells.starts,
            cells.n_columns,
            cells.west_m,
            cells.south_m,
            cells.side_m,
            KERNEL_CODES[kernel],
            width,
            reach,
            leave_out,
            sums[part],
        )

    threads().map(add, in_chunks(x.size, 1 << 12))
    found = np.empty(at_x.size)
    found[order] = sums
    return found
