import numpy as np
import pytest
import shapely
from scipy.sparse import csr_array, eye_array

from crimemap.analysis.grids.grid import grid_squares, square_neighbours
from crimemap.analysis.hotspots.gistar import gistar, hotspots
from crimemap.errors import EmptyInputError, InputError, ParameterError

SQUARES = grid_squares(shapely.box(500_000, 200_000, 503_000, 203_000))
QUEEN = square_neighbours(SQUARES)


def _sparse(rng: np.random.Generator) -> np.ndarray:
    return rng.poisson(0.05, len(SQUARES))


def _by_definition(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Ord and Getis (1995), equation 6, written out with dense sums."""
    n, mean = x.size, x.mean()
    s = np.sqrt((x**2).mean() - mean**2)
    return np.array(
        [(row @ x - row.sum() * mean) / (s * np.sqrt((n * (row**2).sum() - row.sum() ** 2) / (n - 1))) for row in w]
    )


def test_z_is_the_published_formula_with_any_weights():
    rng = np.random.default_rng(1)
    weights = rng.uniform(0, 1, (40, 40)) * (rng.uniform(size=(40, 40)) < 0.2) + np.eye(40)
    x = rng.gamma(1.0, 3.0, 40)
    assert gistar(x, csr_array(weights), test="normal").z == pytest.approx(_by_definition(x, weights), rel=1e-10)


@pytest.mark.parametrize("test", ["exact", "normal"])
def test_the_order_of_cells_does_not_matter(test):
    rng = np.random.default_rng(2)
    x = _sparse(rng)
    order = rng.permutation(x.size)
    plain, shuffled = gistar(x, QUEEN, test=test), gistar(x[order], QUEEN[order][:, order], test=test)
    assert shuffled.z == pytest.approx(plain.z[order], rel=1e-9, abs=1e-12)
    assert shuffled.p_upper == pytest.approx(plain.p_upper[order], rel=1e-9)


def test_the_exact_test_agrees_with_shuffling():
    rng = np.random.default_rng(3)
    x = rng.poisson(1.0, 200)
    x[:7] += 3
    chain = csr_array(np.abs(np.subtract.outer(np.arange(200), np.arange(200))) <= 3)
    found = gistar(x, chain)
    others = np.delete(x, 3)
    drawn = np.array([rng.permutation(others)[:6].sum() for _ in range(20_000)])
    share = (drawn >= x[:7].sum() - x[3]).mean()
    assert found.p_upper[3] == pytest.approx(share, abs=4 * np.sqrt(share / 20_000) + 1e-4)


def test_normal_theory_calls_sparse_noise_hot_and_the_exact_test_does_not():
    x = _sparse(np.random.default_rng(4))
    assert hotspots(x, QUEEN, test="normal").hotspot.sum() > 5
    assert hotspots(x, QUEEN, test="exact").hotspot.sum() == 0


def test_false_alarms_over_maps_without_hotspots_stay_within_the_rate():
    rng = np.random.default_rng(5)
    alarms = [hotspots(_sparse(rng), QUEEN, alpha=0.05).hotspot.any() for _ in range(60)]
    assert sum(alarms) <= 8  # 5 % of 60 is 3; more than 8 has a probability of 0.2 %


def test_a_real_cluster_is_found_where_it_is():
    x = _sparse(np.random.default_rng(6))
    centre = 15 * 30 + 15
    cluster = QUEEN[[centre]].indices
    x[cluster] += 4
    found = hotspots(x, QUEEN)
    assert found.hotspot[centre]
    assert found.hotspot.sum() <= 25
    assert found.q_value[centre] == found.q_value.min()


def test_equal_counts_have_no_hot_cell_and_no_score():
    found = hotspots(np.full(len(SQUARES), 3), QUEEN)
    assert not found.hotspot.any()
    assert (found.gistar.z == 0).all()
    assert (found.gistar.p_upper == 1).all()


def test_an_isolated_cell_keeps_its_score_and_has_no_exact_evidence():
    found = gistar([0, 0, 9, 1, 0], csr_array(eye_array(5)))
    assert found.n_neighbours.tolist() == [0] * 5
    assert found.z[2] == found.z.max() > 1
    assert (found.p_upper == 1).all()


def test_a_cell_next_to_all_others_is_not_compared_with_anything():
    found = gistar([1, 2, 3], csr_array(np.ones((3, 3))))
    assert (found.z == 0).all()
    assert found.p_upper == pytest.approx([1, 1, 1])


def test_the_counts_and_neighbours_given_are_not_changed():
    x, weights = _sparse(np.random.default_rng(7)), QUEEN.copy()
    before = x.copy()
    hotspots(x, weights)
    assert (x == before).all()
    assert (weights != QUEEN).nnz == 0


def test_one_sided_and_two_sided_probabilities_fit():
    found = gistar(_sparse(np.random.default_rng(8)), QUEEN)
    assert (found.p_two_sided <= 1).all()
    assert (found.p_two_sided <= 2 * found.p_upper * (1 + 1e-12)).all()


@pytest.mark.parametrize(
    ("values", "neighbours", "error", "said"),
    [
        ([1, 2], csr_array(np.eye(2)), EmptyInputError, "2 cells are too few"),
        ([1, 2, 3], csr_array(np.eye(4)), InputError, "neighbour matrix of 4 by 4"),
        ([1, np.nan, 3], csr_array(np.eye(3)), InputError, "1 of 3 values are not finite"),
        ([1, 2, 3], csr_array((3, 3)), ParameterError, "not its own neighbour"),
        ([1, 2.5, 3], csr_array(np.eye(3)), ParameterError, "whole numbers"),
        ([1, -2, 3], csr_array(np.eye(3)), ParameterError, "whole numbers"),
        ([1, 2, 3], csr_array(np.eye(3) * 2), ParameterError, "weight 1"),
    ],
)
def test_what_cannot_be_tested_is_refused_with_the_reason(values, neighbours, error, said):
    with pytest.raises(error, match=said):
        gistar(values, neighbours)


@pytest.mark.parametrize("alpha", [0, 1, -0.1, float("nan")])
def test_a_rate_lies_between_0_and_1(alpha):
    with pytest.raises(ParameterError, match="alpha"):
        hotspots([0, 0, 5], csr_array(np.eye(3)), alpha=alpha)


def test_an_unknown_test_is_refused():
    with pytest.raises(ParameterError, match="Take one of: exact, monte-carlo, normal"):
        gistar([1, 2, 3], csr_array(np.eye(3)), test="bootstrap")
