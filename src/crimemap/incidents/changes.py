"""
What changed in the incidents of an area between two versions of the table: new, changed and withdrawn, and nothing left out.

Both states are read as they were and compared row by row, so a month that was loaded again with the same content, or with
the same rows in another order, has no change. An incident that moved out of the area is withdrawn from it, one that moved in
is new. Where a force's own records take the place of published ones, the published ones are withdrawn and its own are new.
"""

from dataclasses import dataclass
from typing import Any, Final

import duckdb

from crimemap.incidents.area_places import area_places, path_literal
from crimemap.incidents.history import RecordsAt
from crimemap.incidents.places import PlaceStore
from crimemap.workspace import Workspace

__all__ = ["COLUMNS", "AreaState", "area_changes", "area_relation"]

#: What is told of an incident, in this order.
COLUMNS: Final = (
    "id",
    "key",
    "crime_id",
    "month",
    "occurred_from",
    "occurred_to",
    "offence_type",
    "location",
    "longitude",
    "latitude",
    "easting",
    "northing",
    "lsoa_code",
    "lsoa_name",
    "last_outcome",
    "context",
    "source",
    "kind",
)
_CHANGING: Final = tuple(name for name in COLUMNS if name not in ("id", "key"))


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaState:
    """
    The incidents of one area at one moment.

    Attributes
    ----------
    records
        What counted.
    set_id, area_code
        The area.
    places_up_to
        Places with higher numbers were not assigned to areas yet.
    """

    records: RecordsAt
    set_id: str
    area_code: str
    places_up_to: int


def area_relation(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    state: AreaState,
    *,
    name: str,
    months: frozenset[str] | None = None,
) -> None:
    """
    Make a view of the incidents of a state.

    Parameters
    ----------
    con
        A connection of the caller's.
    name
        What the view is called.
    months
        Months to read; all where not given.
    """
    held = {month: one for month, one in state.records.months.items() if months is None or month in months}
    files = [str(path) for one in held.values() for path in one.files]
    places = area_places(PlaceStore(workspace), state.set_id, state.area_code, up_to=state.places_up_to)
    if not files or places is None:
        columns = ", ".join(f"CAST(NULL AS {_TYPES.get(column, 'VARCHAR')}) AS {column}" for column in COLUMNS)
        con.execute(f"CREATE TEMP TABLE {name} AS SELECT {columns} WHERE false")
        return
    columns = ", ".join(_SAID.get(column, f"i.{column}") for column in COLUMNS)
    con.register("area_places", places)
    con.execute(
        f"""
        CREATE TEMP TABLE {name} AS
        SELECT {columns}
        FROM read_parquet($files, hive_partitioning = true, hive_types = {{'month': VARCHAR, 'force': VARCHAR}}) i
        JOIN area_places p ON p.place_id = i.place_id""",  # noqa: S608 - fixed names
        {"files": [path_literal(path) for path in files]},
    )
    con.unregister("area_places")


_TYPES: Final = {
    "id": "INTEGER",
    "occurred_from": "TIMESTAMP",
    "occurred_to": "TIMESTAMP",
    **dict.fromkeys(("longitude", "latitude", "easting", "northing"), "DOUBLE"),
}
_SAID: Final = {
    "key": "lower(hex(i.key)) AS key",
    **{name: f"p.{name}" for name in ("longitude", "latitude", "easting", "northing")},
}


def area_changes(
    workspace: Workspace, before: AreaState, after: AreaState, *, after_id: int, limit: int
) -> tuple[list[dict[str, Any]], bool]:
    """
    List what changed, by the incidents' numbers.

    Parameters
    ----------
    before, after
        The two states, of one area.
    after_id
        Only incidents with a higher number.
    limit
        At most so many.

    Returns
    -------
    changes
        Each with `change` (`new`, `changed`, `withdrawn`) and the incident as it is, or as it was where it is withdrawn.
    more
        Whether there are more.
    """
    months = _months_that_differ(before, after)
    if not months:
        return [], False
    with duckdb.connect() as con:
        area_relation(con, workspace, before, name="old", months=months)
        area_relation(con, workspace, after, name="new", months=months)
        told = ", ".join(f"CASE WHEN n.id IS NULL THEN o.{name} ELSE n.{name} END AS {name}" for name in COLUMNS)
        differs = " OR ".join(f"o.{name} IS DISTINCT FROM n.{name}" for name in _CHANGING)
        rows = con.execute(
            f"""
            SELECT CASE WHEN o.id IS NULL THEN 'new' WHEN n.id IS NULL THEN 'withdrawn' ELSE 'changed' END AS change, {told}
            FROM old o FULL JOIN new n ON o.id = n.id
            WHERE (o.id IS NULL OR n.id IS NULL OR {differs}) AND coalesce(n.id, o.id) > ?
            ORDER BY coalesce(n.id, o.id) LIMIT ?""",  # noqa: S608 - fixed names
            [after_id, limit + 1],
        ).fetchall()
    names = ("change", *COLUMNS)
    return [dict(zip(names, row, strict=True)) for row in rows[:limit]], len(rows) > limit


def _months_that_differ(before: AreaState, after: AreaState) -> frozenset[str]:
    """Give the months whose files differ; all of them where places were assigned since, for those could be anywhere."""
    old, new = before.records.months, after.records.months
    every = frozenset(old) | frozenset(new)
    if before.places_up_to != after.places_up_to:
        return every
    return frozenset(month for month in every if old.get(month) != new.get(month))
