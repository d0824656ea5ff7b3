"""
Kernel density: incidents per square kilometre, as a surface.

The value of a cell is the sum of all kernels at its centre (Silverman 1986, doi:10.1201/9781315140919)::

    quartic       3 / (pi R^2) (1 - d^2 / R^2)^2      d < R
    gaussian      1 / (2 pi h^2) exp(-d^2 / 2 h^2)
    epanechnikov  2 / (pi R^2) (1 - d^2 / R^2)        d < R
    triangular    3 / (pi R^2) (1 - d / R)            d < R
    uniform       1 / (pi R^2)                        d < R

Nothing is binned. Sums of the compact kernels are exact to 1e-12 of the highest cell, those of the Gaussian to a tolerance
that is asked for (1e-9); the bound that holds is in the result.
"""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.density.bandwidth import require_weights
from crimemap.analysis.density.bandwidth_rules import choose_bandwidth
from crimemap.analysis.density.edge_correction import mass_in_window
from crimemap.analysis.density.frame import Extent, frame, frame_around
from crimemap.analysis.density.kde_gaussian import choose_expansion, gaussian_sum
from crimemap.analysis.density.kernel_sums import compact_sum, compact_work
from crimemap.analysis.density.kernels import Kernel, kernel_shape
from crimemap.analysis.density.surface import EDGE_CORRECTIONS, M2_PER_KM2, EdgeCorrection, Surface
from crimemap.analysis.density.window import Window, cells_inside, inside_window, window_of
from crimemap.checks import require_coordinates, require_positive
from crimemap.errors import EmptyInputError, ParameterError

__all__ = ["Surface", "kernel_density"]

_MOST_CELLS_OF_A_RADIUS: Final = 1_000
_MOST_SECONDS: Final = 600.0
_HEIGHTS_A_SECOND: Final = 5e8
#: What tests hold the sums of compact kernels to; measured errors are a hundredth of it.
_EXACT: Final = 1e-12

Floats = NDArray[np.float64]


def _require_width(width: float, size: float, kernel: Kernel, rule: str) -> None:
    if width < size and rule != "given":
        finer = math.floor(width) if width >= 1 else width
        raise ParameterError(
            f"the rule {rule} chose a bandwidth of {width:,.4g} m, smaller than a cell of {size:g} m, so incidents would "
            "fall between the centres",
            where="bandwidth_m",
            fix=f"Take cells of {finer:g} m or less, or give a bandwidth of {size:g} m or more yourself.",
        )
    if width < size:
        raise ParameterError(
            f"a bandwidth of {width:g} m is smaller than a cell of {size:g} m, so incidents would fall between the centres",
            where="bandwidth_m",
            fix=f"Take a bandwidth of {size:g} m or more, or smaller cells.",
        )
    if kernel != "gaussian" and width / size > _MOST_CELLS_OF_A_RADIUS:
        raise ParameterError(
            f"a bandwidth of {width:g} m is {width / size:,.0f} cells of {size:g} m",
            where="cell_size_m",
            fix=f"Take cells of {math.ceil(width / _MOST_CELLS_OF_A_RADIUS)} m or more: it leaves no finer detail.",
        )


def _require_time(seconds: float, width: float, size: float) -> None:
    if seconds > _MOST_SECONDS:
        raise ParameterError(
            f"a bandwidth of {width:g} m on cells of {size:g} m would take some {seconds / 60:,.0f} minutes of a processor",
            where="cell_size_m",
            fix=f"Take cells of {math.ceil(size * math.sqrt(seconds / _MOST_SECONDS))} m or more, or a smaller extent.",
        )


def _require_edge_correction(correction: str, window: Window | None) -> None:
    if correction not in EDGE_CORRECTIONS:
        raise ParameterError(
            f"{correction!r} is no edge correction",
            where="edge_correction",
            fix=f"Take one of: {', '.join(EDGE_CORRECTIONS)}.",
        )
    if correction != "none" and window is None:
        raise ParameterError(
            "an edge cannot be corrected without a study area", where="edge_correction", fix="Give the study area."
        )


def _only_inside(x: Floats, y: Floats, w: Floats | None, window: Window) -> tuple[Floats, Floats, Floats | None]:
    """Leave out what lies outside the study area: the correction takes it that nothing is known there."""
    kept = inside_window(window, x, y)
    if not kept.any():
        raise EmptyInputError(
            "no incident lies in the study area",
            where="study area",
            fix="Check that incidents and area are of one place, in National Grid metres (EPSG:27700).",
        )
    return x[kept], y[kept], None if w is None else w[kept]


def _mask(
    heights: Floats, window: Window, raster: dict[str, Any], *, width: float, kernel: Kernel, correction: EdgeCorrection
) -> None:
    """Take away what lies outside the study area and correct the rest, in place."""
    inside = cells_inside(window, **raster)
    if correction == "uniform":
        row, column = np.nonzero(inside)
        x = raster["west_m"] + (column + 0.5) * raster["cell_size_m"]
        y = raster["south_m"] + (row + 0.5) * raster["cell_size_m"]
        heights[row, column] /= mass_in_window(x, y, window, bandwidth_m=width, kernel=kernel)
    heights[~inside] = np.nan


def kernel_density(
    easting: ArrayLike,
    northing: ArrayLike,
    *,
    bandwidth_m: float | str,
    cell_size_m: float = 100.0,
    kernel: Kernel = "quartic",
    weights: ArrayLike | None = None,
    extent: Extent | None = None,
    study_area: object = None,
    edge_correction: EdgeCorrection = "none",
    tolerance: float = 1e-9,
    bandwidth_rule: str = "given",
) -> Surface:
    """
    Spread incidents into a density surface.

    Parameters
    ----------
    easting, northing
        Shape (n,). Positions, metres, EPSG:27700.
    bandwidth_m
        Radius of the kernel (standard deviation of the Gaussian), metres; or the name of a rule of `BANDWIDTH_RULES`.
    cell_size_m
        Side of a cell, metres; cells are aligned to the National Grid.
    kernel
        `quartic`, `gaussian`, `epanechnikov`, `triangular` or `uniform`.
    weights
        Shape (n,). Incidents at each position, 0 or more; 1 each where not given.
    extent
        West, south, east, north in metres, widened to whole cells; where not given, that of the study area, or as far as the
        kernels reach. Incidents outside it still count where their kernel reaches in.
    study_area
        A polygon or multipolygon, or an array of them that do not overlap; EPSG:27700 metres. Cells whose centre is outside
        it have no density.
    edge_correction
        `none`; `uniform` divides the density of a cell by the share of a kernel at its centre that lies in the study area;
        `diggle` divides each incident by the share of its own kernel, so that the surface integrates to the incidents.
        Both leave out incidents outside the study area, as if nothing were known there.
    tolerance
        For the Gaussian: largest error of a cell as a share of the highest, 1e-13 to 0.1. The other kernels are exact.
    bandwidth_rule
        What chose the bandwidth, where it was chosen beforehand: it is written into the result.

    Returns
    -------
    Surface

    Raises
    ------
    InputError
        If positions or weights cannot be used, none is left, or the study area is no polygon in metres.
    ParameterError
        If the bandwidth or cell size is not above 0, the bandwidth is smaller than a cell (the surface would miss incidents
        between the centres), the surface is too large to compute, or an edge is to be corrected without a study area.

    Examples
    --------
    >>> surface = kernel_density([500050.0], [200050.0], bandwidth_m=1000, weights=[2])
    >>> round(surface.integral, 3), round(float(surface.density_per_km2.max()), 4)
    (2.0, 1.9099)
    """
    shape = kernel_shape(kernel)
    size = require_positive(cell_size_m, name="cell_size_m", unit="metres")
    x, y = require_coordinates(easting, northing, where="incidents")
    w = None if weights is None else require_weights(weights, x.size)
    window = None if study_area is None else window_of(study_area)
    _require_edge_correction(edge_correction, window)
    if window is not None and edge_correction != "none":
        x, y, w = _only_inside(x, y, w, window)
    if not x.size or (w is not None and not w.any()):
        raise EmptyInputError("there are no incidents", where="incidents", fix="Take a longer period or a larger area.")
    rule = bandwidth_m if isinstance(bandwidth_m, str) else bandwidth_rule
    if isinstance(bandwidth_m, str):
        width = choose_bandwidth(bandwidth_m, x, y, weights=w, kernel=kernel, study_area=window)
    else:
        width = require_positive(bandwidth_m, name="bandwidth_m", unit="metres")
    _require_width(width, size, kernel, rule)
    incidents = float(x.size if w is None else w.sum())
    n_points = x.size if w is None else int(np.count_nonzero(w))
    if window is not None and edge_correction == "diggle":
        mass = mass_in_window(x, y, window, bandwidth_m=width, kernel=kernel)
        w = (1.0 if w is None else w) / mass
    if extent is None:
        extent = frame_around(x, y, width * shape.reach, w) if window is None else window.extent
    column, row, n_columns, n_rows = frame(extent, size)
    raster: dict[str, Any] = {
        "west_m": column * size,
        "south_m": row * size,
        "cell_size_m": size,
        "shape": (n_rows, n_columns),
    }
    if kernel == "gaussian":
        if not 1e-13 <= tolerance <= 0.1:  # noqa: PLR2004 - beyond it, rounding; above it, no density
            raise ParameterError(f"{tolerance} is not from 1e-13 to 0.1", where="tolerance", fix="Take 1e-9.")
        expansion = choose_expansion(x.size, width / size, (n_rows, n_columns), tolerance=tolerance)
        _require_time(expansion.work, width, size)
        heights = gaussian_sum(x, y, w, bandwidth_m=width, expansion=expansion, **raster)
        error_bound = expansion.error_bound
    else:
        work = compact_work(kernel, x.size, width / size, (n_rows, n_columns))
        _require_time(work / _HEIGHTS_A_SECOND, width, size)
        heights = compact_sum(x, y, w, radius_m=width, kernel=kernel, **raster)
        error_bound = _EXACT
    heights *= shape.peak / width**2 * M2_PER_KM2
    if window is not None:
        if not heights.any():
            raise EmptyInputError(
                "no kernel of an incident reaches the study area",
                where="study area",
                fix="Check that incidents and area are of one place, in National Grid metres (EPSG:27700).",
            )
        _mask(heights, window, raster, width=width, kernel=kernel, correction=edge_correction)
        if np.isnan(heights).all():
            raise ParameterError(
                f"no cell of {size:g} m has its centre in the study area", where="cell_size_m", fix="Take smaller cells."
            )
    return Surface(
        density_per_km2=heights,
        west_m=column * size,
        south_m=row * size,
        cell_size_m=size,
        kernel=kernel,
        bandwidth_m=width,
        bandwidth_rule=rule,
        edge_correction=edge_correction,
        error_bound=error_bound,
        n_points=n_points,
        incidents=incidents,
    )
