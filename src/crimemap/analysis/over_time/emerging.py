"""
Emerging hotspots: which cells became hot, stayed hot, or were hot once.

A cube of cells by periods. Gi* compares every cell and its neighbours with all cells of the same period; the correction for
having looked takes all cells and periods together, so that over a cube without any hotspot the chance that a single cell
is called hot or cold in a single period is at most `alpha`. The trend of a cell is Mann-Kendall's over its z. The
categories are those of ESRI's Emerging Hot Spot Analysis, whose names the field uses, written so that each cell has
exactly one:

=============  =======================================================================================================
category       the cell is hot (or cold) ...
=============  =======================================================================================================
new            in the last period, and never before
consecutive    in a run of at least two periods that ends with the last, never before, in under 90 % of periods
intensifying   in at least 90 % of periods, the last among them, and z moves further from 0
persistent     in at least 90 % of periods, the last among them, and z has no clear trend
diminishing    in at least 90 % of periods, the last among them, and z moves back towards 0
sporadic       in the last period and on and off before, in under 90 %, never being the opposite
oscillating    in the last period, in under 90 %, and was the opposite before
historical     not in the last period, but in at least 90 % of periods
=============  =======================================================================================================

What a cell is in the last period comes before what it was. Periods without data are left out: they are neither hot nor not
hot, a run goes on over them, and "last" is the last that has data.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from crimemap.analysis.hotspots.gistar import gistar
from crimemap.analysis.over_time.mann_kendall import MannKendall, mann_kendall
from crimemap.analysis.significance import Correction, adjusted_p_values, require_alpha
from crimemap.errors import EmptyInputError, InputError, ParameterError

__all__ = ["CATEGORIES", "FEWEST_PERIODS", "NO_PATTERN", "CubeTest", "Emerging", "classify", "emerging_hotspots"]

#: Shuffles that are drawn have a least p-value, which a correction over a whole cube cannot work with.
CubeTest = Literal["exact", "normal"]

CATEGORIES: Final = (
    "new", "consecutive", "intensifying", "persistent", "diminishing", "sporadic", "oscillating", "historical",
)  # fmt: skip
NO_PATTERN: Final = "none"
FEWEST_PERIODS: Final = 3
_ALMOST_ALWAYS: Final = 0.9

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Emerging:
    """
    The course of every cell, in the order of the cells.

    Attributes
    ----------
    category
        Shape (n,). `new hot`, `historical cold` ... or `none`.
    state
        Shape (n, t). 1 hot, -1 cold, 0 neither; 0 too where there are no data.
    known
        Shape (t,). Which periods have data.
    z, q_value
        Shape (n, t). Gi*, and its two-sided p after the correction over all cells and periods; not a number without data.
    trend
        Mann-Kendall's test of each cell's z.
    n_hot, n_cold
        Shape (n,). Periods in which the cell is hot, and cold.
    test, correction, alpha, trend_alpha
        What was asked for.
    """

    category: NDArray[np.str_]
    state: NDArray[np.int8]
    known: NDArray[np.bool_]
    z: Floats
    q_value: Floats
    trend: MannKendall
    n_hot: NDArray[np.int64]
    n_cold: NDArray[np.int64]
    test: CubeTest
    correction: Correction
    alpha: float
    trend_alpha: float

    @property
    def parameters(self) -> dict[str, Any]:
        """What made this result."""
        return {
            "test": self.test,
            "correction": self.correction,
            "alpha": self.alpha,
            "trend_alpha": self.trend_alpha,
            "periods_with_data": int(self.known.sum()),
        }


def emerging_hotspots(
    counts: ArrayLike,
    neighbours: csr_array,
    *,
    known: ArrayLike | None = None,
    test: CubeTest = "exact",
    correction: Correction = "benjamini-hochberg",
    alpha: float = 0.05,
    trend_alpha: float = 0.05,
) -> Emerging:
    """
    Follow every cell through the periods.

    Parameters
    ----------
    counts
        Shape (n, t). Incidents by cell and period, empty cells included, periods in the order of time.
    neighbours
        Shape (n, n). Who is whose neighbour, each cell its own, as `gistar` takes it.
    known
        Shape (t,). False for periods without data; their counts are not looked at.
    test
        `exact` or `normal`, as for `gistar`.
    correction
        Over all cells and periods with data together.
    alpha
        The rate to keep to.
    trend_alpha
        Below this two-sided p a cell's z has a trend. It only parts intensifying, persistent and diminishing.

    Raises
    ------
    EmptyInputError
        If fewer than 3 periods have data.
    InputError
        As `gistar`, and if shapes differ, there is no such test, or a rate is not between 0 and 1.

    Examples
    --------
    >>> chain = csr_array(np.abs(np.subtract.outer(range(1000), range(1000))) <= 1)
    >>> cube = np.zeros((1000, 5), dtype=int)
    >>> cube[10:15, 4] = 6
    >>> emerging_hotspots(cube, chain).category[9:16].tolist()
    ['none', 'none', 'new hot', 'new hot', 'new hot', 'none', 'none']
    """
    require_alpha(alpha)
    require_alpha(trend_alpha)
    if test not in get_args(CubeTest):
        raise ParameterError(
            f"{test!r} is no test of a cube", where="test", fix=f"Take one of: {', '.join(get_args(CubeTest))}."
        )
    cube = np.asarray(counts)
    if cube.ndim != 2:  # noqa: PLR2004 - cells and periods
        raise InputError(f"a table of {cube.ndim} dimensions", where="counts", fix="Give cells by periods.")
    n, t = cube.shape
    have = np.ones(t, dtype=bool) if known is None else np.asarray(known, dtype=bool).ravel()
    if have.size != t:
        raise InputError(f"{t} periods of counts, and {have.size} are said to be known or not", where="known")
    if have.sum() < FEWEST_PERIODS:
        raise EmptyInputError(
            f"{int(have.sum())} periods have data; fewer than {FEWEST_PERIODS} show no course of time",
            where="periods",
            fix="Take a longer time, or shorter periods.",
        )
    z, p, upper = (np.full((n, t), np.nan) for _ in range(3))
    for k in np.flatnonzero(have).tolist():
        found = gistar(cube[:, k], neighbours, test=test)
        z[:, k], p[:, k], upper[:, k] = found.z, found.p_two_sided, found.p_upper
    q = adjusted_p_values(p.ravel(), correction=correction).reshape(n, t)
    clear = q <= alpha
    state = np.where(clear & (upper < 0.5), 1, np.where(clear, -1, 0)).astype(np.int8)  # noqa: PLR2004 - the nearer tail
    trend = mann_kendall(z)
    return Emerging(
        category=classify(state[:, have], trend.z, trend.p_value <= trend_alpha),
        state=state,
        known=have,
        z=z,
        q_value=q,
        trend=trend,
        n_hot=(state == 1).sum(axis=1),
        n_cold=(state == -1).sum(axis=1),
        test=test,
        correction=correction,
        alpha=alpha,
        trend_alpha=trend_alpha,
    )


def classify(state: ArrayLike, trend_z: ArrayLike, has_trend: ArrayLike) -> NDArray[np.str_]:
    """
    Name the course of each cell.

    Parameters
    ----------
    state
        Shape (n, t). 1 hot, -1 cold, 0 neither, in the periods that have data.
    trend_z
        Shape (n,). Above 0 where z rises.
    has_trend
        Shape (n,). Whether that is significant.

    Examples
    --------
    >>> classify([[0, 0, 1], [0, 1, 1], [1, 0, 1], [-1, 0, 1], [0, 0, 0], [1, 1, 0]], [0] * 6, [False] * 6).tolist()
    ['new hot', 'consecutive hot', 'sporadic hot', 'oscillating hot', 'none', 'none']
    """
    course, moving = np.asarray(state), np.asarray(has_trend, dtype=bool)
    named = np.full(len(course), NO_PATTERN, dtype="<U18")
    for sign, word in ((1, "hot"), (-1, "cold")):
        like = course == sign
        number, ends = like.sum(axis=1), like[:, -1]
        mostly = number >= _ALMOST_ALWAYS * course.shape[1]
        away = np.asarray(trend_z, dtype=np.float64) * sign > 0
        # How many periods the run that ends with the last one holds.
        run = np.cumprod(like[:, ::-1], axis=1).sum(axis=1)
        category = np.select(
            [
                mostly & ends & moving & away,
                mostly & ends & moving,
                mostly & ends,
                mostly,
                ends & (course == -sign).any(axis=1),
                ends & (number == 1),
                ends & (run == number),
                ends,
            ],
            [
                "intensifying", "diminishing", "persistent", "historical", "oscillating", "new", "consecutive", "sporadic",
            ],
            default="",
        )  # fmt: skip
        found = category != ""
        named[found] = [f"{name} {word}" for name in category[found]]
    return named
