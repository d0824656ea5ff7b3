import json
from datetime import UTC, datetime

import duckdb
import h3
import numpy as np
import pytest
from shapely import Point

from crimemap.errors import DisclosureError
from crimemap.periods import Period
from crimemap.products import builder
from crimemap.products.builder import build_release
from crimemap.products.hotspots import find_hotspots
from crimemap.products.inputs import ReleaseOptions
from crimemap.products.manifest import hash_of, verify_files
from crimemap.products.release_schema import RELEASE_TABLES
from crimemap.products.releases import RELEASE_ID, Shelf
from tests.products.county import FORCE, LATEST, MISSING, MONTHS, TYPES, county
from tests.products.searchable import searchable_county


@pytest.fixture(scope="module")
def db(built):
    with duckdb.connect(built.path / "release.duckdb", read_only=True) as connection:
        yield connection


def one(db, sql, *values):
    return db.execute(sql, values).fetchone()[0]


def test_a_release_is_named_for_its_time_and_content(built):
    assert RELEASE_ID.match(built.release_id)
    assert built.path.name == built.release_id


def test_the_same_inputs_give_the_same_content_and_another_month_another(built, tmp_path):
    again = build_release(county(), ReleaseOptions(), tmp_path)
    other = build_release(county(seed=8), ReleaseOptions(), tmp_path, now=datetime(2030, 1, 1, tzinfo=UTC))
    assert again.release_id[-8:] == built.release_id[-8:]
    assert other.release_id[-8:] != built.release_id[-8:]


def test_every_file_is_in_the_manifest_with_its_hash(built):
    listed = json.loads((built.path / "manifest.json").read_text())["files"]
    present = {p.relative_to(built.path).as_posix() for p in built.path.rglob("*") if p.is_file()} - {"manifest.json"}
    assert set(listed) == present
    assert all(hash_of(built.path / name) == found["sha256"] for name, found in listed.items())
    assert verify_files(built.path) == []


def test_a_changed_added_or_missing_file_is_noticed(tmp_path):
    made = build_release(county(), ReleaseOptions(), tmp_path)
    (made.path / "site" / "index.html").write_text("changed")
    (made.path / "site" / "new.html").write_text("added")
    (made.path / "site" / "about" / "index.html").unlink()
    assert verify_files(made.path) == [
        "site/about/index.html is missing",
        "site/index.html was changed",
        "site/new.html was added",
    ]


def test_the_manifest_says_what_the_release_is_made_of(built):
    manifest = json.loads((built.path / "manifest.json").read_text())
    assert manifest["latest_month"] == LATEST
    assert manifest["parameters"]["threshold"] == 5
    assert manifest["sources"][0]["sha256"] == "1" * 64
    assert {one["area_type"] for one in manifest["boundary_sets"]} == {"pfa", "lad", "csp", "neighbourhood"}
    assert manifest["coverage"][0]["months_no_data"] == 1


@pytest.fixture(scope="module")
def with_postcodes(tmp_path_factory):
    made = build_release(searchable_county(), ReleaseOptions(), tmp_path_factory.mktemp("postcodes"))
    with duckdb.connect(made.path / "release.duckdb", read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("table", sorted(RELEASE_TABLES))
def test_every_table_of_the_schema_is_filled(with_postcodes, table):
    assert one(with_postcodes, f"SELECT count(*) FROM {table}") > 0  # noqa: S608


def test_postcodes_lie_in_the_order_of_their_letters_and_digits(with_postcodes):
    stored = [row[0] for row in with_postcodes.execute("SELECT postcode FROM postcodes").fetchall()]
    assert stored == sorted(stored, key=lambda code: code.replace(" ", ""))
    assert set(stored) == set(searchable_county().postcodes.frame["postcode"])


def test_a_postcode_lies_in_areas_that_hold_it(with_postcodes):
    rows = with_postcodes.execute(
        """SELECT p.easting, p.northing, m.neighbourhood, m.csp, m.bcu FROM postcodes p
           JOIN postcode_memberships m USING (membership)"""
    ).fetchall()
    areas = county().areas.geometry
    assert all(areas[local].contains(Point(e, n)) and areas[csp].contains(Point(e, n)) for e, n, local, csp, _ in rows)
    assert {bcu for *_, bcu in rows} == {None}, "a release without command units"


def test_counts_equal_an_independent_count(db):
    inputs = county()
    rows = inputs.incidents.merge(inputs.place_areas, on="place_id").merge(
        inputs.areas[["area_type", "area_code"]], left_on="area_id", right_index=True
    )
    expected = rows.groupby(["area_type", "area_code", "month", "offence_type"]).size()
    for (area_type, code, month, kind), n in expected.items():
        found = one(
            db,
            "SELECT incidents FROM counts WHERE area_type = ? AND area_code = ? AND month = ? AND offence_type = ?",
            area_type, code, month, kind,
        )  # fmt: skip
        assert found == n
    counted = "SELECT sum(incidents) FROM counts WHERE offence_type <> 'All' AND area_type <> 'force'"
    assert one(db, counted) == expected.sum(), "and nothing else is counted"


def test_all_is_the_sum_of_the_types_in_every_area_and_month(db):
    sql = """SELECT count(*) FROM (SELECT area_type, area_code, month,
               sum(incidents) FILTER (offence_type = 'All') - sum(incidents) FILTER (offence_type <> 'All') AS d
             FROM counts WHERE status = 'counted' GROUP BY ALL) WHERE d <> 0"""
    assert one(db, sql) == 0


def test_the_force_counts_incidents_without_a_location_too(db):
    located = "SELECT sum(incidents) FROM counts WHERE area_type = 'pfa' AND offence_type = 'Burglary'"
    whole = "SELECT sum(incidents) FROM counts WHERE area_type = 'force' AND offence_type = 'Burglary'"
    assert one(db, whole) - one(db, located) == 3 * (len(MONTHS) - 1)


def test_a_missing_month_is_no_data_and_not_zero(db):
    rows = db.execute("SELECT DISTINCT status, incidents FROM counts WHERE month = ?", [MISSING]).fetchall()
    assert rows == [("no_data", None)]


def test_a_real_zero_is_counted(db):
    assert one(db, "SELECT count(*) FROM counts WHERE area_code = 'N12' AND status = 'counted' AND incidents = 0") > 0


def test_incidents_are_stored_by_month(db):
    months = [row[0] for row in db.execute("SELECT month FROM incidents").fetchall()]
    assert months == sorted(months)


def test_incidents_without_a_place_have_no_position(db):
    assert one(db, "SELECT count(*) FROM incidents WHERE place_id IS NULL") == 3 * (len(MONTHS) - 1)
    assert (
        one(
            db,
            "SELECT count(*) FROM incidents WHERE place_id IS NULL AND (easting IS NOT NULL OR location_type IS NOT NULL)",
        )
        == 0
    )


def test_rings_are_latitude_first_and_closed(db):
    ring = json.loads(one(db, "SELECT ring FROM areas WHERE area_code = 'N01'"))
    assert ring[0] == ring[-1]
    assert all(49 < lat < 56 and -6 < lon < 2 for lat, lon in ring)


def test_categories_are_slugs_with_names(db):
    found = dict(db.execute("SELECT url, name FROM categories").fetchall())
    assert set(found.values()) == set(TYPES)
    assert found["violent-crime"] == "Violence and sexual offences"


def test_the_planted_busy_place_is_a_hotspot(db):
    assert one(db, "SELECT count(*) FROM hotspots WHERE hotspot") >= 1
    assert one(db, "SELECT arg_max(hotspot, incidents) FROM hotspots")


def test_an_interrupted_build_leaves_nothing_that_looks_like_a_release(tmp_path, monkeypatch):
    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(builder, "write_site", stop)
    with pytest.raises(KeyboardInterrupt):
        build_release(county(), ReleaseOptions(), tmp_path)
    assert Shelf(tmp_path).ids() == []
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_build_left_is_cleared_away(tmp_path):
    left = tmp_path / ".building-99999999"
    left.mkdir()
    (left / "release.duckdb").write_text("half")
    made = build_release(county(), ReleaseOptions(), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [made.release_id]


def test_a_release_that_fails_its_check_is_not_kept(tmp_path):
    def refuse(folder):
        assert (folder / "release.duckdb").is_file()
        raise DisclosureError("something private")

    with pytest.raises(DisclosureError, match="something private"):
        build_release(county(), ReleaseOptions(), tmp_path, check=refuse)
    assert list(tmp_path.iterdir()) == []


def test_attribution_of_every_source_is_said_once(built):
    page = (built.path / "site" / "about" / "index.html").read_text()
    for line in json.loads((built.path / "manifest.json").read_text())["attribution"]:
        assert line in page
    assert FORCE in page or "West Demoshire" in page


def test_an_outcome_whose_month_no_file_gives_carries_the_month_of_the_incident(db):
    assert one(db, "SELECT count(*) FROM incidents WHERE outcome_category IS NOT NULL AND id % 5 = 0") > 0
    wrong = """outcome_category IS NOT NULL AND outcome_date IS DISTINCT FROM CASE WHEN id % 5 = 0 THEN month ELSE ? END
               OR outcome_category IS NULL AND outcome_date IS NOT NULL"""
    assert one(db, f"SELECT count(*) FROM incidents WHERE {wrong}", LATEST) == 0  # noqa: S608


def test_two_builds_in_one_second_do_not_collide_and_sort_as_they_were_built(tmp_path):
    now = datetime(2025, 1, 1, tzinfo=UTC)
    first, second = (build_release(county(), ReleaseOptions(), tmp_path, now=now).release_id for _ in range(2))
    assert Shelf(tmp_path).ids() == [first, second]
    assert first[-8:] == second[-8:]


def test_a_force_whose_incidents_all_lie_elsewhere_has_no_hotspots_to_draw():
    far = np.array([h3.str_to_int(h3.latlng_to_cell(50.2, -5.4, 9))], dtype=np.uint64)
    assert find_hotspots(county(), FORCE, Period("2025-01", "2026-01"), 9, (far, np.array([500]))) is None
