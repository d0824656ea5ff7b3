"""
H3 cells one by one: which one holds a position, and the area, shape and centre of each.

H3's own `cell_area` is that of a sphere, 0.3 to 0.5 % low here; areas below are those of the cell on the WGS84 ellipsoid
(Karney 2013, doi:10.1007/s00190-012-0578-z).
"""

from typing import Final

import h3.api.numpy_int as h3_int
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import Geod

from crimemap.crs import to_national_grid
from crimemap.errors import InputError, ParameterError

__all__ = [
    "Cells",
    "areas_of",
    "h3_areas_m2",
    "h3_centres",
    "h3_index",
    "h3_polygons",
    "outlines_of",
    "polygons_of",
    "require_resolution",
]

_GEOD: Final = Geod(ellps="WGS84")
_FINEST: Final = 15

Cells = NDArray[np.uint64]


def require_resolution(resolution: int) -> int:
    """
    Insist on a resolution that H3 has.

    Raises
    ------
    ParameterError
        If it is not from 0 to 15.
    """
    if not 0 <= resolution <= _FINEST:
        raise ParameterError(
            f"{resolution} is not an H3 resolution",
            where="resolution",
            fix=f"Give a whole number from 0 to {_FINEST}; 9 is some 0.1 km² a cell.",
        )
    return resolution


def h3_index(longitude: ArrayLike, latitude: ArrayLike, *, resolution: int) -> Cells:
    """
    Find the cell of each position.

    A cell of a coarser resolution is looked up afresh, never taken from a finer cell's parent: H3's parents do not cover
    their children exactly, so the parent of a point's cell need not hold the point.

    Parameters
    ----------
    longitude, latitude
        Shape (n,). Degrees, EPSG:4326.
    resolution
        H3 resolution, 0 to 15.

    Returns
    -------
    ndarray of uint64
        Shape (n,).

    Raises
    ------
    ParameterError
        If there is no such resolution.
    InputError
        If a position is not finite.

    Examples
    --------
    >>> [f"{cell:x}" for cell in h3_index([-0.1276], [51.5072], resolution=9)]
    ['89195da49b7ffff']
    """
    require_resolution(resolution)
    lon = np.asarray(longitude, dtype=np.float64).ravel()
    lat = np.asarray(latitude, dtype=np.float64).ravel()
    bad = int((~(np.isfinite(lon) & np.isfinite(lat))).sum())
    if bad:
        raise InputError(f"{bad} of {lon.size} positions are not finite", fix="Leave out incidents without a position.")
    find = h3_int.latlng_to_cell
    found = (find(y, x, resolution) for x, y in zip(lon.tolist(), lat.tolist(), strict=True))
    return np.fromiter(found, dtype=np.uint64, count=lon.size)


def outlines_of(cell: Cells) -> list[NDArray[np.float64]]:
    """Give each cell's corners as (latitude, longitude); five to ten of them."""
    outline = h3_int.cell_to_boundary
    return [np.asarray(outline(value), dtype=np.float64) for value in cell.tolist()]


def areas_of(outlines: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Measure outlines (corners as latitude, longitude) on the ellipsoid; shape (n,), square metres."""
    measure = _GEOD.polygon_area_perimeter
    found = (abs(measure(corners[:, 1], corners[:, 0])[0]) for corners in outlines)
    return np.fromiter(found, dtype=np.float64, count=len(outlines))


def polygons_of(outlines: list[NDArray[np.float64]], *, degrees: bool) -> NDArray[np.object_]:
    """Make polygons of outlines: longitude and latitude if `degrees`, else National Grid metres."""
    polygons = np.empty(len(outlines), dtype=object)
    if not outlines:
        return polygons
    corners = np.concatenate(outlines)
    x, y = (corners[:, 1], corners[:, 0]) if degrees else to_national_grid(corners[:, 1], corners[:, 0])
    counts = np.array([len(outline) for outline in outlines])
    owner = np.repeat(np.arange(len(outlines)), counts)
    rings = shapely.linearrings(np.column_stack([x, y]), indices=owner)
    polygons[:] = shapely.polygons(rings)
    return polygons


def h3_areas_m2(cell: ArrayLike) -> NDArray[np.float64]:
    """
    Measure cells on the WGS84 ellipsoid.

    Parameters
    ----------
    cell
        Shape (n,). H3 indices of any resolution.

    Returns
    -------
    ndarray of float64
        Shape (n,). Square metres.

    Examples
    --------
    >>> round(float(h3_areas_m2(h3_index([-0.1276], [51.5072], resolution=9))[0]))
    94528
    """
    return areas_of(outlines_of(np.asarray(cell, dtype=np.uint64).ravel()))


def h3_polygons(cell: ArrayLike, *, degrees: bool = False) -> NDArray[np.object_]:
    """
    Draw cells.

    Parameters
    ----------
    cell
        Shape (n,). H3 indices.
    degrees
        Whether to give longitude and latitude (EPSG:4326) rather than National Grid metres (EPSG:27700).

    Returns
    -------
    ndarray of object
        Shape (n,). shapely polygons.
    """
    return polygons_of(outlines_of(np.asarray(cell, dtype=np.uint64).ravel()), degrees=degrees)


def h3_centres(cell: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Give the centres of cells.

    Parameters
    ----------
    cell
        Shape (n,). H3 indices.

    Returns
    -------
    longitude, latitude
        Shape (n,). Degrees, EPSG:4326.
    """
    centre = h3_int.cell_to_latlng
    cells = np.asarray(cell, dtype=np.uint64).ravel()
    places = np.array([centre(value) for value in cells.tolist()], dtype=np.float64).reshape(-1, 2)
    return places[:, 1], places[:, 0]
