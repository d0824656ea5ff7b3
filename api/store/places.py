"""
The map points of a release, and three ways to search them: near, inside, nearest.

Points are sorted along a grid of hundredths of a degree, so a box of degrees is a few runs of neighbouring rows. Distances
are National Grid metres; polygons are tested in degrees, the numbers that clients send and were sent, so that a point on a
boundary that we served is on it to the last digit.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from api.store.texts import json_texts
from crimemap.crs import to_national_grid
from crimemap.errors import GeometryError

__all__ = ["MAX_CROSSINGS", "MILE_M", "Places"]

MILE_M: Final = 1609.344
#: Pairs of a map point and a side of the polygon at its height: about a second's work.
MAX_CROSSINGS: Final = 50_000_000
_PER_DEGREE: Final = 100
_ROW: Final = 400 * _PER_DEGREE
_METRES_PER_DEGREE_OF_LATITUDE: Final = 110_500.0
_AGREED_M: Final = 0.01

Ordinals = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Places:
    """
    Map points in grid order; a point's ordinal is its position here.

    Parameters
    ----------
    place_id, easting, northing, longitude, latitude
        Shape (n,). Integers, metres (EPSG:27700), degrees (EPSG:4326).
    cell
        Shape (n,), ascending. The grid cell that each point lies in.
    location
        Shape (n + 1,). The JSON text of each point as a crime's location, and `null` at the end for those without one.
    """

    place_id: NDArray[np.int32]
    easting: NDArray[np.float64]
    northing: NDArray[np.float64]
    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]
    cell: NDArray[np.int64]
    location: pa.Array
    by_id: Ordinals

    @classmethod
    def read(cls, connection: Any) -> "Places":
        """Read the points of an open release."""
        table = connection.sql(
            """
            SELECT place_id, latitude, longitude, easting, northing, coalesce(street, '') AS street,
                   '{"latitude":"' || printf('%.6f', latitude + 0.0) || '","longitude":"' || printf('%.6f', longitude + 0.0)
                   || '","street":{"id":' || place_id || ',"name":' AS opening
            FROM places ORDER BY place_id"""
        ).to_arrow_table()
        latitude, longitude = _floats(table["latitude"]), _floats(table["longitude"])
        cell = _cells(longitude, latitude)
        order = np.argsort(cell, kind="stable")
        place_id = table["place_id"].to_numpy().astype(np.int32)
        easting, northing = _positions(longitude, latitude, _floats(table["easting"]), _floats(table["northing"]))
        streets = table["street"].combine_chunks().dictionary_encode()
        if isinstance(streets, pa.ChunkedArray):
            streets = streets.combine_chunks()
        names = pa.array(json_texts(streets.dictionary.to_pylist()), pa.string()).take(streets.indices)
        location = pc.binary_join_element_wise(table["opening"].combine_chunks(), names, "}}", "")
        location = _one(pa.chunked_array([_one(location).cast(pa.string()).take(pa.array(order)), pa.array(["null"])]))
        return cls(
            place_id=place_id[order],
            easting=easting[order],
            northing=northing[order],
            longitude=longitude[order],
            latitude=latitude[order],
            cell=cell[order],
            location=location,
            by_id=np.argsort(place_id[order], kind="stable"),
        )

    def __len__(self) -> int:
        """Count the points."""
        return int(self.place_id.size)

    def ordinals_of(self, place_ids: NDArray[np.integer[Any]]) -> Ordinals:
        """Give the ordinals of points, -1 where there is no such point."""
        if not len(self):
            return np.full(len(place_ids), -1, dtype=np.int64)
        ids = self.place_id[self.by_id]
        found = np.minimum(np.searchsorted(ids, place_ids), ids.size - 1)
        return np.where(ids[found] == place_ids, self.by_id[found], -1)

    def in_box(self, west: float, south: float, east: float, north: float) -> Ordinals:
        """Give the points in a box of degrees, its edges included, in ascending order."""
        if not len(self):
            return np.empty(0, dtype=np.int64)
        rows = np.arange(_step(max(south, self._lowest())), _step(min(north, self._highest())) + 1, dtype=np.int64) * _ROW
        west, east = max(west, -180.0), min(east, 180.0)
        starts = np.searchsorted(self.cell, rows + _step(west) + _ROW // 2, side="left")
        ends = np.searchsorted(self.cell, rows + _step(east) + _ROW // 2, side="right")
        found = runs(starts, ends)
        x, y = self.longitude[found], self.latitude[found]
        return found[(x >= west) & (x <= east) & (y >= south) & (y <= north)]

    def within(self, longitude: float, latitude: float, distance_m: float = MILE_M) -> Ordinals:
        """Give the points no farther away than a distance in metres, in ascending order."""
        high = distance_m * 1.01 / _METRES_PER_DEGREE_OF_LATITUDE
        wide = high / max(np.cos(np.radians(min(abs(latitude) + high, 89.0))), 0.01)
        near = self.in_box(longitude - wide, latitude - high, longitude + wide, latitude + high)
        return near[self._squared_distance(near, longitude, latitude) <= distance_m**2]

    def nearest(self, longitude: float, latitude: float) -> int:
        """Give the nearest point, -1 if there is none at all; of points equally near, that of the lowest id."""
        if not len(self):
            return -1
        near = self.within(longitude, latitude)
        candidates = near if near.size else np.arange(len(self))
        squared = self._squared_distance(candidates, longitude, latitude)
        if not np.isfinite(squared).any():
            return -1
        tied = candidates[squared == squared.min()]
        return int(tied[np.argmin(self.place_id[tied])])

    def inside(self, ring: NDArray[np.float64]) -> Ordinals:
        """
        Give the points inside a ring or on it, in ascending order.

        A ring that crosses itself needs no repair: what an odd number of its turns encloses is inside, which is also what
        `shapely.make_valid` makes of it, without that function's cost (hours, for a ring made to be slow).

        Parameters
        ----------
        ring
            Shape (n, 2), n >= 3. Longitude and latitude, degrees. The last point need not be the first.

        Raises
        ------
        GeometryError
            If the ring winds so much that the work would be out of proportion.
        """
        west, south = ring.min(axis=0)
        east, north = ring.max(axis=0)
        candidates = self.in_box(west, south, east, north)
        if not candidates.size:
            return candidates
        x, y = self.longitude[candidates], self.latitude[candidates]
        if _crossings(ring[:, 1], y) > MAX_CROSSINGS:
            raise GeometryError(
                f"the polygon of {len(ring)} points winds too much", where="poly", fix="Simplify it and ask again."
            )
        polygon = shapely.Polygon(ring)
        shapely.prepare(polygon)
        return candidates[shapely.intersects_xy(polygon, x, y)]

    def _squared_distance(self, ordinals: Ordinals, longitude: float, latitude: float) -> NDArray[np.float64]:
        e, n = to_national_grid([longitude], [latitude])
        return np.asarray((self.easting[ordinals] - e[0]) ** 2 + (self.northing[ordinals] - n[0]) ** 2, dtype=np.float64)

    def _lowest(self) -> float:
        return float(self.latitude[0]) - 1.0 / _PER_DEGREE

    def _highest(self) -> float:
        return float(self.latitude[-1]) + 1.0 / _PER_DEGREE


def runs(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """
    Write out runs of whole numbers one after the other.

    Examples
    --------
    >>> runs(np.array([3, 7]), np.array([5, 8])).tolist()
    [3, 4, 7]
    """
    lengths = np.maximum(ends - starts, 0)
    total = int(lengths.sum())
    before = np.cumsum(lengths) - lengths
    return np.asarray(np.repeat(starts - before, lengths) + np.arange(total), dtype=np.int64)


def _step(degrees: float) -> int:
    return int(np.floor(degrees * _PER_DEGREE))


def _cells(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> NDArray[np.int64]:
    rows = np.floor(latitude * _PER_DEGREE).astype(np.int64)
    return rows * _ROW + np.floor(longitude * _PER_DEGREE).astype(np.int64) + _ROW // 2


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(column.to_numpy(), dtype=np.float64)


def _one(array: Any) -> Any:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _positions(
    longitude: NDArray[np.float64],
    latitude: NDArray[np.float64],
    easting: NDArray[np.float64],
    northing: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Use the positions of the release, unless this machine would place a query metres away from where they were made."""
    sample = np.linspace(0, longitude.size - 1, num=min(50, longitude.size), dtype=np.int64)
    e, n = to_national_grid(longitude[sample], latitude[sample])
    agreed = np.hypot(e - easting[sample], n - northing[sample]) <= _AGREED_M
    return (easting, northing) if agreed.all() else to_national_grid(longitude, latitude)


def _crossings(heights: NDArray[np.float64], y: NDArray[np.float64]) -> int:
    """Count pairs of a point and a side of the ring that spans its height."""
    ends = np.roll(heights, -1)
    ordered = np.sort(y)
    above = np.searchsorted(ordered, np.maximum(heights, ends), side="right")
    below = np.searchsorted(ordered, np.minimum(heights, ends), side="left")
    return int((above - below).sum())
