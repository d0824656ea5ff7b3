"""Stops and searches, a month at a time, in the shape of data.police.uk."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from api.store.places import Places
from api.store.texts import json_texts

__all__ = ["StopsMonth", "read_stops"]

#: What was found by searching a vehicle alone involves no person.
_VEHICLE_ONLY: Final = "Vehicle search"
_COLUMNS: Final = (
    "type",
    "hour",
    "operation",
    "operation_name",
    "gender",
    "age_range",
    "self_defined_ethnicity",
    "officer_defined_ethnicity",
    "legislation",
    "object_of_search",
    "outcome",
    "outcome_linked_to_object",
    "removed_more_than_outer_clothing",
)


@dataclass(frozen=True, slots=True)
class StopsMonth:
    """
    One month's stops, sorted by force and map point.

    Parameters
    ----------
    ordinal
        Shape (n,). The map point of each, -1 for none.
    force
        Shape (n,). Whose they are.
    head, tail
        Shape (n,). JSON text before and after the location.
    """

    month: str
    ordinal: NDArray[np.int64]
    force: NDArray[np.object_]
    head: list[str]
    tail: list[str]

    @property
    def n_bytes(self) -> int:
        """Give about how much memory it takes."""
        return 100 * len(self.head) + sum(map(len, self.head)) + sum(map(len, self.tail))

    def at(self, ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the rows at these map points."""
        return np.flatnonzero(np.isin(self.ordinal, ordinals))

    def of(self, force: str, *, located: bool | None = None) -> NDArray[np.int64]:
        """Give the rows of a force: all, those with a map point, or those without."""
        own = self.force == force
        if located is not None:
            own &= (self.ordinal >= 0) == located
        return np.flatnonzero(own)

    def written(self, rows: NDArray[np.int64], places: Places) -> bytes:
        """Write rows as a JSON list."""
        where = np.where(self.ordinal[rows] < 0, len(places), self.ordinal[rows])
        locations = places.location.take(pa.array(where)).to_pylist()
        texts = [
            f"{self.head[row]}{location}{self.tail[row]}" for row, location in zip(rows.tolist(), locations, strict=True)
        ]
        return f"[{','.join(texts)}]".encode()


def read_stops(connection: Any, places: Places, month: str) -> StopsMonth:
    """Read a month's stops from an open release."""
    cursor = connection.cursor()
    try:
        table = cursor.sql(
            f"""SELECT coalesce(place_id, -1) AS place_id, force, {", ".join(_COLUMNS)} FROM stops
                WHERE month = ? ORDER BY force, place_id, {", ".join(_COLUMNS)}""",  # noqa: S608 - constants
            params=[month],
        ).to_arrow_table()
    finally:
        cursor.close()
    rows = table.to_pylist()
    return StopsMonth(
        month=month,
        ordinal=places.ordinals_of(table["place_id"].to_numpy()) if rows else np.empty(0, dtype=np.int64),
        force=np.array([row["force"] for row in rows], dtype=object),
        head=[_head(row) for row in rows],
        tail=[_tail(row) for row in rows],
    )


def _object(given: dict[str, Any]) -> str:
    names = json_texts(given)
    return ",".join(f"{name}:{value}" for name, value in zip(names, json_texts(given.values()), strict=True))


def _head(row: dict[str, Any]) -> str:
    kind = row["type"] or ""
    opened = {
        "type": kind,
        "involved_person": kind != _VEHICLE_ONLY,
        "datetime": f"{row['hour']:%Y-%m-%dT%H:00:00}+00:00",
        "operation": row["operation"],
        "operation_name": row["operation_name"],
    }
    return "{" + _object(opened) + ',"location":'


def _tail(row: dict[str, Any]) -> str:
    outcome = row["outcome"] or ""
    code = "bu-" + "-".join("".join(c if c.isalnum() else " " for c in outcome.lower()).split()) if outcome else ""
    rest = {
        "gender": row["gender"],
        "age_range": row["age_range"],
        "self_defined_ethnicity": row["self_defined_ethnicity"],
        "officer_defined_ethnicity": row["officer_defined_ethnicity"],
        "legislation": row["legislation"],
        "object_of_search": row["object_of_search"],
        "outcome": outcome,
        "outcome_object": {"id": code.replace("bu-a-", "bu-", 1).removesuffix("-disposal"), "name": outcome},
        "outcome_linked_to_object_of_search": row["outcome_linked_to_object"],
        "removal_of_more_than_outer_clothing": row["removed_more_than_outer_clothing"],
    }
    return "," + _object(rest) + "}"
