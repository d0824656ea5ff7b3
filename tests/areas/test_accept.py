import json

import geopandas as gpd
import numpy as np
import pytest
import shapely

from crimemap.areas.accept import accept
from crimemap.areas.catalogue import area_type
from crimemap.areas.read import RawAreas, read_boundary_file
from crimemap.errors import CrsError, EmptyInputError, GeometryError, InputError
from tests.areas.made import code, square, squares

CSP = area_type("csp")


def raw(shapes, codes=None, *, crs="EPSG:27700", names=None) -> RawAreas:
    codes = codes or [code(number) for number in range(1, len(shapes) + 1)]
    frame = gpd.GeoDataFrame(
        {"area_code": codes, "area_name": names or codes, "closed": False}, geometry=list(shapes), crs=crs
    )
    return RawAreas(frame, "CSP17CD", None, None)


def accepted(shapes, codes=None, *, kind=CSP, crs="EPSG:27700", **options):
    return accept(raw(shapes, codes, crs=crs), kind, where="csp.gpkg", **options)


def test_a_set_is_sorted_by_code_with_its_area_in_square_metres():
    made = accepted([square(1, 0), square(0, 0, 500)], [code(2), code(1)]).frame
    assert made.index.tolist() == [code(1), code(2)]
    assert made.index.name == "area_code"
    assert list(made.columns) == ["area_name", "area_m2", "geometry"]
    assert made["area_m2"].tolist() == [250_000.0, 1_000_000.0]
    assert made.crs.to_epsg() == 27700


def test_degrees_and_other_systems_become_national_grid_metres():
    given = squares(2, 1)
    for crs, within_m in (("EPSG:4326", 0.01), ("EPSG:3857", 0.01), ("EPSG:32630", 0.01)):
        made = accepted(given.to_crs(crs).geometry, given["CSP17CD"].tolist(), crs=crs).frame
        distance = shapely.hausdorff_distance(made.geometry.to_numpy(), given.geometry.to_numpy())
        assert distance.max() < within_m


def test_a_description_of_the_national_grid_without_a_number_changes_no_coordinate():
    esri = (
        'PROJCS["British_National_Grid",GEOGCS["GCS_OSGB_1936",DATUM["D_OSGB_1936",SPHEROID["Airy_1830",6377563.396,'
        '299.3249646]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
        'PARAMETER["False_Easting",400000.0],PARAMETER["False_Northing",-100000.0],PARAMETER["Central_Meridian",-2.0],'
        'PARAMETER["Scale_Factor",0.9996012717],PARAMETER["Latitude_Of_Origin",49.0],UNIT["Meter",1.0]]'
    )
    made = accepted([square(0, 0)], crs=esri).frame
    assert shapely.equals_exact(made.geometry.iloc[0], square(0, 0))


def test_heights_are_dropped_and_that_is_said():
    made = accepted([shapely.force_3d(square(0, 0), z=12.0)])
    assert not made.frame.geometry.has_z.any()
    assert "Heights were dropped." in made.notes


def test_parts_and_holes_stay_whole():
    shape = shapely.union_all([shapely.difference(square(0, 0), square(0.2, 0.2, 300)), square(4, 4)])
    made = accepted([shape])
    assert made.frame.geometry.iloc[0].equals(shape)
    assert made.repairs == ()


def test_what_is_repaired_is_said_area_by_area():
    bow_tie = shapely.Polygon([(400_000, 250_000), (401_000, 251_000), (401_000, 250_000), (400_000, 251_000)])
    dust = shapely.multipolygons([square(5, 5), square(8, 8, 0.05)])
    mixed = shapely.GeometryCollection([square(2, 2), shapely.LineString([(402_000, 252_000), (403_000, 252_000)])])
    made = accepted([bow_tie, dust, mixed, square(9, 9)])
    said = {repair.area_code: repair for repair in made.repairs}
    assert set(said) == {code(1), code(2), code(3)}
    assert "self-intersection" in said[code(1)].what
    assert "parts without area left out: 1" in said[code(2)].what
    assert said[code(2)].change_m2 == pytest.approx(-0.0025, abs=0.001)
    assert "points and lines" in said[code(3)].what
    assert shapely.is_valid(made.frame.geometry.to_numpy()).all()
    assert made.frame["area_m2"].tolist() == pytest.approx([500_000.0, 1e6, 1e6, 1e6])


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (None, "without a shape"),
        (shapely.Polygon(), "without a shape"),
        (shapely.Point(400_000, 250_000), "drawn as Point"),
        (shapely.LineString([(400_000, 250_000), (401_000, 250_000)]), "drawn as LineString"),
        (shapely.Polygon([(400_000, 250_000), (401_000, 250_000), (400_000, 250_000)]), "enclosing no area"),
        (shapely.Polygon([(400_000, 250_000), (np.inf, 250_000), (400_000, 251_000)]), "not finite|cannot be brought"),
    ],
)
def test_what_is_not_an_area_is_refused_by_its_code(shape, said):
    with pytest.raises((GeometryError, CrsError), match=said) as raised:
        accepted([square(0, 0), shape])
    assert "csp.gpkg" in str(raised.value)
    if "finite" not in said:
        assert code(2) in str(raised.value)


def test_missing_malformed_and_repeated_codes_are_refused_with_the_way_out():
    with pytest.raises(InputError, match=r"1 of 2 areas have no code in column CSP17CD.*--code"):
        accepted([square(0, 0), square(1, 0)], [code(1), None])
    with pytest.raises(InputError, match=r"1 area \(E06000001\) without a code of community.*--any-codes"):
        accepted([square(0, 0), square(1, 0)], [code(1), "E06000001"])
    with pytest.raises(InputError, match=r"1 code \(E22000001\) on more than one row.*--dissolve"):
        accepted([square(0, 0), square(1, 0)], [code(1), code(1)])
    with pytest.raises(InputError, match="hold characters that no code has"):
        accepted([square(0, 0)], ["../../etc"], any_codes=True)


def test_the_ways_out_work():
    assert accepted([square(0, 0)], ["X1"], any_codes=True).frame.index.tolist() == ["X1"]
    joined = accepted([square(0, 0), square(1, 0), square(5, 0)], [code(1), code(1), code(2)], dissolve=True)
    assert joined.frame["area_m2"].tolist() == [2_000_000.0, 1_000_000.0]
    assert "1 rows were joined to others of the same code." in joined.notes


def test_na_is_an_area_like_another():
    made = accepted([square(0, 0), square(1, 0)], ["NA", "EA"], kind=area_type("bcu"))
    assert made.frame.index.tolist() == ["EA", "NA"]


def test_neighbourhoods_is_not_the_code_of_a_neighbourhood():
    with pytest.raises(InputError, match="'neighbourhoods' cannot be the code"):
        accepted([square(0, 0)], ["neighbourhoods"], kind=area_type("neighbourhood"), any_codes=True)


def test_a_file_of_france_is_refused():
    shapes = [shapely.box(2, 48, 3, 49), shapely.box(4, 45, 5, 46)]
    with pytest.raises(GeometryError, match="another country: none of them is in England or Wales"):
        accepted(shapes, ["FR101", "FR102"], crs="EPSG:4326")
    with pytest.raises(GeometryError, match="another country"):
        accepted([shapely.box(1.7, 50.7, 2.0, 51.0)], crs="EPSG:4326")  # Calais, over the water from Dover


def test_areas_of_scotland_and_northern_ireland_are_left_out_and_counted():
    shapes = [square(0, 0), shapely.box(325_000, 670_000, 326_000, 671_000), shapely.box(146_000, 529_000, 147_000, 530_000)]
    made = accepted(shapes, ["E06000001", "S12000036", "N09000003"], kind=area_type("lad"))
    assert made.frame.index.tolist() == ["E06000001"]
    assert "2 areas outside England and Wales were left out." in made.notes


def test_an_english_code_in_the_wrong_place_is_refused_not_dropped():
    with pytest.raises(GeometryError, match=r"1 area \(E22000002\) outside England and Wales"):
        accepted([square(0, 0), shapely.box(-500_000, 0, -499_000, 1000)])


def test_swapped_axes_are_named_as_such():
    latitude_first = shapely.box(52.0, -1.5, 52.1, -1.4)
    with pytest.raises(GeometryError, match="axes are swapped"):
        accepted([latitude_first], crs="EPSG:4326")


def test_metres_that_are_called_degrees_and_degrees_called_metres_are_refused(tmp_path):
    with pytest.raises(CrsError, match=r"says that its positions are degrees.*--crs EPSG:27700"):
        accepted([square(0, 0)], crs="EPSG:4326")
    with pytest.raises(CrsError, match=r"look like degrees.*--crs EPSG:4326"):
        accepted([shapely.box(-2, 52, -1, 53)], crs="EPSG:27700")
    path = tmp_path / "metres.geojson"  # GeoJSON without a system is degrees by definition
    ring = [list(point) for point in square(0, 0).exterior.coords]
    feature = {"type": "Feature", "properties": {"CSP17CD": code(1)}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with pytest.raises(CrsError, match="degrees"):
        accept(read_boundary_file(path, CSP, "2017"), CSP, where="x")
    made = accept(read_boundary_file(path, CSP, "2017", crs="EPSG:27700"), CSP, where="x")
    assert made.frame["area_m2"].tolist() == [1_000_000.0]


def test_within_keeps_areas_whose_middle_is_inside_and_counts_the_others():
    made = accepted([square(0, 0), square(1, 0), square(9, 0)], within=square(0, 0, 1600))
    assert made.frame.index.tolist() == [code(1), code(2)]
    assert "1 of 3 areas are outside the area asked for and were left out." in made.notes
    with pytest.raises(EmptyInputError, match="all 1 areas are outside the area asked for"):
        accepted([square(9, 9)], within=square(0, 0))


def test_only_keeps_what_is_listed_and_what_is_not_asked_for_cannot_spoil_it():
    made = accepted([square(0, 0), None, shapely.Point(0, 0)], only={code(1), "E22999999"})
    assert made.frame.index.tolist() == [code(1)]
    with pytest.raises(EmptyInputError, match="not in the list of codes"):
        accepted([square(0, 0)], only={"E22999999"})
