"""`/api/forces` and `/api/{force}/...` in the shapes that clients rely on."""

import re

import pytest
import shapely

from tests.api.client import InProcess
from tests.api.release_fixture import FORCE, OTHER_FORCE, boundaries

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\Z")


def test_the_british_transport_police_is_no_force_of_the_list(client: InProcess) -> None:
    assert client.get("/api/forces").json() == [
        {"id": FORCE, "name": "Northmarch Police"},
        {"id": OTHER_FORCE, "name": "Vale of Arden Police"},
    ]
    assert client.get("/api/forces/btp").status_code == 404


def test_a_force_has_texts_and_never_null(client: InProcess) -> None:
    force = client.get(f"/api/forces/{OTHER_FORCE}").json()
    assert force == {
        "id": OTHER_FORCE,
        "name": "Vale of Arden Police",
        "description": "",
        "url": "",
        "telephone": "",
        "engagement_methods": [],
    }
    (method,) = client.get(f"/api/forces/{FORCE}").json()["engagement_methods"]
    assert method == {"url": "", "type": "", "description": "", "title": "telephone"}


def test_officers_have_contact_details_even_if_empty(client: InProcess) -> None:
    assert client.get(f"/api/forces/{FORCE}/people").json() == [
        {"name": "A. Example", "rank": "Chief", "bio": None, "contact_details": {}}
    ]
    assert client.get(f"/api/{FORCE}/NM01/people").json()[0]["contact_details"] == {}


def test_a_neighbourhood_with_a_boundary_and_no_team_is_listed_too(client: InProcess) -> None:
    listed = client.get(f"/api/{FORCE}/neighbourhoods").json()
    assert [one["id"] for one in listed] == sorted(boundaries())
    assert client.get(f"/api/{FORCE}/NM06").json()["population"] == "1000"


def test_a_force_without_neighbourhoods_has_an_empty_list(client: InProcess) -> None:
    assert client.get(f"/api/{OTHER_FORCE}/neighbourhoods").json() == []


def test_a_neighbourhood_is_as_strict_clients_want_it(client: InProcess) -> None:
    one = client.get(f"/api/{FORCE}/NM01").json()
    assert one["population"] == "7985"
    assert one["centre"] == {"latitude": "52.450000", "longitude": "-1.550000"}
    assert one["contact_details"] == {"email": "team@example.org", "telephone": "101"}, "absent ones are left out"
    assert one["links"] == [{"url": "https://example.org", "title": "Council", "description": ""}]
    (station,) = one["locations"]
    assert station["latitude"] == "52.420000"
    assert all(isinstance(value, str) for value in station.values())


def test_an_unknown_centre_is_inside_the_boundary(client: InProcess) -> None:
    centre = client.get(f"/api/{FORCE}/NM04").json()["centre"]
    assert shapely.contains_xy(boundaries()["NM04"], float(centre["longitude"]), float(centre["latitude"]))


def test_priorities_have_every_key_and_dated_issues(client: InProcess) -> None:
    found = client.get(f"/api/{FORCE}/NM01/priorities").json()
    assert len(found) == 3
    for one in found:
        assert {"issue", "issue-date", "action", "action-date"} <= set(one)
        assert TIME.match(one["issue-date"])
        assert one["action-date"] is None or TIME.match(one["action-date"])
        assert one["issue_date"] == one["issue-date"]
    assert found[1]["action-date"] == "2025-02-11T09:30:00"


def test_events_have_times_without_zone_and_those_without_a_start_are_left_out(client: InProcess) -> None:
    (event,) = client.get(f"/api/{FORCE}/NM01/events").json()
    assert event["start_date"] == "2025-03-01T18:00:00"
    assert event["end_date"] is None
    assert event["contact_details"] == {"email": "team@example.org", "telephone": "101"}


@pytest.mark.parametrize("code", sorted(boundaries()))
def test_a_boundary_is_one_closed_ring_of_texts(client: InProcess, code: str) -> None:
    ring = client.get(f"/api/{FORCE}/{code}/boundary").json()
    assert ring[0] == ring[-1]
    assert len(ring) >= 4
    assert set(ring[0]) == {"latitude", "longitude"}
    assert all(re.fullmatch(r"-?\d+\.\d{6}", value) for point in ring for value in point.values())


@pytest.mark.parametrize(
    ("q", "code"), [("52.45,-1.55", "NM01"), ("52.412,-1.457", "NM02"), ("52.41,-1.59", "NM01"), ("52.42,-1.41", "NM04")]
)
def test_a_position_is_located_edges_and_small_parts_included(client: InProcess, q: str, code: str) -> None:
    assert client.get("/api/locate-neighbourhood", params={"q": q}).json() == {"force": FORCE, "neighbourhood": code}


@pytest.mark.parametrize("q", ["52.435,-1.39", "0,0", "51.5,-0.12"])
def test_a_position_in_a_hole_or_elsewhere_is_not_found(client: InProcess, q: str) -> None:
    answer = client.get("/api/locate-neighbourhood", params={"q": q})
    assert (answer.status_code, answer.text) == (404, "Not Found")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("q", ["", "52.4", "a,b", "52.4,-1.5,3", "nan,0", "inf,1", "91,0", "52.4,181"])
def test_a_position_that_cannot_be_read_is_refused_with_a_sentence(client: InProcess, q: str) -> None:
    answer = client.get("/api/locate-neighbourhood", params={"q": q})
    assert answer.status_code == 400
    assert answer.text.endswith(".")


@pytest.mark.parametrize(
    "path", ["nowhere/neighbourhoods", "nowhere/NM01", f"{FORCE}/XX", f"{FORCE}/XX/boundary", "forces/x", "x"]
)
def test_what_is_unknown_is_not_found_in_plain_text(client: InProcess, path: str) -> None:
    answer = client.get(f"/api/{path}")
    assert (answer.status_code, answer.text) == (404, "Not Found")


def test_fixed_methods_come_before_force_and_neighbourhood(client: InProcess) -> None:
    assert client.get("/api/crimes-street/neighbourhoods").status_code == 404
    assert client.get("/api/forces/neighbourhoods").status_code == 404
    assert client.get("/api/locate-neighbourhood/x").status_code == 404
