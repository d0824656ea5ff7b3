"""
The relative risk of two kinds of incident: where cases are denser than controls would have it.

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
from crimemap.analysis.density.surface import Surface
from crimemap.analysis.density.window import Window, inside_window, window_of
from crimemap.checks import require_coordinates, require_positive
from crimemap.errors import EmptyInputError, ParameterError

__all__ = ["FEWEST", "LEAST_REACHING", "RelativeRisk", "relative_risk"]

#: Incidents of a kind below which there is no surface.
FEWEST: Final = 3
#: Incidents of both kinds that have to reach a place for it to have a ratio; less is what a kernel's far tail leaves.
LEAST_REACHING: Final = 0.01

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
    if w[kept].sum() < FEWEST:
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
    found[row, column] = kernel_shape(kernel).roughness / width**2 * squared / mass**2
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
        ratio = np.where(np.isfinite(ratio) & (reaching >= LEAST_REACHING * one), ratio, np.nan)
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
