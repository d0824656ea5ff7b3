"""
What mergers might save, as ranges from assumptions that somebody states.

No single figure is given. Large reorganisations have promised gains and some have cost money: what is saved every year
stands against the transition, and against taking shared services apart where a group crosses a county or splits a unit.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crimemap.errors import InputError, ParameterError

__all__ = ["Assumptions", "Range", "Savings", "SavingsModel"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Range:
    """
    A low and a high value.

    Raises
    ------
    ParameterError
        If they are negative, not finite, or the wrong way round.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        """Refuse what is not a range."""
        if not (math.isfinite(self.low) and math.isfinite(self.high) and 0 <= self.low <= self.high):
            raise ParameterError(
                f"{self.low} to {self.high} is not a range",
                where="savings",
                fix="Give two numbers from 0, the lower one first.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """
    What a planner assumes; all of it is stated with the result.

    Attributes
    ----------
    running_cost
        Pounds a year that one partnership costs, where a unit has no figure of its own.
    share_saved
        Share of the running cost that a partnership no longer needs once it is absorbed into a larger one.
    transition
        Pounds, once, for each partnership that takes part in a merger.
    disaggregation
        Pounds, once, for each county beyond the first that a group lies in, and for each unit that a scenario splits.
    years
        Over how many years savings are added up.
    source
        Where the figures come from.
    """

    running_cost: Range
    share_saved: Range
    transition: Range
    disaggregation: Range
    years: int
    source: str

    def __post_init__(self) -> None:
        """Refuse assumptions that say nothing."""
        if self.share_saved.high > 1:
            raise ParameterError(
                f"a share of {self.share_saved.high} is more than everything",
                where="share_saved",
                fix="Give shares from 0 to 1.",
            )
        if self.years < 1:
            raise ParameterError(f"{self.years} years is no period", where="years", fix="Give 1 or more.")
        if not self.source.strip():
            raise ParameterError("nobody stands behind the figures", where="source", fix="Say where they come from.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Savings:
    """
    Savings of a grouping, pounds.

    Attributes
    ----------
    annual
        Saved every year.
    one_off
        Spent once.
    net_low, net_high
        Over the years assumed; below 0 where it costs more than it saves. The low end takes low savings with high costs.
    pays_back_years
        Soonest and latest year in which the one-off cost is earned; infinite where it never is, 0 where nothing is spent.
    """

    annual: Range
    one_off: Range
    net_low: float
    net_high: float
    pays_back_years: tuple[float, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class SavingsModel:
    """
    Savings of groups, added up.

    Attributes
    ----------
    assumptions
        What is assumed.
    cost
        Pounds a year of single partnerships, where known.
    county
        County of each unit, where it has one; unitary authorities have none, and joining them takes no county apart.
    """

    assumptions: Assumptions
    cost: Mapping[str, float]
    county: Mapping[str, str | None]

    def __post_init__(self) -> None:
        """Refuse costs that are none."""
        bad = [unit for unit, value in self.cost.items() if not 0 <= value < float("inf")]
        if bad:
            raise InputError(f"the cost of {bad[0]} is negative or not finite", where="cost", fix="Give pounds a year.")

    def of_groups(self, units: Sequence[str], members: NDArray[np.bool_]) -> Floats:
        """
        Give each group's parts of the sum.

        Returns
        -------
        ndarray
            Shape (n_groups, 4): low and high yearly saving, low and high one-off cost, pounds. Groups of one have none.
        """
        assumed = self.assumptions
        low = np.array([self.cost.get(unit, assumed.running_cost.low) for unit in units])
        high = np.array([self.cost.get(unit, assumed.running_cost.high) for unit in units])
        merged = members.sum(axis=1) > 1
        absorbed_low = members @ low - (members * low).max(axis=1, initial=0.0)
        absorbed_high = members @ high - (members * high).max(axis=1, initial=0.0)
        counties = sorted({name for unit in units if (name := self.county.get(unit))})
        of_county = np.array([[self.county.get(unit) == name for name in counties] for unit in units], dtype=np.float64)
        crossed = np.maximum((members.astype(np.float64) @ of_county > 0).sum(axis=1) - 1, 0) if counties else 0
        joined = np.where(merged, members.sum(axis=1), 0)
        return np.column_stack(
            [
                assumed.share_saved.low * absorbed_low,
                assumed.share_saved.high * absorbed_high,
                assumed.transition.low * joined + assumed.disaggregation.low * crossed,
                assumed.transition.high * joined + assumed.disaggregation.high * crossed,
            ]
        )

    def net_low(self, parts: Floats) -> Floats:
        """Give the cautious end over the years: low savings, high costs."""
        return np.asarray(self.assumptions.years * parts[:, 0] - parts[:, 3], dtype=np.float64)

    def savings(self, groups: Sequence[Sequence[str]], *, units_split: int = 0) -> Savings:
        """
        Add up a grouping.

        Parameters
        ----------
        groups
            Units of each partnership.
        units_split
            Units that a scenario splits, whose services are taken apart.

        Examples
        --------
        >>> assumed = Assumptions(running_cost=Range(80_000, 120_000), share_saved=Range(0.3, 0.5),
        ...     transition=Range(10_000, 20_000), disaggregation=Range(0, 50_000), years=5, source="an example")
        >>> found = SavingsModel(assumptions=assumed, cost={}, county={}).savings([["A", "B"], ["C"]])
        >>> found.annual, found.one_off, found.net_low, found.net_high
        (Range(low=24000.0, high=60000.0), Range(low=20000.0, high=40000.0), 80000.0, 280000.0)
        """
        units = [unit for group in groups for unit in group]
        place = {unit: k for k, unit in enumerate(units)}
        rows = np.zeros((len(groups), len(units)), dtype=np.bool_)
        for k, group in enumerate(groups):
            rows[k, [place[unit] for unit in group]] = True
        low, high, spent_low, spent_high = self.of_groups(units, rows).sum(axis=0).tolist()
        spent_low += units_split * self.assumptions.disaggregation.low
        spent_high += units_split * self.assumptions.disaggregation.high
        years = self.assumptions.years
        return Savings(
            annual=Range(low, high),
            one_off=Range(spent_low, spent_high),
            net_low=years * low - spent_high,
            net_high=years * high - spent_low,
            pays_back_years=(_years(spent_low, high), _years(spent_high, low)),
        )

    @property
    def parameters(self) -> dict[str, Any]:
        """What was assumed."""
        return {**asdict(self.assumptions), "units_with_own_cost": len(self.cost)}


def _years(spent: float, saved: float) -> float:
    if not spent:
        return 0.0
    return spent / saved if saved else math.inf
