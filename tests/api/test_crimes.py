"""Crimes near a point, inside a polygon, at a map point and without one, against a count made independently."""

import re

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from tests.api.client import InProcess
from tests.api.release_fixture import FORCE, LATEST, MISSING_MONTH, OTHER_FORCE, SLUGS, InventedRelease

MILE_M = 1609.344
CENTRE = (52.5, -1.45)


def _near(invented: InventedRelease, latitude: float, longitude: float) -> set[int]:
    """Give the map points within a mile, by pyproj alone."""
    grid = Transformer.from_crs(4326, 27700)
    e, n = grid.transform(invented.places["latitude"].to_numpy(), invented.places["longitude"].to_numpy())
    x, y = grid.transform(latitude, longitude)
    return set(invented.places.loc[np.hypot(e - x, n - y) <= MILE_M, "place_id"])


def _expected(invented: InventedRelease, places: set[int], month: str, category: str | None = None) -> pd.DataFrame:
    rows = invented.incidents[(invented.incidents["month"] == month) & invented.incidents["place_id"].isin(places)]
    return rows if category is None else rows[rows["category"] == category]


@pytest.mark.parametrize(("latitude", "longitude"), [CENTRE, (52.41, -1.59), (52.6, -1.3), (52.400001, -1.45)])
@pytest.mark.parametrize("month", ["2024-10", LATEST])
def test_crimes_within_a_mile_are_exactly_those(
    client: InProcess, invented: InventedRelease, latitude: float, longitude: float, month: str
) -> None:
    found = client.get("/api/crimes-street/all-crime", params={"lat": latitude, "lng": longitude, "date": month}).json()
    expected = _expected(invented, _near(invented, latitude, longitude), month)
    assert len(expected) > 10
    assert sorted(crime["id"] for crime in found) == sorted(expected["id"])


def test_a_category_gives_that_category_only_and_the_month_defaults_to_the_latest(
    client: InProcess, invented: InventedRelease
) -> None:
    found = client.get("/api/crimes-street/violent-crime", params={"lat": CENTRE[0], "lng": CENTRE[1]}).json()
    expected = _expected(invented, _near(invented, *CENTRE), LATEST, "violent-crime")
    assert {crime["id"] for crime in found} == set(expected["id"])
    assert {crime["category"] for crime in found} == {"violent-crime"}
    assert {crime["month"] for crime in found} == {LATEST}


def test_a_crime_has_the_shape_that_every_client_reads(client: InProcess, invented: InventedRelease) -> None:
    found = client.get("/api/crimes-street/all-crime", params={"lat": CENTRE[0], "lng": CENTRE[1]}).json()
    rows = invented.incidents.set_index("id")
    places = invented.places.set_index("place_id")
    for crime in found:
        assert list(crime) == [
            "category",
            "persistent_id",
            "location_type",
            "location_subtype",
            "id",
            "location",
            "context",
            "month",
            "outcome_status",
        ]
        row = rows.loc[crime["id"]]
        place = places.loc[row["place_id"]]
        assert crime["category"] == row["category"]
        assert crime["persistent_id"] == row["persistent_id"]
        assert crime["location"] == {
            "latitude": f"{place['latitude']:.6f}",
            "longitude": f"{place['longitude']:.6f}",
            "street": {"id": row["place_id"], "name": place["street"]},
        }
        assert crime["context"] == ("" if pd.isna(row["context"]) else row["context"])
        outcome = row["outcome_category"]
        assert crime["outcome_status"] == (None if pd.isna(outcome) else {"category": outcome, "date": LATEST})
    assert {crime["outcome_status"] is None for crime in found} == {True, False}
    assert "" in {crime["persistent_id"] for crime in found}
    assert 'Said "nothing"' in {crime["context"] for crime in found}


def test_crimes_come_by_category_and_then_id(client: InProcess) -> None:
    found = client.get("/api/crimes-street/all-crime", params={"lat": CENTRE[0], "lng": CENTRE[1]}).json()
    keys = [(crime["category"], crime["id"]) for crime in found]
    assert keys == sorted(keys)


def _inside(invented: InventedRelease, shape: shapely.Geometry) -> set[int]:
    points = shapely.points(invented.places["longitude"], invented.places["latitude"])
    return set(invented.places.loc[shapely.intersects(shapely.make_valid(shape), points), "place_id"])


def _poly(ring: list[tuple[float, float]]) -> str:
    return ":".join(f"{y},{x}" for x, y in ring)


POLYGONS = {
    "triangle": [(-1.5, 52.45), (-1.4, 52.45), (-1.45, 52.55)],
    "closed": [(-1.5, 52.45), (-1.4, 52.45), (-1.45, 52.55), (-1.5, 52.45)],
    "bow tie": [(-1.55, 52.45), (-1.40, 52.55), (-1.40, 52.45), (-1.55, 52.55)],
    "touching itself": [(-1.46, 52.50), (-1.44, 52.50), (-1.45, 52.51), (-1.44, 52.52), (-1.46, 52.52), (-1.45, 52.51)],
    "star": [(-1.45, 52.58), (-1.40, 52.43), (-1.55, 52.52), (-1.35, 52.52), (-1.50, 52.43)],
    "the whole country": [(-6.0, 50.0), (2.0, 50.0), (2.0, 56.0), (-6.0, 56.0)],
}


@pytest.mark.parametrize("name", sorted(POLYGONS))
@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_crimes_in_a_polygon_are_exactly_those(client: InProcess, invented: InventedRelease, name: str, verb: str) -> None:
    given = {"poly": _poly(POLYGONS[name]), "date": "2025-01"}
    how = {"params": given} if verb == "GET" else {"data": given}
    found = client.request(verb, "/api/crimes-street/all-crime", **how).json()
    expected = _expected(invented, _inside(invented, shapely.Polygon(POLYGONS[name])), "2025-01")
    assert sorted(crime["id"] for crime in found) == sorted(expected["id"])
    assert found


def test_a_form_as_it_stands_is_read_too(client: InProcess) -> None:
    given = f"poly={_poly(POLYGONS['triangle'])}&date=2025-01"
    plain = client.post("/api/crimes-street/all-crime", content=given)
    assert plain.json() == client.get(f"/api/crimes-street/all-crime?{given}").json()


def test_map_points_on_the_edge_are_inside(client: InProcess, invented: InventedRelease) -> None:
    place = invented.places.iloc[5]
    ring = [(place["longitude"], place["latitude"]), (-1.0, 52.3), (-1.0, 52.2)]
    found = client.post("/api/crimes-street/all-crime", data={"poly": _poly(ring), "date": "2024-10"}).json()
    expected = _expected(invented, {place["place_id"]}, "2024-10")
    assert {crime["id"] for crime in found} >= set(expected["id"])


def test_every_boundary_that_is_served_is_accepted_back(client: InProcess, invented: InventedRelease) -> None:
    for one in client.get(f"/api/{FORCE}/neighbourhoods").json():
        ring = client.get(f"/api/{FORCE}/{one['id']}/boundary").json()
        poly = ":".join(f"{point['latitude']},{point['longitude']}" for point in ring)
        answer = client.post("/api/crimes-street/all-crime", data={"poly": poly, "date": "2024-10"})
        assert answer.status_code == 200, one
        shape = shapely.Polygon([(float(point["longitude"]), float(point["latitude"])) for point in ring])
        expected = _expected(invented, _inside(invented, shape), "2024-10")
        assert sorted(crime["id"] for crime in answer.json()) == sorted(expected["id"])
        assert len(expected)


def test_more_than_ten_thousand_crimes_are_refused_with_503(client: InProcess) -> None:
    given = {"poly": _poly([(-1.6, 52.4), (-1.3, 52.4), (-1.3, 52.6), (-1.6, 52.6)]), "date": "2024-11"}
    answer = client.post("/api/crimes-street/all-crime", data=given)
    assert answer.status_code == 503
    assert "10,000" in answer.text
    few = client.post("/api/crimes-street/burglary", data=given)
    assert few.status_code == 200, "the limit is on what is answered"


def test_a_point_has_no_such_limit(client: InProcess, invented: InventedRelease) -> None:
    found = client.get("/api/crimes-street/all-crime", params={"lat": 52.42, "lng": -1.575, "date": "2024-11"})
    assert found.status_code == 200
    assert len(found.json()) == len(_expected(invented, _near(invented, 52.42, -1.575), "2024-11")) > 10_000


def test_a_location_id_of_an_answer_works(client: InProcess, invented: InventedRelease) -> None:
    near = client.get("/api/crimes-street/all-crime", params={"lat": CENTRE[0], "lng": CENTRE[1], "date": "2024-10"}).json()
    place = near[0]["location"]["street"]["id"]
    found = client.get("/api/crimes-at-location", params={"location_id": place, "date": "2024-10"}).json()
    assert {crime["id"] for crime in found} == set(_expected(invented, {place}, "2024-10")["id"])
    assert found


def test_a_position_means_the_nearest_map_point_with_crimes_or_without(client: InProcess, invented: InventedRelease) -> None:
    grid = Transformer.from_crs(4326, 27700)
    e, n = grid.transform(invented.places["latitude"].to_numpy(), invented.places["longitude"].to_numpy())
    rng = np.random.default_rng(5)
    positions = [*zip(rng.uniform(52.3, 52.7, 20), rng.uniform(-1.7, -1.2, 20), strict=True), (51.0, 0.5)]
    for latitude, longitude in positions:
        x, y = grid.transform(latitude, longitude)
        nearest = invented.places["place_id"].iloc[int(np.argmin(np.hypot(e - x, n - y)))]
        given = {"lat": latitude, "lng": longitude, "date": "2024-10"}
        found = client.get("/api/crimes-at-location", params=given).json()
        assert {crime["id"] for crime in found} == set(_expected(invented, {nearest}, "2024-10")["id"])


def test_an_unknown_location_id_has_no_crimes(client: InProcess) -> None:
    for unknown in ("999999", "99999999999999999999999"):
        assert client.get("/api/crimes-at-location", params={"location_id": unknown}).json() == []


def test_crimes_without_location(client: InProcess, invented: InventedRelease) -> None:
    rows = invented.incidents
    expected = rows[(rows["month"] == "2024-10") & rows["place_id"].isna() & (rows["force"] == FORCE)]
    given = {"category": "all-crime", "force": FORCE, "date": "2024-10"}
    found = client.get("/api/crimes-no-location", params=given).json()
    assert {crime["id"] for crime in found} == set(expected["id"])
    for crime in found:
        assert (crime["location"], crime["location_type"], crime["location_subtype"]) == (None, None, "")
    some = client.get("/api/crimes-no-location", params=given | {"category": "drugs"}).json()
    assert {crime["id"] for crime in some} == set(expected.loc[expected["category"] == "drugs", "id"])


def test_a_month_of_one_force_without_data_is_not_an_empty_list(client: InProcess) -> None:
    given = {"category": "all-crime", "force": OTHER_FORCE, "date": "2025-01"}
    assert client.get("/api/crimes-no-location", params=given).status_code == 404
    near = client.get("/api/crimes-street/all-crime", params={"lat": CENTRE[0], "lng": CENTRE[1], "date": "2025-01"})
    assert near.status_code == 200
    assert near.headers["crimemap-no-data"] == OTHER_FORCE
    before = client.get("/api/crimes-street/all-crime", params={"lat": CENTRE[0], "lng": CENTRE[1], "date": "2024-10"})
    assert "crimemap-no-data" not in before.headers


@pytest.mark.parametrize("month", [MISSING_MONTH, "2010-01", "2031-01"])
def test_a_month_that_is_not_held_is_not_found(client: InProcess, month: str) -> None:
    for path in (
        f"crimes-street/all-crime?lat=52.5&lng=-1.4&date={month}",
        f"crimes-at-location?location_id=1&date={month}",
        f"crimes-no-location?category=all-crime&force={FORCE}&date={month}",
        f"crime-categories?date={month}",
    ):
        answer = client.get(f"/api/{path}")
        assert (answer.status_code, answer.text) == (404, "Not Found"), path


@pytest.mark.parametrize("month", ["2024-13", "2024-1", "yesterday", "2024-01-01", "\u0662\u0660\u0662\u0664-01"])
def test_what_is_no_month_is_refused(client: InProcess, month: str) -> None:
    answer = client.get("/api/crimes-street/all-crime", params={"lat": 52.5, "lng": -1.4, "date": month})
    assert answer.status_code == 400
    assert "month" in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "",
        "lat=52.5",
        "lat=abc&lng=1",
        "lat=nan&lng=1",
        "lat=91&lng=0",
        "poly=",
        "poly=52.1,1.0:52.2,1.1",
        "poly=52.1,1.0:52.2,1.1:52.1,1.0",
        "poly=a:b:c",
        "poly=1,2,3:4,5,6:7,8,9",
        "poly=nan,0:1,1:2,0",
        "poly=1e999,0:1,1:2,0",
        "poly=100,0:1,1:2,0",
        "poly=52,1:53,1:52,2:",
    ],
)
def test_bad_positions_and_polygons_are_refused_with_a_sentence(client: InProcess, query: str) -> None:
    for answer in (
        client.get(f"/api/crimes-street/all-crime?{query}"),
        client.post("/api/crimes-street/all-crime", content=query),
    ):
        assert answer.status_code == 400
        assert answer.text.endswith(".")
        assert not re.search(r"\d\d\.\d{3,}", answer.text.replace("52.6297", "").replace("-1.1315", "")), "no coordinate"


def test_a_hostile_polygon_is_refused_at_once(client: InProcess) -> None:
    many = ":".join(["0,0", "1,1", "2,0"] * 400_000)
    answer = client.post("/api/crimes-street/all-crime", data={"poly": many})
    assert answer.status_code in (400, 413)
    huge = client.post("/api/crimes-street/all-crime", content=b"poly=" + b"1" * 6_000_000)
    assert huge.status_code == 413
    rng = np.random.default_rng(1)
    tangled = ":".join(f"{y:.4f},{x:.4f}" for x, y in rng.uniform((-1.6, 52.4), (-1.3, 52.6), (60_000, 2)))
    answer = client.post("/api/crimes-street/all-crime", data={"poly": tangled})
    assert answer.status_code == 400
    assert "Simplify" in answer.text


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
def test_a_body_of_another_kind_is_refused(client: InProcess, kind: str) -> None:
    answer = client.post("/api/crimes-street/all-crime", content=b'{"poly": 1}', headers={"content-type": kind})
    assert answer.status_code == 400
    assert "application/x-www-form-urlencoded" in answer.text


def test_unknown_parameters_are_ignored(client: InProcess) -> None:
    given = {"lat": CENTRE[0], "lng": CENTRE[1]}
    plain = client.get("/api/crimes-street/all-crime", params=given)
    assert client.get("/api/crimes-street/all-crime", params=given | {"location_id": "x", "y": "1"}).text == plain.text


def test_an_unknown_category_or_force_is_not_found(client: InProcess) -> None:
    assert client.get("/api/crimes-street/nonsense?lat=52.5&lng=-1.4").status_code == 404
    assert client.get(f"/api/crimes-no-location?category=nonsense&force={FORCE}").status_code == 404
    assert client.get("/api/crimes-no-location?category=all-crime&force=nowhere").status_code == 404
    assert client.get("/api/crimes-no-location?category=all-crime").status_code == 400


def test_months_are_listed_newest_first_and_the_latest_is_the_default(client: InProcess) -> None:
    months = client.get("/api/crimes-street-dates").json()
    assert [one["date"] for one in months] == [LATEST, "2025-01", "2024-11", "2024-10"]
    assert {one["date"] for one in months if one["stop-and-search"]} == {LATEST, "2024-10"}
    assert client.get("/api/crime-last-updated").json() == {"date": f"{LATEST}-01"}


def test_categories_begin_with_all_crime_and_have_their_names(client: InProcess) -> None:
    found = client.get("/api/crime-categories", params={"date": "2024-10"}).json()
    assert [one["url"] for one in found] == ["all-crime", *SLUGS]
    assert {"url": "violent-crime", "name": "Violence and sexual offences"} in found
    assert found[0]["name"] == "All crime"
