"""Shared areas by integrals against the same by geometry."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.alignment.shared import as_overlaid, outlines, shared_areas, shared_by_three
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
    assert area == pytest.approx(expected, rel=1e-9, abs=2e-6)
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
    assert area == pytest.approx(expected, rel=1e-9, abs=2e-6)


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


def _stars(seed: int, n: int) -> np.ndarray:
    """Shapes of one ring with holes, far apart or over one another, their vertices on no grid."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        turn = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 40)))
        reach = rng.uniform(50, 1500, turn.size)
        centre = rng.uniform(0, 3000, 2) + np.array([EAST, NORTH])
        star = shapely.Polygon(centre + np.column_stack([np.cos(turn), np.sin(turn)]) * reach[:, None]).buffer(0)
        holes = shapely.MultiPoint(rng.uniform(-800, 800, (5, 2)) + centre).buffer(rng.uniform(20, 90))
        made.append(star.difference(holes))
    return np.array([star for star in made if star.area > 0], dtype=object)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(1, 4))
def test_areas_and_perimeters_are_those_of_the_geometry_for_stars_with_holes(one, other, n):
    _agree(_stars(one, n), _stars(other, n))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.floats(1e-7, 1.0))
def test_vertices_that_are_nearly_those_of_the_other_drawing_break_nothing(seed, n, metres):
    stars = _stars(seed, n)
    rng = np.random.default_rng(seed)
    rings = [shapely.get_coordinates(part.exterior)[:-1] for part in shapely.get_parts(stars)]
    shaken = [shapely.Polygon(ring + rng.uniform(-metres, metres, ring.shape)) for ring in rings]
    again = np.array([shape for shape in shaken if shape.is_valid], dtype=object)
    if again.size:
        (area, _), (expected, _) = _dense(stars, again), _by_geometry(stars, again)
        # An overlay rounds the places where lines cross to the sixth part of a nanometre, along the whole perimeter.
        assert area == pytest.approx(expected, rel=1e-9, abs=2e-6 + 1e-9 * shapely.length(stars).sum())


def test_rings_that_touch_themselves_and_holes_that_touch_the_edge_are_measured():
    ring = [(0, 0), (400, 0), (400, 400), (200, 200), (0, 400)]
    pinched = shapely.Polygon([(EAST + x, NORTH + y) for x, y in [*ring[:3], (200, 0), (100, 0), *ring[3:]]]).buffer(0)
    frame = shapely.box(EAST, NORTH, EAST + 400, NORTH + 400)
    cheese = frame.difference(shapely.Polygon([(EAST, NORTH + 200), (EAST + 100, NORTH + 100), (EAST + 100, NORTH + 300)]))
    shapes = np.array([pinched, cheese], dtype=object)
    assert shapely.is_valid(shapes).all()
    _agree(shapes, shapes)
    _agree(shapes, _cells(3, 8))


def test_edges_along_the_axes_and_along_the_sides_of_the_grid_count_once():
    blocks = shapely.box(*np.meshgrid(np.arange(0, 1024, 128.0), np.arange(0, 1024, 128.0)), *np.meshgrid(
        np.arange(128, 1152, 128.0), np.arange(128, 1152, 128.0))).ravel()  # fmt: skip
    halves = shapely.box([0, 512], 0, [512, 1024], 1024)
    _agree(blocks, halves)
    _agree(halves, blocks)


def test_parts_as_small_as_a_leaf_are_exact_far_from_the_origin():
    """Exact in whole numbers: triangles of a few centimetres at the corner of a square of fifty kilometres."""
    large = np.array([shapely.box(600_000, 600_000, 650_000, 650_000)])
    side = np.array([2.0**-3, 2.0**-5, 2.0**-7])
    x, y = 600_000 + 1000 * np.arange(1, 4), 600_000
    corners = np.stack(
        [np.column_stack([x, y - side]), np.column_stack([x + side, y + side]), np.column_stack([x - side, y + side])], 1
    )
    small = shapely.polygons(corners)
    i, j, area, _ = shared_areas(large, small)
    # Above y: a trapezium between the widths `side` and twice `side`.
    assert (i.tolist(), j.tolist()) == ([0, 0, 0], [0, 1, 2])
    assert area == pytest.approx(1.5 * side**2, rel=1e-10)


def test_strips_thinner_than_an_overlay_rounds_are_given_as_an_overlay_gives_them():
    cells = _cells(5, 9)
    moved = shapely.transform(cells, lambda xy: xy + np.array([0.003, -0.002]))
    i, j, area, length = shared_areas(cells, moved)
    drawn = as_overlaid(cells, moved, i=i, j=j, area_m2=area, perimeter_m=length)
    expected = shapely.area(shapely.intersection(cells[i], moved[j]))
    assert drawn == pytest.approx(expected, rel=1e-9)
    assert (drawn != area).any()
    assert drawn == pytest.approx(area, rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(2, 12))
def test_what_three_sets_share_is_that_of_the_geometry(one, other, n):
    bricks, source, target = _cells(one + 1, 10), _cells(other, n), _blocks(one, 4)
    wanted = np.arange(0, bricks.size, 2)
    brick, i, j, area = shared_by_three(*outlines(bricks, source, target), wanted=wanted)
    found = np.zeros((bricks.size, source.size, target.size))
    found[brick, i, j] = area
    expected = np.zeros_like(found)
    for b in wanted:
        for s in range(source.size):
            both = shapely.intersection(bricks[b], source[s])
            expected[b, s] = shapely.area(shapely.intersection(both, target))
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-5)


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
