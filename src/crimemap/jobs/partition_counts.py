"""
What a worker does: count some files of incidents by cell.

A worker knows nothing but paths. Where the places lie is looked up once and kept for the next piece of work. What it gives
back names cells by their place in the list of all cells that hold a place; whoever asked makes the same list from the same
files, and a checksum says that it is the same.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from crimemap.analysis.counts import ALL_OFFENCES
from crimemap.analysis.grids.cells import CellKind, locate
from crimemap.incidents.places import H3_RESOLUTIONS

__all__ = ["CountTask", "Month", "PartCounts", "PlaceCells", "StampedFile", "count_partition", "place_cells", "stamped"]

#: Rows held at once: what bounds the memory of a worker.
_ROWS_AT_ONCE: Final = 1 << 18
_NOT_GIVEN: Final = "not given"
_NO_POSITION, _ELSEWHERE = 0, 1
_CODE: Final = 32
_SLOTS: Final = (1 << _CODE) - 1


@dataclass(frozen=True, slots=True)
class StampedFile:
    """A file as it was when the work was handed out: what was kept of an older one of this name is not used."""

    path: str
    size: int
    changed_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A file that holds incidents of one month of one force."""

    path: str
    month: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTask:
    """
    A piece of work.

    Attributes
    ----------
    months
        The files to count.
    places
        The files that say where places lie.
    kind
        Cells to count by; None counts by place.
    within, area_files, area_code
        Whether only some places count; the files that say which area of a set a place lies in; the area, or None for any.
    outline
        Polygon in WKB, EPSG:27700, outside of which no place counts; None where there is none.
    offence_types
        Those that count; None for all.
    by_month, by_offence
        Whether months, and offence types, are told apart.
    """

    months: tuple[Month, ...]
    places: tuple[StampedFile, ...]
    kind: CellKind | None
    within: bool
    area_files: tuple[StampedFile, ...]
    area_code: str | None
    outline: bytes | None
    offence_types: tuple[str, ...] | None
    by_month: bool
    by_offence: bool

    def lookup(self) -> "PlaceCells":
        """Say which cell each place is in."""
        return place_cells(self.places, self.kind, self.within, self.area_files, self.area_code, self.outline)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PartCounts:
    """
    Counts of a piece of work: what travels.

    Attributes
    ----------
    index
        Shape (n,). Cells, as positions in the list of all; ascending within a block.
    incidents
        Shape (n,). 1 or more each.
    lengths, months, offences
        Shape (n_blocks,). Rows of each block, its month (0 where months are not told apart) and its index into
        `offence_types`.
    offence_types
        Names as published.
    without_position, elsewhere
        Incidents that are in no row.
    checksum
        Of the list of cells.
    """

    index: NDArray[np.int32]
    incidents: NDArray[np.uint16] | NDArray[np.uint32]
    lengths: NDArray[np.int32]
    months: NDArray[np.int32]
    offences: NDArray[np.int16]
    offence_types: tuple[str, ...]
    without_position: int
    elsewhere: int
    checksum: int

    @property
    def nbytes(self) -> int:
        """Size of the columns."""
        columns = (self.index, self.incidents, self.lengths, self.months, self.offences)
        return sum(column.nbytes for column in columns)

    def __sizeof__(self) -> int:
        """Tell whoever watches a worker's memory what this takes."""
        return object.__sizeof__(self) + self.nbytes


def stamped(files: Iterable[Path]) -> tuple[StampedFile, ...]:
    """Describe files so that a worker sees whether it knows them."""
    return tuple(StampedFile(str(path), (held := path.stat()).st_size, held.st_mtime_ns) for path in files)


@dataclass(frozen=True, slots=True, eq=False)
class PlaceCells:
    """
    The list of cells that hold a place, and which of them each place is in.

    Attributes
    ----------
    cells
        Shape (n_cells,). Keys, ascending.
    slot
        Shape (highest place number + 1,). 2 more than the position of the place's cell; below that, why it has none.
    checksum
        Of the keys.
    """

    cells: NDArray[np.int64]
    slot: NDArray[np.int32]
    checksum: int


@lru_cache(maxsize=4)
def place_cells(  # noqa: PLR0917 - the key
    places: tuple[StampedFile, ...],
    kind: CellKind | None,
    within: bool,  # noqa: FBT001 - part of the key
    area_files: tuple[StampedFile, ...],
    area_code: str | None,
    outline: bytes | None,
) -> PlaceCells:
    """Say which cell each place is in; kept for the next time it is asked of the same files."""
    held = kind is not None and kind.h3_resolution in H3_RESOLUTIONS
    if kind is None:
        wanted = ["place_id"]
    elif held:
        wanted = ["place_id", f"h3_{kind.h3_resolution}"]
    else:
        wanted = ["place_id", "longitude", "latitude", "easting", "northing"]
    numbers, keys = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    outside = [np.zeros(0, np.bool_)]
    polygon = None if outline is None else shapely.from_wkb(outline)
    shapely.prepare(polygon)
    for file in places:
        if polygon is not None:
            at = pq.read_table(file.path, columns=["easting", "northing"], use_threads=False)
            outside.append(~shapely.intersects_xy(polygon, at["easting"].to_numpy(), at["northing"].to_numpy()))
        part = pq.read_table(file.path, columns=wanted, use_threads=False)
        number = part["place_id"].to_numpy().astype(np.int64)
        if kind is None:
            key = number
        elif held:
            key = part[wanted[1]].to_numpy().astype(np.int64)
        else:
            positions = {name: part[name].to_numpy() for name in wanted[1:]}
            key = locate(kind, **positions).astype(np.int64)
        numbers.append(number)
        keys.append(key)
    number = np.concatenate(numbers)
    cells, index = np.unique(np.concatenate(keys), return_inverse=True)
    slot = np.zeros(int(number.max(initial=0)) + 1, dtype=np.int32)
    slot[number] = index + 2
    if polygon is not None:
        slot[number[np.concatenate(outside)]] = _ELSEWHERE
    if within:
        kept = np.zeros(slot.size, dtype=bool)
        for file in area_files:
            part = pq.read_table(file.path, columns=["place_id", "area_code"], use_threads=False)
            inside = part["place_id"].to_numpy()
            if area_code is not None:
                inside = inside[part["area_code"].to_numpy(zero_copy_only=False) == area_code]
            kept[inside] = True
        slot[~kept & (slot >= 2)] = _ELSEWHERE  # noqa: PLR2004 - the first cell
    return PlaceCells(cells, slot, zlib.crc32(cells.tobytes()))


def count_partition(task: CountTask) -> PartCounts:
    """Count the files of a piece of work by cell, month and offence type."""
    lookup = task.lookup()
    names: dict[str, int] = {} if task.by_offence else {ALL_OFFENCES: 0}
    wanted = None if task.offence_types is None else set(task.offence_types)
    columns = ["place_id"] if wanted is None and not task.by_offence else ["place_id", "offence_type"]
    read = columns[1:]
    keys: dict[int, list[NDArray[np.int64] | NDArray[np.int32]]] = {}
    for month in task.months:
        held = keys.setdefault(month.month if task.by_month else 0, [])
        with pa.memory_map(month.path) as memory, pq.ParquetFile(memory, read_dictionary=read, pre_buffer=False) as file:
            for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=columns, use_threads=False):
                place = batch.column("place_id")
                slot = lookup.slot[(place.fill_null(0) if place.null_count else place).to_numpy()]
                if len(columns) > 1:
                    slot, code = _by_offence(slot, batch.column("offence_type"), wanted, names, apart=task.by_offence)
                    held.append(slot + (code << _CODE))
                else:
                    held.append(slot)
    found = [block for month, held in keys.items() for block in _blocks(held, month, lookup.cells.size)]
    without = sum(int(block.incidents[block.index == _NO_POSITION].sum()) for block in found)
    elsewhere = sum(int(block.incidents[block.index == _ELSEWHERE].sum()) for block in found)
    blocks = [block.placed() for block in found]
    incidents = np.concatenate([np.empty(0, np.int64), *(block.incidents for block in blocks)])
    fits = incidents.max(initial=0) <= np.iinfo(np.uint16).max
    return PartCounts(
        index=np.concatenate([np.empty(0, np.int32), *(block.index for block in blocks)]) - np.int32(_ELSEWHERE + 1),
        incidents=incidents.astype(np.uint16) if fits else incidents.astype(np.uint32),
        lengths=np.array([block.index.size for block in blocks], dtype=np.int32),
        months=np.array([block.month for block in blocks], dtype=np.int32),
        offences=np.array([block.offence for block in blocks], dtype=np.int16),
        offence_types=tuple(names),
        without_position=without,
        elsewhere=elsewhere,
        checksum=lookup.checksum,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Counts of one month and offence type by slot, ascending."""

    month: int
    offence: int
    index: NDArray[np.int32]
    incidents: NDArray[np.int64]

    def placed(self) -> "_Block":
        """Leave out what is in no cell, which stands first."""
        start = int(np.searchsorted(self.index, _ELSEWHERE, side="right"))
        return _Block(self.month, self.offence, self.index[start:], self.incidents[start:])


def _blocks(batches: list[NDArray[np.int64] | NDArray[np.int32]], month: int, n_cells: int) -> list[_Block]:
    """Count keys (an offence's number above a slot) that are equal, an offence at a time."""
    if not sum(batch.size for batch in batches):
        return []
    keys = np.concatenate(batches)
    if keys.size > n_cells and keys.max() <= n_cells + _ELSEWHERE:
        # Many incidents of one type: a table of all cells is quicker than sorting.
        counts = np.bincount(keys, minlength=n_cells)
        key = np.flatnonzero(counts)
        incidents = counts[key]
    else:
        key, incidents = np.unique(keys, return_counts=True)
        key = key.astype(np.int64)
    offence = key >> _CODE
    first = np.flatnonzero(np.diff(offence, prepend=-1))
    index = (key & _SLOTS).astype(np.int32)
    ends = [*first[1:].tolist(), key.size]
    return [
        _Block(month, int(offence[start]), index[start:end], incidents[start:end])
        for start, end in zip(first.tolist(), ends, strict=True)
    ]


def _by_offence(
    slot: NDArray[np.int32],
    column: object,
    wanted: set[str] | None,
    names: dict[str, int],
    *,
    apart: bool,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Keep the rows of the offence types wanted, and give each its type's number."""
    held = [_NOT_GIVEN if name is None else name for name in column.dictionary.to_pylist()]  # type: ignore[attr-defined]
    held.append(_NOT_GIVEN)
    index = column.indices.fill_null(len(held) - 1).to_numpy()  # type: ignore[attr-defined]
    kept = np.array([wanted is None or name in wanted for name in held])[index]
    number = np.array([names.setdefault(name, len(names)) if apart else 0 for name in held], dtype=np.int64)
    return slot[kept], number[index][kept]
