"""
The tiles that a release keeps: of every layer, down to the zoom from which a map can be drawn larger without harm.

The last zoom that is kept is the first at which a tile is no wider than most features, and 12 at most: there a step is 1.5 m
in England, which a map shows as one pixel at zoom 16. What lies deeper is cut when it is asked for.
"""

import json
import math
import shutil
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import duckdb
import shapely

from crimemap.errors import ReleaseError
from crimemap.products.content_hash import content_hash
from crimemap.products.layers.areas import Areas, Counts
from crimemap.products.layers.layer import Layer
from crimemap.products.layers.making import layer_makers
from crimemap.products.layers.months import read_months
from crimemap.products.manifest import hash_of, read_manifest
from crimemap.products.page_maker import page_maker
from crimemap.products.tiles.archive import TileArchive, archive_name, write_archive
from crimemap.products.tiles.cutting import Cutter
from crimemap.products.tiles.grid import HALF_WORLD_M

__all__ = ["kept_zooms", "write_tiles"]

_DEEPEST_KEPT: Final = 12
#: England and Wales have about 6,000 tiles down to the deepest zoom that is kept.
_MOST_TILES: Final = 10_000


class _Database:
    """A release whose database is open for writing still."""

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self._db = db
        self.areas = Areas.read(db)
        self.counts = Counts(db)
        self.meta: dict[str, str] = dict(db.execute("SELECT key, value FROM meta").fetchall())
        self.months, self.no_data = read_months(db)
        self.latest_month = self.months[-1] if self.months else None

    def cursor(self) -> AbstractContextManager[Any]:
        return closing(self._db.cursor())


def write_tiles(db: duckdb.DuckDBPyConnection, site: Path, *, earlier: Path | None, progress: Callable[[str], None]) -> None:
    """
    Write the tiles of every layer into a release.

    Parameters
    ----------
    db
        The release's database, all its tables filled.
    site
        The folder of the site.
    earlier
        A release from which tiles are taken that would be the same; None to cut all.
    progress
        Told what is being done.
    """
    progress("cutting tiles")
    held = _Database(db)
    for maker in layer_makers(held).values():
        layer = maker(held)
        path = site / archive_name(layer.id)
        made_from = _content(layer)
        if earlier is not None and (same := _unchanged(earlier, layer.id, made_from)) is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(same, path)
            continue
        cutter = Cutter(layer)
        write_archive(path, layer, cutter.tiles(kept_zooms(cutter), most=_MOST_TILES), made_from=made_from)


def kept_zooms(cutter: Cutter) -> int:
    """Say how many zooms of a layer are kept, from the first."""
    if not cutter.usual_size_m:
        return 0
    deepest = math.ceil(math.log2(2 * HALF_WORLD_M / cutter.usual_size_m))
    return 1 + max(0, min(deepest, _DEEPEST_KEPT))


def _content(layer: Layer) -> str:
    """Hash all that a layer's tiles are made from, what makes them included."""
    columns = {prop.name: layer.values[prop.name].tolist() for prop in layer.properties}
    return content_hash(
        page_maker(),
        zlib.ZLIB_RUNTIME_VERSION,
        version("pmtiles"),
        [layer.id, layer.title, layer.description, layer.attribution],
        list(layer.properties),
        json.dumps([layer.ids, columns]),
        b"".join(one or b"" for one in shapely.to_wkb(layer.shapes).tolist()),
    )


def _unchanged(earlier: Path, layer_id: str, made_from: str) -> Path | None:
    """Find the archive of an earlier release, if it was made from the same and is as it was then."""
    name = f"site/{archive_name(layer_id)}"
    path = earlier / name
    try:
        if TileArchive(path).metadata.get("made_from") != made_from:
            return None
        same = read_manifest(earlier)["files"][name]["sha256"] == hash_of(path)
    except (ReleaseError, OSError, KeyError, TypeError):
        return None
    return path if same else None
