"""
HDBSCAN's clusters from a spanning tree: what stays together while edges are taken away, the longest first.

As Campello et al. (2013) have it, edges of one length are taken away at once: what falls apart then falls apart into all its
pieces, whatever the order of the points. Pieces of fewer than the smallest cluster are noise from there on; with two or more
large ones the cluster ends and each of them is a new one. A cluster lasts from 1 / (distance at which it begins) to that at
which each of its incidents leaves it, and the clusters chosen last longest together (excess of mass); the whole is none.
"""

import numpy as np
from numpy.typing import NDArray

from crimemap.compiled import compiled_unfused

__all__ = ["lasting_clusters"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@compiled_unfused
def _pieces(  # pragma: no cover - compiled
    edges: Ints, length: Floats, number: Ints,
) -> tuple[Ints, Ints, Ints, Floats, int]:  # fmt: skip
    """Build the tree of pieces from the shortest edges on; a piece has all that is joined at its length below it."""
    n = number.size
    first, after = np.full(2 * n, -1, dtype=np.int64), np.full(2 * n, -1, dtype=np.int64)
    final = np.full(2 * n, -1, dtype=np.int64)
    size, height = np.zeros(2 * n, dtype=np.int64), np.zeros(2 * n)
    size[:n] = number
    above, top = np.arange(n), np.arange(n)
    made, begun, current = n, n, -1.0
    for e in range(length.size):
        if length[e] != current:
            begun, current = made, length[e]
        a, b = edges[e, 0], edges[e, 1]
        while above[a] != a:
            above[a] = above[above[a]]
            a = above[a]
        while above[b] != b:
            above[b] = above[above[b]]
            b = above[b]
        one, other = top[a], top[b]
        if one < begun and other < begun:
            first[made], after[one], final[made] = one, other, other
            size[made], height[made] = size[one] + size[other], current
            top[a] = made
            made += 1
        elif one >= begun and other >= begun:
            after[final[one]], final[one] = first[other], final[other]
            size[one] += size[other]
            first[other] = -1
        else:
            piece, added = (one, other) if one >= begun else (other, one)
            after[final[piece]], final[piece] = added, added
            size[piece] += size[added]
            top[a] = piece
        above[b] = a
    root = a = 0
    while above[a] != a:
        a = above[a]
    root = top[a]
    return first, after, size, height, root


@compiled_unfused
def _condensed(  # pragma: no cover - compiled  # noqa: PLR0917
    first: Ints, after: Ints, size: Ints, height: Floats, root: int, n: int, fewest: int,
) -> tuple[Ints, Ints, Floats]:  # fmt: skip
    """Give each point the last cluster it was in, and each cluster the one it came from and how long it lasted."""
    held, alive = np.full(first.size, -1, dtype=np.int64), np.zeros(first.size, dtype=np.bool_)
    parent, born, lasting = np.full(2 * n, -1, dtype=np.int64), np.zeros(2 * n), np.zeros(2 * n)
    held[root], alive[root], clusters = 0, True, 1
    for node in range(root, -1, -1):
        own = held[node]
        if own < 0:
            continue
        if node < n:
            if alive[node]:
                lasting[own] = np.inf
            continue
        large = 0
        if alive[node]:
            level = 1.0 / np.sqrt(height[node])
            child = first[node]
            while child >= 0:
                large += size[child] >= fewest
                child = after[child]
        child = first[node]
        while child >= 0:
            held[child] = own
            if alive[node]:
                alive[child] = size[child] >= fewest
                if large > 1 or not alive[child]:
                    lasting[own] += size[child] * (level - born[own])
                if large > 1 and alive[child]:
                    parent[clusters], born[clusters], held[child] = own, level, clusters
                    clusters += 1
            child = after[child]
    return held[:n], parent[:clusters], lasting[:clusters]


@compiled_unfused
def _chosen(parent: Ints, lasting: Floats) -> Ints:  # pragma: no cover - compiled
    """Give each cluster the chosen one that it is or belongs to; -1 for none."""
    below, best = np.zeros(parent.size), np.zeros(parent.size, dtype=np.bool_)
    for k in range(parent.size - 1, 0, -1):
        best[k] = lasting[k] >= below[k]
        below[parent[k]] += lasting[k] if best[k] else below[k]
    found = np.full(parent.size, -1, dtype=np.int64)
    for k in range(1, parent.size):
        up = found[parent[k]]
        found[k] = up if up >= 0 else (k if best[k] else -1)
    return found


def lasting_clusters(edges: Ints, length: Floats, number: Ints, *, fewest: int) -> Ints:
    """
    Choose the clusters that last longest.

    Parameters
    ----------
    edges, length
        Of a spanning tree, as `reachability_tree` gives them: all lengths above 0, ascending.
    number
        Shape (n,). Incidents at each point.
    fewest
        Incidents of the smallest cluster.

    Returns
    -------
    ndarray of int64
        Shape (n,). A number of its cluster for each point, -1 for noise.

    Examples
    --------
    >>> edges = np.array([[0, 1], [2, 3], [1, 2]])
    >>> found = lasting_clusters(edges, np.array([1.0, 1.0, 100.0]), np.ones(4, dtype=np.int64), fewest=2)
    >>> bool(found[0] == found[1] != found[2] == found[3])
    True
    """
    if not length.size:
        return np.full(number.size, -1, dtype=np.int64)
    held, parent, lasting = _condensed(*_pieces(edges, length, number), number.size, fewest)
    return np.asarray(_chosen(parent, lasting)[held], dtype=np.int64)
