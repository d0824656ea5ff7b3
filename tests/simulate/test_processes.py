"""What was put in is there, and is not there in the null county."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import cKDTree

from crimemap.simulate.mix import MIX, OFFENCES, seasonal_factors
from crimemap.simulate.processes import BACKGROUND, EMERGING, NEAR_REPEAT
from crimemap.simulate.truth import knox
from crimemap.simulate.world import make_world, streams


@pytest.fixture(scope="module")
def world():
    return make_world(streams(4), months=24, scale=0.5, hotspots=True)


@pytest.fixture(scope="module")
def null():
    return make_world(streams(4), months=24, scale=0.5, hotspots=False)


def _burglaries(world):
    these = world.incidents.offence == OFFENCES.index("Burglary")
    site = world.incidents.site[these]
    return world.sites.easting[site], world.sites.northing[site], world.incidents.day[these]


def _inside(world, spot):
    """Count the incidents of a spot's offence in its disc, from their positions alone."""
    these = world.incidents.offence == OFFENCES.index(spot.offence)
    site = world.incidents.site[these]
    gap = np.hypot(world.sites.easting[site] - spot.easting, world.sites.northing[site] - spot.northing)
    return these, gap <= spot.radius_m


def test_every_offence_type_happens_every_month(world):
    counts = np.zeros((len(OFFENCES), 24))
    np.add.at(counts, (world.incidents.offence, world.incidents.month), 1)
    assert (counts > 0).all()


def test_a_hotspot_holds_what_was_put_in(world):
    for number, spot in enumerate(world.hotspots):
        added = int((world.incidents.origin == number).sum())
        low, high = stats.poisson.interval(1 - 1e-6, spot.monthly * 0.5 * 24)
        assert low <= added <= high, spot.name
        _, inside = _inside(world, spot)
        k = OFFENCES.index(spot.offence)
        background = float(world.rates[k][spot.sites].sum()) * MIX[spot.offence].monthly * 0.5 * 24
        low, high = stats.poisson.interval(1 - 1e-6, background + spot.monthly * 0.5 * 24)
        assert low <= inside.sum() <= high, spot.name
        assert inside.sum() > 1.5 * background, spot.name


def test_hotspots_do_not_touch(world):
    middles = np.asarray([(spot.easting, spot.northing) for spot in [*world.hotspots, world.emerging]])
    assert cKDTree(middles).query(middles, k=2)[0][:, 1].min() > 800


def test_the_emerging_hotspot_grows_from_its_first_month(world):
    emerging = world.emerging
    month = world.incidents.month[world.incidents.origin == EMERGING]
    assert month.min() >= emerging.first_month == 24 - 6
    expected = emerging.expected(24) * 0.5
    assert expected[emerging.first_month - 1] == 0
    assert expected[-1] == pytest.approx(4.0 * 0.5 * 1.35**5)
    counts = np.bincount(month, minlength=24)
    assert stats.poisson.cdf(counts.sum(), expected.sum()) == pytest.approx(0.5, abs=0.4999)


def test_burglary_comes_back_near_and_soon(world):
    rule = world.near_repeat
    counted = knox(*_burglaries(world), space_band_m=rule.space_band_m, time_band_days=rule.time_band_days)
    assert counted["ratio"] > 2
    followers = np.flatnonzero(world.incidents.origin == NEAR_REPEAT)
    parent = world.incidents.parent[followers]
    after = world.incidents.day[followers] - world.incidents.day[parent]
    gap = np.hypot(
        world.sites.easting[world.incidents.site[followers]] - world.sites.easting[world.incidents.site[parent]],
        world.sites.northing[world.incidents.site[followers]] - world.sites.northing[world.incidents.site[parent]],
    )
    assert after.min() >= 0
    assert after.max() <= rule.time_band_days
    assert gap.max() <= rule.space_band_m
    assert (gap == 0).mean() == pytest.approx(rule.same_place, abs=0.08)


def test_one_share_of_burglaries_are_followers(world):
    share = (world.incidents.origin == NEAR_REPEAT).sum() / len(_burglaries(world)[0])
    assert share == pytest.approx(world.near_repeat.followers, abs=0.03)


def test_beyond_its_bands_burglary_does_not_repeat(world):
    easting, northing, day = _burglaries(world)
    near = knox(easting, northing, day, space_band_m=200, time_band_days=14)
    longer = knox(easting, northing, day, space_band_m=200, time_band_days=120)
    assert longer["ratio"] < 0.6 * near["ratio"]


def test_the_null_county_has_only_background(null):
    assert null.hotspots == []
    assert null.emerging is None
    assert set(null.incidents.origin) == {BACKGROUND}


def test_the_null_county_has_no_near_repeats(null):
    counted = knox(*_burglaries(null), space_band_m=200, time_band_days=14)
    expected = counted["expected_pairs_close_in_both"]
    assert abs(counted["pairs_close_in_both"] - expected) < 5 * np.sqrt(expected)


def test_in_the_null_county_every_address_has_the_same_risk(null):
    homes = np.flatnonzero(null.sites.kind == 0)
    assert (null.sites.kind[null.incidents.site] == 0).all()
    counts = np.bincount(null.incidents.site, minlength=len(null.sites.kind))[homes]
    by_brick = np.bincount(null.sites.brick[homes], weights=counts)
    expected = np.bincount(null.sites.brick[homes]) / len(homes) * counts.sum()
    assert stats.chisquare(by_brick, expected).pvalue > 1e-4


def test_the_null_county_does_not_grow(null, world):
    shoplifting = OFFENCES.index("Shoplifting")
    for county, growing in ((null, False), (world, True)):
        month = county.incidents.month[(county.incidents.offence == shoplifting) & (county.incidents.origin == BACKGROUND)]
        first, second = (month < 12).sum(), (month >= 12).sum()
        z = (second - first) / np.sqrt(first + second)
        assert (z > 3) == growing


def test_the_season_is_as_stated(null):
    for offence in ("Anti-social behaviour", "Bicycle theft"):
        month = null.incidents.month[null.incidents.offence == OFFENCES.index(offence)]
        counts = np.bincount(month, minlength=24)
        calendar = (np.arange(24)) % 12  # the period ends with a December and has whole years
        expected = seasonal_factors(offence)[calendar]
        assert stats.chisquare(counts, expected / expected.sum() * counts.sum()).pvalue > 1e-4


def test_scale_multiplies_incidents_and_leaves_the_map():
    small, large = (make_world(streams(4), months=6, scale=scale, hotspots=True) for scale in (0.05, 0.2))
    assert len(large.incidents) == pytest.approx(4 * len(small.incidents), rel=0.1)
    assert large.county.frame.equals(small.county.frame)
    assert (large.points.longitude == small.points.longitude).all()


def test_knox_counts_by_hand():
    x = np.asarray([0.0, 30.0, 60.0, 9_000.0])
    day = np.asarray([0.0, 3.0, 40.0, 41.0])
    counted = knox(x, x * 0, day, space_band_m=50, time_band_days=5)
    assert counted["pairs_close_in_space"] == 2
    assert counted["pairs_close_in_time"] == 2
    assert counted["pairs_close_in_both"] == 1
    assert counted["expected_pairs_close_in_both"] == pytest.approx(2 * 2 / 6, abs=1e-3)
