"""`/v1/alignment`: documents and maps of the release, scenarios scored, and nothing that can be sent breaks it."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import duckdb
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from api import models_alignment as models
from api.bodies import MAX_JSON_BYTES
from api.errors import BusyError
from api.public import create_app
from api.routes.alignment_mergers import MAX_BRICKS, MAX_STEPS, Scoring
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from crimemap.settings import PublicSettings
from tests.api.client import InProcess
from tests.api.release_fixture import activate, make_release
from tests.products.county import county_of_mergers

SETS = ("bcu-2024", "csp-2024", "lad-2024", "pfa-2024")
BASE = "/v1/alignment"
COLUMN = ["E22000901", "E22000905", "E22000909"]
ANSWERS: dict[str, Any] = {
    BASE: models.AlignmentOverview,
    f"{BASE}/pairs/csp-2024/bcu-2024": models.OverlapDocument,
    f"{BASE}/pairs/csp-2024/bcu-2024/map": models.AlignmentMap,
    f"{BASE}/ladder": models.LadderDocument,
    f"{BASE}/sets/csp-2024/map": models.AlignmentMap,
    f"{BASE}/planning/csp-2024/bcu-2024": models.PlanningDocument,
    f"{BASE}/planning/csp-2024/bcu-2024/bricks/E22000901": models.AlignmentMap,
}


def scored(client: InProcess, scenario: Any, **more: Any) -> Any:
    body = {"units": "csp-2024", "targets": "bcu-2024", "scenario": scenario} | more
    return client.post(f"{BASE}/scenarios", json=body)


@pytest.mark.parametrize("path", sorted(ANSWERS))
def test_every_answer_has_the_shape_that_is_documented(aligned: InProcess, path: str) -> None:
    answer = aligned.get(path)
    assert answer.status_code == 200
    TypeAdapter(ANSWERS[path]).validate_json(answer.content)


def test_sets_pairs_and_what_is_missing_are_listed(aligned: InProcess) -> None:
    found = aligned.get(BASE).json()
    assert sorted(one["set_id"] for one in found["sets"]) == list(SETS)
    assert {(one["source"], one["target"]) for one in found["pairs"]} == {(a, b) for a in SETS for b in SETS if a != b}
    assert {one["units"] for one in found["planning"]} == {"csp-2024", "lad-2024"}
    assert found["missing"] == ["This release has no boundaries of counties."]
    assert found["limits"]["time_limit_s"] == 20.0
    assert "Crown copyright" in found["attribution"]


def test_the_map_of_a_pair_has_the_pieces_with_who_lives_there(aligned: InProcess) -> None:
    pieces = aligned.get(f"{BASE}/pairs/csp-2024/bcu-2024").json()["pieces"]
    answer = aligned.get(f"{BASE}/pairs/csp-2024/bcu-2024/map")
    assert answer.headers["content-type"] == "application/geo+json"
    features = answer.json()["features"]
    told = {(one["properties"]["source"], one["properties"]["target"]): one["properties"] for one in features}
    assert len(told) == len(pieces) == 12
    for piece in pieces:
        one = told[piece["source"], piece["target"]]
        assert one["kind"] == "agree"
        assert (one["population"], one["incidents"]) == (piece["population"], piece["incidents"])
        assert one["area_km2"] == pytest.approx(piece["area_m2"] / 1e6)
    west, south, east, north = shapely.total_bounds([shapely.geometry.shape(one["geometry"]) for one in features])
    assert -2.1 < west < east < -1.8
    assert 52.0 < south < north < 52.3


def test_the_planning_says_what_can_be_joined_with_what(aligned: InProcess) -> None:
    found = aligned.get(f"{BASE}/planning/csp-2024/bcu-2024").json()
    units = {one["code"]: one for one in found["units"]}
    assert len(units) == 12
    assert units["E22000901"]["neighbours"] == ["E22000902", "E22000905"]
    assert units["E22000901"]["class"] == "nested"
    assert units["E22000901"]["districts"] == ["E07000901"]
    assert found["forces"] == [{"code": "E23000099", "name": "West Demoshire"}]
    assert found["islands"] == []
    assert found["limits"]["time_limit_s"] == 20.0


def test_the_small_areas_of_a_unit_are_drawn_with_who_lives_in_each(aligned: InProcess) -> None:
    unit = next(one for one in aligned.get(f"{BASE}/planning/csp-2024/bcu-2024").json()["units"] if one["code"] == COLUMN[0])
    answer = aligned.get(f"{BASE}/planning/csp-2024/bcu-2024/bricks/{COLUMN[0]}")
    assert answer.headers["content-type"] == "application/geo+json"
    features = answer.json()["features"]
    told = [one["properties"] for one in features]
    assert sum(one["population"] for one in told) == pytest.approx(unit["population"])
    assert {one["unit"] for one in told} == {COLUMN[0]}
    assert {one["target"] for one in told} == {unit["best_match"]}
    assert all(one["cut_population"] == one["population_elsewhere"] == 0 for one in told)
    area = next(
        one for one in aligned.get(f"{BASE}/sets/csp-2024/map").json()["features"] if one["properties"]["code"] == COLUMN[0]
    )
    whole = shapely.union_all([shapely.geometry.shape(one["geometry"]) for one in features])
    assert whole.symmetric_difference(shapely.geometry.shape(area["geometry"])).area < 1e-3 * whole.area
    again = aligned.get(
        f"{BASE}/planning/csp-2024/bcu-2024/bricks/{COLUMN[0]}", headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    moved = scored(aligned, {"move": [{"bricks": [one["code"] for one in told[1:]], "to": COLUMN[1]}]}).json()
    assert sum(one["population"] for one in moved["moved_bricks"]) == sum(one["population"] for one in told[1:])


@pytest.mark.parametrize(
    "path",
    [
        "planning/csp-2024/bcu-2024/bricks/none",
        "planning/csp-2024/none/bricks/E22000901",
        "pairs/csp-2024/none",
        "pairs/none/csp-2024/map",
        "sets/none/map",
        "planning/pfa-2024/csp-2024",
        "searches/0",
        "none",
    ],
)
def test_what_is_not_there_is_a_problem_that_says_so(aligned: InProcess, path: str) -> None:
    answer = aligned.get(f"{BASE}/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_documents_travel_compressed_to_whoever_takes_them_so(aligned: InProcess) -> None:
    path = f"{BASE}/pairs/csp-2024/bcu-2024"
    packed = aligned.get(path, headers={"Accept-Encoding": "br, gzip"})
    plain = aligned.get(path, headers={"Accept-Encoding": "identity"})
    assert (packed.headers["content-encoding"], "content-encoding" in plain.headers) == ("gzip", False)
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])


def test_an_answer_that_the_client_has_is_not_sent_again(aligned: InProcess) -> None:
    path = f"{BASE}/ladder"
    first = aligned.get(path)
    assert first.headers["cache-control"] == "public, max-age=60"
    again = aligned.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_release_without_alignment_is_served_and_says_so(tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    releases.mkdir()
    old = make_release(releases, per_month=50, crowd=0)
    with duckdb.connect(str(old.folder / "release.duckdb")) as connection:
        for (table,) in connection.execute("SHOW TABLES").fetchall():
            if table.startswith(("alignment", "planning")):
                connection.execute(f"DROP TABLE {table}")
    activate(releases, old.id)
    client = InProcess(create_app(PublicSettings(releases=releases, rate_limit_per_second=0)))
    assert client.get("/v1/areas").status_code == 200
    for method, path in (
        ("GET", BASE),
        ("GET", f"{BASE}/ladder"),
        ("POST", f"{BASE}/scenarios"),
        ("POST", f"{BASE}/searches"),
    ):
        answer = client.request(method, path, json={} if method == "POST" else None)
        assert answer.status_code == 404
        assert "no comparison of boundary sets" in answer.json()["detail"]
    client.close()


def test_a_release_without_shapes_of_small_areas_says_so_and_plans_all_the_same(tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    activate(releases, build_release(county_of_mergers(), ReleaseOptions(), releases).release_id)
    folder = releases / (releases / "active").read_text().strip()
    with duckdb.connect(str(folder / "release.duckdb")) as connection:
        for table in ("brick_shapes", "brick_borders"):
            connection.execute(f"DROP TABLE {table}")
    client = InProcess(create_app(PublicSettings(releases=releases, rate_limit_per_second=0)))
    answer = client.get(f"{BASE}/planning/csp-2024/bcu-2024/bricks/{COLUMN[0]}")
    assert answer.status_code == 404
    assert "no shapes of small areas" in answer.json()["detail"]
    assert scored(client, {"merge": [{"units": COLUMN}]}).status_code == 200
    client.close()


def test_a_scenario_is_scored_before_and_after(aligned: InProcess) -> None:
    answer = scored(aligned, {"name": "Column", "merge": [{"units": COLUMN, "code": "W", "name": "West"}]})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    TypeAdapter(models.ScoreDocument).validate_python(found)
    after = {row["code"]: row for row in found["after"]}
    assert after["W"]["class"] == "coterminous"
    assert after["W"]["members"] == COLUMN
    before = {row["code"]: row for row in found["before"]}
    assert after["W"]["population"] == sum(before[code]["population"] for code in COLUMN)
    assert after["W"]["incidents"] == sum(before[code]["incidents"] for code in COLUMN) > 0
    assert found["law"][0]["unit"] == "W"
    misfit = next(row for row in found["summary"] if row["measure"] == "misfit")
    assert misfit["after"] < misfit["before"]


def test_a_scenario_that_changes_nothing_is_how_things_are(aligned: InProcess) -> None:
    found = scored(aligned, {}).json()
    assert found["changed"] == []
    assert found["before"] == found["after"]


def test_districts_and_bricks_can_be_moved_by_code(aligned: InProcess) -> None:
    moved = scored(aligned, {"move": [{"bricks": ["E01090000"], "to": "E22000902"}]}).json()
    assert moved["moved_bricks"] == [{"brick": "E01090000", "from": "E22000901", "to": "E22000902", "population": 1000.0}]
    split = scored(
        aligned, {"merge": [{"units": COLUMN, "code": "W"}], "split": []}, options={"spread": {"distance_km": 1}}
    ).json()
    assert split["spread"][0]["beyond"] == ["distance_km"]


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ({"merge": [{"units": ["E22000901", "nowhere"]}]}, "merge 1"),
        ({"merge": [{"units": COLUMN}, {"units": ["E22000902", "E22000901"]}]}, "named twice"),
        ({"merge": [{"units": ["E22000901"]}]}, "merge 1"),
        ({"merge": [{"units": [1, 2]}]}, "merge 1"),
        ({"merge": {"units": COLUMN}}, "merge"),
        ({"merge": [7]}, "merge"),
        ({"split": [{"unit": "E22000901", "into": []}]}, "split 1"),
        ({"move": [{"bricks": ["E01090000"], "to": "nowhere"}]}, "move 1"),
        ({"move": [{"bricks": ["no brick"], "to": "E22000902"}]}, "move 1"),
        ({"join": []}, "join"),
        ({"merge": [{"units": COLUMN, "kode": "x"}]}, "kode"),
    ],
)
def test_a_step_that_cannot_be_taken_is_named(aligned: InProcess, scenario: Any, said: str) -> None:
    answer = scored(aligned, scenario)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"units": "csp-2024"},
        {"units": 5, "targets": "bcu-2024"},
        {"units": "csp-2024", "targets": "bcu-2024", "scenario": []},
        {"units": "csp-2024", "targets": "bcu-2024", "more": 1},
        {"units": "csp-2024", "targets": "bcu-2024", "options": {"tolerance": "much"}},
        {"units": "csp-2024", "targets": "bcu-2024", "options": {"tolerance": -1}},
        {"units": "csp-2024", "targets": "bcu-2024", "options": {"nothing": 1}},
        {"units": "csp-2024", "targets": "bcu-2024", "options": {"numbers": {"E22000901": {"cost": -1}}}},
        [],
        "text",
        None,
    ],
)
def test_a_body_that_is_none_of_ours_is_refused(aligned: InProcess, body: Any) -> None:
    for path in ("scenarios", "searches"):
        answer = aligned.post(f"{BASE}/{path}", json=body)
        assert answer.status_code == 400 or (path == "searches" and "scenario" in str(body)), (path, body)
        assert answer.headers["content-type"] == "application/problem+json"


def test_sets_that_are_not_there_are_not_found(aligned: InProcess) -> None:
    for path in ("scenarios", "searches"):
        for sets in ({"units": "none", "targets": "bcu-2024"}, {"units": "pfa-2024", "targets": "bcu-2024"}):
            assert aligned.post(f"{BASE}/{path}", json=sets).status_code == 404


HOSTILE = {
    "too large": b'{"units": "' + b"x" * MAX_JSON_BYTES + b'"}',
    "deep lists": b"[" * 400_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a deep scenario": json.dumps(
        {"units": "csp-2024", "targets": "bcu-2024", "scenario": {"merge": [[[[[[[[[[[[[[]]]]]]]]]]]]]]}}
    ).encode(),
    "many values": b'{"units": [' + b"1," * 300_000 + b"1]}",
    "not a number": b'{"units": "csp-2024", "targets": "bcu-2024", "options": {"tolerance": NaN}}',
    "infinite": b'{"units": "csp-2024", "targets": "bcu-2024", "options": {"tolerance": 1e999}}',
    "thousands of digits": b'{"units": ' + b"9" * 10_000 + b"}",
    "a large number": b'{"units": "csp-2024", "targets": "bcu-2024", "options": {"max_members": 99999999999999999999}}',
    "half a character": b'{"units": "csp-2024", "targets": "bcu-2024", "options": {"forces": ["\\ud800"]}}',
    "a long code": json.dumps(
        {"units": "csp-2024", "targets": "bcu-2024", "scenario": {"merge": [{"units": ["x" * 10_000, "a"]}]}}
    ).encode(),
    "bytes": b"\xff\xfe\x00",
    "nothing": b"",
}


@pytest.mark.parametrize("case", sorted(HOSTILE))
def test_hostile_bodies_are_refused_with_a_sentence(aligned: InProcess, case: str) -> None:
    for path in ("scenarios", "searches"):
        answer = aligned.post(
            f"{BASE}/{path}", content=HOSTILE[case], headers={"content-type": "application/json; charset=utf-8"}
        )
        assert answer.status_code == (413 if case == "too large" else 400), path
        assert len(answer.json()["detail"]) < 1_000


def test_only_json_is_read(aligned: InProcess) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = aligned.post(f"{BASE}/scenarios", content=b"{}", headers={"content-type": kind})
        assert answer.status_code == 400


def test_ten_thousand_mergers_and_bricks_without_end_are_refused(aligned: InProcess) -> None:
    mergers = [{"units": [f"a{k}", f"b{k}"]} for k in range(10_000)]
    assert f"{MAX_STEPS} are the most" in scored(aligned, {"merge": mergers}).json()["detail"]
    pieces = [{"code": f"p{k}", "bricks": [f"b{k}"]} for k in range(MAX_STEPS)]
    assert scored(aligned, {"split": [{"unit": "E22000901", "into": pieces}]}).status_code == 400
    bricks = [f"{k}" for k in range(MAX_BRICKS + 1)]
    answer = scored(aligned, {"move": [{"bricks": bricks, "to": "E22000901"}]})
    assert "bricks are named" in answer.json()["detail"]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([*COLUMN, "csp-2024"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["merge", "split", "move", "units", "unit", "into", "bricks", "to", "code", "name", "forces"])
            | st.text(max_size=6),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
OPTIONS = st.sampled_from(
    [
        "tolerance",
        "classes",
        "savings",
        "spread",
        "numbers",
        "forces",
        "objective",
        "must_join",
        "time_limit_s",
        "front",
        "links",
    ]
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scenario=JSON_VALUES,
    options=st.dictionaries(OPTIONS, JSON_VALUES, max_size=3),
    path=st.sampled_from(["scenarios", "searches"]),
)
def test_no_body_gets_an_answer_that_is_not_documented(
    aligned: InProcess, scenario: Any, options: dict[str, Any], path: str
) -> None:
    body = {"units": "csp-2024", "targets": "bcu-2024", "options": options}
    if path == "scenarios":
        body["scenario"] = scenario
    else:
        body["options"] = {**options, "unknown": scenario}  # never begun: what is unknown is refused first
    answer = aligned.post(f"{BASE}/{path}", content=json.dumps(body).encode(), headers={"content-type": "application/json"})
    assert answer.status_code in ({200, 400} if path == "scenarios" else {400})


def test_more_scenarios_than_may_wait_are_told_to_come_back() -> None:
    async def busy() -> None:
        scoring = Scoring(at_once=1, waiting=1)
        begun, end = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def work() -> str:
            loop.call_soon_threadsafe(begun.set)
            end.wait(20)
            return "done"

        first = asyncio.create_task(scoring.run(work))
        second = asyncio.create_task(scoring.run(work))
        await begun.wait()
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="being scored"):
            await scoring.run(work)
        end.set()
        assert await asyncio.gather(first, second) == ["done", "done"]
        assert await scoring.run(lambda: "again") == "again"

    asyncio.run(busy())


def test_whoever_posts_too_often_is_told_when_to_come_back(mergers_release: Path) -> None:
    app = create_app(PublicSettings(releases=mergers_release, rate_limit_burst=2), clock=lambda: 0.0)
    client = InProcess(app)
    codes = [scored(client, {}).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert client.get(f"{BASE}/ladder").status_code == 200
    last = scored(client, {})
    assert last.headers["content-type"] == "application/problem+json"
    assert int(last.headers["retry-after"]) >= 1
    client.close()
