import numpy as np
import pytest
import shapely
from scipy.sparse import csr_array

from crimemap.analysis.grids.cells import cell_neighbours, cover, parse_cells
from crimemap.analysis.grids.positions import Positions
from crimemap.analysis.hotspots.hot_areas import hot_areas
from crimemap.analysis.hotspots.sensitivity import sensitivity
from crimemap.errors import EmptyInputError, InputError

AREA = shapely.box(530_000, 180_000, 534_000, 184_000)


def _areas(hot, counts, kind="200m"):
    cells = cover(AREA, parse_cells(kind))
    x, y = cells.centres()
    touching = cell_neighbours(cells)
    return cells, hot_areas(
        hot(x, y), touching, counts=counts(x, y), area_inside_m2=cells.area_inside_m2, easting=x, northing=y
    )


def test_two_hotspots_apart_are_two_and_cells_that_touch_at_a_corner_are_one():
    def hot(x, y):
        west = (np.abs(x - 530_500) < 150) & (np.abs(y - 180_500) < 150)
        stairs = ((x == 532_100) & (y == 182_100)) | ((x == 532_300) & (y == 182_300))
        return west | stairs

    _, found = _areas(hot, lambda x, y: np.where(hot(x, y), 3, 0) + (x > 532_000))
    assert len(found) == 2
    assert sorted(found.cells.tolist()) == [1, 2]
    assert found.rank.tolist() == [1, 2]


def test_counts_and_expectations_add_up():
    rng = np.random.default_rng(1)
    counts = rng.poisson(0.5, 400)
    cells, found = _areas(lambda *_: counts > 1, lambda *_: counts)
    assert found.incidents.sum() == counts[counts > 1].sum()
    assert found.expected.sum() == pytest.approx(counts.sum() * found.area_m2.sum() / cells.area_inside_m2.sum())
    for k in range(len(found)):
        assert counts[found.area == k].sum() == found.incidents[k]
        assert (found.area == k).sum() == found.cells[k]
    excess = found.incidents - found.expected
    assert (np.diff(excess) <= 1e-9).all()


def test_its_centre_is_that_of_its_incidents():
    def hot(x, y):
        return (y == 180_100) & (x < 530_600)

    _, found = _areas(hot, lambda x, y: np.where((x == 530_500) & (y == 180_100), 9, 0))
    assert (found.easting[0], found.northing[0]) == (530_500, 180_100)


def test_no_hot_cell_is_no_hotspot():
    _, found = _areas(lambda x, _: np.zeros(x.size, dtype=bool), lambda x, _: np.ones(x.size, dtype=int))
    assert len(found) == 0
    assert (found.area == -1).all()


def test_shapes_that_differ_are_refused():
    with pytest.raises(InputError, match="3 cells"):
        hot_areas(
            [True, False, True],
            csr_array(np.eye(2)),
            counts=[1, 2, 3],
            area_inside_m2=[1, 1, 1],
            easting=[1, 2, 3],
            northing=[1, 2, 3],
        )


@pytest.mark.parametrize("kind", ["h3:9", "200m"])
def test_a_broad_hotspot_stays_hot_and_the_place_is_the_same(kind):
    rng = np.random.default_rng(2)
    scattered = rng.uniform([530_000, 180_000], [534_000, 184_000], (300, 2))
    broad = rng.normal([532_000, 182_000], 250, (600, 2))
    positions = Positions.of_metres(*np.concatenate([scattered, broad]).T)
    cells = cover(AREA, parse_cells(kind))
    found = sensitivity(cells, positions, study_area=AREA)
    x, y = cells.centres()
    near, far = np.hypot(x - 532_000, y - 182_000) < 250, np.hypot(x - 532_000, y - 182_000) > 1500
    assert found.next_ring[near].all()
    assert found.coarser is not None
    assert found.coarser[near].all()
    assert found.next_ring[far].mean() < 0.05
    assert found.coarser[far].mean() < 0.05
    coarser = "h3:8" if kind == "h3:9" else "400m"
    assert found.parameters == {"next_ring": 2, "next_distance_m": None, "coarser_cells": coarser}


def test_without_coarser_cells_nothing_is_said_of_them():
    positions = Positions.of_metres([530_100.0, 530_300.0, 530_300.0], [180_100.0, 180_100.0, 180_100.0])
    small = shapely.box(530_000, 180_000, 530_400, 180_400)
    found = sensitivity(cover(small, parse_cells("200m")), positions, study_area=small)
    assert found.coarser is None
    with pytest.raises(EmptyInputError, match="too few"):
        sensitivity(cover(small, parse_cells("400m")), positions, study_area=small)


def test_neighbours_by_distance_are_tried_half_as_far_again():
    rng = np.random.default_rng(3)
    positions = Positions.of_metres(*rng.normal([532_000, 182_000], 250, (400, 2)).T)
    cells = cover(AREA, parse_cells("200m"))
    ring = sensitivity(cells, positions, study_area=AREA)
    near = sensitivity(cells, positions, study_area=AREA, graph="distance", distance_m=300.0)
    assert near.parameters["next_distance_m"] == 450.0
    assert near.coarser_kind is None  # centres of 400 m squares lie further apart than 300 m
    assert near.coarser is None
    assert 0 < near.next_ring.sum() <= ring.next_ring.sum()
