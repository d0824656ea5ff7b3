"""What people open layers with: GDAL's driver (QGIS), OWSLib, and the JavaScript client of web maps."""

import json
import shutil
import subprocess
from pathlib import Path

import geopandas
import httpx
import pyogrio
import pytest
import shapely
from owslib.ogcapi.features import Features

from crimemap.products.tiles.grid import STEPS, mercator, tile_box, tiles_within
from tests.api.release_fixture import boundaries
from tests.api.server import RunningServer

STATIC = Path(__file__).parents[2] / "static"
SCRIPT = """
import { OgcApiEndpoint } from '@camptocamp/ogc-client'
const made = new OgcApiEndpoint(process.argv[1])
const layers = await made.featureCollections
const items = await made.getCollectionItems('neighbourhood', 4)
console.log(JSON.stringify({
  layers,
  items: items.map((one) => one.id),
  info: await made.getCollectionInfo('neighbourhood'),
  hasFeatures: await made.hasFeatures
}))
"""


def test_gdal_lists_layers_pages_through_them_and_filters_by_box(server: RunningServer) -> None:
    address = f"OAPIF:{server.url}/ogc"
    assert {row[0] for row in pyogrio.list_layers(address)} == {"neighbourhood", "neighbourhood-summaries", "hotspots"}
    whole = geopandas.read_file(address, layer="neighbourhood")
    assert set(whole["area_code"]) == set(boundaries())
    assert whole.crs.to_string() == "OGC:CRS84"
    assert whole.geometry.notna().all()
    some = geopandas.read_file(address, layer="neighbourhood", bbox=(-1.58, 52.42, -1.53, 52.47))
    assert list(some["area_code"]) == ["NM01"]
    chosen = geopandas.read_file(address, layer="neighbourhood", where="area_name = 'Invented Ward 3'")
    assert list(chosen["area_code"]) == ["NM03"]


def test_gdal_reads_numbers_as_numbers_and_what_is_withheld_as_missing(server: RunningServer) -> None:
    hot = geopandas.read_file(f"OAPIF:{server.url}/ogc", layer="hotspots").set_index("status")
    assert hot.loc["counted", "incidents"] == 120
    assert hot["incidents"].isna().sum() == 1


def test_owslib_reads_the_service(server: RunningServer) -> None:
    service = Features(f"{server.url}/ogc")
    assert set(service.feature_collections()) == {"neighbourhood", "neighbourhood-summaries", "hotspots"}
    assert service.conformance()["conformsTo"]
    assert service.api()["openapi"].startswith("3.0")
    items = service.collection_items("neighbourhood", limit=5, bbox=[-1.6, 52.4, -1.3, 52.6])
    assert items["numberReturned"] == 5
    assert service.collection_item("neighbourhood", "NM02")["properties"]["area_name"] == "Invented Ward 2"
    assert "area_name" in service.collection_queryables("neighbourhood")["properties"]


@pytest.mark.parametrize("zoom", [11, 14])
def test_gdal_reads_a_tile(server: RunningServer, tmp_path: Path, zoom: int) -> None:
    shape = shapely.make_valid(boundaries()["NM01"])
    row, _, column, _ = tiles_within((shape.centroid.x, shape.centroid.y) * 2, zoom)
    address = f"{server.url}/ogc/collections/neighbourhood/tiles/WebMercatorQuad/{zoom}/{row}/{column}"
    file = tmp_path / str(zoom) / str(column) / f"{row}.pbf"
    file.parent.mkdir(parents=True)
    file.write_bytes(httpx.get(address).content)
    found = geopandas.read_file(file).set_index("area_code").loc["NM01"]
    inside = shapely.box(*tile_box(zoom, row, column))
    wanted = shapely.transform(shape, mercator).intersection(inside)
    step = (inside.bounds[2] - inside.bounds[0]) / STEPS
    assert shapely.hausdorff_distance(found.geometry.intersection(inside), wanted) < 2 * step
    assert found["area_name"] == "Invented Ward 1"


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not on this machine")
def test_the_javascript_client_reads_the_service(server: RunningServer) -> None:
    done = subprocess.run(
        ["node", "--input-type=module", "-e", SCRIPT, f"{server.url}/ogc"],
        cwd=STATIC,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["hasFeatures"] is True
    assert {one["name"] if isinstance(one, dict) else one for one in told["layers"]} == {
        "neighbourhood",
        "neighbourhood-summaries",
        "hotspots",
    }
    assert len(told["items"]) == 4
    assert told["info"]["id"] == "neighbourhood"
    assert told["info"]["itemCount"] == 6
