"""Which units border one another along a line, not only at a point, in coverages that may have tiny gaps."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from crimemap.checks import require_positive
from crimemap.crs import require_national_grid
from crimemap.errors import InputError, NotFoundError, ParameterError
from crimemap.tiling import require_polygons

__all__ = ["Contiguity", "contiguity", "link"]

#: Two units that meet at a point come within the gap of one another for some gaps' length: that is no common boundary.
_CORNER: Final = 8.0

Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contiguity:
    """
    The neighbours among the units of one set.

    Attributes
    ----------
    units
        Codes, in the order of the set.
    edges
        One row for each pair of neighbours: `unit`, `neighbour` (later in the order), `shared_m` (length of the common
        boundary, metres; not a number for a declared link) and `declared` (joined by hand, such as by a bridge).
    gap_m, shortest_m
        The rule: how far apart two boundaries may run, and how long they must run together.
    """

    units: tuple[str, ...]
    edges: pd.DataFrame
    gap_m: float
    shortest_m: float

    @property
    def graph(self) -> "nx.Graph[str]":
        """The units as a graph."""
        made: nx.Graph[str] = nx.Graph()
        made.add_nodes_from(self.units)
        made.add_edges_from(zip(self.edges["unit"], self.edges["neighbour"], strict=True))
        return made

    @property
    def islands(self) -> list[str]:
        """Units without a neighbour, in the order of the set."""
        joined = {*self.edges["unit"], *self.edges["neighbour"]}
        return [unit for unit in self.units if unit not in joined]

    @property
    def parts(self) -> list[list[str]]:
        """Units that can be reached from one another, largest part first, then in the order of the set."""
        place = {unit: k for k, unit in enumerate(self.units)}
        found = [sorted(part, key=place.__getitem__) for part in nx.connected_components(self.graph)]
        return sorted(found, key=lambda part: (-len(part), place[part[0]]))


def _near(line: shapely.Geometry, other: shapely.Geometry, gap_m: float) -> float:
    """Length of `line` that runs within the gap of `other`, looking only where they can meet."""
    west, south, east, north = shapely.bounds(other).tolist()
    line = shapely.clip_by_rect(line, west - gap_m, south - gap_m, east + gap_m, north + gap_m)
    if line.is_empty:
        return 0.0
    west, south, east, north = shapely.bounds(line).tolist()
    other = shapely.clip_by_rect(other, west - gap_m, south - gap_m, east + gap_m, north + gap_m)
    pieces = np.concatenate([_segments(part) for part in shapely.get_parts(other)] or [np.empty(0, dtype=object)])
    # Only the stretches of the other boundary that come near are widened: a long coast costs nothing.
    near = pieces[np.unique(shapely.STRtree(pieces).query(_segments_of(line), predicate="dwithin", distance=gap_m)[1])]
    if not near.size:
        return 0.0
    band = shapely.union_all(shapely.buffer(near, gap_m, cap_style="flat", quad_segs=2))
    return float(shapely.intersection(line, band).length)


def _segments(line: shapely.Geometry, run: int = 16) -> Geometries:
    """Cut a line into runs of a few vertices."""
    xy = shapely.get_coordinates(line)
    return np.array([shapely.linestrings(xy[k : k + run + 1]) for k in range(0, max(len(xy) - 1, 0), run)], dtype=object)


def _segments_of(line: shapely.Geometry) -> Geometries:
    return np.concatenate([_segments(part) for part in shapely.get_parts(line)] or [np.empty(0, dtype=object)])


def contiguity(
    units: gpd.GeoDataFrame,
    *,
    gap_m: float = 5.0,
    shortest_m: float = 100.0,
    links: Iterable[tuple[str, str]] = (),
) -> Contiguity:
    """
    Find which units border one another.

    Two units are neighbours where their boundaries run together, no further apart than `gap_m`, for at least `shortest_m`.
    Units that meet at a point, or only across water, are not.

    Parameters
    ----------
    units
        Polygons indexed by area code; EPSG:27700.
    gap_m
        How far apart two boundaries may run and still be one, metres. Take more where a set is clipped to tidal rivers.
    shortest_m
        Shortest common boundary, metres; at least eight gaps, since corners run together for that long.
    links
        Pairs of codes to take as neighbours although no boundary joins them, such as by a bridge or a ferry.

    Raises
    ------
    CrsError
        If the set is not in EPSG:27700.
    InputError
        If a code comes more than once or a shape is invalid.
    NotFoundError
        If a link names a code that is not in the set.
    ParameterError
        If a tolerance cannot be used, or a link joins a unit with itself.

    Examples
    --------
    >>> squares = [shapely.box(0, 0, 1000, 1000), shapely.box(1000.5, 0, 2000, 1000), shapely.box(2000, 1000, 3000, 2000)]
    >>> frame = gpd.GeoDataFrame(index=["A", "B", "C"], geometry=squares, crs=27700)
    >>> found = contiguity(frame)
    >>> found.edges[["unit", "neighbour"]].to_numpy().tolist(), found.islands
    ([['A', 'B']], ['C'])
    """
    require_positive(gap_m, name="gap_m", unit="metres")
    require_positive(shortest_m, name="shortest_m", unit="metres")
    if shortest_m < _CORNER * gap_m:
        raise ParameterError(
            f"{shortest_m:g} m is too short for a gap of {gap_m:g} m: corners would count as boundaries",
            where="shortest_m",
            fix=f"Give at least {_CORNER * gap_m:g}.",
        )
    require_national_grid(units.crs, where="units")
    if units.index.has_duplicates:
        raise InputError("an area code comes more than once", where="units", fix="Give each area one row.")
    shapes = require_polygons(np.asarray(units.geometry.array, dtype=object), where="units")
    codes = tuple(str(code) for code in units.index)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=gap_m)
    later = left < right
    order = np.lexsort((right[later], left[later]))
    rows: list[tuple[str, str, float, bool]] = []
    lines = shapely.boundary(shapes)
    for i, j in zip(left[later][order].tolist(), right[later][order].tolist(), strict=True):
        shared = min(_near(lines[i], lines[j], gap_m), _near(lines[j], lines[i], gap_m))
        if shared >= shortest_m:
            rows.append((codes[i], codes[j], shared, False))
    rows += _declared(links, codes, {(a, b) for a, b, *_ in rows})
    edges = pd.DataFrame(rows, columns=["unit", "neighbour", "shared_m", "declared"])
    return Contiguity(units=codes, edges=edges, gap_m=float(gap_m), shortest_m=float(shortest_m))


def link(found: Contiguity, links: Iterable[tuple[str, str]]) -> Contiguity:
    """
    Take more pairs of units as neighbours although no boundary joins them.

    Raises
    ------
    NotFoundError
        If a link names a code that is not in the set.
    ParameterError
        If a link joins a unit with itself.
    """
    known = set(zip(found.edges["unit"], found.edges["neighbour"], strict=True))
    more = pd.DataFrame(_declared(links, found.units, known), columns=found.edges.columns)
    return found if more.empty else replace(found, edges=pd.concat([found.edges, more], ignore_index=True))


def _declared(
    links: Iterable[tuple[str, str]], codes: tuple[str, ...], known: set[tuple[str, str]]
) -> list[tuple[str, str, float, bool]]:
    place = {code: k for k, code in enumerate(codes)}
    rows = []
    for pair in links:
        unknown = [code for code in pair if code not in place]
        if unknown:
            raise NotFoundError(f"no unit {unknown[0]!r}", where="links", fix="Give codes of the set.")
        a, b = sorted(pair, key=place.__getitem__)
        if a == b:
            raise ParameterError(f"{a} is linked with itself", where="links", fix="Give two different codes.")
        if (a, b) not in known:
            known.add((a, b))
            rows.append((a, b, float("nan"), True))
    return rows
