"""Every partition of a small map, tried one by one: the oracle that the search is held against."""

from collections.abc import Iterator

import networkx as nx
import numpy as np


def partitions(items: list[int]) -> Iterator[list[list[int]]]:
    """Every way to divide items."""
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for smaller in partitions(rest):
        yield [[first], *smaller]
        for k, group in enumerate(smaller):
            yield [*smaller[:k], [first, *group], *smaller[k + 1 :]]


def cost_of(group, residents, of_target, objective) -> float:
    """People of one group, by the words of the definition."""
    inside = residents[group].sum(axis=0)
    people = inside.sum()
    if people == 0:
        return 0.0
    best = max(range(len(inside)), key=lambda t: (inside[t], -of_target[t], -t))
    out, missing = people - inside[best], of_target[best] - inside[best]
    if objective.kind == "misfit":
        return out if objective.accept_nesting else out + missing
    good = out <= objective.tolerance * people + 1e-6
    if not objective.accept_nesting:
        good = good and missing <= objective.tolerance * of_target[best] + 1e-6
    return 0.0 if good else people


def allowed(group, graph, population, limits) -> bool:
    members = set(group)
    people = population[group].sum()
    return (
        nx.is_connected(graph.subgraph(group))
        and (limits.min_population is None or people >= limits.min_population)
        and (limits.max_population is None or people <= limits.max_population)
        and (limits.max_members is None or len(group) <= limits.max_members)
        and all((a in members) == (b in members) for a, b in limits.must_join)
        and not any(a in members and b in members for a, b in limits.must_not_join)
    )


def best_partitions(graph, residents, of_target, population, *, objective, limits, n_groups=None):
    """The least people, the least mergers with so many people, and every partition that has both."""
    best, found = (np.inf, np.inf), []
    for divided in partitions(sorted(graph.nodes)):
        changes = len(graph) - len(divided)
        if limits.max_changes is not None and changes > limits.max_changes:
            continue
        if n_groups is not None and len(divided) != n_groups:
            continue
        if not all(allowed(group, graph, population, limits) for group in divided):
            continue
        key = (float(sum(cost_of(group, residents, of_target, objective) for group in divided)), changes)
        tidy = tuple(sorted(tuple(sorted(group)) for group in divided))
        if key < best:
            best, found = key, [tidy]
        elif key == best:
            found.append(tidy)
    return best, sorted(found)
