"""Methods that smooth or weigh past counts (kernel density, Gi*, counts slowly forgotten), and methods by their names."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from crimemap.analysis.density.kernels import Kernel, kernel_shape
from crimemap.analysis.foresight.baselines import even, last_months, population, random_order, same_season
from crimemap.analysis.foresight.forecast import History, Method
from crimemap.analysis.foresight.forecast_promap import prospective
from crimemap.analysis.hotspots.gistar import gistar
from crimemap.checks import require_positive
from crimemap.errors import ParameterError
from crimemap.periods import month_index

__all__ = [
    "METHOD_FORMS",
    "decayed",
    "default_baselines",
    "default_methods",
    "gistar_score",
    "kernel_smoothed",
    "methods_named",
]

Floats = NDArray[np.float64]


def _width(history: History, bandwidth_m: float, name: str) -> float:
    """Refuse a bandwidth so narrow that each centre would see its own cell alone."""
    side = float(np.sqrt(np.median(history.cells.area_m2)))
    if bandwidth_m < side:
        raise ParameterError(
            f"{name}: a bandwidth of {bandwidth_m:g} m is smaller than a cell, which is some {side:.0f} m wide",
            where="method",
            fix="Take a wider bandwidth or smaller cells.",
        )
    return bandwidth_m


def kernel_smoothed(*, bandwidth_m: float, kernel: Kernel = "quartic", months: int | None = None) -> Method:
    """
    Expect the kernel density of past incidents, each at the centre of its cell.

    Parameters
    ----------
    bandwidth_m
        Radius of the kernel (standard deviation of the Gaussian), metres.
    kernel
        As `kernel_density` takes it.
    months
        Months that are smoothed; the whole training period where not given.

    Raises
    ------
    ParameterError
        If there is no such kernel or the bandwidth is not above 0.

    Examples
    --------
    >>> kernel_smoothed(bandwidth_m=500).name
    'kde:quartic:500'
    """
    kernel_shape(kernel)
    width = require_positive(bandwidth_m, name="bandwidth_m", unit="metres")
    name = f"kde:{kernel}:{width:g}" + ("" if months is None else f":{months}")

    def forecast(history: History) -> Floats:
        from crimemap.analysis.foresight.forecast_kernels import smooth_cells  # noqa: PLC0415 - numba is slow to load

        used = len(history.months) if months is None else history.months_in(months)
        x, y = history.cells.centres()
        density = smooth_cells(history.last(used), x, y, bandwidth_m=_width(history, width, name), kernel=kernel)
        return density * (len(history.test_months) / used)

    return Method(
        name=name,
        title=f"{kernel} kernel density of {width:g} m",
        forecast=forecast,
        training_months=months or 1,
        calibrated=True,
        parameters={"kernel": kernel, "bandwidth_m": width, "months": months},
    )


def decayed(*, half_life_months: float, bandwidth_m: float | None = None, kernel: Kernel = "quartic") -> Method:
    """
    Expect past counts, the older the less, smoothed by a kernel where a bandwidth is given.

    A month counts half as much as one that is `half_life_months` later.

    Parameters
    ----------
    half_life_months
        Above 0.
    bandwidth_m, kernel
        As `kernel_smoothed` takes them.

    Raises
    ------
    ParameterError
        If a parameter cannot be used.

    Examples
    --------
    >>> decayed(half_life_months=3, bandwidth_m=500).name
    'decay:3:quartic:500'
    """
    kernel_shape(kernel)
    half = require_positive(half_life_months, name="half_life_months", unit="months")
    width = None if bandwidth_m is None else require_positive(bandwidth_m, name="bandwidth_m", unit="metres")
    name = f"decay:{half:g}" + ("" if width is None else f":{kernel}:{width:g}")

    def forecast(history: History) -> Floats:
        index = np.array([month_index(month) for month in history.months])
        weight = 0.5 ** ((month_index(history.test_months[0]) - 1 - index) / half)
        weighted = history.counts @ (weight / weight.sum())
        if width is None:
            return history.expected(weighted, months=1)
        from crimemap.analysis.foresight.forecast_kernels import smooth_cells  # noqa: PLC0415 - numba is slow to load

        x, y = history.cells.centres()
        density = smooth_cells(weighted, x, y, bandwidth_m=_width(history, width, name), kernel=kernel)
        return density * len(history.test_months)

    smoothed = "" if width is None else f", smoothed by a {kernel} kernel of {width:g} m"
    return Method(
        name=name,
        title=f"counts with a half-life of {half:g} months{smoothed}",
        forecast=forecast,
        calibrated=True,
        parameters={"half_life_months": half, "kernel": None if width is None else kernel, "bandwidth_m": width},
    )


def gistar_score(*, ring: int = 1, neighbours: csr_array | None = None, said: str = "") -> Method:
    """
    Rank cells by the z of Gi* over the whole training period.

    Parameters
    ----------
    ring
        Neighbours are the cells within so many steps.
    neighbours
        Shape (n_cells, n_cells). Neighbours chosen otherwise, each cell its own.
    said
        How they were chosen, for the name.

    Examples
    --------
    >>> gistar_score(ring=2).name
    'gistar:2'
    """
    if not 1 <= ring <= MOST_RINGS:
        found = "has no neighbours" if ring < 1 else "would make neighbours of cells far apart"
        raise ParameterError(f"a ring of {ring} {found}", where="method", fix=f"Give 1 to {MOST_RINGS}.")

    def forecast(history: History) -> Floats:
        around = neighbours
        if around is None:
            if history.cells.neighbours is None:
                raise ParameterError("Gi* needs to know which cells are neighbours", where="cells", fix="Give neighbours.")
            around = history.cells.neighbours(ring)
        return gistar(history.last(len(history.months)), around, test="normal").z

    how = said or f"a ring of {ring}"
    return Method(
        name=f"gistar:{ring}" if neighbours is None else "gistar",
        title=f"Gi* with {how}",
        forecast=forecast,
        parameters={"neighbours": how},
    )


#: How methods are written, and what they are.
#: Steps to the farthest neighbours; neighbours grow with the square of it, and so does the memory.
MOST_RINGS: Final = 10

METHOD_FORMS: Final = {
    "last:MONTHS": "counts of the last months (baseline)",
    "season": "counts of the same months of last year (baseline)",
    "area": "the same everywhere, what choosing at random catches on average (baseline)",
    "random": "cells by lot (baseline)",
    "population": "residents (baseline)",
    "kde:KERNEL:METRES": "kernel density over the training period; kde:KERNEL:METRES:MONTHS over the last months of it",
    "gistar:RING": "z of Gi*",
    "promap:METRES:DAYS": "ProMap, where the days of incidents are known",
    "decay:MONTHS": "counts forgotten with this half-life",
    "decay:MONTHS:KERNEL:METRES": "the same, smoothed",
}


def _whole(text: str) -> int:
    number = float(text)
    if number != int(number):
        raise ValueError(text)
    return int(number)


def _one(parts: Sequence[str]) -> Method:
    kind, given = parts[0], parts[1:]
    makers: dict[tuple[str, int], Callable[[], Method]] = {
        ("last", 1): lambda: last_months(_whole(given[0])),
        ("season", 0): same_season,
        ("area", 0): even,
        ("random", 0): random_order,
        ("population", 0): population,
        ("kde", 2): lambda: kernel_smoothed(kernel=given[0], bandwidth_m=float(given[1])),  # type: ignore[arg-type]
        ("kde", 3): lambda: kernel_smoothed(
            kernel=given[0],  # type: ignore[arg-type]
            bandwidth_m=float(given[1]),
            months=_whole(given[2]),
        ),
        ("gistar", 1): lambda: gistar_score(ring=_whole(given[0])),
        ("promap", 2): lambda: prospective(reach_m=float(given[0]), reach_days=float(given[1])),
        ("decay", 1): lambda: decayed(half_life_months=float(given[0])),
        ("decay", 3): lambda: decayed(
            half_life_months=float(given[0]),
            kernel=given[1],  # type: ignore[arg-type]
            bandwidth_m=float(given[2]),
        ),
    }
    if (kind, len(given)) not in makers:
        raise ValueError(kind)
    return makers[kind, len(given)]()


def methods_named(text: str) -> tuple[Method, ...]:
    """
    Read methods as they are written on the command line: separated by commas, values of a grid by strokes.

    Raises
    ------
    ParameterError
        If one is not written as any of `METHOD_FORMS`, or comes twice.

    Examples
    --------
    >>> [method.name for method in methods_named("kde:quartic/gaussian:300/500, gistar:1")]
    ['kde:quartic:300', 'kde:quartic:500', 'kde:gaussian:300', 'kde:gaussian:500', 'gistar:1']
    """
    found = []
    for written in filter(None, (part.strip() for part in text.split(","))):
        for parts in product(*(part.split("/") for part in written.split(":"))):
            try:
                found.append(_one(parts))
            except (ValueError, OverflowError):
                raise ParameterError(
                    f"{':'.join(parts)[:40]!r} is no method",
                    where="methods",
                    fix=f"Write one of: {', '.join(METHOD_FORMS)}.",
                ) from None
    names = [method.name for method in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not found:
        raise ParameterError(
            f"{twice[0]} is named twice" if twice else "no method is named", where="methods", fix="Name each once."
        )
    return tuple(found)


def default_baselines(*, training_months: int, test_months: int = 1, people: bool = False) -> tuple[Method, ...]:
    """Give the plain methods that a training period allows, counting the whole of it among them."""
    found = [last_months(n) for n in sorted({1, 3, 12, training_months}) if n <= training_months]
    if training_months >= 12 >= test_months:  # noqa: PLR2004 - months of a year
        found.append(same_season())
    if people:
        found.append(population())
    return (*found, even(), random_order())


def default_methods(*, cell_width_m: float) -> tuple[Method, ...]:
    """
    Give methods that suit a size of cells: bandwidths of two and four cells, rounded to two digits.

    Examples
    --------
    >>> [method.name for method in default_methods(cell_width_m=325.0)]
    ['kde:quartic:650', 'kde:quartic:1300', 'kde:gaussian:650', 'gistar:1', 'decay:6:quartic:650']
    """
    narrow, wide = (float(f"{n * cell_width_m:.2g}") for n in (2, 4))
    return (
        kernel_smoothed(bandwidth_m=narrow),
        kernel_smoothed(bandwidth_m=wide),
        kernel_smoothed(bandwidth_m=narrow, kernel="gaussian"),
        gistar_score(ring=1),
        decayed(half_life_months=6, bandwidth_m=narrow),
    )
