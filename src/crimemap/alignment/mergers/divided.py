"""What a search of one part of the map gives."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Divided", "Division", "Shortlist", "tidy"]

Members = NDArray[np.bool_]
Division = tuple[tuple[int, ...], ...]
Method = Literal["all groups listed", "column generation"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shortlist:
    """Groups, shape (n, n_units), their costs, and the indices of those taken."""

    members: Members
    costs: NDArray[np.float64]
    taken: NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Divided:
    """
    The best division of a part.

    Attributes
    ----------
    status
        `optimal`: proved. `infeasible`: proved that none keeps the limits. `stopped`: the best found when time was up.
    groups
        Indices of units, each group sorted, groups by their first unit; None where none was found.
    cost
        Objective with what the mergers weigh.
    bound
        No division costs less.
    shortlist
        Where groups were listed: those that any division of least cost is made of, and which of them were taken.
    """

    status: Literal["optimal", "infeasible", "stopped"]
    groups: Division | None
    cost: float
    bound: float
    method: Method
    n_groups_listed: int
    shortlist: "Shortlist | None" = None


def tidy(members: Members) -> Division:
    """Write a division: each group sorted, groups by their first unit."""
    return tuple(sorted(tuple(np.flatnonzero(row).tolist()) for row in members))
