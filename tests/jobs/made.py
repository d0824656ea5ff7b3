"""A small workspace made for tests: two forces side by side, twelve squares of a kilometre, and what is missing."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from crimemap.crs import to_wgs84
from crimemap.pipeline.areas import add_areas
from crimemap.pipeline.ingest import ingest
from crimemap.pipeline.lookups import add_statistics
from crimemap.workspace import Workspace
from tests.areas.made import EAST, NORTH, square, squares, write
from tests.incidents.made import csv_text, folder_of, name_of, street_row

WEST_FORCE, EAST_FORCE = "west-demoshire", "east-demoshire"
#: Months of the western force; of the eastern one March is missing.
MONTHS = ("2024-01", "2024-02", "2024-03", "2024-04")
CLUSTER = (EAST + 2500.0, NORTH + 1500.0)


def street(month: str, east: float, north: float, number: int | None = None, **changed: str) -> dict[str, str]:
    lon, lat = to_wgs84([east], [north])
    return street_row(number, Month=month, Longitude=f"{lon[0]:.6f}", Latitude=f"{lat[0]:.6f}", **changed)


def west_rows(month: str) -> list[dict[str, str]]:
    """Scattered incidents over the western six squares, a cluster of ten places, and one without a position."""
    rng = np.random.default_rng(int(month[-2:]))
    scattered = [street(month, EAST + x, NORTH + y) for x, y in rng.uniform(0, 3000, (30, 2)) * [1, 2 / 3]]
    near = rng.normal(0, 60, (25, 2)) + CLUSTER
    cluster = [street(month, x, y, int(month[-2:]) * 1000 + i) for i, (x, y) in enumerate(near)]
    return [*scattered, *cluster, street_row(Month=month, Longitude="", Latitude="")]


def east_rows(month: str) -> list[dict[str, str]]:
    rng = np.random.default_rng(100 + int(month[-2:]))
    return [street(month, EAST + 3000 + x, NORTH + y) for x, y in rng.uniform(0, 2000, (9, 2))]


def archive(folder: Path) -> Path:
    files = {name_of(month, WEST_FORCE): csv_text(west_rows(month)) for month in MONTHS}
    files |= {name_of(month, EAST_FORCE): csv_text(east_rows(month)) for month in MONTHS if month != "2024-03"}
    return folder_of(folder, files)


def build(folder: Path, *, with_forces: bool = True) -> Workspace:
    """Make the workspace: incidents, twelve CSPs, six LADs of two squares, two police force areas, LSOAs with people."""
    workspace = Workspace(folder / "workspace")
    ingest(workspace, [archive(folder / "archive")])
    add_areas(workspace, write(squares(6, 2), folder / "csp.gpkg"), area_type="csp", vintage="2017")
    pairs = gpd.GeoDataFrame(
        {"LAD17CD": [f"E07{i:06d}" for i in range(1, 7)], "LAD17NM": [f"District {i}" for i in range(1, 7)]},
        geometry=[shapely.union(square(i, 0), square(i, 1)) for i in range(6)],
        crs=27700,
    )
    add_areas(workspace, write(pairs, folder / "lad.gpkg"), area_type="lad", vintage="2017")
    if with_forces:
        halves = gpd.GeoDataFrame(
            {
                "PFA17CD": ["E23000091", "E23000092", "E23000093"],
                "PFA17NM": ["West Demoshire", "East Demoshire", "Elsewhere"],
            },
            geometry=[
                shapely.box(EAST + west, NORTH, EAST + east, NORTH + 2000)
                for west, east in ((0, 3000), (3000, 5000), (5000, 6000))
            ],
            crs=27700,
        )
        add_areas(workspace, write(halves, folder / "pfa.gpkg"), area_type="pfa", vintage="2017")
    bricks = squares(12, 4, prefix="E01", columns_named=("LSOA11CD", "LSOA11NM"))
    bricks = bricks.set_geometry(bricks.geometry.affine_transform([0.5, 0, 0, 0.5, EAST / 2, NORTH / 2]))
    add_areas(workspace, write(bricks, folder / "lsoa.gpkg"), area_type="lsoa", vintage="2011")
    people = folder / "people.csv"
    rows = [f"{code},{100 + i},{40 + i}" for i, code in enumerate(bricks["LSOA11CD"])]
    people.write_text("\n".join(["LSOA11CD,persons,homes", *rows]) + "\n")
    add_statistics(workspace, people, area="lsoa", vintage="2011", population="persons", households="homes")
    return workspace
