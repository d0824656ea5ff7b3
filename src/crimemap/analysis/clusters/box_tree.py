"""Points of the plane in a tree of boxes, and how far each has to look for so many incidents (its core distance)."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crimemap.analysis.density.sorted_points import threads
from crimemap.compiled import compiled_unfused

__all__ = ["LEAF", "BoxTree", "box_distance", "box_tree", "core_distances", "each_part"]

#: Points of a leaf.
LEAF: Final = 16

T = TypeVar("T")
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BoxTree:
    """
    A full binary tree of boxes over points: node 1 is the root, 2 k and 2 k + 1 are below node k.

    Attributes
    ----------
    order
        Shape (n,). The points in the order of the leaves, 16 to a leaf.
    x, y
        Shape (n,). Metres, in this order.
    box
        Shape (2 n_leaves, 4). West, south, east, north of each node; of a leaf without points inside out.
    """

    order: Ints
    x: Floats
    y: Floats
    box: Floats

    @property
    def n_leaves(self) -> int:
        """A power of 2."""
        return len(self.box) // 2


def box_tree(points: Floats) -> BoxTree:
    """
    Put points into a tree.

    Parameters
    ----------
    points
        Shape (n, 2). Metres.

    Examples
    --------
    >>> box_tree(np.array([[0.0, 5.0], [2.0, 1.0]])).box[1].tolist()
    [0.0, 1.0, 2.0, 5.0]
    """
    order = np.asarray(cKDTree(points, leafsize=LEAF).indices, dtype=np.int64)
    x, y = (np.ascontiguousarray(axis[order]) for axis in points.T)
    n_leaves = 1
    while n_leaves * LEAF < order.size:
        n_leaves *= 2
    box = np.empty((2 * n_leaves, 4))
    box[:] = np.inf, np.inf, -np.inf, -np.inf
    held = -(-order.size // LEAF)
    first = np.arange(0, order.size, LEAF)
    for side, axis, end in ((0, x, np.minimum), (1, y, np.minimum), (2, x, np.maximum), (3, y, np.maximum)):
        box[n_leaves : n_leaves + held, side] = end.reduceat(axis, first)
        level = n_leaves // 2
        while level:
            box[level : 2 * level, side] = end(
                box[2 * level : 4 * level : 2, side], box[2 * level + 1 : 4 * level : 2, side]
            )
            level //= 2
    return BoxTree(order=order, x=x, y=y, box=box)


def each_part(n: int, work: Callable[[int, int], T]) -> list[T]:
    """Do work on parts of 0 to n side by side; results come in order."""
    engine = threads()
    edges = np.linspace(0, n, engine.workers + 1).astype(int).tolist()
    return engine.map(lambda part: work(*part), list(pairwise(edges)))


@compiled_unfused
def box_distance(box: Floats, node: int, x: float, y: float) -> float:  # pragma: no cover - compiled
    """Give the square of the distance from a point to a node's box; infinite where the node has no points."""
    if box[node, 0] > box[node, 2]:
        return np.inf
    dx = max(box[node, 0] - x, 0.0, x - box[node, 2])
    dy = max(box[node, 1] - y, 0.0, y - box[node, 3])
    return float(dx * dx + dy * dy)


@compiled_unfused
def _farthest(box: Floats, node: int, x: float, y: float) -> float:  # pragma: no cover - compiled
    """Give the square of the distance from a point to the farthest corner of a node's box."""
    dx, dy = max(x - box[node, 0], box[node, 2] - x), max(y - box[node, 1], box[node, 3] - y)
    return float(dx * dx + dy * dy)


@compiled_unfused
def _gather(  # pragma: no cover - compiled  # noqa: PLR0917
    x: Floats, y: Floats, number: Ints, box: Floats, total: Ints, p: int, least: float, most: float,
    square: Floats, held: Ints, stack: Ints, room: int,
) -> tuple[int, int]:  # fmt: skip
    """Count the incidents nearer than `least`, and put those from there to `most` aside; -1 where there is no room."""
    n_leaves = len(box) // 2
    inside, size, depth = 0, 0, 1
    stack[0] = 1
    while depth:
        depth -= 1
        node = stack[depth]
        if box_distance(box, node, x[p], y[p]) > most:
            continue
        if _farthest(box, node, x[p], y[p]) < least:
            inside += total[node]
            continue
        if node < n_leaves:
            stack[depth], stack[depth + 1] = 2 * node, 2 * node + 1
            depth += 2
            continue
        first = (node - n_leaves) * 16
        for q in range(first, min(first + 16, x.size)):
            away = (x[q] - x[p]) ** 2 + (y[q] - y[p]) ** 2
            if away < least:
                inside += number[q]
            elif away <= most:
                if size == room:
                    return inside, -1
                square[size], held[size] = away, number[q]
                size += 1
    return inside, size


@compiled_unfused
def _cores(  # pragma: no cover - compiled  # noqa: PLR0917
    x: Floats, y: Floats, number: Ints, box: Floats, total: Ints, fewest: int, start: int, end: int, core: Floats,
) -> None:  # fmt: skip
    """Give the square of each point's distance; it differs from the point's before by no more than they are apart."""
    square, held = np.empty(x.size), np.empty(x.size, dtype=np.int64)
    stack = np.empty(128, dtype=np.int64)
    for p in range(start, end):
        least, most = 0.0, 4.0 * _farthest(box, 1, x[p], y[p])
        if p > start:
            before, apart = np.sqrt(core[p - 1]), np.hypot(x[p] - x[p - 1], y[p] - y[p - 1])
            # A little wider than that, for rounding: the two may be all but equal.
            slack = 1e-9 * (before + apart)
            least, most = max(before - apart - slack, 0.0) ** 2, (before + apart + slack) ** 2
        inside, size = _gather(x, y, number, box, total, p, least, most, square, held, stack, 512)
        halvings = 0
        while size < 0 and halvings < 60:  # noqa: PLR2004 - no number has more digits
            # The ring has many points: halve it, counting by nodes, until it has few.
            middle = (least + most) / 2
            nearer, _ = _gather(x, y, number, box, total, p, middle, middle, square, held, stack, x.size)
            if nearer >= fewest:
                most = middle
            else:
                least = middle
            inside, size = _gather(x, y, number, box, total, p, least, most, square, held, stack, 512)
            halvings += 1
        if size < 0:
            inside, size = _gather(x, y, number, box, total, p, least, most, square, held, stack, x.size)
        order = np.argsort(square[:size])
        at = -1
        while inside < fewest:
            at += 1
            inside += held[order[at]]
        core[p] = square[order[at]]


def core_distances(tree: BoxTree, number: Ints, *, fewest: int) -> Floats:
    """
    Measure how far each point has to look for so many incidents, its own included.

    Parameters
    ----------
    tree
        Of the points.
    number
        Shape (n,). Incidents at each, in the tree's order.
    fewest
        Incidents, no more than there are.

    Returns
    -------
    ndarray of float64
        Shape (n,). Squares of distances, in the tree's order.

    Examples
    --------
    >>> tree = box_tree(np.array([[0.0, 0.0], [3.0, 0.0], [7.0, 0.0]]))
    >>> core_distances(tree, np.array([1, 2, 1])[tree.order], fewest=3)[tree.order.argsort()].tolist()
    [9.0, 9.0, 16.0]
    """
    core, n_leaves = np.empty(tree.x.size), tree.n_leaves
    total = np.zeros(2 * n_leaves, dtype=np.int64)
    total[n_leaves : n_leaves + -(-core.size // LEAF)] = np.add.reduceat(number, np.arange(0, core.size, LEAF))
    for node in range(n_leaves - 1, 0, -1):
        total[node] = total[2 * node] + total[2 * node + 1]
    each_part(core.size, lambda start, end: _cores(tree.x, tree.y, number, tree.box, total, fewest, start, end, core))
    return core
