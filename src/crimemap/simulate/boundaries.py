"""Boundary sets as GeoPackages, and the lookups between them. What is made of the same bricks shares their exact edges."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from crimemap.simulate.county import AREA_TYPES, County

__all__ = ["VINTAGE", "write_boundaries", "write_lookups"]

VINTAGE: Final = "2024"
#: Area type to the types that its areas nest in by construction.
_PARENTS: Final = {
    "lsoa": ("msoa", "ward", "neighbourhood", "lad", "csp", "bcu", "county", "ctyua", "pfa"),
    "msoa": ("lad", "csp", "ctyua", "pfa"),
    "ward": ("lad", "csp", "ctyua", "pfa"),
    "neighbourhood": ("lad", "csp", "ctyua", "pfa"),
    "lad": ("csp", "county", "ctyua", "pfa"),
    "csp": ("pfa",),
    "bcu": ("pfa",),
    "county": ("pfa",),
    "ctyua": ("pfa",),
    "pfa": (),
}


@contextmanager
def _standing_clock() -> Iterator[None]:
    """Keep the hour of writing out of GeoPackages, so that the same seed gives the same bytes."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2024-01-01T00:00:00.000Z"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _dissolved(county: County, area_type: str) -> gpd.GeoDataFrame:
    table = county.areas(area_type)
    code = county.frame[area_type]
    shapes = [
        shapely.normalize(shapely.coverage_union_all(county.bricks.polygon[np.flatnonzero(code == c)])) for c in table.index
    ]
    columns: dict[str, Any] = {"area_code": list(table.index), "area_name": list(table["name"])}
    for parent in _PARENTS[area_type]:
        columns[f"{parent}_code"] = list(county.frame.groupby(area_type)[parent].first()[table.index])
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:27700")


def write_boundaries(county: County, folder: Path) -> dict[str, gpd.GeoDataFrame]:
    """
    Write `<area type>.gpkg` for every area type, National Grid metres.

    Returns
    -------
    dict
        Area type to its table: `area_code`, `area_name`, parents' codes, geometry.
    """
    folder.mkdir(parents=True)
    sets = {area_type: _dissolved(county, area_type) for area_type in AREA_TYPES}
    with _standing_clock():
        for area_type, frame in sets.items():
            frame.to_file(folder / f"{area_type}.gpkg", layer=area_type, driver="GPKG", engine="pyogrio")
    return sets


def _write(path: Path, frame: pd.DataFrame) -> None:
    frame.to_csv(path, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)


def write_lookups(county: County, folder: Path) -> None:
    """
    Write who belongs to whom, and how many live there.

    `lad_lookup.csv` (one row for each district), `lsoa_lookup.csv` (one row for each brick, all types),
    `lsoa_population.csv` (people and households).
    """
    folder.mkdir(parents=True)
    frame = county.frame
    pairs = [column for t in AREA_TYPES for column in (t, f"{t}_name")]
    named = frame[pairs].rename(columns={t: f"{t}_code" for t in AREA_TYPES})
    _write(folder / "lsoa_lookup.csv", named)
    wanted = [f"{t}_{part}" for t in ("lad", *_PARENTS["lad"]) for part in ("code", "name")]
    _write(folder / "lad_lookup.csv", named[wanted].drop_duplicates().sort_values("lad_code"))
    people = frame[["lsoa", "lsoa_name", "population", "households"]].rename(columns={"lsoa": "lsoa_code"})
    _write(folder / "lsoa_population.csv", people)
