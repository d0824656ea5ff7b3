"""
Identity: a key that an incident always has, whatever else is loaded, and the number that goes with it.

A Crime ID is not enough. A sixth of all rows have none, some forces use one for several rows of a month, and Northern
Ireland uses IDs again in other months for other crimes. The key is therefore the SHA-256 of the source, force and month
together with

* the Crime ID, for a row that has one. Where an ID comes several times in a month, this goes to the row that is first by
  content, whatever the order in the file;
* the ID, the content and a running number for the others of that ID;
* the content and a running number for rows without an ID. Rows that are alike in everything are separate incidents.

Content is offence type, position, location and times: what stays the same from one archive to the next. Outcome and context
change, LSOA codes come in vintages, and take no part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from crimemap.incidents.clean import only

__all__ = ["Unit", "incident_keys", "incident_numbers", "key_array"]

KEY_BYTES: Final = 32

_PLAIN: Final = "SELECT unhex(sha256(prefix || crime_id)) AS key FROM identified"

_DESCRIBED: Final = """
    WITH described AS (
        SELECT row, prefix, crime_id, concat_ws(chr(31),
            coalesce(offence_type, ''), coalesce(lon_e6::VARCHAR, ''), coalesce(lat_e6::VARCHAR, ''), coalesce(location, ''),
            coalesce(occurred_from::VARCHAR, ''), coalesce(occurred_to::VARCHAR, '')) AS content
        FROM unidentified
    ), numbered AS (
        SELECT *, row_number() OVER (PARTITION BY prefix, crime_id, content ORDER BY row) AS nth FROM described
    ), keyed AS (
        SELECT row, prefix, crime_id, content, nth, unhex(sha256(
            'row' || chr(31) || prefix || coalesce(crime_id, '') || chr(31) || content || chr(31) || nth)) AS key
        FROM numbered
    )"""

_WITHOUT_ID: Final = f"{_DESCRIBED} SELECT row, key FROM keyed"  # noqa: S608 - the text above

#: The row of an ID that is first by content has the plain key already.
_REPEATED_ID: Final = f"""{_DESCRIBED}
    SELECT row, key FROM keyed QUALIFY row_number() OVER (PARTITION BY prefix, crime_id ORDER BY content, nth) > 1"""  # noqa: S608

_NUMBERS: Final = """
    SELECT fresh.row, former.id FROM fresh JOIN former ON former.key = fresh.key AND former.unit = fresh.unit"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """
    One source's month of one force: the piece that is loaded and replaced as a whole, and within which keys are made.

    Parameters
    ----------
    rows
        Columns crime_id, offence_type, location, and where known occurred_from and occurred_to.
    lon_e6, lat_e6, placed
        Shape (n,). Millionths of a degree, and whether there is a position.
    """

    source: str
    force: str
    month: str
    rows: pa.Table
    lon_e6: NDArray[np.int32]
    lat_e6: NDArray[np.int32]
    placed: NDArray[np.bool_]

    @property
    def prefix(self) -> str:
        """Source, force and month, as the key begins."""
        return f"{self.source}\x1f{self.force}\x1f{self.month}\x1f"


def incident_keys(con: duckdb.DuckDBPyConnection, units: Sequence[Unit]) -> list[NDArray[np.uint8]]:
    """
    Make the keys of whole units.

    Parameters
    ----------
    con
        Any connection to DuckDB; nothing is kept in it.
    units
        Each with all rows of its force-month, in any order.

    Returns
    -------
    list
        For each unit, shape (n_rows, 32).
    """
    if not units:
        return []
    sizes = [unit.rows.num_rows for unit in units]
    prefixes = pa.DictionaryArray.from_arrays(
        np.repeat(np.arange(len(units), dtype=np.int32), sizes), pa.array([unit.prefix for unit in units], pa.string())
    )
    crime_ids = pa.chunked_array([_text(unit.rows, "crime_id") for unit in units], pa.string())
    keys = _query(con, _PLAIN, identified=pa.table({"prefix": prefixes, "crime_id": crime_ids}))
    every = np.array(_key_bytes(only(keys["key"])))
    missing = np.concatenate([_missing(unit) for unit in units])
    repeated = np.concatenate([_repeated(unit) for unit in units])
    for chosen, sql in ((missing, _WITHOUT_ID), (repeated, _REPEATED_ID)):
        if chosen.any():
            found = _query(con, sql, unidentified=_content(units, prefixes, crime_ids, chosen))
            every[found["row"].to_numpy()] = _key_bytes(only(found["key"]))
    return np.split(every, np.cumsum(sizes)[:-1])


def incident_numbers(
    con: duckdb.DuckDBPyConnection, keys: Sequence[NDArray[np.uint8]], former: Sequence[Sequence[str]], *, first_free: int
) -> tuple[list[NDArray[np.int32]], int]:
    """
    Give incidents their numbers: as before where their key was there before, else the next free ones.

    Parameters
    ----------
    keys
        For each unit, shape (n_rows, 32).
    former
        For each unit, the Parquet files that it replaces, with columns key and id.
    first_free
        The lowest number never used.

    Returns
    -------
    ids
        For each unit, shape (n_rows,).
    first_free
        The lowest number that is still free.
    """
    numbers = [np.zeros(len(each), dtype=np.int32) for each in keys]
    replaced = [at for at, files in enumerate(former) if files and len(keys[at])]
    if replaced:
        fresh = pa.concat_tables(
            pa.table({"unit": np.full(len(keys[at]), at), "row": np.arange(len(keys[at])), "key": key_array(keys[at])})
            for at in replaced
        )
        olds = [(at, pq.ParquetFile(file).read(columns=["key", "id"])) for at in replaced for file in former[at]]
        old = pa.concat_tables(table.append_column("unit", pa.array(np.full(table.num_rows, at))) for at, table in olds)
        found = _query(con, _NUMBERS.replace("SELECT ", "SELECT fresh.unit, ", 1), fresh=fresh, former=old)
        unit, row, number = (found[name].to_numpy() for name in ("unit", "row", "id"))
        for at in replaced:
            numbers[at][row[unit == at]] = number[unit == at]
    for each in numbers:
        new = np.flatnonzero(each == 0)
        each[new] = np.arange(first_free, first_free + new.size, dtype=np.int32)
        first_free += int(new.size)
    return numbers, first_free


def key_array(keys: NDArray[np.uint8]) -> pa.Array:
    """Give keys as an Arrow column of bytes."""
    contiguous = np.ascontiguousarray(keys)
    fixed = pa.FixedSizeBinaryArray.from_buffers(pa.binary(KEY_BYTES), len(keys), [None, pa.py_buffer(contiguous)])
    return fixed.cast(pa.binary())


def _key_bytes(column: pa.Array) -> NDArray[np.uint8]:
    fixed = column.fill_null(bytes(KEY_BYTES)).cast(pa.binary(KEY_BYTES))
    start = fixed.offset * KEY_BYTES
    data = np.frombuffer(fixed.buffers()[1], dtype=np.uint8)[start : start + len(fixed) * KEY_BYTES]
    return data.reshape(-1, KEY_BYTES)


def _missing(unit: Unit) -> NDArray[np.bool_]:
    """Which rows have no ID."""
    return np.asarray(_text(unit.rows, "crime_id").is_null().to_numpy(zero_copy_only=False), dtype=np.bool_)


def _repeated(unit: Unit) -> NDArray[np.bool_]:
    """Which rows have an ID that comes several times."""
    crime_id = _text(unit.rows, "crime_id")
    if pc.count_distinct(crime_id, mode="only_valid").as_py() == len(crime_id) - crime_id.null_count:
        return np.zeros(len(crime_id), dtype=np.bool_)
    counted = pc.value_counts(crime_id.drop_null())
    again = counted.field("values").filter(pc.greater(counted.field("counts"), 1))
    return np.asarray(pc.is_in(crime_id, value_set=again).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _content(
    units: Sequence[Unit], prefixes: pa.DictionaryArray, crime_ids: pa.ChunkedArray, chosen: NDArray[np.bool_]
) -> pa.Table:
    """Everything that the key of some rows is made of."""
    at = np.flatnonzero(chosen)
    placed = np.concatenate([unit.placed for unit in units])[at]
    texts = ("offence_type", "location", "occurred_from", "occurred_to")
    return pa.table(
        {
            "row": at,
            "prefix": prefixes.take(pa.array(at)),
            "crime_id": crime_ids.take(pa.array(at)),
            "lon_e6": pa.array(np.concatenate([unit.lon_e6 for unit in units])[at], mask=~placed),
            "lat_e6": pa.array(np.concatenate([unit.lat_e6 for unit in units])[at], mask=~placed),
            **{name: _gathered(units, name, chosen) for name in texts},
        }
    )


def _text(rows: pa.Table, name: str) -> pa.Array:
    if name not in rows.column_names:
        return pa.nulls(rows.num_rows, pa.string())
    column = only(rows[name])
    return column if column.type == pa.string() else column.cast(pa.string())


def _gathered(units: Sequence[Unit], name: str, rest: NDArray[np.bool_]) -> pa.ChunkedArray:
    chunks, start = [], 0
    for unit in units:
        chosen = pa.array(rest[start : start + unit.rows.num_rows])
        start += unit.rows.num_rows
        if name in unit.rows.column_names:
            chunks.append(only(unit.rows[name]).filter(chosen).cast(pa.string()))
        else:
            chunks.append(pa.nulls(int(pc.sum(chosen).as_py() or 0), pa.string()))
    return pa.chunked_array(chunks, pa.string())


def _query(con: duckdb.DuckDBPyConnection, sql: str, **tables: pa.Table) -> pa.Table:
    for name, table in tables.items():
        con.register(name, table)
    try:
        return con.sql(sql).to_arrow_table()
    finally:
        for name in tables:
            con.unregister(name)
