"""
The incidents of a month, or its outcomes, as columns in the order of their map points, and the answers made of them.

A month is read when it is first asked for and kept while there is room. An answer is put together column by column from
texts that were written once (a category's opening, a map point's location, an outcome), so ten thousand crimes cost
milliseconds.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from api.store.places import Places, runs
from api.store.texts import json_texts

__all__ = ["CRIME_COLUMNS", "Month", "MonthCache", "coded", "combined", "crimes_of", "read_incidents"]

#: What a crime is written from.
CRIME_COLUMNS = """
i.id, i.place_id, i.force, i.category, coalesce(i.persistent_id, '') AS persistent_id, coalesce(i.context, '') AS context,
i.month, i.outcome_category, i.outcome_date, i.location_type, coalesce(i.location_subtype, '') AS location_subtype"""


class _Kept(Protocol):
    @property
    def month(self) -> str: ...

    @property
    def n_bytes(self) -> int: ...


M = TypeVar("M", bound=_Kept)


@dataclass(frozen=True, slots=True)
class Month:
    """
    One month's incidents, sorted by map point (none first), then category, then id.

    Parameters
    ----------
    ordinal
        Shape (n,), ascending. The map point of each, -1 for none.
    identity
        Shape (n,). The API's id of each.
    category, force
        Shape (n,). Positions in `categories` and `forces`.
    persistent_id
        Shape (n,). JSON text without its quotes.
    opening, middle, ending
        Pairs of texts and, shape (n,), which of them each incident has.
    """

    month: str
    ordinal: NDArray[np.int32]
    identity: pa.Array
    category: NDArray[np.int32]
    force: NDArray[np.int32]
    categories: tuple[str, ...]
    forces: tuple[str, ...]
    persistent_id: pa.Array
    opening: tuple[pa.Array, pa.Array]
    middle: tuple[pa.Array, pa.Array]
    ending: tuple[pa.Array, pa.Array]
    n_bytes: int

    def at(self, ordinals: NDArray[np.int64], *, category: str | None = None) -> NDArray[np.int64]:
        """Give the rows at these map points, of one category or of all."""
        starts = np.searchsorted(self.ordinal, ordinals, side="left")
        return self._of(runs(starts, np.searchsorted(self.ordinal, ordinals, side="right")), category)

    def nowhere(self, *, force: str, category: str | None = None) -> NDArray[np.int64]:
        """Give the rows of one force without a map point."""
        if force not in self.forces:
            return np.empty(0, dtype=np.int64)
        rows = np.arange(np.searchsorted(self.ordinal, 0, side="left"), dtype=np.int64)
        return self._of(np.asarray(rows[self.force[rows] == self.forces.index(force)]), category)

    def crimes(self, rows: NDArray[np.int64], places: Places) -> bytes:
        """
        Write rows as a JSON list of crimes, by category and then id.

        Parameters
        ----------
        rows
            Shape (n,). Positions in this month.
        """
        if not rows.size:
            return b"[]"
        identity = self.identity.take(pa.array(rows))
        taken = rows[np.lexsort((identity.to_numpy(), self.category[rows]))]
        chosen = pa.array(taken)
        # A row without a map point takes the last location, which is null.
        where = np.where(self.ordinal[taken] < 0, len(places), self.ordinal[taken])
        texts = pc.binary_join_element_wise(
            _texts(self.opening, chosen),
            self.persistent_id.take(chosen),
            _texts(self.middle, chosen),
            self.identity.take(chosen).cast(pa.string()),
            ',"location":',
            places.location.take(pa.array(where)),
            _texts(self.ending, chosen),
            "",
        )
        whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
        # The texts lie one after the other in memory, each with the comma that follows it: they are the answer.
        return b"[" + memoryview(whole.buffers()[2])[: int(pc.sum(pc.binary_length(whole)).as_py()) - 1].tobytes() + b"]"

    def _of(self, rows: NDArray[np.int64], category: str | None) -> NDArray[np.int64]:
        if category is None:
            return rows
        if category not in self.categories:
            return rows[:0]
        return np.asarray(rows[self.category[rows] == self.categories.index(category)])


class MonthCache(Generic[M]):
    """
    Months that were asked for lately, within a limit of memory.

    Parameters
    ----------
    connection
        An open release; each read takes a cursor of its own.
    limit_bytes
        Memory to fill. One month is always kept, however large.
    read
        Reads a month: its incidents, its outcomes, or its stops.
    """

    def __init__(self, connection: Any, places: Places, *, limit_bytes: int, read: Callable[[Any, Places, str], M]) -> None:
        self._connection = connection
        self._places = places
        self._limit_bytes = limit_bytes
        self._read = read
        self._months: OrderedDict[str, M] = OrderedDict()
        self._lock = threading.Lock()
        self._reading: dict[str, threading.Lock] = {}

    def get(self, month: str) -> M:
        """Give a month; two that ask for it at once wait for one read."""
        with self._lock:
            held = self._months.get(month)
            if held is not None:
                self._months.move_to_end(month)
                return held
            reading = self._reading.setdefault(month, threading.Lock())
        with reading:
            with self._lock:
                held = self._months.get(month)
            if held is None:
                held = self._read(self._connection, self._places, month)
                with self._lock:
                    self._keep(held)
            return held

    def _keep(self, month: M) -> None:
        self._months[month.month] = month
        self._reading.pop(month.month, None)
        size = sum(held.n_bytes for held in self._months.values())
        while size > self._limit_bytes and len(self._months) > 1:
            _, dropped = self._months.popitem(last=False)
            size -= dropped.n_bytes


def _texts(texts_and_which: tuple[pa.Array, pa.Array], rows: pa.Array) -> pa.Array:
    texts, which = texts_and_which
    return texts.take(which.take(rows))


def read_incidents(connection: Any, places: Places, month: str) -> Month:
    """Read a month's incidents from an open release."""
    cursor = connection.cursor()
    try:
        table = cursor.sql(f"SELECT {CRIME_COLUMNS} FROM incidents i WHERE month = ?", params=[month]).to_arrow_table()  # noqa: S608 - a constant
    finally:
        cursor.close()
    return crimes_of(
        table,
        places,
        month=month,
        opening=([table["category"]], lambda category: f'{{"category":{category},"persistent_id":"'),
        ending=(
            [table["context"], table["outcome_category"], table["outcome_date"]],
            lambda context, outcome, date: (
                f',"context":{context},"month":"{month}","outcome_status":'
                + ("null" if outcome == "null" else f'{{"category":{outcome},"date":{date}}}')
                + "},"
            ),
        ),
    )


def crimes_of(
    table: pa.Table,
    places: Places,
    *,
    month: str,
    opening: tuple[list[pa.ChunkedArray], Callable[..., str]],
    ending: tuple[list[pa.ChunkedArray], Callable[..., str]],
) -> Month:
    """
    Sort rows by map point and write the texts that many of them share.

    Parameters
    ----------
    table
        The columns of `CRIME_COLUMNS`.
    month
        Under which they are kept.
    opening, ending
        Columns of the table, and what is written of a combination of their values (as JSON): up to the persistent id, its
        opening quote included, and from the comma after the location to the comma after the row.
    """
    ordinal = places.ordinals_of(table["place_id"].fill_null(-1).to_numpy())
    category, categories = coded(table["category"])
    force, forces = coded(table["force"])
    order = np.lexsort((table["id"].to_numpy(), category, ordinal))
    rows = pa.array(order)
    nowhere = pa.array(ordinal < 0)
    kind = pc.if_else(nowhere, pa.scalar(None, pa.string()), table["location_type"])
    subtype = pc.if_else(nowhere, "", table["location_subtype"])
    shared = {
        "opening": combined(*opening),
        "middle": combined(
            [kind, subtype], lambda kind, subtype: f'","location_type":{kind},"location_subtype":{subtype},"id":'
        ),
        "ending": combined(*ending),
    }
    columns = {
        "ordinal": ordinal[order].astype(np.int32),
        "identity": _whole(table["id"].take(rows)).cast(pa.int32()),
        "category": category[order],
        "force": force[order],
        "persistent_id": _inside_quotes(_whole(table["persistent_id"].take(rows))),
        **{name: (texts, which.take(rows)) for name, (texts, which) in shared.items()},
    }
    return Month(
        month=month,
        categories=tuple(categories),
        forces=tuple(forces),
        n_bytes=sum(_size(column) for column in columns.values()),
        **columns,
    )


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def coded(column: pa.ChunkedArray) -> tuple[NDArray[np.int32], list[Any]]:
    """Give each value its number among the distinct ones, in ascending order, null first."""
    coded = _whole(column).dictionary_encode(null_encoding="encode")
    values = coded.dictionary.to_pylist()
    order = sorted(range(len(values)), key=lambda i: (values[i] is not None, values[i] or ""))
    numbers = np.empty(len(values), dtype=np.int32)
    numbers[order] = np.arange(len(values), dtype=np.int32)
    return numbers[coded.indices.to_numpy()], [values[i] for i in order]


def _inside_quotes(texts: pa.Array) -> pa.Array:
    plain = pc.all(pc.match_substring_regex(texts, r"^[\w.:-]*$")).as_py()
    return texts if plain in (True, None) else pa.array([text[1:-1] for text in json_texts(texts.to_pylist())], pa.string())


def combined(columns: list[Any], text: Any) -> tuple[pa.Array, pa.Array]:
    """Write each combination of values that occurs once, and say which one each row has."""
    codes, values = zip(*(coded(column) for column in columns), strict=True)
    combined = np.zeros(len(codes[0]), dtype=np.int64)
    for code, known in zip(codes, values, strict=True):
        combined = combined * (len(known) or 1) + code
    distinct, which = np.unique(combined, return_inverse=True)
    texts = []
    for number in distinct.tolist():
        parts: list[str] = []
        rest = number
        for known in reversed(values):
            rest, code = divmod(rest, len(known) or 1)
            parts.append(json_texts([known[code]])[0])
        texts.append(text(*reversed(parts)))
    return pa.array(texts, pa.string()), pa.array(which.astype(np.int32))


def _size(column: Any) -> int:
    return sum(part.nbytes for part in column) if isinstance(column, tuple) else int(column.nbytes)
