"""Releases of a real workspace: one source for each month, confidential records snapped, audited before activation."""

import json
import shutil

import duckdb
import pandas as pd
import pytest

from crimemap.disclosure.audit import position_key
from crimemap.disclosure.policy import Policy
from crimemap.errors import ConflictError, DisclosureError, EmptyInputError, NotFoundError, ReleaseError
from crimemap.incidents.store import IncidentStore
from crimemap.pipeline import release
from crimemap.pipeline.demo import COUNTY_FOLDER
from crimemap.pipeline.ingest import ingest
from crimemap.pipeline.release_inputs import _scope, gather
from crimemap.pipeline.release_private import private_positions
from crimemap.pipeline.release_sets import newest_sets
from crimemap.products.inputs import ReleaseOptions
from crimemap.workspace import Workspace

SOURCE = "wendleshire-records"


@pytest.fixture(scope="module")
def workspace(demo_workspace, tmp_path_factory):
    """A copy whose only release is that of `made`; tests that change anything take `own`."""
    root = tmp_path_factory.mktemp("release") / "workspace"
    shutil.copytree(demo_workspace, root)
    shutil.rmtree(root / "releases")
    return Workspace(root)


@pytest.fixture(scope="module")
def both(demo_workspace, tmp_path_factory):
    """A workspace with the county's confidential records beside the open ones."""
    root = tmp_path_factory.mktemp("both") / "workspace"
    shutil.copytree(demo_workspace, root)
    shutil.rmtree(root / "releases")
    folder = root / "downloads" / COUNTY_FOLDER / "confidential"
    ingest(Workspace(root), [folder / "incidents.csv"], source=folder / "source.toml")
    return Workspace(root)


@pytest.fixture(scope="module")
def made(workspace):
    """A release of the latest three months."""
    return release.build(workspace, ReleaseOptions(months=3))


@pytest.fixture
def own(workspace, made, tmp_path):
    """A copy for one test, with the release of `made` in it, none active."""
    return Workspace(shutil.copytree(workspace.root, tmp_path / "workspace"))


def connect(workspace, made):
    return duckdb.connect(workspace.releases / made["id"] / "release.duckdb", read_only=True)


def test_the_counts_of_a_release_are_those_of_the_workspace(workspace, made):
    expected = dict(
        IncidentStore(workspace)
        .connect()
        .execute(
            "SELECT month || '/' || offence_type, count(*) FROM incidents WHERE month >= ? GROUP BY ALL",
            [made["first_month"]],
        )
        .fetchall()
    )
    with connect(workspace, made) as db:
        found = dict(
            db.sql(
                """SELECT month || '/' || offence_type, incidents FROM counts
                   WHERE area_type = 'force' AND offence_type <> 'All' AND incidents > 0"""
            ).fetchall()
        )
    assert found == expected


def test_every_area_count_equals_an_independent_join(workspace, made):
    private = IncidentStore(workspace).connect()
    first = made["first_month"]
    rows = private.sql(
        f"""SELECT split_part(a.set_id, '-', 1) AS area_type, a.area_code, i.month, count(*) AS n
            FROM incidents i JOIN place_areas a USING (place_id) WHERE i.month >= '{first}' GROUP BY ALL"""  # noqa: S608
    ).df()
    with connect(workspace, made) as db:
        counts = db.sql("SELECT area_type, area_code, month, incidents FROM counts WHERE offence_type = 'All'").df()
    joined = counts.merge(rows, on=["area_type", "area_code", "month"], how="left").fillna({"n": 0})
    own = joined[joined["area_type"] != "force"]
    assert len(own) > 100
    assert (own["incidents"] == own["n"]).all()


def test_only_the_latest_months_asked_for_are_published(workspace, made):
    with connect(workspace, made) as db:
        assert db.execute("SELECT count(DISTINCT month) FROM incidents").fetchone()[0] == 3
        assert made["latest_month"] == db.execute("SELECT max(month) FROM incidents").fetchone()[0]


def test_a_force_that_is_not_here_is_named(workspace):
    with pytest.raises(NotFoundError, match="no incidents here"):
        release.build(workspace, ReleaseOptions(), forces=["atlantis"])


def test_an_empty_workspace_says_what_to_do(tmp_path):
    with pytest.raises(EmptyInputError, match="crimemap ingest"):
        release.build(Workspace(tmp_path).create(), ReleaseOptions())


def test_the_newest_vintage_of_each_type_is_published_and_bricks_are_not(workspace):
    types = [info.area_type for info in newest_sets(workspace)]
    assert {"csp", "lad", "pfa", "bcu", "neighbourhood"} <= set(types)
    assert "lsoa" not in types
    assert len(types) == len(set(types))


def test_two_sources_for_one_month_are_refused_until_one_is_named(both):
    with pytest.raises(ConflictError, match=r"held by two sources.*--source"):
        release.build(both, ReleaseOptions())
    with pytest.raises(NotFoundError, match="no such source"):
        release.build(both, ReleaseOptions(), source="other")
    assert release.list_releases(both)["releases"] == []


@pytest.fixture(scope="module")
def snapped(both):
    return gather(both, ReleaseOptions(months=6), source=SOURCE)


def test_confidential_incidents_are_at_map_points_of_their_own_neighbourhood(both, snapped):
    rows = snapped.incidents.to_pandas()
    assert set(rows["kind"]) == {"confidential"}
    known = private_positions(both)
    used = snapped.places[snapped.places["place_id"].isin(rows["place_id"].dropna())]
    assert len(used) > 50
    assert not {(x, y) for x, y in zip(used["longitude"], used["latitude"], strict=True)} & known.forbidden


def test_confidential_incidents_keep_their_neighbourhood(both):
    """By month and neighbourhood, snapped numbers equal the true ones wherever the neighbourhood has map points."""
    inputs = gather(both, ReleaseOptions(months=6, policy=Policy(snap_cap_m=100_000)), source=SOURCE)
    neighbourhoods = inputs.areas[inputs.areas["area_type"] == "neighbourhood"]["area_code"]
    placed = inputs.place_areas.merge(neighbourhoods, left_on="area_id", right_index=True)
    ours = inputs.incidents.to_pandas().dropna(subset="place_id").merge(placed, on="place_id").groupby("area_code").size()
    private = IncidentStore(both).connect()
    true = private.execute(
        """SELECT a.area_code, count(*) AS n FROM incidents i JOIN place_areas a USING (place_id)
           WHERE i.source = ? AND a.set_id LIKE 'neighbourhood-%' AND i.month >= ? GROUP BY ALL""",
        [SOURCE, inputs.first_month],
    ).df()
    compared = true.set_index("area_code")["n"].to_frame().join(ours.rename("snapped")).dropna()
    assert len(compared) > 40
    moved_in = (compared["snapped"] - compared["n"]).clip(lower=0).sum()
    assert moved_in <= compared["n"].sum() * 0.02, "only incidents without a point at home come from elsewhere"


def test_confidential_incidents_lose_identifiers_times_and_the_order_of_entry(snapped):
    rows = snapped.incidents.to_pandas()
    assert (rows["persistent_id"] == "").all()
    assert not {"occurred_from", "occurred_to", "crime_id", "key"} & set(rows.columns)
    assert rows["id"].is_unique


def test_a_confidential_release_passes_its_audit_and_can_be_activated(both, tmp_path):
    both = Workspace(shutil.copytree(both.root, tmp_path / "workspace"))
    made = release.build(both, ReleaseOptions(months=3), source=SOURCE)
    assert release.activate(both)["active"] == made["id"]
    with connect(both, made) as db:
        assert db.execute("SELECT count(*) FROM counts WHERE incidents BETWEEN 1 AND 4").fetchone()[0] == 0


def test_sensitive_types_are_folded(both):
    private = IncidentStore(both).connect().sql("SELECT DISTINCT offence_type FROM incidents WHERE kind <> 'open'").df()
    published = gather(both, ReleaseOptions(months=6), source=SOURCE).incidents.to_pandas()["offence_type"]
    assert set(published) <= set(private["offence_type"]) | {"Violence and sexual offences"}


def test_activation_refuses_a_release_that_was_changed(own, made):
    page = own.releases / made["id"] / "site" / "index.html"
    page.write_text("changed", encoding="utf-8")
    with pytest.raises(ReleaseError, match=r"site/index.html was changed"):
        release.activate(own, made["id"])
    assert release.list_releases(own)["active"] is None


def test_activation_refuses_a_release_under_another_name(own, made):
    other = own.releases / "20200101T000000Z-00000000"
    shutil.copytree(own.releases / made["id"], other)
    with pytest.raises(ReleaseError, match="is that of another release"):
        release.activate(own, other.name)


def test_activation_refuses_a_release_that_the_audit_fails(own, made, monkeypatch):
    real = private_positions(own)
    with connect(own, made) as db:
        one = position_key(*db.execute("SELECT longitude, latitude FROM places LIMIT 1").fetchone())
    known = type(real)(forbidden=frozenset({one}), map_points=real.map_points - {one})
    monkeypatch.setattr(release, "private_positions", lambda _: known)
    with pytest.raises(DisclosureError, match="not activated"):
        release.activate(own, made["id"])
    assert release.list_releases(own)["active"] is None


def test_releases_are_activated_rolled_back_and_pruned(own, made):
    first = made["id"]
    release.activate(own, first)
    second = release.build(own, ReleaseOptions(months=1))["id"]
    assert release.activate(own, second) == {"active": second, "previous": first}
    assert release.roll_back(own) == {"active": first, "previous": second}
    done = release.prune(own, 1)
    assert done["active"] == first
    assert set(done["kept"]) == {first, second}
    with pytest.raises(ReleaseError, match="no earlier release"):
        release.roll_back(own)


def test_the_manifest_names_archives_by_name_and_hash_and_never_by_path(workspace, made):
    text = (workspace.releases / made["id"] / "manifest.json").read_text("utf-8")
    sources = json.loads(text)["sources"]
    assert all(len(one["sha256"]) == 64 and "/" not in one["archive"] for one in sources)
    assert str(workspace.root) not in text


def test_a_release_begins_with_the_first_month_that_a_force_has():
    with duckdb.connect() as db:
        db.execute(
            """CREATE TABLE coverage AS SELECT 'a' AS force, month, 'incidents' AS table_name, 'police.uk' AS source,
               'open' AS kind, 9 AS row_count, 'loaded' AS status
               FROM (VALUES ('2016-05'), ('2024-11'), ('2025-01')) v(month)"""
        )
        scope = _scope(db, ReleaseOptions(months=36), [], None)
    assert (scope.first_month, scope.latest_month) == ("2024-11", "2025-01")
    assert scope.coverage[["month", "status"]].to_numpy().tolist() == [
        ["2024-11", "loaded"],
        ["2024-12", "no_data"],
        ["2025-01", "loaded"],
    ]


def test_months_before_a_force_began_are_no_data_too(workspace):
    inputs = gather(workspace, ReleaseOptions(months=36))
    rows = pd.DataFrame(inputs.coverage)
    incidents = rows[rows["table_name"] == "incidents"]
    assert set(incidents["month"]) == set(inputs.months)
    assert not incidents.duplicated(["force", "month"]).any()
