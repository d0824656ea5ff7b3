"""The demonstration county from end to end: what is in the workspace is what was put in."""

import json
from collections import Counter
from pathlib import Path

import pytest

from crimemap.areas.store import AreaStore
from crimemap.errors import ConflictError
from crimemap.incidents.store import IncidentStore
from crimemap.pipeline import demo, release
from crimemap.pipeline.demo import COUNTY_FOLDER, build_demo
from crimemap.pipeline.ingest import coverage, ingest
from crimemap.workspace import Workspace
from tests.conftest import DEMO_MONTHS, DEMO_SCALE, DEMO_SEED


@pytest.fixture(scope="module")
def truth(demo_workspace) -> dict:
    return json.loads((demo_workspace / "downloads" / COUNTY_FOLDER / "truth.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def db(demo_workspace):
    with IncidentStore(Workspace(demo_workspace)).connect() as con:
        yield con


def test_stored_counts_are_the_truth(db, truth):
    counted: dict[str, dict[str, int]] = {}
    for month, offence, n in db.sql("SELECT month, offence_type, count(*) FROM incidents GROUP BY ALL").fetchall():
        counted.setdefault(month, {})[offence] = n
    assert counted == truth["counts"]["after_both_archives"]["by_month_and_offence_type"]


def test_every_row_read_is_stored_or_in_quarantine(db, truth):
    said = {one["path"]: one for one in truth["counts"]["files"]}  # the later archive comes second and wins
    loads = db.sql("SELECT member, read, stored, quarantined FROM loads").fetchall()
    assert {name for name, *_ in loads} == set(said)
    for name, read, stored, quarantined in loads:
        assert (read, stored) == (said[name]["read"], said[name]["good"])
        assert quarantined == sum(said[name]["bad"].values())


def test_each_kind_of_bad_row_has_its_reason(db, truth):
    said = {one["path"]: one for one in truth["counts"]["files"]}
    put_in = Counter()
    for one in said.values():
        put_in.update(one["bad"])
    reasons = dict(db.sql("SELECT reason, count(*) FROM quarantine GROUP BY reason").fetchall())
    assert sum(reasons.values()) == put_in.total()
    for kind, words in (
        ("month_13", "not a month"),
        ("coordinate_not_finite", "not finite"),
        ("coordinates_swapped", "swapped"),
        ("outside_united_kingdom", "outside the United Kingdom"),
        ("time_not_a_time", "date and time"),
    ):
        assert sum(n for reason, n in reasons.items() if words in reason) == put_in[kind], kind


def test_the_missing_month_is_no_data_and_not_zero(demo_workspace, truth):
    rows = [row for row in coverage(Workspace(demo_workspace))["rows"] if row["kind"] == "street"]
    missing = [row for row in rows if row["status"] == "no_data"]
    assert [row["month"] for row in missing] == [truth["missing_month"]]
    assert missing[0]["rows"] is None
    assert len(rows) == DEMO_MONTHS


def test_located_incidents_lie_in_the_areas_that_they_should(db, truth):
    for area_type, expected in truth["counts"]["after_both_archives"]["located_incidents_by_area"].items():
        set_id = f"{area_type}-{truth['vintage']}" + ("-wendleshire" if area_type == "neighbourhood" else "")
        counted = db.execute(
            "SELECT area_code, count(*) FROM incidents JOIN place_areas USING (place_id) WHERE set_id = ? GROUP BY 1",
            [set_id],
        ).fetchall()
        assert dict(counted) == expected, area_type


def test_incidents_without_a_location_are_stored_as_such(db, truth):
    counted = db.sql("SELECT count(*) FROM incidents WHERE place_id IS NULL").fetchall()[0][0]
    assert counted == truth["counts"]["after_both_archives"]["incidents_without_a_location"] > 0


def test_outcomes_link_and_those_of_the_missing_month_do_not(db):
    total, linked = db.sql("SELECT count(*), count(incident_id) FROM outcome_links").fetchall()[0]
    assert 0.5 * total < linked < total


def test_areas_were_added_whole(demo_workspace, truth):
    held = {info.area_type: info.n_areas for info in AreaStore(Workspace(demo_workspace)).sets()}
    assert held == truth["areas"]
    people = AreaStore(Workspace(demo_workspace)).statistics("lsoa", "population")
    assert people.sum() == pytest.approx(truth["population"])


def test_a_release_is_active_and_sound(demo_workspace):
    workspace = Workspace(demo_workspace)
    checked = release.verify(workspace)
    assert checked["ok"], (checked["differences"], checked["findings"])
    assert release.list_releases(workspace)["active"] == checked["id"]


def test_confidential_records_are_not_in_the_workspace_by_default(db):
    assert db.sql("SELECT count(*) FROM incidents WHERE kind <> 'open'").fetchall()[0][0] == 0


def test_the_confidential_records_can_be_ingested(demo_county, tmp_path):
    told = json.loads((demo_county / "truth.json").read_text("utf-8"))
    folder = demo_county / "confidential"
    made = ingest(Workspace(tmp_path), [folder / "incidents.csv"], source=folder / "source.toml")
    assert made["totals"]["stored"] == made["totals"]["read"] == told["confidential_records"]
    with IncidentStore(Workspace(tmp_path)).connect() as con:
        kinds = con.sql("SELECT DISTINCT kind FROM incidents").fetchall()
        no_place = con.sql("SELECT count(*) FROM incidents WHERE place_id IS NULL").fetchall()[0][0]
        months = con.sql("SELECT count(DISTINCT month) FROM incidents").fetchall()[0][0]
    assert kinds == [("confidential",)]
    assert 0 < no_place < 0.05 * told["confidential_records"]
    assert months == DEMO_MONTHS  # the force's own records have the month that it never published


def _copy(demo_workspace: Path, to: Path) -> Path:
    import shutil

    return Path(shutil.copytree(demo_workspace, to / "copy"))


def test_a_second_run_changes_nothing(demo_workspace, tmp_path):
    copy = _copy(demo_workspace, tmp_path)
    before = {str(path): path.stat().st_mtime_ns for path in copy.rglob("*") if path.is_file() and path.suffix != ".lock"}
    again = build_demo(copy, seed=DEMO_SEED, months=DEMO_MONTHS, scale=DEMO_SCALE)
    after = {str(path): path.stat().st_mtime_ns for path in copy.rglob("*") if path.is_file() and path.suffix != ".lock"}
    assert not again["simulated"]
    assert not again["release"]["built"]
    assert {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)} <= {str(copy / ".lock")}


def test_what_is_compiled_on_the_way_is_no_other_version():
    before = demo._recipe(".")
    compiled = Path(demo.__file__).parents[1] / "alignment" / "__pycache__" / "made_by_a_test.nbc"
    compiled.parent.mkdir(exist_ok=True)
    compiled.write_bytes(b"machine code")
    try:
        assert demo._recipe(".") == before
    finally:
        compiled.unlink()


def test_a_release_that_was_lost_is_built_again(demo_workspace, tmp_path):
    copy = _copy(demo_workspace, tmp_path)
    (copy / "releases" / "active").unlink()
    again = build_demo(copy, seed=DEMO_SEED, months=DEMO_MONTHS, scale=DEMO_SCALE)
    assert again["release"]["built"]
    assert (copy / "releases" / "active").read_text("utf-8").strip() == again["release"]["id"]


def test_another_county_is_not_mixed_in(demo_workspace):
    with pytest.raises(ConflictError, match="seed 1"):
        build_demo(demo_workspace, seed=2, months=DEMO_MONTHS, scale=DEMO_SCALE)


def test_a_workspace_of_other_records_is_left_alone(demo_county, tmp_path):
    folder = demo_county / "confidential"
    ingest(Workspace(tmp_path), [folder / "incidents.csv"], source=folder / "source.toml")
    with pytest.raises(ConflictError, match="other records"):
        build_demo(tmp_path, months=6, scale=0.01)
    assert not (tmp_path / "downloads" / COUNTY_FOLDER).exists()


def test_pages_worth_a_look_are_there(demo_workspace):
    made = json.loads((demo_workspace.parent / "demo-workspace.done").read_text("utf-8"))
    site = demo_workspace / "releases" / made["release"]["id"] / "site"
    assert len(made["pages"]) >= 4
    for page in made["pages"]:
        assert (site / page["path"].strip("/") / "index.html").is_file()


def test_the_release_knows_who_lives_where(demo_workspace, truth):
    import duckdb

    active = (demo_workspace / "releases" / "active").read_text("utf-8").strip()
    with duckdb.connect(demo_workspace / "releases" / active / "release.duckdb", read_only=True) as con:
        people = dict(con.sql("SELECT area_type, sum(population)::INTEGER FROM areas GROUP BY 1").fetchall())
    assert {people[area_type] for area_type in ("lad", "csp", "bcu", "ctyua", "pfa", "neighbourhood")} == {
        truth["population"]
    }
    assert people["county"] < truth["population"]  # the city is in no county
