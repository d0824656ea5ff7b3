"""
An area that somebody drew on a map, written as text: `drawn:-1.13,52.62;-1.12,52.63;-1.12,52.61`.

The text is what an input holds, so that a job that is kept says exactly where it looked.
"""

import math
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import shapely

from crimemap.crs import to_national_grid
from crimemap.errors import GeometryError, ParameterError

__all__ = ["DRAWN", "MOST_CORNERS", "drawn_polygon", "drawn_text", "is_drawn"]

DRAWN: Final = "drawn:"
MOST_CORNERS: Final = 500
_FEWEST: Final = 3
#: West, south, east, north of the National Grid, metres.
_GRID: Final = (0.0, 0.0, 700_000.0, 1_300_000.0)


def is_drawn(name: str) -> bool:
    """Say whether an area is one that was drawn, rather than one of a set."""
    return name.startswith(DRAWN)


def drawn_text(corners: Iterable[tuple[float, float]]) -> str:
    """
    Write corners as text, to a tenth of a metre or so.

    Parameters
    ----------
    corners
        Longitude and latitude in degrees. The first may be repeated at the end.

    Examples
    --------
    >>> drawn_text([(-1.13, 52.62), (-1.12, 52.63), (-1.12, 52.61), (-1.13, 52.62)])
    'drawn:-1.13,52.62;-1.12,52.63;-1.12,52.61'
    """
    every = [f"{_plain(x)},{_plain(y)}" for x, y in corners]
    if len(every) > 1 and every[0] == every[-1]:
        every.pop()
    return DRAWN + ";".join(every)


def _plain(degrees: float) -> str:
    return f"{degrees:.6f}".rstrip("0").rstrip(".")


def drawn_polygon(name: str) -> Any:
    """
    Read an area that was drawn.

    Returns
    -------
    shapely.Polygon
        Valid, EPSG:27700.

    Raises
    ------
    ParameterError
        If it cannot be read, or has fewer than 3 corners or more than `MOST_CORNERS`.
    GeometryError
        If it is not on the National Grid, crosses itself or encloses nothing.

    Examples
    --------
    >>> round(drawn_polygon("drawn:-1.13,52.62;-1.12,52.63;-1.12,52.61").area / 1e6, 2)
    0.75
    """
    parts = name.removeprefix(DRAWN).split(";")
    if not _FEWEST <= len(parts) <= MOST_CORNERS:
        raise ParameterError(
            f"a drawn area has from {_FEWEST} to {MOST_CORNERS} corners, this one {len(parts)}",
            where="area",
            fix="Draw it again, with corners that matter.",
        )
    corners = [_corner(part) for part in parts]
    x, y = to_national_grid([lon for lon, _ in corners], [lat for _, lat in corners])
    west, south, east, north = _GRID
    if not (np.isfinite(x) & np.isfinite(y) & (x >= west) & (x <= east) & (y >= south) & (y <= north)).all():
        raise GeometryError(
            "a corner is not in Great Britain", where="area", fix="Longitude comes first, then latitude, in degrees."
        )
    polygon = shapely.polygons(np.column_stack([x, y]))
    if not shapely.is_valid(polygon) or not shapely.area(polygon) > 0:
        raise GeometryError("the drawn area crosses itself or encloses nothing", where="area", fix="Draw it again.")
    return polygon


def _corner(part: str) -> tuple[float, float]:
    longitude, _, latitude = part.partition(",")
    try:
        found = float(longitude), float(latitude)
    except ValueError:
        found = (math.nan, math.nan)
    if not all(math.isfinite(one) for one in found):
        raise ParameterError(
            "a corner is not two numbers", where="area", fix="Write drawn:-1.13,52.62;-1.12,52.63;-1.12,52.61."
        )
    return found
