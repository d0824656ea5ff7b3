import numpy as np
import pytest
import shapely
from scipy.sparse import csr_array

from crimemap.analysis.grids.grid import grid_squares, square_neighbours
from crimemap.analysis.hotspots.local_moran import local_moran
from crimemap.errors import EmptyInputError, InputError, ParameterError

SQUARES = grid_squares(shapely.box(500_000, 200_000, 500_500, 200_500))
QUEEN = square_neighbours(SQUARES, include_self=False)
COUNTS = np.array([2, 0, 1, 0, 3, 1, 4, 5, 0, 0, 0, 6, 9, 2, 1, 0, 1, 3, 0, 0, 7, 0, 0, 1, 2])
#: esda 2.9.0, Moran_Local(COUNTS, lat2W(5, 5, rook=False), transformation="r", permutations=99999, seed=1).
ESDA_I = [
    -0.0032461292, -0.2091190603, 0.0176828617, 0.0369033636, -0.3321302723, -0.0707314469, 0.359807795, 0.4094607581,
    -0.2168072611, 0.2214201815, -0.1476134544, 0.6240896957, 0.7994767752, 0.0042285104, 0.2239829151, -0.2706246663,
    -0.1775654031, 0.0787079552, -0.1014842499, 0.2214201815, -1.2910197544, -0.0861078484, 0.2829257875, 0.1355686065,
    -0.0203310198,
]  # fmt: skip
ESDA_QUADRANT = [4, 2, 3, 3, 4, 2, 1, 1, 2, 3, 2, 1, 1, 1, 3, 2, 2, 1, 2, 3, 4, 2, 3, 3, 4]
#: The same of larger counts, whose sums are hardly ever equal: esda's ties are decided by rounding.
LARGE = np.array(
    [211, 37, 108, 5, 331, 129, 417, 523, 61, 17, 43, 641, 907, 223, 139, 71, 151, 307, 29, 83, 709, 11, 53, 101, 257]
)
ESDA_P = [
    0.4808,
    0.3024,
    0.4542,
    0.4352,
    0.0087,
    0.3189,
    0.0687,
    0.108,
    0.2337,
    0.236,
    0.2876,
    0.0541,
    0.0488,
    0.3066,
    0.0539,
    0.2032,
    0.0567,
    0.262,
    0.3396,
    0.2384,
    0.1437,
    0.3712,
    0.1363,
    0.2273,
    0.1211,
]


def test_it_is_esdas_but_for_the_variance_which_divides_by_n():
    n = COUNTS.size
    assert local_moran(COUNTS, QUEEN).statistic * (n - 1) / n == pytest.approx(ESDA_I, abs=1e-9)


def test_quadrants_are_esdas():
    names = ["", "high-high", "low-high", "low-low", "high-low"]
    assert local_moran(COUNTS, QUEEN).quadrant.tolist() == [names[q] for q in ESDA_QUADRANT]


def test_the_exact_p_is_what_esdas_shuffles_come_near_to():
    found = local_moran(LARGE, QUEEN)
    assert np.minimum(found.p_upper, found.p_lower) == pytest.approx(ESDA_P, abs=4.5 * 0.5 / np.sqrt(99_999) + 1e-4)


def test_drawing_comes_near_to_counting_and_is_never_0():
    counted = local_moran(COUNTS, QUEEN)
    drawn = local_moran(COUNTS, QUEEN, test="monte-carlo", permutations=9_999, rng=np.random.default_rng(1))
    assert np.abs(drawn.p_upper - counted.p_upper).max() < 4.5 * 0.5 / 100
    assert np.abs(drawn.p_lower - counted.p_lower).max() < 4.5 * 0.5 / 100
    assert min(drawn.p_upper.min(), drawn.p_lower.min()) >= 1 / 10_000
    assert drawn.permutations == 9_999
    assert counted.permutations is None


def test_what_a_cell_weighs_to_itself_and_how_much_all_weigh_does_not_matter():
    plain = local_moran(COUNTS, QUEEN)
    other = local_moran(COUNTS, square_neighbours(SQUARES) * 3.0)
    assert other.statistic == pytest.approx(plain.statistic, rel=1e-12)
    assert other.p_value == pytest.approx(plain.p_value, rel=1e-12)


def test_the_order_of_cells_does_not_matter():
    order = np.random.default_rng(3).permutation(COUNTS.size)
    plain, shuffled = local_moran(COUNTS, QUEEN), local_moran(COUNTS[order], QUEEN[order][:, order])
    assert shuffled.statistic == pytest.approx(plain.statistic[order], abs=1e-12)
    assert shuffled.q_value == pytest.approx(plain.q_value[order], rel=1e-9)


def test_equal_counts_have_no_pattern():
    found = local_moran(np.full(25, 4), QUEEN)
    assert (found.statistic == 0).all()
    assert (found.p_value == 1).all()
    assert not found.significant.any()


def test_a_cell_without_neighbours_has_no_quadrant_and_no_evidence():
    alone = QUEEN.tolil()
    alone[0, :] = 0
    alone[:, 0] = 0
    found = local_moran(COUNTS, csr_array(alone))
    assert found.quadrant[0] == ""
    assert np.isnan(found.lag[0])
    assert (found.statistic[0], found.p_value[0]) == (0, 1)


def test_weights_that_differ_need_drawing():
    weights = csr_array(QUEEN.toarray() * np.arange(1, 26))
    with pytest.raises(ParameterError, match="neighbours that weigh the same"):
        local_moran(COUNTS, weights)
    found = local_moran(COUNTS, weights, test="monte-carlo", rng=np.random.default_rng(1), permutations=99)
    dense = weights.toarray() / weights.toarray().sum(axis=1, keepdims=True)
    away = COUNTS - COUNTS.mean()
    assert found.statistic == pytest.approx(away * (dense @ away) / (away**2).mean(), abs=1e-12)


def test_maps_without_a_pattern_raise_alarms_no_more_often_than_the_rate():
    rng = np.random.default_rng(9)
    squares = grid_squares(shapely.box(500_000, 200_000, 502_000, 202_000))
    queen = square_neighbours(squares, include_self=False)
    alarms = [local_moran(rng.poisson(0.4, len(squares)), queen).significant.any() for _ in range(60)]
    assert sum(alarms) <= 8  # 5 % of 60 is 3; more than 8 has a probability of 0.2 %


@pytest.mark.parametrize(
    ("values", "neighbours", "options", "error", "said"),
    [
        ([1, 2], csr_array(np.eye(2)), {}, EmptyInputError, "too few"),
        ([1, 2, np.inf], csr_array(np.ones((3, 3))), {}, InputError, "not finite"),
        ([1, 2, 3], csr_array(np.full((3, 3), np.nan)), {}, InputError, "a weight is not finite"),
        ([1, 2, 3], csr_array(-np.ones((3, 3))), {}, ParameterError, "less than 0"),
        ([1, 2, 3.5], csr_array(np.ones((3, 3))), {}, ParameterError, "whole numbers"),
        ([1, 2, 3], csr_array(np.ones((3, 3))), {"test": "monte-carlo"}, ParameterError, "nothing to draw with"),
        ([1, 2, 3], csr_array(np.ones((3, 3))), {"test": "normal"}, ParameterError, "is no test"),
        ([1, 2, 3], csr_array(np.ones((3, 3))), {"alpha": 1.5}, ParameterError, "error rate"),
    ],
)
def test_what_cannot_be_tested_is_refused_with_the_reason(values, neighbours, options, error, said):
    with pytest.raises(error, match=said):
        local_moran(values, neighbours, **options)
