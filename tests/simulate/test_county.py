"""The county's map: bricks, the areas made of them, and how they fit."""

import numpy as np
import pytest
import shapely

from crimemap.areas.country import in_england_and_wales
from crimemap.crs import to_national_grid, to_wgs84
from crimemap.simulate.county import AREA_TYPES, County, make_county
from crimemap.simulate.grouping import connect, is_connected, split_evenly
from crimemap.simulate.names import DISTRICTS, person_names, place_names
from crimemap.simulate.world import streams
from tests.real_data import REAL_DATA, needs_real_data

SEEDS = (1, 2, 5)


@pytest.fixture(scope="module", params=SEEDS)
def county(request: pytest.FixtureRequest) -> County:
    return make_county(streams(request.param)("county"))


def _codes(county: County, area_type: str) -> list[str]:
    return list(county.areas(area_type).index)


def test_bricks_cover_the_land_without_gaps_or_overlaps(county):
    polygons = county.bricks.polygon
    assert shapely.is_valid(polygons).all()
    assert shapely.coverage_is_valid(polygons)
    whole = shapely.union_all(polygons)
    assert whole.geom_type == "Polygon"
    assert not whole.interiors
    assert whole.area == pytest.approx(shapely.area(polygons).sum(), rel=1e-12)


def test_edges_wander(county):
    corners = shapely.get_num_coordinates(county.bricks.polygon)
    assert np.median(corners) > 15


def test_every_area_is_one_piece(county):
    for area_type in AREA_TYPES:
        for code in _codes(county, area_type):
            members = (county.frame[area_type] == code).to_numpy()
            assert is_connected(county.bricks.adjacency, members), (area_type, code)


def test_the_county_has_the_areas_that_it_should(county):
    counts = {area_type: len(_codes(county, area_type)) for area_type in AREA_TYPES}
    assert counts["lad"] == 8
    assert (counts["csp"], counts["bcu"], counts["county"], counts["ctyua"], counts["pfa"]) == (7, 5, 1, 2, 1)
    assert counts["neighbourhood"] == 60
    assert 500 <= counts["lsoa"] <= 700
    assert county.areas("lsoa")["population"].between(900, 3_000).all()


@pytest.mark.parametrize("child", ["lsoa", "msoa", "ward", "neighbourhood"])
def test_small_areas_nest_in_districts_and_partnerships(county, child):
    for parent in ("lad", "csp"):
        assert (county.frame.groupby(child)[parent].nunique() == 1).all()


def test_two_districts_share_one_partnership(county):
    districts = county.frame.groupby("csp")["lad"].nunique()
    assert sorted(districts)[-2:] == [1, 2]


def test_two_units_agree_with_districts_and_the_others_cut_across(county):
    frame = county.frame
    whole = [
        bcu
        for bcu in _codes(county, "bcu")
        if (frame["lad"].isin(frame["lad"][frame["bcu"] == bcu]) == (frame["bcu"] == bcu)).all()
    ]
    assert whole == ["CA", "NA"]
    cut = frame.groupby("lad_name")["bcu"].nunique()
    assert sorted(cut[cut > 1].index) == [DISTRICTS[3], DISTRICTS[5]]


def test_one_district_is_cut_by_a_single_brick(county):
    fennerby = county.frame[county.frame["lad_name"] == DISTRICTS[5]]
    assert fennerby["bcu"].value_counts().min() == 1


def test_the_unit_called_na_is_the_merger_of_two_partnerships(county):
    frame = county.frame
    assert set(frame["csp"][frame["bcu"] == "NA"]) == {"E22900001", "E22900002"}
    assert set(frame["bcu"][frame["csp"].isin(["E22900001", "E22900002"])]) == {"NA"}


def test_the_city_is_dense_and_in_no_county(county):
    city = county.frame["lad"] == "E06900001"
    assert (county.frame["county"][city] == "").all()
    area = shapely.area(county.bricks.polygon)
    density = county.frame["population"].to_numpy() / area
    assert density[city].mean() > 5 * density[~city & (county.bricks.kind == 0)].mean()


def test_the_county_lies_where_boundary_files_are_accepted_and_clients_look(county):
    assert in_england_and_wales(county.bricks.polygon).all()
    west, south, east, north = shapely.total_bounds(county.bricks.polygon)
    longitude, latitude = to_wgs84([west, east, west, east], [south, north, north, south])
    assert longitude.min() > -8.2
    assert longitude.max() < 1.8
    assert latitude.min() > 49.9
    assert latitude.max() < 60.9
    easting, northing = to_national_grid(longitude, latitude)
    assert np.abs(easting - [west, east, west, east]).max() < 0.01
    assert np.abs(northing - [south, north, north, south]).max() < 0.01


def test_codes_are_of_their_kind_and_in_ranges_that_the_register_does_not_use(county):
    for area_type, prefix in (
        ("lsoa", "E01900"),
        ("msoa", "E02900"),
        ("ward", "E05900"),
        ("csp", "E22900"),
        ("pfa", "E23900"),
    ):
        assert all(code.startswith(prefix) and len(code) == 9 for code in _codes(county, area_type))


def test_names_within_a_type_are_unique(county):
    for area_type in AREA_TYPES:
        assert county.areas(area_type)["name"].is_unique, area_type


@needs_real_data
@pytest.mark.real_data
def test_no_district_force_or_neighbourhood_has_a_real_name(county):
    import pandas as pd

    lookups = REAL_DATA / "boundaries" / "lookups"
    lads = pd.read_csv(lookups / "lad17_csp17_pfa17_ew_ons.csv", encoding="utf-8-sig")
    known = pd.read_csv(REAL_DATA / "neighbourhoods" / "police_neighbourhood_ids_names_2021.csv")
    real = {str(name).casefold() for name in [*lads["LAD17NM"], *lads["CSP17NM"], *lads["PFA17NM"], *known["PFNn"]]}
    ours = {str(name).casefold() for t in ("lad", "pfa", "neighbourhood", "ward") for name in county.areas(t)["name"]}
    assert not ours & real


def test_names_do_not_repeat():
    rng = np.random.default_rng(1)
    assert len(set(place_names(200, rng))) == 200
    assert len(set(person_names(300, rng))) == 300


def test_pieces_cut_off_join_their_neighbours():
    from scipy.sparse import csr_array

    line = csr_array(np.eye(6, k=1, dtype=bool) | np.eye(6, k=-1, dtype=bool))
    label = np.asarray([0, 0, 1, 1, 0, 1])
    assert connect(line, label, np.zeros(6, dtype=np.int64)).tolist() == [0, 0, 1, 1, 1, 1]


def test_splitting_is_even_and_stays_inside_its_parent():
    from scipy.sparse import csr_array

    side = 12
    x, y = (part.ravel() for part in np.meshgrid(np.arange(side), np.arange(side)))
    near = np.abs(x[:, None] - x) + np.abs(y[:, None] - y) == 1
    parent = (x >= side // 2).astype(np.int64)
    label = split_evenly(np.column_stack((x, y)).astype(float), np.ones(side**2), parent, {0: 4, 1: 3}, csr_array(near))
    assert len(np.unique(label)) == 7
    assert (np.asarray([len(np.unique(parent[label == group])) for group in range(7)]) == 1).all()
    assert np.bincount(label)[:4].tolist() == [18, 18, 18, 18]


def test_the_neighbourhood_called_central_is_in_the_middle(county):
    for district in range(8):
        own = county.bricks.district == district
        inner = own & (
            county.bricks.kind + county.bricks.centrality == (county.bricks.kind + county.bricks.centrality)[own].max()
        )
        row = county.frame[inner].iloc[0]
        assert row["neighbourhood"].endswith("01")
        assert row["neighbourhood_name"] == f"{row['lad_name']} Central"
