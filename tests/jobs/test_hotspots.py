"""Hotspots as a process: both kinds of cells, what is said of each hot cell, and the areas that they make."""

import json
import sqlite3
from contextlib import closing
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pytest
import shapely

from crimemap.errors import CrimemapError, EmptyInputError, ParameterError
from crimemap.jobs.at_risk_past import at_risk_in_months
from crimemap.jobs.processes import hotspots as processes_hotspots
from crimemap.jobs.registry import run
from crimemap.jobs.writers import write_result
from crimemap.workspace import Workspace
from tests.jobs.made import CLUSTER, MONTHS, WEST_FORCE, west_rows

SQUARES = {"force": WEST_FORCE, "cells": "100m"}
HEXAGONS = {"force": WEST_FORCE, "cells": "h3:10"}


@pytest.mark.parametrize("asked", [SQUARES, HEXAGONS])
def test_the_cluster_is_one_hotspot_with_its_count_and_what_to_expect(made, asked):
    result = run("hotspots", made, asked)
    said = result.to_json()
    first = said["areas"][0]
    assert first["rank"] == 1
    assert first["incidents"] > 60
    assert first["expected"] == pytest.approx(result.used * first["area_km2"] / 6.0, rel=1e-2)
    shape = result.layers()["areas"].geometry.iloc[0]
    assert shape.contains(shapely.Point(CLUSTER))
    assert shape.area / 1e6 == pytest.approx(first["area_km2"], rel=5e-3)
    cells = result.table()
    assert cells.loc[cells["hotspot_rank"] == 1, "incidents"].sum() == first["incidents"]
    assert cells["hotspot_rank"].notna().sum() == cells["hotspot"].sum() == sum(area["cells"] for area in said["areas"])


def test_squares_cover_the_study_area_and_empty_ones_count(made):
    result = run("hotspots", made, SQUARES)
    assert len(result.table()) == 600
    assert result.table()["area_inside_km2"].sum() == pytest.approx(6.0)
    assert result.table()["incidents"].sum() == result.used


def test_a_hotspot_is_named_by_its_nearest_street(made):
    said = run("hotspots", made, HEXAGONS).to_json()
    names = {row["Location"].strip().removeprefix("On or near ") for row in west_rows("2024-01")}
    assert said["areas"][0]["name"] in names


def test_the_broad_cluster_stays_hot_with_other_neighbours(made):
    result = run("hotspots", made, SQUARES)
    hot = result.hot
    assert result.to_json()["sensitivity"] == {"next_ring": 2, "next_distance_m": None, "coarser_cells": "200m"}
    assert hot["hot_at_next_ring"].mean() > 0.6


def test_resolution_is_short_for_cells(made):
    short, long = (run("hotspots", made, asked).table() for asked in ({"force": WEST_FORCE, "resolution": 10}, HEXAGONS))
    assert short.equals(long)


def test_neighbours_by_distance_of_one_and_a_half_cells_are_the_ring(made):
    ring = run("hotspots", made, SQUARES).table()
    near = run("hotspots", made, {**SQUARES, "distance_m": 150.0}).table()
    assert near["q_value"].to_numpy() == pytest.approx(ring["q_value"].to_numpy())
    said = run("hotspots", made, {**SQUARES, "distance_m": 150.0}).to_json()
    assert said["neighbours"] == {"graph": "distance", "ring": None, "distance_m": 150.0}


def test_local_moran_finds_the_cluster_high_among_high(made):
    result = run("hotspots", made, {**SQUARES, "statistic": "local-moran"})
    assert (result.hot["quadrant"] == "high-high").all()
    cells = result.layers()["hotspots"]
    assert cells[cells["hotspot"]].distance(shapely.Point(CLUSTER)).min() == 0
    assert result.to_json()["statistic"].startswith("local Moran")
    assert result.hot["hot_at_next_ring"].isna().all()


def test_drawn_permutations_say_so_and_the_same_seed_gives_the_same(made):
    asked = {**SQUARES, "test": "monte-carlo", "permutations": 199, "seed": 4, "correction": "none"}
    runs = [run("hotspots", made, asked) for _ in range(2)]
    assert runs[0].table().equals(runs[1].table())
    assert runs[0].to_json()["permutations"] == 199
    assert runs[0].table()["p_value"].min() == 1 / 200


def test_draws_of_places_give_cells_a_probability_and_hotspots_a_stability(made):
    result = run("hotspots", made, {**SQUARES, "location_draws": 30})
    said = result.to_json()
    assert said["location"] == {
        "model": "catchments of map points",
        "sigma_m": None,
        "reach_m": 150.0,
        "draws": 30,
        "seed": 1,
    }
    assert 0 <= result.table()["hot_probability"].min() <= result.table()["hot_probability"].max() <= 1
    far = np.hypot(*(np.array(result.grid.centres()) - np.array(CLUSTER)[:, None])) > 600
    assert result.table()["hot_probability"].to_numpy()[far].mean() < 0.02
    assert said["areas"][0]["stability"] > 0.3


def test_a_small_geocoding_error_leaves_the_map_as_it_is(made):
    result = run("hotspots", made, {**SQUARES, "location_draws": 10, "geocoding_error_m": 0.01})
    assert result.to_json()["location"]["model"] == "geocoding error"
    table = result.table()
    assert (table["hot_probability"] == table["hotspot"]).mean() > 0.99


def test_people_at_risk_are_those_of_the_small_areas(made):
    result = run("hotspots", made, {**SQUARES, "people": "population"})
    expected = sum(100 + i for row in range(4) for i in range(12 * row, 12 * row + 6))
    assert result.table()["people"].sum() == pytest.approx(expected)
    assert result.to_json()["people"]["set_id"] == "lsoa-2011"


def test_without_a_boundary_squares_seen_are_compared(without_forces):
    result = run("hotspots", without_forces, SQUARES)
    assert "ever recorded an incident" in result.to_json()["study_area"]["how"]
    with pytest.raises(ParameterError, match="no boundary to clip catchments to"):
        run("hotspots", without_forces, {**SQUARES, "location_draws": 10})


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"cells": "9"}, ParameterError, "no kind of cells"),
        ({"cells": "0m"}, ParameterError, "without a side"),
        ({"cells": "1m", "area": "csp-2017:E22000001"}, EmptyInputError, "fewer than 3|too few"),
        ({"cells": "100km"}, EmptyInputError, "1 cells are too few"),
        ({"cells": "200m", "resolution": 9}, ParameterError, "two kinds of cells"),
        ({"cells": "100m", "distance_m": 0.0}, ParameterError, "Give a number above 0 metres"),
        ({"cells": "100m", "distance_m": 50.0}, ParameterError, "no point has another"),
        ({"cells": "100m", "permutations": 3}, ParameterError, "greater than or equal to 19"),
        ({"cells": "100m", "statistic": "local-moran", "test": "normal"}, ParameterError, "no normal test"),
        ({"cells": "100m", "statistic": "local-moran", "location_draws": 20}, ParameterError, "by Gi. only"),
        ({"cells": "100m", "location_draws": 3}, ParameterError, "3 draws say little"),
        ({"cells": "100m", "location_draws": 20, "geocoding_error_m": -1.0}, ParameterError, "Give a number above 0 metres"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_reason(made, asked, error, said):
    if asked.get("area"):
        asked = {**asked, "offence": "burglary"}
    with pytest.raises(error, match=said):
        run("hotspots", made, {"force": WEST_FORCE, **asked})


def test_every_kind_of_file_is_written_and_read_again(made, tmp_path):
    result = run("hotspots", made, {**SQUARES, "location_draws": 10})
    for ending in ("csv", "gpkg", "geojson", "parquet", "html"):
        write_result(result, tmp_path / f"hot.{ending}", process="hotspots")
    assert len(gpd.read_file(tmp_path / "hot.gpkg", layer="areas")) == len(result.areas)
    assert len(gpd.read_file(tmp_path / "hot.gpkg", layer="hotspots")) == len(result.layers()["hotspots"])
    assert len(json.loads((tmp_path / "hot.geojson").read_text())["features"]) == len(result.layers()["hotspots"])


def test_a_geopackage_opens_styled_in_qgis(made, tmp_path):
    write_result(run("hotspots", made, SQUARES), tmp_path / "hot.gpkg", process="hotspots")
    with closing(sqlite3.connect(tmp_path / "hot.gpkg")) as con:
        held = dict(con.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault"))
    assert sorted(held) == ["areas", "hotspots"]
    style = ET.fromstring(held["hotspots"])  # noqa: S314 - written above
    ranges = style.findall(".//range")
    assert [one.get("lower") for one in ranges[:2]] == ["0.0", "0.5"]
    assert all(float(one.get("lower")) < float(one.get("upper")) for one in ranges)


def test_the_map_is_one_page_that_asks_nobody_for_anything(made, tmp_path):
    result = run("hotspots", made, SQUARES)
    pages = [result.page(), run("hotspots", made, SQUARES).page()]
    assert pages[0] == pages[1], "the same result is the same page"
    assert "<script src" not in pages[0]
    assert "tile.openstreetmap" not in pages[0]
    assert str(result.areas["incidents"].iloc[0]) in pages[0]


def test_a_map_without_hotspots_is_a_map(made):
    result = run("hotspots", made, {**SQUARES, "alpha": 1e-12})
    assert result.to_json()["areas"] == []
    assert "0 of 600 cells are hot" in result.page()
    assert len(result.layers()["areas"]) == 0


def test_names_of_streets_cannot_break_out_of_the_page(made, tmp_path):
    result = run("hotspots", made, SQUARES)
    result.areas["name"] = "</script><img src=x onerror=alert(1)>"
    assert "</script><img" not in result.page()
    assert "<img src=x" not in result.page().replace("<\\/", "</").split("<table>")[1]


def test_a_workspace_without_incidents_is_an_error(tmp_path):
    with pytest.raises(CrimemapError):
        run("hotspots", Workspace(tmp_path / "nowhere"), SQUARES)


def test_beside_people_the_cluster_is_hot_and_expected_is_by_people(made):
    result = run("hotspots", made, {**SQUARES, "relative_to": "population"})
    said = result.to_json()
    assert said["areas"][0]["incidents"] > 60
    assert result.layers()["areas"].geometry.iloc[0].contains(shapely.Point(CLUSTER))
    cells = result.table()
    # The western half's people, whole: every one of its small areas has a map point or a point of its own.
    assert cells["at_risk"].sum() == pytest.approx(sum(100 + i for row in range(4) for i in range(12 * row, 12 * row + 6)))
    first = cells[cells["hotspot_rank"] == 1]
    share = first["at_risk"].sum() / cells["at_risk"].sum()
    assert said["areas"][0]["expected"] == pytest.approx(
        (result.used - said["relative_to"]["incidents_where_nobody_is"]) * share, abs=0.01
    )
    assert said["statistic"].startswith("local excess beside people")
    assert "same risk" in said["null"]
    assert said["relative_to"]["set_id"] == "lsoa-2011"
    assert "map points" in said["relative_to"]["how"]
    assert "beside people" in result.page()


@pytest.mark.parametrize(
    "beside",
    [{"relative_to": "population"}, {"relative_to": "offence:all", "offence": "burglary"}],
    ids=["people", "offence"],
)
def test_a_map_beside_those_at_risk_is_tested_by_its_own_excess(made, beside):
    latest = {**SQUARES, "first_month": MONTHS[-1], "last_month": MONTHS[-1], **beside}
    past = run("hotspots", made, latest).to_json()["backtest"]
    assert past["available"], past["why"]
    assert past["method"] == ("excess:people" if "offence" not in beside else "excess:controls")
    assert past["title"].endswith("with a ring of 1")
    assert past["last_test_month"] == MONTHS[-1]
    assert all(0 <= score["hit_rate"] <= 1 for score in past["scores"])
    # The cluster stays where it is: a fifth of the area holds it, by excess as by counts.
    assert max(score["hit_rate"] for score in past["scores"]) > 0.3
    assert past == run("hotspots", made, latest).to_json()["backtest"]


def test_the_controls_of_a_test_are_those_of_its_training_months(made, monkeypatch):
    """Counted here from the whole of a month and area, whatever the map's own month is."""
    held = {}

    def keep(at_risk, **given):
        then = at_risk_in_months(at_risk, **given)

        def kept(months):
            held[tuple(months)] = then(months)
            return held[tuple(months)]

        return kept

    monkeypatch.setattr(processes_hotspots, "at_risk_in_months", keep)
    asked = {
        **SQUARES,
        "first_month": MONTHS[-1],
        "last_month": MONTHS[-1],
        "offence": "burglary",
        "relative_to": "offence:all",
    }
    run("hotspots", made, asked)
    assert held
    assert all(MONTHS[-1] not in months for months in held)
    for months, number in held.items():
        period = {"first_month": months[0], "last_month": months[-1], "backtest": False}
        there = run("hotspots", made, {**asked, **period}).table()["at_risk"]
        np.testing.assert_array_equal(number, there)


def test_without_anybody_named_the_result_says_that_towns_are_hot(made):
    result = run("hotspots", made, {**SQUARES, "backtest": False})
    assert "scattered evenly over the ground" in result.to_json()["null"]
    assert "towns, where people are" in result.page()
    cells = result.table()
    assert cells["local_expected"].to_numpy() == pytest.approx(
        cells["incidents"].mean() * (cells["n_neighbours"].to_numpy() + 1)
    )


def test_households_and_a_named_set_are_as_good_as_population(made):
    kinds = {}
    for whom in ("population", "households", "lsoa-2011"):
        result = run("hotspots", made, {**SQUARES, "relative_to": whom, "backtest": False})
        kinds[whom] = result.to_json()["relative_to"]["measure"], result.table()["at_risk"].sum()
    assert kinds["lsoa-2011"] == kinds["population"]
    assert kinds["households"][0] == "households"
    assert kinds["households"][1] < kinds["population"][1]


def test_beside_all_other_offence_types_cases_are_not_among_the_controls(made):
    """The cluster is of burglaries, the scattered incidents are not."""
    asked = {**SQUARES, "offence": "burglary", "backtest": False}
    result = run("hotspots", made, {**asked, "relative_to": "offence:all"})
    said = result.to_json()
    assert said["relative_to"]["number"] == 120
    assert result.table()["incidents"].sum() == 100
    assert said["statistic"].startswith("local excess beside other incidents")
    x, y = result.grid.centres()
    at = result.table()["hotspot"].to_numpy()
    assert at.any()
    assert np.hypot(x[at] - CLUSTER[0], y[at] - CLUSTER[1]).max() < 400
    named = run("hotspots", made, {**asked, "relative_to": "offence:anti-social-behaviour"})
    assert named.table()["p_value"].equals(result.table()["p_value"])
    with pytest.raises(ParameterError, match="the map is of the offence type"):
        run("hotspots", made, {**asked, "relative_to": "offence:burglary"})


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"relative_to": "offence:burglary"}, "none left to be set beside"),
        ({"relative_to": "population", "statistic": "local-moran"}, "exact test of their own"),
        ({"relative_to": "population", "test": "normal"}, "exact test of their own"),
        ({"relative_to": "population", "location_draws": 20}, "even spread only"),
        ({"relative_to": "lsoa-1999"}, "lsoa-1999|no boundary set"),
    ],
)
def test_what_cannot_be_set_beside_is_refused(made, asked, said):
    with pytest.raises(CrimemapError, match=said):
        run("hotspots", made, {**SQUARES, **asked})


def test_without_a_boundary_people_are_spread_over_the_ground(without_forces):
    said = run("hotspots", without_forces, {**SQUARES, "relative_to": "population"}).to_json()
    assert "evenly over the ground" in said["relative_to"]["how"]
