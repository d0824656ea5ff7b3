"""`/v1`: areas and shapes, counts whose three kinds of nothing are told apart, hotspots."""

import h3
import shapely

from tests.api.client import InProcess
from tests.api.release_fixture import FORCE, LATEST, MISSING_MONTH, NAMES, OTHER_FORCE, SLUGS, boundaries


def test_sets_and_areas_are_listed(client: InProcess) -> None:
    (one,) = client.get("/v1/areas").json()
    assert one == {
        "area_type": "neighbourhood",
        "vintage": "2025",
        "areas": 6,
        "forces": [FORCE],
        "publisher": "Northmarch Police",
        "licence": "OGL",
        "attribution": "Invented boundaries.",
    }
    page = client.get("/v1/areas/neighbourhood", params={"limit": 2, "offset": 3}).json()
    assert (page["total"], page["offset"]) == (6, 3)
    assert [one["area_code"] for one in page["areas"]] == ["NM04", "NM05"]
    assert client.get("/v1/areas/neighbourhood", params={"force": OTHER_FORCE}).json()["total"] == 0
    assert client.get("/v1/areas/planet").status_code == 404


def test_an_area_has_its_parents_and_its_shape_with_parts_and_holes(client: InProcess) -> None:
    assert client.get("/v1/areas/neighbourhood/NM01").json()["parents"] == [{"area_type": "csp", "area_code": "E22000999"}]
    for code, parts, holes in (("NM02", 2, 0), ("NM04", 1, 1)):
        answer = client.get(f"/v1/areas/neighbourhood/{code}/geometry")
        assert answer.headers["content-type"] == "application/geo+json"
        feature = answer.json()
        shape = shapely.geometry.shape(feature["geometry"])
        assert shapely.equals(shape, boundaries()[code])
        assert len(shapely.get_parts(shape)) == parts
        assert sum(len(part.interiors) for part in shapely.get_parts(shape)) == holes
        assert feature["bbox"] == list(shape.bounds)


def test_a_summary_has_thirty_six_months_of_every_offence_type(client: InProcess) -> None:
    found = client.get("/v1/summaries/neighbourhood/NM01").json()
    assert (found["first_month"], found["last_month"]) == ("2022-03", LATEST)
    assert [one["offence_type"] for one in found["series"]] == ["All", *sorted(NAMES)]
    assert {one["category"] for one in found["series"]} == {"all-crime", *SLUGS}
    assert all(len(one["months"]) == 36 for one in found["series"])


def test_zero_no_data_and_suppressed_are_three_things(client: InProcess) -> None:
    found = client.get("/v1/summaries/neighbourhood/NM03", params={"months": 5}).json()
    series = {one["offence_type"]: {month["month"]: month for month in one["months"]} for one in found["series"]}
    assert series[NAMES[2]][LATEST] == {"month": LATEST, "incidents": 0, "status": "counted"}
    assert series[NAMES[3]][LATEST] == {"month": LATEST, "incidents": None, "status": "suppressed"}
    assert series["All"][MISSING_MONTH] == {"month": MISSING_MONTH, "incidents": None, "status": "no_data"}
    assert series["All"][LATEST]["incidents"] == 7


def test_a_month_before_the_first_is_no_data_not_zero(client: InProcess) -> None:
    found = client.get("/v1/summaries/neighbourhood/NM01", params={"months": 7, "category": "all-crime"}).json()
    (total,) = found["series"]
    assert [month["status"] for month in total["months"]] == ["no_data"] * 2 + ["counted"] * 2 + ["no_data"] + [
        "counted"
    ] * 2


def test_a_force_is_summarised_as_a_whole(client: InProcess) -> None:
    found = client.get(f"/v1/summaries/force/{FORCE}", params={"months": 1, "category": "all-crime"}).json()
    assert found["area"]["area_name"] == "Northmarch Police"
    assert found["series"][0]["months"] == [{"month": LATEST, "incidents": 5000, "status": "counted"}]


def test_summaries_refuse_what_cannot_be_read(client: InProcess) -> None:
    base = "/v1/summaries/neighbourhood/NM01"
    for query, status in (
        ("months=0", 400),
        ("months=9999", 400),
        ("months=many", 400),
        ("to=2024-13", 400),
        ("to=1990-01", 404),
        ("category=nonsense", 404),
        ("vintage=1066", 404),
    ):
        assert client.get(f"{base}?{query}").status_code == status, query
    assert client.get("/v1/summaries/neighbourhood/XX").status_code == 404


def test_hotspots_are_hexagons_and_a_withheld_count_is_not_an_empty_cell(client: InProcess) -> None:
    answer = client.get(f"/v1/hotspots/{FORCE}")
    assert answer.headers["content-type"] == "application/geo+json"
    features = {one["id"]: one for one in answer.json()["features"]}
    hot = features["88195da49bfffff"]
    ring = hot["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1]
    latitude, longitude = h3.cell_to_latlng("88195da49bfffff")
    assert shapely.contains_xy(shapely.Polygon(ring), longitude, latitude)
    assert hot["properties"]["hotspot"] is True
    withheld = features["88195da499fffff"]["properties"]
    assert (withheld["incidents"], withheld["status"]) == (None, "suppressed")


def test_hotspots_can_be_narrowed_and_unknown_forces_are_not_found(client: InProcess) -> None:
    assert len(client.get(f"/v1/hotspots/{FORCE}?only=hotspots").json()["features"]) == 1
    assert client.get(f"/v1/hotspots/{FORCE}?h3_resolution=9").json()["features"] == []
    assert client.get(f"/v1/hotspots/{FORCE}?h3_resolution=16").status_code == 400
    assert client.get("/v1/hotspots/nowhere").status_code == 404
    assert client.get(f"/v1/hotspots/{OTHER_FORCE}").json()["features"] == []
