import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.errors import CrsError, EmptyInputError, GeometryError
from crimemap.tiling import overlap_areas, polygonal, require_polygons, subdivide

BLOB = (
    shapely.Point(500_000, 200_000)
    .buffer(5000, quad_segs=400)
    .difference(shapely.Point(501_000, 200_000).buffer(1500, quad_segs=300))
)


@pytest.mark.parametrize("most", [8, 32, 500])
def test_pieces_cover_what_the_whole_covers_and_none_is_large(most):
    pieces, owner = subdivide(np.array([BLOB, shapely.box(0, 0, 1000, 1000)]), most_vertices=most)
    assert shapely.get_num_coordinates(pieces).max() <= most
    assert shapely.area(pieces[owner == 0]).sum() == pytest.approx(BLOB.area, rel=1e-13)
    assert shapely.symmetric_difference(shapely.union_all(pieces[owner == 0]), BLOB).area < 1e-6 * BLOB.area
    assert (owner == 1).sum() == 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-6000, 6000), st.floats(-6000, 6000), st.floats(1, 4000)), min_size=1, max_size=20))
def test_overlap_areas_are_those_of_the_direct_overlay(squares):
    shapes = np.array([shapely.box(5e5 + x, 2e5 + y, 5e5 + x + s, 2e5 + y + s) for x, y, s in squares])
    direct = shapely.area(shapely.intersection(shapes, BLOB))
    assert overlap_areas(shapes, np.array([BLOB])) == pytest.approx(direct, rel=1e-9, abs=1e-4)


def test_shapes_that_only_touch_share_nothing():
    assert overlap_areas(np.array([shapely.box(10, 0, 20, 10)]), np.array([shapely.box(0, 0, 10, 10)])).tolist() == [0.0]


def test_polygons_are_taken_out_of_whatever_an_overlay_gave():
    mixed = shapely.GeometryCollection(
        [
            shapely.Point(0, 0),
            shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)]),
            shapely.box(5, 5, 6, 6),
        ]
    )
    polygons, owner = polygonal(np.array([shapely.LineString([(0, 0), (1, 1)]), mixed, shapely.Polygon()]))
    assert shapely.area(polygons).tolist() == [1.0, 1.0, 1.0]
    assert owner.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("geometry", "error"),
    [
        ([], EmptyInputError),
        ([None], EmptyInputError),
        ([shapely.Polygon()], EmptyInputError),
        ([shapely.LineString([(5e5, 0), (6e5, 0)])], GeometryError),
        ([shapely.Polygon([(5e5, 0), (5.1e5, 9e3), (5.1e5, 0), (5e5, 9e3)])], GeometryError),
        ([shapely.box(-3, 50, -2, 51)], CrsError),
    ],
)
def test_what_is_not_valid_polygons_in_metres_is_refused(geometry, error):
    with pytest.raises(error):
        require_polygons(np.array(geometry, dtype=object), where="areas")
