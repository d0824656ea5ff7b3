"""Streets, addresses and map points."""

import numpy as np
import pytest
import shapely
from scipy.spatial import cKDTree

from crimemap.crs import to_national_grid
from crimemap.simulate.county import make_county
from crimemap.simulate.streets import FEWEST_ADDRESSES, make_streets
from crimemap.simulate.world import streams


@pytest.fixture(scope="module")
def laid_out():
    stream = streams(3)
    county = make_county(stream("county"))
    return county, *make_streets(county, stream("streets"))


def test_households_are_addresses(laid_out):
    county, _, sites = laid_out
    homes = sites.brick[sites.kind == 0]
    assert np.bincount(homes, minlength=len(county.bricks)).tolist() == county.frame["households"].tolist()


def test_every_address_lies_in_its_brick(laid_out):
    county, _, sites = laid_out
    bricks = county.bricks.polygon[sites.brick]
    shapely.prepare(bricks)
    assert shapely.contains_xy(bricks, sites.easting, sites.northing).all()


def test_a_map_point_stands_for_eight_addresses_or_none(laid_out):
    _, points, sites = laid_out
    held = np.bincount(sites.point[sites.kind == 0], minlength=len(points.brick))
    assert held.tolist() == points.addresses.tolist()
    assert ((held == 0) | (held >= FEWEST_ADDRESSES)).all()
    assert (held == 0).any()


def test_a_site_belongs_to_the_nearest_map_point_of_its_neighbourhood(laid_out):
    county, points, sites = laid_out
    region = county.frame["neighbourhood"].to_numpy()
    for code in np.unique(region)[::9]:
        own = np.flatnonzero(region[points.brick] == code)
        these = np.flatnonzero(region[sites.brick] == code)
        tree = cKDTree(np.column_stack((points.easting, points.northing))[own])
        best, _ = tree.query(np.column_stack((sites.easting, sites.northing))[these])
        point = sites.point[these]
        found = np.hypot(sites.easting[these] - points.easting[point], sites.northing[these] - points.northing[point])
        assert (region[points.brick[point]] == code).all()
        assert found == pytest.approx(best, abs=1e-6)


def test_six_decimals_bring_a_map_point_back_into_its_brick(laid_out):
    county, points, _ = laid_out
    easting, northing = to_national_grid(points.longitude, points.latitude)
    assert np.hypot(easting - points.easting, northing - points.northing).max() < 0.2
    assert shapely.contains_xy(county.bricks.polygon[points.brick], easting, northing).all()


def test_no_two_map_points_are_alike(laid_out):
    _, points, _ = laid_out
    assert len(np.unique(np.column_stack((points.longitude, points.latitude)), axis=0)) == len(points.brick)


def test_streets_have_names_as_the_files_do(laid_out):
    _, points, _ = laid_out
    assert all(location.startswith("On or near ") for location in points.location)
    assert any("Supermarket" in location for location in points.location)
    assert any("," in location for location in points.location)
    assert any(not location.isascii() for location in points.location)
