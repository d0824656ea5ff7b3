"""Bringing boundaries from any coordinate system to National Grid metres."""

from typing import Final

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from crimemap.crs import NATIONAL_GRID
from crimemap.errors import CrsError

__all__ = ["in_national_grid"]

_MAX_DEGREES: Final = 360.0
#: pyproj's confidence, per cent, at which a description without a number (ESRI's have none) is taken for the National Grid.
_SURE: Final = 70


def in_national_grid(frame: gpd.GeoDataFrame, *, where: str) -> tuple[gpd.GeoDataFrame, bool]:
    """
    Project to EPSG:27700 in two dimensions.

    Parameters
    ----------
    frame
        Shapes in the file's coordinate system.
    where
        The file, for messages.

    Returns
    -------
    The frame in EPSG:27700, and whether heights were dropped.

    Raises
    ------
    CrsError
        If positions are degrees where metres are stated or the other way, or cannot be projected.
    """
    crs = pyproj.CRS.from_user_input(frame.crs)
    heights = bool(shapely.has_z(frame.geometry.to_numpy()).any())
    flat = frame.set_geometry(shapely.force_2d(frame.geometry.to_numpy()), crs=crs)
    largest = float(np.abs(shapely.get_coordinates(flat.geometry.to_numpy())).max(initial=0.0))
    if crs.is_geographic and largest > _MAX_DEGREES:
        raise CrsError(
            f"the file says that its positions are degrees ({crs.name}), but they are not",
            where=where,
            fix="Say what they are with --crs, for example --crs EPSG:27700 for the British National Grid.",
        )
    if not crs.is_geographic and 0.0 < largest <= _MAX_DEGREES:
        raise CrsError(
            f"the file says that its positions are metres ({crs.name}), but they look like degrees",
            where=where,
            fix="Say what they are with --crs, for example --crs EPSG:4326 for longitude and latitude.",
        )
    if crs == NATIONAL_GRID or crs.to_epsg(min_confidence=_SURE) == NATIONAL_GRID.to_epsg():
        return flat.set_crs(NATIONAL_GRID, allow_override=True), heights
    projected = flat.to_crs(NATIONAL_GRID)
    if not np.isfinite(shapely.get_coordinates(projected.geometry.to_numpy())).all():
        raise CrsError(
            f"positions cannot be brought from {crs.name} to the National Grid",
            where=where,
            fix="Check the file's coordinate system, or say it with --crs.",
        )
    return projected, heights
