"""What groups cost a search: people who do not fit, and a trifle for every merger."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.alignment.mergers.misfit import Fit, Objective, group_fit

__all__ = ["PER_MERGER", "Scoring"]

Floats = NDArray[np.float64]

#: People. Of partitions that fit alike the one with fewer mergers is taken: each weighs a thousandth of a resident.
PER_MERGER: Final = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scoring:
    """The fit of one part's units, and the objective."""

    fit: Fit
    objective: Objective

    def people(self, members: NDArray[np.bool_]) -> Floats:
        """Give the objective of groups, shape (n_groups, n_units), in people."""
        return self.objective.cost(group_fit(self.fit, members))

    def cost(self, members: NDArray[np.bool_]) -> Floats:
        """Give the same with what their mergers weigh."""
        mergers: Floats = np.maximum(members.sum(axis=1, dtype=np.float64) - 1, 0)
        return self.people(members) + PER_MERGER * mergers

    def least(self) -> float:
        """Give people whom no grouping can fit: a unit's people outside the one area that holds most of them."""
        inside = self.fit.residents
        if self.objective.kind != "misfit" or not inside.shape[1]:
            return 0.0
        return float((inside.sum(axis=1) - inside.max(axis=1)).sum())
