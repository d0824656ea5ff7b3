"""
Baselines: plain ways to say where crime will be, which any method has to beat to be worth its trouble.

Counting the last year is a strong one: places that had much crime keep having it.
"""

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.foresight.forecast import History, Method
from crimemap.errors import ParameterError
from crimemap.periods import month_after

__all__ = ["even", "last_months", "population", "random_order", "same_season"]

Floats = NDArray[np.float64]
_YEAR = 12


def last_months(n_months: int) -> Method:
    """
    Expect what the last months that have data had.

    Parameters
    ----------
    n_months
        1 or more.

    Raises
    ------
    ParameterError
        If there is no month.

    Examples
    --------
    >>> last_months(12).name
    'last:12'
    """
    if n_months < 1:
        raise ParameterError(f"{n_months} months hold no counts", where="method", fix="Give 1 or more.")

    def forecast(history: History) -> Floats:
        return history.expected(history.last(n_months), months=history.months_in(n_months))

    return Method(
        name=f"last:{n_months}",
        title="counting the last month" if n_months == 1 else f"counting the last {n_months} months",
        forecast=forecast,
        training_months=n_months,
        calibrated=True,
        baseline=True,
        parameters={"months": n_months},
    )


def same_season() -> Method:
    """Expect what the same months had a year ago; where those have no data, what the whole training period had."""

    def forecast(history: History) -> Floats:
        wanted = [month_after(month, -_YEAR) for month in history.test_months]
        at = [history.months.index(month) for month in wanted if month in history.months]
        longest = history.training_months or len(history.months)
        if longest < _YEAR or len(wanted) > _YEAR:
            raise ParameterError(
                "the same months of last year are not in the training period",
                where="training_months",
                fix=f"Take a training period of {_YEAR} months or more and a test period of up to {_YEAR}.",
            )
        at = at or list(range(len(history.months)))
        return history.expected(history.counts[:, at].sum(axis=1), months=len(at))

    return Method(
        name="season",
        title="counting the same months of last year",
        forecast=forecast,
        training_months=_YEAR,
        calibrated=True,
        baseline=True,
    )


def even() -> Method:
    """Expect the same everywhere: what choosing at random catches on average, a PAI of 1."""

    def forecast(history: History) -> Floats:
        in_test = float(history.counts.sum()) / len(history.months) * len(history.test_months)
        return np.full(len(history.cells), in_test / history.cells.area_m2.sum() * 1e6)

    return Method(
        name="area", title="the same everywhere", forecast=forecast, training_months=1, calibrated=True, baseline=True
    )


def random_order() -> Method:
    """Rank the cells by lot, anew for each test period."""

    def forecast(history: History) -> Floats:
        return history.rng.random(len(history.cells))

    return Method(name="random", title="drawing lots", forecast=forecast, training_months=1, baseline=True)


def population() -> Method:
    """Expect incidents in proportion to the people who live in a cell."""

    def forecast(history: History) -> Floats:
        people = history.cells.population
        if people is None or not people.sum() > 0:
            raise ParameterError(
                "it is not known how many people live in the cells", where="population", fix="Name small areas with people."
            )
        return history.expected(history.counts.sum() * people / people.sum(), months=len(history.months))

    return Method(name="population", title="residents", forecast=forecast, training_months=1, calibrated=True, baseline=True)
