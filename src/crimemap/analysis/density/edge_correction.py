"""
Edge correction: density near the edge of the area in which incidents are known.

The mass of a kernel inside a window W is a line integral over the window's boundary (Green's theorem)::

    integral over W of k(|z - x|) dz = [x in W] - (1 / 2 pi) integral over the boundary of g(|z - x|) dtheta

where theta is the direction from x and g(r) the share of the kernel farther away than r. Along an edge it has a closed form
for the compact kernels; for the Gaussian the smooth part is integrated with 4 or 8 nodes. Nothing is rasterised.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.density.kernels import KERNEL_CODES, Kernel, kernel_shape
from crimemap.analysis.density.sorted_points import threads
from crimemap.analysis.density.window import Window, in_chunks, inside_window, window_of
from crimemap.checks import require_coordinates, require_positive

__all__ = ["kernel_mass", "mass_in_window"]

#: Bandwidths beyond which the Gaussian has less than 1e-10 of its mass.
_GAUSSIAN_REACH: Final = 6.8
#: Points are moved by so many bandwidths, so that none lies on a line of the boundary.
_ASIDE: Final = (5.3e-11, 3.7e-11)

Floats = NDArray[np.float64]


def kernel_mass(
    easting: ArrayLike, northing: ArrayLike, study_area: object, *, bandwidth_m: float, kernel: Kernel
) -> Floats:
    """
    Measure how much of a kernel at each point lies in a study area.

    Parameters
    ----------
    easting, northing
        Shape (n,). Metres, EPSG:27700; in the area or outside.
    study_area
        A polygon or multipolygon, or an array of them that do not overlap; EPSG:27700 metres.
    bandwidth_m
        Radius of the kernel (standard deviation of the Gaussian), metres.
    kernel
        Which.

    Returns
    -------
    ndarray of float64
        Shape (n,). 0 to 1; exact to 1e-9.

    Raises
    ------
    InputError
        If positions or the area cannot be used.
    ParameterError
        If the bandwidth is not above 0 or there is no such kernel.

    Examples
    --------
    >>> import shapely
    >>> half = shapely.box(0, 0, 10_000, 10_000)
    >>> kernel_mass([0, 5000, 0], [5000, 5000, 0], half, bandwidth_m=500, kernel="quartic").round(6).tolist()
    [0.5, 1.0, 0.25]
    """
    x, y = require_coordinates(easting, northing, where="points")
    width = require_positive(bandwidth_m, name="bandwidth_m", unit="metres")
    kernel_shape(kernel)
    return mass_in_window(x, y, window_of(study_area), bandwidth_m=width, kernel=kernel)


def mass_in_window(x: Floats, y: Floats, window: Window, *, bandwidth_m: float, kernel: Kernel) -> Floats:
    """Measure as `kernel_mass` does, what is given having been checked."""
    from crimemap.analysis.density.window_edges import kernel_outside  # noqa: PLC0415 - numba loads slowly

    reach = _GAUSSIAN_REACH if kernel == "gaussian" else 1.0
    x, y = x + _ASIDE[0] * bandwidth_m, y + _ASIDE[1] * bandwidth_m
    mass = inside_window(window, x, y).astype(np.float64)
    pieces = _cut(window.edges, bandwidth_m)
    # A piece is filed under its middle, which is at most half a bandwidth from its ends.
    side = (reach + 0.5) * bandwidth_m
    west, south, east, north = window.extent
    n_columns, n_rows = (max(1, math.ceil((high - low) / side + 1e-9)) for low, high in ((west, east), (south, north)))
    middle = (pieces[:, :2] + pieces[:, 2:]) / 2
    column = np.clip(np.floor((middle[:, 0] - west) / side), 0, n_columns - 1).astype(np.int64)
    row = np.clip(np.floor((middle[:, 1] - south) / side), 0, n_rows - 1).astype(np.int64)
    bucket = row * n_columns + column
    order = np.argsort(bucket, kind="stable")
    starts = np.searchsorted(bucket[order], np.arange(n_rows * n_columns + 1)).astype(np.int64)
    pieces = np.ascontiguousarray(pieces[order])
    outside = np.empty(x.size)

    def integrate(part: slice) -> None:
        kernel_outside(
            x[part],
            y[part],
            pieces,
            starts,
            west,
            south,
            side,
            n_rows,
            n_columns,
            KERNEL_CODES[kernel],
            bandwidth_m,
            reach,
            outside[part],
        )

    threads().map(integrate, in_chunks(x.size))
    return np.clip(mass - outside, 0.0, 1.0)


def _cut(edges: Floats, longest: float) -> Floats:
    """Cut edges into equal pieces of at most a length."""
    length = np.hypot(edges[:, 2] - edges[:, 0], edges[:, 3] - edges[:, 1])
    number = np.maximum(np.ceil(length / longest), 1).astype(np.int64)
    edge = np.repeat(np.arange(number.size), number)
    nth = np.arange(edge.size) - np.repeat(np.cumsum(number) - number, number)
    begin, end = (nth / number[edge])[:, None], ((nth + 1) / number[edge])[:, None]
    start, along = edges[edge, :2], edges[edge, 2:] - edges[edge, :2]
    return np.column_stack([start + begin * along, start + end * along])
