"""
Catchments of map points: where an incident that was moved to a point may truly have been.

police.uk gives each incident the coordinates of the nearest of its map points, so its true place is somewhere in that
point's catchment: the Voronoi cell among the map points, inside the force's area. The list of map points is not published;
those that ever held an incident are known, and the catchments of those are at least as large as the true ones.

Map points are the middles of streets, and addresses lie along streets. Along a line through the point as many addresses lie
in each metre, so in the plane their density falls with the distance, as 1/r. With a reach, catchments are filled so (by four
discs of growing radius laid over each other); without one they are filled evenly, which puts far too many incidents at the
edges: in the demonstration county the first is close to the truth and the second is not (docs/statistics-notes.md).
"""

from typing import Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from crimemap.analysis.grids.cells import Cells
from crimemap.checks import require_coordinates, require_positive
from crimemap.errors import InputError
from crimemap.tiling import require_polygons, subdivide

__all__ = ["catchment_shares", "catchments"]

_APART_M: Final = 0.005
_ROUND: Final = 8
#: Equal weights of discs with radii that grow evenly make a density of nearly 1/r - 1/reach.
_DISCS: Final = (0.25, 0.5, 0.75, 1.0)

Floats = NDArray[np.float64]


def catchments(
    easting: ArrayLike, northing: ArrayLike, *, around: object, reach_m: float | None = None
) -> NDArray[np.object_]:
    """
    Draw the catchment of each map point: what lies nearer to it than to any other.

    Parameters
    ----------
    easting, northing
        Shape (m,). Map points, no two alike; metres, EPSG:27700.
    around
        Polygons whose bounding box the catchments fill at least. They are not clipped to it.
    reach_m
        Leave out what lies further from the point than this, metres; None for no limit.

    Returns
    -------
    ndarray of object
        Shape (m,). shapely polygons that do not overlap, EPSG:27700.

    Raises
    ------
    InputError
        If a position is not finite or looks like degrees, or two points are alike.

    Examples
    --------
    >>> found = catchments([1000, 1100], [1000, 1000], around=shapely.box(950, 950, 1150, 1050))
    >>> [bool(shapely.contains_xy(shape, x, 1000)) for shape, x in zip(found, (1049, 1051))]
    [True, True]
    """
    x, y = require_coordinates(easting, northing, where="map points")
    frame = shapely.box(*shapely.total_bounds(require_polygons(around, where="study area")))
    points = np.asarray(shapely.points(x, y), dtype=object)
    if x.size and np.unique(np.round(np.column_stack([x, y]) / _APART_M), axis=0).shape[0] != x.size:
        raise InputError("two map points are at one place", where="map points", fix="Give each place once.")
    if x.size < 2:  # noqa: PLR2004 - a diagram needs two
        whole = shapely.union_all([frame, shapely.box(*shapely.total_bounds(points))]) if x.size else frame
        shapes = np.full(x.size, whole, dtype=object)
    else:
        wide = shapely.union(frame, shapely.box(*shapely.total_bounds(points)))
        shapes = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=wide, ordered=True))
    if reach_m is None:
        return shapes
    require_positive(reach_m, name="reach_m", unit="metres")
    near: NDArray[np.object_] = shapely.intersection(shapes, shapely.buffer(points, reach_m, quad_segs=_ROUND))
    return near


def catchment_shares(
    easting: ArrayLike,
    northing: ArrayLike,
    cells: Cells,
    *,
    study_area: object,
    reach_m: float | None = None,
    wanted: ArrayLike | None = None,
) -> csr_array:
    """
    Say which share of each map point's catchment lies in each cell.

    Parameters
    ----------
    easting, northing
        Shape (m,). Every map point seen in or near the study area, also those without incidents now; metres, EPSG:27700.
    cells
        The grid, n cells.
    study_area
        Polygons that do not overlap, to which catchments are clipped; EPSG:27700.
    reach_m
        How far along its street from a point an incident may have been, metres: what lies nearer weighs more, as 1/r. None
        fills each catchment evenly to its edges.
    wanted
        Shape (m,). Which points' rows are made, all where None: the others bound their catchments and stay empty.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (m, n). Rows add up to 1; a row is empty where no part of the catchment lies in the study area.

    Raises
    ------
    InputError
        As `catchments`.

    Examples
    --------
    >>> from crimemap.analysis.grids.cells import cover, parse_cells
    >>> area = shapely.box(1000, 1000, 1200, 1100)
    >>> found = catchment_shares([1050, 1190], [1050, 1050], cover(area, parse_cells("100m")), study_area=area)
    >>> found.toarray().round(3).tolist()
    [[0.833, 0.167], [0.0, 1.0]]
    """
    area = require_polygons(study_area, where="study area")
    pieces, cell = _clipped(cells, area)
    whole = catchments(easting, northing, around=study_area)
    rows = np.arange(whole.size) if wanted is None else np.flatnonzero(np.asarray(wanted, dtype=bool))
    points = np.asarray(shapely.points(np.asarray(easting, dtype=np.float64), np.asarray(northing, dtype=np.float64)))
    layers = []
    for part in _DISCS if reach_m is not None else (None,):
        near = whole[rows]
        if part is not None and reach_m is not None:
            reach = part * require_positive(reach_m, name="reach_m", unit="metres")
            near = shapely.intersection(near, shapely.buffer(points[rows], reach, quad_segs=_ROUND))
        layers.append(_scaled(_shared(near, pieces, cell, len(cells))).tocoo())
    row, column, share = (np.concatenate([getattr(layer, name) for layer in layers]) for name in ("row", "col", "data"))
    return _scaled(csr_array((share, (rows[row], column)), shape=(whole.size, len(cells))))


def _shared(shapes: NDArray[np.object_], pieces: NDArray[np.object_], cell: NDArray[np.intp], n_cells: int) -> csr_array:
    tree = shapely.STRtree(pieces)
    point, piece = tree.query(shapes)
    shared = np.zeros(point.size)
    # Most pieces lie wholly within one large catchment, and need no overlay.
    covered = tree.query(shapes, predicate="covers")
    key = point.astype(np.int64) * pieces.size + piece
    inside = np.isin(key, covered[0].astype(np.int64) * pieces.size + covered[1])
    shared[inside] = shapely.area(pieces)[piece[inside]]
    rest = ~inside
    shared[rest] = shapely.area(shapely.intersection(shapes[point[rest]], pieces[piece[rest]]))
    kept = shared > 0
    return csr_array((shared[kept], (point[kept], cell[piece[kept]])), shape=(shapes.size, n_cells))


def _scaled(found: csr_array) -> csr_array:
    """Make the rows add up to 1; empty ones stay empty."""
    total = np.asarray(found.sum(axis=1)).ravel()
    return csr_array((found.data / np.repeat(total, np.diff(found.indptr)), found.indices, found.indptr), shape=found.shape)


def _clipped(cells: Cells, area: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Give the parts of the cells inside the study area, and which cell each belongs to."""
    shapes = cells.polygons(np.arange(len(cells)))
    whole = np.unique(shapely.STRtree(shapes).query(area, predicate="covers")[1])
    cut = np.setdiff1d(np.arange(len(cells)), whole)
    small, _ = subdivide(area)
    left, right = shapely.STRtree(small).query(shapes[cut])
    parts = shapely.intersection(shapes[cut][left], small[right])
    filled = shapely.area(parts) > 0
    return np.concatenate([shapes[whole], parts[filled]]), np.concatenate([whole, cut[left[filled]]])
