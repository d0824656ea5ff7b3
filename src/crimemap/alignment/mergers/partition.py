"""The best way to divide one connected part of the map into groups, with its proof."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.alignment.mergers.branching import divide_by_branching
from crimemap.alignment.mergers.divided import Divided, Division, Shortlist, tidy
from crimemap.alignment.mergers.groups import Part, connected_groups
from crimemap.alignment.mergers.master import Master, converge
from crimemap.alignment.mergers.pricing import Listed
from crimemap.alignment.mergers.programme import SAME, pick
from crimemap.alignment.mergers.scoring import Scoring
from crimemap.alignment.mergers.starts import starting_groups
from crimemap.alignment.mergers.watch import Watch

__all__ = ["LIST_LIMIT", "divide", "divide_listed", "find_ties", "list_groups"]

Floats = NDArray[np.float64]
Members = NDArray[np.bool_]

#: Most groups of a part to list; parts with more are searched by column generation.
LIST_LIMIT: Final = 400_000


def divide_listed(part: Part, scoring: Scoring, listed: Listed, watch: Watch, *, n_groups: int | None = None) -> Divided:
    """
    Divide a part whose groups are all listed.

    The relaxation gives a bound and each group's reduced cost; a group whose reduced cost exceeds the distance between the
    bound and a division already known is in no better one, so the integer programme needs only the others.
    """
    blank = Divided(
        status="infeasible",
        groups=None,
        cost=np.inf,
        bound=np.inf,
        method="all groups listed",
        n_groups_listed=len(listed.masks),
    )
    master = Master(len(part), n_groups=n_groups, watch=watch)
    begin = starting_groups(part, scoring)
    master.add(begin, scoring.cost(begin))
    relaxed, bound, ended = converge(master, listed, watch)
    if relaxed is None and not ended:
        return blank
    best = _known(blank, master.members, master.costs, n_groups=n_groups, watch=watch)
    if relaxed is None:
        return replace(best, bound=min(max(bound, 0.0), best.cost))
    members, costs = listed.below(relaxed.of_unit, relaxed.of_group, best.cost - bound + SAME)
    solved = pick(members, costs, n_groups=n_groups, watch=watch)
    if solved.status == "infeasible":
        return blank
    chosen = np.flatnonzero(solved.values > 0.5)  # noqa: PLR2004 - an integer
    if solved.values.size and solved.objective < best.cost + SAME / 2:
        best = replace(best, groups=tidy(members[chosen]), cost=float(costs[chosen].sum()))
    if solved.status == "stopped":
        return replace(best, bound=min(max(bound, solved.bound, 0.0), best.cost))
    shortlist = Shortlist(members=members, costs=costs, taken=chosen)
    return replace(best, status="optimal", bound=best.cost, shortlist=shortlist)


def _known(blank: Divided, members: Members, costs: Floats, *, n_groups: int | None, watch: Watch) -> Divided:
    """Choose the best division among some groups."""
    nothing = replace(blank, status="stopped", bound=0.0)
    if not len(costs):
        return nothing
    solved = pick(members, costs, n_groups=n_groups, watch=watch)
    chosen = np.flatnonzero(solved.values > 0.5)  # noqa: PLR2004 - an integer
    return replace(nothing, groups=tidy(members[chosen]), cost=float(costs[chosen].sum())) if chosen.size else nothing


def find_ties(
    divided: Divided, watch: Watch, *, n_groups: int | None = None, most: int = 10
) -> tuple[tuple[Division, ...], bool]:
    """List other divisions of the same cost, forbidding those already known, and say whether these are all."""
    if divided.shortlist is None:
        return (), False
    members, costs, chosen = divided.shortlist.members, divided.shortlist.costs, divided.shortlist.taken
    least = float(costs[chosen].sum())
    known = [chosen]
    complete = False
    while len(known) <= most and watch.going_on("equally good groupings", len(known)):
        other = pick(members, costs, n_groups=n_groups, watch=watch, without=tuple(known))
        if other.status == "stopped":
            break
        if other.status == "infeasible" or other.objective > least + SAME:
            complete = True
            break
        known.append(np.flatnonzero(other.values > 0.5))  # noqa: PLR2004 - an integer
    return tuple(tidy(members[row]) for row in known[1:]), complete


def list_groups(part: Part, scoring: Scoring, watch: Watch, *, limit: int = LIST_LIMIT) -> Listed | None:
    """List and score a part's groups; None where they are too many."""
    masks = connected_groups(part, limit=limit, going_on=lambda found: watch.going_on("listing groups", found))
    return None if masks is None else Listed(part=part, masks=masks, scoring=scoring)


def divide(
    part: Part,
    scoring: Scoring,
    watch: Watch,
    *,
    n_groups: int | None = None,
    listed: Listed | None = None,
) -> Divided:
    """
    Find the best division of a part into connected groups within its limits.

    Parameters
    ----------
    n_groups
        How many groups; None for any number.
    listed
        The part's groups, where they were listed before; without, column generation is used.
    """
    if listed is not None:
        return divide_listed(part, scoring, listed, watch, n_groups=n_groups)
    return divide_by_branching(part, scoring, watch, n_groups=n_groups)
