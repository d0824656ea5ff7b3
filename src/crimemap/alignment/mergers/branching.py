"""
Branch and price: the best division where groups are too many to list (Barnhart et al. 1998, doi:10.1287/opre.46.3.316).

Where the relaxation is fractional, some two units are together in only part of it: one branch joins them, the other keeps
them apart (Ryan and Foster 1981). Both are limits that groups already know.
"""

import heapq
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.alignment.mergers.connected import Connected, Cuts
from crimemap.alignment.mergers.divided import Divided, tidy
from crimemap.alignment.mergers.groups import WORD, Part
from crimemap.alignment.mergers.master import Master, Relaxed, converge
from crimemap.alignment.mergers.misfit import ROUNDING
from crimemap.alignment.mergers.programme import SAME, pick
from crimemap.alignment.mergers.scoring import Scoring
from crimemap.alignment.mergers.starts import starting_groups
from crimemap.alignment.mergers.watch import Watch

__all__ = ["divide_by_branching"]

Floats = NDArray[np.float64]
Members = NDArray[np.bool_]
Pairs = tuple[tuple[int, int], ...]

_FRACTION: Final = 1e-6


class _Pool:
    """Every group found so far, and the best division."""

    def __init__(self, part: Part, scoring: Scoring, n_groups: int | None, watch: Watch) -> None:
        self.members = starting_groups(part, scoring)
        self.costs = scoring.cost(self.members)
        self.best: Members | None = None
        self.cost = np.inf
        self._n_groups, self._watch = n_groups, watch

    def take(self, master: Master) -> None:
        """Keep the groups of a master, and look for a better division among them."""
        both = np.concatenate([self.members, master.members])
        _, first = np.unique(np.packbits(both, axis=1), axis=0, return_index=True)
        first = np.sort(first)
        self.members, self.costs = both[first], np.concatenate([self.costs, master.costs])[first]

    def improve(self) -> None:
        """Choose the best division among the groups known."""
        if not len(self.costs):
            return
        found = pick(self.members, self.costs, n_groups=self._n_groups, watch=self._watch)
        if found.values.size:
            self.better(self.members[found.values > 0.5], found.objective)  # noqa: PLR2004 - an integer

    def better(self, members: Members, cost: float) -> None:
        """Keep a division if it is better than the best."""
        if cost < self.cost - SAME / 2:
            self.best, self.cost = members, cost


def _torn_pair(master: Master, relaxed: Relaxed) -> tuple[int, int] | None:
    """Find the pair that is most nearly half together; None where the solution is whole."""
    taken = np.flatnonzero(relaxed.values > _FRACTION)
    rows = master.members[taken].astype(np.float64)
    together = rows.T @ (rows * relaxed.values[taken][:, None])
    torn = np.triu(np.minimum(together, 1 - together), k=1)
    if torn.max(initial=0.0) <= _FRACTION:
        return None
    i, j = np.unravel_index(int(torn.argmax()), torn.shape)
    return int(i), int(j)


def divide_by_branching(part: Part, scoring: Scoring, watch: Watch, *, n_groups: int | None = None) -> Divided:
    """
    Divide a part whose groups cannot be listed; ties are not looked for.

    A part of more than 64 units whose first answer fits as well as any can is done: that fewer mergers would not do is
    then not proved.
    """
    pool, cuts = _Pool(part, scoring, n_groups, watch), Cuts()
    pool.improve()
    if len(part) > WORD and pool.best is not None and scoring.people(pool.best).sum() <= scoring.least() + ROUNDING:
        return Divided(
            status="optimal",
            groups=tidy(pool.best),
            cost=pool.cost,
            bound=pool.cost,
            method="column generation",
            n_groups_listed=len(pool.costs),
        )
    waiting: list[tuple[float, int, Pairs, Pairs]] = [(0.0, 0, part.together, part.apart)]
    serial, bound = 0, 0.0
    while waiting:
        bound = waiting[0][0]
        if bound >= pool.cost - SAME:
            break
        bound, _, together, apart = heapq.heappop(waiting)
        here = replace(part, together=together, apart=apart)
        master = Master(len(part), n_groups=n_groups, watch=watch)
        keep = here.allowed(pool.members)
        master.add(pool.members[keep], pool.costs[keep])
        relaxed, low, ended = converge(master, Connected(here, scoring, watch, cuts), watch)
        pool.take(master)
        if ended:
            waiting.append((bound, serial, together, apart))
            pool.improve()
            break
        if relaxed is None or low >= pool.cost - SAME:
            continue
        pair = _torn_pair(master, relaxed)
        if pair is None:
            pool.better(master.members[relaxed.values > 0.5], relaxed.objective)  # noqa: PLR2004 - an integer
            continue
        pool.improve()
        for more_together, more_apart in (((*together, pair), apart), (together, (*apart, pair))):
            serial += 1
            heapq.heappush(waiting, (max(low, bound), serial, more_together, more_apart))
    proved = watch.ended is None
    if pool.best is None:
        return Divided(
            status="infeasible" if proved else "stopped",
            groups=None,
            cost=np.inf,
            bound=np.inf if proved else max(bound, 0.0),
            method="column generation",
            n_groups_listed=len(pool.costs),
        )
    cost = float(scoring.cost(pool.best).sum())
    lowest = min([low for low, *_ in waiting], default=cost)
    return Divided(
        status="optimal" if proved else "stopped",
        groups=tidy(pool.best),
        cost=cost,
        bound=cost if proved else min(max(lowest, 0.0), cost),
        method="column generation",
        n_groups_listed=len(pool.costs),
    )
