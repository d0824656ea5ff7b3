"""
Which area each point lies in: the same answers as testing every point against every area, without doing so.

Points are sorted into the cells of a grid once. An area, part by part, then finds the few points that can lie in it as
runs of cells, and the exact test (GEOS, prepared) is made for those alone, all in one call for many parts.
"""

from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from crimemap.crs import require_national_grid
from crimemap.errors import InputError

__all__ = ["PointGrid", "assign_points"]

_CELL_M: Final = 1000.0
_MAX_CELLS_A_SIDE: Final = 1024
#: Pairs of a point and a part that are tested at once: some 30 MB.
_PAIRS_AT_ONCE: Final = 1_000_000


def assign_points(easting: ArrayLike, northing: ArrayLike, frame: gpd.GeoDataFrame) -> NDArray[np.int32]:
    """
    Find the area that each point lies in.

    Parameters
    ----------
    easting, northing
        Shape (n,). Metres, EPSG:27700. Not a number where there is no position.
    frame
        The areas of a boundary set, indexed by code, EPSG:27700, valid polygons.

    Returns
    -------
    Shape (n,). Row of `frame`, or -1 where a point lies in no area or has no position. A point on the border of several
    areas lies in the one with the lowest code.

    Raises
    ------
    InputError
        If the two arrays differ in length.
    CrsError
        If the areas are not in EPSG:27700.

    Examples
    --------
    >>> two = gpd.GeoDataFrame(
    ...     geometry=[shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000)], index=["B", "A"], crs="EPSG:27700"
    ... )
    >>> assign_points([500.0, 1000.0, 2001.0], [500.0, 500.0, 500.0], two)
    array([ 0,  1, -1], dtype=int32)
    """
    return PointGrid(easting, northing).assign(frame)


class PointGrid:
    """
    Points sorted into grid cells, to be assigned to the areas of one boundary set after another.

    Parameters
    ----------
    easting, northing
        Shape (n,). Metres, EPSG:27700. Not a number where there is no position.

    Raises
    ------
    InputError
        If the two arrays differ in length.
    """

    def __init__(self, easting: ArrayLike, northing: ArrayLike) -> None:
        x = np.asarray(easting, dtype=np.float64).ravel()
        y = np.asarray(northing, dtype=np.float64).ravel()
        if x.shape != y.shape:
            raise InputError(f"{x.size} eastings and {y.size} northings", fix="Give one of each for every point.")
        self._n = x.size
        placed = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        x, y = x[placed], y[placed]
        self._origin = (float(x.min()), float(y.min())) if x.size else (0.0, 0.0)
        extent = max(float(x.max()) - self._origin[0], float(y.max()) - self._origin[1]) if x.size else 0.0
        self._cell_m = max(_CELL_M, extent / _MAX_CELLS_A_SIDE)
        self._side = int(extent // self._cell_m) + 1
        cell = self._cells(y, 1).astype(np.int64) * self._side + self._cells(x, 0)
        order = np.argsort(cell, kind="stable")
        self._x, self._y = x[order], y[order]
        self._at = placed[order]
        #: Number of points in all cells before each.
        self._before = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=self._side**2))])

    def assign(self, frame: gpd.GeoDataFrame) -> NDArray[np.int32]:
        """
        Find the area that each point lies in, as `assign_points` does.

        Raises
        ------
        CrsError
            If the areas are not in EPSG:27700.
        """
        require_national_grid(frame.crs, where="the boundary set")
        by_code = np.argsort(frame.index.to_numpy().astype(str), kind="stable")
        parts, of = shapely.get_parts(frame.geometry.to_numpy()[by_code], return_index=True)
        shapely.prepare(parts)
        bounds = shapely.bounds(parts)
        west, south, east, north = np.ascontiguousarray(bounds.T)
        row, first, many = self._runs(bounds)
        found = np.full(self._x.size, -1, dtype=np.int32)
        total = np.cumsum(many)
        start = 0
        while start < many.size:
            done = total[start - 1] if start else 0
            end = max(start + 1, int(np.searchsorted(total, done + _PAIRS_AT_ONCE, side="right")))
            part, point = _pairs(row[start:end], first[start:end], many[start:end])
            x, y = self._x[point], self._y[point]
            near = (x >= west[part]) & (x <= east[part]) & (y >= south[part]) & (y <= north[part]) & (found[point] < 0)
            part, point = part[near], point[near]
            inside = shapely.intersects_xy(parts[part], x[near], y[near])
            # Parts come in the order of their codes; where an index repeats, numpy keeps the value written last.
            found[point[inside][::-1]] = by_code[of[part[inside]]][::-1]
            start = end
        assigned = np.full(self._n, -1, dtype=np.int32)
        assigned[self._at] = found
        return assigned

    def _cells(self, position: NDArray[np.float64], axis: int) -> NDArray[np.int64]:
        """Give the column (axis 0) or row (axis 1) of positions, those outside clipped to the edge."""
        cell = np.floor((position - self._origin[axis]) / self._cell_m)
        return np.clip(cell, 0, self._side - 1).astype(np.int64)

    def _runs(self, bounds: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Give, for each part and each grid row that it touches, the part, the first point of the run, and how many."""
        left, right = self._cells(bounds[:, 0], 0), self._cells(bounds[:, 2], 0)
        bottom, top = self._cells(bounds[:, 1], 1), self._cells(bounds[:, 3], 1)
        rows = top - bottom + 1
        part, offset = _pairs(np.arange(rows.size), np.zeros(rows.size, dtype=np.int64), rows)
        grid_row = (bottom[part] + offset) * self._side
        first = self._before[grid_row + left[part]]
        many = self._before[grid_row + right[part] + 1] - first
        some = many > 0
        return part[some], first[some], many[some]


def _pairs(
    key: NDArray[np.int64], first: NDArray[np.int64], many: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Write runs out: each key `many` times, beside the numbers from `first` on."""
    ends = np.cumsum(many)
    total = int(ends[-1]) if ends.size else 0
    return np.repeat(key, many), np.arange(total) + np.repeat(first - (ends - many), many)
