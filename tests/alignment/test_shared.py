"""Shared areas by integrals against the same by geometry."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.alignment.shared import shared_areas
from crimemap.tiling import polygonal

EAST, NORTH = 450_000.0, 300_000.0


def _by_geometry(source, target):
    area, length = np.zeros((source.size, target.size)), np.zeros((source.size, target.size))
    for i, a in enumerate(source):
        for j, b in enumerate(target):
            parts, _ = polygonal(np.array([shapely.intersection(a, b)]))
            area[i, j], length[i, j] = shapely.area(parts).sum(), shapely.length(parts).sum()
    return area, length


def _dense(source, target):
    i, j, areas, lengths = shared_areas(source, target)
    area, length = np.zeros((source.size, target.size)), np.zeros((source.size, target.size))
    area[i, j], length[i, j] = areas, lengths
    return area, length


def _agree(source, target):
    (area, length), (expected, around) = _dense(source, target), _by_geometry(source, target)
    assert area == pytest.approx(expected, rel=1e-9, abs=1e-5)
    real = expected > 1e-3
    assert length[real] == pytest.approx(around[real], rel=1e-6)


def _blocks(seed: int, n: int) -> np.ndarray:
    """Units of random whole squares: holes, several parts, corners that touch, and edges that lie on one another."""
    label = np.random.default_rng(seed).integers(0, n, (6, 6))
    squares = [
        shapely.union_all([shapely.box(EAST + 100 * x, NORTH + 100 * y, EAST + 100 * x + 100, NORTH + 100 * y + 100)
                           for x, y in np.argwhere(label == k)])
        for k in range(n)
    ]  # fmt: skip
    return np.array([square for square in squares if not square.is_empty], dtype=object)


def _cells(seed: int, n: int) -> np.ndarray:
    points = np.random.default_rng(seed).uniform(0, 5000, (n, 2)) + np.array([EAST, NORTH])
    frame = shapely.box(EAST, NORTH, EAST + 5000, NORTH + 5000)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=frame))
    return shapely.intersection(cells, frame)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(1, 5))
def test_areas_and_perimeters_are_those_of_the_geometry_where_edges_lie_on_one_another(one, other, n):
    _agree(_blocks(one, n), _blocks(other, n))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(2, 15))
def test_areas_and_perimeters_are_those_of_the_geometry_where_lines_cross(one, other, n):
    _agree(_cells(one, n), _cells(other, n))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(1e-9, 40.0))
def test_a_line_drawn_twice_gives_the_areas_of_the_strips_between(seed, metres):
    cells = _cells(seed, 6)
    moved = shapely.transform(cells, lambda xy: xy + np.array([metres, -metres / 3]))
    (area, _), (expected, _) = _dense(cells, moved), _by_geometry(cells, moved)
    assert area == pytest.approx(expected, rel=1e-9, abs=1e-5)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(-3e5, 3e5), st.floats(-3e5, 3e5), st.randoms())
def test_translation_vertex_order_and_doubled_vertices_change_nothing(seed, east, north, random):
    one, other = _cells(seed, 7), _blocks(seed, 4)
    area, length = _dense(one, other)

    def again(shape):
        moved = shapely.transform(shape, lambda xy: xy + np.array([east, north]))
        if shape.geom_type != "Polygon":
            return moved
        ring = shapely.get_coordinates(moved.exterior)[:-1]
        ring = np.repeat(np.roll(ring, random.randrange(len(ring)), axis=0), 2, axis=0)
        return shapely.Polygon(ring[:: random.choice([1, -1])], moved.interiors)

    moved = _dense(np.array([again(s) for s in one]), np.array([again(s) for s in other]))
    assert moved[0] == pytest.approx(area, rel=1e-9, abs=1e-4)
    assert moved[1] == pytest.approx(length, rel=1e-5, abs=1e-2)


def test_units_of_one_set_that_overlap_are_each_measured():
    source = shapely.box([EAST, EAST + 500], NORTH, [EAST + 1000, EAST + 1500], NORTH + 1000)
    twice = np.array([shapely.box(EAST, NORTH, EAST + 1000, NORTH + 1000)] * 2)
    _agree(source, source)
    _agree(source, twice)


def test_a_large_unit_and_a_small_one_far_inside_it():
    large, small = np.array([shapely.box(0, 0, 6e5, 6e5)]), np.array([shapely.Point(4e5, 1e5).buffer(3.0)])
    i, j, area, _ = shared_areas(large, small)
    assert (i.tolist(), j.tolist()) == ([0], [0])
    assert area == pytest.approx(shapely.area(small), rel=1e-7)


def test_sets_that_do_not_meet_or_only_touch_share_nothing():
    a, b = np.array([shapely.box(0, 0, 1000, 1000)]), shapely.box([1000, 5000], 0, [2000, 6000], 1000)
    assert shared_areas(a, b)[0].size == 0
