"""Not one answer but all that are worth a look: number of partnerships against fit against savings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crimemap.alignment.mergers.divided import tidy
from crimemap.alignment.mergers.groups import Part
from crimemap.alignment.mergers.pricing import Listed
from crimemap.alignment.mergers.problem import Problem
from crimemap.alignment.mergers.programme import SAME, pick
from crimemap.alignment.mergers.result import Grouping
from crimemap.alignment.mergers.savings import SavingsModel
from crimemap.alignment.mergers.scoring import Scoring
from crimemap.alignment.mergers.search import by_changes, rows_of
from crimemap.alignment.mergers.watch import Reporter, Watch
from crimemap.errors import InfeasibleError

__all__ = ["Front", "front", "undominated"]

Floats = NDArray[np.float64]

#: Most groups of a part among which savings are traded against fit; with more, savings follow from the best fit.
TRADED: Final = 60_000
#: Most answers kept on the way; beyond, answers between others are left out and the front says so.
KEPT: Final = 4_000
#: Most trades of fit against savings for each number of groups of a part.
TRADES: Final = 30
#: Pounds: a better saving must be better by this.
POUND: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Front:
    """
    Groupings that are worth a look.

    Attributes
    ----------
    table
        One row for each, by falling number of partnerships: `n_partnerships`, `n_changes`, `people` (the objective), with
        savings `net_low` and `net_high` (pounds, over the years assumed), and `efficient`: no other row has as few
        partnerships, as good a fit and as much saved (at the low end), and one of them better.
    groupings
        The grouping of each row.
    proved
        Whether each row is proved to be the best for its number of partnerships (and, with savings, its saving).
    complete
        Whether every trade between fit and savings is there that no grouping with fewer partnerships betters.
    status
        Empty, `time_limit` or `cancelled`.
    parameters
        What made this result.
    """

    table: pd.DataFrame
    groupings: tuple[Grouping, ...]
    proved: bool
    complete: bool
    status: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Point:
    changes: int
    people: float
    saving: float
    groups: tuple[Grouping, ...]


def undominated(values: Floats) -> NDArray[np.bool_]:
    """
    Say which rows no other row betters: smaller is better in every column, and of equal rows all stay.

    Examples
    --------
    >>> undominated(np.array([[1.0, 5.0], [2.0, 3.0], [2.0, 4.0]])).tolist()
    [True, True, False]
    """
    kept = np.ones(len(values), dtype=np.bool_)
    for k, row in enumerate(values):
        kept[k] = not ((values <= row).all(axis=1) & (values < row).any(axis=1)).any()
    return kept


def front(
    problem: Problem,
    *,
    savings: SavingsModel | None = None,
    time_limit_s: float | None = None,
    progress: Reporter | None = None,
) -> Front:
    """
    Find the best grouping for every number of partnerships, and with savings every trade of fit against them.

    Raises
    ------
    InfeasibleError
        If no grouping keeps the limits.
    """
    parts = problem.parts
    watch = Watch(seconds=time_limit_s, report=progress, of=sum(len(part) for part, _ in parts))
    most = problem.limits.max_changes
    points: list[_Point] = [_Point(0, 0.0, 0.0, ())]
    complete, proved = True, True
    for part, scoring in parts:
        answers = by_changes(part, scoring, watch, most=most)
        proved &= all(found.status == "optimal" for found in answers.found.values())
        if not answers.found:
            if watch.ended is None:
                raise problem.infeasible(part)
            proved = False
            break
        own = [_point(part, found.groups, c, found.people, savings) for c, found in answers.found.items()]
        if savings is not None and len(part) > 2:  # noqa: PLR2004 - two units leave nothing to trade
            more, whole = _trades(part, scoring, answers.listed, savings=savings, best=own, watch=watch)
            own += more
            complete &= whole
        points, whole = _joined(points, own, traded=savings is not None, most=most)
        complete &= whole
    else:
        if not points:
            raise InfeasibleError(
                f"the limits cannot be kept with {most} mergers or fewer",
                where="max_changes",
                fix="Allow more, or loosen a limit.",
            )
        return _told(problem, points, savings, proved=proved and watch.ended is None, complete=complete, watch=watch)
    return _told(problem, [], savings, proved=False, complete=False, watch=watch)


def _point(part: Part, groups: Grouping, changes: int, people: float, savings: SavingsModel | None) -> _Point:
    place = {unit: k for k, unit in enumerate(part.units)}
    rows = rows_of(tuple(tuple(place[unit] for unit in group) for group in groups), len(part))
    saved = 0.0 if savings is None else float(savings.net_low(savings.of_groups(part.units, rows)).sum())
    return _Point(changes, people, saved, (groups,))


def _trades(
    part: Part, scoring: Scoring, listed: Listed | None, *, savings: SavingsModel, best: Sequence[_Point], watch: Watch
) -> tuple[list[_Point], bool]:
    """
    Trade fit against savings for each number of groups, from the fewest up.

    Each step asks for more savings than the last answer gave, at the best fit that can be had for them; and for more than
    any answer with fewer groups gives that fits as well, since what it betters in everything is not worth a look.
    """
    if listed is None or len(listed.costs) > TRADED:
        return [], False
    members, costs = listed.below(np.zeros(len(part)), 0.0, np.inf)
    saved = savings.net_low(savings.of_groups(part.units, members))
    found: list[_Point] = []
    complete = True
    for start in sorted(best, key=lambda point: -point.changes):
        n_groups = len(part) - start.changes
        most = pick(members, -saved, n_groups=n_groups, watch=watch)
        last = start
        for trial in range(TRADES + 1):
            fewer = [p.saving for p in (*best, *found) if p.changes > start.changes and p.people <= last.people + SAME]
            least = max([last.saving, *fewer]) + POUND
            if most.status != "optimal" or -most.objective < least:
                complete &= most.status == "optimal"
                break
            if trial == TRADES or not watch.going_on("fit against savings", len(found)):
                complete = False
                break
            solved = pick(members, costs, n_groups=n_groups, watch=watch, at_least=(saved, least))
            if solved.status != "optimal":
                complete &= solved.status == "infeasible"
                break
            values = solved.values  # noqa: PD011 - an array
            taken = members[values > 0.5]  # noqa: PLR2004 - integers
            groups = tuple(tuple(part.units[k] for k in group) for group in tidy(taken))
            last = _point(part, groups, start.changes, float(scoring.people(taken).sum()), savings)
            found.append(last)
    return found, complete


def _joined(points: Sequence[_Point], own: Sequence[_Point], *, traded: bool, most: int | None) -> tuple[list[_Point], bool]:
    """Join the answers so far with those of another part, and keep those that none betters for their number of changes."""
    both: dict[int, list[_Point]] = {}
    for a in points:
        for b in own:
            changes = a.changes + b.changes
            if most is None or changes <= most:
                joint = _Point(changes, a.people + b.people, a.saving + b.saving, (*a.groups, *b.groups))
                both.setdefault(changes, []).append(joint)
    kept: list[_Point] = []
    complete = True
    each = max(KEPT // max(len(both), 1), 2)
    for changes in sorted(both):
        front_here: list[_Point] = []
        for point in sorted(both[changes], key=lambda p: (p.people, -p.saving)):
            if not front_here or (
                traded and point.saving > front_here[-1].saving + POUND / 2 and point.people > front_here[-1].people + SAME
            ):
                front_here.append(point)
        if len(front_here) > each:
            complete = False
            index = np.unique(np.linspace(0, len(front_here) - 1, each).round().astype(int))
            front_here = [front_here[k] for k in index.tolist()]
        kept += front_here
    return kept, complete


def _told(
    problem: Problem, points: Sequence[_Point], savings: SavingsModel | None, *, proved: bool, complete: bool, watch: Watch
) -> Front:
    n = len(problem.chosen)
    place = {unit: k for k, unit in enumerate(problem.chosen)}
    groupings = tuple(
        tuple(sorted((group for part in point.groups for group in part), key=lambda group: place[group[0]]))
        for point in points
    )
    table = pd.DataFrame(
        {
            "n_partnerships": pd.Series([n - point.changes for point in points], dtype="int64"),
            "n_changes": pd.Series([point.changes for point in points], dtype="int64"),
            "people": pd.Series([point.people for point in points], dtype="float64"),
        }
    )
    judged = [table["n_partnerships"].to_numpy(dtype=np.float64), table["people"].to_numpy(dtype=np.float64)]
    if savings is not None:
        money = [savings.savings(grouping) for grouping in groupings]
        table["net_low"] = [found.net_low for found in money]
        table["net_high"] = [found.net_high for found in money]
        judged.append(-table["net_low"].to_numpy(dtype=np.float64))
    table["efficient"] = undominated(np.column_stack(judged)) if len(table) else np.empty(0, dtype=np.bool_)
    return Front(
        table=table,
        groupings=groupings,
        proved=proved,
        complete=complete,
        status=watch.ended or "",
        parameters=problem.parameters | ({} if savings is None else {"savings": savings.parameters}),
    )
