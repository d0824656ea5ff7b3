import json
import math

import pyogrio
import pytest

from crimemap.errors import FetchError, ParameterError
from crimemap.fetch.client import Client
from crimemap.fetch.ons import fetch_areas
from tests.fetch.feature_service import PATH, FeatureService, square
from tests.fetch.server import Mood

ABOUT = {"publisher": "Office for National Statistics", "licence": "OGL", "attribution": "Source: ONS"}


def fetch(client, folder, url):
    return fetch_areas(client, folder, url=url, name="csp-2023", about=ABOUT)


def features(path):
    return json.loads(path.read_text(encoding="utf-8"))["features"]


def test_all_areas_come_page_by_page_and_exactly_as_they_were(site, client, tmp_path, listener):
    service = FeatureService()
    found = fetch(client, tmp_path, service.put(site))
    assert found.status == "fetched"
    assert (found.areas, found.epsg) == (130, 27700)
    assert features(found.path) == service.areas
    assert len(service.asked) == 4
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["csp-2023.geojson", "csp-2023.manifest.json"]
    assert listener.advanced == 130


def test_the_file_is_read_by_gdal_in_national_grid_metres(site, client, tmp_path):
    frame = pyogrio.read_dataframe(fetch(client, tmp_path, FeatureService().put(site)).path)
    assert frame.crs.to_epsg() == 27700
    assert len(frame) == 130
    assert frame.geometry.area.round(6).eq(1_000_000).all()
    assert frame["CSP23NM"][0] == "Area 0 Ynys Môn"


def test_the_manifest_says_where_it_came_from(site, client, tmp_path):
    found = fetch(client, tmp_path, FeatureService().put(site))
    manifest = json.loads((tmp_path / "csp-2023.manifest.json").read_text())
    assert manifest["url"] == f"{site.url}{PATH}/0"
    assert (manifest["areas"], manifest["sha256"], manifest["attribution"]) == (130, found.sha256, "Source: ONS")


@pytest.mark.parametrize("suffix", ["", "/0", "/0/query?where=1%3D1&outFields=*&f=geojson", "/"])
def test_any_address_of_the_service_will_do(site, client, tmp_path, suffix):
    FeatureService().put(site)
    assert fetch(client, tmp_path, f"{site.url}{PATH}{suffix}").areas == 130


@pytest.mark.parametrize(
    "service",
    [
        FeatureService(flag_in_properties=True),
        FeatureService(always_more=True),
        FeatureService(maximum=1),
        FeatureService(maximum=5000),
        FeatureService(pages=False),
        FeatureService(says_crs=False),
        FeatureService(edited=None),
    ],
    ids=lambda service: str({key: value for key, value in vars(service).items() if key not in ("areas", "asked")}),
)
def test_services_that_differ_give_the_same_areas(site, client, tmp_path, service):
    service.areas = service.areas[: 130 if service.maximum > 1 else 7]
    assert features(fetch(client, tmp_path, service.put(site)).path) == service.areas


def test_a_service_that_fails_over_large_pages_is_asked_for_smaller_ones(site, client, tmp_path, fake_time):
    service = FeatureService(too_heavy_above=10)
    assert features(fetch(client, tmp_path, service.put(site)).path) == service.areas
    assert [n for _, n in service.asked][:4] == [40, 20, 10, 40]
    assert fake_time.slept[:2] == [1.0, 2.0]


def test_busy_and_broken_answers_are_asked_for_again(site, client, tmp_path):
    service = FeatureService()
    url = service.put(site)
    site.moods += [Mood(status=503), Mood(), Mood(), Mood(drop_after=500), Mood(status=429, headers={"Retry-After": "2"})]
    assert features(fetch(client, tmp_path, url).path) == service.areas


def test_a_set_that_is_here_and_was_not_edited_is_not_fetched_again(site, client, tmp_path):
    service = FeatureService()
    url = service.put(site)
    fetch(client, tmp_path, url)
    asked = len(service.asked)
    assert fetch(client, tmp_path, url).status == "present"
    assert len(service.asked) == asked
    service.edited += 1
    assert fetch(client, tmp_path, url).status == "fetched"


def test_an_interrupted_fetch_goes_on_where_it_stopped(site, client, tmp_path):
    service = FeatureService()
    url = service.put(site)
    site.moods += [Mood()] * 4 + [Mood(status=503)] * 6
    with pytest.raises(FetchError, match="gave up"):
        fetch(client, tmp_path, url)
    assert not list(tmp_path.glob("*.geojson"))
    before = len(service.asked)
    site.moods.clear()
    with Client() as another:
        assert features(fetch(another, tmp_path, url).path) == service.areas
    assert service.asked[0][0] == 0
    assert [offset for offset, _ in service.asked[before:]] == [80, 120]


def test_pages_of_a_layer_that_was_edited_since_are_thrown_away(site, client, tmp_path):
    service = FeatureService()
    url = service.put(site)
    site.moods += [Mood()] * 4 + [Mood(status=503)] * 6
    with pytest.raises(FetchError, match="gave up"):
        fetch(client, tmp_path, url)
    service.edited += 1
    service.areas = [square(n) for n in range(500, 630)]
    assert features(fetch(client, tmp_path, url).path) == service.areas


@pytest.mark.parametrize(
    ("counted", "reason"), [(131, "counts 131 areas and sends 130"), (120, "counts 120 areas and sends 120 or more")]
)
def test_a_set_that_is_not_what_was_counted_is_not_kept(site, client, tmp_path, counted, reason):
    with pytest.raises(FetchError, match=reason):
        fetch(client, tmp_path, FeatureService(counted=counted).put(site))
    assert not list(tmp_path.glob("*.geojson"))


@pytest.mark.parametrize(
    "service",
    [FeatureService(ignores_offset=True), FeatureService(areas=[square(n) for n in (0, 1, 2, 1)])],
)
def test_areas_that_come_twice_are_refused(site, client, tmp_path, service):
    service.areas = service.areas[:80]
    with pytest.raises(FetchError, match=r"sent an area twice|sends 80 or more"):
        fetch(client, tmp_path, service.put(site))
    assert not list(tmp_path.glob("*.geojson"))


def test_a_service_that_overlooks_the_coordinate_system_is_believed_by_its_numbers(site, client, tmp_path):
    area = square(1)
    area["geometry"]["coordinates"] = [[[-3.2, 51.5], [-3.1, 51.5], [-3.1, 51.6], [-3.2, 51.5]]]
    found = fetch(client, tmp_path, FeatureService(areas=[area], says_crs=False).put(site))
    assert found.epsg == 4326
    assert pyogrio.read_dataframe(found.path).crs.to_epsg() == 4326


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        ({"type": "Table"}, "holds no areas"),
        ({"type": "Feature Layer", "geometryType": "esriGeometryPoint"}, "holds no areas"),
        ({"error": {"code": 400, "message": "Invalid URL", "details": ["Invalid URL"]}}, "the service says: Invalid URL"),
        (["not", "an", "object"], "did not answer with an object"),
    ],
)
def test_what_is_no_layer_of_areas_is_refused(site, client, tmp_path, layer, reason):
    url = FeatureService().put(site)
    site.paths[f"{PATH}/0"] = lambda _: (200, {}, json.dumps(layer).encode())
    with pytest.raises(FetchError, match=reason):
        fetch(client, tmp_path, url)


def test_an_empty_layer_is_said_to_be_empty(site, client, tmp_path):
    with pytest.raises(FetchError, match="the layer is empty"):
        fetch(client, tmp_path, FeatureService(areas=[]).put(site))


@pytest.mark.parametrize("url", ["https://geoportal.statistics.gov.uk/datasets/x", "https://a.example/FeatureServer/x"])
def test_an_address_that_is_no_feature_service_is_refused(client, tmp_path, url):
    with pytest.raises(FetchError, match="not the address of a feature service"):
        fetch(client, tmp_path, url)
    with pytest.raises(ParameterError, match="not a web address"):
        fetch(client, tmp_path, "ftp://a.example/FeatureServer/0")


def test_a_service_with_several_layers_must_be_told_which(site, client, tmp_path):
    FeatureService().put(site)
    site.paths[PATH] = lambda _: (200, {}, json.dumps({"layers": [{"id": 0}, {"id": 3}]}).encode())
    with pytest.raises(FetchError, match="2 layers"):
        fetch(client, tmp_path, f"{site.url}{PATH}")


def test_numbers_that_are_not_finite_are_refused(site, client, tmp_path):
    area = square(1)
    area["properties"]["SHAPE_Area"] = math.pi
    url = FeatureService(areas=[area]).put(site)
    query = site.paths[f"{PATH}/0/query"]

    def infinite(seen):
        status, headers, body = query(seen)
        return status, headers, body.replace(str(math.pi).encode(), b"1e999")

    site.paths[f"{PATH}/0/query"] = infinite
    with pytest.raises(FetchError, match="not finite"):
        fetch(client, tmp_path, url)
