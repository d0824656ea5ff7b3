"""Shapes of small areas in a release, drawn small, and those of one unit as a map to move them on."""

import gzip
from typing import Any, Final

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from crimemap.alignment.mergers.brick_borders import brick_borders
from crimemap.alignment.mergers.planning import Planning
from crimemap.alignment.mergers.small_areas import bricks_of_unit
from crimemap.crs import NATIONAL_GRID
from crimemap.products.database import degrees
from crimemap.products.geojson import feature_collection, shape_texts
from crimemap.products.inputs import Bricks
from crimemap.records import plain

__all__ = ["MAX_DRAWN", "brick_shapes", "bricks_map", "read_borders", "write_bricks"]

#: Metres: corners of triangles smaller than the square of this are left out. A town's small areas stay recognisable.
_TOLERANCE_M: Final = 60.0
#: Small areas drawn of one unit; the largest partnership has fewer than 700.
MAX_DRAWN: Final = 3_000
_LEVEL: Final = 1


def write_bricks(db: duckdb.DuckDBPyConnection, bricks: Bricks) -> None:
    """
    Put the small areas' shapes and borders into the tables of a release.

    Shapes are in whole metres of the National Grid, simplified so that neighbours keep one common line.
    """
    frame = bricks.frame
    shapes = np.asarray(frame.geometry.array, dtype=object)
    drawn = shapely.transform(shapely.coverage_simplify(shapes, _TOLERANCE_M), np.round)
    lost = ~shapely.is_valid(drawn) | shapely.is_empty(drawn)
    drawn[lost] = shapely.set_precision(shapes[lost], 1.0)
    codes = pd.Series(frame.index.astype(str))
    names = frame["area_name"].astype(object).to_numpy() if "area_name" in frame.columns else None
    table = pd.DataFrame({"brick": codes, "name": names, "shape": list(shapely.to_wkb(drawn))})
    _insert(db, "brick_shapes", table)
    _insert(db, "brick_borders", brick_borders(shapes, pd.Index(codes)))


def _insert(db: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    if not len(rows):
        return
    db.register("rows_given", rows)
    db.execute(f"INSERT INTO {table} SELECT {', '.join(rows.columns)} FROM rows_given")  # noqa: S608 - names of ours
    db.unregister("rows_given")


def read_borders(db: duckdb.DuckDBPyConnection) -> pd.DataFrame | None:
    """Read which small areas border one another; None where the release, being older, does not say."""
    if not _has(db, "brick_borders"):
        return None
    # As numbers of a list of codes: a country has a hundred thousand of them, and several plannings are kept.
    return db.execute("SELECT brick, neighbour FROM brick_borders ORDER BY rowid").df().astype("category")


def brick_shapes(db: duckdb.DuckDBPyConnection, codes: list[str]) -> gpd.GeoDataFrame | None:
    """Read small areas as they are drawn, by code: `name` and `geometry`, EPSG:27700; None where a release has none."""
    if not _has(db, "brick_shapes"):
        return None
    sql = "SELECT brick, name, shape FROM brick_shapes WHERE list_contains($codes::VARCHAR[], brick)"
    found = db.execute(sql, {"codes": codes}).df().set_index("brick")
    shapes = shapely.from_wkb([bytes(one) for one in found["shape"]])
    return gpd.GeoDataFrame(found[["name"]], geometry=list(shapes), crs=NATIONAL_GRID)


def bricks_map(db: duckdb.DuckDBPyConnection, planning: Planning, unit: str) -> bytes | None:
    """
    Draw the small areas of a unit.

    Parameters
    ----------
    db
        An open release.

    Returns
    -------
    bytes or None
        GeoJSON, EPSG:4326, gzip of UTF-8: `code`, `name`, `unit`, `target`, `target_name`, `district` and the numbers of
        `bricks_of_unit`. Where there are more than `MAX_DRAWN`, those with most people. None where the release has
        no shapes.

    Raises
    ------
    NotFoundError
        If there is no such unit.
    """
    found = bricks_of_unit(planning, unit)
    if len(found) > MAX_DRAWN:
        found = found.nlargest(MAX_DRAWN, "population").sort_index()
    shapes = brick_shapes(db, found.index.tolist())
    if shapes is None:
        return None
    table = gpd.GeoDataFrame(found).join(shapes, how="inner")
    named = planning.targets["name"]
    rows: list[dict[str, Any]] = [
        {
            "code": str(code),
            "name": str(code) if pd.isna(row["name"]) else str(row["name"]),
            "unit": unit,
            "target": plain(row["target"]),
            "target_name": None if row["target"] is None else str(named[row["target"]]),
            "district": plain(row["district"]),
            **{name: plain(row[name]) for name in ("population", "cut_population", "population_elsewhere")},
        }
        for code, row in table.iterrows()
    ]
    geometries = shape_texts(degrees(table["geometry"].to_numpy()))
    return gzip.compress(feature_collection(geometries, rows).encode(), _LEVEL, mtime=0)


def _has(db: duckdb.DuckDBPyConnection, table: str) -> bool:
    row = db.execute("SELECT count(*) FROM information_schema.tables WHERE table_name = $name", {"name": table}).fetchone()
    return row is not None and bool(row[0])
