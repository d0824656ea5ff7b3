"""
Vector tiles of layers, in the Web Mercator grid of every web map.

A tile is cut when it is first asked for and kept with the release. Shapes are simplified to half a step of the tile's own
grid (1/4,096 of its side), so that a tile of the whole country and of one street are equally exact to the eye.
"""

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

import mapbox_vector_tile
import numpy as np
import shapely
from numpy.typing import NDArray

from api.ogc.layer import Layer

__all__ = ["DEEPEST", "Tiles", "tile_exists"]

DEEPEST: Final = 16
_HALF_WORLD_M: Final = 20_037_508.342789244
_STEPS: Final = 4096
#: What is cut off lies this far outside a tile, so that outlines do not show its edge.
_BUFFER: Final = 64 / _STEPS
_KEPT_BYTES: Final = 64 * 1024 * 1024
_HIGHEST_LATITUDE: Final = 85.051128779806589


def tile_exists(zoom: int, row: int, column: int) -> bool:
    """
    Say whether the grid has a tile.

    Examples
    --------
    >>> tile_exists(1, 1, 1), tile_exists(1, 2, 0)
    (True, False)
    """
    return 0 <= zoom <= DEEPEST and 0 <= row < 2**zoom and 0 <= column < 2**zoom


@dataclass(frozen=True)
class _Projected:
    shapes: NDArray[np.object_]
    tree: shapely.STRtree


class Tiles:
    """The tiles of a release's layers, as far as they were asked for."""

    def __init__(self) -> None:
        self._projected: dict[str, _Projected] = {}
        self._kept: OrderedDict[tuple[str, int, int, int], bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, layer: Layer, zoom: int, row: int, column: int) -> bytes:
        """Give a tile; an empty one where nothing lies in it."""
        key = (layer.id, zoom, row, column)
        with self._lock:
            held = self._kept.get(key)
            if held is not None:
                self._kept.move_to_end(key)
                return held
            projected = self._projected.get(layer.id)
            if projected is None:
                projected = self._projected[layer.id] = _project(layer)
        made = _cut(layer, projected, zoom, row, column)
        with self._lock:
            self._kept[key] = made
            self._bytes += len(made)
            while self._bytes > _KEPT_BYTES and len(self._kept) > 1:
                self._bytes -= len(self._kept.popitem(last=False)[1])
        return made


def _project(layer: Layer) -> _Projected:
    def mercator(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        lat = np.radians(np.clip(xy[:, 1], -_HIGHEST_LATITUDE, _HIGHEST_LATITUDE))
        north = np.log(np.tan(np.pi / 4 + lat / 2)) / math.pi * _HALF_WORLD_M
        return np.column_stack([xy[:, 0] / 180.0 * _HALF_WORLD_M, north])

    shapes = shapely.transform(layer.shapes, mercator)
    return _Projected(shapes=shapes, tree=shapely.STRtree(shapes))


def _cut(layer: Layer, projected: _Projected, zoom: int, row: int, column: int) -> bytes:
    side = 2 * _HALF_WORLD_M / 2**zoom
    west, north = column * side - _HALF_WORLD_M, _HALF_WORLD_M - row * side
    edge = _BUFFER * side
    wide = (west - edge, north - side - edge, west + side + edge, north + edge)
    rows = np.sort(projected.tree.query(shapely.box(*wide), predicate="intersects"))
    simple = shapely.simplify(projected.shapes[rows], side / _STEPS / 2, preserve_topology=True)
    clipped = np.array([shapely.clip_by_rect(shape, *wide) for shape in simple], dtype=object)

    def steps(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        made: NDArray[np.float64] = np.column_stack([xy[:, 0] - west, north - xy[:, 1]]) * (_STEPS / side)
        return made

    # On whole steps shapes stay valid, and what is smaller than a step goes.
    stepped = shapely.set_precision(shapely.transform(clipped, steps), 1.0) if clipped.size else clipped
    features: list[dict[str, Any]] = [
        {"geometry": part, "id": at + 1, "properties": {"id": layer.ids[at]} | _told(layer, at)}
        for at, part in zip(rows.tolist(), stepped, strict=True)
        if not part.is_empty
    ]
    encoded: bytes = mapbox_vector_tile.encode(
        [{"name": layer.id, "features": features}], default_options={"extents": _STEPS, "y_coord_down": True}
    )
    return encoded


def _told(layer: Layer, row: int) -> dict[str, Any]:
    """Give a feature's properties; a tile has no null, so what is not known is left out."""
    values = {prop.name: layer.values[prop.name][row] for prop in layer.properties}
    return {name: value for name, value in values.items() if value is not None}
