import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.analysis.grids.grid import count_in_cells, grid_squares, square_index, square_neighbours, square_polygons
from crimemap.errors import InputError, ParameterError

RING = shapely.Point(530_000, 180_000).buffer(3000).difference(shapely.Point(530_000, 180_000).buffer(2000))


@pytest.mark.parametrize("size", [100.0, 37.0, 2500.0])
def test_areas_inside_add_up_to_the_study_area(size):
    squares = grid_squares(RING, cell_size_m=size)
    assert squares.area_inside_m2.sum() == pytest.approx(RING.area, rel=1e-12)
    assert squares.area_inside_m2.max() <= size**2
    direct = shapely.area(shapely.intersection(square_polygons(squares), RING))
    assert squares.area_inside_m2 == pytest.approx(direct, abs=1e-6)


def test_squares_are_aligned_to_the_grid_and_ordered():
    squares = grid_squares(RING)
    corners = shapely.bounds(square_polygons(squares))
    assert (corners % 100 == 0).all()
    assert (np.diff(squares.key) > 0).all()


def test_grids_of_neighbouring_study_areas_fall_together():
    west = grid_squares(shapely.box(530_000, 180_000, 530_550, 180_500))
    east = grid_squares(shapely.box(530_550, 180_000, 531_000, 180_500))
    both = np.intersect1d(west.key, east.key)
    assert both.size == 5
    assert west.area_inside_m2[np.isin(west.key, both)].tolist() == [5000.0] * 5


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(20, 900))
def test_every_point_of_the_study_area_lies_in_a_square(seed, size):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(527_000, 533_000, 200), rng.uniform(177_000, 183_000, 200)
    inside = shapely.contains_xy(RING, x, y)
    squares = grid_squares(RING, cell_size_m=size)
    found = count_in_cells(squares.key, square_index(x[inside], y[inside], cell_size_m=size))
    assert found.outside == 0


def test_a_corner_belongs_to_the_square_north_east_of_it():
    squares = grid_squares(shapely.box(530_000, 180_000, 530_200, 180_200))
    counted = count_in_cells(squares.key, square_index([530_100.0], [180_100.0], cell_size_m=100))
    assert counted.counts.tolist() == [0, 0, 0, 1]


def test_neighbours_are_those_of_a_queen():
    squares = grid_squares(shapely.box(530_000, 180_000, 530_500, 180_500))
    matrix = square_neighbours(squares, ring=2, include_self=False)
    assert matrix.sum(axis=1).reshape(5, 5)[2].tolist() == [14.0, 19.0, 24.0, 19.0, 14.0]
    assert (matrix != matrix.T).nnz == 0


def test_columns_do_not_wrap_into_the_next_row():
    squares = grid_squares(shapely.box(530_000, 180_000, 530_200, 180_300))
    assert square_neighbours(squares).sum(axis=1).tolist() == [4.0, 4.0, 6.0, 6.0, 4.0, 4.0]


def test_positions_west_of_the_origin_have_squares_of_their_own():
    keys = square_index([-50.0, 50.0, -50.0], [1000.0, 1000.0, 1100.0], cell_size_m=100)
    assert len(set(keys.tolist())) == 3


@pytest.mark.parametrize("size", [0, -1, float("nan"), float("inf")])
def test_a_side_that_is_not_above_0_is_refused(size):
    with pytest.raises(ParameterError, match="cell_size_m"):
        grid_squares(RING, cell_size_m=size)


def test_too_many_squares_are_refused_before_they_are_made():
    with pytest.raises(ParameterError, match="more than 50,000,000"):
        grid_squares(shapely.box(0, 0, 600_000, 600_000), cell_size_m=10)


def test_degrees_are_refused():
    with pytest.raises(InputError, match="look like degrees"):
        square_index([-1.0], [51.0], cell_size_m=100)
