"""Hotspots as areas: hot cells that touch are one hotspot, with its count, what to expect there, and its rank."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from crimemap.errors import InputError

__all__ = ["HotAreas", "hot_areas"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HotAreas:
    """
    Connected hot cells, those with the largest excess first.

    Attributes
    ----------
    area
        Shape (n,). For each cell of the grid the number of its hotspot from 0, -1 where it is not hot.
    cells
        Shape (k,). Cells of each hotspot.
    incidents
        Shape (k,). Incidents in them.
    expected
        Shape (k,). Incidents to expect there if all were spread evenly over the study area, or over those at risk.
    area_m2
        Shape (k,). Area inside the study area, square metres.
    easting, northing
        Shape (k,). Centre of its incidents, by cell; of its cells where it has none. Metres.
    """

    area: Ints
    cells: Ints
    incidents: Ints
    expected: Floats
    area_m2: Floats
    easting: Floats
    northing: Floats

    def __len__(self) -> int:
        """Count the hotspots."""
        return int(self.cells.size)

    @property
    def rank(self) -> Ints:
        """1 for the one with most incidents beyond the expected."""
        return np.arange(1, len(self) + 1)


def hot_areas(
    hotspot: ArrayLike,
    touching: csr_array,
    *,
    counts: ArrayLike,
    area_inside_m2: ArrayLike,
    easting: ArrayLike,
    northing: ArrayLike,
    expected: ArrayLike | None = None,
) -> HotAreas:
    """
    Join hot cells that touch.

    Parameters
    ----------
    hotspot
        Shape (n,). Which cells are hot.
    touching
        Shape (n, n). Which cells touch: neighbours of one ring, whatever the test compared.
    counts, area_inside_m2
        Shape (n,). Incidents, and square metres inside the study area.
    easting, northing
        Shape (n,). Centres of the cells, metres.
    expected
        Shape (n,). Incidents to expect in each cell; where not given, by its area.

    Raises
    ------
    InputError
        If shapes differ.

    Examples
    --------
    >>> chain = csr_array(np.abs(np.subtract.outer(range(6), range(6))) <= 1)
    >>> found = hot_areas(
    ...     [True, False, False, True, True, False], chain, counts=[4, 0, 0, 3, 5, 0], area_inside_m2=np.full(6, 100.0),
    ...     easting=np.arange(6) * 10.0, northing=np.zeros(6))
    >>> found.area.tolist(), found.incidents.tolist(), found.expected.tolist()
    ([1, -1, -1, 0, 0, -1], [8, 4], [4.0, 2.0])
    """
    hot = np.asarray(hotspot, dtype=bool).ravel()
    number = np.asarray(counts, dtype=np.int64).ravel()
    inside, x, y = (np.asarray(each, dtype=np.float64).ravel() for each in (area_inside_m2, easting, northing))
    share = inside / inside.sum() if inside.sum() else np.zeros(hot.size)
    by_cell = number.sum() * share if expected is None else np.asarray(expected, dtype=np.float64).ravel()
    if touching.shape != (hot.size, hot.size) or any(each.size != hot.size for each in (number, inside, x, y, by_cell)):
        raise InputError(f"{hot.size} cells, and counts, areas or neighbours of another number", where="cells")
    index = np.flatnonzero(hot)
    _, label = connected_components(csr_array(touching)[index][:, index], directed=False)
    k = int(label.max(initial=-1)) + 1

    def summed(values: Floats) -> Floats:
        return np.bincount(label, weights=values[index], minlength=k).astype(np.float64)

    incidents, size = summed(number.astype(np.float64)), summed(inside)
    foreseen = summed(by_cell)
    order = np.lexsort((np.arange(k), -(incidents - foreseen)))
    weight = np.where(incidents[label] > 0, number[index], 1).astype(np.float64)
    below = np.bincount(label, weights=weight, minlength=k)
    centre = [np.bincount(label, weights=weight * axis[index], minlength=k) / below for axis in (x, y)]
    place = np.empty(k, dtype=np.int64)
    place[order] = np.arange(k)
    area = np.full(hot.size, -1, dtype=np.int64)
    area[index] = place[label]
    return HotAreas(
        area=area,
        cells=np.bincount(label, minlength=k).astype(np.int64)[order],
        incidents=np.rint(incidents).astype(np.int64)[order],
        expected=foreseen[order],
        area_m2=size[order],
        easting=centre[0][order],
        northing=centre[1][order],
    )
