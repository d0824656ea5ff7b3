import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from crimemap.errors import ParameterError
from crimemap.jobs.registry import run
from crimemap.jobs.writers import require_writable, suffixes, write_result
from tests.jobs.made import WEST_FORCE


@pytest.fixture(scope="module")
def results(made):
    return {
        "hotspots": run("hotspots", made, {"force": WEST_FORCE, "resolution": 10}),
        "kde": run("kde", made, {"force": WEST_FORCE, "bandwidth": 300}),
        "counts": run("counts", made, {"by": "csp"}),
        "overlap": run("overlap", made, {"source": "csp", "target": "lad"}),
    }


@pytest.mark.parametrize("process", ["hotspots", "kde", "counts", "overlap"])
@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".parquet", ".csv"])
def test_what_is_written_reads_back(results, tmp_path, process, suffix):
    path = tmp_path / f"out{suffix}"
    write_result(results[process], path, process=process)
    name, layer = next(iter(results[process].layers().items()))
    if suffix == ".csv":
        read = pd.read_csv(path)
        assert list(read.columns) == list(results[process].table().columns)
        assert len(read) == len(results[process].table())
        return
    which = {"layer": name} if suffix == ".gpkg" else {}
    read = gpd.read_parquet(path) if suffix == ".parquet" else gpd.read_file(path, **which)
    assert len(read) == len(layer) > 0
    assert read.crs == (4326 if suffix == ".geojson" else 27700)
    back = read.to_crs(27700).union_all()
    assert back.symmetric_difference(layer.union_all()).area < 1e-3 * layer.union_all().area
    assert list(tmp_path.iterdir()) == [path]


def test_a_geopackage_of_an_overlap_holds_both_sets(results, tmp_path):
    write_result(results["overlap"], tmp_path / "o.gpkg", process="overlap")
    assert sorted(gpd.list_layers(tmp_path / "o.gpkg")["name"]) == ["source", "target"]


def test_geojson_has_six_decimals_and_says_no_crs(results, tmp_path):
    write_result(results["hotspots"], tmp_path / "h.geojson", process="hotspots")
    text = json.loads((tmp_path / "h.geojson").read_text())
    assert "crs" not in text
    lon = text["features"][0]["geometry"]["coordinates"][0][0][0]
    assert lon == round(lon, 6)


def test_a_raster_is_north_up_with_its_coordinate_system_beside_it(results, tmp_path):
    write_result(results["kde"], tmp_path / "k.asc", process="kde")
    lines = (tmp_path / "k.asc").read_text().splitlines()
    header = dict(line.split() for line in lines[:6])
    surface = results["kde"].surface
    assert (float(header["xllcorner"]), float(header["yllcorner"])) == (surface.west_m, surface.south_m)
    values = np.array([line.split() for line in lines[6:]], dtype=float)
    inside = values != -9999
    assert (inside == results["kde"].inside[::-1]).all()
    assert values[inside] == pytest.approx(surface.density_per_km2[::-1][inside], rel=1e-8)
    assert "British_National_Grid" in (tmp_path / "k.prj").read_text()


def test_arrays_hold_the_surface_to_the_bit(results, tmp_path):
    write_result(results["kde"], tmp_path / "k.npz", process="kde")
    with np.load(tmp_path / "k.npz") as held:
        assert np.array_equal(held["density_per_km2"], results["kde"].surface.density_per_km2, equal_nan=True)
        assert str(held["crs"]) == "EPSG:27700"


def test_a_file_that_is_there_is_replaced(results, tmp_path):
    path = tmp_path / "h.gpkg"
    path.write_text("something else")
    write_result(results["hotspots"], path, process="hotspots")
    assert len(gpd.read_file(path, layer="hotspots")) > 0


@pytest.mark.parametrize("name", ["k.tiff", "k.jpg", "k", "k.shp"])
def test_kinds_that_cannot_be_written_are_refused_with_those_that_can(tmp_path, name):
    with pytest.raises(ParameterError, match=r"Take one of: \.csv"):
        require_writable(tmp_path / name, "kde")


def test_a_raster_is_of_kernel_density_only():
    assert ".asc" in suffixes("kde")
    with pytest.raises(ParameterError, match="not a kind of file"):
        require_writable(Path("x.asc"), "hotspots")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ParameterError, match="no such folder"):
        require_writable(tmp_path / "none" / "k.csv", "kde")
