"""
Kernel density: incidents per square kilometre, as a surface.

The value of a cell is the exact sum of all kernels at its centre (Silverman 1986, doi:10.1201/9781315140919)::

    quartic       3 / (pi R^2) (1 - d^2 / R^2)^2      d < R
    gaussian      1 / (2 pi h^2) exp(-d^2 / 2 h^2)    each kernel cut where it is below 1e-12 of its peak, nowhere else
    epanechnikov  2 / (pi R^2) (1 - d^2 / R^2)        d < R
    triangular    3 / (pi R^2) (1 - d / R)            d < R
    uniform       1 / (pi R^2)                        d < R

Nothing is binned. Incidents at one position (police.uk snaps them to map points) are summed first, which changes nothing but
the time it takes.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.bandwidth import choose_bandwidth, require_weights
from crimemap.analysis.kernel_sums import compact_sum, gaussian_sum, steps_of
from crimemap.analysis.kernels import Kernel, kernel_shape
from crimemap.checks import require_coordinates, require_positive
from crimemap.errors import EmptyInputError, ParameterError

__all__ = ["Surface", "kernel_density"]

_MOST_CELLS: Final = 50_000_000
_MOST_STEPS: Final = 3e10
_M2_PER_KM2: Final = 1e6

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """
    A kernel density surface.

    Attributes
    ----------
    density_per_km2
        Shape (n_rows, n_columns). Incidents per square kilometre at the cells' centres; row 0 is the southernmost, column 0
        the westernmost.
    west_m, south_m
        Corner of the surface, metres, EPSG:27700; a whole number of cells from the grid's origin.
    cell_size_m
        Side of a cell.
    kernel, bandwidth_m, bandwidth_rule
        How it was made; the rule is `given`, or the one that chose the bandwidth.
    n_positions
        Distinct positions.
    incidents
        Sum of weights: what the surface integrates to where it is not cut by an extent.
    """

    density_per_km2: Floats
    west_m: float
    south_m: float
    cell_size_m: float
    kernel: Kernel
    bandwidth_m: float
    bandwidth_rule: str
    n_positions: int
    incidents: float

    @property
    def easting(self) -> Floats:
        """Shape (n_columns,). Centres, metres."""
        return np.asarray(
            self.west_m + (np.arange(self.density_per_km2.shape[1]) + 0.5) * self.cell_size_m, dtype=np.float64
        )

    @property
    def northing(self) -> Floats:
        """Shape (n_rows,). Centres, metres."""
        return np.asarray(
            self.south_m + (np.arange(self.density_per_km2.shape[0]) + 0.5) * self.cell_size_m, dtype=np.float64
        )

    @property
    def integral(self) -> float:
        """Incidents under the surface."""
        return float(self.density_per_km2.sum()) * self.cell_size_m**2 / _M2_PER_KM2

    @property
    def parameters(self) -> dict[str, Any]:
        """What made this surface."""
        return {
            "kernel": self.kernel,
            "bandwidth_m": self.bandwidth_m,
            "bandwidth_rule": self.bandwidth_rule,
            "cell_size_m": self.cell_size_m,
        }


def _places(x: Floats, y: Floats, w: Floats) -> tuple[Floats, Floats, Floats]:
    """Sum weights at equal positions; positions of weight 0 are left out."""
    kept = w > 0
    x, y, w = x[kept], y[kept], w[kept]
    if not x.size:
        raise EmptyInputError("there are no incidents", where="incidents", fix="Take a longer period or a larger area.")
    order = np.lexsort((x, y))
    x, y, w = x[order], y[order], w[order]
    first = np.flatnonzero(np.concatenate([[True], (np.diff(x) != 0) | (np.diff(y) != 0)]))
    return x[first], y[first], np.add.reduceat(w, first)


def _frame(
    x: Floats, y: Floats, reach: float, size: float, extent: tuple[float, float, float, float] | None
) -> tuple[int, int, int, int]:
    """Give the first column and row, and the numbers of columns and rows."""
    if extent is None:
        extent = (x.min() - reach, y.min() - reach, x.max() + reach, y.max() + reach)
    west, south, east, north = extent
    if not (all(map(math.isfinite, extent)) and west < east and south < north):
        raise ParameterError("the extent is not west, south, east, north", where="extent", fix="Give it in metres.")
    column, row = math.floor(west / size), math.floor(south / size)
    n_columns, n_rows = max(math.ceil(east / size) - column, 1), max(math.ceil(north / size) - row, 1)
    if n_columns * n_rows > _MOST_CELLS:
        least = math.sqrt((east - west) * (north - south) / _MOST_CELLS)
        raise ParameterError(
            f"the surface would have {n_columns * n_rows:,} cells, more than {_MOST_CELLS:,}",
            where="cell_size_m",
            fix=f"Take cells of {math.ceil(least * 1.01)} m or more, or a smaller extent.",
        )
    return column, row, n_columns, n_rows


def kernel_density(
    easting: ArrayLike,
    northing: ArrayLike,
    *,
    bandwidth_m: float | str,
    cell_size_m: float = 100.0,
    kernel: Kernel = "quartic",
    weights: ArrayLike | None = None,
    extent: tuple[float, float, float, float] | None = None,
    bandwidth_rule: str = "given",
) -> Surface:
    """
    Spread incidents into a density surface.

    Parameters
    ----------
    easting, northing
        Shape (n,). Positions, metres, EPSG:27700.
    bandwidth_m
        Radius of the kernel (standard deviation of the Gaussian), metres; or the name of a rule, `scott` or `silverman`.
    cell_size_m
        Side of a cell, metres; cells are aligned to the National Grid.
    kernel
        `quartic`, `gaussian`, `epanechnikov`, `triangular` or `uniform`.
    weights
        Shape (n,). Incidents at each position, 0 or more; 1 each where not given.
    extent
        West, south, east, north in metres, widened to whole cells; as far as the kernels reach where not given.
        Incidents outside it still count where their kernel reaches in.
    bandwidth_rule
        What chose the bandwidth, where it was chosen beforehand: it is written into the result.

    Returns
    -------
    Surface

    Raises
    ------
    InputError
        If positions or weights cannot be used, or none is left.
    ParameterError
        If the bandwidth or cell size is not above 0, the bandwidth is smaller than a cell (the surface would miss incidents
        between the centres), or the surface is too large to compute.

    Examples
    --------
    >>> surface = kernel_density([500050.0], [200050.0], bandwidth_m=1000, weights=[2])
    >>> round(surface.integral, 3), round(float(surface.density_per_km2.max()), 4)
    (2.0, 1.9099)
    """
    shape = kernel_shape(kernel)
    size = require_positive(cell_size_m, name="cell_size_m", unit="metres")
    x, y = require_coordinates(easting, northing, where="incidents")
    x, y, w = _places(x, y, require_weights(weights, x.size))
    rule = bandwidth_m if isinstance(bandwidth_m, str) else bandwidth_rule
    if isinstance(bandwidth_m, str):
        width = choose_bandwidth(bandwidth_m, x, y, weights=w, kernel=kernel)
    else:
        width = require_positive(bandwidth_m, name="bandwidth_m", unit="metres")
    if width < size:
        raise ParameterError(
            f"a bandwidth of {width:g} m is smaller than a cell of {size:g} m, so incidents would fall between the centres",
            where="bandwidth_m",
            fix=f"Take a bandwidth of {size:g} m or more, or smaller cells.",
        )
    column, row, n_columns, n_rows = _frame(x, y, width * shape.reach, size, extent)
    # In cells from the corner, so that numbers are small and exact to the same digits everywhere.
    u, v = x / size - column, y / size - row
    reach = width * shape.reach / size
    near = (u > -reach) & (u < n_columns + reach) & (v > -reach) & (v < n_rows + reach)
    steps = steps_of(kernel, int(near.sum()), width / size, (n_rows, n_columns))
    if steps > _MOST_STEPS:
        raise ParameterError(
            f"a bandwidth of {width:g} m on cells of {size:g} m takes {steps:.0e} steps",
            where="cell_size_m",
            fix=f"Take cells of {math.ceil(size * math.sqrt(steps / _MOST_STEPS))} m or more: it leaves no finer detail.",
        )
    spread = gaussian_sum if kernel == "gaussian" else compact_sum
    heights = spread(u[near], v[near], w[near], radius=width / size, shape=(n_rows, n_columns), kernel=kernel)
    heights *= shape.peak / width**2 * _M2_PER_KM2
    return Surface(
        density_per_km2=heights,
        west_m=column * size,
        south_m=row * size,
        cell_size_m=size,
        kernel=kernel,
        bandwidth_m=width,
        bandwidth_rule=rule,
        n_positions=int(x.size),
        incidents=float(w.sum()),
    )
