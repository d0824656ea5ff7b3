"""Categories by their definitions, gaps, false alarms over cubes without hotspots, and the county's emerging hotspot."""

import itertools

import numpy as np
import pytest
import shapely
from scipy.sparse import csr_array, eye_array
from scipy.stats import poisson

from crimemap.analysis.grids.grid import grid_squares, square_neighbours
from crimemap.analysis.over_time.emerging import CATEGORIES, classify, emerging_hotspots
from crimemap.errors import EmptyInputError, InputError
from crimemap.simulate.hotspots import Emerging

SIDE = 20
SQUARES = grid_squares(shapely.box(500_000, 200_000, 500_000 + SIDE * 100, 200_000 + SIDE * 100))
QUEEN = square_neighbours(SQUARES)
CENTRE = 10 * SIDE + 10
DISC = QUEEN[[CENTRE]].indices
BACKGROUND = 0.05


def name_of(*state, z=0.0, trend=False):
    return str(classify([state], [z], [trend])[0])


@pytest.mark.parametrize(
    ("state", "z", "trend", "name"),
    [
        ([0] * 9 + [1], 0, False, "new hot"),
        ([0] * 8 + [1, 1], 0, False, "consecutive hot"),
        ([0] * 5 + [1, 0, 0, 1, 1], 0, False, "sporadic hot"),
        ([0] * 5 + [-1, 0, 0, 1, 1], 0, False, "oscillating hot"),
        ([0] * 5 + [-1, 0, 0, 0, 1], 0, False, "oscillating hot"),
        ([0] + [1] * 9, 2.5, True, "intensifying hot"),
        ([1] * 10, -2.5, True, "diminishing hot"),
        ([1] * 10, 1.0, False, "persistent hot"),
        ([1] * 9 + [0], 2.5, True, "historical hot"),
        ([1] * 9 + [-1], 0, False, "oscillating cold"),
        ([1] * 5 + [0] * 5, 0, False, "none"),
        ([0] * 10, 3, True, "none"),
        ([0] * 9 + [-1], 0, False, "new cold"),
        ([-1] * 10, -2.5, True, "intensifying cold"),
        ([-1] * 10, 2.5, True, "diminishing cold"),
    ],
)
def test_categories_are_as_defined(state, z, trend, name):
    assert name_of(*state, z=z, trend=trend) == name


def test_each_course_has_one_category_and_hot_and_cold_are_mirror_images():
    every = np.array(list(itertools.product((-1, 0, 1), repeat=6)))
    for z, trend in ((0.5, False), (2.5, True), (-2.5, True)):
        hot = classify(every, np.full(len(every), z), np.full(len(every), trend))
        cold = classify(-every, np.full(len(every), -z), np.full(len(every), trend))
        swapped = [name.replace("hot", "x").replace("cold", "hot").replace("x", "cold") for name in cold]
        assert hot.tolist() == swapped
        assert {name.split()[0] for name in hot} <= {*CATEGORIES, "none"}
        last_hot = every[:, -1] == 1
        assert all(name.endswith("hot") for name in hot[last_hot])


def cube_of(seed, periods=12):
    return np.random.default_rng(seed).poisson(BACKGROUND, (len(SQUARES), periods))


def test_over_cubes_without_hotspots_false_alarms_stay_within_the_rate():
    alarms = [(emerging_hotspots(cube_of(seed, 6), QUEEN, alpha=0.05).state != 0).any() for seed in range(60)]
    assert sum(alarms) <= 8  # 5 % of 60 is 3; more than 8 has a probability of 0.2 %


def power_of(expected, n_rejected):
    """
    Give the chance that the middle cell is hot: its eight neighbours hold at least the critical count.

    Shuffled, they hold eight draws from all other cells, eight of which are hot themselves. Benjamini-Hochberg asks of the
    p-value alpha / 2 times a share of the tests: one of them at the least (Bonferroni), and at the most as many as are truly
    hot in the whole cube.
    """
    counts, others = np.arange(60), len(SQUARES) - 1
    one = ((others - 8) * poisson.pmf(counts, BACKGROUND) + 8 * poisson.pmf(counts, BACKGROUND + expected / 9)) / others
    drawn = np.array([1.0])
    for _ in range(8):
        drawn = np.convolve(drawn, one)[:60]
    tail = np.cumsum(drawn[::-1])[::-1]
    critical = int(np.argmax(tail <= 0.05 / 2 * n_rejected / (len(SQUARES) * 12)))
    return poisson.sf(critical - 1, 8 / 9 * expected + 8 * BACKGROUND)


def test_the_countys_emerging_hotspot_is_found_with_the_power_that_theory_gives():
    """It begins in the last quarter of 12 months with 4 incidents a month over nine cells and grows by 35 %: 4, 5.4, 7.3."""
    spot = Emerging(
        name="", offence="", easting=0, northing=0, radius_m=0, first_month=9, monthly=4.0, growth=0.35, sites=np.arange(0)
    )
    expected = spot.expected(12)
    runs, found, categories = 80, np.zeros(12), []
    for seed in range(runs):
        cube = cube_of(1000 + seed)
        cube[DISC] += np.random.default_rng(seed).poisson(expected / 9, (9, 12))
        result = emerging_hotspots(cube, QUEEN)
        found += result.state[CENTRE] == 1
        categories.append(str(result.category[CENTRE]))
    rate = found / runs
    for month in (9, 10, 11):
        least, most = power_of(expected[month], 1), power_of(expected[month], 27)
        assert rate[month] >= least - 3 * np.sqrt(least * (1 - least) / runs)
        assert rate[month] <= most + 3 * np.sqrt(most * (1 - most) / runs)
    assert 0.3 < rate[11] < 0.7
    assert rate[:9].max() <= 0.05
    assert {name for name in categories if name != "none"} <= {"new hot", "consecutive hot", "sporadic hot"}


def test_a_missing_month_is_no_data_not_zero():
    cube = np.random.default_rng(3).poisson(0.3, (len(SQUARES), 10))
    cube[DISC] += 3
    known = np.ones(10, dtype=bool)
    known[4] = False
    missing = cube.copy()
    missing[:, 4] = 0
    found = emerging_hotspots(missing, QUEEN, known=known)
    assert str(found.category[CENTRE]).startswith(("persistent", "intensifying", "diminishing"))
    assert np.isnan(found.z[:, 4]).all()
    assert (found.state[:, 4] == 0).all()
    assert found.n_hot[CENTRE] == 9
    without = emerging_hotspots(np.delete(cube, 4, axis=1), QUEEN)
    assert (found.category == without.category).all()
    as_zero = emerging_hotspots(missing, QUEEN)
    assert as_zero.n_hot[CENTRE] == 9
    assert as_zero.known.all()


def test_what_stands_in_a_month_without_data_is_not_looked_at():
    cube, known = cube_of(4), np.ones(12, dtype=bool)
    known[-1] = False
    wild = cube.copy()
    wild[:, -1] = 99
    assert (
        emerging_hotspots(cube, QUEEN, known=known).z[:, :-1] == emerging_hotspots(wild, QUEEN, known=known).z[:, :-1]
    ).all()


def test_the_order_of_cells_does_not_matter():
    cube = cube_of(5)
    cube[DISC, 6:] += 2
    order = np.random.default_rng(6).permutation(len(SQUARES))
    plain, mixed = emerging_hotspots(cube, QUEEN), emerging_hotspots(cube[order], QUEEN[order][:, order])
    assert (plain.category[order] == mixed.category).all()
    assert plain.parameters == mixed.parameters
    assert plain.parameters["periods_with_data"] == 12


def test_two_periods_show_no_course():
    with pytest.raises(EmptyInputError, match="2 periods have data"):
        emerging_hotspots(cube_of(7, 5), QUEEN, known=[1, 0, 0, 0, 1])


def test_what_cannot_be_used_is_refused():
    with pytest.raises(InputError, match="cells by periods"):
        emerging_hotspots([1, 2, 3], QUEEN)
    with pytest.raises(InputError, match="said to be known"):
        emerging_hotspots(cube_of(8), QUEEN, known=[True])
    with pytest.raises(InputError, match="alpha"):
        emerging_hotspots(cube_of(8), QUEEN, alpha=0)
    with pytest.raises(InputError, match="'monte-carlo' is no test of a cube"):
        emerging_hotspots(cube_of(8), QUEEN, test="monte-carlo")
    with pytest.raises(InputError, match="too few"):
        emerging_hotspots(np.ones((1, 5)), csr_array(eye_array(1)))
