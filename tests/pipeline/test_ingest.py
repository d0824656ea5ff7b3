"""Archives into the workspace: what is stored, what takes whose place, what stays the same."""

import os
import stat

import pandas as pd
import pytest

from crimemap.errors import ConflictError, InputError, ParameterError, UnreadableFileError
from crimemap.incidents.places import PlaceStore
from crimemap.incidents.store import IncidentStore
from crimemap.pipeline.ingest import coverage, ingest
from crimemap.workspace import Workspace
from tests.incidents.made import (
    OUTCOMES,
    STOPS,
    STREET,
    crime_id,
    csv_text,
    folder_of,
    name_of,
    outcome_row,
    stop_row,
    street_row,
    zip_of,
)
from tests.real_data import REAL_DATA, needs_real_data


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / "workspace")


def query(workspace, sql, *parameters):
    with IncidentStore(workspace).connect() as con:
        return con.execute(sql, list(parameters)).fetchall()


def everything(workspace):
    """What the views show, but for when and by which load it came."""
    with IncidentStore(workspace).connect() as con:
        return {
            view: con.table(view).project("* EXCLUDE (load_id)").order("ALL").fetchall()
            for view in ("incidents", "outcomes", "stops", "quarantine")
        } | {"coverage": con.execute("SELECT * FROM coverage ORDER BY ALL").fetchall()}


def statuses(result):
    return [file["status"] for file in result["files"]]


def ingest_rows(workspace, path, rows, *, month="2024-01", force="west-demoshire", **options):
    changed = [row | {"Month": row["Month"] if row["Month"] != "2024-01" else month} for row in rows]
    return ingest(workspace, [zip_of(path, {name_of(month, force): csv_text(changed)})], **options)


def test_every_view_is_there_and_empty_before_anything_is_loaded(workspace):
    with IncidentStore(workspace).connect() as con:
        for view in (
            "incidents",
            "outcomes",
            "outcome_links",
            "stops",
            "loads",
            "quarantine",
            "coverage",
            "places",
            "place_areas",
        ):
            assert con.table(view).fetchall() == []
        empty = {
            view: con.execute(f"DESCRIBE {view}").fetchall() for view in ("incidents", "stops", "places", "place_areas")
        }
    workspace.create()
    files = {name_of(): csv_text([street_row(1)]), name_of(kind="stop-and-search"): csv_text([stop_row()], STOPS)}
    ingest(workspace, [folder_of(workspace.root.parent / "a", files)])
    PlaceStore(workspace).write_areas("csp-2017", [1], ["E22000001"])
    with IncidentStore(workspace).connect() as con:
        assert {view: con.execute(f"DESCRIBE {view}").fetchall() for view in empty} == empty


def test_incidents_are_typed_as_agreed(workspace, tmp_path):
    ingest_rows(workspace, tmp_path / "a.zip", [street_row(1), street_row()])
    with IncidentStore(workspace).connect() as con:
        types = {row[0]: row[1] for row in con.execute("DESCRIBE incidents").fetchall()}
        rows = con.execute("SELECT id, key, crime_id, place_id, source, kind FROM incidents ORDER BY id").fetchall()
    assert types["id"] == types["place_id"] == types["load_id"] == "INTEGER"
    assert types["occurred_from"] == "TIMESTAMP"
    assert [row[0] for row in rows] == [1, 2]
    assert all(len(row[1]) == 64 and set(row[1]) <= set("0123456789abcdef") for row in rows)
    assert [row[2:] for row in rows] == [(crime_id(1), 1, "police.uk", "open"), (None, 1, "police.uk", "open")]


def test_read_is_stored_and_quarantined_in_every_file_and_in_loads(workspace, tmp_path):
    files = {
        name_of("2024-01"): csv_text([street_row(1), street_row(2, Latitude="x")]) + "torn,row\n",
        name_of("2024-02"): csv_text([street_row(3, Month="2024-02")]),
    }
    result = ingest(workspace, [zip_of(tmp_path / "a.zip", files)])
    counts = [(file["read"], file["stored"], file["quarantined"]) for file in result["files"]]
    assert counts == [(3, 1, 2), (1, 1, 0)]
    assert {name: result["totals"][name] for name in ("read", "stored", "quarantined")} == {
        "read": 4,
        "stored": 2,
        "quarantined": 2,
    }
    assert query(workspace, "SELECT read, stored, quarantined FROM loads ORDER BY month") == counts
    assert query(workspace, "SELECT line, reason FROM quarantine ORDER BY line") == [
        (3, "a coordinate is not a number"),
        (4, "the row has 2 columns, the header has 12"),
    ]
    assert query(workspace, "SELECT DISTINCT path FROM quarantine") == [
        (f"{tmp_path}/a.zip/2024-01/2024-01-west-demoshire-street.csv",)
    ]
    first = result["quarantine"][0]
    assert (first["reason"], first["first_line"], first["rows"]) == (
        "a coordinate is not a number",
        3,
        1,
    )


def test_rows_alike_without_an_id_are_separate_incidents(workspace, tmp_path):
    ingest_rows(workspace, tmp_path / "a.zip", [street_row()] * 5)
    assert query(
        workspace, "SELECT count(*), count(DISTINCT key), count(DISTINCT id), count(DISTINCT place_id) FROM incidents"
    ) == [(5, 5, 5, 1)]


def test_an_id_used_again_in_another_month_is_another_incident(workspace, tmp_path):
    rows = [street_row(1, Crime_type="Burglary"), street_row(1, Crime_type="Drugs")]
    ingest_rows(workspace, tmp_path / "a.zip", rows)
    ingest_rows(workspace, tmp_path / "b.zip", [street_row(1)], month="2024-02")
    assert query(workspace, "SELECT count(*), count(DISTINCT key), count(DISTINCT id) FROM incidents") == [(3, 3, 3)]


def test_the_same_archive_twice_changes_nothing(workspace, tmp_path):
    archive = zip_of(tmp_path / "a.zip", {name_of(): csv_text([street_row(1), street_row(), street_row(2, Latitude="x")])})
    ingest(workspace, [archive])
    before = {path: path.stat().st_mtime_ns for path in workspace.incidents.rglob("*") if path.is_file()}
    result = ingest(workspace, [archive])
    assert statuses(result) == ["unchanged"]
    assert result["totals"]["read"] == 0
    assert {path: path.stat().st_mtime_ns for path in workspace.incidents.rglob("*") if path.is_file()} == before


def test_a_later_archive_replaces_a_month_and_the_same_incidents_keep_their_numbers(workspace, tmp_path):
    ingest_rows(workspace, tmp_path / "2024-02.zip", [street_row(1), street_row(2), street_row(), street_row()])
    before = dict(query(workspace, "SELECT key, id FROM incidents"))
    rows = [
        street_row(),
        street_row(3),
        street_row(2, Last_outcome_category="Suspect charged", LSOA_code="E01999999"),
        street_row(),
    ]
    result = ingest_rows(workspace, tmp_path / "2024-03.zip", rows)
    assert statuses(result) == ["loaded"]
    after = dict(query(workspace, "SELECT key, id FROM incidents"))
    assert len(after) == 4
    kept = before.keys() & after.keys()
    assert len(kept) == 3
    assert {key: after[key] for key in kept} == {key: before[key] for key in kept}
    assert [after[key] for key in after.keys() - kept] == [5]
    assert query(workspace, "SELECT last_outcome FROM incidents WHERE crime_id = ?", crime_id(2)) == [("Suspect charged",)]
    ingest_rows(workspace, tmp_path / "2024-04.zip", [street_row(2)])
    ingest_rows(workspace, tmp_path / "2024-05.zip", [street_row(2), street_row(9)])
    assert query(workspace, "SELECT id FROM incidents ORDER BY id") == [(2,), (6,)], "a number is never used again"


def test_an_earlier_archive_gives_way_unless_told_otherwise(workspace, tmp_path):
    ingest_rows(workspace, tmp_path / "2024-06.zip", [street_row(1)])
    before = everything(workspace)
    result = ingest_rows(workspace, tmp_path / "2024-05.zip", [street_row(2)])
    assert statuses(result) == ["superseded"]
    assert everything(workspace) == before
    result = ingest_rows(workspace, tmp_path / "2024-05.zip", [street_row(2)], archive_month="2024-07")
    assert statuses(result) == ["loaded"]
    assert query(workspace, "SELECT crime_id FROM incidents") == [(crime_id(2),)]


def test_of_archives_given_together_the_later_wins_in_any_order(workspace, tmp_path):
    early = zip_of(tmp_path / "2024-05.zip", {name_of(): csv_text([street_row(1)]), name_of("2024-02"): csv_text([])})
    late = zip_of(tmp_path / "2024-06.zip", {name_of(): csv_text([street_row(2)])})
    for paths, expected in (
        ([early, late], ["superseded", "loaded", "loaded"]),
        ([late, early], ["loaded", "superseded", "loaded"]),
    ):
        other = Workspace(tmp_path / f"workspace-{len(expected)}-{paths[0].stem}")
        assert sorted(statuses(ingest(other, paths))) == sorted(expected)
        assert query(other, "SELECT crime_id FROM incidents") == [(crime_id(2),)]


def test_an_archive_of_the_same_month_with_other_content_replaces(workspace, tmp_path):
    ingest_rows(workspace, tmp_path / "2024-06.zip", [street_row(1)])
    assert statuses(ingest_rows(workspace, tmp_path / "2024-06.zip", [street_row(2)])) == ["loaded"]
    assert query(workspace, "SELECT crime_id FROM incidents") == [(crime_id(2),)]
    assert query(workspace, "SELECT count(*), count(*) FILTER (current) FROM loads") == [(2, 1)]


def test_replacing_a_month_leaves_the_others_alone(workspace, tmp_path):
    files = {
        name_of(month, force): csv_text([street_row(1, Month=month)])
        for month in ("2024-01", "2024-02")
        for force in ("east", "west")
    }
    ingest(workspace, [zip_of(tmp_path / "2024-02.zip", files)])
    before = set(query(workspace, "SELECT month, force, key, id FROM incidents"))
    ingest_rows(workspace, tmp_path / "2024-03.zip", [street_row(5)], force="east")
    after = set(query(workspace, "SELECT month, force, key, id FROM incidents"))
    assert {row[:2] for row in before - after} == {row[:2] for row in after - before} == {("2024-01", "east")}


def test_zero_rows_and_no_data_are_different(workspace, tmp_path):
    files = {
        name_of("2024-01"): csv_text([street_row(1)]),
        name_of("2024-03"): csv_text([]),
        name_of("2024-04"): csv_text([street_row(2, Month="2024-04", Latitude="x")]),
        name_of("2024-05"): csv_text([street_row(3, Month="2024-05")]),
    }
    ingest(workspace, [zip_of(tmp_path / "a.zip", files)])
    rows = coverage(workspace)["rows"]
    assert [(row["month"], row["kind"], row["rows"], row["status"]) for row in rows] == [
        ("2024-01", "street", 1, "loaded"),
        ("2024-02", "street", None, "no_data"),
        ("2024-03", "street", 0, "loaded"),
        ("2024-04", "street", None, "no_data"),
        ("2024-05", "street", 1, "loaded"),
    ]
    with pytest.raises(InputError, match="nothing was loaded of atlantis"):
        coverage(workspace, force="atlantis")


def test_outcomes_link_to_the_right_incident_and_none_is_lost_or_doubled(workspace, tmp_path):
    files = {
        name_of("2024-01"): csv_text([street_row(1), street_row(2)]),
        name_of("2024-03"): csv_text([street_row(1, Month="2024-03")]),
        name_of("2024-02", "east"): csv_text([street_row(1, Month="2024-02"), street_row(7, Month="2024-02")]),
        name_of("2024-02", kind="outcomes"): csv_text(
            [
                outcome_row(1, Month="2024-02"),
                outcome_row(1, Month="2024-02"),
                outcome_row(7, Month="2024-02"),
                outcome_row(99, Month="2024-02"),
            ],
            OUTCOMES,
        ),
        name_of("2023-12", kind="outcomes"): csv_text([outcome_row(1, Month="2023-12")], OUTCOMES),
    }
    result = ingest(workspace, [zip_of(tmp_path / "a.zip", files)])
    assert result["outcomes"] == {"linked": 4, "unlinked": 1}
    linked = query(
        workspace,
        """SELECT o.month, o.crime_id, i.force, i.month FROM outcome_links o LEFT JOIN incidents i ON i.id = o.incident_id
        ORDER BY 1, 2""",
    )
    west, east = ("west-demoshire", "2024-01"), ("east", "2024-02")
    assert linked == [
        ("2023-12", crime_id(1), *west),
        ("2024-02", crime_id(1), *west),
        ("2024-02", crime_id(1), *west),
        ("2024-02", crime_id(7), *east),
        ("2024-02", crime_id(99), None, None),
    ]


def test_nothing_is_changed_when_one_of_the_files_cannot_be_read(workspace, tmp_path):
    ingest_rows(workspace, tmp_path / "a.zip", [street_row(1)])
    before = everything(workspace)
    files = {name_of(f"2024-{n:02d}"): csv_text([street_row(n, Month=f"2024-{n:02d}")]) for n in range(1, 9)}
    files[name_of("2024-09")] = csv_text([street_row(9, Month="2024-09", Location="Café")]).encode("cp1252")
    with pytest.raises(UnreadableFileError, match="not UTF-8"):
        ingest(workspace, [zip_of(tmp_path / "b.zip", files)])
    assert everything(workspace) == before
    assert not list(workspace.incidents.rglob(".staging"))
    assert query(workspace, "SELECT count(*) FROM places") == [(1,)]


def test_an_archive_of_which_no_row_can_be_used_is_refused(workspace, tmp_path):
    with pytest.raises(UnreadableFileError, match=r"none of its 2 rows can be used; line 2: a coordinate is not finite"):
        ingest_rows(workspace, tmp_path / "a.zip", [street_row(1, Latitude="nan"), street_row(2, Latitude="x")])
    assert query(workspace, "SELECT count(*) FROM loads") == [(0,)]


def test_two_writers_at_once_are_kept_apart(workspace, tmp_path):
    archive = zip_of(tmp_path / "a.zip", {name_of(): csv_text([street_row(1)])})
    with workspace.writing(), pytest.raises(ConflictError, match="another crimemap command is writing"):
        ingest(Workspace(workspace.root), [archive])


def test_the_archive_month_must_be_a_month(workspace, tmp_path):
    with pytest.raises(ParameterError, match="is not a month"):
        ingest_rows(workspace, tmp_path / "a.zip", [street_row(1)], archive_month="2024-13")


def test_provenance_is_kept_with_each_load(workspace, tmp_path):
    import hashlib

    ingest_rows(workspace, tmp_path / "2024-02.zip", [street_row(1)])
    [row] = query(workspace, "SELECT archive, archive_sha256, archive_month, member, loaded_at, current FROM loads")
    digest = hashlib.sha256((tmp_path / "2024-02.zip").read_bytes()).hexdigest()
    assert row[:4] == ("2024-02.zip", digest, "2024-02", name_of())
    assert row[4] is not None
    assert row[5] is True


def test_only_the_owner_can_look_at_what_is_stored(workspace, tmp_path):
    old = os.umask(0o022)
    try:
        ingest_rows(workspace, tmp_path / "a.zip", [street_row(1)])
    finally:
        os.umask(old)
    for folder in (workspace.incidents, workspace.places):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_another_program_can_read_the_delta_table(workspace, tmp_path):
    from deltalake import DeltaTable

    ingest_rows(workspace, tmp_path / "a.zip", [street_row(1), street_row(2)])
    table = DeltaTable(workspace.incidents / "incidents")
    assert table.metadata().partition_columns == ["month", "force"]
    rows = table.to_pyarrow_table().to_pylist()
    assert sorted(row["crime_id"] for row in rows) == [crime_id(1), crime_id(2)]


@needs_real_data
@pytest.mark.real_data
def test_counts_by_force_month_and_type_equal_an_independent_count(workspace):
    import zipfile

    archive = REAL_DATA / "police-uk" / "city-of-london-2018-to-2020.zip"
    result = ingest(workspace, [archive])
    assert result["totals"]["quarantined"] == 0
    counted = {}
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            if name.endswith("-street.csv"):
                frame = pd.read_csv(opened.open(name), dtype=str, keep_default_na=False)
                force = name.rsplit("/", 1)[-1][8 : -len("-street.csv")]
                for (month, kind), n in frame.groupby(["Month", "Crime type"]).size().items():
                    counted[force, month, kind] = n
    stored = query(workspace, "SELECT force, month, offence_type, count(*) FROM incidents GROUP BY ALL")
    assert {tuple(row[:3]): row[3] for row in stored} == counted


def test_new_places_are_assigned_to_the_boundary_sets_that_are_there(tmp_path, demo_county):
    from crimemap.pipeline.areas import add_areas

    workspace = Workspace(tmp_path / "workspace")
    add_areas(workspace, demo_county / "boundaries" / "csp.gpkg", area_type="csp", vintage="2024")
    for archive, more in (("2025-07.zip", True), ("2025-12.zip", True), ("2025-12.zip", False)):
        before = query(workspace, "SELECT count(*) FROM place_areas")[0][0]
        ingest(workspace, [demo_county / "archives" / archive])
        places, assigned = query(
            workspace, "SELECT count(*), count(a.area_code) FROM places LEFT JOIN place_areas a USING (place_id)"
        )[0]
        assert assigned == places
        assert (assigned > before) is more


def test_early_files_without_a_column_of_ids_are_loaded(tmp_path):
    rows = [street_row(), street_row(), street_row(Location="On or near Mill Lane")]
    header = [name for name in STREET if name not in {"Crime ID", "Context"}]
    text = csv_text([{name: row[name] for name in header} for row in rows], header)
    workspace = Workspace(tmp_path / "workspace")
    assert ingest(workspace, [zip_of(tmp_path / "2024-01.zip", {name_of(): text})])["totals"]["stored"] == 3
    with IncidentStore(workspace).connect() as con:
        counted = con.sql("SELECT count(DISTINCT id), count(DISTINCT key), count(crime_id) FROM incidents").fetchall()
    assert counted == [(3, 3, 0)]


def test_what_a_later_archive_confirmed_does_not_give_way_to_one_in_between(workspace, tmp_path):
    first = csv_text([street_row(1), street_row(), street_row(2, Latitude="x")])
    other = csv_text([street_row(1)] * 5)
    archives = {"2024-03": first, "2024-09": first, "2024-06": other}
    paths = [zip_of(tmp_path / f"{month}.zip", {name_of(): text}) for month, text in archives.items()]
    told = [ingest(workspace, [path])["files"][0]["status"] for path in paths]
    assert told == ["loaded", "unchanged", "superseded"]
    assert [(row["month"], row["rows"]) for row in coverage(workspace)["rows"]] == [("2024-01", 2)]
    with IncidentStore(workspace).connect() as con:
        assert con.sql("SELECT archive, archive_month, current FROM loads").fetchall() == [("2024-09.zip", "2024-09", True)]
        assert con.sql("SELECT count(*) FROM quarantine").fetchall() == [(1,)]
    before = sorted(str(path) for path in workspace.root.rglob("*"))
    assert ingest(workspace, [paths[1]])["totals"]["unchanged"] == 1
    assert sorted(str(path) for path in workspace.root.rglob("*")) == before
