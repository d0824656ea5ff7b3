"""
Forecasts: methods that turn the counts of past months into the risk of the months to come.

A method is a name and a function of a `History`: counts of cells by month up to the day of the forecast, and nothing after
it. It gives risk per square kilometre, so that cells of different sizes can be ranked. Whoever calls it calibrated says that
the risk is the number of incidents expected in the test period, for each square kilometre.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from crimemap.checks import require_coordinates
from crimemap.errors import InputError, ParameterError

__all__ = ["ForecastCells", "History", "Incidents", "Method", "forecast_cells"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ForecastCells:
    """
    What methods may know of the cells.

    Attributes
    ----------
    area_m2
        Shape (n_cells,). Area inside the study area, square metres.
    easting, northing
        Shape (n_cells,). Centres, metres, EPSG:27700; None where no method needs them.
    neighbours
        Makes the matrix of neighbours, each cell its own, for a ring; None where no method needs it.
    population
        Shape (n_cells,). People who live in each cell; None where not known.
    """

    area_m2: Floats
    easting: Floats | None = None
    northing: Floats | None = None
    neighbours: Callable[[int], csr_array] | None = None
    population: Floats | None = None

    def __len__(self) -> int:
        """Count the cells."""
        return int(self.area_m2.size)

    def centres(self) -> tuple[Floats, Floats]:
        """Give the centres, or say that they are needed."""
        if self.easting is None or self.northing is None:
            raise ParameterError("this method needs the cells' centres", where="cells", fix="Give eastings and northings.")
        return self.easting, self.northing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Incidents:
    """
    Dated incidents, for methods that look at single days. police.uk publishes months only.

    Attributes
    ----------
    easting, northing
        Shape (n,). Metres, EPSG:27700.
    day
        Shape (n,). Days as `datetime64[D]`.
    """

    easting: Floats
    northing: Floats
    day: NDArray[np.datetime64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class History:
    """
    All that a method may know when it makes a forecast.

    Attributes
    ----------
    counts
        Shape (n_cells, n_months). Incidents by cell and month of the training period, the latest month last; months without
        data are not among them. Read only.
    months
        These months, YYYY-MM.
    test_months
        The months to forecast.
    cells
        The cells.
    rng
        For methods that draw.
    incidents
        Dated incidents of the training period, where the source has days; else None.
    training_months
        Length of the training period, months without data included; that of `months` where not given.
    """

    counts: NDArray[np.int64]
    months: tuple[str, ...]
    test_months: tuple[str, ...]
    cells: ForecastCells
    rng: np.random.Generator
    incidents: Incidents | None = None
    training_months: int | None = None

    def months_in(self, n_months: int) -> int:
        """Say how many months `last` adds up: fewer than asked for where months of the training period have no data."""
        return min(n_months, len(self.months))

    def last(self, n_months: int) -> NDArray[np.int64]:
        """
        Sum the counts of the last months that have data, `months_in` of them.

        Raises
        ------
        ParameterError
            If the training period is shorter.
        """
        longest = self.training_months or len(self.months)
        if n_months > longest:
            raise ParameterError(
                f"the last {n_months} months are wanted of a training period of {longest}",
                where="training_months",
                fix=f"Take a training period of {n_months} months or more.",
            )
        return np.asarray(self.counts[:, len(self.months) - self.months_in(n_months) :].sum(axis=1), dtype=np.int64)

    def expected(self, counts: ArrayLike, *, months: float) -> Floats:
        """Turn counts of so many months into what the test period would have at that pace, per square kilometre."""
        per_month = np.asarray(counts, dtype=np.float64) / months
        return np.asarray(per_month * len(self.test_months) / self.cells.area_m2 * 1e6, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """
    A method to be back-tested.

    Attributes
    ----------
    name
        Stands in tables.
    title
        Says it in words.
    forecast
        Gives risk per square kilometre, shape (n_cells,), from a history.
    training_months
        Months that it needs at least.
    calibrated
        Whether the risk is incidents expected.
    baseline
        Whether it is a plain way that others have to beat.
    needs_days
        Whether it needs dated incidents.
    parameters
        What it was made with.
    """

    name: str
    title: str
    forecast: Callable[[History], ArrayLike]
    training_months: int = 1
    calibrated: bool = False
    baseline: bool = False
    needs_days: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)


def forecast_cells(
    area_m2: ArrayLike,
    *,
    easting: ArrayLike | None = None,
    northing: ArrayLike | None = None,
    neighbours: Callable[[int], csr_array] | None = None,
    population: ArrayLike | None = None,
) -> ForecastCells:
    """
    Describe cells to methods.

    Parameters
    ----------
    area_m2
        Shape (n_cells,). Area inside the study area, square metres, above 0.
    easting, northing
        Shape (n_cells,). Centres, metres, EPSG:27700.
    neighbours
        Function of a ring that gives the matrix of neighbours, each cell its own.
    population
        Shape (n_cells,). People, 0 or more.

    Raises
    ------
    InputError
        If lengths differ or a number cannot be used.

    Examples
    --------
    >>> len(forecast_cells([1e4, 1e4, 5e3]))
    3
    """
    area = np.asarray(area_m2, dtype=np.float64).ravel()
    if not area.size or not np.isfinite(area).all() or (area <= 0).any():
        raise InputError("an area of a cell is not above 0", where="cells", fix="Leave out cells outside the study area.")
    x = y = people = None
    if easting is not None and northing is not None:
        x, y = require_coordinates(easting, northing, where="cells")
        if x.size != area.size:
            raise InputError(f"{x.size} centres for {area.size} cells", where="cells", fix="Give one for each cell.")
    if population is not None:
        people = np.asarray(population, dtype=np.float64).ravel()
        if people.size != area.size or not np.isfinite(people).all() or (people < 0).any():
            raise InputError("people of a cell are missing or negative", where="population", fix="Give 0 or more for each.")
    return ForecastCells(area_m2=area, easting=x, northing=y, neighbours=neighbours, population=people)
