"""
Two densities against each other: where cases are denser than controls would have it.

The log ratio of two densities (Kelsall and Diggle 1995, doi:10.1002/sim.4780142106), each of integral 1 over the study area,
of one bandwidth and corrected at the edge. Where both come from one density f, its variance at x is about

    R(x) (1 / n_cases + 1 / n_controls) / f(x)      R(x) = integral over the area of k^2 / (integral over the area of k)^2

(Hazelton and Davies 2009, doi:10.1002/bimj.200810495), f estimated from both together. For the Gaussian R is exact at the
edge; for the other kernels the integral of k^2 is taken to lose the share that the integral of k does.

Where there is hardly anything of one kind the ratio of two small numbers says nothing and is huge. So one incident, cases
and controls in the proportion of all, is added at every place, as half a count is added to the cells of a sparse table: a
place with one case and no control has then a large ratio and not a huge one, and one with neither has none.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from crimemap.analysis.density.bandwidth import require_weights
from crimemap.analysis.density.contours import region_above
from crimemap.analysis.density.edge_correction import mass_in_window
from crimemap.analysis.density.kde import kernel_density
from crimemap.analysis.density.kernels import Kernel, kernel_shape
from crimemap.analysis.density.surface import EdgeCorrection, Surface
from crimemap.analysis.density.window import Window, inside_window, window_of
from crimemap.checks import require_coordinates, require_positive
from crimemap.errors import EmptyInputError, ParameterError

__all__ = ["DensityChange", "RelativeRisk", "density_change", "density_ratio", "relative_risk"]

#: Integral of the squared kernel for a bandwidth of 1.
_ROUGHNESS: Final[dict[str, float]] = {
    "gaussian": 1 / (4 * math.pi),
    "quartic": 9 / (5 * math.pi),
    "epanechnikov": 4 / (3 * math.pi),
    "triangular": 3 / (2 * math.pi),
    "uniform": 1 / math.pi,
}
_FEWEST: Final = 3
#: Incidents of both kinds that have to reach a place for it to have a ratio; less is what a kernel's far tail leaves.
_LEAST_REACHING: Final = 0.01

Floats = NDArray[np.float64]
Points = tuple[ArrayLike, ArrayLike]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RelativeRisk:
    """
    Relative risk over a study area.

    Attributes
    ----------
    log_ratio
        Shape (n_rows, n_columns). Natural logarithm of the cases' density over the controls', both of integral 1 and with
        `added_incidents` of both together at every place; NaN outside the study area, where hardly anything of either
        reaches and, if nothing was added, where either density is 0.
    p_value
        Shape (n_rows, n_columns). One-sided, for a higher risk of cases; NaN where `log_ratio` is. 1 less it is for a lower.
    cases, controls
        The two densities, per km2.
    n_cases, n_controls
        Sums of weights in the study area.
    added_incidents
        As asked for.
    """

    log_ratio: Floats
    p_value: Floats
    cases: Surface
    controls: Surface
    n_cases: float
    n_controls: float
    added_incidents: float

    @property
    def parameters(self) -> dict[str, Any]:
        """What made this surface."""
        return self.cases.parameters | {"added_incidents": self.added_incidents}

    def tolerance_region(self, alpha: float = 0.05, *, lower: bool = False) -> Any:
        """
        Draw where the risk is higher (or lower) than chance would have it at one place in `1 / alpha`.

        It is a test of each place alone: over the map, a share `alpha` of places without any difference is in it as well.

        Returns
        -------
        shapely geometry
            A polygon or multipolygon, EPSG:27700.

        Raises
        ------
        ParameterError
            If `alpha` is not between 0 and 1.
        """
        if not 0 < alpha < 1:
            raise ParameterError(f"{alpha} is not between 0 and 1", where="alpha", fix="Take 0.05.")
        sure = self.p_value if lower else 1 - self.p_value
        corner = {"west_m": self.cases.west_m, "south_m": self.cases.south_m, "cell_size_m": self.cases.cell_size_m}
        return region_above(sure, 1 - alpha, **corner)


def _inside(points: Points, weights: ArrayLike | None, window: Window, *, name: str) -> tuple[Floats, Floats, Floats]:
    x, y = require_coordinates(*points, where=name)
    w = require_weights(weights, x.size)
    kept = inside_window(window, x, y) & (w > 0)
    if w[kept].sum() < _FEWEST:
        raise EmptyInputError(
            f"{w[kept].sum():g} {name} in the study area are too few to compare",
            where=name,
            fix="Take a longer period or a larger area.",
        )
    return x[kept], y[kept], w[kept]


def _roughness(surface: Surface, window: Window) -> Floats:
    """Give R(x) of the formula at each cell, per square metre."""
    kernel, width = surface.kernel, surface.bandwidth_m
    found = np.full(surface.density_per_km2.shape, np.nan)
    row, column = np.nonzero(surface.inside)
    x, y = surface.easting[column], surface.northing[row]
    mass = mass_in_window(x, y, window, bandwidth_m=width, kernel=kernel)
    squared = mass
    if kernel == "gaussian":
        squared = mass_in_window(x, y, window, bandwidth_m=width / math.sqrt(2), kernel=kernel)
    found[row, column] = _ROUGHNESS[kernel] / width**2 * squared / mass**2
    return found


def relative_risk(
    cases: Points,
    controls: Points,
    study_area: object,
    *,
    bandwidth_m: float,
    cell_size_m: float = 100.0,
    kernel: Kernel = "gaussian",
    case_weights: ArrayLike | None = None,
    control_weights: ArrayLike | None = None,
    added_incidents: float = 1.0,
) -> RelativeRisk:
    """
    Map where cases are denser than controls would have it, with the probability that chance alone does as much.

    Parameters
    ----------
    cases, controls
        Eastings and northings, each of shape (n,); metres, EPSG:27700. Controls may be other offences, an earlier period, or
        people. Those outside the study area are left out.
    study_area
        A polygon or multipolygon, or an array of them that do not overlap; EPSG:27700 metres.
    bandwidth_m
        Of both densities, metres.
    cell_size_m, kernel
        As `kernel_density` takes them.
    case_weights, control_weights
        Shape (n,). Cases and controls at each position; 1 each where not given. People counted by small area are not points:
        their number makes the probabilities too sure by what a small area is smoothed already.
    added_incidents
        At every place, of both kinds together in the proportion of all; 0 gives the plain ratio.

    Returns
    -------
    RelativeRisk

    Raises
    ------
    InputError
        As `kernel_density`; or if fewer than 3 cases or controls are in the study area.
    ParameterError
        If `added_incidents` is below 0.

    Examples
    --------
    >>> import shapely
    >>> rng = np.random.default_rng(1)
    >>> area = shapely.box(500_000, 200_000, 504_000, 204_000)
    >>> controls = rng.uniform([500_000, 200_000], [504_000, 204_000], (400, 2)).T
    >>> found = relative_risk(controls, controls, area, bandwidth_m=500)
    >>> float(np.abs(found.log_ratio).max()), float(found.p_value[3, 3])
    (0.0, 0.5)
    """
    if not 0 <= added_incidents < math.inf:
        raise ParameterError(f"{added_incidents} incidents cannot be added", where="added_incidents", fix="Give 0 or more.")
    window = window_of(study_area)
    case, control = (
        _inside(points, weights, window, name=name)
        for points, weights, name in ((cases, case_weights, "cases"), (controls, control_weights, "controls"))
    )
    asked: dict[str, Any] = {
        "bandwidth_m": require_positive(bandwidth_m, name="bandwidth_m", unit="metres"),
        "cell_size_m": cell_size_m,
        "kernel": kernel,
        "study_area": window,
        "edge_correction": "uniform",
    }
    of_cases, of_controls = (kernel_density(x, y, weights=w, **asked) for x, y, w in (case, control))
    n_cases, n_controls = float(case[2].sum()), float(control[2].sum())
    one = kernel_shape(kernel).peak / bandwidth_m**2 * 1e6 / (n_cases + n_controls)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = [surface.density_per_km2 / surface.integral for surface in (of_cases, of_controls)]
        reaching = (n_cases * shares[0] + n_controls * shares[1]) / (n_cases + n_controls)
        shares = [share + added_incidents * one for share in shares]
        ratio = np.log(shares[0] / shares[1])
        ratio = np.where(np.isfinite(ratio) & (reaching >= _LEAST_REACHING * one), ratio, np.nan)
        pooled = reaching + added_incidents * one
        variance = _roughness(of_cases, window) * 1e6 * (1 / n_cases + 1 / n_controls) / pooled
        p_value = ndtr(-ratio / np.sqrt(variance))
    return RelativeRisk(
        log_ratio=ratio,
        p_value=p_value,
        cases=of_cases,
        controls=of_controls,
        n_cases=n_cases,
        n_controls=n_controls,
        added_incidents=added_incidents,
    )


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
    rough = _ROUGHNESS[later.kernel] / later.bandwidth_m**2 * 1e6
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
