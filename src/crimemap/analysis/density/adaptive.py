"""
Adaptive kernel density: a bandwidth for each incident, narrow where there are many and wide where there are few.

Abramson (1982, doi:10.1214/aos/1176345986): h_i = h sqrt(g / f(x_i)), f a pilot density of bandwidth h and g the geometric
mean of f over the incidents, so that h stays the geometric mean of the bandwidths.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.density.bandwidth import require_weights
from crimemap.analysis.density.frame import Extent, frame, frame_around
from crimemap.analysis.density.kernels import KERNEL_CODES, Kernel, kernel_shape
from crimemap.analysis.density.point_cells import density_at_points, distinct_places
from crimemap.analysis.density.sorted_points import threads
from crimemap.analysis.density.surface import M2_PER_KM2, Surface
from crimemap.analysis.density.window import cells_inside, inside_window, window_of
from crimemap.checks import require_coordinates, require_positive
from crimemap.errors import EmptyInputError, ParameterError

__all__ = ["AdaptiveSurface", "abramson_bandwidths", "adaptive_density"]

_MOST_UPDATES: Final = 6e10
_ROWS_AT_ONCE: Final = 32

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AdaptiveSurface:
    """
    A density surface of adaptive bandwidths.

    Attributes
    ----------
    surface
        `bandwidth_m` of it is the geometric mean, `bandwidth_rule` is `abramson`.
    narrowest_m, widest_m
        Of the bandwidths.
    most_ratio
        Bandwidths beyond so many times the mean were held to it.
    held
        Incidents whose bandwidth was held.
    """

    surface: Surface
    narrowest_m: float
    widest_m: float
    most_ratio: float
    held: float

    @property
    def parameters(self) -> dict[str, Any]:
        """What made this surface."""
        return self.surface.parameters | {"most_ratio": self.most_ratio}


def abramson_bandwidths(
    easting: ArrayLike,
    northing: ArrayLike,
    *,
    bandwidth_m: float,
    kernel: Kernel = "gaussian",
    weights: ArrayLike | None = None,
) -> Floats:
    """
    Give each incident its bandwidth by the square root law.

    Parameters
    ----------
    easting, northing
        Shape (n,). Metres, EPSG:27700.
    bandwidth_m
        Of the pilot density, and the geometric mean of what is given.
    kernel
        Of both.
    weights
        Shape (n,). Incidents at each position; 1 each where not given.

    Returns
    -------
    ndarray of float64
        Shape (n,). Metres.

    Raises
    ------
    InputError
        If positions or weights cannot be used, or none is left.
    ParameterError
        If the bandwidth is not above 0.

    Examples
    --------
    >>> abramson_bandwidths([1000, 1000, 9000], [1000, 1000, 1000], bandwidth_m=100).round(1).tolist()
    [89.1, 89.1, 126.0]
    """
    x, y = require_coordinates(easting, northing, where="incidents")
    w = require_weights(weights, x.size)
    pilot = density_at_points(x, y, bandwidth_m=bandwidth_m, kernel=kernel, weights=w)
    if not pilot[w > 0].all():
        raise EmptyInputError("the pilot density is 0 at an incident", where="bandwidth_m", fix="Take a wider bandwidth.")
    pilot = np.where(pilot > 0, pilot, 1.0)  # at positions of weight 0 alone: they have no part in anything
    mean = math.exp(float((w * np.log(pilot)).sum() / w.sum()))
    return bandwidth_m * np.sqrt(mean / pilot)


def adaptive_density(
    easting: ArrayLike,
    northing: ArrayLike,
    *,
    bandwidth_m: float,
    cell_size_m: float = 100.0,
    kernel: Kernel = "gaussian",
    weights: ArrayLike | None = None,
    extent: Extent | None = None,
    study_area: object = None,
    most_ratio: float = 5.0,
    bandwidth_rule: str = "abramson",
) -> AdaptiveSurface:
    """
    Spread incidents by kernels of adaptive bandwidth, each sum exact at the cells' centres.

    Parameters
    ----------
    easting, northing, cell_size_m, kernel, weights, extent, study_area
        As `kernel_density` takes them.
    bandwidth_m
        Geometric mean of the bandwidths, metres.
    most_ratio
        No bandwidth is wider than so many times the mean: one incident far from all others would cover the map.
    bandwidth_rule
        Written into the result.

    Returns
    -------
    AdaptiveSurface

    Raises
    ------
    InputError, ParameterError
        As `kernel_density`. A bandwidth narrower than a cell is widened to the cell.

    Examples
    --------
    >>> found = adaptive_density([5000, 5050, 9000], [5000, 5000, 5000], bandwidth_m=400)
    >>> round(found.surface.integral, 6), found.narrowest_m < 400 < found.widest_m
    (3.0, True)
    """
    shape = kernel_shape(kernel)
    size = require_positive(cell_size_m, name="cell_size_m", unit="metres")
    width = require_positive(bandwidth_m, name="bandwidth_m", unit="metres")
    most = require_positive(most_ratio, name="most_ratio")
    if width < size:
        raise ParameterError(
            f"a bandwidth of {width:g} m is smaller than a cell of {size:g} m",
            where="bandwidth_m",
            fix="Take smaller cells.",
        )
    x, y = require_coordinates(easting, northing, where="incidents")
    x, y, w = distinct_places(x, y, require_weights(weights, x.size))
    if not x.size:
        raise EmptyInputError("there are no incidents", where="incidents", fix="Take a longer period or a larger area.")
    wanted = abramson_bandwidths(x, y, bandwidth_m=width, kernel=kernel, weights=w)
    each = np.clip(wanted, size, max(most, 1.0) * width)
    window = None if study_area is None else window_of(study_area)
    if extent is None:
        extent = frame_around(x, y, shape.reach * each) if window is None else window.extent
    column, row, n_columns, n_rows = frame(extent, size)
    h = each / size
    updates = float((np.minimum(2 * shape.reach * h, n_columns) * np.minimum(2 * shape.reach * h, n_rows)).sum())
    if updates > _MOST_UPDATES:
        raise ParameterError(
            f"bandwidths of up to {each.max():,.0f} m on cells of {size:g} m take {updates:.0e} steps",
            where="cell_size_m",
            fix=f"Take cells of {math.ceil(size * math.sqrt(updates / _MOST_UPDATES))} m or more, or a compact kernel.",
        )
    u, v = (x - column * size) / size, (y - row * size) / size
    sums = _summed(u, v, w * (shape.peak / each**2 * M2_PER_KM2), h, kernel=kernel, shape=(n_rows, n_columns))
    if window is not None:
        if not sums.any():
            raise EmptyInputError(
                "no kernel of an incident reaches the study area",
                where="study area",
                fix="Check that incidents and area are of one place, in National Grid metres (EPSG:27700).",
            )
        raster = {"west_m": column * size, "south_m": row * size, "cell_size_m": size}
        sums[~cells_inside(window, shape=(n_rows, n_columns), **raster)] = np.nan
    kept = np.ones(x.size, dtype=bool) if window is None else inside_window(window, x, y)
    return AdaptiveSurface(
        surface=Surface(
            density_per_km2=sums,
            west_m=column * size,
            south_m=row * size,
            cell_size_m=size,
            kernel=kernel,
            bandwidth_m=width,
            bandwidth_rule=bandwidth_rule,
            error_bound=1e-9,
            n_points=x.size,
            incidents=float(w.sum()),
        ),
        narrowest_m=float(each[kept].min(initial=each.max())),
        widest_m=float(each[kept].max(initial=each.min())),
        most_ratio=most,
        held=float(w[wanted != each].sum()),
    )


def _summed(x: Floats, y: Floats, peak: Floats, h: Floats, *, kernel: Kernel, shape: tuple[int, int]) -> Floats:
    """Add the kernels to bands of rows, the bands side by side and points in order: the same on any machine."""
    from crimemap.analysis.density.adaptive_scatter import scatter_each  # noqa: PLC0415 - numba loads slowly

    sums = np.zeros(shape)
    reach = kernel_shape(kernel).reach

    def add(first: int) -> None:
        last = min(first + _ROWS_AT_ONCE, shape[0])
        near = (y + reach * h > first) & (y - reach * h < last)
        if near.any():
            of_band = x[near], y[near], peak[near], h[near]
            scatter_each(*of_band, KERNEL_CODES[kernel], reach, first, sums[first:last])

    threads().map(add, range(0, shape[0], _ROWS_AT_ONCE))
    return sums
