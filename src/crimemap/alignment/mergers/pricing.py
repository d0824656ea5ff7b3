"""Finding groups that would improve a partition: in a list of all groups, exactly."""

from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from crimemap.alignment.mergers.groups import Masks, Part, group_matrix
from crimemap.alignment.mergers.scoring import Scoring

__all__ = ["Listed", "Priced", "Pricer"]

Floats = NDArray[np.float64]

#: People: a group must be better by this to be worth adding.
WORTH: Final = 1e-6
_MOST_AT_ONCE: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Priced:
    """
    Groups worth adding.

    Attributes
    ----------
    members, costs
        Shape (n, n_units), (n,).
    lowest
        Lowest reduced cost of any group there is, 0 or less, where it is known; None where only some groups were looked at.
    """

    members: NDArray[np.bool_]
    costs: Floats
    lowest: float | None


class Pricer(Protocol):
    """Anything that finds groups of negative reduced cost."""

    def price(self, of_unit: Floats, of_group: float, *, paid: bool) -> Priced | None:
        """Find groups whose cost (0 unless `paid`) is below their units' dual values; None where the watch ended first."""
        ...


@dataclass(slots=True, kw_only=True, eq=False)
class Listed:
    """Every group of a part, listed."""

    part: Part
    masks: Masks
    scoring: Scoring
    costs: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Score the groups."""
        n = len(self.part)
        self.costs = np.concatenate([self.scoring.cost(group_matrix(chunk, n)) for chunk in self._chunks()] or [np.empty(0)])

    def _chunks(self, rows: int = 50_000) -> list[Masks]:
        return [self.masks[k : k + rows] for k in range(0, len(self.masks), rows)]

    def reduced(self, of_unit: Floats, of_group: float, *, paid: bool = True) -> Floats:
        """Give every group's reduced cost."""
        n = len(self.part)
        worth = [group_matrix(chunk, n) @ of_unit for chunk in self._chunks()]
        return (self.costs if paid else 0.0) - np.concatenate(worth or [np.empty(0)]) - of_group

    def price(self, of_unit: Floats, of_group: float, *, paid: bool) -> Priced:
        """Find the groups of lowest reduced cost."""
        reduced = self.reduced(of_unit, of_group, paid=paid)
        good = np.flatnonzero(reduced < -WORTH)
        good = good[np.argsort(reduced[good], kind="stable")[:_MOST_AT_ONCE]]
        lowest = float(reduced.min()) if reduced.size else 0.0
        return Priced(
            members=group_matrix(self.masks[good], len(self.part)), costs=self.costs[good], lowest=min(lowest, 0.0)
        )

    def below(self, of_unit: Floats, of_group: float, most: float) -> tuple[NDArray[np.bool_], Floats]:
        """List the groups whose reduced cost is at most `most`: all that a partition that good can hold."""
        kept = np.flatnonzero(self.reduced(of_unit, of_group) <= most)
        return group_matrix(self.masks[kept], len(self.part)), self.costs[kept]
