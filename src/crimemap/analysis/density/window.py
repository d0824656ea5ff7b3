"""The window that incidents are observed in: a study area as oriented edges, and which points lie in it."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.analysis.density.sorted_points import threads
from crimemap.tiling import require_polygons

__all__ = ["Window", "cells_inside", "in_chunks", "inside_window", "window_of"]

_MOST_STRIPS: Final = 1 << 14
_CHUNK: Final = 1 << 16

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Window:
    """
    A study area.

    Attributes
    ----------
    edges
        Shape (n_edges, 4). x, y of the beginning and of the end, metres, the area to the left.
    extent
        West, south, east, north, metres.
    area_m2
        Square metres.
    """

    edges: Floats
    extent: tuple[float, float, float, float]
    area_m2: float


def window_of(study_area: object) -> Window:
    """
    Take the edges of a study area.

    Parameters
    ----------
    study_area
        A polygon or multipolygon, or an array of them that do not overlap; EPSG:27700 metres.

    Raises
    ------
    InputError
        If it is not valid polygons in metres.

    Examples
    --------
    >>> window_of(shapely.box(1000, 1000, 1300, 1200)).area_m2
    60000.0
    """
    if isinstance(study_area, Window):
        return study_area
    polygons = shapely.get_parts(require_polygons(study_area, where="study area"))
    polygons = shapely.orient_polygons(polygons)
    rings = shapely.get_rings(polygons)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    follows = ring[1:] == ring[:-1]
    edges = np.column_stack([xy[:-1][follows], xy[1:][follows]])
    moved = (edges[:, 0] != edges[:, 2]) | (edges[:, 1] != edges[:, 3])
    west, south, east, north = shapely.total_bounds(polygons).tolist()
    return Window(
        edges=np.ascontiguousarray(edges[moved]),
        extent=(west, south, east, north),
        area_m2=float(shapely.area(polygons).sum()),
    )


def in_chunks(n: int, size: int = _CHUNK) -> list[slice]:
    """Divide so many points for threads."""
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]


def inside_window(window: Window, x: Floats, y: Floats) -> NDArray[np.bool_]:
    """
    Say which points lie in a window; of its boundary, the western and southern parts belong to it.

    Parameters
    ----------
    x, y
        Shape (n,). Metres.

    Returns
    -------
    ndarray of bool
        Shape (n,).

    Examples
    --------
    >>> inside_window(window_of(shapely.box(1000, 1000, 1300, 1200)), np.array([1000.0, 1300.0]), np.array([1100.0, 1100.0]))
    array([ True, False])
    """
    from crimemap.analysis.density.window_edges import count_crossings  # noqa: PLC0415 - numba loads slowly

    _, south, _, north = window.extent
    # From the lower end: where two areas touch, both have the same crossing, and it counts twice.
    up = window.edges[:, 1] < window.edges[:, 3]
    edges = np.where(up[:, None], window.edges, window.edges[:, [2, 3, 0, 1]])
    edges = edges[edges[:, 1] != edges[:, 3]]
    n_strips = min(_MOST_STRIPS, max(1, edges.shape[0] // 2))
    height = (north - south) / n_strips
    first = np.clip(np.floor((edges[:, 1] - south) / height) - 1, 0, n_strips - 1).astype(np.int64)
    last = np.clip(np.floor((edges[:, 3] - south) / height) + 1, 0, n_strips - 1).astype(np.int64)
    met = last - first + 1
    member = np.repeat(np.arange(edges.shape[0]), met)
    strip = np.repeat(first - np.concatenate([[0], np.cumsum(met)[:-1]]), met) + np.arange(member.size)
    order = np.argsort(strip, kind="stable")
    starts = np.searchsorted(strip[order], np.arange(n_strips + 1)).astype(np.int64)
    members = member[order].astype(np.int64)
    inside = np.zeros(x.size, dtype=bool)

    def count(part: slice) -> None:
        count_crossings(x[part], y[part], edges, starts, members, south, height, inside[part])

    threads().map(count, in_chunks(x.size))
    return inside


def cells_inside(
    window: Window, *, west_m: float, south_m: float, cell_size_m: float, shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """
    Say which cells of a raster have their centre in a window.

    Returns
    -------
    ndarray of bool
        Shape (n_rows, n_columns).
    """
    easting = west_m + (np.arange(shape[1]) + 0.5) * cell_size_m
    inside = np.zeros(shape, dtype=bool)
    rows = max(1, math.ceil(_CHUNK * 16 / shape[1]))
    for first in range(0, shape[0], rows):
        northing = south_m + (np.arange(first, min(first + rows, shape[0])) + 0.5) * cell_size_m
        x, y = np.meshgrid(easting, northing)
        inside[first : first + rows] = inside_window(window, x.ravel(), y.ravel()).reshape(x.shape)
    return inside
