import json
import struct
import zipfile

import geopandas as gpd
import pytest
import shapely

from crimemap.areas.catalogue import area_type
from crimemap.areas.read import read_boundary_file
from crimemap.errors import (
    CrimemapError,
    CrsError,
    EmptyInputError,
    GeometryError,
    NotFoundError,
    ParameterError,
    UnreadableFileError,
    UnsafeArchiveError,
)
from tests.areas.made import square, squares, write

CSP = area_type("csp")


def read(path, **options):
    return read_boundary_file(path, CSP, "2017", **options)


def zipped_shapefile(tmp_path, *, leave_out=(), names=("csp",), folder=""):
    made = tmp_path / "areas.zip"
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            write(squares(), tmp_path / f"{name}.shp")
            for part in tmp_path.glob(f"{name}.*"):
                if part.suffix not in (*leave_out, ".zip"):
                    archive.write(part, f"{folder}{part.name}")
    return made


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".fgb", ".parquet"])
def test_every_format_gives_the_same_codes_names_and_shapes(tmp_path, suffix):
    given = squares().to_crs(4326) if suffix == ".geojson" else squares()
    raw = read(write(given, tmp_path / f"csp{suffix}"))
    frame = raw.frame.sort_values("area_code").reset_index(drop=True)
    assert (raw.code_column, raw.name_column) == ("CSP17CD", "CSP17NM")
    assert frame["area_code"].tolist() == given["CSP17CD"].tolist()
    assert frame["area_name"].tolist() == given["CSP17NM"].tolist()
    assert shapely.equals_exact(frame.geometry.to_numpy(), given.geometry.to_numpy(), tolerance=1e-6, normalize=True).all()


def test_kml_is_read(tmp_path):
    given = squares(columns_named=("area_code", "Name")).to_crs(4326)
    raw = read(write(given, tmp_path / "csp.kml", driver="KML"), name="Name")
    assert sorted(raw.frame["area_code"]) == sorted(given["area_code"])
    assert raw.frame.crs.to_epsg() == 4326


@pytest.mark.parametrize("folder", ["", "boundaries/2017/"])
def test_a_zipped_shapefile_is_read(tmp_path, folder):
    raw = read(zipped_shapefile(tmp_path, folder=folder))
    assert len(raw.frame) == 6


def test_a_name_that_hides_the_format_does_not_matter(tmp_path):
    path = write(squares(), tmp_path / "csp.gpkg").rename(tmp_path / "download")
    assert len(read(path).frame) == 6


def test_na_is_a_code_not_a_missing_value(tmp_path):
    given = gpd.GeoDataFrame({"bcu_code": ["NA", "EA"]}, geometry=[square(0, 0), square(1, 0)], crs="EPSG:27700")
    for suffix in (".gpkg", ".geojson", ".parquet"):
        path = write(given.to_crs(4326) if suffix == ".geojson" else given, tmp_path / f"bcu{suffix}")
        raw = read_boundary_file(path, area_type("bcu"), "2018")
        assert sorted(raw.frame["area_code"]) == ["EA", "NA"]


def test_columns_of_another_vintage_are_recognised_when_the_vintage_s_own_are_not_there(tmp_path):
    path = write(squares(columns_named=("csp20cd", "csp20nm")), tmp_path / "csp.gpkg")
    assert read(path).code_column == "csp20cd"


def test_a_column_that_is_not_there_is_said_with_those_that_are(tmp_path):
    path = write(squares(columns_named=("thing", "label")), tmp_path / "csp.gpkg")
    with pytest.raises(ParameterError, match=r"no column looks like codes .* thing, label"):
        read(path)
    with pytest.raises(ParameterError, match=r"no column 'CODE'.*thing, label"):
        read(path, code="CODE")
    assert read(path, code="THING", name="label").code_column == "thing"


def test_a_file_of_france_is_said_to_be_of_another_country_before_its_columns_are_complained_of(tmp_path):
    france = gpd.GeoDataFrame({"nom": ["Paris"]}, geometry=[shapely.box(2.2, 48.8, 2.5, 49.0)], crs="EPSG:4326")
    for suffix in (".geojson", ".gpkg", ".parquet"):
        with pytest.raises(GeometryError, match="another country"):
            read(write(france, tmp_path / f"france{suffix}"))
    nowhere = france.set_crs(None, allow_override=True)
    nowhere.to_parquet(tmp_path / "nowhere.parquet")
    with pytest.raises(ParameterError, match="no column looks like codes"):
        read(tmp_path / "nowhere.parquet")


def test_a_file_of_several_layers_wants_one_named(tmp_path):
    path = tmp_path / "both.gpkg"
    squares().to_file(path, layer="one")
    squares(1, 1).to_file(path, layer="two")
    with pytest.raises(ParameterError, match=r"2 layers.*one, two"):
        read(path)
    assert len(read(path, layer="two").frame) == 1
    with pytest.raises(ParameterError, match=r"no layer of that name.*one, two"):
        read(path, layer="three")


def test_a_file_without_a_coordinate_system_wants_one_said(tmp_path):
    zipped = zipped_shapefile(tmp_path, leave_out=(".prj",))
    with pytest.raises(CrsError, match=r"does not say which coordinate system.*--crs"):
        read(zipped)
    assert read(zipped, crs="EPSG:27700").frame.crs.to_epsg() == 27700
    with pytest.raises(CrsError, match="'moon' is not a coordinate system"):
        read(zipped, crs="moon")


def test_an_empty_file_a_missing_one_and_a_folder_are_refused(tmp_path):
    (tmp_path / "empty.gpkg").touch()
    with pytest.raises(UnreadableFileError, match="empty"):
        read(tmp_path / "empty.gpkg")
    with pytest.raises(NotFoundError, match="no such file"):
        read(tmp_path / "none.gpkg")
    with pytest.raises(UnreadableFileError, match="not a file"):
        read(tmp_path)
    (tmp_path / "none.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(CrimemapError):
        read(tmp_path / "none.geojson")
    write(squares().iloc[:0], tmp_path / "nothing.gpkg")
    with pytest.raises(EmptyInputError, match="no features"):
        read(tmp_path / "nothing.gpkg")


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".fgb", ".parquet", ".zip"])
def test_a_truncated_file_is_refused_whole(tmp_path, suffix):
    whole = zipped_shapefile(tmp_path) if suffix == ".zip" else write(squares(20, 20), tmp_path / f"csp{suffix}")
    content = whole.read_bytes()
    for share in (0.3, 0.6, 0.9):
        cut = tmp_path / f"cut{share}{suffix}"
        cut.write_bytes(content[: int(len(content) * share)])
        with pytest.raises((UnreadableFileError, ParameterError)):
            read(cut)


def test_formats_that_name_other_files_are_refused(tmp_path):
    secret = write(squares(), tmp_path / "secret.gpkg")
    vrt = tmp_path / "areas.kml"
    vrt.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer>'
        "</OGRVRTDataSource>"
    )
    with pytest.raises(UnreadableFileError, match="not a boundary file"):
        read(vrt)
    vrt.write_text('<?xml version="1.0"?><OGRVRTDataSource/>')
    with pytest.raises(UnreadableFileError, match="not KML"):
        read(vrt)


def test_kml_with_entities_is_refused(tmp_path):
    bomb = tmp_path / "bomb.kml"
    bomb.write_text('<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><kml>&b;</kml>')
    with pytest.raises(UnsafeArchiveError, match="document type"):
        read(bomb)
    bomb.write_text("<?xml version='1.0'?><kml><Document>")
    with pytest.raises(UnreadableFileError, match="XML is damaged at line 1"):
        read(bomb)


def test_a_zip_that_climbs_out_or_links_or_explodes_is_refused(tmp_path):
    for name in ("../csp.shp", "/etc/csp.shp", "a\\..\\..\\csp.shp", "C:csp.shp"):
        path = tmp_path / "climbs.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, b"x")
        with pytest.raises(UnsafeArchiveError, match="leads out of its folder"):
            read(path)
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        link = zipfile.ZipInfo("csp.shp")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UnsafeArchiveError, match="symbolic link"):
        read(tmp_path / "link.zip")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("csp.shp", bytes(80 * 1024**2))
    with pytest.raises(UnsafeArchiveError, match="expands from"):
        read(tmp_path / "bomb.zip")


def test_a_zip_that_says_it_is_small_cannot_write_more_than_it_says(tmp_path):
    path = tmp_path / "lies.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("csp.gpkg", bytes(1_000_000))
    lying = path.read_bytes().replace(struct.pack("<I", 1_000_000), struct.pack("<I", 10))
    path.write_bytes(lying)
    with pytest.raises(UnreadableFileError):
        read(path)


def test_a_zip_without_boundaries_or_with_several_says_so(tmp_path):
    with zipfile.ZipFile(tmp_path / "readme.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(UnreadableFileError, match="none of the 1 files"):
        read(tmp_path / "readme.zip")
    several = zipped_shapefile(tmp_path, names=("one", "two"))
    with pytest.raises(ParameterError, match=r"2 boundary files.*one, two"):
        read(several)
    assert len(read(several, layer="two").frame) == 6
    with pytest.raises(UnreadableFileError, match=r"without its \.dbf and \.shx"):
        read(zipped_shapefile(tmp_path, leave_out=(".dbf", ".shx")))


def test_a_bare_shapefile_and_a_table_without_shapes_are_refused(tmp_path):
    write(squares(), tmp_path / "csp.shp")
    with pytest.raises(UnreadableFileError, match=r"several files.*zip"):
        read(tmp_path / "csp.shp")
    squares().drop(columns="geometry").to_parquet(tmp_path / "csp.parquet")
    with pytest.raises(UnreadableFileError, match="no shapes"):
        read(tmp_path / "csp.parquet")
    (tmp_path / "csp.csv").write_text("CSP17CD\nE22000001\n")
    with pytest.raises(UnreadableFileError, match="not a boundary file"):
        read(tmp_path / "csp.csv")


def test_an_open_ring_is_closed_and_a_ring_of_two_points_has_no_shape(tmp_path):
    def feature(code, ring):
        return {"type": "Feature", "properties": {"CSP17CD": code}, "geometry": {"type": "Polygon", "coordinates": [ring]}}

    open_ring, two_points = [[-2, 52], [-1.9, 52], [-1.9, 52.1]], [[-2, 52], [-1.9, 52]]
    path = tmp_path / "rings.geojson"
    path.write_text(
        json.dumps(
            {"type": "FeatureCollection", "features": [feature("E22000001", open_ring), feature("E22000002", two_points)]}
        )
    )
    frame = read(path).frame
    assert frame["closed"].tolist()[0] or frame.geometry.iloc[0].is_valid
    second = frame.geometry.iloc[1]
    assert second is None or second.is_empty or second.area == 0
