"""The demonstration county: what was put in is found, and the county without anything in it raises no alarm."""

import numpy as np
import pytest
import shapely

from crimemap.analysis.clusters.scan import scan
from crimemap.analysis.grids.cells import cell_neighbours, cover, locate, parse_cells
from crimemap.analysis.grids.grid import count_in_cells
from crimemap.analysis.grids.neighbours import distance_neighbours
from crimemap.analysis.grids.positions import Positions
from crimemap.analysis.hotspots.excess import local_excess
from crimemap.analysis.hotspots.gistar import hotspots
from crimemap.analysis.hotspots.hot_areas import hot_areas
from crimemap.simulate.mix import OFFENCES
from crimemap.simulate.world import make_world, streams


@pytest.fixture(scope="module")
def county():
    return make_world(streams(1), months=12, scale=1.0, hotspots=True)


@pytest.fixture(scope="module")
def nothing():
    return make_world(streams(3), months=12, scale=0.3, hotspots=False)


def _published(world, offence):
    """Positions of an offence type as published: at map points."""
    site = world.incidents.site[world.incidents.offence == OFFENCES.index(offence)]
    at = np.bincount(world.sites.point[site], minlength=len(world.points.easting))
    held = at > 0
    return Positions.of_metres(world.points.easting[held], world.points.northing[held], incidents=at[held])


@pytest.mark.parametrize("written", ["h3:9", "200m"])
def test_every_hotspot_of_the_county_is_hot_on_the_published_map(county, written):
    area = shapely.union_all(np.asarray(county.county.bricks.polygon, dtype=object))
    cells = cover(area, parse_cells(written))
    around = cell_neighbours(cells)
    x, y = cells.centres()
    for spot in county.hotspots:
        positions = _published(county, spot.offence)
        counts = count_in_cells(cells.key, locate(cells.kind, **positions.coordinates), incidents=positions.incidents).counts
        hot = hotspots(counts, around).hotspot
        near = np.hypot(x - spot.easting, y - spot.northing) < spot.radius_m
        assert hot[near].any(), spot.name
        joined = hot_areas(hot, around, counts=counts, area_inside_m2=cells.area_inside_m2, easting=x, northing=y)
        rank = joined.area[near & hot].min() + 1
        assert rank <= 4, f"{spot.name} is only the {rank}th"


def _bricks(world):
    shapes = np.asarray(world.county.bricks.polygon, dtype=object)
    middle = shapely.centroid(shapes)
    addresses = np.bincount(world.sites.brick[world.sites.kind == 0], minlength=shapes.size)
    return shapely.get_x(middle), shapely.get_y(middle), addresses


def test_the_scan_finds_a_hotspot_that_stands_alone(county):
    """The canal estate, where anti-social behaviour is many times what it is around it."""
    x, y, sites = _bricks(county)
    spot = next(one for one in county.hotspots if "canal estate" in one.name)
    site = county.incidents.site[county.incidents.offence == OFFENCES.index(spot.offence)]
    cases = np.bincount(county.sites.brick[site], minlength=x.size)
    found = scan(cases, sites, x, y, rng=np.random.default_rng(1), simulations=99, most_share=0.05)
    middles = [(np.average(x[c.members]), np.average(y[c.members])) for c in found.clusters]
    assert min(np.hypot(mx - spot.easting, my - spot.northing) for mx, my in middles) < 2 * spot.radius_m
    assert found.clusters[0].p_value == 0.01


def test_a_county_of_equal_risk_raises_alarms_no_more_often_than_the_rate(nothing):
    """Fourteen offence types at 5 %: more than three alarms have a probability of 0.4 %."""
    x, y, sites = _bricks(nothing)
    alarms = 0
    for k in range(len(OFFENCES)):
        site = nothing.incidents.site[nothing.incidents.offence == k]
        cases = np.bincount(nothing.sites.brick[site], minlength=x.size)
        found = scan(cases, sites, x, y, rng=np.random.default_rng(k), simulations=99)
        alarms += found.clusters[0].p_value <= 0.05
    assert alarms <= 3


def test_map_points_of_equal_risk_are_hot_no_more_often_than_the_rate(nothing):
    """Counts at map points beside those within 250 m, thinned so that every point stands for as many addresses."""
    rng = np.random.default_rng(5)
    points, sites = nothing.points, nothing.sites
    held = np.bincount(sites.point[sites.kind == 0], minlength=len(points.easting))
    used = np.flatnonzero(held)
    near = distance_neighbours(points.easting[used], points.northing[used], distance_m=250.0)
    alarms = 0
    for k in range(len(OFFENCES)):
        at = sites.point[nothing.incidents.site[nothing.incidents.offence == k]]
        kept = at[rng.random(at.size) < held[used].min() / held[at]]
        alarms += hotspots(np.bincount(kept, minlength=held.size)[used], near).hotspot.any()
    assert alarms <= 3


def _shared_among_streets(world, cells):
    """Give the addresses of each brick, shared among its streets' map points, by cell."""
    points, sites = world.points, world.sites
    held = np.bincount(sites.brick[sites.kind == 0], minlength=len(world.county.bricks))
    street = np.flatnonzero(points.addresses > 0)
    each = held[points.brick[street]] / np.bincount(points.brick[street], minlength=held.size)[points.brick[street]]
    positions = Positions.of_metres(points.easting[street], points.northing[street])
    at = np.searchsorted(cells.key, locate(cells.kind, **positions.coordinates))
    return np.bincount(at, weights=each, minlength=len(cells))


def _counts(world, cells, offence):
    positions = _published(world, offence)
    return count_in_cells(cells.key, locate(cells.kind, **positions.coordinates), incidents=positions.incidents).counts


def test_beside_its_people_a_county_of_equal_risk_is_hot_no_more_often_than_the_rate(nothing):
    """It has towns, which Gi* names; of fourteen maps more than three alarms have a probability of 0.4 %."""
    cells = cover(shapely.union_all(np.asarray(nothing.county.bricks.polygon, dtype=object)), parse_cells("h3:9"))
    around = cell_neighbours(cells)
    people = _shared_among_streets(nothing, cells)
    counts = {offence: _counts(nothing, cells, offence) for offence in OFFENCES}
    everything = np.sum(list(counts.values()), axis=0)
    alarms = {"people": 0, "controls": 0}
    for mine in counts.values():
        alarms["people"] += local_excess(mine, people, around).hotspot.any()
        alarms["controls"] += local_excess(mine, everything - mine, around, null="controls").hotspot.any()
    assert hotspots(counts["Burglary"], around).hotspot.sum() > 20
    assert max(alarms.values()) <= 3, alarms


def test_beside_people_and_beside_other_incidents_the_countys_hotspots_are_found(county):
    cells = cover(shapely.union_all(np.asarray(county.county.bricks.polygon, dtype=object)), parse_cells("h3:9"))
    around = cell_neighbours(cells)
    x, y = cells.centres()
    people = _shared_among_streets(county, cells)
    counts = {offence: _counts(county, cells, offence) for offence in OFFENCES}
    everything = np.sum(list(counts.values()), axis=0)
    for spot in county.hotspots:
        mine = counts[spot.offence]
        near = np.hypot(x - spot.easting, y - spot.northing) < spot.radius_m
        assert local_excess(mine, people, around).hotspot[near].any(), spot.name
        assert local_excess(mine, everything - mine, around, null="controls").hotspot[near].any(), spot.name
