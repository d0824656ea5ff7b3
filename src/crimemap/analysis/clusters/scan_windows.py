"""Windows of the scan statistic: around each centre, the nearest areas, then the next, up to a limit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from crimemap.checks import require_coordinates, require_positive
from crimemap.errors import EmptyInputError, InputError, ParameterError

__all__ = ["Windows", "circles"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Windows:
    """
    Growing circles around each centre.

    Attributes
    ----------
    pointer
        Shape (n + 1,). Where the members of each centre begin in `member`.
    member
        Shape (w,). Areas in the order in which the circle takes them in.
    closed
        Shape (w,). Whether the circle up to this member is one: areas at one distance come in together.
    radius_m
        Shape (w,). Distance of the member's centre, metres.
    """

    pointer: NDArray[np.int64]
    member: NDArray[np.int32]
    closed: NDArray[np.bool_]
    radius_m: NDArray[np.float64]

    def __len__(self) -> int:
        """Count the windows."""
        return int(self.closed.sum())


def circles(
    easting: ArrayLike,
    northing: ArrayLike,
    weight: ArrayLike,
    *,
    most_share: float = 0.5,
    most_neighbours: int | None = None,
    most_radius_m: float | None = None,
) -> Windows:
    """
    Lay circles around every centre.

    Parameters
    ----------
    easting, northing
        Shape (n,). Centres of areas, metres, EPSG:27700.
    weight
        Shape (n,). People at risk, or expected incidents.
    most_share
        Largest share of all weight that a circle may hold, above 0 and at most 0.5: beyond half, it is the rest that is low.
    most_neighbours
        Most areas in a circle, the centre's own included.
    most_radius_m
        Largest radius, metres.

    Raises
    ------
    EmptyInputError
        If there are fewer than 2 areas.
    InputError
        If numbers differ in length, are not finite or negative, or sum to 0.
    ParameterError
        If a limit is out of its range.

    Examples
    --------
    >>> found = circles([1000, 1010, 1030], [1000, 1000, 1000], [1, 1, 2])
    >>> np.split(found.member, found.pointer[1:-1])
    [array([0, 1], dtype=int32), array([1, 0], dtype=int32), array([2], dtype=int32)]
    """
    x, y = require_coordinates(easting, northing, where="areas")
    people = np.asarray(weight, dtype=np.float64).ravel()
    n = x.size
    if n < 2:  # noqa: PLR2004 - one area is everywhere
        raise EmptyInputError(f"{n} areas are too few to scan", where="areas", fix="Give two or more.")
    if people.size != n or not np.isfinite(people).all() or (people < 0).any() or people.sum() <= 0:
        raise InputError(
            f"{n} areas, and weights that do not fit them, are negative or sum to 0",
            where="weight",
            fix="Give people or expectations.",
        )
    if not 0 < most_share <= 0.5:  # noqa: PLR2004 - half
        raise ParameterError(
            f"{most_share} is not a share that a window may have",
            where="most_share",
            fix="Give a number above 0, at most 0.5.",
        )
    if most_neighbours is not None and most_neighbours < 1:
        raise ParameterError(f"{most_neighbours} areas are no window", where="most_neighbours", fix="Give 1 or more.")
    if most_radius_m is not None:
        require_positive(most_radius_m, name="most_radius_m", unit="metres")
    limit = most_share * people.sum() * (1 + 1e-12)
    first = min(n, (most_neighbours or n) + 1)  # one more, to see whether the last one ties with the next
    tree = cKDTree(np.column_stack([x, y]))
    parts = []
    for start in range(0, n, 256):
        centre = np.arange(start, min(start + 256, n))
        if first == n and n <= 4096:  # noqa: PLR2004 - sorting all beats a tree that returns all
            apart = np.hypot(x[centre][:, None] - x, y[centre][:, None] - y)
            # The own area comes first even where others share its centre.
            apart[np.arange(centre.size), centre] = -1.0
            near = np.argsort(apart, axis=1, kind="stable")
            distance = np.maximum(np.take_along_axis(apart, near, axis=1), 0.0)
        else:
            found = tree.query(np.column_stack([x[centre], y[centre]]), k=first)
            distance, near = (np.asarray(each).reshape(centre.size, -1) for each in found)
        allowed = np.cumsum(people[near], axis=1) <= limit
        allowed &= np.arange(near.shape[1]) < (most_neighbours or near.shape[1])
        allowed &= distance <= (np.inf if most_radius_m is None else most_radius_m)
        parts.append(_cut(near, distance, allowed))
    length = np.concatenate([part[0] for part in parts])
    return Windows(
        pointer=np.concatenate([[0], np.cumsum(length)]).astype(np.int64),
        member=np.concatenate([part[1] for part in parts]).astype(np.int32),
        closed=np.concatenate([part[2] for part in parts]),
        radius_m=np.concatenate([part[3] for part in parts]),
    )


def _cut(
    near: NDArray[np.int64], distance: NDArray[np.float64], allowed: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], NDArray[np.float64]]:
    """Cut each row of nearest areas where a limit is passed, ties with what is beyond it included."""
    width = near.shape[1]
    tied = np.zeros(near.shape, dtype=bool)
    tied[:, :-1] = distance[:, 1:] - distance[:, :-1] <= 1e-9 * (1 + distance[:, :-1])
    closed = allowed & ~tied
    # Members after the last whole circle take part in none.
    last = np.where(closed.any(axis=1), width - np.argmax(closed[:, ::-1], axis=1), 0)
    kept = np.arange(width) < last[:, None]
    return last.astype(np.int64), near[kept], closed[kept], distance[kept]
