"""
Loading: files into the tables, so that nothing is changed until everything given was read without fault.

Files are read by a pool of threads, a few ahead. Rows are collected into batches, because keys are cheaper made for many;
each force's month then becomes one Parquet file, still outside the tables. The commits come last: places, then what `loads`
and `quarantine` say, then each record table. Whatever moment the process is killed at, a table is as before or as after.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeVar

import duckdb
import numpy as np
import pyarrow as pa

from crimemap.errors import ParameterError
from crimemap.incidents.clean import only
from crimemap.incidents.delta import Change, Tables
from crimemap.incidents.identity import Unit, incident_keys, incident_numbers, key_array
from crimemap.incidents.ledger import Ledger, Load
from crimemap.incidents.places import PlaceIndex, PlaceStore
from crimemap.incidents.police_uk import CleanRows, Rejected
from crimemap.incidents.schema import PARTITIONS, RECORD_TABLES, SCHEMAS
from crimemap.workspace import Workspace

__all__ = ["Loader", "ahead"]

_BATCH_ROWS: Final = 250_000
_MOST_INCIDENTS: Final = 2**31 - 1

S = TypeVar("S")
T = TypeVar("T")


def ahead(function: Callable[[S], T], items: Iterable[S], *, workers: int = 2, depth: int = 6) -> Iterator[tuple[S, T]]:
    """Apply a function in threads, `depth` items ahead of whoever takes the results, in order."""
    pool = ThreadPoolExecutor(workers)
    waiting: list[tuple[S, Future[T]]] = []
    rest = iter(items)
    try:
        waiting += [(item, pool.submit(function, item)) for item in islice(rest, depth)]
        while waiting:
            item, future = waiting.pop(0)
            result = future.result()
            waiting += [(following, pool.submit(function, following)) for following in islice(rest, 1)]
            yield item, result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Waiting:
    load: Load
    rows: CleanRows


class Loader:
    """
    One run of loading.

    Parameters
    ----------
    workspace
        The workspace, whose lock is held.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._tables = Tables(workspace)
        self._tables.discard()
        self.ledger = Ledger(self._tables)
        self.ledger.repair()
        self._places = PlaceStore(workspace)
        self._index: PlaceIndex = self._places.index()
        self.scratch = self._tables.scratch
        self._con = duckdb.connect()
        self._next_id = self._tables.next_incident_id()
        self._changes: dict[str, Change] = {}
        self._loads: list[Load] = []
        self._confirmed: list[Load] = []
        self._waiting: list[_Waiting] = []
        self._waiting_rows = 0
        self._pool = ThreadPoolExecutor(2)

    def add(self, load: Load, rows: CleanRows) -> None:
        """Take in one source's month of one force; it takes the place of what was there."""
        self._waiting.append(_Waiting(load, rows))
        self._waiting_rows += rows.table.num_rows
        if self._waiting_rows >= _BATCH_ROWS:
            self._flush()

    def confirm(self, load: Load) -> None:
        """Take in that a later archive holds what is loaded already."""
        self._confirmed.append(load)

    def _flush(self) -> None:
        waiting, self._waiting, self._waiting_rows = self._waiting, [], 0
        incidents = [each for each in waiting if each.load.table_name == "incidents"]
        numbered = dict(zip(map(id, incidents), self._identified(incidents), strict=True))
        jobs = []
        for each, place_id in zip(waiting, self._place_ids([each.rows for each in waiting]), strict=True):
            change = self._changes.setdefault(each.load.table_name, Change())
            change.last_load_id = max(change.last_load_id, each.load.load_id)
            jobs.append(self._pool.submit(self._stage, each, change, place_id, numbered.get(id(each))))
            self._loads.append(each.load)
        for job in jobs:
            job.result()

    def _identified(self, incidents: list[_Waiting]) -> list[tuple[pa.Array, pa.Array]]:
        if not incidents:
            return []
        units = [
            Unit(
                source=each.load.source,
                force=each.load.force,
                month=each.load.month,
                rows=each.rows.table,
                lon_e6=each.rows.lon_e6,
                lat_e6=each.rows.lat_e6,
                placed=each.rows.placed,
            )
            for each in incidents
        ]
        keys = incident_keys(self._con, units)
        former = [
            [
                str(path)
                for path in self._tables.files_of("incidents", force=unit.force, month=unit.month, source=unit.source)
            ]
            for unit in units
        ]
        numbers, self._next_id = incident_numbers(self._con, keys, former, first_free=self._next_id)
        if self._next_id > _MOST_INCIDENTS:
            raise ParameterError("a workspace numbers at most 2,147,483,647 incidents", fix="Start another workspace.")
        return [(pa.array(number), key_array(key)) for number, key in zip(numbers, keys, strict=True)]

    def _place_ids(self, batch: list[CleanRows]) -> list[pa.Array]:
        if not batch:
            return []
        lon_e6, lat_e6, placed = (
            np.concatenate([getattr(rows, name) for rows in batch]) for name in ("lon_e6", "lat_e6", "placed")
        )
        place_id = np.zeros(placed.size, dtype=np.int32)
        place_id[placed] = self._index.ids(lon_e6[placed], lat_e6[placed])
        ends = np.cumsum([rows.placed.size for rows in batch])[:-1]
        return [pa.array(ids, mask=~at) for ids, at in zip(np.split(place_id, ends), np.split(placed, ends), strict=True)]

    def _stage(self, each: _Waiting, change: Change, place_id: pa.Array, numbered: tuple[pa.Array, pa.Array] | None) -> None:
        load, rows = each.load, each.rows.table
        made = {
            "place_id": place_id,
            "source": _constant(load.source, rows.num_rows),
            "kind": _constant(load.kind, rows.num_rows),
            "load_id": pa.array(np.full(rows.num_rows, load.load_id, dtype=np.int32)),
        }
        if numbered is not None:
            made["id"], made["key"] = numbered
        columns = {}
        for column in SCHEMAS[load.table_name]:
            if column.name in made:
                columns[column.name] = made[column.name]
            elif column.name in rows.column_names:
                columns[column.name] = only(rows[column.name])
            elif column.name not in PARTITIONS:
                columns[column.name] = pa.nulls(rows.num_rows, column.type)
        table = pa.table(columns)
        self._tables.stage(
            change, load.table_name, table, force=load.force, month=load.month, source=load.source, load_id=load.load_id
        )

    def first_rejected(self, path: str) -> Rejected:
        """Give the first row of a file that goes to quarantine; there is one."""
        loads = [*self._loads, *(each.load for each in self._waiting)]
        return next(load.rejected[0] for load in loads if load.path == path and load.rejected)

    def commit(self) -> int:
        """Make everything taken in part of the tables; say how many places are new."""
        self._flush()
        self.ledger.confirm(self._confirmed)
        self._confirmed = []
        if not self._loads:
            return 0
        self._tables.create()
        new_places = self._places.save(self._index)
        self.ledger.announce(self._loads)
        for name in RECORD_TABLES:
            if name in self._changes:
                change = self._changes.pop(name)
                self._tables.commit(name, change, next_incident_id=self._next_id if name == "incidents" else None)
                if change.removes:
                    self._tables.forget_old_files(name)
        self._loads = []
        return new_places

    def close(self) -> None:
        """Leave nothing behind that was not committed."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._con.close()
        self._tables.discard()


def _constant(text: str, n: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(np.zeros(n, dtype=np.int32), pa.array([text], pa.string()))
