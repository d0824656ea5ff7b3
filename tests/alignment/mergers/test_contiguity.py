import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.alignment.mergers.contiguity import contiguity
from crimemap.errors import CrsError, InputError, NotFoundError, ParameterError
from tests.alignment.mergers.made import squares
from tests.real_data import REAL_DATA, needs_real_data


def pairs(found):
    return set(zip(found.edges["unit"], found.edges["neighbour"], strict=True))


GRID = {("U00", "U01"), ("U10", "U11"), ("U00", "U10"), ("U01", "U11")}


def test_squares_that_meet_at_a_corner_are_not_neighbours():
    assert pairs(contiguity(squares(2, 2))) == GRID


@pytest.mark.parametrize("gap", [0.0, 0.001, 1.0, 4.9])
def test_a_gap_narrower_than_the_tolerance_parts_nobody(gap):
    assert pairs(contiguity(squares(2, 2, gap=gap))) == GRID


def test_a_gap_wider_than_the_tolerance_is_water():
    found = contiguity(squares(2, 2, gap=6.0))
    assert not len(found.edges)
    assert found.islands == ["U00", "U01", "U10", "U11"]


def test_the_shared_length_is_that_of_the_common_border():
    found = contiguity(squares(2, 1))
    assert found.edges["shared_m"].tolist() == pytest.approx([1000.0], abs=11)


def test_boundaries_that_overlap_a_little_are_shared_too():
    shapes = [shapely.box(0, 0, 1002, 1000), shapely.box(1000, 0, 2000, 1000)]
    assert pairs(contiguity(gpd.GeoDataFrame(index=["a", "b"], geometry=shapes, crs=27700))) == {("a", "b")}


def test_a_unit_inside_another_is_its_neighbour():
    ring = shapely.box(0, 0, 3000, 3000) - shapely.box(1000, 1000, 2000, 2000)
    frame = gpd.GeoDataFrame(index=["ring", "core"], geometry=[ring, shapely.box(1000, 1000, 2000, 2000)], crs=27700)
    assert pairs(contiguity(frame)) == {("ring", "core")}


def test_a_bridge_joins_an_island_and_is_marked_as_declared():
    found = contiguity(squares(2, 1, gap=50), links=[("U01", "U00"), ("U00", "U01")])
    assert found.edges[["unit", "neighbour", "declared"]].to_numpy().tolist() == [["U00", "U01", True]]
    assert found.edges["shared_m"].isna().all()
    assert found.islands == []


def test_parts_come_largest_first():
    frame = gpd.GeoDataFrame(
        index=["far", *squares(2, 1).index], geometry=[shapely.box(9000, 0, 9500, 500), *squares(2, 1).geometry], crs=27700
    )
    assert contiguity(frame).parts == [["U00", "U01"], ["far"]]


@settings(max_examples=15, deadline=None)
@given(
    st.floats(0, 500_000).map(lambda x: round(x, 1)),
    st.floats(0, 500_000).map(lambda x: round(x, 1)),
    st.sampled_from([1, 7, 130]),
)
def test_neighbours_stay_when_the_map_is_moved_or_vertices_are_added(x, y, most):
    frame = squares(3, 2, gap=0.5)
    moved = frame.set_geometry(frame.geometry.translate(x, y).segmentize(most * 10))
    assert pairs(contiguity(moved)) == pairs(contiguity(frame))


def test_degrees_are_refused():
    with pytest.raises(CrsError, match="National Grid"):
        contiguity(squares(2, 2).set_crs(4326, allow_override=True))


def test_a_boundary_shorter_than_corners_is_refused():
    with pytest.raises(ParameterError, match="corners would count"):
        contiguity(squares(2, 2), gap_m=50, shortest_m=100)


@pytest.mark.parametrize(
    ("links", "error", "said"),
    [([("U00", "X")], NotFoundError, "no unit 'X'"), ([("U00", "U00")], ParameterError, "linked with itself")],
)
def test_a_link_that_makes_no_sense_is_refused(links, error, said):
    with pytest.raises(error, match=said):
        contiguity(squares(2, 2), links=links)


def test_a_code_that_comes_twice_is_refused():
    frame = squares(2, 1)
    frame.index = ["U00", "U00"]
    with pytest.raises(InputError, match="more than once"):
        contiguity(frame)


@needs_real_data
@pytest.mark.real_data
def test_the_partnerships_of_2017_and_the_official_ones_of_2020_have_the_same_neighbours():
    first = gpd.read_file(REAL_DATA / "boundaries" / "2017" / "csp17_bgc_from_lsoa11.gpkg").set_index("CSP17CD")
    second = gpd.read_file(REAL_DATA / "boundaries" / "official" / "csp20_bgc_ew.gpkg").set_index("CSP20CD")
    second.geometry = second.geometry.make_valid()
    found, official = contiguity(first), contiguity(second)
    assert first.loc[found.islands, "CSP17NM"].tolist() == ["Isles of Scilly", "Isle of Wight", "Isle of Anglesey"]
    assert len(found.parts[0]) == 311
    both = {tuple(sorted(pair)) for pair in pairs(found) ^ pairs(official)}
    assert not {pair for pair in both if set(pair) <= set(first.index) & set(second.index)}
