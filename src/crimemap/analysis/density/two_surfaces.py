"""Two surfaces on the same cells: one divided by the other, and the change from an earlier one to a later one."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from crimemap.analysis.density.kernels import Kernel, kernel_shape
from crimemap.analysis.density.surface import EdgeCorrection, Surface
from crimemap.checks import require_positive
from crimemap.errors import ParameterError

__all__ = ["DensityChange", "density_change", "density_ratio"]

Floats = NDArray[np.float64]


def density_ratio(numerator: Surface, denominator: Surface, *, least_per_km2: float, per: float = 1.0) -> Floats:
    """
    Divide one surface by another on the same cells: incidents by people, or by other incidents.

    Parameters
    ----------
    numerator, denominator
        On the same cells; the same bandwidth leaves no rings around what the narrower one resolves.
    least_per_km2
        Where the denominator is below this there is no ratio: it would be of hardly anything.
    per
        1,000 for incidents per 1,000 people.

    Returns
    -------
    ndarray of float64
        Shape (n_rows, n_columns). NaN outside the study area and where the denominator is too small.

    Raises
    ------
    ParameterError
        If the cells are not the same, or `least_per_km2` is not above 0.

    Examples
    --------
    >>> from crimemap.analysis.density.kde import kernel_density
    >>> one, two = (kernel_density([5000.0], [5000.0], bandwidth_m=500, weights=[w]) for w in (3, 60))
    >>> ratio = density_ratio(one, two, least_per_km2=1, per=1000)
    >>> round(float(np.nanmax(ratio)), 6)
    50.0
    """
    least = require_positive(least_per_km2, name="least_per_km2", unit="per km²")
    _require_same_cells(numerator, denominator)
    below = denominator.density_per_km2
    enough = below >= least
    return np.where(enough, numerator.density_per_km2 / np.where(enough, below, 1.0) * per, np.nan)


def _require_same_cells(one: Surface, other: Surface) -> None:
    places = [
        (surface.west_m, surface.south_m, surface.cell_size_m, surface.density_per_km2.shape) for surface in (one, other)
    ]
    if places[0] != places[1]:
        raise ParameterError(
            "the two surfaces are not on the same cells", where="surface", fix="Give both the same extent and cell size."
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DensityChange:
    """
    Change of density between two periods.

    Attributes
    ----------
    change_per_km2
        Shape (n_rows, n_columns). Later less earlier, incidents per km2 and year; NaN outside the study area.
    z
        Shape (n_rows, n_columns). The change over its standard error, if incidents of both are independent; 0 where both
        densities are.
    p_value
        Shape (n_rows, n_columns). Two-sided, by the normal distribution.
    earlier, later
        The two densities, per km2 over their periods.
    """

    change_per_km2: Floats
    z: Floats
    p_value: Floats
    earlier: Surface
    later: Surface
    earlier_years: float
    later_years: float

    @property
    def parameters(self) -> dict[str, Any]:
        """What made this surface."""
        return self.later.parameters | {"earlier_years": self.earlier_years, "later_years": self.later_years}


def density_change(earlier: Surface, later: Surface, *, earlier_years: float, later_years: float) -> DensityChange:
    """
    Subtract the density of an earlier period from that of a later one.

    The variance of a density is about its value times the integral of the squared kernel, for incidents that come
    independently; those that come in series vary more, so `z` is then too sure.

    Parameters
    ----------
    earlier, later
        On the same cells, of the same kernel and bandwidth, incidents per km2 over their periods.
    earlier_years, later_years
        Length of each period, years.

    Raises
    ------
    ParameterError
        If cells, kernel, bandwidth or edge correction differ, or a period is not above 0.

    Examples
    --------
    >>> from crimemap.analysis.density.kde import kernel_density
    >>> one, two = (kernel_density([5000.0], [5000.0], bandwidth_m=500, weights=[w]) for w in (4, 1))
    >>> found = density_change(one, two, earlier_years=2, later_years=1)
    >>> bool(found.change_per_km2.min() < 0), bool((found.p_value > 0.1).all())
    (True, True)
    """
    _require_same_cells(earlier, later)
    made: list[tuple[Kernel, float, EdgeCorrection]] = [
        (surface.kernel, surface.bandwidth_m, surface.edge_correction) for surface in (earlier, later)
    ]
    if made[0] != made[1]:
        raise ParameterError(
            "the two surfaces are of different kernels, bandwidths or edge corrections",
            where="surface",
            fix="Give both the same: else they differ without any change.",
        )
    years = [
        require_positive(earlier_years, name="earlier_years", unit="years"),
        require_positive(later_years, name="later_years", unit="years"),
    ]
    before, after = earlier.density_per_km2, later.density_per_km2
    change = after / years[1] - before / years[0]
    rough = kernel_shape(later.kernel).roughness / later.bandwidth_m**2 * 1e6
    error = np.sqrt(rough * (after / years[1] ** 2 + before / years[0] ** 2))
    z = np.where(np.isnan(change), np.nan, np.divide(change, error, out=np.zeros_like(change), where=error > 0))
    return DensityChange(
        change_per_km2=change,
        z=z,
        p_value=2 * ndtr(-np.abs(z)),
        earlier=earlier,
        later=later,
        earlier_years=years[0],
        later_years=years[1],
    )
