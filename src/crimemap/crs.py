"""
The two coordinate systems, and the way between them.

Inside, everything is British National Grid metres (EPSG:27700); at the edges, longitude and latitude (EPSG:4326).
police.uk publishes positions that were National Grid first, so the OSTN15 grid, where it is installed, gives them back to
a few centimetres; without it the seven-parameter transformation is about 2 m off, and 5 m at worst (against the points that
Ordnance Survey publishes to test OSTN15 with: 1.7 m at the median in southern England and Wales, 4.7 m on Scilly).
"""

import warnings
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.transformer import TransformerGroup

from crimemap.errors import CrsError

__all__ = [
    "ENGLAND_AND_WALES_BOUNDS_M",
    "NATIONAL_GRID",
    "UK_BOUNDS_DEG",
    "WGS84",
    "GridAccuracy",
    "grid_accuracy",
    "require_national_grid",
    "to_national_grid",
    "to_wgs84",
]

NATIONAL_GRID = CRS.from_epsg(27700)
WGS84 = CRS.from_epsg(4326)

#: West, south, east, north in degrees: the United Kingdom with its sea, so that a coast incident is never refused.
UK_BOUNDS_DEG = (-9.5, 49.0, 2.8, 61.5)

#: West, south, east, north in National Grid metres: England and Wales with a margin of some ten kilometres.
ENGLAND_AND_WALES_BOUNDS_M = (70_000.0, -5_000.0, 670_000.0, 670_000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GridAccuracy:
    """How exact the way from WGS84 to the National Grid is on this machine."""

    method: str
    accuracy_m: float
    ostn15: bool


@cache
def _forward() -> Transformer:
    return Transformer.from_crs(WGS84, NATIONAL_GRID, always_xy=True)


@cache
def _backward() -> Transformer:
    return Transformer.from_crs(NATIONAL_GRID, WGS84, always_xy=True)


@cache
def grid_accuracy() -> GridAccuracy:
    """
    Say which transformation this machine uses and how exact it is.

    Returns
    -------
    GridAccuracy
        `accuracy_m` is in metres, as stated by the EPSG registry for the transformation in use: 1 m with OSTN15 (against
        true WGS84; National Grid positions come back to centimetres), else 2 m.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the best grid is missing is just what is asked here
        group = TransformerGroup(WGS84, NATIONAL_GRID, always_xy=True)
    best = group.transformers[0]
    ostn15 = "OSTN15" in best.definition or "OSTN15" in best.description
    return GridAccuracy(
        method="OSTN15 grid" if ostn15 else "seven-parameter Helmert (the OSTN15 grid is not installed)",
        accuracy_m=float(best.accuracy),
        ostn15=ostn15,
    )


def to_national_grid(longitude: ArrayLike, latitude: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Turn longitudes and latitudes into National Grid eastings and northings.

    Parameters
    ----------
    longitude, latitude
        Shape (n,). Degrees, EPSG:4326.

    Returns
    -------
    easting, northing
        Shape (n,). Metres, EPSG:27700. Not a number where the input is not.
    """
    lon = np.asarray(longitude, dtype=np.float64)
    lat = np.asarray(latitude, dtype=np.float64)
    x, y = _forward().transform(lon, lat)
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    return np.where(np.isfinite(x), x, np.nan), np.where(np.isfinite(y), y, np.nan)


def to_wgs84(easting: ArrayLike, northing: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """
    Turn National Grid eastings and northings into longitudes and latitudes.

    Parameters
    ----------
    easting, northing
        Shape (n,). Metres, EPSG:27700.

    Returns
    -------
    longitude, latitude
        Shape (n,). Degrees, EPSG:4326. Not a number where the input is not.
    """
    x = np.asarray(easting, dtype=np.float64)
    y = np.asarray(northing, dtype=np.float64)
    lon, lat = _backward().transform(x, y)
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    return np.where(np.isfinite(lon), lon, np.nan), np.where(np.isfinite(lat), lat, np.nan)


def require_national_grid(crs: object, *, where: str) -> None:
    """
    Refuse anything that is not in National Grid metres.

    Raises
    ------
    CrsError
        If `crs` is missing or is not EPSG:27700.
    """
    if crs is None:
        raise CrsError("no coordinate reference system", where=where, fix="Say which one it is, or reproject it.")
    if CRS.from_user_input(crs) != NATIONAL_GRID:
        raise CrsError(
            f"the coordinates are in {CRS.from_user_input(crs).name}, National Grid metres are needed",
            where=where,
            fix="Reproject to EPSG:27700.",
        )
