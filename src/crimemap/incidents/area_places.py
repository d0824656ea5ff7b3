"""
The places of one area with their positions, kept in memory between questions.

Which places lie in an area, and where, is asked for again and again by the same team, while the files that say it change
when boundaries are loaded or new places are assigned. What is kept is of files of that size and time, and of no others.
"""

from functools import lru_cache
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from crimemap.incidents.places import PlaceStore

__all__ = ["area_places", "path_literal"]

#: Areas kept; one of 10,000 places takes 400 kB.
_KEPT: Final = 32

_File = tuple[str, int, int]


def area_places(places: PlaceStore, set_id: str, area_code: str, *, up_to: int) -> pa.Table | None:
    """
    Give the places of an area.

    Parameters
    ----------
    places
        The places of a workspace.
    set_id, area_code
        The area.
    up_to
        Places with higher numbers are left out.

    Returns
    -------
    pyarrow.Table
        Columns place_id; longitude, latitude (degrees, EPSG:4326); easting, northing (metres, EPSG:27700). None where
        nothing is assigned to the set, or there are no places.
    """
    areas, parts = places.area_files(set_id), places.part_files()
    if not (areas and parts):
        return None
    return _read(_stated(areas), _stated(parts), area_code, up_to)


def _stated(paths: list[Path]) -> tuple[_File, ...]:
    return tuple((str(path), found.st_mtime_ns, found.st_size) for path in paths for found in [path.stat()])


@lru_cache(maxsize=_KEPT)
def _read(areas: tuple[_File, ...], parts: tuple[_File, ...], area_code: str, up_to: int) -> pa.Table:
    with duckdb.connect() as con:
        table: pa.Table = con.sql(
            """
            SELECT p.place_id, p.longitude, p.latitude, p.easting, p.northing
            FROM read_parquet($places, hive_partitioning = false) p
            WHERE p.place_id IN (
                SELECT place_id FROM read_parquet($areas, hive_partitioning = false)
                WHERE area_code = $code AND place_id <= $up_to)""",
            params={
                "areas": [path_literal(path) for path, _, _ in areas],
                "places": [path_literal(path) for path, _, _ in parts],
                "code": area_code,
                "up_to": up_to,
            },
        ).to_arrow_table()
        return table


def path_literal(path: str) -> str:
    """Keep DuckDB from taking stars and brackets in a folder's name for patterns."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)
