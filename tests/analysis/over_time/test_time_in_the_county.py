"""What was put into the demonstration county is found, and in the county without hotspots nothing is."""

from functools import cache

import numpy as np
import pytest
from scipy.sparse import diags_array

from crimemap.analysis.grids.grid import count_in_cells, grid_squares, square_index, square_neighbours
from crimemap.analysis.over_time.change import MORE
from crimemap.analysis.over_time.change_rates import compare_rates
from crimemap.analysis.over_time.emerging import emerging_hotspots
from crimemap.analysis.over_time.knox import knox
from crimemap.analysis.over_time.near_repeat import FOLLOWER, near_repeats
from crimemap.simulate.mix import OFFENCES
from crimemap.simulate.processes import EMERGING
from crimemap.simulate.truth import knox as knox_of_the_truth
from crimemap.simulate.world import make_world, streams

SIDE_M, MONTHS = 300.0, 12


@cache
def _county(*, hotspots):
    return make_world(streams(1), months=MONTHS, scale=1.0, hotspots=hotspots)


@pytest.fixture(params=[True, False], ids=["county", "null county"])
def world(request):
    return _county(hotspots=request.param)


def _of(world, offence):
    these = np.flatnonzero(world.incidents.offence == OFFENCES.index(offence))
    site = world.incidents.site[these]
    return these, world.sites.easting[site], world.sites.northing[site]


def test_near_repeat_is_found_by_the_truths_own_figures_and_not_where_there_is_none(world):
    these, x, y = _of(world, "Burglary")
    day = world.incidents.day[these]
    found = knox(
        x, y, day, space_bands_m=[200, 400], time_bands_days=[14, 28], same_place_m=None, rng=np.random.default_rng(1),
        permutations=199,
    )  # fmt: skip
    truth = knox_of_the_truth(x, y, day, space_band_m=np.nextafter(200, 0), time_band_days=14 - 1 / 86400)
    assert found.observed[0, 0] == truth["pairs_close_in_both"]
    assert found.expected[0, 0] == pytest.approx(truth["expected_pairs_close_in_both"], abs=1e-3)
    if world.is_null:
        assert found.p_adjusted.min() > 0.05
    else:
        assert found.p_adjusted[0, 0] == 1 / 200
        assert found.p_adjusted[1, 0] > 0.05, "followers are within 200 m"
        assert found.knox_ratio[0, 0] > 2


def test_every_near_repeat_of_the_truth_is_a_follower(world):
    these, x, y = _of(world, "Burglary")
    links = near_repeats(x, y, world.incidents.day[these], within_m=200.001, within_days=14.001)
    followed = world.incidents.parent[these] >= 0
    assert (links.role[followed] == FOLLOWER).all()
    if not world.is_null:
        assert followed.sum() > 150
        excess = links.links - links.expected_links
        assert 0.7 * followed.sum() < excess < 1.6 * followed.sum()


def test_the_emerging_hotspot_is_found_where_and_when_it_is():
    world = _county(hotspots=True)
    _, x, y = _of(world, "Vehicle crime")
    these = world.incidents.offence == OFFENCES.index("Vehicle crime")
    month = world.incidents.month[these]
    squares = grid_squares(world.county.bricks.polygon, cell_size_m=SIDE_M)
    key = square_index(x, y, cell_size_m=SIDE_M)
    cube = np.column_stack([count_in_cells(squares.key, key[month == k]).counts for k in range(MONTHS)])
    found = emerging_hotspots(cube, square_neighbours(squares))
    marked = found.category != "none"
    spot = world.emerging
    far = np.hypot(squares.easting - spot.easting, squares.northing - spot.northing)
    centre = int(far.argmin())
    assert str(found.category[centre]) in {"new hot", "consecutive hot", "sporadic hot"}
    assert found.state[centre, -1] == 1
    assert not found.state[centre, : spot.first_month].any()
    hot_now = marked & (found.state[:, -1] == 1) & (far < 5_000)
    assert far[hot_now].max() < spot.radius_m + 2 * SIDE_M * np.sqrt(2)
    assert (world.incidents.origin[these] == EMERGING).sum() > 10


def test_cells_of_as_many_addresses_each_are_never_hot_in_the_null_county():
    """
    Every address is alike there, so 2,000 cells of equal numbers of them along a walk through the county are too.

    Squares are not: its towns are hot, addresses being dense there.
    """
    world = _county(hotspots=False)
    these, _, _ = _of(world, "Vehicle crime")
    rate = world.rates[OFFENCES.index("Vehicle crime")]
    walk = np.lexsort((world.sites.easting, np.floor(world.sites.northing / 500)))
    walk = walk[rate[walk] > 0]
    cell = np.full(rate.size, -1)
    cell[walk] = np.arange(walk.size) * 2000 // walk.size
    cube = np.zeros((2000, MONTHS), dtype=np.int64)
    np.add.at(cube, (cell[world.incidents.site[these]], world.incidents.month[these]), 1)
    chain = diags_array([1.0, 1.0, 1.0], offsets=[-1, 0, 1], shape=(2000, 2000)).tocsr()
    assert (emerging_hotspots(cube, chain).category == "none").all()


def test_the_square_of_the_emerging_hotspot_has_changed_and_no_others_have(world):
    _, x, y = _of(world, "Vehicle crime")
    month = world.incidents.month[world.incidents.offence == OFFENCES.index("Vehicle crime")]
    squares = grid_squares(world.county.bricks.polygon, cell_size_m=1000.0)
    key = square_index(x, y, cell_size_m=1000.0)
    cube = np.column_stack([count_in_cells(squares.key, key[month == k]).counts for k in range(MONTHS)])
    found = compare_rates(cube[:, : MONTHS - 3], cube[:, MONTHS - 3 :])
    changed = np.flatnonzero(found.verdict == MORE)
    if world.is_null:
        assert changed.size == 0
        return
    where = square_index([world.emerging.easting], [world.emerging.northing], cell_size_m=1000.0)[0]
    assert int(squares.key.tolist().index(where)) in changed.tolist()
    assert changed.size <= 4
