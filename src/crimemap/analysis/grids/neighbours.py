"""Neighbours by distance, for cells and for any other points."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from crimemap.checks import require_coordinates, require_positive
from crimemap.errors import ParameterError

__all__ = ["distance_neighbours"]

_MOST_PAIRS: Final = 200_000_000


def distance_neighbours(
    easting: ArrayLike, northing: ArrayLike, *, distance_m: float, include_self: bool = True
) -> csr_array:
    """
    Say which points are neighbours: those at most a distance apart.

    Parameters
    ----------
    easting, northing
        Shape (n,). Metres, EPSG:27700.
    distance_m
        Metres; points exactly so far apart are neighbours.
    include_self
        Whether each point is its own neighbour, as Gi* wants it.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (n, n), symmetric, 1 where neighbours.

    Raises
    ------
    InputError
        If positions are not finite or look like degrees.
    ParameterError
        If the distance is not above 0, nobody has a neighbour within it, or there would be more pairs than memory holds.

    Examples
    --------
    >>> distance_neighbours([1000, 1010, 1030], [1000, 1000, 1000], distance_m=15).toarray().astype(int).tolist()
    [[1, 1, 0], [1, 1, 0], [0, 0, 1]]
    """
    reach = require_positive(distance_m, name="distance_m", unit="metres")
    x, y = require_coordinates(easting, northing, where="neighbours")
    n = x.size
    tree = cKDTree(np.column_stack([x, y]))
    pairs = (int(tree.count_neighbors(tree, reach)) - n) // 2 if n else 0
    if n and not pairs:
        raise ParameterError(
            f"no point has another within {reach:g} m", where="distance_m", fix="Take a distance of more than a cell."
        )
    if pairs > _MOST_PAIRS:
        raise ParameterError(
            f"{pairs:,} pairs lie within {reach:g} m of each other", where="distance_m", fix="Take a shorter distance."
        )
    found = tree.query_pairs(reach, output_type="ndarray") if n else np.empty((0, 2), dtype=np.intp)
    own = np.arange(n if include_self else 0)
    row = np.concatenate([found[:, 0], found[:, 1], own])
    column = np.concatenate([found[:, 1], found[:, 0], own])
    return csr_array((np.ones(row.size), (row, column)), shape=(n, n))
