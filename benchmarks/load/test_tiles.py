"""Vector tiles that a release keeps, beside the same release without them, whose tiles are cut when they are asked for."""

import os
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest

from benchmarks.load.wrk import load
from crimemap.products.tiles.archive import TILES, TileArchive, archive_name
from crimemap.products.tiles.grid import tiles_within
from tests.api.server import serving

_RELEASES = os.environ.get("CRIMEMAP_LOAD_RELEASES", "")
_LAYERS = ("hotspots", "csp-summaries", "lad")
_MOST = 600
_SECONDS = 5.0

pytestmark = [
    pytest.mark.skipif(not _RELEASES, reason="CRIMEMAP_LOAD_RELEASES names no folder of releases with an active one"),
    pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed"),
]


@contextmanager
def _without_tiles(releases: Path, folder: Path) -> Iterator[Path]:
    active = (releases / "active").read_text(encoding="utf-8").strip()
    shutil.copytree(releases / active, folder / active, ignore=shutil.ignore_patterns(Path(TILES).name, "*.html"))
    (folder / "active").write_text(f"{active}\n", encoding="utf-8")
    yield folder
    shutil.rmtree(folder)


def _paths(site: Path, layer: str, bounds: list[float]) -> list[str]:
    """Give tiles that show something, of every zoom that is kept, in no order."""
    archive = TileArchive(site / archive_name(layer))
    first, last = archive.zooms
    west, south, east, north = bounds
    found = []
    for zoom in range(first, last + 1):
        top, bottom, left, right = tiles_within((west, south, east, north), zoom)
        found += [
            f"/ogc/collections/{layer}/tiles/WebMercatorQuad/{zoom}/{row}/{column}"
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
            if archive.get(zoom, row, column) is not None
        ]
    random.Random(3).shuffle(found)  # noqa: S311 - an order, not a secret
    return found[:_MOST]


def _each(url: str, paths: list[str]) -> tuple[list[bytes], np.ndarray]:
    """Ask for every path once, over one connection."""
    bodies, times = [], []
    with httpx.Client(base_url=url, timeout=60) as client:
        for path in paths:
            begun = time.perf_counter()
            answer = client.get(path)
            times.append(1000 * (time.perf_counter() - begun))
            assert answer.is_success
            bodies.append(answer.content)
    return bodies, np.array(times)


def test_kept_tiles_are_served_sooner_than_they_could_be_cut(tmp_path: Path, capsys):
    releases = Path(_RELEASES)
    site = releases / (releases / "active").read_text(encoding="utf-8").strip() / "site"
    with (
        serving(releases, tmp_path / "kept.log") as kept,
        _without_tiles(releases, tmp_path / "without") as copy,
        serving(copy, tmp_path / "cut.log") as cut,
    ):
        gained = {}
        for layer in _LAYERS:
            bounds = httpx.get(f"{kept.url}/ogc/collections/{layer}").json()["extent"]["spatial"]["bbox"][0]
            paths = _paths(site, layer, bounds)
            httpx.get(f"{cut.url}/ogc/collections/{layer}")  # the layer itself is put together before the clock starts
            same, at_once = _each(kept.url, paths)
            first, waited = _each(cut.url, paths)
            assert first == same
            _, again = _each(cut.url, paths)
            rate = load(kept.url, paths, seconds=_SECONDS, per_second=None, connections=4)
            assert (rate.refused, rate.broken) == (0, 0)
            gained[layer] = waited.sum() / at_once.sum()
            with capsys.disabled():
                told = (f"{np.median(one):.1f} ms (95 %: {np.quantile(one, 0.95):.1f}, at most {one.max():.0f})"
                        for one in (at_once, waited, again))  # fmt: skip
                print(f"\n{layer}, {len(paths)} tiles: kept {next(told)}, cut {next(told)}, cut before {next(told)}; "
                      f"ratio {gained[layer]:.1f}, {rate.per_second:,.0f} kept ones a second")  # fmt: skip
        assert min(gained.values()) > 1.5
