"""Stops and searches, against the rows that the release was made of."""

import pandas as pd
import pytest
import shapely

from tests.api.client import InProcess
from tests.api.release_fixture import FORCE, LATEST, MONTHS, OTHER_FORCE, InventedRelease, boundaries

KEYS = [
    "type",
    "involved_person",
    "datetime",
    "operation",
    "operation_name",
    "location",
    "gender",
    "age_range",
    "self_defined_ethnicity",
    "officer_defined_ethnicity",
    "legislation",
    "object_of_search",
    "outcome",
    "outcome_object",
    "outcome_linked_to_object_of_search",
    "removal_of_more_than_outer_clothing",
]


def _of(invented: InventedRelease, month: str = LATEST, force: str | None = None) -> pd.DataFrame:
    rows = invented.stops[invented.stops["month"] == month]
    return rows if force is None else rows[rows["force"] == force]


def _said(found: list[dict]) -> list[tuple]:
    return sorted(
        (str(one["location"] and one["location"]["street"]["id"]), one["type"], one["age_range"], one["outcome"])
        for one in found
    )


def _expected(rows: pd.DataFrame) -> list[tuple]:
    return sorted(
        (str(None if pd.isna(place) else place), kind, age, "" if pd.isna(outcome) else outcome)
        for place, kind, age, outcome in zip(rows["place_id"], rows["type"], rows["age_range"], rows["outcome"], strict=True)
    )


def test_a_forces_stops_are_all_of_them_and_those_without_a_place_apart(
    client: InProcess, invented: InventedRelease
) -> None:
    rows = _of(invented, MONTHS[0], FORCE)
    params = {"force": FORCE, "date": MONTHS[0]}
    assert _said(client.get("/api/stops-force", params=params).json()) == _expected(rows)
    nowhere = client.get("/api/stops-no-location", params=params).json()
    assert _said(nowhere) == _expected(rows[rows["place_id"].isna()])
    assert {one["location"] for one in nowhere} == {None}


def test_stops_inside_a_polygon_are_exactly_those_of_its_map_points(client: InProcess, invented: InventedRelease) -> None:
    shape = boundaries()["NM04"]
    poly = ":".join(f"{y},{x}" for x, y in shape.exterior.coords)
    filled = shapely.Polygon(shape.exterior)
    inside = invented.places.loc[
        shapely.intersects_xy(filled, invented.places["longitude"], invented.places["latitude"]), "place_id"
    ]
    rows = _of(invented)
    rows = rows[rows["place_id"].isin(inside)]
    found = client.get("/api/stops-street", params={"poly": poly}).json()
    assert len(found) > 5
    assert _said(found) == _expected(rows)
    assert client.post("/api/stops-street", data={"poly": poly}).json() == found
    assert len(client.get("/api/stops-street", params={"lat": 52.43, "lng": -1.39}).json()) > 5


def test_stops_at_one_map_point_are_that_points(client: InProcess, invented: InventedRelease) -> None:
    rows = _of(invented)
    place = int(rows["place_id"].dropna().value_counts().index[0])
    found = client.get("/api/stops-at-location", params={"location_id": place}).json()
    assert _said(found) == _expected(rows[rows["place_id"] == place])


def test_a_stop_has_the_shape_that_every_client_reads(client: InProcess) -> None:
    found = client.get("/api/stops-force", params={"force": FORCE}).json()
    for one in found:
        assert list(one) == KEYS
        assert one["datetime"] == f"{LATEST}-11T22:00:00+00:00"
        assert isinstance(one["outcome"], str)
        assert one["involved_person"] is (one["type"] != "Vehicle search")
    objects = {one["outcome"]: one["outcome_object"] for one in found}
    assert objects["A no further action disposal"] == {
        "id": "bu-no-further-action",
        "name": "A no further action disposal",
    }
    assert objects["Arrest"] == {"id": "bu-arrest", "name": "Arrest"}
    assert objects[""] == {"id": "", "name": ""}


def test_a_force_of_which_only_stops_are_known_has_them(client: InProcess, invented: InventedRelease) -> None:
    found = client.get("/api/stops-force", params={"force": "stops-only"}).json()
    assert len(found) == len(_of(invented, LATEST, "stops-only"))
    assert "stops-only" not in {one["id"] for one in client.get("/api/forces").json()}


def test_a_force_without_stops_has_none_and_is_not_named(client: InProcess) -> None:
    assert client.get("/api/stops-force", params={"force": OTHER_FORCE}).json() == []
    dates = {one["date"]: one["stop-and-search"] for one in client.get("/api/crimes-street-dates").json()}
    assert dates == {LATEST: [FORCE, "stops-only"], "2025-01": [], "2024-11": [], MONTHS[0]: [FORCE, "stops-only"]}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("stops-force", 400),
        ("stops-no-location", 400),
        ("stops-street", 400),
        ("stops-at-location", 400),
        ("stops-at-location?location_id=x", 400),
        ("stops-force?force=nowhere", 404),
        (f"stops-force?force={FORCE}&date=1999-01", 404),
        (f"stops-force?force={FORCE}&date=soon", 400),
    ],
)
def test_what_cannot_be_read_or_found_is_refused(client: InProcess, path: str, status: int) -> None:
    assert client.get(f"/api/{path}").status_code == status
