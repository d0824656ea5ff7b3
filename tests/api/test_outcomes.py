"""What happened to crimes, against the rows that the release was made of."""

import duckdb
import pytest
import shapely

from tests.api.client import InProcess
from tests.api.release_fixture import CROWDED, LATEST, MONTHS, InventedRelease, boundaries, make_release

WHERE = {"lat": 52.5, "lng": -1.45}


def _rows(invented: InventedRelease, month: str):
    return invented.outcomes[invented.outcomes["month"] == month].merge(
        invented.incidents.drop(columns=["outcome", "month"]).assign(committed=invented.incidents["month"]),
        left_on="incident_id",
        right_on="id",
    )


def _keys(found: list[dict]) -> list[tuple]:
    return sorted((one["crime"]["id"], one["date"], one["category"]["name"]) for one in found)


def test_outcomes_inside_a_polygon_are_exactly_those_of_its_map_points(client: InProcess, invented: InventedRelease) -> None:
    shape = boundaries()["NM01"]
    poly = ":".join(f"{y},{x}" for x, y in shape.exterior.coords)
    inside = set(
        invented.places.loc[
            shapely.intersects_xy(shape, invented.places["longitude"], invented.places["latitude"]), "place_id"
        ]
    )
    rows = _rows(invented, "2024-11")
    rows = rows[rows["place_id"].isin(inside)]
    found = client.get("/api/outcomes-at-location", params={"poly": poly, "date": "2024-11"}).json()
    assert _keys(found) == sorted(zip(rows["id"], rows["month"], rows["outcome"], strict=True))
    assert found
    posted = client.post("/api/outcomes-at-location", data={"poly": poly, "date": "2024-11"}).json()
    assert posted == found
    # The crime may be of an earlier month than its outcome.
    assert {one["crime"]["month"] for one in found} == {"2024-10", "2024-11"}


def test_an_outcome_has_the_shape_that_every_client_reads(client: InProcess, invented: InventedRelease) -> None:
    found = client.get("/api/outcomes-at-location", params=WHERE).json()
    assert found
    rows = invented.incidents.set_index("id")
    for one in found:
        assert list(one) == ["category", "date", "person_id", "crime"]
        assert one["person_id"] is None
        assert one["date"] == LATEST
        crime = one["crime"]
        assert list(crime) == [
            "category",
            "persistent_id",
            "location_type",
            "location_subtype",
            "id",
            "location",
            "context",
            "month",
        ]
        assert crime["persistent_id"] == rows.loc[crime["id"], "persistent_id"]
        assert crime["month"] == rows.loc[crime["id"], "month"]
    codes = {one["category"]["name"]: one["category"]["code"] for one in found}
    assert codes["Local resolution"] == "local-resolution"
    assert codes["A new kind of end"] == "a-new-kind-of-end"


def test_outcomes_at_one_map_point_are_that_points(client: InProcess, invented: InventedRelease) -> None:
    rows = _rows(invented, LATEST)
    place = int(rows["place_id"].dropna().value_counts().index[0])
    found = client.get("/api/outcomes-at-location", params={"location_id": place}).json()
    expected = rows[rows["place_id"] == place]
    assert _keys(found) == sorted(zip(expected["id"], expected["month"], expected["outcome"], strict=True))


def test_what_happened_to_a_crime_comes_first_to_last(client: InProcess, invented: InventedRelease) -> None:
    twice = invented.outcomes["incident_id"].value_counts()
    number = int(twice[twice == 2].index[0])
    row = invented.incidents.set_index("id").loc[number]
    found = client.get(f"/api/outcomes-for-crime/{row['persistent_id']}").json()
    assert found["crime"]["id"] == number
    assert "outcome_status" not in found["crime"]
    expected = invented.outcomes[invented.outcomes["incident_id"] == number].sort_values("month")
    assert [(one["date"], one["category"]["name"]) for one in found["outcomes"]] == list(
        zip(expected["month"], expected["outcome"], strict=True)
    )


def test_a_crime_without_outcomes_has_an_empty_list(client: InProcess, invented: InventedRelease) -> None:
    rows = invented.incidents[
        ~invented.incidents["id"].isin(invented.outcomes["incident_id"]) & (invented.incidents["persistent_id"] != "")
    ]
    found = client.get(f"/api/outcomes-for-crime/{rows['persistent_id'].iloc[0]}").json()
    assert found["outcomes"] == []


@pytest.mark.parametrize("unknown", ["0" * 64, "x", "%27%20OR%201=1--", "a" * 500])
def test_an_unknown_crime_is_not_found(client: InProcess, unknown: str) -> None:
    assert client.get(f"/api/outcomes-for-crime/{unknown}").status_code == 404


def test_too_many_outcomes_in_a_polygon_are_refused(client: InProcess, invented: InventedRelease) -> None:
    rows = _rows(invented, "2024-11")
    assert len(rows) > 10_000
    whole = "52.4,-1.6:52.6,-1.6:52.6,-1.3:52.4,-1.3"
    answer = client.get("/api/outcomes-at-location", params={"poly": whole, "date": "2024-11"})
    assert answer.status_code == 503
    assert "outcomes" in answer.text
    crowded = ":".join(f"{y},{x}" for x, y in CROWDED.exterior.coords)
    assert client.get("/api/outcomes-at-location", params={"poly": crowded, "date": MONTHS[0]}).status_code == 200


@pytest.mark.parametrize(
    "params", [{}, {"lat": "52.5"}, {"location_id": "x"}, {"poly": "1,2:3,4"}, {"lat": 52.5, "lng": -1.45, "date": "soon"}]
)
def test_what_cannot_be_read_is_refused(client: InProcess, params: dict) -> None:
    assert client.get("/api/outcomes-at-location", params=params).status_code == 400


def test_a_release_from_before_there_were_outcomes_is_served_without(tmp_path) -> None:
    from api.store.opened import OpenedRelease

    made = make_release(tmp_path, per_month=50, crowd=0)
    with duckdb.connect(str(made.folder / "release.duckdb")) as db:
        db.execute("DROP TABLE outcomes")
        db.execute("DROP TABLE stops")
    opened = OpenedRelease(made.folder, cache_bytes=1_000_000)
    assert opened.outcomes is None
    assert opened.crime_outcomes("0" * 64) is None
    assert b'"stop-and-search":[]' in opened.month_list
    opened.close()
