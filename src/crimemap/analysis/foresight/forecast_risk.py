"""
The methods of density maps that are divided by something: cells ranked by a rate, or by a relative risk, of the past.

Both take what is at risk to stand at the centres of cells, as past incidents do. A kernel at an edge is divided by the part
of it over the study area, which is summed over the cells likewise: what is even then has the same density everywhere.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.density.kernels import Kernel, kernel_shape
from crimemap.analysis.density.relative_risk import FEWEST, LEAST_REACHING
from crimemap.analysis.foresight.forecast import ForecastCells, History, Method
from crimemap.analysis.foresight.forecast_kernels import smooth_cells
from crimemap.checks import require_positive
from crimemap.errors import InputError

__all__ = ["edge_corrected", "rate_smoothed", "relative_risk_smoothed"]

_M2_PER_KM2: Final = 1e6

Floats = NDArray[np.float64]


def edge_corrected(number: NDArray[np.generic], cells: ForecastCells, *, bandwidth_m: float, kernel: Kernel) -> Floats:
    """
    Spread numbers from the centres of cells, and give back what kernels lose beyond the study area.

    Parameters
    ----------
    number
        Shape (n_cells,). Of each cell.
    cells
        The cells of the study area.
    bandwidth_m, kernel
        As `smooth_cells` takes them.

    Returns
    -------
    ndarray of float64
        Shape (n_cells,). Per square kilometre, at the centres.

    Raises
    ------
    InputError
        As `smooth_cells`.

    Examples
    --------
    Two to the cell everywhere, of four cells of half a kilometre, is eight to the square kilometre.

    >>> from crimemap.analysis.foresight.forecast import forecast_cells
    >>> cells = forecast_cells([2.5e5] * 4, easting=[5e5, 500_500, 501_000, 501_500], northing=[2e5] * 4)
    >>> edge_corrected(np.full(4, 2), cells, bandwidth_m=800, kernel="quartic").round(9).tolist()
    [8.0, 8.0, 8.0, 8.0]
    """
    x, y = cells.centres()
    spread = smooth_cells(number, x, y, bandwidth_m=bandwidth_m, kernel=kernel)
    mass = smooth_cells(cells.area_m2 / _M2_PER_KM2, x, y, bandwidth_m=bandwidth_m, kernel=kernel)
    return np.asarray(spread / mass, dtype=np.float64)


def _last_where_unknown(value: Floats) -> Floats:
    """Give cells without a value a lower one than all that have one."""
    known = np.isfinite(value)
    return np.where(known, value, (value[known].min() if known.any() else 0.0) - 1.0)


def rate_smoothed(people: Floats, *, bandwidth_m: float, kernel: Kernel = "quartic", least_per_km2: float = 100.0) -> Method:
    """
    Rank cells by the density of past incidents over that of the people.

    It says where the risk of a person is high, which need not be where there will be many incidents.

    Parameters
    ----------
    people
        Shape (n_cells,). People of each cell, 0 or more.
    bandwidth_m, kernel
        Of both densities, as `kernel_density` takes them.
    least_per_km2
        Cells with fewer people, smoothed and corrected at the edge, have no rate and come last.

    Raises
    ------
    ParameterError
        If there is no such kernel, or the bandwidth or the least density is not above 0.
    InputError
        If people are missing or negative.

    Examples
    --------
    >>> rate_smoothed(np.ones(3), bandwidth_m=500).name
    'rate:quartic:500'
    """
    kernel_shape(kernel)
    width = require_positive(bandwidth_m, name="bandwidth_m", unit="metres")
    least = require_positive(least_per_km2, name="least_per_km2", unit="per km²")
    number = np.array(people, dtype=np.float64).ravel()
    if not np.isfinite(number).all() or (number < 0).any():
        raise InputError("people of a cell are missing or negative", where="people", fix="Give 0 or more for each.")

    def forecast(history: History) -> Floats:
        x, y = history.cells.centres()
        past = smooth_cells(history.last(len(history.months)), x, y, bandwidth_m=width, kernel=kernel)
        there = smooth_cells(number, x, y, bandwidth_m=width, kernel=kernel)
        enough = edge_corrected(number, history.cells, bandwidth_m=width, kernel=kernel) >= least
        return _last_where_unknown(np.where(enough, past / np.where(enough, there, 1.0), np.nan))

    return Method(
        name=f"rate:{kernel}:{width:g}",
        title=f"incidents by people, {kernel} kernels of {width:g} m",
        forecast=forecast,
        parameters={"kernel": kernel, "bandwidth_m": width, "least_per_km2": least},
    )


def relative_risk_smoothed(
    controls: Callable[[tuple[str, ...]], Floats],
    *,
    bandwidth_m: float,
    kernel: Kernel = "gaussian",
    added_incidents: float = 1.0,
) -> Method:
    """
    Rank cells by the log ratio of two densities of the past, as `relative_risk` maps it.

    It says where there is more of the one kind than of the other, which need not be where there will be many incidents.

    Parameters
    ----------
    controls
        Gives those of the other kind in each cell, shape (n_cells,), from the months of the training period that have data.
        It is asked for no other month.
    bandwidth_m, kernel, added_incidents
        As `relative_risk` takes them. Cells that hardly anything of either reaches come last; where there are fewer than 3
        of either in the training period all cells are alike.

    Raises
    ------
    ParameterError
        If there is no such kernel or the bandwidth is not above 0.

    Examples
    --------
    >>> relative_risk_smoothed(lambda months: np.ones(3), bandwidth_m=500).name
    'risk:gaussian:500'
    """
    shape = kernel_shape(kernel)
    width = require_positive(bandwidth_m, name="bandwidth_m", unit="metres")

    def forecast(history: History) -> Floats:
        number = [np.asarray(history.last(len(history.months)), dtype=np.float64), np.asarray(controls(history.months))]
        n_cases, n_controls = (float(one.sum()) for one in number)
        if min(n_cases, n_controls) < FEWEST:
            return np.zeros(len(history.cells))
        km2 = history.cells.area_m2 / _M2_PER_KM2
        spread = [edge_corrected(one, history.cells, bandwidth_m=width, kernel=kernel) for one in number]
        shares = [one / (one @ km2) for one in spread]
        one_incident = shape.peak / width**2 * _M2_PER_KM2 / (n_cases + n_controls)
        reaching = (n_cases * shares[0] + n_controls * shares[1]) / (n_cases + n_controls)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.log((shares[0] + added_incidents * one_incident) / (shares[1] + added_incidents * one_incident))
        return _last_where_unknown(np.where(reaching >= LEAST_REACHING * one_incident, ratio, np.nan))

    return Method(
        name=f"risk:{kernel}:{width:g}",
        title=f"relative risk beside other incidents, {kernel} kernels of {width:g} m",
        forecast=forecast,
        parameters={"kernel": kernel, "bandwidth_m": width, "added_incidents": added_incidents},
    )
