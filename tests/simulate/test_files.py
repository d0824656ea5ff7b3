"""The files that are written, and the truth that is told about them."""

import csv
import hashlib
import io
import json
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely

from crimemap.errors import ConflictError, ParameterError
from crimemap.offences import CURRENT_OFFENCE_TYPES, OUTCOME_CODES
from crimemap.periods import months_between
from crimemap.simulate import simulate


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _members(folder: Path, truth: dict) -> list[tuple[dict, list[list[str]]]]:
    found = []
    for said in truth["counts"]["files"]:
        with zipfile.ZipFile(folder / "archives" / said["archive"]) as packed:
            text = packed.read(said["path"]).decode("utf-8")
        found.append((said, list(csv.reader(io.StringIO(text, newline="")))))
    return found


@pytest.fixture(scope="module")
def told(demo_county):
    return json.loads((demo_county / "truth.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def members(demo_county, told):
    return _members(demo_county, told)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        simulate(tmp_path / name, seed=seed, months=6, scale=0.01)
    first, second, other = (_hashes(tmp_path / name) for name in ("a", "b", "c"))
    assert first == second
    assert first.keys() == other.keys()
    alike = {name for name in first if first[name] == other[name]}
    assert alike <= {"neighbourhoods/wendleshire/force.json", "confidential/source.toml", "lookups/lad_lookup.csv"}


def test_every_file_holds_as_many_rows_as_the_truth_says(members):
    for said, rows in members:
        assert len(rows) - 1 == said["read"], said["path"]
        assert said["read"] == said["good"] + sum(said["bad"].values()), said["path"]


def test_the_archives_hold_the_files_of_the_truth_and_no_others(demo_county, told):
    for name in told["archives"]:
        with zipfile.ZipFile(demo_county / "archives" / name) as packed:
            assert packed.testzip() is None
            held = packed.namelist()
        assert held == [said["path"] for said in told["counts"]["files"] if said["archive"] == name]


def test_the_missing_month_has_no_file_at_all(told):
    missing = told["missing_month"]
    assert told["first_month"] < missing < told["latest_month"]
    assert all(said["month"] != missing for said in told["counts"]["files"])
    assert missing not in told["counts"]["after_both_archives"]["by_month_and_offence_type"]


def test_every_kind_of_bad_row_is_there(told):
    kinds = Counter()
    for said in told["counts"]["files"]:
        kinds.update(said["bad"])
    assert set(kinds) == {
        "month_13", "coordinate_not_finite", "coordinates_swapped", "outside_united_kingdom",
        "too_few_columns", "too_many_columns", "time_not_a_time",
    }  # fmt: skip


def _is_good(row: list[str], month: str) -> bool:
    if len(row) != 12 or row[1] != month:
        return False
    return not row[4] or (np.isfinite(float(row[4])) and 49 < float(row[5]) < 62 and -9.5 < float(row[4]) < 2.8)


def test_the_bad_rows_are_bad_and_the_good_rows_are_good(members):
    for said, rows in members:
        if said["table"] == "street":
            good = sum(_is_good(row, said["month"]) for row in rows[1:])
            assert good == said["good"], said["path"]


def test_counts_by_month_and_type_are_those_of_the_files(members, told):
    later = told["archives"][-1]
    final = {said["path"]: (said, rows) for said, rows in members if said["table"] == "street"}
    for said, rows in members:
        if said["table"] == "street" and said["archive"] == later:
            final[said["path"]] = (said, rows)
    counted: dict[str, Counter] = {}
    unlocated = 0
    for said, rows in final.values():
        good = [row for row in rows[1:] if _is_good(row, said["month"])]
        counted[said["month"]] = Counter(row[9] for row in good)
        unlocated += sum(row[4] == "" for row in good)
    told_counts = told["counts"]["after_both_archives"]
    assert {month: dict(c) for month, c in counted.items()} == told_counts["by_month_and_offence_type"]
    assert told_counts["incidents"] == sum(c.total() for c in counted.values())
    assert told_counts["incidents_without_a_location"] == unlocated
    assert {o for c in counted.values() for o in c} == set(CURRENT_OFFENCE_TYPES)


def test_months_overlap_and_together_make_the_period(told):
    spans = [{said["month"] for said in told["counts"]["files"] if said["archive"] == name} for name in told["archives"]]
    assert spans[0] & spans[1]
    assert spans[0] - spans[1]
    whole = set(months_between(told["first_month"], told["latest_month"])) | {told["latest_month"]}
    assert spans[0] | spans[1] == whole - {told["missing_month"]}


def test_anti_social_behaviour_has_no_identifier_and_everything_else_has(members):
    for said, rows in members:
        if said["table"] == "street":
            for row in rows[1:]:
                if _is_good(row, said["month"]):
                    assert (row[0] == "") == (row[9] == "Anti-social behaviour")
                    assert len(row[0]) in {0, 64}


def test_some_identifiers_repeat_and_some_rows_are_alike(members):
    rows = [tuple(row) for said, held in members if said["table"] == "street" for row in held[1:] if len(row) == 12]
    by_file = [
        (tuple(row[0] for row in held[1:] if row[0]), said["path"]) for said, held in members if said["table"] == "street"
    ]
    assert any(len(set(ids)) < len(ids) for ids, _ in by_file)
    assert any(row[0] == "" for row, n in Counter(rows).items() if n > 1)


def test_real_oddities_are_there(demo_county, members):
    text = [row[6] for said, rows in members if said["table"] == "street" for row in rows[1:] if len(row) == 12]
    assert any(location.endswith(" ") for location in text)
    assert any("," in location for location in text)
    assert any(location == "No Location" for location in text)
    ends = set()
    for archive in (demo_county / "archives").iterdir():
        with zipfile.ZipFile(archive) as packed:
            ends.add(b"\r\n" in packed.read(packed.namelist()[0]))
    assert ends == {True, False}


def test_outcomes_are_known_to_the_register_and_most_link(members, told):
    later = [(said, rows) for said, rows in members if said["archive"] == told["archives"][-1]]
    crimes = {row[0] for said, rows in later if said["table"] == "street" for row in rows[1:] if row[0]}
    outcomes = [row for said, rows in later if said["table"] == "outcomes" for row in rows[1:] if len(row) == 10]
    assert {row[9] for row in outcomes} <= set(OUTCOME_CODES)
    linked = sum(row[0] in crimes for row in outcomes)
    assert 0.5 < linked / len(outcomes) < 1


def test_the_last_outcome_is_that_of_the_outcomes_files(members, told):
    later = [(said, rows) for said, rows in members if said["archive"] == told["archives"][-1]]
    last: dict[str, list[tuple[str, str]]] = {}
    for said, rows in later:
        if said["table"] == "outcomes":
            for row in rows[1:]:
                if len(row) == 10 and row[1] == said["month"]:
                    last.setdefault(row[0], []).append((row[1], row[9]))
    repeated = Counter(row[0] for said, rows in later if said["table"] == "street" for row in rows[1:])
    checked = 0
    first = min(said["month"] for said, _ in later)
    for said, rows in later:
        if said["table"] != "street":
            continue
        for row in rows[1:]:
            if not _is_good(row, said["month"]) or not row[0] or repeated[row[0]] > 1 or said["month"] == first:
                continue
            known = last.get(row[0], [])
            if not known:
                assert row[10] in {"Under investigation", "Status update unavailable"}
            else:
                newest = max(month for month, _ in known)
                said_last = {kind for month, kind in known if month == newest}
                assert row[10] in {"Awaiting court outcome" if kind == "Suspect charged" else kind for kind in said_last}
            checked += 1
    assert checked > 500


def test_the_later_archive_has_newer_outcomes(members, told):
    said_by = {
        name: {
            row[0]: row[10]
            for said, rows in members
            if said["archive"] == name and said["table"] == "street"
            for row in rows[1:]
            if len(row) == 12 and row[0]
        }
        for name in told["archives"]
    }
    both = said_by[told["archives"][0]].keys() & said_by[told["archives"][1]].keys()
    newer = sum(said_by[told["archives"][0]][i] != said_by[told["archives"][1]][i] for i in both)
    assert newer > 0.02 * len(both)


def test_boundary_files_nest_and_cover(demo_county):
    folder = demo_county / "boundaries"
    bricks = gpd.read_file(folder / "lsoa.gpkg")
    assert bricks.crs.to_epsg() == 27700
    for area_type in ("msoa", "ward", "neighbourhood", "lad", "csp", "bcu", "ctyua", "pfa"):
        held = gpd.read_file(folder / f"{area_type}.gpkg").set_index("area_code")
        assert shapely.coverage_is_valid(held.geometry.to_numpy()), area_type
        assert held.area.sum() == pytest.approx(bricks.area.sum(), rel=1e-12)
        parts = bricks.dissolve(f"{area_type}_code", method="coverage").geometry
        assert shapely.equals(shapely.normalize(parts.loc[held.index].to_numpy()), held.geometry.to_numpy()).all()


def test_na_stays_a_code(demo_county):
    assert "NA" in set(gpd.read_file(demo_county / "boundaries" / "bcu.gpkg")["area_code"])
    lookup = pd.read_csv(demo_county / "lookups" / "lsoa_lookup.csv", keep_default_na=False)
    assert "NA" in set(lookup["bcu_code"])


def test_population_adds_up(demo_county, told):
    people = pd.read_csv(demo_county / "lookups" / "lsoa_population.csv")
    assert people["population"].sum() == told["population"]
    assert people["households"].sum() == told["households"]
    teams = json.loads((demo_county / "neighbourhoods" / "wendleshire" / "neighbourhoods.json").read_text("utf-8"))
    assert sum(int(one["population"]) for one in teams) == told["population"]


def test_misfits_are_those_of_the_lookup(demo_county, told):
    lookup = pd.read_csv(demo_county / "lookups" / "lsoa_lookup.csv", keep_default_na=False)
    people = pd.read_csv(demo_county / "lookups" / "lsoa_population.csv").set_index("lsoa_code")["population"]
    lookup["people"] = people.loc[lookup["lsoa_code"]].to_numpy()
    for cut in told["alignment"]["districts_cut_by_a_bcu"]:
        by_bcu = lookup[lookup["lad_code"] == cut["lad"]].groupby("bcu_code")["people"].sum()
        assert by_bcu.idxmax() == cut["main_bcu"]
        assert by_bcu.sum() - by_bcu.max() == cut["people_outside_it"] > 0
    merger = told["alignment"]["merger_that_makes_a_bcu"]
    merged = set(lookup["lsoa_code"][lookup["csp_code"].isin(merger["csps"])])
    assert merged == set(lookup["lsoa_code"][lookup["bcu_code"] == merger["bcu"]])


def test_neighbourhoods_have_the_shape_that_clients_need(demo_county):
    folder = demo_county / "neighbourhoods" / "wendleshire"
    force = json.loads((folder / "force.json").read_text("utf-8"))
    assert {"id", "name", "description", "url", "telephone", "engagement_methods", "people"} <= force.keys()
    teams = json.loads((folder / "neighbourhoods.json").read_text("utf-8"))
    bounds = gpd.read_file(demo_county / "boundaries" / "neighbourhood.gpkg").to_crs(4326).set_index("area_code").geometry
    assert {one["id"] for one in teams} == set(bounds.index)
    for one in teams:
        centre = shapely.Point(float(one["centre"]["longitude"]), float(one["centre"]["latitude"]))
        assert bounds[one["id"]].contains(centre)
        assert len(one["people"]) >= 3
        assert one["priorities"]
        for priority in one["priorities"]:
            assert priority.keys() == {"issue", "issue-date", "action", "action-date"}
            assert priority["issue-date"]
    assert any(one["events"] for one in teams)


def test_confidential_records_stand_behind_the_published_points(demo_county, told):
    records = pd.read_csv(demo_county / "confidential" / "incidents.csv", keep_default_na=False)
    description = tomllib.loads((demo_county / "confidential" / "source.toml").read_text("utf-8"))
    assert description["kind"] == "confidential"
    assert len(records) == told["confidential_records"]
    truth = pq.read_table(demo_county / "truth_incidents.parquet").to_pandas()
    own = truth[truth["record_no"].notna()].set_index("record_no").loc[records["record_no"]]
    start, end = pd.to_datetime(records["from"]), pd.to_datetime(records["to"])
    moment = own["moment"].to_numpy()
    assert (start.to_numpy() <= moment).all()
    assert (moment <= end.to_numpy()).all()
    assert (start.dt.strftime("%Y-%m").to_numpy() == own["month"].astype(str).to_numpy()).all()
    located = records["easting"] != ""
    assert (records["easting"][located].astype(float).to_numpy() == own["easting"].to_numpy()[located]).all()
    assert told["missing_month"] in set(own["month"].astype(str))
    burglary = (own["offence_type"] == "Burglary").sum()
    assert burglary == (truth["offence_type"] == "Burglary").sum()


def test_true_positions_are_not_map_points(demo_county):
    records = pd.read_csv(demo_county / "confidential" / "incidents.csv")
    points = pd.read_csv(demo_county / "map_points.csv")
    known = set(zip(points["easting"], points["northing"], strict=True))
    at_a_point = [pair in known for pair in zip(records["easting"], records["northing"], strict=True)]
    assert np.mean(at_a_point) < 0.2


def test_parameters_out_of_range_are_refused(tmp_path):
    for wrong in ({"seed": -1}, {"months": 3}, {"scale": 0.0}, {"scale": float("nan")}):
        with pytest.raises(ParameterError):
            simulate(tmp_path / "x", **wrong)
    assert not (tmp_path / "x").exists()


def test_something_else_is_not_overwritten(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"sun")
    with pytest.raises(ConflictError, match="something else"):
        simulate(tmp_path, months=6, scale=0.01)
    assert (tmp_path / "holiday.jpg").read_bytes() == b"sun"


def test_an_earlier_county_is_replaced(tmp_path):
    simulate(tmp_path / "county", months=6, scale=0.01, seed=1)
    told = simulate(tmp_path / "county", months=7, scale=0.01, seed=2)
    assert json.loads((tmp_path / "county" / "truth.json").read_text("utf-8")) == json.loads(json.dumps(told))
    assert [path.name for path in tmp_path.iterdir()] == ["county"]
