"""Clusters, scans and concentration as processes: every incident accounted for, the cluster found."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from crimemap.analysis.clusters.scan import scan
from crimemap.analysis.clusters.scan_in_time import space_time_scan
from crimemap.errors import EmptyInputError, NotFoundError, ParameterError
from crimemap.jobs.processes import scan as scan_process
from crimemap.jobs.registry import run
from crimemap.jobs.writers import write_result
from tests.jobs.made import CLUSTER, EAST_FORCE, WEST_FORCE

CLUSTERS = {"force": WEST_FORCE, "fewest": 25, "reach_m": 150.0}
SCAN = {"by": "lsoa-2011", "force": WEST_FORCE, "simulations": 99}
OVER = {"force": WEST_FORCE, "draws": 99}


@pytest.mark.parametrize("method", ["dbscan", "nnh"])
def test_the_cluster_is_the_first_area_with_its_count_and_what_to_expect(made, method):
    result = run("clusters", made, {**CLUSTERS, "method": method})
    first = result.to_json()["clusters"][0]
    assert result.shapes[0].contains(shapely.Point(CLUSTER))
    assert first["incidents"] >= 80
    assert first["expected"] == pytest.approx(result.incidents["used"] * first["area_km2"] / 6.0, rel=1e-3)
    assert first["incidents"] > 5 * first["expected"]
    assert first["name"]


def test_hdbscan_groups_what_there_are_several_groups_of(made):
    found = run("clusters", made, {**CLUSTERS, "method": "hdbscan", "fewest": 8}).to_json()
    assert len(found["clusters"]) >= 2
    assert found["method_parameters"] == {"fewest": 8}


@pytest.mark.parametrize("asked", [{"force": WEST_FORCE}, {"area": "csp-2017:E22000009"}])
def test_every_incident_is_accounted_for(made, asked):
    said = run("clusters", made, asked).to_json()["incidents"]
    assert said["selected"] == sum(said[name] for name in ("used", "outside_study_area", "without_position", "without_time"))
    assert said["in_clusters"] <= said["used"]
    said = run("scan", made, {"by": "lsoa-2011", "expect": "area", "simulations": 19, **asked}).to_json()["incidents"]
    assert said["selected"] == sum(said[name] for name in ("used", "where_nobody_lives", "elsewhere", "without_position"))
    said = run("concentration", made, {"draws": 99, **asked}).to_json()["incidents"]
    assert said["selected"] == sum(said[name] for name in ("used", "outside_study_area", "without_position"))


def test_no_cluster_is_an_answer(made, tmp_path):
    result = run("clusters", made, {**CLUSTERS, "fewest": 500})
    assert result.to_json()["clusters"] == []
    assert "No cluster was found" in result.page()
    write_result(result, tmp_path / "none.gpkg", process="clusters")
    styled = gpd.read_file(tmp_path / "none.gpkg", layer="layer_styles")
    assert styled["f_table_name"].tolist() == ["clusters"]
    assert styled["f_geometry_column"].tolist() == ["geom"]


def test_months_are_not_taken_for_days(made):
    with pytest.raises(EmptyInputError, match="only the month is known"):
        run("clusters", made, {"force": WEST_FORCE, "method": "st-dbscan"})


def test_the_scan_finds_the_cluster_and_names_its_areas(made):
    result = run("scan", made, SCAN)
    first = result.to_json()["clusters"][0]
    assert first["p_value"] == 0.01
    assert shapely.union_all(result.shapes[:1]).distance(shapely.Point(CLUSTER)) == 0
    assert first["areas"] == len(first["members"])
    assert first["incidents"] > first["expected"]
    assert first["relative_risk"] > 1
    assert result.to_json()["denominator"]["measure"] == "population"
    assert result.to_json()["areas"] == 24


def test_the_scan_expects_by_what_it_is_told(made):
    ground = run("scan", made, {**SCAN, "expect": "area"}).to_json()
    assert ground["denominator"] is None
    first = ground["clusters"][0]
    assert first["expected"] == pytest.approx(ground["incidents"]["used"] * first["areas"] / 24, abs=1e-3)


def test_a_scan_in_time_says_which_months(made):
    said = run("scan", made, {**SCAN, "time": True, "longest": 2}).to_json()
    assert said["scan"]["model"] == "permutation"
    for cluster in said["clusters"]:
        assert "2024-01" <= cluster["first"] <= cluster["last"] <= "2024-04"
    poisson = run("scan", made, {**SCAN, "time": True, "model": "poisson", "alive": True}).to_json()
    assert poisson["clusters"][0]["last"] == "2024-04"


def test_a_month_without_data_is_not_a_month_without_crime(made):
    """March is missing in the east: nothing is expected there then."""
    said = run("scan", made, {**SCAN, "force": EAST_FORCE, "time": True, "model": "poisson"}).to_json()
    assert all(cluster["first"] != "2024-03" or cluster["last"] != "2024-03" for cluster in said["clusters"])


def test_a_month_that_one_force_has_not_is_expected_in_the_areas_of_the_other_alone(made, monkeypatch):
    """The east has three months of four: by people its areas are due three quarters, and nothing in March."""
    held = {}

    def keep(counts, *args, expected, **how):
        held["counts"], held["due"] = counts, expected
        return space_time_scan(counts, *args, expected=expected, **how)

    monkeypatch.setattr(scan_process, "space_time_scan", keep)
    asked = {"by": "lsoa-2011", "simulations": 19, "time": True}
    run("scan", made, asked | {"model": "poisson"})
    east = held["due"][:, 2] == 0
    assert east.sum() == 16
    assert (held["counts"][east, 2] == 0).all()
    assert (held["due"][~east] > 0).all()
    assert (held["due"][east][:, [0, 1, 3]] > 0).all()
    with pytest.raises(ParameterError, match="data of different months"):
        run("scan", made, asked)
    assert run("scan", made, asked | {"force": WEST_FORCE}).to_json()["scan"]["model"] == "permutation"


def test_in_space_alone_an_area_is_due_what_its_months_with_data_are_of_all(made, monkeypatch):
    held = {}

    def keep(counts, expected, *args, **how):
        held["due"] = expected
        return scan(counts, expected, *args, **how)

    monkeypatch.setattr(scan_process, "scan", keep)
    run("scan", made, {"by": "lsoa-2011", "simulations": 19})
    months = np.where(np.arange(48) % 12 < 6, 4, 3)[np.arange(48) % 12 < 10]
    people = (100 + np.arange(48))[np.arange(48) % 12 < 10]
    assert sorted(held["due"]) == sorted(people * months)


def test_without_a_force_all_areas_with_data_are_scanned_and_no_others(made):
    said = run("scan", made, {"by": "lsoa-2011", "simulations": 19}).to_json()
    assert said["study_area"] is None
    assert said["areas"] == 40  # the eight of the sixth column belong to nobody who has published


def test_concentration_is_that_of_the_counts(made):
    result = run("concentration", made, {**OVER, "over": "100m"})
    said = result.to_json()
    assert said["places"]["compared"] == 600
    counts = result.table()["incidents"].to_numpy()
    assert (np.diff(counts) <= 0).all()
    tenth = next(row for row in said["top"] if row["share_of_places"] == 0.1)
    assert tenth["value"] == pytest.approx(counts[:60].sum() / counts.sum())
    assert tenth["low"] <= tenth["value"] <= tenth["high"]
    assert said["gini"]["value"] > said["gini"]["by_chance"]
    assert said["lorenz"][-1] == {"share_of_places": 1.0, "share_of_incidents": pytest.approx(1.0)}


def test_map_points_that_hold_nothing_now_count_as_places(made):
    every = run("concentration", made, OVER).to_json()
    burglary = run("concentration", made, {**OVER, "offence": "anti-social-behaviour"}).to_json()
    assert burglary["places"]["compared"] == every["places"]["compared"]
    assert burglary["places"]["with_incidents"] < every["places"]["with_incidents"]


def test_without_a_boundary_it_still_works_where_it_can(without_forces):
    assert run("clusters", without_forces, CLUSTERS).to_json()["clusters"][0]["expected"] is None
    with pytest.raises(ParameterError, match="no area to expect distances in"):
        run("clusters", without_forces, {**CLUSTERS, "method": "nnh", "reach_m": None})
    assert run("concentration", without_forces, OVER).to_json()["study_area"]["area_km2"] is None


@pytest.mark.parametrize("process", ["clusters", "scan", "concentration"])
def test_every_kind_of_file_is_written_and_read_again(made, tmp_path, process):
    result = run(process, made, {"clusters": CLUSTERS, "scan": SCAN, "concentration": OVER}[process])
    for ending in ("csv", "gpkg", "geojson", "parquet", *(["html"] if process != "concentration" else [])):
        write_result(result, tmp_path / f"out.{ending}", process=process)
    assert len(gpd.read_file(tmp_path / "out.gpkg", layer=process)) == len(result.table()) > 0


@pytest.mark.parametrize(
    ("process", "asked", "error", "said"),
    [
        ("clusters", {}, ParameterError, "neither a force nor an area"),
        ("clusters", {**CLUSTERS, "reach_m": 0.0}, ParameterError, "Give a number above 0 metres"),
        ("clusters", {**CLUSTERS, "fewest": 1}, ParameterError, "greater than or equal to 2"),
        ("clusters", {**CLUSTERS, "method": "kmeans"}, ParameterError, "'dbscan', 'hdbscan'"),
        ("clusters", {"area": "csp-2017:E22000001", "offence": "burglary"}, EmptyInputError, "fewer than 3|no pattern"),
        ("scan", {**SCAN, "alive": True}, ParameterError, "Give --time"),
        ("scan", {**SCAN, "by": "ward-2021"}, NotFoundError, "no such boundary set"),
        ("scan", {**SCAN, "area": "lsoa-2011:E01000001"}, EmptyInputError, "only 1 area of lsoa-2011"),
        ("scan", {**SCAN, "simulations": 3}, ParameterError, "greater than or equal to 19"),
        ("scan", {**SCAN, "most_radius_m": -1.0}, ParameterError, "Give a number above 0 metres"),
        ("concentration", {**OVER, "over": "streets"}, ParameterError, "no kind of cells"),
        ("concentration", {}, ParameterError, "neither a force nor an area"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_reason(made, process, asked, error, said):
    with pytest.raises(error, match=said):
        run(process, made, asked)
