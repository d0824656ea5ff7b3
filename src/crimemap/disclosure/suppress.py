"""
Suppressing small counts so that they stay suppressed.

Primary: a count of confidential incidents from 1 up to the threshold is not published; a zero is. Complementary: further
counts are withheld until (1) no suppressed count is determined by the published ones, totals over offence types and every
nested or overlapping area included, and (2) whatever a published count hides in all is zero or at least the threshold, so
that a group of suppressed counts is never as good as a small count. The incidents behind a suppressed count are withheld
from point data too; otherwise counting points would undo all of it.

The choice of complementary cells is greedy (smallest count first, rows and columns that already hide something preferred);
that it is enough is not argued but checked, by `attack.determined_cells`, after every round.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from crimemap.disclosure.attack import CellSystem, determined_cells

__all__ = ["Suppression", "suppress_counts"]

_ALREADY_HIDING = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """
    What to withhold in one month.

    `suppressed` and `primary` have shape (n_areas, n_types + 1), the last column being the total over types; `withheld` has
    shape (n_atoms, n_types): incidents there are left out of point data.
    """

    suppressed: NDArray[np.bool_]
    primary: NDArray[np.bool_]
    withheld: NDArray[np.bool_]
    threshold: int
    rounds: int


class _Search:
    """The greedy search: which published cell to withhold next so that a given cell is safe."""

    def __init__(self, system: CellSystem, values: NDArray[np.int64], suppressed: NDArray[np.bool_]) -> None:
        self.values = values
        self.suppressed = suppressed
        self.total = system.n_types
        overlap = np.asarray((system.members @ system.members.T).toarray())
        size = overlap.diagonal()
        #: within[a, b]: area a lies inside area b (and is not b).
        self.within = (overlap == size[:, None]) & ~np.eye(system.n_areas, dtype=bool) & (size > 0)[:, None]
        self.apart = overlap == 0

    def _cheapest(self, cells: list[tuple[int, int]]) -> tuple[int, int] | None:
        """Give the published, non-zero cell whose loss costs least."""
        best: tuple[float, tuple[int, int]] | None = None
        for area, kind in cells:
            value = self.values[area, kind]
            if value <= 0 or self.suppressed[area, kind]:
                continue
            hides = self.suppressed[area].any() if kind != self.total else self.suppressed[area, :-1].any()
            cost = float(value) * (_ALREADY_HIDING if hides else 1.0)
            if best is None or (cost, (area, kind)) < best:
                best = (cost, (area, kind))
        return None if best is None else best[1]

    def _types_beside(self, area: int, kind: int) -> list[tuple[int, int]]:
        return [(area, other) for other in range(self.total) if other != kind]

    def _areas_beside(self, area: int, kind: int, container: int) -> list[tuple[int, int]]:
        beside = np.flatnonzero(self.within[:, container] & self.apart[area])
        return [(int(other), kind) for other in beside]

    def complements(self, area: int, kind: int) -> list[tuple[int, int]]:
        """Give the cells to withhold so that this one is no longer alone on a line; empty if it is alone on none."""
        chosen = []
        if kind == self.total:
            # The types of the area add up to its total: two of them must be hidden, too.
            hidden = int(self.suppressed[area, :-1].sum())
            for _ in range(max(0, 2 - hidden)):
                cell = self._cheapest([(area, other) for other in range(self.total) if (area, other) not in chosen])
                if cell is not None:
                    chosen.append(cell)
        elif not self.suppressed[area, self.total] and int(self.suppressed[area, :-1].sum()) == 1:
            chosen.append(self._cheapest(self._types_beside(area, kind)) or (area, self.total))
        for container in np.flatnonzero(self.within[area] & ~self.suppressed[:, kind]):
            beside = self._areas_beside(area, kind, int(container))
            if not any(self.suppressed[cell] for cell in beside):
                chosen.append(self._cheapest(beside) or (int(container), kind))
        return [cell for cell in chosen if not self.suppressed[cell]]

    def fallback(self, area: int, kind: int) -> list[tuple[int, int]]:
        """Give any published cell that bears on this one: beside it, of another type, around it."""
        containers = [int(c) for c in np.flatnonzero(self.within[area])]
        beside = [cell for c in containers if not self.suppressed[c, kind] for cell in self._areas_beside(area, kind, c)]
        choice = self._cheapest(beside) or self._cheapest(self._types_beside(area, kind))
        choice = choice or self._cheapest([(c, kind) for c in containers]) or self._cheapest([(area, self.total)])
        if choice is None:
            across = [int(other) for other in np.flatnonzero(~self.apart[area])]
            choice = self._cheapest([(other, k) for other in across for k in {kind, self.total}])
        return [choice] if choice else []

    def inside(self, area: int, kind: int) -> tuple[int, int]:
        """Give a cell to withhold inside a published cell that hides too little; that cell itself if there is none."""
        kinds = range(self.total) if kind == self.total else (kind,)
        areas = [area, *map(int, np.flatnonzero(self.within[:, area]))]
        cells = [(a, k) for a in areas for k in kinds if (a, k) != (area, kind)]
        return self._cheapest(cells) or (area, kind)


def _hidden(system: CellSystem, counts: NDArray[np.int64], suppressed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give what each published count holds beyond the rows that stay published; 0 where it is suppressed itself."""
    return np.where(suppressed, 0, system.values(np.where(system.touched(suppressed), counts, 0)))


def suppress_counts(members: sparse.csr_matrix, counts: NDArray[np.int64], *, threshold: int, seed: int = 0) -> Suppression:
    """
    Choose which counts of one month are not published.

    Parameters
    ----------
    members
        Shape (n_areas, n_atoms). True where the atom (places that lie in the same areas of every set) is in the area. Areas
        of all published types together, the whole force among them.
    counts
        Shape (n_atoms, n_types). Confidential incidents of the month.
    threshold
        Counts from 1 up to, and without, this number are suppressed.
    seed
        For the check of each round; the result hardly depends on it.

    Returns
    -------
    Suppression
        Every suppressed count that is not zero is undetermined by the published ones, and what a published count hides is 0
        or at least `threshold`.

    Examples
    --------
    >>> two_and_whole = sparse.csr_matrix([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]])
    >>> hidden = suppress_counts(two_and_whole, np.array([[3], [9], [20]]), threshold=5).suppressed
    >>> hidden[:, 0]
    array([ True,  True, False, False])
    """
    system = CellSystem(members, counts.shape[1])
    values = system.values(counts)
    primary = (values > 0) & (values < threshold)
    suppressed = primary.copy()
    search = _Search(system, values, suppressed)
    rng = np.random.default_rng(seed)
    rounds = 0
    while True:
        rounds += 1
        before = int(suppressed.sum())
        hidden = _hidden(system, counts, suppressed)
        while (small := np.argwhere((hidden > 0) & (hidden < threshold))).size:
            suppressed[search.inside(int(small[0, 0]), int(small[0, 1]))] = True
            hidden = _hidden(system, counts, suppressed)
        stuck = []
        for area, kind in np.argwhere(determined_cells(system, suppressed, hidden, rng=rng)):
            cells = search.complements(int(area), int(kind))
            for cell in cells:
                suppressed[cell] = True
            if not cells:
                stuck.append((int(area), int(kind)))
        if int(suppressed.sum()) == before:
            for area, kind in stuck:
                for cell in search.fallback(area, kind):
                    suppressed[cell] = True
            if int(suppressed.sum()) == before:
                break
    return Suppression(
        suppressed=suppressed,
        primary=primary,
        withheld=system.touched(suppressed),
        threshold=threshold,
        rounds=rounds,
    )
