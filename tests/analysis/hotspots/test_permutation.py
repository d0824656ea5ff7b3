import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.analysis.hotspots.permutation import local_sum_p_values
from crimemap.errors import ParameterError


def _by_hand(counts: list[int], k: int, cell: int, reached: int) -> tuple[Fraction, Fraction]:
    others = counts[:cell] + counts[cell + 1 :]
    sums = [sum(drawn) for drawn in itertools.combinations(others, k)]
    return Fraction(sum(s >= reached for s in sums), len(sums)), Fraction(sum(s <= reached for s in sums), len(sums))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([0, 0, 0, 1, 2, 5, 40]), min_size=3, max_size=9), st.data())
def test_it_is_the_share_of_all_draws(counts, data):
    n = len(counts)
    k = data.draw(st.lists(st.integers(0, n - 1), min_size=n, max_size=n))
    reached = [sum(data.draw(st.permutations(counts[:i] + counts[i + 1 :]))[: k[i]]) for i in range(n)]
    upper, lower = local_sum_p_values(np.array(counts), np.array(k), np.array(reached))
    for i in range(n):
        expected = _by_hand(counts, k[i], i, reached[i])
        assert (upper[i], lower[i]) == pytest.approx((float(expected[0]), float(expected[1])), rel=1e-12)


def _whole_number_ways(values: list[int], k: int) -> list[int]:
    ways = [[0] * (sum(sorted(values)[-k:]) + 1) for _ in range(k + 1)]
    ways[0][0] = 1
    for value in values:
        for j in range(k, 0, -1):
            for s in range(len(ways[j]) - 1, value - 1, -1):
                ways[j][s] += ways[j - 1][s - value]
    return ways[k]


def test_small_probabilities_are_right_too():
    rng = np.random.default_rng(4)
    counts = np.concatenate([rng.poisson(0.4, 300), [9, 14, 30, 30, 55]])
    k = 6
    cell = 0
    ways = _whole_number_ways(counts[1:].tolist(), k)
    for reached in (0, 5, 20, 60, 100, 130):
        upper, _ = local_sum_p_values(
            counts, np.where(np.arange(counts.size) == cell, k, 0), np.where(np.arange(counts.size) == cell, reached, 0)
        )
        exact = Fraction(sum(ways[reached:]), sum(ways))
        assert upper[cell] == pytest.approx(float(exact), rel=1e-11)
    assert exact < Fraction(1, 10**7)


def test_a_cell_whose_count_is_the_largest_is_compared_with_sums_without_it():
    counts = np.array([100, 0, 0, 1, 1, 2])
    upper, _ = local_sum_p_values(counts, np.array([2, 0, 0, 0, 0, 0]), np.array([3, 0, 0, 0, 0, 0]))
    assert upper[0] == pytest.approx(2 / 10)


def test_a_cell_without_neighbours_has_nothing_to_shuffle():
    upper, lower = local_sum_p_values(np.array([5, 0, 1]), np.zeros(3, dtype=int), np.zeros(3, dtype=int))
    assert upper.tolist() == lower.tolist() == [1.0, 1.0, 1.0]


def test_a_hundred_neighbours_do_not_overflow():
    rng = np.random.default_rng(5)
    counts = rng.poisson(1.0, 50_000)
    k, reached = np.zeros(counts.size, dtype=int), np.zeros(counts.size, dtype=int)
    k[0], reached[0] = 126, 126
    upper, lower = local_sum_p_values(counts, k, reached)
    assert 0.4 < upper[0] < 0.6
    assert upper[0] + lower[0] > 1


def test_hours_of_work_are_refused():
    counts = np.arange(200_000)
    with pytest.raises(ParameterError, match="too long"):
        local_sum_p_values(counts, np.full(counts.size, 60), np.zeros(counts.size, dtype=int))
