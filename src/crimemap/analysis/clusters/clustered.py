"""What clustering of points gives back, and what every method asks of its points."""

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from crimemap.checks import require_coordinates
from crimemap.errors import EmptyInputError, InputError, ParameterError

__all__ = ["METHODS", "MOST_PAIRS", "Clustered", "Method", "ranked", "require_few_pairs", "require_fewest", "require_points"]

Method = Literal["dbscan", "hdbscan", "st-dbscan", "nnh"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
_FEWEST: Final = 3
#: Pairs of points that memory holds.
MOST_PAIRS: Final = 50_000_000

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clustered:
    """
    Which cluster each point belongs to.

    Attributes
    ----------
    label
        Shape (n,). Clusters from 0, the one with most incidents first; -1 for noise.
    incidents
        Shape (k,). Incidents in each.
    order
        Shape (k,). 1 for clusters of points; nearest-neighbour hierarchical clusters of clusters are in `above`.
    above
        Labels of the clusters of the next orders, of points again: one array of shape (n,) for each order from the second.
    method, parameters
        How they were found.
    """

    label: Ints
    incidents: Ints
    above: tuple[Ints, ...]
    method: Method
    parameters: dict[str, Any]

    def __len__(self) -> int:
        """Count the clusters."""
        return int(self.incidents.size)


def require_points(easting: ArrayLike, northing: ArrayLike, incidents: ArrayLike | None) -> tuple[Floats, Ints]:
    """Insist on places with whole numbers of incidents, enough of them to cluster."""
    x, y = require_coordinates(easting, northing, where="incidents")
    number = np.ones(x.size, dtype=np.int64) if incidents is None else np.asarray(incidents).astype(np.int64).ravel()
    if (
        number.size != x.size
        or (incidents is not None and (number != np.asarray(incidents).ravel()).any())
        or (number < 1).any()
    ):
        raise InputError("numbers of incidents are not whole, below 1 or of another length", where="incidents")
    if number.sum() < _FEWEST:
        raise EmptyInputError(
            f"{int(number.sum())} incidents cannot cluster", where="incidents", fix="Take a longer period or a larger area."
        )
    return np.column_stack([x, y]), number


def ranked(label: NDArray[np.integer[Any]], number: Ints) -> tuple[Ints, Ints]:
    """Give clusters new numbers by their incidents, ties by the first point."""
    held = label >= 0
    _, first, dense = np.unique(label[held], return_index=True, return_inverse=True)
    total = np.bincount(dense, weights=number[held], minlength=first.size).astype(np.int64)
    order = np.lexsort((first, -total))
    rank = np.empty(order.size, dtype=np.int64)
    rank[order] = np.arange(order.size)
    found = np.full(label.size, -1, dtype=np.int64)
    found[held] = rank[dense]
    return found, total[order]


def require_fewest(fewest: int) -> int:
    """Insist on a cluster of two incidents or more."""
    if fewest < _FEWEST - 1:
        raise ParameterError(f"{fewest} incidents are no cluster", where="fewest", fix="Give 2 or more.")
    return fewest


def require_few_pairs(points: Floats, reach: float) -> None:
    """Refuse points of which too many pairs lie within reach, before memory runs out."""
    tree = cKDTree(points)
    pairs = int(tree.count_neighbors(tree, reach))
    if pairs > MOST_PAIRS:
        raise ParameterError(
            f"{pairs:,} pairs of points lie within {reach:g} m",
            where="reach_m",
            fix="Take a shorter reach or a smaller area.",
        )
