"""The alignment in a release of a real workspace: what the commands say, and what the county was made to be."""

import gzip
import json

import duckdb
import pandas as pd
import pytest

from crimemap.alignment.mergers.searched import plan_search
from crimemap.jobs.registry import run
from crimemap.pipeline.demo import COUNTY_FOLDER
from crimemap.products.alignment_planning import read_planning
from crimemap.workspace import Workspace


@pytest.fixture(scope="module")
def workspace(demo_workspace):
    return Workspace(demo_workspace)


@pytest.fixture(scope="module")
def truth(demo_workspace):
    told = json.loads((demo_workspace / "downloads" / COUNTY_FOLDER / "truth.json").read_text("utf-8"))
    return told["alignment"]


@pytest.fixture(scope="module")
def db(workspace):
    active = (workspace.releases / "active").read_text().strip()
    with duckdb.connect(workspace.releases / active / "release.duckdb", read_only=True) as opened:
        yield opened


def document(db, sql, *values):
    return json.loads(gzip.decompress(db.execute(sql, list(values)).fetchone()[0]))


@pytest.fixture(scope="module")
def overview(db):
    return document(db, "SELECT document FROM alignment WHERE name = 'overview'")


def sets_of(overview):
    return {one["area_type"]: one["set_id"] for one in overview["sets"]}


def pair(db, overview, source, target):
    sets = sets_of(overview)
    sql = "SELECT document FROM alignment_pairs WHERE source = ? AND target = ?"
    return document(db, sql, sets[source], sets[target])


def test_every_kind_of_area_of_the_county_is_compared_and_the_month_that_lacks_is_said(overview):
    assert list(sets_of(overview)) == ["lad", "csp", "county", "ctyua", "bcu", "pfa"]
    assert overview["missing"] == ["Incidents are of 11 months, 2025-01 to 2025-12."]
    assert overview["ladder"] is True
    assert overview["bricks"]["vintages"].keys() == {"population", "households"}


@pytest.mark.parametrize(("source", "target"), [("lad", "bcu"), ("csp", "bcu"), ("bcu", "csp")])
def test_overlaps_are_those_that_the_county_was_made_with(db, overview, truth, source, target):
    made = pd.DataFrame(pair(db, overview, source, target)["pieces"])
    found = made[~made["sliver"]].set_index(["source", "target"])
    known = pd.DataFrame(truth["overlaps"][f"{source} to {target}"]).set_index([source, target])
    assert sorted(found.index) == sorted(known.index)
    for measure in ("population", "households"):
        assert found[measure].to_dict() == pytest.approx(known[measure].to_dict(), abs=0.5)


def test_a_release_says_what_the_command_says(db, overview, workspace):
    sets = sets_of(overview)
    told = pair(db, overview, "csp", "bcu")
    bricks = overview["bricks"]["set_id"]
    found = run("overlap", workspace, {"source": "csp", "target": "bcu", "population": bricks}).to_json()
    assert (found["source"]["set_id"], found["target"]["areas"]) == (sets["csp"], told["target"]["areas"])
    for name in ("classes", "slivers"):
        assert told[name] == found[name]
    for weight, measures in found["measures"].items():
        assert told["measures"][weight] == pytest.approx(measures)
    mine = pd.DataFrame(told["pieces"]).drop(columns=[c for c in told["pieces"][0] if "incidents" in c])
    pd.testing.assert_frame_equal(mine, pd.DataFrame(found["pieces"]), rtol=1e-9)


def test_the_ladder_is_that_of_the_command(db, workspace):
    told = document(db, "SELECT document FROM alignment WHERE name = 'ladder'")
    found = run("ladder", workspace, {}).to_json()
    rows = [{row["area_code"]: row["bcu"] for row in one["rows"]} for one in (told, found)]
    assert rows[0] == rows[1]
    for name, value in found["summary"].items():
        assert told["summary"][name] == (pytest.approx(value) if isinstance(value, float) else value), name


def test_incidents_of_areas_are_the_published_counts_of_the_last_year(db, overview):
    incidents = overview["incidents"]
    assert incidents["left_out"] == []
    assert len(incidents["months"]) == 11, "the county lacks a month"
    published = dict(
        db.execute(
            """SELECT area_code, sum(incidents) FROM counts
               WHERE area_type = 'csp' AND offence_type = 'All' AND list_contains(?, month) GROUP BY ALL""",
            [incidents["months"]],
        ).fetchall()
    )
    told = {row["area_code"]: row["incidents"] for row in pair(db, overview, "csp", "bcu")["sources"]}
    assert told == published
    assert sum(told.values()) > 0


def test_the_best_mergers_of_the_release_are_those_that_the_county_was_made_for(db, overview, truth):
    sets = sets_of(overview)
    found = plan_search(read_planning(db, sets["csp"], sets["bcu"])).to_json()
    assert found["proved"]
    best = truth["best_grouping"]
    assert found["people"] == pytest.approx(best["people"], abs=0.5)
    assert found["before_people"] == pytest.approx(best["people_before"], abs=0.5)
    merged = sorted(sorted(step["units"]) for step in found["scenario"]["merge"])
    ties = [sorted(sorted(group) for group in tie["merge"]) for tie in found["ties"]]
    assert best["merge"] in [merged, *ties]


def test_planning_incidents_are_those_of_the_areas(db, overview):
    sets = sets_of(overview)
    plan = read_planning(db, sets["csp"], sets["bcu"])
    told = {row["area_code"]: row["incidents"] for row in pair(db, overview, "csp", "bcu")["sources"]}
    assert plan.units["incidents"].to_dict() == told
    assert plan.bricks.groupby("unit")["incidents"].sum().to_dict() == told
