"""OGC API Tiles: tiles that a release keeps, deeper ones, and what is said of both."""

import gzip

import mapbox_vector_tile
import pytest

from api.ogc import served, tiles
from api.ogc.layers import Layers
from crimemap.products.tiles.archive import TileArchive, archive_name
from crimemap.products.tiles.cutting import Cutter
from crimemap.products.tiles.grid import DEEPEST, tiles_within
from tests.api.client import InProcess

MVT = "application/vnd.mapbox-vector-tile"
KINDS = ["neighbourhood", "csp-summaries", "hotspots"]


def tiles_of(layer: str) -> str:
    return f"/ogc/collections/{layer}/tiles/WebMercatorQuad"


def path_of(address: str) -> str:
    return address.removeprefix("http://crimemap.test")


def features(content: bytes, layer: str) -> list:
    return mapbox_vector_tile.decode(content)[layer]["features"]


def middle(client: InProcess, layer: str, zoom: int) -> str:
    """Give the address of a tile in the middle of a layer."""
    west, south, east, north = client.get(f"/ogc/collections/{layer}").json()["extent"]["spatial"]["bbox"][0]
    x, y = (west + east) / 2, (south + north) / 2
    row, _, col, _ = tiles_within((x, y, x, y), zoom)
    return f"{tiles_of(layer)}/{zoom}/{row}/{col}"


@pytest.fixture(scope="module")
def site(lookups_release):
    return lookups_release / (lookups_release / "active").read_text().strip() / "site"


@pytest.mark.parametrize("layer", KINDS)
def test_a_tile_that_is_kept_needs_nothing_else_of_its_layer(lookups, site, layer, monkeypatch):
    address = middle(lookups, layer, TileArchive(site / archive_name(layer)).zooms[1])

    def unwanted(*_args: object) -> None:
        raise AssertionError("the layer was put together")

    monkeypatch.setattr(served, "_SERVED", served._Served())
    monkeypatch.setattr(Layers, "get", unwanted)
    answer = lookups.get(address)
    assert answer.status_code == 200
    zoom, row, col = map(int, address.split("/")[-3:])
    kept = TileArchive(site / archive_name(layer)).get(zoom, row, col)
    assert kept is not None
    assert answer.content == gzip.decompress(kept)
    assert features(answer.content, layer)


@pytest.mark.parametrize("layer", KINDS)
def test_a_release_without_tiles_answers_the_same_bytes(lookups, layer, monkeypatch):
    zooms = [0, 5, 9, 11, 12, 13, DEEPEST]
    kept = [lookups.get(middle(lookups, layer, zoom)).content for zoom in zooms]
    said = lookups.get(tiles_of(layer)).json()
    monkeypatch.setattr(served, "_SERVED", served._Served())
    monkeypatch.setattr(tiles, "archive_name", lambda layer_id: f"data/tiles/{layer_id}.gone")
    assert [lookups.get(middle(lookups, layer, zoom)).content for zoom in zooms] == kept
    cut = lookups.get(tiles_of(layer)).json()
    assert {one["rel"] for one in said["links"]} - {one["rel"] for one in cut["links"]} == {"enclosure"}
    assert {name: value for name, value in cut.items() if name != "links"} == {
        name: value for name, value in said.items() if name != "links"
    }


def test_tiles_that_cannot_be_read_are_cut(lookups, site, tmp_path, monkeypatch, caplog):
    address = middle(lookups, "csp", 9)
    wanted = lookups.get(address).content
    (tmp_path / "csp.pmtiles").write_bytes(b"PMTiles")
    monkeypatch.setattr(served, "_SERVED", served._Served())
    monkeypatch.setattr(tiles, "archive_name", lambda _: tmp_path / "csp.pmtiles")
    assert lookups.get(address).content == wanted
    assert "cannot be read" in caplog.text


def test_a_deeper_tile_is_cut_once(lookups, monkeypatch):
    address = middle(lookups, "neighbourhood", DEEPEST)
    calls = []
    cut = Cutter.tile

    def counted(self: Cutter, *tile: int) -> bytes:
        calls.append(tile)
        return cut(self, *tile)

    monkeypatch.setattr(served, "_SERVED", served._Served())
    monkeypatch.setattr(Cutter, "tile", counted)
    first, second = lookups.get(address), lookups.get(address)
    assert first.content == second.content
    assert features(first.content, "neighbourhood")
    assert len(calls) == 1


def test_only_so_many_cut_tiles_are_kept(lookups, monkeypatch):
    monkeypatch.setattr(tiles, "_KEPT_BYTES", 2_000)
    monkeypatch.setattr(served, "_SERVED", served._Served())
    _, _, zoom, row, col = middle(lookups, "neighbourhood", 14).rsplit("/", 4)
    for step in range(30):
        path = f"{tiles_of('neighbourhood')}/{zoom}/{row}/{int(col) + step % 10}"
        assert lookups.get(path).status_code == 200
    (held,) = [made for _, made in served._SERVED._of.values()]
    assert 0 < held._bytes <= 2_000
    assert held._bytes == sum(map(len, held._cut.values()))


@pytest.mark.parametrize("zoom", [10, 15])
def test_a_tile_is_sent_compressed_to_whoever_takes_it_so_and_validated(lookups, zoom):
    address = middle(lookups, "neighbourhood", zoom)
    packed = lookups.get(address, headers={"accept-encoding": "gzip"})
    plain = lookups.get(address, headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert packed.headers["content-type"] == plain.headers["content-type"] == MVT
    assert int(plain.headers["content-length"]) == len(plain.content)
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    assert "accept-encoding" in plain.headers["vary"].lower()
    assert "accept-encoding" in packed.headers["vary"].lower()
    for answer, coding in ((packed, "gzip"), (plain, "identity")):
        head = lookups.request("HEAD", address, headers={"accept-encoding": coding})
        assert head.content == b""
        for name in ("content-length", "content-type", "etag"):
            assert head.headers[name] == answer.headers[name]
        assert head.headers.get("content-encoding") == answer.headers.get("content-encoding")
        known = lookups.get(address, headers={"accept-encoding": coding, "if-none-match": answer.headers["etag"]})
        assert known.status_code == 304
        assert known.content == b""
        assert known.headers["etag"] == answer.headers["etag"]


@pytest.mark.parametrize("zoom", [3, 8, 14])
def test_a_tile_in_which_nothing_lies_is_empty_kept_or_not(lookups, zoom):
    answer = lookups.get(f"{tiles_of('neighbourhood')}/{zoom}/0/0")
    assert answer.status_code == 200
    assert features(answer.content, "neighbourhood") == []


@pytest.mark.parametrize("layer", KINDS)
def test_the_first_zoom_that_is_named_is_the_first_that_shows_anything(lookups, layer):
    found = lookups.get(tiles_of(layer)).json()
    first = int(found["layers"][0]["minTileMatrix"])
    assert [one["tileMatrix"] for one in found["tileMatrixSetLimits"]] == [str(zoom) for zoom in range(first, DEEPEST + 1)]
    shown = {}
    for zoom in (first - 1, first):
        if zoom >= 0:
            here = next((one for one in found["tileMatrixSetLimits"] if one["tileMatrix"] == str(zoom)), None)
            rows = range(here["minTileRow"], here["maxTileRow"] + 1) if here else range(2**zoom)
            columns = range(here["minTileCol"], here["maxTileCol"] + 1) if here else range(2**zoom)
            shown[zoom] = any(
                features(lookups.get(f"{tiles_of(layer)}/{zoom}/{row}/{col}").content, layer)
                for row in rows
                for col in columns
            )
    assert shown.pop(first)
    assert not any(shown.values())


@pytest.mark.parametrize("layer", KINDS)
def test_tile_json_says_the_same_as_the_tile_set(lookups, layer):
    found = lookups.get(tiles_of(layer)).json()
    (link,) = [one for one in found["links"] if one["rel"] == "alternate"]
    told = lookups.get(path_of(link["href"])).json()
    assert told["tilejson"] == "3.0.0"
    assert told["minzoom"] == int(found["layers"][0]["minTileMatrix"])
    assert told["maxzoom"] == DEEPEST
    assert told["bounds"] == [*found["boundingBox"]["lowerLeft"], *found["boundingBox"]["upperRight"]]
    names = set(found["layers"][0]["propertiesSchema"]["properties"])
    assert told["vector_layers"][0]["fields"].keys() == {"id", *names}
    zoom, row, col = middle(lookups, layer, 12).split("/")[-3:]
    filled = told["tiles"][0].replace("{z}", zoom).replace("{y}", row).replace("{x}", col)
    assert features(lookups.get(path_of(filled)).content, layer)


def test_the_file_of_kept_tiles_is_linked_and_given_in_parts(lookups, site):
    (link,) = [one for one in lookups.get(tiles_of("hotspots")).json()["links"] if one["rel"] == "enclosure"]
    content = (site / archive_name("hotspots")).read_bytes()
    part = lookups.get(path_of(link["href"]), headers={"range": "bytes=0-126", "accept-encoding": "gzip"})
    assert part.status_code == 206
    assert part.content == content[:127]
    whole = lookups.get(path_of(link["href"]))
    assert whole.content == content
    assert whole.headers["content-type"] == link["type"] == "application/vnd.pmtiles"
    assert "content-encoding" not in whole.headers


def test_a_format_that_there_is_not_and_a_layer_that_there_is_not_are_refused(lookups):
    assert lookups.get(f"{tiles_of('hotspots')}?f=xml").status_code == 400
    assert lookups.get(f"{tiles_of('nothing')}/5/9/15").status_code == 404
    assert lookups.get(f"{tiles_of('nothing')}?f=tilejson").status_code == 404
