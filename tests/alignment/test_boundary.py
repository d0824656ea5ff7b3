import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.alignment.boundary import boundary_fit
from crimemap.errors import ParameterError

X, Y = 500_000, 200_000


def _halves(line: float, *, height: float = 10_000) -> gpd.GeoDataFrame:
    shapes = [shapely.box(X, Y, X + line, Y + height), shapely.box(X + line, Y, X + 20_000, Y + height)]
    return gpd.GeoDataFrame(index=["A", "B"], geometry=shapes, crs=27700)


def test_a_line_moved_by_a_known_distance_lies_at_that_distance():
    found = boundary_fit(_halves(10_000), _halves(10_060), tolerance_m=50)
    # The ends of the line are nearer to the coast than to the other line only within 50 m of it.
    assert found.hausdorff_m == pytest.approx(60)
    assert found.p95_m == pytest.approx(60)
    assert (found.recall, found.precision) == pytest.approx((0.01, 0.01), abs=1e-9)
    assert boundary_fit(_halves(10_000), _halves(10_060), tolerance_m=61).f == 1.0


def test_a_set_against_itself_is_perfect():
    found = boundary_fit(_halves(9_000), _halves(9_000), tolerance_m=1)
    assert (found.recall, found.precision, found.f) == (1.0, 1.0, 1.0)
    assert (found.mean_m, found.hausdorff_m) == pytest.approx((0, 0), abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.floats(2_000, 18_000), st.floats(2_000, 18_000), st.floats(-1e5, 1e5))
def test_the_other_way_round_swaps_the_sides_and_a_move_changes_nothing(one, other, metres):
    there, back = (
        boundary_fit(_halves(one), _halves(other), tolerance_m=30),
        boundary_fit(_halves(other), _halves(one), tolerance_m=30),
    )
    assert (there.recall, there.mean_m, there.hausdorff_m) == pytest.approx((back.precision, back.mean_m, back.hausdorff_m))
    moved = [frame.set_geometry(frame.translate(metres, metres)) for frame in (_halves(one), _halves(other))]
    again = boundary_fit(*moved, tolerance_m=30)
    assert (again.p95_m, again.hausdorff_m) == pytest.approx((there.p95_m, there.hausdorff_m), abs=1e-6)


def test_a_line_where_the_other_set_covers_nothing_is_no_misfit():
    west = _halves(5_000).iloc[:1]
    found = boundary_fit(_halves(12_000), west, tolerance_m=10)
    assert found.recall is None
    assert found.precision is None
    assert np.isnan(found.f or np.nan)


def test_a_tolerance_that_is_none_is_refused():
    with pytest.raises(ParameterError, match="above 0 metres"):
        boundary_fit(_halves(1_000), _halves(1_000), tolerance_m=0)
