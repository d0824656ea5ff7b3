"""Postcodes of a release, read from a workspace."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from crimemap.areas.model import BoundarySetInfo
from crimemap.areas.postcodes import PostcodeStore
from crimemap.areas.store import AreaStore
from crimemap.crs import NATIONAL_GRID
from crimemap.pipeline.release_postcodes import gather_postcodes
from crimemap.workspace import Workspace

SIDE = 1_000


def square(column, row, side=SIDE):
    return shapely.box(column * side, row * side, (column + 1) * side, (row + 1) * side)


def boundary_set(workspace, area_type, vintage, rows):
    frame = gpd.GeoDataFrame(
        {"area_name": [name for _, name, _ in rows]},
        geometry=[shape for *_, shape in rows],
        index=pd.Index([code for code, *_ in rows], name="area_code"),
        crs=NATIONAL_GRID,
    )
    frame["area_m2"] = frame.area
    info = BoundarySetInfo(
        set_id=f"{area_type}-{vintage}", area_type=area_type, vintage=vintage, force=None, n_areas=len(rows),
        source_file="made.geojson", sha256="0" * 64, content="0" * 64, publisher="", licence="", attribution="", added_at="",
    )  # fmt: skip
    AreaStore(workspace).write(info, frame)


@pytest.fixture
def workspace(tmp_path):
    made = Workspace(tmp_path / "w")
    made.create()
    rows = [
        ("ZZ1 1AA", 10, 500, 500, "E10000901", "E07000901", "E05000901"),
        ("ZZ1 1AB", 50, 510, 500, "E10000901", "E07000901", "E05000901"),
        ("ZZ1 2AA", 10, 1_500, 500, None, "E06000901", None),
        ("ZZ9 9ZZ", 10, 1_999, 1_999, None, "E06000901", None),
    ]
    frame = pd.DataFrame(
        rows, columns=["postcode", "quality", "easting", "northing", "county_code", "district_code", "ward_code"]
    )
    frame["country_code"] = "E92000001"
    store = PostcodeStore(made)
    with made.writing():
        store.write_names({"E05000901": "Harbour", "E07000901": "Ashby Town", "E05999999": "Elsewhere"})
        store.write(frame, frame.iloc[:0], frame.iloc[:0], {"version": "2025.2", "sha256": "a" * 64})
        boundary_set(made, "lad", "2024", [("E07000901", "Ashby", square(0, 0)), ("E06000901", "Brook", square(1, 0))])
        boundary_set(made, "lsoa", "2011", [("E01000001", "Ashby 001A", square(0, 0))])
        boundary_set(made, "lsoa", "2021", [("E01000002", "Ashby 001B", square(0, 0))])
    return made


def areas():
    shapes = [
        ("lad", "E07000901", square(0, 0)),
        ("lad", "E06000901", square(1, 0)),
        ("pfa", "E23000901", square(0, 0, 2_000)),
    ]
    frame = gpd.GeoDataFrame(
        {"area_type": [kind for kind, *_ in shapes], "area_code": [code for _, code, _ in shapes]},
        geometry=[shape for *_, shape in shapes],
        crs=NATIONAL_GRID,
    )
    return frame.rename_axis("area_id")


def test_each_postcode_leads_to_what_it_lies_in(workspace):
    found = gather_postcodes(workspace, areas())
    rows = found.frame.merge(found.memberships, on="membership").set_index("postcode")
    assert rows.loc["ZZ1 1AA", ["area_id", "lad", "pfa"]].tolist() == [0, 0, 2]
    assert rows.loc["ZZ1 2AA", ["area_id", "lad", "pfa"]].tolist() == [1, 1, 2]
    assert rows.loc["ZZ9 9ZZ", "area_id"] == 2
    assert rows["csp"].isna().all(), "the release has no partnerships"
    assert rows.loc["ZZ1 1AB", ["easting", "northing", "quality"]].tolist() == [510, 500, 50]


def test_postcodes_in_the_same_areas_share_one_row(workspace):
    found = gather_postcodes(workspace, areas())
    number = found.frame.set_index("postcode")["membership"]
    assert number["ZZ1 1AA"] == number["ZZ1 1AB"] != number["ZZ1 2AA"]
    assert len(found.memberships) == 3


def test_codes_are_as_published_and_named_as_boundary_sets_do(workspace):
    found = gather_postcodes(workspace, areas())
    assert found.names == {"E07000901": "Ashby", "E06000901": "Brook", "E05000901": "Harbour", "E01000002": "Ashby 001B"}
    row = found.memberships.loc[found.memberships["ward_code"] == "E05000901"].iloc[0]
    assert (row["county_code"], row["lsoa_code"]) == ("E10000901", "E01000002"), "the newest small areas"
    assert pd.isna(found.memberships.loc[found.memberships["lad"] == 1, "county_code"]).all(), "no county is none, not ''"


def test_a_release_that_lies_elsewhere_has_no_postcodes_of_these(workspace):
    far = areas()
    far["geometry"] = far.translate(500_000, 500_000)
    assert gather_postcodes(workspace, far).frame.empty
