"""What a merger search gives back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from crimemap.alignment.mergers.misfit import group_fit
from crimemap.alignment.mergers.problem import Problem

__all__ = ["Grouping", "PartFound", "SearchResult", "group_table"]

Grouping = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFound:
    """
    The answer for one connected part of the map.

    Attributes
    ----------
    units
        Codes.
    groups
        The best grouping found.
    status
        `optimal`, `time_limit` or `cancelled`.
    people, bound
        The objective, and what no grouping is below.
    method
        `all groups listed`, `column generation`, or `left as it is` where the search ended before this part was begun.
    n_groups_seen
        Groups that the search had before it.
    ties
        Other groupings that are as good with as many groups.
    ties_complete
        Whether these are all; column generation does not look for them.
    """

    units: tuple[str, ...]
    groups: Grouping
    status: Literal["optimal", "time_limit", "cancelled"]
    people: float
    bound: float
    method: str
    n_groups_seen: int
    ties: tuple[Grouping, ...]
    ties_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SearchResult:
    """
    The best grouping of units, and how sure that is.

    Attributes
    ----------
    groups
        Each partnership's units.
    status
        `optimal`: proved to be the best there is; `time_limit` or `cancelled`: the best found until then.
    people
        The objective.
    bound
        No grouping within the limits is below it. Equal to `people` where the status is `optimal`.
    n_changes
        Mergers in all.
    parts
        The same for each part of the map.
    table
        One row for each group: see `group_table`.
    parameters
        What made this result.
    """

    groups: Grouping
    status: Literal["optimal", "time_limit", "cancelled"]
    people: float
    bound: float
    n_changes: int
    parts: tuple[PartFound, ...]
    table: pd.DataFrame
    parameters: dict[str, Any]

    @property
    def gap_people(self) -> float:
        """People between the objective and its bound: 0 where the result is proved."""
        return max(self.people - self.bound, 0.0)

    @property
    def n_best(self) -> int:
        """How many groupings are equally good, as far as they were looked for."""
        number = 1
        for part in self.parts:
            number *= 1 + len(part.ties)
        return number


def group_table(problem: Problem, groups: Sequence[Sequence[str]]) -> pd.DataFrame:
    """
    Describe groups.

    Returns
    -------
    DataFrame
        One row for each group, in the order given: `members` (codes), `n_members`, `population` (people), `residents` (those
        whom target areas cover), `best_match` (the area where most of them live; None where none does), `of_area`
        (its people), `shared`, `outside_area`, `outside_group`, `misfit` (people), `coterminous`, `nested`.
    """
    place = {unit: k for k, unit in enumerate(problem.fit.units)}
    rows = np.zeros((len(groups), len(place)), dtype=np.bool_)
    for k, group in enumerate(groups):
        rows[k, [place[unit] for unit in group]] = True
    found = group_fit(problem.fit, rows)
    tolerance = problem.objective.tolerance
    some = found.best >= 0
    nested = some & (found.outside_area <= tolerance * found.residents + 1e-6)
    return pd.DataFrame(
        {
            "members": [tuple(group) for group in groups],
            "n_members": rows.sum(axis=1),
            "population": [sum(float(problem.population[unit]) for unit in group) for group in groups],
            "residents": found.residents,
            "best_match": pd.Series([problem.fit.targets[t] if t >= 0 else None for t in found.best.tolist()], dtype=object),
            "of_area": found.of_area,
            "shared": found.shared,
            "outside_area": found.outside_area,
            "outside_group": found.outside_group,
            "misfit": found.misfit,
            "coterminous": nested & (found.outside_group <= tolerance * found.of_area + 1e-6),
            "nested": nested,
        }
    )
