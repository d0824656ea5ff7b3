"""Making shapes valid, and saying what was done to which."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.areas.model import Repair

__all__ = ["NO_AREA_M2", "Repaired", "polygons_of", "repair"]

#: Parts smaller than this (a square of ten centimetres) are left by rounding, not drawn by anyone.
NO_AREA_M2: Final = 0.01


@dataclass(frozen=True, slots=True)
class Repaired:
    """Shapes in the input's order, and what was repaired; a shape of which no area is left is empty."""

    shapes: NDArray[np.object_]
    repairs: tuple[Repair, ...]


def repair(codes: NDArray[np.object_], shapes: NDArray[np.object_], *, closed: NDArray[np.bool_]) -> Repaired:
    """
    Make each shape a valid Polygon or MultiPolygon, whole: parts and holes are kept.

    Parameters
    ----------
    codes
        Shape (n,). Area codes, for the report.
    shapes
        Shape (n,). Polygons, MultiPolygons or collections with some, two dimensions, EPSG:27700 metres.
    closed
        Shape (n,). True where a ring had already to be closed.

    Returns
    -------
    Repaired
        `change_m2` of a repair is the area after it less the area before.
    """
    made = shapes.copy()
    done: dict[int, list[str]] = {int(i): ["an open ring closed"] for i in np.flatnonzero(closed)}
    for i in np.flatnonzero(~shapely.is_valid(made)):
        reason = shapely.is_valid_reason(made[i]).partition("[")[0].strip().lower()
        made[i] = shapely.make_valid(made[i], method="structure", keep_collapsed=False)
        done.setdefault(int(i), []).append(f"made valid ({reason})")
    not_plain = ~np.isin(shapely.get_type_id(made), (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    for i in np.flatnonzero(not_plain):
        made[i] = polygons_of(made[i])
        if shapely.get_type_id(shapes[i]) == shapely.GeometryType.GEOMETRYCOLLECTION:
            done.setdefault(int(i), []).append("points and lines beside its polygons left out")
    multiple = shapely.get_type_id(made) == shapely.GeometryType.MULTIPOLYGON
    parts, of = shapely.get_parts(made[multiple], return_index=True)
    tiny = shapely.area(parts) < NO_AREA_M2
    for i in np.flatnonzero(multiple)[np.unique(of[tiny])]:
        every = shapely.get_parts(made[i])
        large = every[shapely.area(every) >= NO_AREA_M2]
        if large.size:
            made[i] = shapely.multipolygons(large)
            done.setdefault(int(i), []).append(f"parts without area left out: {every.size - large.size}")
    change = shapely.area(made) - shapely.area(shapes)
    return Repaired(
        made,
        tuple(
            Repair(area_code=str(codes[i]), what="; ".join(done[i]), change_m2=round(float(change[i]), 3))
            for i in sorted(done)
        ),
    )


def polygons_of(shape: shapely.Geometry) -> shapely.Geometry:
    """
    Keep the polygons of a collection.

    Examples
    --------
    >>> square, line = shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (5, 5)])
    >>> polygons_of(shapely.GeometryCollection([square, line])).equals(square)
    True
    """
    parts = [shape]
    flat: list[shapely.Geometry] = []
    while parts:
        part = parts.pop()
        kind = shapely.get_type_id(part)
        if kind == shapely.GeometryType.POLYGON:
            if not shapely.is_empty(part):
                flat.append(part)
        elif kind in (shapely.GeometryType.MULTIPOLYGON, shapely.GeometryType.GEOMETRYCOLLECTION):
            parts.extend(shapely.get_parts(part))
    union = shapely.union_all(flat) if len(flat) > 1 else (flat[0] if flat else shapely.MultiPolygon())
    made: shapely.Geometry = union
    return made
