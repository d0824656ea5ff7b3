"""The linear relaxation of choosing groups that cover each unit once, with columns that come as they are needed."""

from dataclasses import dataclass
from typing import Final

import highspy
import numpy as np
from numpy.typing import NDArray

from crimemap.alignment.mergers.pricing import Pricer
from crimemap.alignment.mergers.programme import quiet, run
from crimemap.alignment.mergers.watch import Watch

__all__ = ["Master", "Relaxed", "converge"]

Floats = NDArray[np.float64]

#: Below this a share of a unit that no group covers is rounding.
COVERED: Final = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Relaxed:
    """
    Solution of the relaxation over the columns so far.

    Attributes
    ----------
    objective
        Its value: people, or in the first phase the units not covered.
    of_unit
        Shape (n_units,). Dual values.
    of_group
        Dual value of the number of groups; 0 where it is free.
    values
        Shape (n_columns,). How much of each column is taken.
    """

    objective: float
    of_unit: Floats
    of_group: float
    values: Floats


class Master:
    """
    The master programme: columns are groups, rows are units, each covered once, and perhaps the number of groups.

    It starts with artificial columns that cover anything; the first phase drives them out, and what is left of them then
    proves that no combination of groups keeps the limits.
    """

    def __init__(self, n_units: int, *, n_groups: int | None, watch: Watch) -> None:
        self.n_units, self.n_groups = n_units, n_groups
        self.members = np.zeros((0, n_units), dtype=np.bool_)
        self.costs = np.zeros(0)
        self._watch = watch
        self._known: set[bytes] = set()
        self._phase = 1
        self._solver = quiet(watch)
        rows = n_units + (n_groups is not None)
        limits = np.ones(rows)
        if n_groups is not None:
            limits[-1] = n_groups
        for k in range(rows):
            self._solver.addRow(limits[k], limits[k], 0, np.empty(0, np.int32), np.empty(0))
        for k in range(rows):
            self._solver.addCol(1.0, 0.0, highspy.kHighsInf, 1, np.array([k], np.int32), np.ones(1))
        self._n_artificial = rows
        if n_groups is not None:  # more groups than asked for are as wrong as fewer
            self._solver.addCol(1.0, 0.0, highspy.kHighsInf, 1, np.array([rows - 1], np.int32), -np.ones(1))
            self._n_artificial += 1

    def add(self, members: NDArray[np.bool_], costs: Floats) -> int:
        """Add groups, shape (n, n_units), that are not there yet; give their number."""
        fresh = []
        for k, row in enumerate(np.packbits(members, axis=1)):
            name = row.tobytes()
            if name not in self._known:
                self._known.add(name)
                fresh.append(k)
        members, costs = members[fresh], costs[fresh]
        for row, cost in zip(members, costs.tolist(), strict=True):
            index = np.flatnonzero(row)
            if self.n_groups is not None:
                index = np.append(index, self.n_units)
            paid = cost if self._phase == 2 else 0.0  # noqa: PLR2004 - the second phase
            self._solver.addCol(paid, 0.0, highspy.kHighsInf, index.size, index.astype(np.int32), np.ones(index.size))
        self.members = np.concatenate([self.members, members])
        self.costs = np.concatenate([self.costs, costs])
        return len(fresh)

    def second_phase(self) -> None:
        """Forbid artificial columns and let groups cost what they cost."""
        self._phase = 2
        for k in range(self._n_artificial):
            self._solver.changeColCost(k, 0.0)
            self._solver.changeColBounds(k, 0.0, 0.0)
        for k, cost in enumerate(self.costs.tolist()):
            self._solver.changeColCost(self._n_artificial + k, cost)

    def solve(self) -> Relaxed | None:
        """Solve the relaxation; None where the watch ended first."""
        solved = run(self._solver, self._watch)
        if solved.status != "optimal":
            return None
        dual = np.asarray(self._solver.getSolution().row_dual, dtype=np.float64)
        return Relaxed(
            objective=solved.objective,
            of_unit=dual[: self.n_units],
            of_group=float(dual[self.n_units]) if self.n_groups is not None else 0.0,
            values=solved.values[self._n_artificial :],
        )


def converge(master: Master, pricer: Pricer, watch: Watch) -> tuple[Relaxed | None, float, bool]:
    """
    Add groups to the master until none improves it.

    Returns
    -------
    relaxed
        Its solution; None where the watch ended first, or where no groups keep the limits.
    bound
        No division costs less: infinite where none keeps the limits.
    ended
        Whether the watch ended first.
    """
    most = master.n_groups or master.n_units
    for phase in (1, 2):
        if phase == 2:  # noqa: PLR2004 - the second phase
            master.second_phase()
        while True:
            if not watch.going_on("groups worth having", len(master.costs)):
                return None, 0.0, True
            relaxed = master.solve()
            if relaxed is None:
                return None, 0.0, True
            if phase == 1 and relaxed.objective < COVERED:
                break
            remember = getattr(pricer, "remember", None)
            if remember is not None:
                remember(master.members[relaxed.values > COVERED])
            priced = pricer.price(relaxed.of_unit, relaxed.of_group, paid=phase == 2)  # noqa: PLR2004
            if priced is None:
                return None, 0.0, True
            if not len(priced.costs) or not master.add(priced.members, priced.costs):
                if phase == 1:
                    return None, np.inf, False
                return relaxed, relaxed.objective + most * (priced.lowest or 0.0), False
    raise AssertionError  # both phases return or break
