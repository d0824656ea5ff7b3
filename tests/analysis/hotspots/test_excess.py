"""Local excess: exact beside people and beside other incidents, silent where all run the same risk, and with power."""

from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import binomtest, fisher_exact

from crimemap.analysis.grids.cells import cell_neighbours, cover, parse_cells
from crimemap.analysis.hotspots.excess import local_excess
from crimemap.analysis.hotspots.gistar import hotspots
from crimemap.errors import EmptyInputError, InputError, ParameterError

SIDE = 30


@pytest.fixture(scope="module")
def grid():
    import shapely

    cells = cover(shapely.box(530000, 180000, 530000 + SIDE * 100, 180000 + SIDE * 100), parse_cells("100m"))
    return cells, cell_neighbours(cells)


@pytest.fixture(scope="module")
def people(grid):
    """Two towns in a country where hardly anybody lives."""
    x, y = grid[0].centres()
    town = sum(
        many * np.exp(-((x - east) ** 2 + (y - north) ** 2) / (2 * 300.0**2))
        for many, east, north in ((400, 530800, 180900), (150, 532200, 182100))
    )
    return town + np.random.default_rng(2).gamma(0.5, 6.0, x.size)


def test_beside_people_it_is_the_binomial_test_of_each_neighbourhood(grid, people):
    counts = np.random.default_rng(1).multinomial(300, people / people.sum())
    found = local_excess(counts, people, grid[1])
    share = grid[1] @ people / people.sum()
    for cell in (0, 29, 245, 500, 899):
        of = binomtest(int(found.local_sum[cell]), 300, share[cell], alternative="greater").pvalue
        assert found.p_value[cell] == pytest.approx(of, rel=1e-9)
        assert found.local_expected[cell] == pytest.approx(300 * share[cell])
    assert found.expected.sum() == pytest.approx(300)


def test_beside_controls_it_is_fishers_exact_test_of_each_neighbourhood(grid, people):
    rng = np.random.default_rng(3)
    cases, controls = (rng.multinomial(n, people / people.sum()) for n in (200, 900))
    found = local_excess(cases, controls, grid[1], null="controls")
    inside, other = grid[1] @ cases, grid[1] @ controls
    tested = np.flatnonzero(inside + other)
    for cell in (*tested[::40], int(np.argmax(inside))):
        table = [[inside[cell], other[cell]], [200 - inside[cell], 900 - other[cell]]]
        assert found.p_value[cell] == pytest.approx(fisher_exact(table, alternative="greater").pvalue, rel=1e-8)


def test_beside_controls_p_is_the_share_of_all_labellings():
    cases, controls = np.array([2, 1, 0, 0]), np.array([0, 1, 2, 1])
    around = csr_array(np.abs(np.subtract.outer(range(4), range(4))) <= 1)
    found = local_excess(cases, controls, around, null="controls")
    cell = np.repeat(np.arange(4), cases + controls)
    ways = [np.bincount(cell[list(chosen)], minlength=4) for chosen in combinations(range(7), 3)]
    sums = np.array([around @ way for way in ways])
    assert found.p_value == pytest.approx((sums >= around @ cases).mean(axis=0))


def test_where_all_run_the_same_risk_alarms_come_no_more_often_than_the_rate(grid, people):
    """Of 400 maps with towns and nothing else: more than 33 alarms have a probability of 0.1 % at a rate of 5 %."""
    rng = np.random.default_rng(7)
    alarms = {"people": 0, "controls": 0, "ground": 0}
    for _ in range(400):
        counts, controls = (rng.multinomial(n, people / people.sum()) for n in (150, 500))
        alarms["people"] += local_excess(counts, people, grid[1]).hotspot.any()
        alarms["controls"] += local_excess(counts, controls, grid[1], null="controls").hotspot.any()
        if _ < 10:
            alarms["ground"] += hotspots(counts, grid[1]).hotspot.any()
    assert alarms["people"] <= 33
    assert alarms["controls"] <= 33
    assert alarms["ground"] == 10, "against an even spread over the ground, towns are always hot"


@pytest.mark.parametrize("null", ["people", "controls"])
def test_a_hotspot_is_found_and_most_of_what_is_hot_is_in_it(grid, people, null):
    """Five times the risk within 250 m, at the edge of a town."""
    rng = np.random.default_rng(11)
    x, y = grid[0].centres()
    far = np.hypot(x - 531300, y - 181300)
    risk = people * np.where(far < 250, 5.0, 1.0)
    found, false, hot = 0, 0, 0
    for _ in range(50):
        counts = rng.multinomial(600, risk / risk.sum())
        beside = people if null == "people" else rng.multinomial(3000, people / people.sum())
        called = local_excess(counts, beside, grid[1], null=null).hotspot
        found += called[far < 250].any()
        # A neighbourhood that reaches into the hotspot is rightly hot.
        false += called[far > 400].sum()
        hot += called.sum()
    assert found >= 48
    assert false / hot < 0.05


def test_where_nobody_is_at_risk_nothing_is_tested_and_incidents_are_told():
    around = csr_array(np.eye(5))
    found = local_excess([3, 2, 0, 1, 0], [5, 5, 5, 0, 0], around)
    assert found.untested == 1
    assert np.isnan(found.p_value).tolist() == [False, False, False, True, True]
    assert found.expected.tolist() == pytest.approx([5 / 3, 5 / 3, 5 / 3, 0, 0])
    assert not found.hotspot[3:].any()


def test_a_neighbourhood_of_everybody_is_never_hot():
    found = local_excess([3, 2, 4], [5.1, 5.2, 0.1], csr_array(np.ones((3, 3))))
    assert found.p_value.tolist() == [1, 1, 1]
    assert found.z.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("counts", "risk", "around", "asked", "refused"),
    [
        ([1, 2], [1, 2], np.eye(2), {}, (EmptyInputError, "too few")),
        ([1, 2, 3], [1, 2], np.eye(3), {}, (InputError, "2 numbers at risk")),
        ([1, 2, 3], [1, -2, 3], np.eye(3), {}, (InputError, "below 0")),
        ([1, 2, 3], [1, np.nan, 3], np.eye(3), {}, (InputError, "not finite")),
        ([1, 2, 3], [0, 0, 0], np.eye(3), {}, (EmptyInputError, "anybody is at risk")),
        ([0, 0, 3], [1, 1, 0], np.eye(3), {}, (EmptyInputError, "anybody is at risk")),
        ([1, 2.5, 3], [1, 2, 3], np.eye(3), {}, (ParameterError, "whole numbers")),
        ([1, 2, 3], [1, 2.5, 3], np.eye(3), {"null": "controls"}, (ParameterError, "whole numbers")),
        ([1, 2, 3], [1, 2, 3], np.eye(3) * 2, {}, (ParameterError, "weigh 1")),
        ([1, 2, 3], [1, 2, 3], np.eye(3)[::-1], {}, (ParameterError, "weigh 1")),
        ([1, 2, 3], [1, 2, 3], np.eye(3), {"null": "ground"}, (ParameterError, "nothing to compare with")),
        ([1, 2, 3], [1, 2, 3], np.eye(3), {"alpha": 0.0}, (ParameterError, "no error rate|not an error rate")),
    ],
)
def test_what_cannot_be_compared_is_refused(counts, risk, around, asked, refused):
    with pytest.raises(refused[0], match=refused[1]):
        local_excess(counts, risk, csr_array(around), **asked)
