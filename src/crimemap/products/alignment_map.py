"""
The fit of two boundary sets as shapes to draw: one for each pair of units that share ground.

Units are simplified as a coverage, so that neighbours keep one common line, and are cut along the simplified lines of the
other set. A strip between two drawings of one line would be noise as wide as the simplification: what is drawn as a piece
is what the overlap, measured on the full shapes, found to be one. Slivers and pieces that simplification would lose are
drawn as they are.
"""

from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from crimemap.alignment.overlap import Overlap
from crimemap.tiling import polygonal

__all__ = ["KINDS", "described", "drawn_pieces", "simplified", "tolerance_for"]

#: What a piece says of its source: part of the area that it fits, two drawings of one line, elsewhere, or nowhere.
KINDS: Final = ("agree", "sliver", "differ", "not covered")

#: How many of the tolerance the longer side of the map has: about what a screen shows.
_STEPS: Final = 5_000
_FINEST_M, _COARSEST_M = 5.0, 150.0
#: Metres to which pieces are simplified that are drawn by themselves.
_OWN_M: Final = 10.0
#: Most parts of a sliver that are drawn, the largest ones.
_SLIVER_PARTS: Final = 6
_GRID_M: Final = 0.01
#: Share of a unit that the other set must leave open to be drawn as not covered.
_OPEN: Final = 0.01

Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class _Faces:
    shape: Geometries
    unit: NDArray[np.intp]


def tolerance_for(bounds: NDArray[np.float64]) -> float:
    """
    Give the simplification of a map that is as large as these bounds, metres.

    Examples
    --------
    >>> tolerance_for(np.array([0.0, 0.0, 100_000.0, 50_000.0]))
    20.0
    """
    west, south, east, north = bounds
    return float(np.clip(max(east - west, north - south) / _STEPS, _FINEST_M, _COARSEST_M))


def simplified(shapes: Geometries, tolerance_m: float) -> Geometries:
    """
    Simplify units, keeping common lines common where they are.

    Parameters
    ----------
    shapes
        Shape (n,). Valid polygons, metres. Where units overlap or do not meet exactly, each is simplified by itself.
    """
    if shapely.coverage_is_valid(shapes):
        found = shapely.coverage_simplify(shapes, tolerance_m)
    else:
        found = shapely.simplify(shapes, tolerance_m / 2)
    broken = ~shapely.is_valid(found) | shapely.is_empty(found)
    found[broken] = shapes[broken]
    return np.asarray(found, dtype=object)


def drawn_pieces(
    found: Overlap,
    source: gpd.GeoDataFrame,
    target: gpd.GeoDataFrame,
    *,
    source_drawn: Geometries,
    target_drawn: Geometries,
) -> gpd.GeoDataFrame:
    """
    Give the pieces of an overlap as shapes.

    Parameters
    ----------
    found
        The overlap of both sets.
    source, target
        Polygons indexed by area code, as they were compared; EPSG:27700.
    source_drawn, target_drawn
        The same simplified, in the same order.

    Returns
    -------
    geopandas.GeoDataFrame
        `source`, `target` (None for what no target covers), `kind` and `geometry`, the pieces of the overlap in their order
        and what is not covered last; EPSG:27700.
    """
    pieces = found.pieces
    i = source.index.get_indexer(pd.Index(pieces["source"]))
    j = target.index.get_indexer(pd.Index(pieces["target"]))
    kinds = _kinds(found)
    open_ = np.flatnonzero((found.sources["uncovered_share"] > _OPEN).to_numpy())
    proper = kinds != "sliver"
    unit = np.concatenate([i[proper], open_])
    area = np.concatenate([j[proper], np.full(open_.size, len(target))])
    piece = np.concatenate([np.flatnonzero(proper), len(pieces) + np.arange(open_.size)])
    shapes = np.full(len(pieces) + open_.size, None, dtype=object)
    several = np.bincount(unit, minlength=len(source)) > 1
    if several.any():
        faces = _faces(source_drawn, target_drawn, np.flatnonzero(several))
        place = _placed(faces, target_drawn, unit, area, piece)
        for k in np.unique(place[place >= 0]).tolist():
            shapes[k] = shapely.union_all(faces.shape[place == k])
    else:
        shapes[piece] = source_drawn[unit]
    lost = [k for k in range(len(pieces)) if shapes[k] is None]
    if lost:
        shapes[lost] = _by_themselves(source, target, i[lost], j[lost], kinds[lost] == "sliver")
    table = pd.DataFrame(
        {
            "source": [*pieces["source"], *source.index[open_]],
            "target": pd.Series([*pieces["target"], *[None] * open_.size], dtype=object),
            "kind": [*kinds, *["not covered"] * open_.size],
        }
    )
    drawn = np.array([shape is not None and not shapely.is_empty(shape) for shape in shapes], dtype=np.bool_)
    return gpd.GeoDataFrame(table[drawn].reset_index(drop=True), geometry=list(shapes[drawn]), crs=source.crs)


def _kinds(found: Overlap) -> NDArray[np.object_]:
    """Say whether a piece is in the area that its unit fits, or is an area that lies wholly in the unit."""
    pieces, units = found.pieces, found.sources
    best = units["best_match"]
    if "best_match_by_population" in units.columns:
        best = units["best_match_by_population"].where(units["best_match_by_population"].notna(), best)
    fits = pieces["source"].map(best).to_numpy() == pieces["target"].to_numpy()
    whole = pieces["share_of_target"].to_numpy() >= found.classes.nested
    kinds = np.where(fits | whole, "agree", "differ").astype(object)
    kinds[pieces["sliver"].to_numpy(dtype=bool)] = "sliver"
    return kinds


def _faces(source: Geometries, target: Geometries, divided: NDArray[np.intp]) -> _Faces:
    """Cut the units that are divided along the other set's lines, and find every face of the map again, its lines noded."""
    across = shapely.boundary(target)
    line, unit = shapely.STRtree(source[divided]).query(across, predicate="intersects")
    inside = shapely.intersection(across[line], source[divided[unit]])
    # On a grid of a centimetre, or a cut that ends a rounding short of the line that it should end on would cut nothing.
    noded = shapely.union_all(np.concatenate([shapely.boundary(source), inside]), grid_size=_GRID_M)
    found = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    point = shapely.point_on_surface(found)
    face, owner = shapely.STRtree(source).query(point, predicate="intersects")
    face, first = np.unique(face, return_index=True)
    return _Faces(found[face], owner[first])


def _placed(
    faces: _Faces, target: Geometries, unit: NDArray[np.intp], area: NDArray[np.intp], piece: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Give the piece of each face; one that is no piece of its unit is noise of simplifying: the nearest takes it."""
    n = target.size + 1
    keys = pd.Series(piece, index=unit * n + area)
    face, inside = shapely.STRtree(target).query(shapely.point_on_surface(faces.shape), predicate="intersects")
    of = np.full(faces.shape.size, target.size, dtype=np.intp)
    of[face[::-1]] = inside[::-1]
    place = keys.reindex(faces.unit * n + of).fillna(-1).to_numpy(dtype=np.intp)
    alone = pd.Series(piece, index=unit)
    alone = alone[~alone.index.duplicated(keep=False)]
    place = np.where(np.isin(faces.unit, alone.index), alone.reindex(faces.unit).fillna(-1).to_numpy(dtype=np.intp), place)
    for one in np.unique(faces.unit[place < 0]).tolist():
        own = np.flatnonzero(faces.unit == one)
        known, lost = own[place[own] >= 0], own[place[own] < 0]
        if known.size:
            place[lost] = [place[known[np.argmin(shapely.distance(faces.shape[known], faces.shape[k]))]] for k in lost]
    return place


def _by_themselves(
    source: gpd.GeoDataFrame, target: gpd.GeoDataFrame, i: NDArray[np.intp], j: NDArray[np.intp], sliver: NDArray[np.bool_]
) -> Geometries:
    """Intersect pairs one by one; of a sliver keep the largest parts."""
    one, other = np.asarray(source.geometry.array, dtype=object)[i], np.asarray(target.geometry.array, dtype=object)[j]
    both = shapely.intersection(one, other)
    parts, index = polygonal(both)
    made = np.full(i.size, None, dtype=object)
    order = np.lexsort((-shapely.area(parts), index))
    parts, index = parts[order], index[order]
    rank = np.arange(index.size) - np.searchsorted(index, index)
    kept = (rank < _SLIVER_PARTS) | ~sliver[index]
    parts, index = shapely.simplify(parts[kept], _OWN_M), index[kept]
    for k in np.unique(index).tolist():
        made[k] = shapely.multipolygons(parts[index == k]) if (index == k).sum() > 1 else parts[index == k][0]
    return made


def described(drawn: gpd.GeoDataFrame, document: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the properties of each piece drawn: names, kind, and what was measured of it."""
    pieces = {(row["source"], row["target"]): row for row in document["pieces"]}
    units = {row["area_code"]: row for row in document["sources"]}
    others = {row["area_code"]: row["area_name"] for row in document["targets"]}
    made = []
    for source, target, kind in zip(drawn["source"], drawn["target"], drawn["kind"], strict=True):
        unit = units[source]
        named = {
            "source": source,
            "target": target,
            "source_name": unit["area_name"],
            "target_name": others.get(target),
            "kind": kind,
        }
        if target is None:
            measured = {
                "population": unit.get("population_uncovered"),
                "households": unit.get("households_uncovered"),
                "incidents": unit.get("incidents_uncovered"),
                "area_km2": unit["uncovered_m2"] / 1e6,
                "share_of_source": unit["uncovered_share"],
                "share_of_target": None,
            }
        else:
            piece = pieces[source, target]
            measured = {name: piece.get(name) for name in ("population", "households", "incidents")}
            measured |= {"area_km2": piece["area_m2"] / 1e6}
            measured |= {name: piece[name] for name in ("share_of_source", "share_of_target")}
        made.append(named | measured)
    return made
