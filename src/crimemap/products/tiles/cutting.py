"""
Cutting a layer into vector tiles: the same bytes whether for a release or for whoever asks.

Shapes are simplified to half a step of the tile's own grid (1/4,096 of its side), so that a tile of the whole country and of
one street are equally exact to the eye. A layer begins at the zoom at which most of its features are a pixel wide, of a map
with tiles of 256: before that nobody could tell them apart, and a tile of the country would be full of them. It begins
everywhere at once, as a map on which the south alone has hotspots would say something else.
"""

import gzip
import math
from collections.abc import Iterator
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.engine import LocalEngine
from crimemap.products.layers.layer import Layer
from crimemap.products.tiles.encoding import Encoder
from crimemap.products.tiles.grid import BUFFER, DEEPEST, HALF_WORLD_M, STEPS, Tile, mercator, tile_box

__all__ = ["Cutter", "empty_tile"]

#: A pixel, in steps.
_LEAST_STEPS: Final = 16
#: A shape of so few has nothing to spare: a hexagon is left as it is.
_FEW_CORNERS: Final = 12
_LEVEL: Final = 6


def _zipped(tile: bytes) -> bytes:
    """Compress a tile to the same bytes on every day."""
    return gzip.compress(tile, _LEVEL, mtime=0)


def empty_tile(layer_id: str) -> bytes:
    """Give the tile of a layer in which nothing lies, compressed with gzip."""
    nothing = np.empty(0, dtype=object)
    layer = Layer(id=layer_id, title="", description="", properties=(), ids=[], values={}, shapes=nothing)
    return _zipped(Encoder(layer).tile(np.empty(0, dtype=np.int64), nothing))


class Cutter:
    """
    Cuts the tiles of a layer.

    Parameters
    ----------
    layer
        What is cut: polygons.

    Attributes
    ----------
    usual_size_m
        The median of the features' sizes, the longer side of each; metres of EPSG:3857, 0 for no features.
    shallowest
        The first zoom that shows anything.
    """

    def __init__(self, layer: Layer) -> None:
        self._shapes = shapely.transform(layer.shapes, mercator)
        self._tree = shapely.STRtree(self._shapes)
        self._encoder = Encoder(layer)
        west, south, east, north = shapely.bounds(self._shapes).T if len(layer) else np.empty((4, 0))
        sizes = np.nan_to_num(np.maximum(east - west, north - south))
        self.usual_size_m = float(np.median(sizes)) if sizes.size else 0.0
        self.shallowest = next((z for z in range(DEEPEST) if self.usual_size_m >= _step(z) * _LEAST_STEPS), DEEPEST)

    def tile(self, zoom: int, row: int, column: int) -> bytes:
        """Give a tile, compressed with gzip; an empty one where nothing lies in it."""
        rows = np.empty(0, dtype=np.int64)
        if zoom >= self.shallowest:
            (rows,) = self._within([(zoom, row, column)])
        return self._cut((zoom, row, column), rows, _simple(self._shapes[rows], zoom))

    def tiles(self, zooms: int, *, most: int) -> Iterator[tuple[Tile, bytes]]:
        """
        Cut all tiles that show anything, zoom by zoom, each compressed with gzip.

        Parameters
        ----------
        zooms
            How many zooms, from the first.
        most
            A zoom that would bring the tiles above this number is not begun, nor any after it.
        """
        candidates: list[Tile] = [(0, 0, 0)]
        made = 0
        for zoom in range(zooms):
            found = [(tile, rows) for tile, rows in zip(candidates, self._within(candidates), strict=True) if rows.size]
            made += len(found)
            if made > most:
                return
            if zoom >= self.shallowest:
                yield from self._cut_all(zoom, found)
            candidates = [
                (zoom + 1, 2 * row + south, 2 * column + east)
                for (_, row, column), _ in found
                for south in (0, 1)
                for east in (0, 1)
            ]

    def _cut_all(self, zoom: int, tiles: list[tuple[Tile, NDArray[np.int64]]]) -> Iterator[tuple[Tile, bytes]]:
        """Cut tiles of one zoom, shapes simplified once for all of them."""
        simple = _simple(self._shapes, zoom)
        made = LocalEngine().map(lambda one: self._cut(one[0], one[1], simple[one[1]]), tiles)
        return zip((tile for tile, _ in tiles), made, strict=True)

    def _within(self, tiles: list[Tile]) -> list[NDArray[np.int64]]:
        """Give the features that each tile meets, ascending."""
        boxes = shapely.box(*np.array([tile_box(*tile, buffer=BUFFER) for tile in tiles]).reshape(-1, 4).T)
        at, rows = self._tree.query(boxes, predicate="intersects")
        order = np.lexsort((rows, at))
        return np.split(rows[order].astype(np.int64), np.cumsum(np.bincount(at, minlength=len(tiles)))[:-1])

    def _cut(self, tile: Tile, rows: NDArray[np.int64], simple: NDArray[np.object_]) -> bytes:
        west, _, _, north = tile_box(*tile)
        step = _step(tile[0])
        clipped = shapely.clip_by_rect(simple, *tile_box(*tile, buffer=BUFFER))

        def steps(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(np.column_stack([xy[:, 0] - west, north - xy[:, 1]]) / step, dtype=np.float64)

        whole = shapely.transform(clipped, lambda xy: np.rint(steps(xy)))
        # Rounding may fold a shape onto itself: those few are put onto whole steps with all that this takes.
        folded = ~shapely.is_valid(whole)
        whole[folded] = shapely.set_precision(shapely.transform(clipped[folded], steps), 1.0)
        return _zipped(self._encoder.tile(rows, whole))


def _step(zoom: int) -> float:
    return math.ldexp(2 * HALF_WORLD_M / STEPS, -zoom)


def _simple(shapes: NDArray[np.object_], zoom: int) -> NDArray[np.object_]:
    made = shapes.copy()
    many = shapely.get_num_coordinates(shapes) > _FEW_CORNERS
    made[many] = shapely.simplify(shapes[many], _step(zoom) / 2, preserve_topology=True)
    return made
