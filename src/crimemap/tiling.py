"""
Large polygons cut into small ones, so that exact areas of overlap cost what the nearby vertices cost.

A coastline of a hundred thousand vertices meets a cell of a hundred metres in a handful of them. Cutting along straight
lines adds no area and loses none, so sums over the pieces are those of the whole to rounding.
"""

import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.errors import CrsError, EmptyInputError, GeometryError

__all__ = ["overlap_areas", "polygonal", "require_polygons", "subdivide"]

_POLYGONAL = (3, 6)  # shapely's type numbers of Polygon and MultiPolygon
_MOST_ROUNDS = 40
_DEGREES = 360.0

Geometries = NDArray[np.object_]


def require_polygons(geometry: object, *, where: str, validated: bool = False) -> Geometries:
    """
    Insist on valid polygons in metres.

    Parameters
    ----------
    geometry
        One shapely geometry or an array of them, EPSG:27700 metres.
    validated
        The shapes were found valid before and are not looked at again for that, which costs as much as much that is done
        with them.

    Returns
    -------
    ndarray of object
        Shape (n,).

    Raises
    ------
    EmptyInputError
        If there is no polygon, or one is empty.
    GeometryError
        If one is not a valid polygon.
    CrsError
        If the coordinates look like degrees.
    """
    polygons = np.atleast_1d(np.asarray(geometry, dtype=object))
    if not polygons.size:
        raise EmptyInputError("there is no polygon", where=where, fix="Give at least one area.")
    empty = int((shapely.is_missing(polygons) | shapely.is_empty(polygons)).sum())
    if empty:
        raise EmptyInputError(f"{empty} of {polygons.size} areas are empty", where=where, fix="Leave them out.")
    if not np.isin(shapely.get_type_id(polygons), _POLYGONAL).all():
        raise GeometryError("not every area is a polygon", where=where, fix="Give polygons or multipolygons only.")
    invalid = 0 if validated else int((~shapely.is_valid(polygons)).sum())
    if invalid:
        raise GeometryError(
            f"{invalid} of {polygons.size} areas are not valid shapes",
            where=where,
            fix="Add them with 'crimemap areas add', which repairs them.",
        )
    if np.abs(shapely.total_bounds(polygons)).max() <= _DEGREES:
        raise CrsError(
            "the coordinates look like degrees", where=where, fix="Reproject to National Grid metres (EPSG:27700)."
        )
    return polygons


def polygonal(geometries: Geometries) -> tuple[Geometries, NDArray[np.intp]]:
    """
    Take the polygons out of whatever an overlay gave.

    Parameters
    ----------
    geometries
        Shape (n,). Any geometries.

    Returns
    -------
    polygons
        Shape (m,). Single polygons, none empty.
    owner
        Shape (m,). Index into `geometries`.
    """
    parts, owner = shapely.get_parts(geometries, return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)  # a collection may hold a multipolygon
    kept = (shapely.get_type_id(parts) == _POLYGONAL[0]) & ~shapely.is_empty(parts)
    return parts[kept], owner[inner][kept]


def subdivide(geometries: Geometries, *, most_vertices: int = 128) -> tuple[Geometries, NDArray[np.intp]]:
    """
    Cut polygons in halves until none has more than `most_vertices`.

    Parameters
    ----------
    geometries
        Shape (n,). Valid polygons and multipolygons.
    most_vertices
        Where to stop.

    Returns
    -------
    pieces
        Shape (m,). Polygons that together cover what the geometries cover, with no overlap within one owner.
    owner
        Shape (m,). Index into `geometries`.

    Examples
    --------
    >>> pieces, owner = subdivide(np.array([shapely.Point(0, 0).buffer(1000, 64)]), most_vertices=32)
    >>> len(pieces) > 4, round(float(shapely.area(pieces).sum() / shapely.Point(0, 0).buffer(1000, 64).area), 12)
    (True, 1.0)
    """
    parts, owner = polygonal(geometries)
    done: list[Geometries] = []
    done_owner: list[NDArray[np.intp]] = []
    for _ in range(_MOST_ROUNDS):
        small = shapely.get_num_coordinates(parts) <= most_vertices
        done.append(parts[small])
        done_owner.append(owner[small])
        parts, owner = parts[~small], owner[~small]
        if not parts.size:
            break
        west, south, east, north = shapely.bounds(parts).T
        wide = east - west >= north - south
        middle_x, middle_y = (west + east) / 2, (south + north) / 2
        first = shapely.box(west, south, np.where(wide, middle_x, east), np.where(wide, north, middle_y))
        second = shapely.box(np.where(wide, middle_x, west), np.where(wide, south, middle_y), east, north)
        halves = np.concatenate([shapely.intersection(parts, first), shapely.intersection(parts, second)])
        owners = np.concatenate([owner, owner])
        parts, index = polygonal(halves)
        owner = owners[index]
    done.append(parts)
    done_owner.append(owner)
    return np.concatenate(done), np.concatenate(done_owner)


def overlap_areas(shapes: Geometries, area: Geometries) -> NDArray[np.float64]:
    """
    Measure how much of each shape lies inside an area.

    Parameters
    ----------
    shapes
        Shape (n,). Small valid polygons, such as grid cells; metres.
    area
        Shape (m,). Valid polygons that do not overlap one another; metres.

    Returns
    -------
    ndarray of float64
        Shape (n,). Square metres; 0 where a shape is outside or only touches.

    Examples
    --------
    >>> overlap_areas(shapely.box([0, 5, 20], 0, [10, 15, 30], 10), np.array([shapely.box(0, 0, 10, 10)])).tolist()
    [100.0, 50.0, 0.0]
    """
    inside = np.zeros(shapes.size, dtype=np.float64)
    own = shapely.area(shapes)
    undecided = np.ones(shapes.size, dtype=bool)
    tree = shapely.STRtree(shapes)
    _, whole = tree.query(area, predicate="covers")
    inside[whole] = own[whole]
    undecided[whole] = False
    rest = np.flatnonzero(undecided)
    pieces, _ = subdivide(area)
    left, right = shapely.STRtree(pieces).query(shapes[rest])
    shared = shapely.area(shapely.intersection(shapes[rest][left], pieces[right]))
    inside[rest] = np.minimum(np.bincount(left, weights=shared, minlength=rest.size), own[rest])
    return inside
