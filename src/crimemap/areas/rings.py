"""Boundaries as data.police.uk writes them: one ring of latitudes and longitudes."""

from collections.abc import Mapping
from typing import Any, Final

import shapely

__all__ = ["shape_of"]

_LEAST_POINTS: Final = 3


def shape_of(boundary: Any) -> shapely.Geometry | None:
    """
    Make a polygon of a ring, or a shape of GeoJSON.

    Parameters
    ----------
    boundary
        A list of objects with `latitude` and `longitude` in degrees (texts or numbers), closed or not; or GeoJSON.

    Returns
    -------
    The shape, longitude first, or None where there is no such ring.

    Examples
    --------
    >>> ring = [{"latitude": "52.0", "longitude": "-1.0"}, {"latitude": "52.1", "longitude": "-1.0"}]
    >>> shape_of(ring) is None
    True
    >>> shape_of([*ring, {"latitude": "52.1", "longitude": "-0.9"}]).geom_type
    'Polygon'
    """
    try:
        if isinstance(boundary, Mapping):
            shape: shapely.Geometry = shapely.geometry.shape(dict(boundary))
            return shape
        points = [(float(point["longitude"]), float(point["latitude"])) for point in boundary]
        return shapely.Polygon(points) if len(set(points)) >= _LEAST_POINTS else None
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError):
        return None
