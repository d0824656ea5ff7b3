"""Places of an area are those that its files say now, however often they were asked for before."""

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crimemap.incidents.area_places import area_places
from crimemap.incidents.places import PlaceStore
from crimemap.workspace import Workspace

SET = "csp-2024"


@pytest.fixture
def places(tmp_path):
    store = PlaceStore(Workspace(tmp_path / "work [1]"))
    store.add([-1.0, -1.1, -1.2], [52.0, 52.1, 52.2])
    return store


def assign(places, codes, *, first=1):
    folder = places._areas / SET
    folder.mkdir(parents=True, exist_ok=True)
    numbers = list(range(first, first + len(codes)))
    table = pa.table({"place_id": pa.array(numbers, pa.int32()), "area_code": codes})
    pq.write_table(table, folder / f"areas-{numbers[0]:010d}-{numbers[-1]:010d}.parquet")


def held(places, code, *, up_to=9):
    return sorted(area_places(places, SET, code, up_to=up_to)["place_id"].to_pylist())


def test_an_area_has_its_places_with_their_positions(places):
    assign(places, ["A", "B", "A"])
    found = area_places(places, SET, "A", up_to=9)
    rows = {row["place_id"]: row for row in found.to_pylist()}
    assert sorted(rows) == [1, 3]
    expected = {row["place_id"]: row for row in places.read().select(found.column_names).to_pylist()}
    assert rows == {number: expected[number] for number in rows}


def test_places_not_assigned_yet_are_left_out(places):
    assign(places, ["A", "B", "A"])
    assert held(places, "A", up_to=2) == [1]
    assert held(places, "A") == [1, 3]


def test_new_places_and_new_boundaries_are_seen_at_once(places):
    assign(places, ["A", "B", "A"])
    assert held(places, "A") == [1, 3]
    places.add([-1.3], [52.3])
    assign(places, ["A"], first=4)
    assert held(places, "A") == [1, 3, 4]
    for path in places.area_files(SET):
        path.unlink()
    assign(places, ["B", "B", "A", "B"])
    assert held(places, "A") == [3]


def test_a_set_that_nothing_is_assigned_to_has_no_answer_and_an_empty_area_an_empty_one(places):
    assert area_places(places, SET, "A", up_to=9) is None
    assign(places, ["A", "B", "A"])
    assert area_places(places, SET, "C", up_to=9).num_rows == 0


def test_what_is_given_can_be_joined_on_another_connection(places):
    assign(places, ["A", "B", "A"])
    with duckdb.connect() as con:
        con.register("held", area_places(places, SET, "A", up_to=9))
        assert con.execute("SELECT count(*) FROM held").fetchall() == [(2,)]
