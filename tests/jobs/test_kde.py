"""The process of kernel density: what it can be set beside, its accounts and its files."""

import json
import sqlite3
from contextlib import closing

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from crimemap.errors import EmptyInputError, NotFoundError, ParameterError
from crimemap.jobs.registry import run
from crimemap.jobs.writers import require_writable, suffixes, write_result
from tests.jobs.made import CLUSTER, EAST_FORCE, WEST_FORCE

ASKED = {"force": WEST_FORCE, "bandwidth": 300}
KINDS = {
    "density": {},
    "year": {"per": "year", "edge_correction": "diggle"},
    "adaptive": {"adaptive": True},
    "people": {"relative_to": "lsoa-2011", "edge_correction": "uniform", "least_people_per_km2": 10},
    "offence": {"offence": "burglary", "relative_to": "offence:anti-social-behaviour", "kernel": "gaussian"},
    "change": {"first_month": "2024-03", "compare": "2024-01:2024-02"},
}


@pytest.fixture(scope="module")
def results(made):
    return {name: run("kde", made, ASKED | asked) for name, asked in KINDS.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_incident_is_accounted_for(results, kind):
    said = results[kind].to_json()["incidents"]
    assert said["selected"] == said["used"] + said["around"] + said["too_far"] + said["without_position"]


@pytest.mark.parametrize("kind", KINDS)
def test_results_are_json_and_say_their_measure_unit_and_bound(results, kind):
    said = json.loads(json.dumps(results[kind].to_json(), allow_nan=False))
    assert said["surface"]["unit"]
    assert 0 < said["surface"]["error_bound"] <= 1e-9
    assert (said["compared"] is None) == (kind in ("density", "year", "adaptive"))


def test_a_year_is_the_period_over_its_length(made):
    period = run("kde", made, ASKED)
    year = run("kde", made, ASKED | {"per": "year"})
    assert year.value == pytest.approx(period.value * 3, nan_ok=True)
    assert (year.years, year.unit) == (pytest.approx(1 / 3), "incidents per km² and year")


def test_a_month_without_data_does_not_make_the_period_longer(made):
    assert run("kde", made, {"force": EAST_FORCE, "per": "year"}).years == pytest.approx(3 / 12)


def test_diggles_correction_keeps_the_incidents_in_the_area(results):
    said = results["year"].to_json()
    assert said["surface"]["incidents_under_surface"] == pytest.approx(said["incidents"]["used"], rel=0.01)
    assert said["incidents"]["around"] == 0


def test_incidents_by_people_are_those_over_those(made):
    asked = ASKED | KINDS["people"] | {"bandwidth": 1500}
    found = run("kde", made, asked)
    of_force = [100 + i for i in range(48) if i % 12 < 6]
    assert found.compared["people"] == pytest.approx(sum(of_force), rel=0.05)
    expected = found.surface.density_per_km2 / (4 * np.mean(of_force)) * 1000
    assert found.value == pytest.approx(expected, rel=0.15, nan_ok=True)
    sparse = run("kde", made, ASKED | {"relative_to": "lsoa-2011", "least_people_per_km2": 1e6})
    assert np.isnan(sparse.value).all()
    assert sparse.to_json()["highest"]["value"] is None


def test_where_burglary_clusters_its_risk_is_higher_than_of_other_offences(results):
    found = results["offence"]
    assert found.measure == "log_relative_risk"
    higher = found.region_layer().set_index("region").geometry["higher"]
    assert higher.distance(shapely.Point(CLUSTER)) < 100


def test_beside_another_offence_the_kernel_is_the_gaussian_unless_another_is_named(made):
    asked = {name: value for name, value in (ASKED | KINDS["offence"]).items() if name != "kernel"}
    found = run("kde", made, asked)
    assert found.surface.kernel == found.inputs.kernel == "gaussian"
    assert found.to_json()["compared"]["added_incidents"] == 1
    assert run("kde", made, asked | {"kernel": "quartic"}).surface.kernel == "quartic"
    assert run("kde", made, ASKED | {"backtest": False}).surface.kernel == "quartic"


def test_people_of_the_newest_small_areas_need_no_name(made):
    named, newest = (run("kde", made, ASKED | {"relative_to": name}) for name in ("lsoa-2011", "population"))
    assert newest.value == pytest.approx(named.value, nan_ok=True)
    assert newest.compared["set_id"] == "lsoa-2011"


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"compare": "2024-01:2024-02"}, "--compare"),
        ({"relative_to": "lsoa-2011"}, "--relative-to"),
        ({"relative_to": "lsoa-2011", "edge_correction": "uniform"}, "--relative-to and --edge"),
    ],
)
def test_what_adaptive_bandwidths_cannot_be_joined_with_is_named(made, asked, named):
    with pytest.raises(ParameterError, match=f"without {named}") as caught:
        run("kde", made, ASKED | {"adaptive": True} | asked)
    assert named in caught.value.fix


def test_the_change_is_of_both_periods_by_year(made, results):
    found = results["change"]
    later = run("kde", made, ASKED | {"first_month": "2024-03"})
    earlier = run("kde", made, ASKED | {"first_month": "2024-01", "last_month": "2024-02"})
    assert found.value == pytest.approx(6 * (later.value - earlier.value), abs=1e-9, nan_ok=True)
    assert found.to_json()["compared"]["selection"]["period"]["last_month"] == "2024-02"


def test_regions_hold_the_shares_that_they_say(results):
    for region in results["density"].to_json()["regions"]:
        assert region["share"] <= region["holds"] < region["share"] + 0.05
    named = results["density"].region_layer()["region"].tolist()
    assert named == ["75 % of incidents", "50 % of incidents", "25 % of incidents"]


@pytest.mark.parametrize("rule", ["scott", "silverman", "likelihood", "diggle", "cvl"])
def test_each_rule_is_named_with_what_it_chose(made, rule):
    surface = run("kde", made, ASKED | {"bandwidth": rule, "kernel": "gaussian", "cell_size_m": 20}).to_json()["surface"]
    assert surface["bandwidth_rule"] == rule
    assert 20 < surface["bandwidth_m"] < 2000


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", suffixes("kde"))
def test_every_kind_of_surface_is_written_as_every_kind_of_file(results, tmp_path, kind, suffix):
    path = tmp_path / f"out{suffix}"
    write_result(results[kind], path, process="kde")
    beside = {path.with_suffix(".prj")} if suffix == ".asc" else set()
    assert set(tmp_path.iterdir()) == {path} | beside
    assert path.stat().st_size > 500


def test_a_geotiff_has_the_values_where_they_are(results, tmp_path):
    for kind in ("density", "offence"):
        result = results[kind]
        write_result(result, tmp_path / "k.tif", process="kde")
        with rasterio.open(tmp_path / "k.tif") as file:
            assert file.crs.to_epsg() == 27700
            assert np.isnan(file.nodata)
            assert file.read(1)[::-1] == pytest.approx(result.value, nan_ok=True, abs=0)
            assert file.descriptions[0] == result.unit
            assert file.tags()["bandwidth_m"] == "300.0"
            east, north = result.surface.easting[7], result.surface.northing[3]
            assert file.index(east, north) == (result.value.shape[0] - 4, 7)
            assert file.count == (1 if result.p_value is None else 2)


def test_a_geopackage_carries_a_style_for_each_layer(results, tmp_path):
    for kind in ("density", "change"):
        path = tmp_path / f"{kind}.gpkg"
        write_result(results[kind], path, process="kde")
        assert {"regions", results[kind].measure} <= set(gpd.list_layers(path)["name"])
        with closing(sqlite3.connect(path)) as con:
            styles = dict(con.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault"))
        assert set(styles) == {"regions", results[kind].measure}
        name = "density_per_km2" if kind == "density" else kind
        assert f'attr="{name}"' in styles[results[kind].measure]
        layer = gpd.read_file(path, layer=results[kind].measure)
        assert name in layer.columns


def test_a_map_needs_nothing_else_and_names_the_regions(results, tmp_path):
    write_result(results["density"], tmp_path / "k.html", process="kde")
    page = (tmp_path / "k.html").read_text(encoding="utf-8")
    assert "50 % of incidents" in page
    assert 'src="http' not in page


def test_the_table_of_a_risk_has_its_p_value(results, tmp_path):
    write_result(results["offence"], tmp_path / "k.csv", process="kde")
    assert list(pd.read_csv(tmp_path / "k.csv").columns) == ["easting", "northing", "log_relative_risk", "p_value"]


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        (
            {"relative_to": "lsoa-2011", "compare": "2024-01:2024-02"},
            ParameterError,
            "either relative",
        ),
        ({"adaptive": True, "edge_correction": "uniform"}, ParameterError, "plain density, without --edge"),
        ({"compare": "2024-01"}, ParameterError, "not YYYY-MM:YYYY-MM"),
        ({"compare": "2023-01:2023-02"}, EmptyInputError, "no data from 2023-01 to 2023-02"),
        ({"first_month": "2024-02", "compare": "2024-01:2024-02"}, ParameterError, "does not end before"),
        ({"last_month": "2024-01", "compare": "2024-02:2024-03"}, ParameterError, "does not end before"),
        ({"offence": "Burglary", "relative_to": "offence:burglary"}, ParameterError, "beside itself"),
        ({"relative_to": "ward-2021"}, NotFoundError, "no such boundary set"),
        ({"relative_to": "csp-2017"}, NotFoundError, "no population is known"),
        ({"relative_to": "offence:piracy"}, NotFoundError, "no incident of this offence type"),
        ({"edge_correction": "torus"}, ParameterError, "'none', 'uniform' or 'diggle'"),
        ({"kernel": "gaussian", "tolerance": 0}, ParameterError, "tolerance"),
        ({"cell_size_m": float("nan")}, ParameterError, "cell_size_m"),
        ({"bandwidth": 1e5, "cell_size_m": 5}, ParameterError, "Take cells of 100 m or more"),
        ({"least_people_per_km2": 0, "relative_to": "lsoa-2011"}, ParameterError, "least_per_km2"),
    ],
)
def test_what_cannot_be_mapped_is_refused_with_the_reason(made, changed, error, said):
    with pytest.raises(error, match=said):
        run("kde", made, ASKED | changed)


def test_without_a_boundary_there_is_no_edge_to_correct_and_no_relative_risk(without_forces):
    with pytest.raises(ParameterError, match="without a study area"):
        run("kde", without_forces, ASKED | {"edge_correction": "uniform"})
    with pytest.raises(ParameterError, match="needs a study area"):
        run("kde", without_forces, ASKED | KINDS["offence"])
    change = run("kde", without_forces, ASKED | KINDS["change"])
    assert not np.isnan(change.value).any()


def test_kinds_that_cannot_be_written_are_refused(tmp_path):
    with pytest.raises(ParameterError, match=r"Take one of: .*\.tif"):
        require_writable(tmp_path / "k.shp", "kde")


def test_a_map_of_rates_has_regions_and_not_every_cell(results):
    regions = results["people"].region_layer()
    shares = [name.split(" (")[0] for name in regions["region"]]
    assert shares == [f"highest {share} of the ground" for share in ("20 %", "5 %", "1 %")]
    assert regions["area_km2"].is_monotonic_decreasing
    page = results["people"].page()
    assert "Cells" not in page
    assert all(name in page for name in regions["region"])
