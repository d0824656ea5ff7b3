"""The bandwidth of Cronie and van Lieshout: the one at which the densities at the incidents add up to the study area."""

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.density.bandwidth import require_weights, scott_bandwidth
from crimemap.analysis.density.kernels import Kernel, kernel_shape
from crimemap.analysis.density.point_cells import distinct_places, point_cells, summed_at
from crimemap.analysis.density.window import inside_window, window_of
from crimemap.checks import require_coordinates
from crimemap.errors import EmptyInputError

__all__ = ["cvl_bandwidth"]

_FEWEST: Final = 3
_NARROWEST, _WIDEST = 1 / 200, 20.0
_CLOSE: Final = 1e-4

Floats = NDArray[np.float64]


def cvl_bandwidth(
    easting: ArrayLike,
    northing: ArrayLike,
    *,
    study_area: object,
    weights: ArrayLike | None = None,
    kernel: Kernel = "gaussian",
) -> float:
    """
    Choose the bandwidth at which the sum of 1 / density over the incidents is the study area's size.

    Cronie and van Lieshout (2018, doi:10.1093/biomet/asy001); the density is not corrected at the edge and holds the
    incident itself, as in spatstat's `bw.CvL`. The sum grows with the bandwidth, so it is found by halving.

    Parameters
    ----------
    easting, northing
        Shape (n,). Metres, EPSG:27700; incidents outside the study area are left out.
    study_area
        A polygon or multipolygon, or an array of them that do not overlap; EPSG:27700 metres.
    weights
        Shape (n,). Incidents at each position; 1 each where not given.
    kernel
        The kernel it is for.

    Returns
    -------
    float
        Metres, to a ten-thousandth.

    Raises
    ------
    EmptyInputError
        If there are fewer than 3 places in the study area, all incidents lie on one grid line, or no bandwidth from a 200th
        to 20 times Scott's does it.

    Examples
    --------
    >>> import shapely
    >>> x, y = np.random.default_rng(1).uniform(1000, 5000, (2, 300))
    >>> 150 < cvl_bandwidth(x, y, study_area=shapely.box(1000, 1000, 5000, 5000)) < 600
    True
    """
    window = window_of(study_area)
    x, y = require_coordinates(easting, northing, where="incidents")
    x, y, w = distinct_places(x, y, require_weights(weights, x.size))
    inside = inside_window(window, x, y)
    x, y, w = x[inside], y[inside], w[inside]
    if x.size < _FEWEST:
        raise EmptyInputError(
            f"{x.size} places of incidents in the study area are too few to choose a bandwidth from",
            where="bandwidth",
            fix="Give a bandwidth in metres, or a longer period.",
        )
    shape = kernel_shape(kernel)

    def too_large(width: float) -> bool:
        cells = point_cells(x, y, w, least_side_m=width * shape.reach)
        density = summed_at(cells, x, y, width=width, kernel=kernel, leave_out=False) * (shape.peak / width**2)
        return float((w / density).sum()) > window.area_m2

    middle = scott_bandwidth(x, y, kernel=kernel)
    low, high = middle * _NARROWEST, middle * _WIDEST
    # Upwards by doubling first: wide kernels take long and are rarely wanted.
    step = low
    while step < high and not too_large(step):
        low, step = step, step * 2
    if low == middle * _NARROWEST or step >= high:
        raise EmptyInputError(
            "at no bandwidth do the densities at the incidents add up to the study area",
            where="bandwidth",
            fix="Give one in metres, or take the rule 'likelihood'.",
        )
    high = step
    while high / low > 1 + _CLOSE:
        width = math.sqrt(low * high)
        low, high = (low, width) if too_large(width) else (width, high)
    return math.sqrt(low * high)
