"""
Counts of cells by month and offence type, made where the files are.

A partition is the file of a force's month. Whoever counts it reads three of its columns and gives back a table of counts: no
point, no identifier and no row leaves it. Counts are whole numbers, so their sum is the same however the work is divided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.analysis.grids.cells import CellKind, Cells
from crimemap.engine import Engine, current_engine
from crimemap.errors import ConflictError
from crimemap.incidents.delta import Tables
from crimemap.incidents.places import PlaceStore
from crimemap.jobs.partition_counts import CountTask, Month, PartCounts, count_partition, stamped
from crimemap.jobs.selection import Chosen
from crimemap.jobs.study_area import StudyArea
from crimemap.periods import month_index
from crimemap.workspace import Workspace

__all__ = ["CellMonthCounts", "count_cells"]

#: Bytes of files that are counted in one go: large enough that handing out the work costs little.
_BYTES_AT_ONCE: Final = 16_000_000
#: Entries of a table of all combinations for each that occurs, up to which such a table is quicker than sorting.
_DENSE: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellMonthCounts:
    """
    Incidents by cell, month and offence type; what has no incidents has no row.

    Attributes
    ----------
    cell
        Shape (n,). Keys of cells as `locate` gives them, or numbers of places.
    month
        Shape (n,). Months as `crimemap.periods.month_index` counts them.
    offence
        Shape (n,). Index into `offence_types`.
    incidents
        Shape (n,).
    offence_types
        Names as published, ascending; one, `All`, where they were not told apart.
    selected, without_position, elsewhere
        All incidents of the selection; those without coordinates; those outside the area they were to be in. The rows and
        the last two add up to the first.
    exchanged_bytes
        Size of what the partitions gave back.
    """

    cell: NDArray[np.int64]
    month: NDArray[np.int64]
    offence: NDArray[np.int64]
    incidents: NDArray[np.int64]
    offence_types: tuple[str, ...]
    selected: int
    without_position: int
    elsewhere: int
    exchanged_bytes: int

    def matrix(self, cells: Cells, months: "list[str]") -> tuple[NDArray[np.int64], int]:
        """
        Lay the counts of a grid out by cell and month, offence types together.

        Returns
        -------
        counts
            Shape (n_cells, n_months).
        outside
            Incidents of these months in none of the cells.
        """
        first = month_index(months[0])
        column = self.month - first
        wanted = (column >= 0) & (column < len(months))
        keys = cells.key.astype(np.int64)
        row = np.minimum(np.searchsorted(keys, self.cell), max(keys.size - 1, 0))
        inside = wanted & (keys[row] == self.cell)
        counts = np.zeros((keys.size, len(months)), dtype=np.int64)
        np.add.at(counts, (row[inside], column[inside]), self.incidents[inside])
        return counts, int(self.incidents[wanted].sum() - self.incidents[inside].sum())

    def by_cell(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Give each cell that has incidents once, ascending, and how many it has over all months and types."""
        cell, at = np.unique(self.cell, return_inverse=True)
        return cell, np.bincount(at, weights=self.incidents, minlength=cell.size).astype(np.int64)


def _partitions(workspace: Workspace, chosen: Chosen) -> list[list[Month]]:
    """List the files of the selection, some months of some forces at a time."""
    tables = Tables(workspace)
    batches: list[list[Month]] = [[]]
    held = 0
    for force, month in sorted(set(zip(chosen.covered["force"], chosen.covered["month"], strict=True))):
        for source, _ in chosen.sources:
            for path in tables.files_of("incidents", force=force, month=month, source=source):
                if batches[-1] and held > _BYTES_AT_ONCE:
                    batches.append([])
                    held = 0
                batches[-1].append(Month(path=str(path), month=month_index(month)))
                held += path.stat().st_size
    return [batch for batch in batches if batch]


def count_cells(
    workspace: Workspace,
    chosen: Chosen,
    kind: CellKind | None,
    *,
    inside: StudyArea | None = None,
    by_month: bool = True,
    by_offence: bool = False,
    engine: Engine | None = None,
) -> CellMonthCounts:
    """
    Count the incidents of a selection by cell, month and offence type.

    Parameters
    ----------
    workspace
        The workspace; workers on other machines see it under the same path.
    chosen
        The selection.
    kind
        Cells to count by; None counts by place.
    inside
        Count only what lies in this area; everything where it has no boundary or is not given.
    by_month, by_offence
        Whether to tell months, and offence types, apart; where months are not, each is 0.
    engine
        Where to count; where `crimemap.engine.running_on` says if not given.

    Raises
    ------
    ConflictError
        If a worker sees another workspace.
    """
    places = PlaceStore(workspace)
    within = inside if inside is not None and inside.set_id is not None else None
    # Which places an area of a set holds is known; of a drawn one it is looked up.
    outline = None if inside is None or within is not None or inside.geometry is None else shapely.to_wkb(inside.geometry)
    task: dict[str, Any] = {
        "places": stamped(places.part_files()),
        "kind": kind,
        "area_files": () if within is None else stamped(places.area_files(within.set_id)),
        "area_code": None if within is None else within.area_code,
        "within": within is not None,
        "outline": outline,
        "offence_types": chosen.offence_types,
        "by_month": by_month,
        "by_offence": by_offence,
    }
    tasks = [CountTask(months=tuple(batch), **task) for batch in _partitions(workspace, chosen)]
    parts = (engine or current_engine()).map(count_partition, tasks)
    known = CountTask(months=(), **task).lookup()
    if any(part.checksum != known.checksum for part in parts):
        raise ConflictError(
            "a worker sees other places than this machine does",
            where=str(workspace.root),
            fix="Let every worker see the same workspace under the same path.",
        )
    return _added_up(parts, known.cells)


def _added_up(parts: Sequence[PartCounts], cells: NDArray[np.int64]) -> CellMonthCounts:
    names = sorted({name for part in parts for name in part.offence_types})
    number = {name: at for at, name in enumerate(names)}
    blocks = [np.asarray(part.months, dtype=np.int64) for part in parts]
    months = np.unique(np.concatenate([np.empty(0, np.int64), *blocks]))
    # One number for each cell, month and type, so that equal ones are found in one sort.
    keys, incidents = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for part in parts:
        codes = np.array([number[name] for name in part.offence_types], dtype=np.int64)
        above = np.searchsorted(months, part.months) * len(names) + codes[part.offences]
        keys.append(part.index * np.int64(len(names) * months.size) + np.repeat(above, part.lengths))
        incidents.append(part.incidents.astype(np.int64))
    key, summed = _summed(np.concatenate(keys), np.concatenate(incidents))
    index, rest = _divided(key, len(names) * months.size)
    month, offence = _divided(rest, len(names))
    found = np.bincount(offence, minlength=len(names)) > 0
    offence = (np.cumsum(found) - 1)[offence]
    without = sum(part.without_position for part in parts)
    elsewhere = sum(part.elsewhere for part in parts)
    return CellMonthCounts(
        cell=cells[index],
        month=months[month] if months.size else month,
        offence=offence,
        incidents=summed,
        offence_types=tuple(name for name, there in zip(names, found.tolist(), strict=True) if there),
        selected=int(summed.sum()) + without + elsewhere,
        without_position=without,
        elsewhere=elsewhere,
        exchanged_bytes=sum(part.nbytes for part in parts),
    )


def _divided(number: NDArray[np.int64], by: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give quotient and rest, in half the time of numpy's divmod."""
    if by <= 1:
        return number, np.zeros_like(number)
    quotient = number // by
    return quotient, number - quotient * by


def _summed(keys: NDArray[np.int64], values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Add up the values of equal keys; keys come back ascending."""
    span = int(keys.max(initial=-1)) + 1
    if span <= _DENSE * keys.size:
        sums = np.zeros(span, dtype=np.int64)
        np.add.at(sums, keys, values)
        key = np.flatnonzero(sums)
        return key, sums[key]
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    return keys[first], np.add.reduceat(values, first)
