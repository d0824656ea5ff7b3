import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.areas.assign import PointGrid, assign_points
from crimemap.errors import CrsError, InputError
from tests.areas.made import frame_of, square


def by_brute_force(x, y, frame: gpd.GeoDataFrame) -> list[int]:
    """Test every point against every area; of several, the one with the lowest code."""
    found = []
    for point in shapely.points(np.column_stack([x, y])):
        hits = [(frame.index[i], i) for i in range(len(frame)) if frame.geometry.iloc[i].intersects(point)]
        found.append(min(hits)[1] if hits else -1)
    return found


# Whole numbers of 100 m, so that points on corners and borders come often.
_positions = st.integers(-5, 45).map(lambda hundreds: 400_000.0 + 100.0 * hundreds)
_points = st.lists(st.tuples(_positions, _positions), min_size=1, max_size=40)
_rings = st.lists(st.tuples(_positions, _positions), min_size=3, max_size=8, unique=True)


@given(points=_points, rings=st.lists(_rings, min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_answers_are_those_of_testing_every_point_against_every_area(points, rings):
    shapes = [shapely.make_valid(shapely.Polygon(ring), method="structure", keep_collapsed=False) for ring in rings]
    shapes = [shape for shape in shapes if not shape.is_empty and shape.geom_type in ("Polygon", "MultiPolygon")]
    codes = [f"{(7 * i) % 10}{i}" for i in range(len(shapes))]
    frame = frame_of(shapes, codes) if shapes else frame_of([square(0, 0)])
    x, y = np.array(points).T
    assert assign_points(x, y, frame).tolist() == by_brute_force(x, y, frame)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_answers_are_those_of_a_spatial_join(seed):
    rng = np.random.default_rng(seed)
    centres = rng.uniform(400_000, 440_000, (12, 2))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(centres)))
    frame = frame_of(list(cells), [f"Z{i:02d}" for i in rng.permutation(len(cells))])
    x, y = rng.uniform(395_000, 445_000, (2, 500))
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs="EPSG:27700")
    joined = gpd.sjoin(points, frame, how="left", predicate="intersects")
    assert not joined.index.duplicated().any()
    codes = frame.index.to_numpy(dtype=object)
    found = assign_points(x, y, frame)
    assert [codes[i] if i >= 0 else "none" for i in found] == joined["area_code"].fillna("none").tolist()


def test_a_point_on_a_border_lies_in_the_area_with_the_lowest_code_whatever_the_order_of_rows():
    left, right = square(0, 0), square(1, 0)
    on_border = ([401_000.0], [250_500.0])
    assert assign_points(*on_border, frame_of([left, right], ["B", "A"])).tolist() == [1]
    assert assign_points(*on_border, frame_of([left, right], ["A", "B"])).tolist() == [0]


def test_a_hole_is_outside_and_every_part_is_inside():
    ring = shapely.difference(square(0, 0), square(0.25, 0.25, 500))
    frame = frame_of([shapely.union_all([ring, square(5, 5)])])
    x = [400_100.0, 400_500.0, 405_500.0, 403_000.0]
    y = [250_100.0, 250_500.0, 255_500.0, 253_000.0]
    assert assign_points(x, y, frame).tolist() == [0, -1, 0, -1]


def test_points_without_a_position_lie_nowhere_and_the_others_keep_their_place():
    frame = frame_of([square(0, 0)])
    found = assign_points([np.nan, 400_500.0, 400_500.0, np.inf], [250_500.0, np.nan, 250_500.0, 250_500.0], frame)
    assert found.tolist() == [-1, -1, 0, -1]
    assert found.dtype == np.int32


def test_no_points_and_points_far_away_are_no_trouble():
    frame = frame_of([square(0, 0)])
    assert assign_points([], [], frame).tolist() == []
    assert assign_points([400_500.0, 9e9, -9e9], [250_500.0, 9e9, 250_500.0], frame).tolist() == [0, -1, -1]


def test_one_grid_answers_for_several_sets(monkeypatch):
    monkeypatch.setattr("crimemap.areas.assign._PAIRS_AT_ONCE", 7)  # many small batches instead of one
    rng = np.random.default_rng(1)
    x, y = rng.uniform(399_000, 404_000, 300), rng.uniform(249_000, 253_000, 300)
    grid = PointGrid(x, y)
    for frame in (frame_of([square(0, 0), square(1, 0)]), frame_of([square(0.5, 0.5, 2000), square(1, 1)])):
        assert grid.assign(frame).tolist() == by_brute_force(x, y, frame)


def test_arrays_of_different_length_and_areas_in_degrees_are_refused():
    with pytest.raises(InputError, match="2 eastings and 1 northings"):
        assign_points([1.0, 2.0], [1.0], frame_of([square(0, 0)]))
    with pytest.raises(CrsError, match="National Grid metres are needed"):
        assign_points([1.0], [1.0], frame_of([square(0, 0)]).to_crs(4326))
