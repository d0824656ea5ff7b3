"""The grid of tiles of every web map (WebMercatorQuad): one tile is the world, and each is four of the next zoom."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["BUFFER", "DEEPEST", "HALF_WORLD_M", "STEPS", "Tile", "mercator", "tile_box", "tile_exists", "tiles_within"]

#: The deepest zoom that is cut at all: there a step is a hand's breadth.
DEEPEST: Final = 16
HALF_WORLD_M: Final = 20_037_508.342789244
#: Steps along a tile's side: positions in a tile are whole steps.
STEPS: Final = 4096
#: What is cut off lies this far outside a tile, so that outlines do not show its edge; parts of a tile's side.
BUFFER: Final = 64 / STEPS
_HIGHEST_LATITUDE: Final = 85.051128779806589

#: Zoom, row from the north, column from the west.
Tile = tuple[int, int, int]


def tile_exists(zoom: int, row: int, column: int) -> bool:
    """
    Say whether the grid has a tile.

    Examples
    --------
    >>> tile_exists(1, 1, 1), tile_exists(1, 2, 0)
    (True, False)
    """
    return 0 <= zoom <= DEEPEST and 0 <= row < 2**zoom and 0 <= column < 2**zoom


def mercator(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    Turn degrees into metres of EPSG:3857.

    Parameters
    ----------
    xy
        Shape (n, 2). Longitude and latitude; what lies beyond the grid is put on its edge.

    Examples
    --------
    >>> mercator(np.array([[180.0, 0.0]])).round(3).tolist()
    [[20037508.343, -0.0]]
    """
    lat = np.radians(np.clip(xy[:, 1], -_HIGHEST_LATITUDE, _HIGHEST_LATITUDE))
    north = np.log(np.tan(np.pi / 4 + lat / 2)) / math.pi * HALF_WORLD_M
    return np.column_stack([xy[:, 0] / 180.0 * HALF_WORLD_M, north])


def tile_box(zoom: int, row: int, column: int, *, buffer: float = 0.0) -> tuple[float, float, float, float]:
    """
    Give the box of a tile in metres of EPSG:3857: west, south, east, north.

    Parameters
    ----------
    buffer
        How much wider it is at each side, in parts of the side.

    Examples
    --------
    >>> [round(side) for side in tile_box(1, 0, 1)]
    [0, 0, 20037508, 20037508]
    """
    side = 2 * HALF_WORLD_M / 2**zoom
    west, north = column * side - HALF_WORLD_M, HALF_WORLD_M - row * side
    edge = buffer * side
    return west - edge, north - side - edge, west + side + edge, north + edge


def tiles_within(bounds: tuple[float, float, float, float], zoom: int) -> tuple[int, int, int, int]:
    """
    Give the tiles that a box of degrees meets: first and last row, first and last column.

    Examples
    --------
    >>> tiles_within((-5.8, 50.0, 1.8, 55.8), 5)
    (9, 10, 15, 16)
    """
    west, south, east, north = bounds
    corners = mercator(np.array([[west, north], [east, south]], dtype=np.float64))
    side = 2 * HALF_WORLD_M / 2**zoom
    column = np.clip((corners[:, 0] + HALF_WORLD_M) // side, 0, 2**zoom - 1).astype(int)
    row = np.clip((HALF_WORLD_M - corners[:, 1]) // side, 0, 2**zoom - 1).astype(int)
    return int(row[0]), int(row[1]), int(column[0]), int(column[1])
