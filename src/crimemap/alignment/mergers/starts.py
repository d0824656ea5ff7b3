"""Groups to begin a search with: cheap to find, often already right."""

import numpy as np
from numpy.typing import NDArray

from crimemap.alignment.mergers.groups import Part, is_connected, pieces
from crimemap.alignment.mergers.scoring import Scoring

__all__ = ["nearby", "starting_groups"]

Floats = NDArray[np.float64]
Members = NDArray[np.bool_]


def _rows(sets: list[set[int]], n: int) -> Members:
    rows = np.zeros((len(sets), n), dtype=np.bool_)
    for k, members in enumerate(sets):
        rows[k, sorted(members)] = True
    return rows


def starting_groups(part: Part, scoring: Scoring) -> Members:
    """
    Give single units, pairs of neighbours, the units that lie mostly in each area, and what joining the best pairs gives.

    Returns
    -------
    ndarray of bool
        Shape (n_groups, n_units). Only groups that keep the limits; connected.
    """
    n, near = len(part), part.near
    found = [{k} for k in range(n)] + [{a, b} for a, b in part.edges.tolist()] + pieces(set(range(n)), near)
    if scoring.fit.targets:
        home = scoring.fit.residents.argmax(axis=1)
        for target in np.unique(home).tolist():
            found += pieces(set(np.flatnonzero(home == target).tolist()), near)
    found += _joined(part, scoring, near)
    rows = np.unique(_rows(found, n), axis=0)
    return rows[part.allowed(rows)]


def _joined(part: Part, scoring: Scoring, near: list[set[int]]) -> list[set[int]]:
    """Join, from single units, the two neighbouring groups that gain most, until none is left to join."""
    n = len(part)
    ceiling = np.inf if part.max_population is None else part.max_population + part.slack
    groups = [{k} for k in range(n)]
    cost = scoring.cost(_rows(groups, n)).tolist()
    gains: dict[tuple[int, int], float] = {}
    alive = set(range(n))
    found = []

    def price(pairs: list[tuple[int, int]]) -> None:
        if pairs:
            rows = _rows([groups[a] | groups[b] for a, b in pairs], n)
            people = rows @ part.population
            members = rows.sum(axis=1)
            for pair, total, size, joint in zip(
                pairs, people.tolist(), members.tolist(), scoring.cost(rows).tolist(), strict=True
            ):
                if total <= ceiling and size <= (part.max_members or n):
                    gains[pair] = cost[pair[0]] + cost[pair[1]] - joint

    price([(min(a, b), max(a, b)) for a, b in part.edges.tolist()])
    while gains:
        a, b = max(gains, key=lambda pair: (gains[pair], -pair[0], -pair[1]))
        groups.append(groups[a] | groups[b])
        cost.append(float(scoring.cost(_rows(groups[-1:], n))[0]))
        found.append(groups[-1])
        alive -= {a, b}
        gains = {pair: gain for pair, gain in gains.items() if not {a, b} & set(pair)}
        border = set().union(*(near[k] for k in groups[-1]))
        price([(other, len(groups) - 1) for other in sorted(alive) if groups[other] & border])
        alive.add(len(groups) - 1)
    return found


def nearby(members: Members, part: Part) -> Members:
    """
    Change each group by one unit, in or out.

    Gives groups that keep the limits, whether or not they are connected, and some more than once.
    """
    n = len(part)
    changed = (members[:, None, :] ^ np.eye(n, dtype=np.bool_)[None, :, :]).reshape(-1, n)
    changed = changed[changed.any(axis=1)]
    return changed[part.allowed(changed)]


def only_connected(members: Members, near: list[set[int]], most: int) -> list[int]:
    """Give the first rows, at most so many, that are connected."""
    found: list[int] = []
    for k, row in enumerate(members):
        if len(found) == most:
            break
        if is_connected(set(np.flatnonzero(row).tolist()), near):
            found.append(k)
    return found
