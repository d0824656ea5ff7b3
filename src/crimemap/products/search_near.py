"""
Files by which a browser finds, by itself, the area that its own position lies in: outlines cut by a grid of 0.1 degrees.

A browser asks for the file of one cell, some 7 by 11 km; nobody learns more of where it is. Outlines are simplified, so a
position within `TOLERANCE_M` of an edge may be given to the area beyond it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.products.search_index import AreaTable, SearchArea, text_of

__all__ = ["CELLS_A_DEGREE", "STEPS_A_CELL", "TOLERANCE_M", "write_near"]

CELLS_A_DEGREE: Final = 10
#: A cell's side in the whole numbers that outlines are written in: about 11 m north and 7 m east.
STEPS_A_CELL: Final = 1_000
TOLERANCE_M: Final = 20.0


def write_near(shapes: NDArray[Any], areas: Sequence[SearchArea], folder: Path) -> list[str]:
    """
    Write the files `g-COLUMN-ROW.json`, columns counted from 180 degrees west, rows from 90 degrees south.

    Parameters
    ----------
    shapes
        Shape (n,). Simplified outlines, EPSG:4326.
    areas
        The area of each.

    Returns
    -------
    list[str]
        The cells, each as COLUMN-ROW.
    """
    cells: dict[tuple[int, int], list[tuple[SearchArea, list[list[int]]]]] = {}
    for shape, area in zip(shapes, areas, strict=True):
        for cell, rings in _cut(shape).items():
            cells.setdefault(cell, []).append((area, rings))
    for (column, row), parts in sorted(cells.items()):
        (folder / f"g-{column}-{row}.json").write_text(_text(parts), encoding="utf-8")
    return [f"{column}-{row}" for column, row in sorted(cells)]


def _text(parts: Sequence[tuple[SearchArea, list[list[int]]]]) -> str:
    table = AreaTable()
    rings = [[table.number(area), rings] for area, rings in parts]
    return text_of({"areas": table.rows(), "rings": rings})


def _cut(shape: Any) -> Mapping[tuple[int, int], list[list[int]]]:
    """Cut an outline by cells; give each cell's rings, even-odd, in steps from the cell's south-west corner."""
    west, south, east, north = shapely.bounds(shape)
    if not np.isfinite(west):
        return {}
    found = {}
    for column in range(_cell(west, 180), _cell(east, 180) + 1):
        for row in range(_cell(south, 90), _cell(north, 90) + 1):
            x, y = column / CELLS_A_DEGREE - 180, row / CELLS_A_DEGREE - 90
            inside = shapely.clip_by_rect(shape, x, y, x + 1 / CELLS_A_DEGREE, y + 1 / CELLS_A_DEGREE)
            rings = [_steps(ring, x, y) for part in shapely.get_parts(inside) for ring in _rings(part)]
            if rings:
                found[column, row] = rings
    return found


def _cell(degrees: float, origin: int) -> int:
    return int(np.floor((degrees + origin) * CELLS_A_DEGREE))


def _rings(part: Any) -> list[Any]:
    if shapely.get_type_id(part) != shapely.GeometryType.POLYGON or shapely.is_empty(part):
        return []
    return [part.exterior, *part.interiors]


def _steps(ring: Any, x: float, y: float) -> list[int]:
    offset = shapely.get_coordinates(ring)[:-1] - (x, y)
    return [int(value) for value in np.rint(offset * CELLS_A_DEGREE * STEPS_A_CELL).ravel()]
