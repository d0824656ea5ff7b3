"""
ProMap: prospective hotspots, where the risk that recent incidents leave behind adds up.

Bowers, Johnson and Pease (2004, doi:10.1093/bjc/azh036) found that the risk of burglary spreads some 400 m and two months
from each burglary. The risk of a cell on a day is the sum over the incidents within that distance and time before the day::

    risk = sum_i 1 / (1 + floor(d_i / space_unit)) * 1 / (1 + floor(t_i / time_unit))

with d the distance from the cell's centre to the incident in half-widths of a cell (their cells were 50 m wide, so units of
25 m) and t the time since the incident in weeks. It is a score that orders cells, not a number of incidents.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.checks import require_coordinates, require_positive
from crimemap.compiled import compiled
from crimemap.errors import InputError

__all__ = ["ProMap", "promap"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProMap:
    """
    The risk of every cell, in the order of the cells.

    Attributes
    ----------
    risk
        Shape (n_cells,). 0 where no incident is near and recent enough.
    used
        Incidents within the time before the day.
    on_day, reach_m, reach_days, space_unit_m, time_unit_days
        What was asked for.
    """

    risk: Floats
    used: int
    on_day: float
    reach_m: float
    reach_days: float
    space_unit_m: float
    time_unit_days: float

    @property
    def parameters(self) -> dict[str, float]:
        """What made this result."""
        return {
            "on_day": self.on_day,
            "reach_m": self.reach_m,
            "reach_days": self.reach_days,
            "space_unit_m": self.space_unit_m,
            "time_unit_days": self.time_unit_days,
        }


@compiled
def _add_up(  # noqa: PLR0917 - a compiled function takes its arguments by position
    x: Any, y: Any, recency: Any, run_from: Any, run_to: Any, cell_x: Any, cell_y: Any, reach: Any, unit: Any, risk: Any
) -> None:
    for i in range(x.size):
        for run in range(3):
            for cell in range(run_from[i, run], run_to[i, run]):
                dx, dy = x[i] - cell_x[cell], y[i] - cell_y[cell]
                distance = np.sqrt(dx * dx + dy * dy)
                if distance < reach:
                    risk[cell] += recency[i] / (1.0 + np.floor(distance / unit))


def promap(
    x: ArrayLike,
    y: ArrayLike,
    day: ArrayLike,
    cell_x: ArrayLike,
    cell_y: ArrayLike,
    *,
    on_day: float,
    reach_m: float = 400.0,
    reach_days: float = 60.0,
    space_unit_m: float = 25.0,
    time_unit_days: float = 7.0,
) -> ProMap:
    """
    Score cells by the risk that recent incidents leave behind.

    Parameters
    ----------
    x, y
        Shape (n,). Eastings and northings of incidents, metres.
    day
        Shape (n,). Moments in days from any origin.
    cell_x, cell_y
        Shape (n_cells,). Centres of cells, metres.
    on_day
        The moment to look ahead from, in days from the same origin: incidents at or after it are not used.
    reach_m, reach_days
        Incidents less than so far and not longer ago than this count.
    space_unit_m, time_unit_days
        Steps in which an incident counts less: half the width of a cell, and a week.

    Raises
    ------
    InputError
        If positions or moments are not finite, or look like degrees, or lengths differ.
    ParameterError
        If a reach or unit is not above 0.

    Examples
    --------
    An incident a day ago at the centre counts 1; one 8 days ago and 30 m away 1/2 * 1/2.

    >>> promap([1000, 1030], [1000, 1000], [9, 2], [1000, 2000], [1000, 1000], on_day=10).risk.tolist()
    [1.25, 0.0]
    """
    for name, value in (("reach_m", reach_m), ("space_unit_m", space_unit_m)):
        require_positive(value, name=name, unit="metres")
    for name, value in (("reach_days", reach_days), ("time_unit_days", time_unit_days)):
        require_positive(value, name=name, unit="days")
    xs, ys = require_coordinates(x, y, where="incidents")
    cells_x, cells_y = require_coordinates(cell_x, cell_y, where="cells")
    days = np.asarray(day, dtype=np.float64).ravel()
    if days.size != xs.size or not np.isfinite(days).all() or not np.isfinite(on_day):
        raise InputError(
            f"{np.isfinite(days).sum()} usable moments for {xs.size} incidents",
            where="day",
            fix="Give a day for each, fractions included; incidents of which only the month is known cannot be used.",
        )
    recent = (days < on_day) & (days >= on_day - reach_days)
    xs, ys, ago = xs[recent], ys[recent], on_day - days[recent]
    risk = np.zeros(cells_x.size)
    if xs.size and cells_x.size:
        recency = 1.0 / (1.0 + np.floor(ago / time_unit_days))
        # A little wider than the reach, so that rounding puts no pair two squares apart.
        order, run_from, run_to = _runs(xs, ys, cells_x, cells_y, reach_m * (1 + 1e-9))
        in_order = np.zeros(cells_x.size)
        _add_up(
            xs, ys, recency, run_from, run_to, cells_x[order], cells_y[order], float(reach_m), float(space_unit_m), in_order
        )
        risk[order] = in_order
    return ProMap(
        risk=risk,
        used=int(recent.sum()),
        on_day=float(on_day),
        reach_m=float(reach_m),
        reach_days=float(reach_days),
        space_unit_m=float(space_unit_m),
        time_unit_days=float(time_unit_days),
    )


def _runs(x: Floats, y: Floats, cell_x: Floats, cell_y: Floats, reach: float) -> tuple[Any, Any, Any]:
    """Sort the cells by square of side `reach`, row by row, and give each incident the three runs of cells around it."""
    west, south = cell_x.min(), cell_y.min()
    column, row = np.floor((cell_x - west) / reach).astype(np.int64), np.floor((cell_y - south) / reach).astype(np.int64)
    last_column, last_row = int(column.max()), int(row.max())
    width = last_column + 3
    key = row * width + column + 1
    order = np.argsort(key, kind="stable")
    key = key[order]
    # Far outside the cells all are out of reach, wherever exactly the incident is.
    c = np.clip(np.floor((x - west) / reach), -2, last_column + 2).astype(np.int64)
    r = np.clip(np.floor((y - south) / reach), -2, last_row + 2).astype(np.int64)
    starts, ends = [], []
    for step in (-1, 0, 1):
        base = (r + step) * width + 1
        starts.append(np.searchsorted(key, base + np.clip(c - 1, 0, last_column)))
        ends.append(np.searchsorted(key, base + np.clip(c + 1, -1, last_column), side="right"))
    return order, np.column_stack(starts), np.column_stack(ends)
