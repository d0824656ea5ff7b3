"""OGC API Features beside pygeoapi that serves the same features from a GeoPackage, one worker each."""

import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import httpx
import pytest

from benchmarks.load.wrk import Figures, load
from tests.api.server import free_port, serving

_RELEASES = os.environ.get("CRIMEMAP_LOAD_RELEASES", "")
_PYGEOAPI = os.environ.get("CRIMEMAP_LOAD_PYGEOAPI", "")
_LAYER = "lad"
_SECONDS = 5.0
_SPAN = 0.5

pytestmark = [
    pytest.mark.skipif(not _RELEASES, reason="CRIMEMAP_LOAD_RELEASES names no folder of releases with an active one"),
    pytest.mark.skipif(not _PYGEOAPI, reason="CRIMEMAP_LOAD_PYGEOAPI names no Python that has pygeoapi"),
    pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed"),
]

_CONFIG = """
server:
  bind: {{host: 127.0.0.1, port: {port}}}
  url: {url}
  mimetype: application/json; charset=UTF-8
  encoding: utf-8
  languages: [en-GB]
  limits: {{default_items: 10, max_items: 10000}}
  map: {{url: '', attribution: ''}}
logging: {{level: ERROR}}
metadata:
  identification: {{title: t, description: d, keywords: [k], keywords_type: theme, terms_of_service: t, url: {url}}}
  license: {{name: l, url: {url}}}
  provider: {{name: p, url: {url}}}
  contact: {{name: c}}
resources:
  {layer}:
    type: collection
    title: {layer}
    description: {layer}
    keywords: [k]
    extents: {{spatial: {{bbox: [-9, 49, 3, 61], crs: http://www.opengis.net/def/crs/OGC/1.3/CRS84}}}}
    providers:
      - type: feature
        name: OGR
        data: {{source_type: GPKG, source: {data}, source_capabilities: {{paging: true}}}}
        id_field: fid
        crs: ['http://www.opengis.net/def/crs/OGC/1.3/CRS84']
        storage_crs: http://www.opengis.net/def/crs/OGC/1.3/CRS84
        layer: {layer}
"""


@contextmanager
def _peer(folder: Path, features: gpd.GeoDataFrame) -> Iterator[str]:
    port = free_port()
    url, data, config, described = (
        f"http://127.0.0.1:{port}",
        folder / "features.gpkg",
        folder / "config.yml",
        folder / "openapi.yml",
    )
    features.to_file(data, layer=_LAYER, driver="GPKG", index=False)
    config.write_text(_CONFIG.format(port=port, url=url, layer=_LAYER, data=data), encoding="utf-8")
    told = os.environ | {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(described)}
    told.pop("PYTHONPATH", None)
    made = [
        _PYGEOAPI,
        "-c",
        "from pygeoapi import cli; cli()",
        "openapi",
        "generate",
        str(config),
        "--output-file",
        str(described),
    ]
    subprocess.run(made, env=told, check=True, capture_output=True)
    command = [_PYGEOAPI, "-m", "uvicorn", "pygeoapi.starlette_app:APP", "--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(command, env=told, cwd=folder)
    try:
        for _ in range(200):
            try:
                if httpx.get(f"{url}/collections/{_LAYER}?f=json").is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def _asked(features: gpd.GeoDataFrame, ids: list[str]) -> dict[str, list[str]]:
    rng = random.Random(3)  # noqa: S311 - a sample, not a secret
    centres = features.geometry.representative_point()
    boxes = [(p.x - _SPAN, p.y - _SPAN, p.x + _SPAN, p.y + _SPAN) for p in centres]
    return {
        "one feature": [f"/items/{one}?f=json" for one in ids],
        "ten features": [f"/items?limit=10&offset={rng.randrange(0, len(ids) - 10)}&f=json" for _ in range(200)],
        "those of a box": [f"/items?limit=100&bbox={','.join(f'{v:.4f}' for v in box)}&f=json" for box in boxes],
    }


def test_features_are_served_five_times_as_fast(tmp_path: Path, capsys):
    with serving(Path(_RELEASES), tmp_path / "log") as ours:
        items = f"{ours.url}/ogc/collections/{_LAYER}/items"
        document = httpx.get(items, params={"limit": 1000}, timeout=60).json()
        features = gpd.GeoDataFrame.from_features(document["features"], crs=4326)
        with _peer(tmp_path, features) as theirs:
            peer_items = httpx.get(f"{theirs}/collections/{_LAYER}/items?limit=1000&f=json", timeout=60).json()["features"]
            assert len(peer_items) == len(features)
            own_ids, peer_ids = ([str(one["id"]) for one in found] for found in (document["features"], peer_items))
            ratios = {}
            for what, paths in _asked(features, own_ids).items():
                peer_paths = _asked(features, peer_ids)[what]
                rates = []
                for url, prefix, own in ((ours.url, "/ogc", paths), (theirs, "", peer_paths)):
                    asked = [f"{prefix}/collections/{_LAYER}{path}" for path in own]
                    load(url, asked, seconds=1, per_second=None, connections=4)
                    found: Figures = load(url, asked, seconds=_SECONDS, per_second=None, connections=4)
                    assert (found.refused, found.broken) == (0, 0), (what, url)
                    rates.append(found.per_second)
                ratios[what] = rates[0] / rates[1]
                with capsys.disabled():
                    print(f"\n{what}: {rates[0]:,.0f} a second, pygeoapi {rates[1]:,.0f}, ratio {ratios[what]:.1f}")
    assert min(ratios.values()) >= 5
