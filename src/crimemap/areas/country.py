"""Where England and Wales are, coarsely: enough to tell a boundary file of another country, or with its axes swapped."""

from functools import cache
from typing import NoReturn

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.crs import NATIONAL_GRID, WGS84
from crimemap.errors import GeometryError

__all__ = ["england_and_wales", "in_england_and_wales", "refuse_elsewhere", "swapped_axes"]

# National Grid kilometres, clockwise from the south-west of Scilly, some 5 to 15 km out to sea (mid-channel at Dover) and
# up to 10 km beyond the Scottish border; off the Humber further out, where the demonstration county lies and no country
# does. Drawn by hand for this check alone.
_OUTLINE_KM = (
    (65, -8), (65, 35), (125, 60), (180, 110), (125, 195), (135, 245), (195, 265), (195, 325), (205, 405),
    (285, 420), (290, 470), (272, 505), (288, 568), (318, 582), (345, 596), (362, 616), (366, 640), (376, 656),
    (392, 672), (425, 665), (445, 600), (475, 535), (545, 478), (645, 470), (650, 390), (645, 350), (670, 305),
    (665, 235), (658, 165), (647, 133), (622, 105), (560, 82), (450, 60), (365, 52), (283, 20), (170, -5),
)  # fmt: skip


@cache
def england_and_wales() -> shapely.Polygon:
    """
    Give a coarse outline of England and Wales, EPSG:27700 metres.

    Examples
    --------
    >>> cardiff, calais, dumfries = shapely.points([(318_000, 176_000), (671_150, 124_937), (297_000, 576_000)])
    >>> england_and_wales().contains(cardiff), england_and_wales().contains(calais), england_and_wales().contains(dumfries)
    (True, False, False)
    """
    outline = shapely.Polygon([(1000.0 * x, 1000.0 * y) for x, y in _OUTLINE_KM])
    shapely.prepare(outline)
    return outline


def in_england_and_wales(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """
    Say which shapes have their middle in England or Wales.

    Parameters
    ----------
    shapes
        Shape (n,). Polygons, EPSG:27700 metres; the middle is a point inside each.

    Returns
    -------
    Shape (n,). False for an empty shape.
    """
    return np.asarray(shapely.intersects(england_and_wales(), shapely.point_on_surface(shapes)), dtype=np.bool_)


def refuse_elsewhere(frame: gpd.GeoDataFrame, where: str) -> NoReturn:
    """
    Refuse areas of which none lies in England or Wales.

    Parameters
    ----------
    frame
        Shapes, EPSG:27700 metres.
    where
        The file, for messages.

    Raises
    ------
    GeometryError
        Always; it says so where it is the axes that are swapped.
    """
    if swapped_axes(frame):
        raise GeometryError(
            "the two axes are swapped: with latitude for longitude the areas lie in England and Wales",
            where=where,
            fix="Export the file with longitude (easting) first.",
        )
    raise GeometryError(
        "its areas lie in another country: none of them is in England or Wales",
        where=where,
        fix="Check that it is the right file, and its coordinate system (--crs).",
    )


def swapped_axes(frame: gpd.GeoDataFrame) -> bool:
    """
    Say whether the areas would lie in England and Wales if the axes of their file changed places.

    Parameters
    ----------
    frame
        Shapes, EPSG:27700 metres, none of them in England or Wales.
    """
    for crs in (WGS84, NATIONAL_GRID):
        there = frame.geometry if crs is NATIONAL_GRID else frame.geometry.to_crs(crs)
        swapped = gpd.GeoSeries(shapely.transform(there.to_numpy(), lambda xy: xy[:, ::-1]), crs=crs).to_crs(NATIONAL_GRID)
        finite = [bool(np.isfinite(shapely.get_coordinates(shape)).all()) for shape in swapped]
        if swapped[finite].size and in_england_and_wales(swapped[finite].to_numpy()).all():
            return True
    return False
