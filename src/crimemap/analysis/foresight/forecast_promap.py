"""ProMap as a method to be back-tested: the risk that recent incidents leave behind."""

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.foresight.forecast import History, Method
from crimemap.checks import require_positive
from crimemap.errors import ParameterError

__all__ = ["prospective"]

Floats = NDArray[np.float64]


def prospective(*, reach_m: float = 400.0, reach_days: float = 60.0) -> Method:
    """
    Rank cells by `promap` on the day on which the test period begins.

    Parameters
    ----------
    reach_m, reach_days
        Incidents nearer and more recent than this count, as `promap` takes them.

    Raises
    ------
    ParameterError
        If one is not above 0. The method itself raises it where the days of incidents are not known.

    Examples
    --------
    >>> prospective().name
    'promap:400:60'
    """
    reach = require_positive(reach_m, name="reach_m", unit="metres")
    days = require_positive(reach_days, name="reach_days", unit="days")

    def forecast(history: History) -> Floats:
        from crimemap.analysis.over_time.promap import promap  # noqa: PLC0415 - numba is slow to load

        dated = history.incidents
        if dated is None:
            raise ParameterError("the days of incidents are not known", where="promap", fix="Take a source with dates.")
        x, y = history.cells.centres()
        day = dated.day.astype("datetime64[D]").astype(np.float64)
        # An incident of the day before is half a day old at midnight, as one whose hour is not known is on average.
        on_day = float(np.datetime64(history.test_months[0], "D").astype(np.int64))
        return promap(dated.easting, dated.northing, day + 0.5, x, y, on_day=on_day, reach_m=reach, reach_days=days).risk

    return Method(
        name=f"promap:{reach:g}:{days:g}",
        title=f"ProMap of {reach:g} m and {days:g} days",
        forecast=forecast,
        needs_days=True,
        parameters={"reach_m": reach, "reach_days": days},
    )
