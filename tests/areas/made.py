"""Boundary sets made for tests: squares in the middle of England."""

from pathlib import Path

import geopandas as gpd
import shapely

EAST, NORTH, SIDE = 400_000.0, 250_000.0, 1000.0


def square(column: float, row: float, side: float = SIDE) -> shapely.Polygon:
    return shapely.box(EAST + column * SIDE, NORTH + row * SIDE, EAST + column * SIDE + side, NORTH + row * SIDE + side)


def code(number: int, prefix: str = "E22") -> str:
    return f"{prefix}{number:06d}"


def squares(
    columns: int = 3, rows: int = 2, *, prefix: str = "E22", columns_named: tuple[str, str] = ("CSP17CD", "CSP17NM")
):
    shapes = [square(x, y) for y in range(rows) for x in range(columns)]
    codes = [code(number, prefix) for number in range(1, len(shapes) + 1)]
    names = [f"Area {number}" for number in range(1, len(shapes) + 1)]
    return gpd.GeoDataFrame({columns_named[0]: codes, columns_named[1]: names}, geometry=shapes, crs="EPSG:27700")


def frame_of(shapes, codes=None) -> gpd.GeoDataFrame:
    """A set's frame with these shapes."""
    codes = codes or [code(number) for number in range(1, len(shapes) + 1)]
    made = gpd.GeoDataFrame({"area_name": codes, "area_m2": shapely.area(shapes)}, geometry=list(shapes), crs="EPSG:27700")
    made.index = codes
    made.index.name = "area_code"
    return made


def write(frame: gpd.GeoDataFrame, path: Path, **options) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path, **options)
    return path
