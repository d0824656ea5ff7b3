import numpy as np
import pytest

from crimemap.disclosure.snap import NO_POINT, snap_to_points
from crimemap.errors import InputError

POINTS = {
    "point_easting": np.array([1000.0, 1100.0, 3000.0, 9000.0]),
    "point_northing": np.array([1000.0, 1000.0, 1000.0, 1000.0]),
    "point_id": np.array([11, 12, 13, 14]),
    "point_regions": [np.array([0, 1, 1, 2]), np.array([0, 0, 0, 1])],
}


def snapped(easting, neighbourhood, force, cap_m=5_000.0):
    n = len(easting)
    return snap_to_points(
        np.array(easting, dtype=float),
        np.full(n, 1000.0),
        [np.array(neighbourhood), np.array(force)],
        cap_m=cap_m,
        **POINTS,
    ).tolist()


def test_the_nearest_point_of_the_own_neighbourhood_wins_over_a_nearer_one_next_door():
    assert snapped([1010.0], [1], [0]) == [12]


def test_without_a_point_in_the_neighbourhood_the_force_decides():
    assert snapped([2900.0], [7], [0]) == [13]


def test_an_incident_never_leaves_its_force():
    assert snapped([8900.0], [-1], [0], cap_m=100_000.0) == [13]


def test_beyond_the_cap_there_is_no_location():
    assert snapped([2000.0], [0], [0], cap_m=500.0) == [NO_POINT]


def test_without_any_region_there_is_no_location():
    assert snapped([1000.0], [-1], [-1]) == [NO_POINT]


def test_the_same_place_always_goes_to_the_same_point_in_any_company():
    rng = np.random.default_rng(3)
    easting = rng.uniform(900, 3100, 200)
    alone = [snapped([x], [1], [0])[0] for x in easting]
    order = rng.permutation(200)
    together = np.array(snapped(easting[order], [1] * 200, [0] * 200))
    assert (together == np.array(alone)[order]).all()


def test_of_two_points_equally_near_the_lowest_number_is_taken():
    found = snap_to_points(
        np.array([50.0 + 1000]),
        np.array([1000.0]),
        [np.array([0])],
        point_easting=np.array([1100.0, 1000.0]),
        point_northing=np.array([1000.0, 1000.0]),
        point_id=np.array([2, 1]),
        point_regions=[np.array([0, 0])],
        cap_m=1000.0,
    )
    assert found.tolist() == [1]


def test_repeats_cannot_be_averaged_to_the_true_position():
    many = snapped([1060.0] * 50, [1] * 50, [0] * 50)
    assert set(many) == {12}


def test_degrees_are_refused():
    with pytest.raises(InputError, match="look like degrees"):
        snap_to_points(
            np.array([-1.1]),
            np.array([52.0]),
            [np.array([0])],
            cap_m=1.0,
            **{**POINTS, "point_regions": [np.zeros(4, dtype=int)]},
        )
