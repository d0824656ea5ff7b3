"""A National Grid for maps without a background: its corners in degrees, as a browser cannot work them out."""

from dataclasses import dataclass
from math import ceil, floor
from typing import Final

import numpy as np

from crimemap.crs import to_wgs84

__all__ = ["MapGrid", "map_grid"]

_STEPS_M: Final = (500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
_SQUARES: Final = 6
#: Squares beyond the extent on each side: a map is wider, or higher, than what it shows.
_BEYOND: Final = 5


@dataclass(frozen=True, slots=True)
class MapGrid:
    """
    Corners of squares, row by row from the south-west.

    Parameters
    ----------
    step_m
        Side of a square, metres.
    columns
        Corners in a row.
    corners
        Longitude and latitude by turns, degrees, EPSG:4326.
    """

    step_m: int
    columns: int
    corners: list[float]


def map_grid(west_m: float, south_m: float, east_m: float, north_m: float) -> MapGrid:
    """
    Lay squares over an extent, at most six along it, and five more on each side.

    Parameters
    ----------
    west_m, south_m, east_m, north_m
        National Grid metres, EPSG:27700.

    Examples
    --------
    >>> grid = map_grid(400_100, 250_100, 404_000, 252_000)
    >>> grid.step_m, grid.columns, len(grid.corners) // 2
    (1000, 15, 195)
    """
    longest = max(east_m - west_m, north_m - south_m)
    step = next((one for one in _STEPS_M if longest <= one * _SQUARES), _STEPS_M[-1])
    columns = np.arange(floor(west_m / step) - _BEYOND, ceil(east_m / step) + _BEYOND + 1)
    rows = np.arange(floor(south_m / step) - _BEYOND, ceil(north_m / step) + _BEYOND + 1)
    east, north = np.meshgrid(columns * step, rows * step)
    longitude, latitude = to_wgs84(east.ravel(), north.ravel())
    corners = np.column_stack([longitude, latitude]).round(5).ravel().tolist()
    return MapGrid(step_m=step, columns=len(columns), corners=corners)
