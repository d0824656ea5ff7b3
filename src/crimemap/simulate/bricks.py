"""
The bricks: small areas like LSOAs, of which every other boundary is built.

Bricks are Voronoi cells whose edges were made to wander. An edge belongs to both of its cells and wanders once, and it stays
inside the two triangles that it makes with the sites on either side, so there are no gaps and no overlaps by construction.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import Voronoi

from crimemap.simulate.terrain import SEA, Terrain

__all__ = ["Bricks", "make_bricks"]

_STEP_M = 160.0
_GRID_M = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bricks:
    """
    A coverage of the land.

    Attributes
    ----------
    polygon
        Shape (n,). Polygons, EPSG:27700, corners on a grid of 0.1 m.
    adjacency
        Shape (n, n). True where two bricks share an edge.
    district
        Shape (n,). 0-6 for the districts, 7 for the city.
    kind, centrality
        Shape (n,). See `Terrain`.
    xy
        Shape (n, 2). The site of each brick, inside it.
    """

    polygon: NDArray[np.object_]
    adjacency: csr_array
    district: NDArray[np.int64]
    kind: NDArray[np.int64]
    centrality: NDArray[np.float64]
    xy: NDArray[np.float64]

    def __len__(self) -> int:
        """Count the bricks."""
        return len(self.polygon)


def _wander(
    start: NDArray[np.float64], end: NDArray[np.float64], left: NDArray[np.float64], rng: Generator
) -> NDArray[np.float64]:
    """Draw an edge from start to end that stays nearer to it than the two sites, which mirror each other in it."""
    along = end - start
    length = float(np.hypot(*along))
    n = int(np.clip(length / _STEP_M, 3, 40))
    t = np.linspace(0, 1, n + 1)
    waves = np.arange(1, max(2, n // 2) + 1)
    size = rng.normal(0, 1, len(waves)) / waves**0.85
    wave = np.tanh((np.sin(np.pi * t[:, None] * waves) * size).sum(axis=1))
    across = np.asarray((-along[1], along[0])) / length
    foot = float((left - start) @ along) / length**2
    height = float((left - start) @ across)
    room = np.full(n + 1, 0.25 * length)
    if foot > 0:
        room = np.minimum(room, abs(height) * t / foot)
    if foot < 1:
        room = np.minimum(room, abs(height) * (1 - t) / (1 - foot))
    drawn: NDArray[np.float64] = start + along * t[:, None] + across * (0.6 * room * wave)[:, None]
    return drawn


def _on_grid(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.round(np.round(xy / _GRID_M) * _GRID_M, 1)


def make_bricks(terrain: Terrain, rng: Generator) -> Bricks:
    """
    Cut the land into bricks.

    Raises
    ------
    RuntimeError
        If the coverage is not valid; it would be a fault of this module.
    """
    cells = Voronoi(terrain.xy)
    corners = _on_grid(cells.vertices)
    land = terrain.district != SEA
    lines, pairs = [], []
    for (a, b), (v, w) in zip(cells.ridge_points, cells.ridge_vertices, strict=True):
        if v < 0 or w < 0 or not (land[a] or land[b]) or np.array_equal(corners[v], corners[w]):
            continue
        line = _on_grid(_wander(corners[v], corners[w], terrain.xy[a], rng))
        line[0], line[-1] = corners[v], corners[w]
        lines.append(shapely.LineString(line))
        if land[a] and land[b]:
            pairs.append((a, b))
    faces = np.asarray(shapely.get_parts(shapely.polygonize(lines)))
    keep = np.flatnonzero(land)
    site, face = shapely.STRtree(faces).query(shapely.points(terrain.xy[keep]), predicate="within")
    if not np.array_equal(np.sort(site), np.arange(len(keep))):
        raise RuntimeError("some bricks of the demonstration county were lost")
    polygon = np.empty(len(keep), dtype=object)
    polygon[site] = shapely.normalize(faces[face])
    if not shapely.coverage_is_valid(polygon):
        raise RuntimeError("the bricks of the demonstration county overlap or leave gaps")
    number = np.full(len(terrain.xy), -1)
    number[keep] = np.arange(len(keep))
    ends = number[np.asarray(pairs)]
    both = np.vstack((ends, ends[:, ::-1]))
    adjacency = csr_array((np.ones(len(both), dtype=bool), (both[:, 0], both[:, 1])), shape=(len(keep), len(keep)))
    return Bricks(
        polygon=polygon,
        adjacency=adjacency,
        district=terrain.district[keep],
        kind=terrain.kind[keep],
        centrality=terrain.centrality[keep],
        xy=terrain.xy[keep],
    )
