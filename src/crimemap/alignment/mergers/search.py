"""The best grouping of units within limits, proved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from crimemap.alignment.mergers.budget import share_changes
from crimemap.alignment.mergers.divided import Divided, Division
from crimemap.alignment.mergers.groups import Part
from crimemap.alignment.mergers.partition import LIST_LIMIT, divide, find_ties, list_groups
from crimemap.alignment.mergers.pricing import Listed
from crimemap.alignment.mergers.problem import Problem
from crimemap.alignment.mergers.result import Grouping, PartFound, SearchResult, group_table
from crimemap.alignment.mergers.scoring import PER_MERGER, Scoring
from crimemap.alignment.mergers.watch import Reporter, Watch
from crimemap.errors import InfeasibleError, ParameterError

__all__ = ["ByChanges", "assemble", "by_changes", "rows_of", "search", "told"]

Floats = NDArray[np.float64]
Members = NDArray[np.bool_]


def search(
    problem: Problem,
    *,
    most_ties: int = 10,
    most_listed: int = LIST_LIMIT,
    time_limit_s: float | None = None,
    progress: Reporter | None = None,
) -> SearchResult:
    """
    Find the grouping of units that fits best, and prove it.

    Each connected part of the map is searched by itself. Where its groups can be listed, an integer programme chooses among
    those that the linear relaxation cannot rule out; where there are too many, branch and price finds groups as they are
    needed. Both end with a proof unless time or the caller stops them; then the result says so and gives its bound. Of
    groupings that fit alike, one with the fewest mergers is taken. The same input gives the same answer.

    Parameters
    ----------
    problem
        Units, fit, neighbours and limits.
    most_ties
        How many equally good groupings to list for each part.
    most_listed
        Most groups of a part to list; parts with more are searched by column generation, which does not look for ties.
    time_limit_s
        Seconds that the search may take.
    progress
        Called often with what is being done; answering False stops the search.

    Raises
    ------
    InfeasibleError
        If no grouping keeps the limits.
    ParameterError
        If the search was stopped before any grouping within the limits was found.
    """
    if most_ties < 0:
        raise ParameterError(f"{most_ties} is below 0", where="most_ties", fix="Give 0 or more.")
    parts = problem.parts
    watch = Watch(seconds=time_limit_s, report=progress, of=len(parts))
    divided: list[Divided | None] = [None] * len(parts)
    for k in sorted(
        range(len(parts)), key=lambda k: len(parts[k][0])
    ):  # a large part must not use up the time of all others
        part, scoring = parts[k]
        answer = _divided(part, scoring, watch, most_listed)
        if answer is not None and answer.status == "infeasible":
            raise problem.infeasible(part)
        divided[k] = answer
        watch.done += 1
    found = [told(part, scoring, answer, watch) for (part, scoring), answer in zip(parts, divided, strict=True)]
    most = problem.limits.max_changes
    if most is not None and sum(_changes(part.units, part.groups) for part in found) > most:
        return _within_budget(problem, most, watch, most_ties=most_ties, most_listed=most_listed)
    ties = [_tied(part, answer, watch, most=most_ties) for part, answer in zip(found, divided, strict=True)]
    return assemble(problem, ties)


def _divided(part: Part, scoring: Scoring, watch: Watch, most_listed: int) -> Divided | None:
    if not watch.going_on("listing groups"):
        return None
    listed = list_groups(part, scoring, watch, limit=most_listed)
    return divide(part, scoring, watch, listed=listed) if watch.ended is None else None


def _tied(found: PartFound, divided: Divided | None, watch: Watch, *, most: int, n_groups: int | None = None) -> PartFound:
    """Add the groupings that are as good."""
    if divided is None or not most:
        return found
    ties, complete = find_ties(divided, watch, n_groups=n_groups, most=most)
    return replace(found, ties=tuple(_named(found.units, tie) for tie in ties), ties_complete=complete)


def assemble(problem: Problem, found: Sequence[PartFound]) -> SearchResult:
    """Put parts together."""
    place = {unit: k for k, unit in enumerate(problem.chosen)}
    groups = tuple(sorted((group for part in found for group in part.groups), key=lambda group: place[group[0]]))
    status: Literal["optimal", "time_limit", "cancelled"] = "optimal"
    for part in found:
        status = part.status if part.status != "optimal" else status
    return SearchResult(
        groups=groups,
        status=status,
        people=float(sum(part.people for part in found)),
        bound=float(sum(part.bound for part in found)),
        n_changes=sum(_changes(part.units, part.groups) for part in found),
        parts=tuple(found),
        table=group_table(problem, groups),
        parameters=problem.parameters,
    )


def _changes(units: Sequence[str], groups: Grouping) -> int:
    return len(units) - len(groups)


def rows_of(division: Division, n: int) -> Members:
    """Write a division as rows of membership."""
    rows = np.zeros((len(division), n), dtype=np.bool_)
    for k, group in enumerate(division):
        rows[k, list(group)] = True
    return rows


def told(part: Part, scoring: Scoring, divided: Divided | None, watch: Watch) -> PartFound:
    """Write a part's answer in codes and people."""
    if divided is None or divided.groups is None:
        return unfinished(part, scoring, watch)
    people = float(scoring.people(rows_of(divided.groups, len(part))).sum())
    weight = PER_MERGER * (len(part) - 1)
    return PartFound(
        units=part.units,
        groups=_named(part.units, divided.groups),
        status="optimal" if divided.status == "optimal" else watch.ended or "time_limit",
        people=people,
        bound=people if divided.status == "optimal" else min(max(divided.bound - weight, scoring.least()), people),
        method=divided.method,
        n_groups_seen=divided.n_groups_listed,
        ties=(),
        ties_complete=False,
    )


def _named(units: Sequence[str], division: Division) -> Grouping:
    return tuple(tuple(units[k] for k in group) for group in division)


def _ended(part: Part, watch: Watch) -> ParameterError:
    return ParameterError(
        f"the search ended before it found a grouping of the units connected with {part.units[0]} that keeps the limits",
        where="time_limit_s" if watch.ended == "time_limit" else "search",
        fix="Give it more time, or loosen the limits.",
    )


def unfinished(part: Part, scoring: Scoring, watch: Watch) -> PartFound:
    """Leave a part as it is, if that is within the limits: nothing is known but that the objective is not below 0."""
    alone = np.eye(len(part), dtype=np.bool_)
    if not part.allowed(alone).all():
        raise _ended(part, watch)
    people = float(scoring.people(alone).sum())
    return PartFound(
        units=part.units,
        groups=tuple((unit,) for unit in part.units),
        status=watch.ended or "time_limit",
        people=people,
        bound=min(scoring.least(), people),
        method="left as it is",
        n_groups_seen=0,
        ties=(),
        ties_complete=False,
    )


def _within_budget(problem: Problem, most: int, watch: Watch, *, most_ties: int, most_listed: int) -> SearchResult:
    """Share the changes that are allowed over the parts, from each part's best answer for every number of changes."""
    watch.done, watch.of = 0, sum(min(len(part), most + 1) for part, _ in problem.parts)
    answers = [by_changes(part, scoring, watch, most=most, most_listed=most_listed) for part, scoring in problem.parts]
    total, shares = share_changes([answer.people for answer in answers])
    lowest = float(share_changes([answer.bounds for answer in answers])[0][: most + 1].min())
    if not np.isfinite(lowest):
        raise InfeasibleError(
            f"the limits cannot be kept with {most} mergers or fewer",
            where="max_changes",
            fix="Allow more, or loosen a limit.",
        )
    best = int(total[: most + 1].argmin())
    if not np.isfinite(total[best]):
        raise _ended(problem.parts[0][0], watch)
    ended = watch.ended
    chosen = [
        _tied(answer.found[c], answer.divided[c], watch, most=most_ties, n_groups=len(answer.found[c].groups))
        for answer, c in zip(answers, shares[best].tolist(), strict=True)
    ]
    result = assemble(problem, chosen)
    return result if ended is None else replace(result, status=ended, bound=min(lowest, result.people))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ByChanges:
    """A part's best answer for each number of changes; people and bounds are infinite where there is none."""

    found: dict[int, PartFound]
    divided: dict[int, Divided]
    listed: Listed | None
    people: Floats
    bounds: Floats


def by_changes(
    part: Part, scoring: Scoring, watch: Watch, *, most: int | None = None, most_listed: int = LIST_LIMIT
) -> ByChanges:
    """Find a part's best answer for each number of changes."""
    listed = list_groups(part, scoring, watch, limit=most_listed)
    size = len(part) if most is None else min(len(part), most + 1)
    found: dict[int, PartFound] = {}
    answers: dict[int, Divided] = {}
    people, bounds = np.full(size, np.inf), np.full(size, np.inf)
    for changes in range(size):
        if not watch.going_on("each number of partnerships", changes):
            bounds[changes] = 0.0
            continue
        divided = divide(part, scoring, watch, n_groups=len(part) - changes, listed=listed)
        watch.done += 1
        if divided.groups is not None:
            answers[changes], found[changes] = divided, told(part, scoring, divided, watch)
            people[changes], bounds[changes] = found[changes].people, found[changes].bound
        elif divided.status == "stopped":
            bounds[changes] = 0.0
    return ByChanges(found=found, divided=answers, listed=listed, people=people, bounds=bounds)
