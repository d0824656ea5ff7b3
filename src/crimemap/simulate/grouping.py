"""Grouping bricks into connected areas of about the same population."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

__all__ = ["connect", "is_connected", "split_evenly"]


def is_connected(adjacency: csr_array, members: NDArray[np.bool_]) -> bool:
    """Say whether the members hang together."""
    if not members.any():
        return False
    n, _ = connected_components(adjacency[members][:, members], directed=False)
    return int(n) == 1


def connect(adjacency: csr_array, label: NDArray[np.int64], within: NDArray[np.int64]) -> NDArray[np.int64]:
    """
    Give every piece cut off from the largest part of its group to the neighbouring group in the same `within`.

    Parameters
    ----------
    adjacency
        Shape (n, n). True where two bricks share an edge.
    label
        Shape (n,). Group of each brick.
    within
        Shape (n,). What a brick may not leave (its district, for example).

    Returns
    -------
    Shape (n,). Labels whose groups are connected, as far as `within` lets them.
    """
    label = label.copy()
    for _ in range(len(label)):
        moved = False
        for group in np.unique(label):
            members = np.flatnonzero(label == group)
            n, part = connected_components(adjacency[members][:, members], directed=False)
            if n == 1:
                continue
            largest = np.bincount(part).argmax()
            for brick in members[part != largest]:
                near = adjacency.indices[adjacency.indptr[brick] : adjacency.indptr[brick + 1]]
                near = near[(within[near] == within[brick]) & (label[near] != group)]
                if len(near):
                    values, counts = np.unique(label[near], return_counts=True)
                    label[brick] = values[counts.argmax()]
                    moved = True
        if not moved:
            break
    return label


def _halve(
    xy: NDArray[np.float64], weight: NDArray[np.float64], members: NDArray[np.int64], k: int
) -> list[NDArray[np.int64]]:
    if k == 1 or len(members) <= 1:
        return [members]
    middle = xy[members] - np.average(xy[members], axis=0, weights=weight[members])
    _, _, axes = np.linalg.svd(middle * np.sqrt(weight[members])[:, None], full_matrices=False)
    order = members[np.argsort(middle @ axes[0], kind="stable")]
    share = np.cumsum(weight[order]) / weight[order].sum()
    first = k // 2
    cut = int(np.clip(np.searchsorted(share, first / k) + 1, first, len(order) - (k - first)))
    return _halve(xy, weight, order[:cut], first) + _halve(xy, weight, order[cut:], k - first)


def split_evenly(
    xy: NDArray[np.float64],
    weight: NDArray[np.float64],
    parent: NDArray[np.int64],
    parts: dict[int, int],
    adjacency: csr_array,
) -> NDArray[np.int64]:
    """
    Split each parent into connected groups of about equal weight, by halving along its longer axis again and again.

    Parameters
    ----------
    xy
        Shape (n, 2). Metres.
    weight
        Shape (n,). Population, for example.
    parent
        Shape (n,). What a group may not cross.
    parts
        Number of groups for each parent.

    Returns
    -------
    Shape (n,). Group numbers, counted through the parents in the order of `parts`.
    """
    label = np.full(len(xy), -1, dtype=np.int64)
    number = 0
    for code, k in parts.items():
        for members in _halve(xy, weight, np.flatnonzero(parent == code), k):
            label[members] = number
            number += 1
    return connect(adjacency, label, parent)
