"""Postcodes as postcodes.io answers: its statuses, its shapes, its limits."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.store.postcodes import Postcodes, compact, spaced
from tests.api.client import InProcess
from tests.products.searchable import searchable_county

U = "/postcodesio"
KNOWN = "ZZ1 1AA"
#: The keys of postcodes.io that a release has nothing for.
ALWAYS_NULL = {
    "nhs_ha", "european_electoral_region", "primary_care_trust", "region", "msoa", "parliamentary_constituency",
    "parliamentary_constituency_2024", "parish", "date_of_introduction", "ced", "ccg", "nuts",
}  # fmt: skip


@pytest.mark.parametrize("typed", ["ZZ1 1AA", "zz11aa", "zz1%201aa", "%20zZ1%20%201aA"])
def test_a_postcode_is_found_however_it_is_typed(lookups: InProcess, typed: str) -> None:
    answer = lookups.get(f"{U}/postcodes/{typed}")
    assert answer.status_code == 200
    assert answer.json()["status"] == 200
    assert answer.json()["result"]["postcode"] == KNOWN


def test_a_postcode_has_its_place_and_the_areas_that_it_lies_in(lookups: InProcess) -> None:
    found = lookups.get(f"{U}/postcodes/{KNOWN}").json()["result"]
    given_ = searchable_county().postcodes.frame.set_index("postcode").loc[KNOWN]
    assert (found["eastings"], found["northings"], found["quality"]) == (given_["easting"], given_["northing"], 1)
    assert (found["outcode"], found["incode"]) == ("ZZ1", "1AA")
    assert (found["country"], found["admin_county"], found["admin_district"]) == ("England", "Demoshire", "Ashby")
    assert (found["admin_ward"], found["codes"]["admin_ward"]) == ("Harbour", "E05000901")
    assert (found["pfa"], found["codes"]["pfa"]) == ("West Demoshire", "E23000099")
    assert (found["csp"], found["codes"]["csp"], found["force"]) == ("Ashby", "E22000901", "west-demoshire")
    assert (found["neighbourhood"], found["codes"]["neighbourhood"]) == ("Harbour & Quay", "N01")


def test_what_is_not_held_is_null_and_the_key_is_there(lookups: InProcess) -> None:
    found = lookups.get(f"{U}/postcodes/{KNOWN}").json()["result"]
    assert {name for name in ALWAYS_NULL if found[name] is None} == ALWAYS_NULL
    second = lookups.get(f"{U}/postcodes/ZZ1 2BA").json()["result"]
    assert (second["admin_ward"], second["codes"]["admin_ward"]) == (None, "E05000902"), "a code without a name"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/postcodes/ZZ9 9ZZ", "Postcode not found"),
        ("/postcodes/nonsense", "Invalid postcode"),
        ("/postcodes/" + "Z" * 300, "Invalid postcode"),
        ("/postcodes/ZZ9 9ZZ/nearest", "Postcode not found"),
        ("/outcodes/ZZ9", "Outcode not found"),
        ("/nothing", "There is nothing at this address."),
    ],
)
def test_what_is_unknown_is_404_in_its_shape(lookups: InProcess, path: str, error: str) -> None:
    answer = lookups.get(U + path)
    assert (answer.status_code, answer.json()) == (404, {"status": 404, "error": error})


def test_none_is_known_to_be_terminated_and_the_answer_says_why(lookups: InProcess) -> None:
    answer = lookups.get(f"{U}/terminated_postcodes/{KNOWN}")
    assert answer.status_code == answer.json()["status"] == 404
    assert "only postcodes in use" in answer.json()["error"]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("", "No postcode query submitted. Remember to include query parameter"),
        ("?lon=x&lat=52", "Invalid longitude/latitude submitted"),
        ("?lon=nan&lat=52", "Invalid longitude/latitude submitted"),
        ("?lon=190&lat=52", "Invalid longitude/latitude submitted"),
        ("?lon=-1.9&lat=52&limit=none", "Invalid result limit submitted"),
        ("?lon=-1.9&lat=52&radius=none", "Invalid lookup radius submitted"),
        ("?lon=-1.9&lat=52&radius=-5", "Invalid lookup radius submitted"),
    ],
)
def test_what_cannot_be_read_is_400_in_its_shape(lookups: InProcess, query: str, error: str) -> None:
    answer = lookups.get(f"{U}/postcodes{query}")
    assert (answer.status_code, answer.json()) == (400, {"status": 400, "error": error})


def test_the_nearest_postcodes_are_those_that_measuring_all_finds(lookups: InProcess) -> None:
    frame = searchable_county().postcodes.frame
    start = lookups.get(f"{U}/postcodes/{KNOWN}").json()["result"]
    asked = f"lon={start['longitude']}&lat={start['latitude']}&radius=600&limit=7"
    found = lookups.get(f"{U}/postcodes?{asked}").json()["result"]
    away = np.hypot(frame["easting"] - start["eastings"], frame["northing"] - start["northings"])
    expected = frame.assign(away=away)[away <= 600].sort_values(["away", "postcode"]).head(7)
    assert [one["postcode"] for one in found] == expected["postcode"].tolist()
    assert [one["distance"] for one in found] == pytest.approx(expected["away"].tolist(), abs=0.2)
    by_code = lookups.get(f"{U}/postcodes/{KNOWN}/nearest?radius=600&limit=7").json()["result"]
    assert [one["postcode"] for one in by_code] == [one["postcode"] for one in found]
    assert by_code[0]["distance"] == 0


def test_far_from_everything_there_is_nothing_unless_one_looks_wide(lookups: InProcess) -> None:
    start = lookups.get(f"{U}/postcodes/{KNOWN}").json()["result"]
    place = f"lon={start['longitude'] - 0.05}&lat={start['latitude']}"
    assert lookups.get(f"{U}/postcodes?{place}").json() == {"status": 200, "result": None}
    wide = lookups.get(f"{U}/postcodes?{place}&widesearch=true").json()["result"]
    assert len(wide) == 10
    assert all(2_000 < one["distance"] < 20_000 for one in wide)
    assert lookups.get(f"{U}/postcodes?lon=-8&lat=50&wideSearch=1").json()["result"] is None


def test_a_beginning_finds_what_begins_so(lookups: InProcess) -> None:
    def found(text: str) -> list[str] | None:
        result: list[str] | None = lookups.get(f"{U}/postcodes/{text}/autocomplete?limit=100").json()["result"]
        return result

    everything = set(searchable_county().postcodes.frame["postcode"])
    outward = found("ZZ1")
    assert outward is not None
    assert set(outward) == set(sorted(c for c in everything if c.startswith("ZZ1 "))[:100])
    assert found("zz10") == ["ZZ10 0AA", "ZZ10 1AA", "ZZ10 2AA", "ZZ10 3AA", "ZZ10 4AA"]
    assert found("ZZ1 1AA") == ["ZZ1 1AA"]
    assert set(found("ZZ1 3") or ()) == {c for c in everything if c.startswith("ZZ1 3")}
    assert set(found("ZZ101A") or ()) == {"ZZ10 1AA"}
    assert found("QQ") is None
    assert found("ZZ1 1AA extra words") is None
    assert len(lookups.get(f"{U}/postcodes/ZZ/autocomplete").json()["result"]) == 10, "ten unless asked otherwise"
    asked = lookups.get(f"{U}/postcodes?q=ZZ10").json()["result"]
    assert [one["postcode"] for one in asked] == found("ZZ10")


def test_many_are_answered_in_their_order(lookups: InProcess) -> None:
    answer = lookups.post(f"{U}/postcodes", json={"postcodes": [KNOWN, "nonsense", "ZZ10 0AA", 7]})
    assert [one["query"] for one in answer.json()["result"]] == [KNOWN, "nonsense", "ZZ10 0AA", 7]
    found = [one["result"] and one["result"]["postcode"] for one in answer.json()["result"]]
    assert found == [KNOWN, None, "ZZ10 0AA", None]


def test_a_form_is_taken_too_and_attributes_can_be_chosen(lookups: InProcess) -> None:
    answer = lookups.post(f"{U}/postcodes?filter=postcode,pfa", data={"postcodes": [KNOWN, "ZZ10 0AA"]})
    assert answer.json()["result"][0] == {"query": KNOWN, "result": {"postcode": KNOWN, "pfa": "West Demoshire"}}
    assert len(answer.json()["result"]) == 2


def test_many_places_have_limits_of_their_own(lookups: InProcess) -> None:
    start = lookups.get(f"{U}/postcodes/{KNOWN}").json()["result"]
    place = {"longitude": start["longitude"], "latitude": start["latitude"]}
    places = [place | {"limit": 1}, place | {"radius": 5_000}, {"longitude": "x", "latitude": None}, "nowhere"]
    found = lookups.post(f"{U}/postcodes?limit=3", json={"geolocations": places}).json()["result"]
    assert [one["result"] and len(one["result"]) for one in found] == [1, 3, None, None]
    assert found[0]["query"] == places[0]
    assert found[0]["result"][0]["postcode"] == KNOWN


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"postcodes": [KNOWN] * 101}, 400, "Too many postcodes submitted. Up to 100 postcodes can be bulk requested"),
        ({"geolocations": [{}] * 101}, 400, "Too many locations submitted"),
        ({"postcodes": KNOWN}, 400, "You need to provide a JSON array"),
        ({}, 400, "Invalid JSON query submitted"),
        ({"postcodes": ["Z" * 200] * 99, "filler": ["x" * 390] * 300}, 413, "larger than"),
    ],
)
def test_bodies_are_bounded(lookups: InProcess, body: object, status: int, error: str) -> None:
    answer = lookups.post(f"{U}/postcodes", json=body)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert error in answer.json()["error"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"postcodes": [NaN]}', b"\xff", b"[" * 10_000])
def test_what_is_no_json_object_is_400(lookups: InProcess, body: bytes) -> None:
    answer = lookups.post(f"{U}/postcodes", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert "Invalid JSON" in answer.json()["error"]


def test_an_outward_code_has_the_mean_of_its_postcodes_and_all_that_they_lie_in(lookups: InProcess) -> None:
    frame = searchable_county().postcodes.frame
    own = frame[frame["postcode"].str.startswith("ZZ10 ")]
    found = lookups.get(f"{U}/outcodes/zz10").json()["result"]
    assert found["eastings"] == round(own["easting"].mean())
    assert found["northings"] == round(own["northing"].mean())
    assert (found["admin_district"], found["parish"], found["country"]) == (["Ashby", "Brook"], [], ["England"])
    near = lookups.get(f"{U}/outcodes/ZZ10/nearest").json()["result"]
    assert [one["outcode"] for one in near] == ["ZZ10", "ZZ1"]
    assert near[0]["distance"] == 0
    place = f"lon={found['longitude']}&lat={found['latitude']}"
    assert lookups.get(f"{U}/outcodes?{place}").json()["result"][0]["outcode"] == "ZZ10"
    assert lookups.get(f"{U}/outcodes?{place}&radius=0").json()["result"] in (None, near[:1])
    assert lookups.get(f"{U}/outcodes").status_code == 400


def test_any_postcode_is_a_new_one_each_time(lookups: InProcess) -> None:
    answers = [lookups.get(f"{U}/random/postcodes") for _ in range(12)]
    assert len({one.json()["result"]["postcode"] for one in answers}) > 1
    assert {one.headers["cache-control"] for one in answers} == {"no-store"}
    of_one = {lookups.get(f"{U}/random/postcodes?outcode=zz10").json()["result"]["outcode"] for _ in range(5)}
    assert of_one == {"ZZ10"}
    assert lookups.get(f"{U}/random/postcodes?outcode=QQ1").json() == {"status": 200, "result": None}


def test_look_ups_are_cached_and_open_to_any_page(lookups: InProcess) -> None:
    first = lookups.get(f"{U}/postcodes/{KNOWN}")
    assert first.headers["access-control-allow-origin"] == "*"
    assert "max-age" in first.headers["cache-control"]
    again = lookups.get(f"{U}/postcodes/{KNOWN}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert lookups.request("HEAD", f"{U}/postcodes/{KNOWN}").headers["content-length"] == first.headers["content-length"]
    assert lookups.request("OPTIONS", f"{U}/postcodes/{KNOWN}").status_code == 204
    wrong = lookups.request("DELETE", f"{U}/postcodes/{KNOWN}")
    assert (wrong.status_code, wrong.json()["status"]) == (405, 405)


def test_a_release_without_postcodes_says_so(client: InProcess) -> None:
    answer = client.get(f"{U}/postcodes/{KNOWN}")
    assert (answer.status_code, answer.json()["error"]) == (404, "Postcode not found: no postcodes are held here")
    assert client.get(f"{U}/postcodes/{KNOWN}/validate").json() == {"status": 200, "result": False}
    for path in (
        "postcodes?lon=-1.5&lat=52.5",
        "postcodes/ZZ1/autocomplete",
        "random/postcodes",
        "outcodes?lon=-1.5&lat=52.5",
    ):
        assert client.get(f"{U}/{path}").json() == {"status": 200, "result": None}


CODES = st.builds(
    lambda area, district, end, digit, letters: f"{area}{district}{end} {digit}{letters}",
    st.sampled_from(["E", "EC", "W", "N"]),
    st.integers(0, 9).map(str),
    st.sampled_from(["", "0", "1", "A"]),
    st.integers(0, 9).map(str),
    st.sampled_from(["AA", "AB", "ZZ"]),
)


@given(st.sets(CODES, min_size=1, max_size=60), st.data())
def test_beginnings_agree_with_looking_at_every_postcode(codes: set[str], data: st.DataObject) -> None:
    ordered = sorted(codes, key=lambda code: code.replace(" ", ""))
    held = Postcodes(
        code=np.array([code.replace(" ", "").ljust(7) for code in ordered], dtype="S7"),
        easting=np.arange(len(ordered), dtype=np.int32) * 300,
        northing=np.zeros(len(ordered), dtype=np.int32),
        quality=np.ones(len(ordered), dtype=np.uint8),
        membership=np.zeros(len(ordered), dtype=np.int32),
        memberships=[],
        names={},
    )
    whole = data.draw(st.sampled_from(ordered))
    text = whole[: data.draw(st.integers(1, len(whole)))].rstrip()
    found = [spaced(held.code[row]) for row in held.beginning(text, limit=1_000)]
    if " " in text:
        expected = [code for code in ordered if code.startswith(text)]
    else:
        own = [code for code in ordered if code.split(" ")[0] == text]
        expected = own or [code for code in ordered if code.replace(" ", "").startswith(text)]
    assert found == expected
    assert held.find(whole) == ordered.index(whole)
    assert {one.code: len(one.rows) for one in held.outcodes} == {
        outward: sum(code.split(" ")[0] == outward for code in ordered)
        for outward in {code.split(" ")[0] for code in ordered}
    }
    at = held.find(whole)
    rows, away = held.within(at * 300.0, 0.0, distance_m=650.0, limit=99)
    assert sorted(rows.tolist()) == [row for row in range(len(ordered)) if abs(row - at) <= 2]
    assert away.tolist() == sorted(away.tolist())


@given(st.text(max_size=12))
def test_whatever_is_typed_is_a_postcode_or_none(text: str) -> None:
    code = compact(text)
    assert code is None or (spaced(code).replace(" ", "").encode() == code and math.isfinite(len(json.dumps(text))))
