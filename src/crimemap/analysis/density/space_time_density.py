"""
Space-time kernel density: incidents per square kilometre and day, at chosen moments.

The product of a kernel over the plane and one over time (Brunsdon, Corcoran and Higgs 2007,
doi:10.1016/j.compenvurbsys.2005.07.009)::

    f(x, t) = sum_i w_i k_h(x - x_i) m_i(t)
    m_i(t)  = mean over s from t_i to u_i of k_b(t - s), over the share of it that lies in the period

An incident of which only a month is known, or two moments between which it happened, is spread evenly over that time: that
is the aoristic weight (Ratcliffe 2000, doi:10.1080/136588100424963), so months are never taken for their first day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from crimemap.analysis.density.bandwidth import require_weights
from crimemap.analysis.density.frame import Extent, frame_around
from crimemap.analysis.density.kde import kernel_density
from crimemap.analysis.density.kernels import Kernel, kernel_shape
from crimemap.analysis.density.surface import Surface
from crimemap.checks import require_coordinates, require_positive
from crimemap.errors import EmptyInputError, InputError, ParameterError

__all__ = ["SpaceTimeDensity", "TimeKernel", "space_time_density"]

TimeKernel = Literal["epanechnikov", "gaussian", "uniform"]
#: Bandwidths that a moment is taken to last.
_SHORTEST: Final = 1e-5

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpaceTimeDensity:
    """
    Densities at some moments.

    Attributes
    ----------
    time_days
        Shape (n_times,). The moments, days.
    density_per_km2_day
        Shape (n_times, n_rows, n_columns). Incidents per square kilometre and day; NaN outside the study area.
    surface
        The cells, and what made each density; its own density is that of the last moment.
    time_kernel, time_bandwidth_days
        Radius of the kernel over time (standard deviation of the Gaussian).
    period_days
        First and last moment of the time in which incidents are known.
    """

    time_days: Floats
    density_per_km2_day: Floats
    surface: Surface
    time_kernel: TimeKernel
    time_bandwidth_days: float
    period_days: tuple[float, float]

    @property
    def parameters(self) -> dict[str, Any]:
        """What made these densities."""
        return self.surface.parameters | {
            "time_kernel": self.time_kernel,
            "time_bandwidth_days": self.time_bandwidth_days,
            "period_days": list(self.period_days),
        }


def _epanechnikov(u: Floats) -> Floats:
    u = np.clip(u, -1.0, 1.0)
    return np.asarray(0.5 + 0.75 * (u - u**3 / 3))


def _uniform(u: Floats) -> Floats:
    return np.asarray((np.clip(u, -1.0, 1.0) + 1) / 2)


#: Share of a kernel before a moment, in bandwidths from its middle.
_BEFORE: Final[dict[str, Callable[[Floats], Floats]]] = {
    "epanechnikov": _epanechnikov,
    "gaussian": lambda u: np.asarray(ndtr(u)),
    "uniform": _uniform,
}


def _within(name: TimeKernel, middle: Floats, period: tuple[float, float], width: float) -> Floats:
    """Give the share of a kernel that lies in the period."""
    before = _BEFORE[name]
    return before((period[1] - middle) / width) - before((period[0] - middle) / width)


def space_time_density(
    easting: ArrayLike,
    northing: ArrayLike,
    time_days: ArrayLike,
    *,
    at_days: ArrayLike,
    period_days: tuple[float, float],
    bandwidth_m: float,
    time_bandwidth_days: float,
    until_days: ArrayLike | None = None,
    time_kernel: TimeKernel = "epanechnikov",
    cell_size_m: float = 100.0,
    kernel: Kernel = "quartic",
    weights: ArrayLike | None = None,
    extent: Extent | None = None,
    study_area: object = None,
) -> SpaceTimeDensity:
    """
    Spread incidents over the plane and over time.

    Parameters
    ----------
    easting, northing
        Shape (n,). Metres, EPSG:27700.
    time_days
        Shape (n,). When each happened, or the earliest that it may have: days from any one moment.
    at_days
        Shape (n_times,). Where densities are wanted, in the period.
    period_days
        From when to when incidents are known. What a kernel loses beyond it is given back (edge correction in time).
    bandwidth_m, kernel, cell_size_m, weights, extent, study_area
        As `kernel_density` takes them.
    time_bandwidth_days
        Radius of the kernel over time (standard deviation of the Gaussian), days.
    until_days
        Shape (n,). The latest that each may have happened: 28 to 31 days after `time_days` where only the month is known.
    time_kernel
        `epanechnikov`, `gaussian` or `uniform`.

    Returns
    -------
    SpaceTimeDensity

    Raises
    ------
    InputError
        As `kernel_density`; or if an incident ends before it begins, or lies outside the period.
    ParameterError
        As `kernel_density`; or if the period or the bandwidth is not above 0, or a moment is outside the period.

    Examples
    --------
    >>> found = space_time_density([5050.0] * 3, [5050.0] * 3, [1, 2, 9], at_days=[2, 9], period_days=(0, 10),
    ...     bandwidth_m=500, time_bandwidth_days=2)
    >>> found.density_per_km2_day.max(axis=(1, 2)).round(3).tolist()
    [2.706, 1.698]
    """
    x, y = require_coordinates(easting, northing, where="incidents")
    w = require_weights(weights, x.size)
    begin, end, at = _times(time_days, until_days, at_days, period_days, x.size)
    width = require_positive(time_bandwidth_days, name="time_bandwidth_days", unit="days")
    if time_kernel not in get_args(TimeKernel):
        fix = f"Take one of: {', '.join(get_args(TimeKernel))}."
        raise ParameterError(f"{time_kernel!r} is no kernel over time", where="time_kernel", fix=fix)
    if not w.any():
        raise EmptyInputError("there are no incidents", where="incidents", fix="Take a longer period or a larger area.")
    if extent is None and study_area is None:
        reach = require_positive(bandwidth_m, name="bandwidth_m", unit="metres") * kernel_shape(kernel).reach
        extent = frame_around(x, y, reach, w)
    before, middle, half = _BEFORE[time_kernel], (begin + end) / 2, np.maximum((end - begin) / 2, _SHORTEST * width)
    # By symmetry the mean of k(t - s) over s is the share of a kernel at t that lies between the two, over their distance.
    kept = _within(time_kernel, middle, period_days, width)
    layers: list[Floats | None] = []
    last: Surface | None = None
    for moment in at.tolist():
        share = (before((middle + half - moment) / width) - before((middle - half - moment) / width)) / (2 * half)
        of_moment = w * share / kept
        if of_moment.any():
            last = kernel_density(
                x,
                y,
                bandwidth_m=bandwidth_m,
                cell_size_m=cell_size_m,
                kernel=kernel,
                weights=of_moment,
                extent=extent,
                study_area=study_area,
            )
            layers.append(last.density_per_km2)
        else:
            layers.append(None)
    if last is None:
        raise EmptyInputError(
            "no incident is near any of the moments", where="at_days", fix="Take other moments or a wider bandwidth."
        )
    nothing = np.where(last.inside, 0.0, np.nan)
    return SpaceTimeDensity(
        time_days=at,
        density_per_km2_day=np.stack([nothing if layer is None else layer for layer in layers]),
        surface=last,
        time_kernel=time_kernel,
        time_bandwidth_days=width,
        period_days=period_days,
    )


def _times(
    time_days: ArrayLike, until_days: ArrayLike | None, at_days: ArrayLike, period: tuple[float, float], n: int
) -> tuple[Floats, Floats, Floats]:
    if not (np.isfinite(period).all() and period[0] < period[1]):
        raise ParameterError("the period is not from earlier to later", where="period_days", fix="Give two moments in days.")
    begin = np.asarray(time_days, dtype=np.float64).ravel()
    end = begin if until_days is None else np.asarray(until_days, dtype=np.float64).ravel()
    at = np.asarray(at_days, dtype=np.float64).ravel()
    if begin.size != n or end.size != n:
        raise InputError(f"{begin.size} times for {n} positions", where="time_days", fix="Give one for each position.")
    bad = int((~(np.isfinite(begin) & np.isfinite(end)) | (end < begin)).sum())
    if bad:
        raise InputError(
            f"{bad} of {n} incidents have no time, or end before they begin", where="time_days", fix="Leave them out."
        )
    outside = int(((begin < period[0]) | (end > period[1])).sum())
    if outside:
        raise InputError(f"{outside} of {n} incidents lie outside the period", where="period_days", fix="Widen the period.")
    if not at.size or not ((at >= period[0]) & (at <= period[1])).all():
        raise ParameterError("a moment lies outside the period", where="at_days", fix="Give moments in the period.")
    return begin, end, at
