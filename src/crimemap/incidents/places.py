"""
Places: each distinct coordinate once, with its National Grid position, its H3 cells and the areas it lies in.

police.uk snaps every incident to one of under a million map points, so whatever is done once for each place costs the same
for a month as for the national history. Places are only ever added: a part file for each addition, numbers without gaps.
"""

import os
import re
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import ArrayLike, NDArray

from crimemap.errors import InputError, ParameterError
from crimemap.workspace import Workspace

__all__ = ["H3_RESOLUTIONS", "PLACES", "PLACE_AREAS", "PlaceIndex", "PlaceStore"]

H3_RESOLUTIONS: Final = (7, 8, 9, 10)

#: Degrees are kept as whole millionths: that is what police.uk publishes, and about a tenth of a metre.
_PER_DEGREE = 1_000_000

PLACES: Final = pa.schema(
    [
        ("place_id", pa.int32()),
        ("longitude", pa.float64()),
        ("latitude", pa.float64()),
        ("easting", pa.float64()),
        ("northing", pa.float64()),
        *((f"h3_{resolution}", pa.uint64()) for resolution in H3_RESOLUTIONS),
    ]
)

PLACE_AREAS: Final = pa.schema([("place_id", pa.int32()), ("set_id", pa.string()), ("area_code", pa.string())])

_SET_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z", re.ASCII)


def microdegrees(degrees: ArrayLike) -> NDArray[np.int32]:
    """
    Turn degrees into whole millionths of a degree.

    Parameters
    ----------
    degrees
        Shape (n,). Finite, within ±180.
    """
    return np.rint(np.asarray(degrees, dtype=np.float64) * _PER_DEGREE).astype(np.int32)


def _packed(lon_e6: NDArray[np.int32], lat_e6: NDArray[np.int32]) -> NDArray[np.int64]:
    """One sortable number for each position."""
    return (lon_e6.astype(np.int64) << 32) | (lat_e6.astype(np.int64) & 0xFFFF_FFFF)


def _unpacked(packed: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lon_e6 = packed >> 32
    lat_e6 = (packed & 0xFFFF_FFFF).astype(np.uint32).view(np.int32)
    return lon_e6 / _PER_DEGREE, lat_e6 / _PER_DEGREE


def _h3_cells(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> dict[int, NDArray[np.uint64]]:
    """Look each position up at each resolution: hexagons do not nest, so a cell's parent need not hold the cell's points."""
    from h3.api import basic_int as h3  # noqa: PLC0415 - only additions of new places need it

    cell, lon, lat = h3.latlng_to_cell, longitude.tolist(), latitude.tolist()
    return {
        resolution: np.fromiter(map(cell, lat, lon, repeat(resolution)), dtype=np.uint64, count=longitude.size)
        for resolution in H3_RESOLUTIONS
    }


class PlaceIndex:
    """
    The numbers of known positions, and new numbers for unknown ones, which stay pending until they are saved.

    Parameters
    ----------
    packed
        Shape (n,). Known positions in ascending order.
    place_id
        Shape (n,). Their numbers.
    """

    def __init__(self, packed: NDArray[np.int64], place_id: NDArray[np.int32]) -> None:
        self._packed = packed
        self._place_id = place_id
        self._saved = int(place_id.max(initial=0))
        self._next = self._saved + 1

    def ids(self, lon_e6: NDArray[np.int32], lat_e6: NDArray[np.int32]) -> NDArray[np.int32]:
        """
        Give the number of each position, a new one to those not seen before.

        Parameters
        ----------
        lon_e6, lat_e6
            Shape (n,). Millionths of a degree, EPSG:4326.

        Returns
        -------
        place_id
            Shape (n,).
        """
        distinct, inverse = np.unique(_packed(lon_e6, lat_e6), return_inverse=True)
        at = np.searchsorted(self._packed, distinct)
        inside = at < self._packed.size
        known = np.zeros(distinct.size, dtype=np.bool_)
        known[inside] = self._packed[at[inside]] == distinct[inside]
        numbers = np.empty(distinct.size, dtype=np.int32)
        numbers[known] = self._place_id[at[known]]
        n_new = int((~known).sum())
        if n_new:
            numbers[~known] = np.arange(self._next, self._next + n_new, dtype=np.int32)
            self._next += n_new
            self._packed = np.insert(self._packed, at[~known], distinct[~known])
            self._place_id = np.insert(self._place_id, at[~known], numbers[~known])
        return numbers[inverse]

    def pending(self) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
        """Give number, longitude and latitude of what is not saved yet, by number."""
        new = self._place_id > self._saved
        order = np.argsort(self._place_id[new])
        longitude, latitude = _unpacked(self._packed[new][order])
        return self._place_id[new][order], longitude, latitude

    def mark_saved(self) -> None:
        """Remember that everything pending was saved."""
        self._saved = self._next - 1


class PlaceStore:
    """
    The places of a workspace.

    Parameters
    ----------
    workspace
        The workspace. Writers hold its lock.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._root = workspace.places
        self._parts = self._root / "parts"
        self._areas = self._root / "areas"

    def part_files(self) -> list[Path]:
        """List the files that hold places, first numbers first."""
        return sorted(self._parts.glob("places-*.parquet"))

    def area_files(self, set_id: str | None = None) -> list[Path]:
        """List the files that hold the areas of places, of one boundary set or of all."""
        return sorted(self._areas.glob("*/*.parquet" if set_id is None else f"{_checked(set_id)}/*.parquet"))

    def index(self) -> PlaceIndex:
        """Read the known positions into memory: 12 bytes for each place."""
        packed, numbers = [np.empty(0, np.int64)], [np.empty(0, np.int32)]
        for path in self.part_files():
            part = pq.read_table(path, columns=["place_id", "longitude", "latitude"])
            packed.append(_packed(microdegrees(part["longitude"].to_numpy()), microdegrees(part["latitude"].to_numpy())))
            numbers.append(part["place_id"].to_numpy())
        every = np.concatenate(packed)
        order = np.argsort(every)
        return PlaceIndex(every[order], np.concatenate(numbers)[order])

    def save(self, index: PlaceIndex) -> int:
        """Write what is pending in an index as one more part; say how many places that were."""
        from crimemap.crs import to_national_grid  # noqa: PLC0415 - pyproj is slow to load

        place_id, longitude, latitude = index.pending()
        if place_id.size:
            easting, northing = to_national_grid(longitude, latitude)
            cells = _h3_cells(longitude, latitude)
            part = pa.table(
                [place_id, longitude, latitude, easting, northing, *(cells[resolution] for resolution in H3_RESOLUTIONS)],
                schema=PLACES,
            )
            _write(part, self._parts / f"places-{place_id[0]:010d}-{place_id[-1]:010d}.parquet")
            index.mark_saved()
        return int(place_id.size)

    def add(self, longitude: ArrayLike, latitude: ArrayLike) -> NDArray[np.int32]:
        """
        Give each position the number of its place, adding those that are new.

        Parameters
        ----------
        longitude, latitude
            Shape (n,). Degrees, EPSG:4326, finite. They are rounded to 6 decimals.

        Returns
        -------
        place_id
            Shape (n,). From 1.

        Raises
        ------
        InputError
            If a coordinate is not finite or the lengths differ.
        """
        lon, lat = np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64)
        if lon.shape != lat.shape or not (np.isfinite(lon).all() and np.isfinite(lat).all()):
            raise InputError("a place needs one finite longitude and one finite latitude", fix="Leave out the others.")
        index = self.index()
        numbers = index.ids(microdegrees(lon), microdegrees(lat))
        self.save(index)
        return numbers

    def read(self, after_place_id: int = 0) -> pa.Table:
        """
        Read the places whose number is above `after_place_id`, by number.

        Returns
        -------
        pyarrow.Table
            Columns place_id; longitude, latitude (degrees, EPSG:4326); easting, northing (metres, EPSG:27700);
            h3_7, h3_8, h3_9, h3_10.
        """
        wanted = [path for path in self.part_files() if _last_number(path) > after_place_id]
        parts = [pq.read_table(path, schema=PLACES) for path in wanted]
        every = pa.concat_tables(parts) if parts else PLACES.empty_table()
        return every.filter(pc.greater(every["place_id"], after_place_id)) if after_place_id else every

    def assigned_up_to(self, set_id: str) -> int:
        """Give the highest number of a place that was assigned to the areas of a boundary set; 0 if none was."""
        return max((_last_number(path) for path in self.area_files(set_id)), default=0)

    def write_areas(self, set_id: str, place_id: ArrayLike, area_code: ArrayLike) -> None:
        """
        Add the areas in which some places lie.

        Parameters
        ----------
        set_id
            The boundary set.
        place_id
            Shape (n,). **Every** place that was looked at, so that it is not looked at again.
        area_code
            Shape (n,). The code of its area; None where it lies in none.
        """
        numbers = np.asarray(place_id, dtype=np.int32)
        if not numbers.size:
            return
        part = pa.table(
            [numbers, [set_id] * numbers.size, pa.array(area_code, pa.string(), from_pandas=True)],
            schema=PLACE_AREAS,
        )
        part = part.filter(pc.is_valid(part["area_code"]))
        name = f"areas-{numbers.min():010d}-{numbers.max():010d}.parquet"
        _write(part, self._areas / _checked(set_id) / name)

    def drop_areas(self, set_id: str) -> None:
        """Forget which places lie in the areas of a boundary set."""
        for path in reversed(
            self.area_files(set_id)
        ):  # highest numbers first: interrupted, the rest is still a whole beginning
            path.unlink()

    def assigned_sets(self) -> Iterator[str]:
        """List the boundary sets that places were assigned to."""
        return (folder.name for folder in sorted(self._areas.glob("*")) if any(folder.glob("*.parquet")))


def _checked(set_id: str) -> str:
    if not _SET_ID.match(set_id):
        raise ParameterError(f"{set_id[:40]!r} is not the name of a boundary set", fix="Use letters, digits and hyphens.")
    return set_id


def _last_number(path: Path) -> int:
    return int(path.stem.rsplit("-", 1)[1])


def _write(table: pa.Table, path: Path) -> None:
    """Write beside, then rename: a reader sees the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    pq.write_table(table, beside, compression="zstd")
    beside.replace(path)
