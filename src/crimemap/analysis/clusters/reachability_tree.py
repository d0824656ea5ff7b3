"""
The smallest spanning tree of mutual reachability: what HDBSCAN is made from, exactly, without looking at every pair.

Two points reach each other at the largest of their distance and of both core distances. The tree grows by Boruvka's rounds:
each part takes the shortest way out of it. A point remembers its own shortest way out: parts only grow, so that it is still
the shortest while it leads out, and once it does not, no other is shorter.
"""

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.clusters.box_tree import BoxTree, box_distance, each_part
from crimemap.compiled import compiled_unfused

__all__ = ["reachability_tree"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@compiled_unfused
def _parts(above: Ints, part: Ints) -> int:  # pragma: no cover - compiled
    """Give each point the number of its part, from 0, and how many there are."""
    count = 0
    name = np.full(above.size, -1, dtype=np.int64)
    for p in range(above.size):
        root = p
        while above[root] != root:
            above[root] = above[above[root]]
            root = above[root]
        if name[root] < 0:
            name[root] = count
            count += 1
        part[p] = name[root]
    return count


@compiled_unfused
def _of_nodes(part: Ints, core: Floats, whole: Ints, least: Floats) -> None:  # pragma: no cover - compiled
    """Find the part that a node's points all belong to (-1: several; -2: no points), and their least core distance."""
    n_leaves = whole.size // 2
    for leaf in range(n_leaves):
        node, first = n_leaves + leaf, leaf * 16
        whole[node], least[node] = -2, np.inf
        for p in range(first, min(first + 16, part.size)):
            whole[node] = part[p] if whole[node] in {-2, part[p]} else -1
            least[node] = min(least[node], core[p])
    for node in range(n_leaves - 1, 0, -1):
        one, other = whole[2 * node], whole[2 * node + 1]
        if other in {-2, one}:
            whole[node] = one
        else:
            whole[node] = -1
        least[node] = min(least[2 * node], least[2 * node + 1])


@compiled_unfused
def _ways_out(  # pragma: no cover - compiled  # noqa: PLR0917
    x: Floats, y: Floats, core: Floats, box: Floats, part: Ints, whole: Ints, least: Floats,
    length: Floats, towards: Ints, best: Floats, source: Ints, start: int, end: int,
) -> None:  # fmt: skip
    """Find the shortest way out of each part from these points; `length` and `towards` remember each point's own."""
    n_leaves = len(box) // 2
    stack, reach = np.empty(128, dtype=np.int64), np.empty(128)
    for p in range(start, end):
        if towards[p] >= 0 and part[towards[p]] != part[p] and length[p] < best[part[p]]:
            best[part[p]], source[part[p]] = length[p], p
    for p in range(start, end):
        own = part[p]
        if length[p] >= best[own] or (towards[p] >= 0 and part[towards[p]] != own):
            continue
        limit, found = best[own], -1
        stack[0], reach[0], depth = 1, core[p], 1
        while depth:
            depth -= 1
            node = stack[depth]
            if reach[depth] >= limit or whole[node] == own:
                continue
            if node < n_leaves:
                one = max(box_distance(box, 2 * node, x[p], y[p]), least[2 * node], core[p])
                other = max(box_distance(box, 2 * node + 1, x[p], y[p]), least[2 * node + 1], core[p])
                near = 2 * node if one <= other else 2 * node + 1
                stack[depth], reach[depth] = 4 * node + 1 - near, max(one, other)
                stack[depth + 1], reach[depth + 1] = near, min(one, other)
                depth += 2
                continue
            first = (node - n_leaves) * 16
            for q in range(first, min(first + 16, x.size)):
                if part[q] == own:
                    continue
                way = max((x[q] - x[p]) ** 2 + (y[q] - y[p]) ** 2, core[p], core[q])
                if way < limit:
                    limit, found = way, q
        if found >= 0:
            length[p], towards[p] = limit, found
            best[own], source[own] = limit, p
        else:
            # Nothing shorter than the part's best: that much is known of this point for later rounds.
            length[p], towards[p] = limit, -1


@compiled_unfused
def _join(  # pragma: no cover - compiled  # noqa: PLR0917
    above: Ints, best: Floats, source: Ints, towards: Ints, edges: Ints, length: Floats, made: int,
) -> int:  # fmt: skip
    for k in range(best.size):
        one, other = source[k], towards[source[k]]
        a, b = one, other
        while above[a] != a:
            a = above[a]
        while above[b] != b:
            b = above[b]
        if a != b:
            above[max(a, b)] = min(a, b)
            edges[made, 0], edges[made, 1], length[made] = one, other, best[k]
            made += 1
    return made


def reachability_tree(tree: BoxTree, core: Floats) -> tuple[Ints, Floats]:
    """
    Find the edges of a smallest spanning tree of mutual reachability.

    Parameters
    ----------
    tree
        Of points that are at different places.
    core
        Shape (n,). Squares of core distances, in the tree's order.

    Returns
    -------
    edges
        Shape (n - 1, 2). Points in the tree's order.
    length
        Shape (n - 1,). Squares of the mutual reachability distances, ascending. Where several are equal there are several
        such trees; what is connected at any distance is the same in all.

    Examples
    --------
    >>> from crimemap.analysis.clusters.box_tree import box_tree
    >>> tree = box_tree(np.array([[0.0, 0.0], [3.0, 0.0], [7.0, 0.0]]))
    >>> reachability_tree(tree, np.array([1.0, 1.0, 25.0]))[1].tolist()
    [9.0, 25.0]
    """
    n = tree.x.size
    above, part = np.arange(n), np.empty(n, dtype=np.int64)
    whole, least = np.empty(len(tree.box), dtype=np.int64), np.empty(len(tree.box))
    length, towards = core.copy(), np.full(n, -1, dtype=np.int64)
    edges, lengths, made = np.empty((max(n - 1, 0), 2), dtype=np.int64), np.empty(max(n - 1, 0)), 0
    while made < n - 1:
        parts = _parts(above, part)
        _of_nodes(part, core, whole, least)

        def ways(start: int, end: int, parts: int = parts) -> tuple[Floats, Ints]:
            best, source = np.full(parts, np.inf), np.full(parts, -1, dtype=np.int64)
            _ways_out(
                tree.x, tree.y, core, tree.box, part, whole, least, length, towards, best, source, start, end
            )  # fmt: skip
            return best, source

        best, source = np.full(parts, np.inf), np.full(parts, -1, dtype=np.int64)
        for mine, at in each_part(n, ways):
            shorter = mine < best
            best[shorter], source[shorter] = mine[shorter], at[shorter]
        made = _join(above, best, source, towards, edges, lengths, made)
    order = np.argsort(lengths, kind="stable")
    return edges[order], lengths[order]
