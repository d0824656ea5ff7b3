"""Incidents of a selection by place: a position once, with how many incidents it stands for."""

from dataclasses import dataclass

import duckdb
import pandas as pd

from crimemap.errors import EmptyInputError
from crimemap.jobs.selection import Chosen

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


def count_places(con: duckdb.DuckDBPyConnection, chosen: Chosen) -> PlaceCounts:
    """
    Count incidents by place.

    Raises
    ------
    EmptyInputError
        If there is none, or none with a position.
    """
    condition, values = chosen.condition()
    by_place = f"SELECT i.place_id, count(*) AS incidents FROM incidents i WHERE {condition} GROUP BY i.place_id"  # noqa: S608 - fixed text
    table: pd.DataFrame = con.execute(
        "SELECT c.place_id, p.longitude, p.latitude, p.easting, p.northing, c.incidents "  # noqa: S608 - fixed text
        f"FROM ({by_place}) c LEFT JOIN places p USING (place_id) ORDER BY c.place_id",
        values,
    ).df()
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
