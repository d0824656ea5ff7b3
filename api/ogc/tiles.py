"""
The tiles of a release that is served: those that it keeps, and deeper ones cut when they are first asked for.

A release from before tiles were kept has all of them cut. Whatever is cut stays in memory while there is room.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from crimemap.errors import ReleaseError
from crimemap.products.layers.layer import Layer
from crimemap.products.tiles.archive import TileArchive, archive_name
from crimemap.products.tiles.cutting import Cutter, empty_tile

__all__ = ["Tiles"]

_LOG: Final = logging.getLogger("crimemap.api")
_KEPT_BYTES: Final = 64 * 1024 * 1024

_nothing: Final = cache(empty_tile)


class Tiles:
    """
    The tiles of a release's layers, compressed with gzip.

    Parameters
    ----------
    site
        The folder of the release's site, below which its tiles are.
    """

    def __init__(self, site: Path) -> None:
        self._site = site
        self._archives: dict[str, TileArchive | None] = {}
        self._cutters: dict[str, Cutter] = {}
        self._cut: OrderedDict[tuple[str, int, int, int], bytes] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, layer_id: str, zoom: int, row: int, column: int, *, make: Callable[[], Layer]) -> bytes:
        """
        Give a tile; an empty one where nothing lies in it.

        Parameters
        ----------
        make
            Gives the layer, if it is needed.
        """
        archive = self.archive(layer_id)
        if archive is not None and zoom <= archive.zooms[1]:
            return archive.get(zoom, row, column) or _nothing(layer_id)
        key = (layer_id, zoom, row, column)
        with self._lock:
            held = self._cut.get(key)
            if held is not None:
                self._cut.move_to_end(key)
                return held
        made = self._cutter(layer_id, make).tile(zoom, row, column)
        with self._lock:
            if key not in self._cut:
                self._cut[key] = made
                self._bytes += len(made)
            while self._bytes > _KEPT_BYTES and len(self._cut) > 1:
                self._bytes -= len(self._cut.popitem(last=False)[1])
        return made

    def archive(self, layer_id: str) -> TileArchive | None:
        """Give the tiles that the release keeps of a layer; nothing if it keeps none."""
        with self._lock:
            if layer_id not in self._archives:
                self._archives[layer_id] = self._opened(layer_id)
            return self._archives[layer_id]

    def shallowest(self, layer_id: str, *, make: Callable[[], Layer]) -> int:
        """Give the first zoom that shows anything of a layer."""
        archive = self.archive(layer_id)
        return self._cutter(layer_id, make).shallowest if archive is None else archive.zooms[0]

    def _cutter(self, layer_id: str, make: Callable[[], Layer]) -> Cutter:
        layer = make()
        with self._lock:
            if layer_id not in self._cutters:
                self._cutters[layer_id] = Cutter(layer)
            return self._cutters[layer_id]

    def _opened(self, layer_id: str) -> TileArchive | None:
        path = self._site / archive_name(layer_id)
        if not path.is_file():
            return None
        try:
            return TileArchive(path)
        except ReleaseError:
            _LOG.warning("tiles of %s cannot be read and are cut when they are asked for", layer_id)
            return None
