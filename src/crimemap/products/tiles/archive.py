"""
Archives of tiles: one PMTiles file (version 3) for each layer.

Any server of files that answers requests for ranges serves them, and GDAL, QGIS and the map libraries of browsers read them:
<https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md>. Tiles are compressed with gzip. A tile that is not there
has nothing in it.
"""

import gzip
import json
import mmap
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from pmtiles.tile import (
    Compression,
    Entry,
    HeaderDict,
    MagicNumberNotFound,
    SpecVersionUnsupported,
    TileType,
    deserialize_directory,
    deserialize_header,
    find_tile,
    zxy_to_tileid,
)
from pmtiles.writer import Writer

from crimemap.errors import ReleaseError
from crimemap.products.layers.layer import Layer
from crimemap.products.names import safe_segment
from crimemap.products.tiles.grid import Tile

__all__ = ["TILES", "TileArchive", "archive_name", "vector_layer", "write_archive"]

#: Where a release keeps its tiles, below its site.
TILES: Final = "data/tiles"
_HEADER: Final = 127
_E7: Final = 10**7
_FIELD_KINDS: Final = {"string": "String", "integer": "Number", "number": "Number", "boolean": "Boolean"}


def archive_name(layer_id: str) -> str:
    """
    Give the path of a layer's archive below the site.

    Examples
    --------
    >>> archive_name("hotspots")
    'data/tiles/hotspots.pmtiles'
    """
    return f"{TILES}/{safe_segment(layer_id)}.pmtiles"


def vector_layer(layer: Layer, *, first: int, last: int) -> dict[str, Any]:
    """
    Describe a layer as TileJSON and archives do.

    Parameters
    ----------
    first, last
        The zooms that show it.
    """
    fields = {"id": "String"} | {prop.name: _FIELD_KINDS[prop.kind] for prop in layer.properties}
    return {"id": layer.id, "description": layer.description, "minzoom": first, "maxzoom": last, "fields": fields}


def write_archive(path: Path, layer: Layer, tiles: Iterable[tuple[Tile, bytes]], *, made_from: str) -> None:
    """
    Write the tiles of a layer.

    Parameters
    ----------
    path
        The file to make; none is made where there are no tiles.
    tiles
        Each tile that shows anything, compressed with gzip.
    made_from
        A hash of all that they are made from.
    """
    placed = sorted((zxy_to_tileid(zoom, column, row), zoom, tile) for (zoom, row, column), tile in tiles)
    if not placed or layer.bounds is None:
        return
    first, last = placed[0][1], placed[-1][1]
    west, south, east, north = (round(side * _E7) for side in layer.bounds)
    header = {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": first,
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }
    metadata = {
        "name": layer.title,
        "description": layer.description,
        "attribution": layer.attribution,
        "type": "overlay",
        "vector_layers": [vector_layer(layer, first=first, last=last)],
        "made_from": made_from,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        writer = Writer(file)
        for number, _, tile in placed:
            writer.write_tile(number, tile)
        writer.finalize(header, metadata)


class TileArchive:
    """
    An archive, opened for reading. It may be read by many threads, and goes on being read if its file is removed.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    ReleaseError
        If it is not one of ours, or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self._header: HeaderDict = deserialize_header(self._bytes[:_HEADER])
            self.metadata: dict[str, Any] = json.loads(gzip.decompress(self._part("metadata")))
            entries = deserialize_directory(self._part("root"))
            # Small archives have one directory; the root of a large one is a list of directories.
            leaves = self._header["leaf_directory_offset"]
            self._entries: list[Entry] = []
            for one in entries:
                if one.run_length:
                    self._entries.append(one)
                else:
                    start = leaves + one.offset
                    self._entries += deserialize_directory(self._bytes[start : start + one.length])
        except (OSError, ValueError, EOFError, IndexError, zlib.error, MagicNumberNotFound, SpecVersionUnsupported) as error:
            raise ReleaseError("the tiles cannot be read", where=path.name, fix="Build the release again.") from error
        if self._header["tile_compression"] is not Compression.GZIP or self._header["tile_type"] is not TileType.MVT:
            raise ReleaseError("the archive has other tiles than ours", where=path.name, fix="Build the release again.")

    def _part(self, name: str) -> bytes:
        start = int(self._header[f"{name}_offset"])  # type: ignore[literal-required]
        return self._bytes[start : start + int(self._header[f"{name}_length"])]  # type: ignore[literal-required]

    @property
    def zooms(self) -> tuple[int, int]:
        """The first zoom that shows anything, and the last that was cut."""
        return self._header["min_zoom"], self._header["max_zoom"]

    def get(self, zoom: int, row: int, column: int) -> bytes | None:
        """Give a tile, compressed with gzip; `None` where nothing lies in it, or it is deeper than what was cut."""
        found = find_tile(self._entries, zxy_to_tileid(zoom, column, row))
        if found is None:
            return None
        start = self._header["tile_data_offset"] + found.offset
        return self._bytes[start : start + found.length]
