"""OGC API Features and Tiles: what is answered, against the release's own tables."""

import json

import mapbox_vector_tile
import numpy as np
import pytest
import shapely

from crimemap.crs import to_national_grid
from tests.api.client import InProcess
from tests.api.release_fixture import FORCE, LATEST, MISSING_MONTH, boundaries

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GRID = "http://www.opengis.net/def/crs/EPSG/0/27700"
LATLON = "http://www.opengis.net/def/crs/EPSG/0/4326"
ITEMS = "/ogc/collections/neighbourhood/items"


def _shape(feature: dict) -> shapely.Geometry:
    return shapely.from_geojson(json.dumps(feature["geometry"]))


def test_every_link_of_the_landing_page_leads_somewhere(client: InProcess) -> None:
    for path in ("/ogc", "/ogc/"):
        links = client.get(path).json()["links"]
        assert {"self", "service-desc", "conformance", "data"} <= {one["rel"] for one in links}
        for link in links:
            assert client.get(link["href"].removeprefix("http://crimemap.test")).status_code == 200
    classes = client.get("/ogc/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs" in classes


def test_every_boundary_set_the_summaries_and_the_hotspots_are_layers(client: InProcess) -> None:
    found = {one["id"]: one for one in client.get("/ogc/collections").json()["collections"]}
    assert list(found) == ["neighbourhood", "neighbourhood-summaries", "hotspots"]
    west, south, east, north = found["neighbourhood"]["extent"]["spatial"]["bbox"][0]
    assert (west, south, east, north) == pytest.approx(shapely.total_bounds(list(boundaries().values())))
    assert GRID in found["neighbourhood"]["crs"]
    for one in found.values():
        for link in one["links"]:
            assert client.get(link["href"].removeprefix("http://crimemap.test")).status_code == 200


def test_features_carry_the_shapes_of_the_release(client: InProcess) -> None:
    found = client.get(ITEMS).json()
    assert found["numberMatched"] == found["numberReturned"] == 6
    for feature in found["features"]:
        given = shapely.make_valid(boundaries()[feature["id"]])
        assert shapely.area(shapely.symmetric_difference(shapely.make_valid(_shape(feature)), given)) < 1e-9
        assert feature["properties"]["force"] == FORCE


def test_a_box_finds_what_it_touches_and_nothing_else(client: InProcess) -> None:
    box = (-1.50, 52.40, -1.41, 52.47)
    found = client.get(ITEMS, params={"bbox": ",".join(map(str, box))}).json()
    touched = {code for code, shape in boundaries().items() if shapely.make_valid(shape).intersects(shapely.box(*box))}
    assert {one["id"] for one in found["features"]} == touched
    assert 0 < len(touched) < 6
    # The hole of a shape is not the shape.
    assert client.get(ITEMS, params={"bbox": "-1.395,52.433,-1.385,52.437"}).json()["features"] == []


def test_a_box_may_be_given_in_metres_or_latitude_first(client: InProcess) -> None:
    plain = client.get(ITEMS, params={"bbox": "-1.58,52.42,-1.53,52.47"}).json()["features"]
    turned = client.get(ITEMS, params={"bbox": "52.42,-1.58,52.47,-1.53", "bbox-crs": LATLON}).json()["features"]
    assert plain == turned
    e, n = to_national_grid([-1.58, -1.53], [52.42, 52.47])
    metres = client.get(ITEMS, params={"bbox": f"{e[0]},{n[0]},{e[1]},{n[1]}", "bbox-crs": GRID}).json()["features"]
    assert {one["id"] for one in metres} == {one["id"] for one in plain} == {"NM01"}


def test_features_are_given_in_metres_and_latitude_first_when_asked(client: InProcess) -> None:
    answer = client.get(f"{ITEMS}/NM01")
    assert answer.headers["content-crs"] == f"<{CRS84}>"
    plain = shapely.get_coordinates(_shape(answer.json()))
    answer = client.get(f"{ITEMS}/NM01", params={"crs": GRID})
    assert answer.headers["content-crs"] == f"<{GRID}>"
    e, n = to_national_grid(plain[:, 0], plain[:, 1])
    assert shapely.get_coordinates(_shape(answer.json())) == pytest.approx(np.column_stack([e, n]), abs=0.006)
    turned = client.get(ITEMS, params={"crs": LATLON, "area_code": "NM01"}).json()["features"][0]
    assert shapely.get_coordinates(_shape(turned)) == pytest.approx(plain[:, ::-1])


def test_pages_follow_one_another_to_the_end(client: InProcess) -> None:
    address, seen = f"{ITEMS}?limit=4&force={FORCE}", []
    while address:
        page = client.get(address.removeprefix("http://crimemap.test")).json()
        seen += [one["id"] for one in page["features"]]
        assert page["numberMatched"] == 6
        address = next((one["href"] for one in page["links"] if one["rel"] == "next"), "")
    assert sorted(seen) == sorted(boundaries())


def test_features_are_chosen_by_their_properties(client: InProcess) -> None:
    assert [one["id"] for one in client.get(ITEMS, params={"area_name": "Invented Ward 3"}).json()["features"]] == ["NM03"]
    assert client.get(ITEMS, params={"population": "1000"}).json()["numberMatched"] == 6
    assert client.get(ITEMS, params={"population": "1"}).json()["numberMatched"] == 0
    hot = client.get("/ogc/collections/hotspots/items", params={"hotspot": "true"}).json()["features"]
    assert [one["properties"]["hotspot"] for one in hot] == [True]


def test_withheld_and_missing_counts_are_null_and_said_to_be_so(client: InProcess) -> None:
    (row,) = (client.get("/ogc/collections/neighbourhood-summaries/items/NM03").json(),)
    told = row["properties"]
    assert told["last_month"] == LATEST
    # Four of the twelve months are held; one is known to be missing, and seven are before the release.
    assert told["months_counted"] == 4
    assert told["months_no_data"] == 8
    assert told["incidents"] == 4 * 7
    assert told["burglary"] is None
    assert told["incidents_year_before"] is None
    hot = client.get("/ogc/collections/hotspots/items").json()["features"]
    assert {(one["properties"]["status"], one["properties"]["incidents"]) for one in hot} == {
        ("counted", 120),
        ("suppressed", None),
    }


@pytest.mark.parametrize(
    ("moment", "there"),
    [
        (f"{LATEST}-11T00:00:00Z", True),
        ("2024-10-01/..", True),
        ("../2024-09-30", False),
        ("2030-01-01T00:00:00Z/2031-01-01T00:00:00Z", False),
        (f"{MISSING_MONTH}-05", True),
    ],
)
def test_what_has_a_time_is_found_by_it(client: InProcess, moment: str, *, there: bool) -> None:
    found = client.get("/ogc/collections/hotspots/items", params={"datetime": moment}).json()
    assert (found["numberMatched"] > 0) is there
    # Boundaries are of no time, so every time finds them.
    assert client.get(ITEMS, params={"datetime": moment}).json()["numberMatched"] == 6


@pytest.mark.parametrize(
    "params",
    [
        {"bbox": "1,2,3"},
        {"bbox": "nan,0,1,1"},
        {"bbox": "0,2,1,1"},
        {"bbox": "0,0,500,1"},
        {"bbox": "1,1,2,2", "bbox-crs": "EPSG:4326"},
        {"bbox": "0,0,1e300,1e300", "bbox-crs": GRID},
        {"crs": "nonsense"},
        {"datetime": "soon"},
        {"datetime": "2025-13-01"},
        {"datetime": "../.."},
        {"datetime": "2025-02-01/2025-01-01"},
        {"limit": "0"},
        {"limit": "x"},
        {"offset": "-1"},
        {"population": "many"},
        {"f": "html"},
        {"no_such_property": "1"},
    ],
)
def test_what_cannot_be_read_is_a_problem_document(client: InProcess, params: dict) -> None:
    answer = client.get(ITEMS, params=params)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/ogc/nothing",
        "/ogc/collections/nothing",
        "/ogc/collections/nothing/items",
        f"{ITEMS}/nothing",
        "/ogc/tileMatrixSets/nothing",
        "/ogc/collections/neighbourhood/tiles/nothing",
        "/ogc/collections/neighbourhood/tiles/WebMercatorQuad/1/2/0",
        "/ogc/collections/neighbourhood/tiles/WebMercatorQuad/99/0/0",
    ],
)
def test_what_is_not_there_is_not_found(client: InProcess, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_false_host_stands_in_no_link(client: InProcess) -> None:
    answer = client.get("/ogc", headers={"host": 'x"><script>'})
    assert answer.status_code == 400


def test_a_tile_shows_what_lies_in_it_where_it_lies(client: InProcess) -> None:
    zoom, lon, lat = 11, -1.55, 52.45
    column = int((lon + 180) / 360 * 2**zoom)
    row = int((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**zoom)
    answer = client.get(f"/ogc/collections/neighbourhood/tiles/WebMercatorQuad/{zoom}/{row}/{column}")
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    found = mapbox_vector_tile.decode(answer.content)["neighbourhood"]
    inside = [one for one in found["features"] if one["properties"]["id"] == "NM01"]
    assert inside
    steps = np.array(inside[0]["geometry"]["coordinates"][0])
    west = column / 2**zoom * 360 - 180
    back = west + steps[:, 0] / found["extent"] * 360 / 2**zoom
    assert back.min() == pytest.approx(max(-1.59, west - 64 / 4096 * 360 / 2**zoom), abs=1e-4)
    again = client.get(f"/ogc/collections/neighbourhood/tiles/WebMercatorQuad/{zoom}/{row}/{column}")
    assert again.content == answer.content


def test_a_tile_where_nothing_lies_is_empty(client: InProcess) -> None:
    answer = client.get("/ogc/collections/neighbourhood/tiles/WebMercatorQuad/10/0/0")
    assert answer.status_code == 200
    assert not any(layer["features"] for layer in mapbox_vector_tile.decode(answer.content).values())


def test_the_definition_names_each_layers_own_filters(client: InProcess) -> None:
    document = client.get("/ogc/api").json()
    assert document["openapi"].startswith("3.0")
    names = {one["name"] for one in document["paths"]["/collections/hotspots/items"]["get"]["parameters"]}
    assert {"bbox", "bbox-crs", "crs", "datetime", "limit", "hotspot", "force"} <= names
    queryables = client.get("/ogc/collections/hotspots/queryables").json()["properties"]
    assert queryables["z"]["type"] == "number"
