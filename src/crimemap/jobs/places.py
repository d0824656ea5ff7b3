"""Incidents of a selection by place: a position once, with how many incidents it stands for."""

from dataclasses import dataclass

import duckdb
import pandas as pd

from crimemap.engine import LocalEngine, current_engine
from crimemap.errors import EmptyInputError
from crimemap.jobs.selection import Chosen
from crimemap.workspace import Workspace

__all__ = ["PlaceCounts", "count_places"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaceCounts:
    """
    Incidents by place.

    Attributes
    ----------
    table
        `place_id`, `longitude`, `latitude` (degrees), `easting`, `northing` (metres), `incidents`.
    selected
        Incidents of the selection.
    without_position
        Of them, those without coordinates.
    """

    table: pd.DataFrame
    selected: int
    without_position: int


def count_places(con: duckdb.DuckDBPyConnection, chosen: Chosen, *, workspace: Workspace | None = None) -> PlaceCounts:
    """
    Count incidents by place.

    Parameters
    ----------
    con, chosen
        A connection of the incident store, and the selection.
    workspace
        The workspace, where its files may be counted on the engine that is current; the numbers are the same.

    Raises
    ------
    EmptyInputError
        If there is none, or none with a position.
    """
    if workspace is None or isinstance(current_engine(), LocalEngine):
        table = _by_database(con, chosen)
    else:
        table = _by_engine(con, chosen, workspace)
    placed = table[["easting", "northing"]].notna().all(axis=1)
    selected, without = int(table["incidents"].sum()), int(table.loc[~placed, "incidents"].sum())
    if selected == without:
        raise EmptyInputError(
            "there are no incidents in this selection"
            if not selected
            else f"none of the {selected:,} incidents has a position",
            where="incidents",
            fix="Take a longer period, another offence type or another force.",
        )
    return PlaceCounts(table=table[placed].reset_index(drop=True), selected=selected, without_position=without)


def _by_database(con: duckdb.DuckDBPyConnection, chosen: Chosen) -> pd.DataFrame:
    condition, values = chosen.condition()
    by_place = f"SELECT i.place_id, count(*) AS incidents FROM incidents i WHERE {condition} GROUP BY i.place_id"  # noqa: S608 - fixed text
    return con.execute(
        "SELECT c.place_id, p.longitude, p.latitude, p.easting, p.northing, c.incidents "  # noqa: S608 - fixed text
        f"FROM ({by_place}) c LEFT JOIN places p USING (place_id) ORDER BY c.place_id",
        values,
    ).df()


def _by_engine(con: duckdb.DuckDBPyConnection, chosen: Chosen, workspace: Workspace) -> pd.DataFrame:
    from crimemap.jobs.cell_counts import count_cells

    found = count_cells(workspace, chosen, None, by_month=False)
    nowhere = [found.without_position] if found.without_position else []
    counted = pd.DataFrame(  # noqa: F841 - DuckDB reads it
        {
            "place_id": pd.array([*found.cell.tolist(), *(None for _ in nowhere)], dtype="Int32"),
            "incidents": [*found.incidents.tolist(), *nowhere],
        }
    )
    return con.execute(
        "SELECT c.place_id, p.longitude, p.latitude, p.easting, p.northing, c.incidents "
        "FROM counted c LEFT JOIN places p USING (place_id) ORDER BY c.place_id"
    ).df()
