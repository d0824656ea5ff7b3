"""Shapes of areas, read from the release when they are asked for."""

import json
from typing import Any

import shapely

from api.store.opened import OpenedRelease
from api.store.shapes import coordinate
from api.store.texts import json_bytes
from crimemap.products.layers.areas import Area

__all__ = ["area_geometry", "ring_points"]

_DECIMALS = 6


def ring_points(release: OpenedRelease, force: str, neighbourhood: str) -> bytes:
    """Write a neighbourhood's ring as data.police.uk does; an empty list where no boundary is known."""
    vintage = release.neighbourhoods.vintages.get((force, neighbourhood))
    if vintage is None:
        return b"[]"
    with release.cursor() as cursor:
        row = cursor.execute(
            """
            SELECT ring, geometry FROM areas
            WHERE area_type = 'neighbourhood' AND force = ? AND area_code = ? AND vintage IS NOT DISTINCT FROM ?""",
            [force, neighbourhood, vintage],
        ).fetchone()
    points = json.loads(row[0]) if row and row[0] else _largest_ring(row[1] if row else None)
    if points and points[0] != points[-1]:
        points.append(points[0])
    return json_bytes([{"latitude": coordinate(point[0]), "longitude": coordinate(point[1])} for point in points])


def area_geometry(release: OpenedRelease, area: Area) -> dict[str, Any] | None:
    """Give an area's shape as GeoJSON, six decimals; nothing where the release has none."""
    with release.cursor() as cursor:
        row = cursor.execute(
            """
            SELECT geometry FROM areas
            WHERE area_type = ? AND area_code = ? AND coalesce(vintage, '') = ? AND coalesce(force, '') = ?""",
            [area.area_type, area.area_code, area.vintage, area.force or ""],
        ).fetchone()
    if not row or row[0] is None:
        return None
    shape: dict[str, Any] = shapely.geometry.mapping(shapely.from_wkb(bytes(row[0])))
    return shape


def _largest_ring(geometry: bytes | None) -> list[list[float]]:
    if geometry is None:
        return []
    parts = [part for part in shapely.get_parts(shapely.from_wkb(bytes(geometry))) if part.geom_type == "Polygon"]
    if not parts:
        return []
    largest = max(parts, key=lambda part: part.area)
    return [[round(y, _DECIMALS), round(x, _DECIMALS)] for x, y in largest.exterior.coords]
