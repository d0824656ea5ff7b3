"""Looking for what is wrong in a boundary set: invalid shapes, overlaps, gaps, and areas that do not nest."""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.areas.repair import NO_AREA_M2

__all__ = ["Gaps", "Nesting", "Overlap", "SetCheck", "check_nesting", "check_set"]

#: A child lies in a parent when no more than this share of it is elsewhere: what two digitisings of one line differ by.
_NESTED_SHARE: Final = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Two areas of one set that share ground."""

    first: str
    second: str
    overlap_m2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Ground that a set encloses and no area of it holds: square metres, largest first."""

    sizes_m2: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCheck:
    """What was found in one set. Overlaps come largest first; a set is `clean` when its borders match exactly."""

    clean: bool
    invalid: tuple[str, ...]
    overlaps: tuple[Overlap, ...]
    gaps: Gaps


@dataclass(frozen=True, slots=True, kw_only=True)
class Nesting:
    """How one area lies in the areas of another set: the parent with most of it, and what lies elsewhere."""

    area_code: str
    parent_code: str | None
    share: float
    outside_m2: float
    nested: bool


def check_set(frame: gpd.GeoDataFrame) -> SetCheck:
    """
    Check the shapes of a set against each other.

    Parameters
    ----------
    frame
        The areas of a set, indexed by code, EPSG:27700.

    Returns
    -------
    SetCheck
        Overlaps and gaps of 0.01 m² and more.
    """
    shapes = frame.geometry.to_numpy()
    codes = frame.index.to_numpy(dtype=object)
    valid = shapely.is_valid(shapes)
    suspect = ~valid
    suspect[valid] = ~shapely.is_empty(shapely.coverage_invalid_edges(shapes[valid]))
    return SetCheck(
        clean=not suspect.any(),
        invalid=tuple(str(code) for code in codes[~valid]),
        overlaps=_overlaps(codes, shapes, np.flatnonzero(suspect & valid)),
        gaps=_gaps(shapes, suspect),
    )


def _overlaps(codes: NDArray[np.object_], shapes: NDArray[np.object_], suspects: NDArray[np.int64]) -> tuple[Overlap, ...]:
    tree = shapely.STRtree(shapes[suspects])
    one, other = tree.query(shapes[suspects], predicate="intersects")
    once = one < other
    first, second = suspects[one[once]], suspects[other[once]]
    shared = shapely.area(shapely.intersection(shapes[first], shapes[second]))
    found = [
        Overlap(first=str(codes[first[i]]), second=str(codes[second[i]]), overlap_m2=round(float(shared[i]), 2))
        for i in np.argsort(-shared, kind="stable")
        if shared[i] >= NO_AREA_M2
    ]
    return tuple(found)


def _gaps(shapes: NDArray[np.object_], suspect: NDArray[np.bool_]) -> Gaps:
    together = shapely.coverage_union_all(shapes[~suspect])
    if suspect.any():
        together = shapely.union_all([together, *shapely.make_valid(shapes[suspect])])
    parts = shapely.get_parts(together)
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    holes = [shapely.get_interior_ring(part, i) for part in parts for i in range(shapely.get_num_interior_rings(part))]
    sizes = sorted((float(shapely.area(shapely.polygons(hole))) for hole in holes), reverse=True)
    return Gaps(sizes_m2=tuple(round(size, 2) for size in sizes if size >= NO_AREA_M2))


def check_nesting(frame: gpd.GeoDataFrame, parents: gpd.GeoDataFrame) -> list[Nesting]:
    """
    Find the parent that holds most of each area.

    Parameters
    ----------
    frame, parents
        The areas of two sets, indexed by code, EPSG:27700.

    Returns
    -------
    One for each area in the order of `frame`. `share` is between 0 and 1; `outside_m2` is the area outside the parent; an
    area is nested when its share is 99.9 % or more. `parent_code` is None where no parent touches it.
    """
    shapes, over = frame.geometry.to_numpy(), parents.geometry.to_numpy()
    shapely.prepare(over)
    parent_of = np.full(shapes.size, -1, dtype=np.int64)
    held_m2 = np.zeros(shapes.size)
    tree = shapely.STRtree(shapes)
    by, child = tree.query(over, predicate="covers")
    parent_of[child], held_m2[child] = by, shapely.area(shapes[child])
    by, child = tree.query(over, predicate="intersects")
    rest = parent_of[child] < 0
    by, child = by[rest], child[rest]
    shared = shapely.area(shapely.intersection(over[by], shapes[child]))
    order = np.lexsort((-by, shared))
    parent_of[child[order]], held_m2[child[order]] = by[order], shared[order]
    area = shapely.area(shapes)
    share = np.clip(held_m2 / area, 0.0, 1.0)
    codes = parents.index.to_numpy(dtype=object)
    return [
        Nesting(
            area_code=str(code),
            parent_code=str(codes[parent]) if parent >= 0 else None,
            share=round(float(part), 6),
            outside_m2=round(float(max(whole - held, 0.0)), 2),
            nested=bool(part >= _NESTED_SHARE),
        )
        for code, parent, part, whole, held in zip(frame.index, parent_of, share, area, held_m2, strict=True)
    ]
