import zipfile

import geopandas as gpd
import pytest

from crimemap.areas.catalogue import area_type
from crimemap.areas.read import read_boundary_file
from crimemap.errors import EmptyInputError, ParameterError, UnreadableFileError, UnsafeArchiveError
from crimemap.pipeline.areas import add_areas
from crimemap.workspace import Workspace
from tests.areas.made import square

KIND = area_type("neighbourhood")


def kml(path, *shapes):
    path.parent.mkdir(parents=True, exist_ok=True)
    gpd.GeoDataFrame({"Name": ["x"] * len(shapes)}, geometry=list(shapes), crs="EPSG:27700").to_crs(4326).to_file(
        path, driver="KML"
    )
    return path


@pytest.fixture
def folder(tmp_path):
    kml(tmp_path / "2024-05" / "demoshire" / "AB1.kml", square(0, 0))
    kml(tmp_path / "2024-05" / "demoshire" / "NA.kml", square(1, 0), square(3, 0))
    kml(tmp_path / "2024-05" / "otherland" / "AB1.kml", square(5, 5))
    return tmp_path / "2024-05"


def zipped(folder, path):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*.kml")):
            archive.write(file, f"2024-05/{file.parent.name}/{file.name}")
    return path


def test_a_folder_or_zip_of_kml_files_is_a_set_whose_codes_are_the_names_of_its_files(folder, tmp_path):
    for source in (folder, zipped(folder, tmp_path / "2024-05.zip")):
        result = add_areas(
            Workspace(tmp_path / source.name.replace(".", "-") / "w"),
            source,
            area_type="neighbourhood",
            vintage="2024-05",
            force="demoshire",
        )
        assert result["set_id"] == "neighbourhood-2024-05-demoshire"
        assert result["n_areas"] == 2
        assert len(result["sha256"]) == 64


def test_several_shapes_of_one_file_are_one_area(folder):
    raw = read_boundary_file(folder / "demoshire", KIND, "2024")
    assert raw.frame["area_code"].tolist() == ["AB1", "NA"]
    assert len(raw.frame.geometry.iloc[1].geoms) == 2


def test_the_force_has_to_be_one_of_those_there(folder):
    with pytest.raises(ParameterError, match=r"none is that of nowhere.*demoshire, otherland"):
        read_boundary_file(folder, KIND, "2024", force="nowhere")


def test_a_bad_file_among_good_ones_is_named(folder):
    (folder / "demoshire" / "BAD.kml").write_text("<kml><Document>")
    with pytest.raises(UnreadableFileError, match=r"BAD.kml"):
        read_boundary_file(folder, KIND, "2024", force="demoshire")
    (folder / "demoshire" / "BAD.kml").write_text("<?xml version='1.0'?><!DOCTYPE kml><kml/>")
    with pytest.raises(UnsafeArchiveError, match="document type"):
        read_boundary_file(folder, KIND, "2024", force="demoshire")
    (folder / "demoshire" / "BAD.kml").write_text('<kml xmlns="http://www.opengis.net/kml/2.2"><Document/></kml>')
    with pytest.raises((EmptyInputError, UnreadableFileError), match="BAD"):
        read_boundary_file(folder, KIND, "2024", force="demoshire")


def test_a_folder_without_kml_is_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match="not a file"):
        read_boundary_file(tmp_path, KIND, "2024", force="demoshire")
