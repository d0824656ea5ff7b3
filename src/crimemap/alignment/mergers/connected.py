"""
Finding groups that would improve a partition where they are too many to list: one integer programme for each label.

That a group hangs together is asked for by cuts, added when a solution falls apart: two units i and j that are both taken
need a unit of every set S that separates them, x_i + x_j - sum(x_s for s in S) <= 1. Cuts hold for every label and every
price, so they are kept.
"""

from dataclasses import dataclass, field
from typing import Final

import highspy
import numpy as np
from numpy.typing import NDArray

from crimemap.alignment.mergers.groups import Part, pieces
from crimemap.alignment.mergers.labels import Label, anything, labels
from crimemap.alignment.mergers.pricing import WORTH, Priced
from crimemap.alignment.mergers.programme import quiet, run
from crimemap.alignment.mergers.scoring import Scoring
from crimemap.alignment.mergers.starts import nearby, only_connected
from crimemap.alignment.mergers.watch import Watch

__all__ = ["Connected", "Cuts"]

Floats = NDArray[np.float64]
Members = NDArray[np.bool_]

_MOST_AT_ONCE: Final = 100


@dataclass(slots=True)
class Cuts:
    """Separators found so far: i, j and the units that stand between them."""

    found: list[tuple[int, int, tuple[int, ...]]] = field(default_factory=list)
    known: set[tuple[int, int, tuple[int, ...]]] = field(default_factory=set)

    def separate(self, members: set[int], near: list[set[int]], worth: Floats, most: int = 3) -> None:
        """Add cuts that a solution in pieces breaks."""
        found = pieces(members, near)
        ranked = [sorted(piece, key=lambda k: (-worth[k], k))[:most] for piece in found]
        for a, piece in enumerate(found):
            border = set().union(*(near[k] for k in piece)) - piece
            for b, others in enumerate(ranked):
                if a == b:
                    continue
                beyond = _reached(others[0], piece | border, near)
                between = tuple(sorted(s for s in border if near[s] & beyond))
                for i in ranked[a]:
                    for j in [k for k in others if k in beyond]:
                        cut = (min(i, j), max(i, j), between)
                        if cut not in self.known:
                            self.known.add(cut)
                            self.found.append(cut)


def _reached(start: int, walls: set[int], near: list[set[int]]) -> set[int]:
    reached, front = {start}, {start}
    while front:
        front = {b for a in front for b in near[a]} - walls - reached
        reached |= front
    return reached


class _Programme:
    """The cheapest group under one label."""

    def __init__(self, label: Label, part: Part, watch: Watch) -> None:
        n = len(part)
        self.label, self._n_cuts, self._watch, self._n = label, 0, watch, n
        self._solver = solver = quiet(watch)
        for _ in range(n):
            solver.addCol(0.0, 0.0, 1.0, 0, np.empty(0, np.int32), np.empty(0))
        solver.changeColsIntegrality(n, np.arange(n, dtype=np.int32), np.array([highspy.HighsVarType.kInteger] * n))
        everyone = np.ones(n)
        self._row(1.0, part.max_members or n, everyone)
        low = -highspy.kHighsInf if part.min_population is None else part.min_population - part.slack
        high = highspy.kHighsInf if part.max_population is None else part.max_population + part.slack
        if part.min_population is not None or part.max_population is not None:
            self._row(low, high, part.population)
        for a, b in part.together:
            self._row(0.0, 0.0, _at(n, {a: 1.0, b: -1.0}))
        for a, b in part.apart:
            self._row(-highspy.kHighsInf, 1.0, _at(n, {a: 1.0, b: 1.0}))
        for row, least in zip(label.rows, label.least.tolist(), strict=True):
            self._row(least, highspy.kHighsInf, row)

    def _row(self, low: float, high: float, row: Floats) -> None:
        index = np.flatnonzero(row)
        self._solver.addRow(low, high, index.size, index.astype(np.int32), row[index])

    def cheapest(self, worth: Floats, fixed: float, cuts: Cuts, near: list[set[int]]) -> tuple[set[int], float] | None:
        """Give the cheapest connected group and its cost, empty if there is none; None where the watch ended first."""
        for k, value in enumerate((self.label.of_unit - worth).tolist()):
            self._solver.changeColCost(k, value)
        while True:
            for i, j, between in cuts.found[self._n_cuts :]:
                self._row(-highspy.kHighsInf, 1.0, _at(self._n, {i: 1.0, j: 1.0} | dict.fromkeys(between, -1.0)))
            self._n_cuts = len(cuts.found)
            if not self._watch.going_on("groups worth having", len(cuts.found)):
                return None
            solved = run(self._solver, self._watch)
            if solved.status == "infeasible":
                return set(), np.inf
            if solved.status == "stopped":
                return None
            members = set(np.flatnonzero(solved.values > 0.5).tolist())  # noqa: PLR2004 - an integer
            if solved.bound + fixed >= -WORTH or len(pieces(members, near)) == 1:
                return members, solved.bound + fixed
            cuts.separate(members, near, worth - self.label.of_unit)


def _at(n: int, values: dict[int, float]) -> Floats:
    row = np.zeros(n)
    for k, value in values.items():
        row[k] = value
    return row


class Connected:
    """Every connected group of a part, unlisted."""

    def __init__(self, part: Part, scoring: Scoring, watch: Watch, cuts: Cuts | None = None) -> None:
        self.part, self.scoring, self.cuts = part, scoring, cuts or Cuts()
        self._watch, self._near = watch, part.near
        self._labels = labels(scoring)
        self._programmes: dict[int, _Programme] = {}
        self._last = np.zeros((0, len(part)), dtype=np.bool_)

    def remember(self, members: Members) -> None:
        """Look first around these groups."""
        self._last = members

    def price(self, of_unit: Floats, of_group: float, *, paid: bool) -> Priced | None:
        """Find groups of negative reduced cost: around those that serve now first, exactly when that fails."""
        close = nearby(self._last, self.part) if len(self._last) else self._last
        cost = self.scoring.cost(close)
        reduced = (cost if paid else 0.0) - close @ of_unit - of_group
        good = np.flatnonzero(reduced < -WORTH)
        good = good[np.argsort(reduced[good], kind="stable")]
        good = good[only_connected(close[good], self._near, _MOST_AT_ONCE)]
        if good.size:
            return Priced(members=close[good], costs=cost[good], lowest=None)
        return self._exactly(of_unit, of_group, paid=paid)

    def _exactly(self, of_unit: Floats, of_group: float, *, paid: bool) -> Priced | None:
        found: list[set[int]] = []
        lowest = 0.0
        used = list(enumerate(self._labels)) if paid else [(-1, anything(len(self.part)))]
        for name, label in used:
            fixed = label.fixed - of_group
            if fixed + np.minimum(label.of_unit - of_unit, 0.0).sum() >= -WORTH:
                continue
            if name not in self._programmes:
                self._programmes[name] = _Programme(label, self.part, self._watch)
            best = self._programmes[name].cheapest(of_unit, fixed, self.cuts, self._near)
            if best is None:
                return None
            members, value = best
            if value < -WORTH:
                found.append(members)
                lowest = min(lowest, value)
        rows = np.zeros((len(found), len(self.part)), dtype=np.bool_)
        for k, members in enumerate(found):
            rows[k, sorted(members)] = True
        return Priced(members=rows, costs=self.scoring.cost(rows), lowest=lowest)
