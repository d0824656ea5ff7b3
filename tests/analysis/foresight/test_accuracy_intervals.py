import itertools

import numpy as np
import pytest

from crimemap.analysis.foresight.accuracy_intervals import (
    draw_incidents,
    draw_periods,
    percentile_interval,
    sign_change_test,
)
from crimemap.errors import InputError, ParameterError


def test_each_draw_is_of_as_many_periods_as_there_are():
    drawn = draw_periods(7, resamples=200, rng=np.random.default_rng(1))
    assert drawn.shape == (200, 7)
    assert (drawn.sum(axis=1) == 7).all()
    with pytest.raises(ParameterError, match="nothing to draw"):
        draw_periods(0, resamples=10, rng=np.random.default_rng(1))


def test_drawn_incidents_are_caught_at_the_rate_of_the_map():
    counts = np.array([40, 0, 10, 50])
    maps = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.5], [1.0, 1.0, 1.0, 1.0]])
    caught = draw_incidents(counts, maps, resamples=4000, rng=np.random.default_rng(2))
    assert caught.mean(axis=0) == pytest.approx([40, 35, 100], abs=0.4)
    assert caught[:, 0].std() == pytest.approx(np.sqrt(100 * 0.4 * 0.6), rel=0.05)
    assert (caught[:, 2] == 100).all()
    with pytest.raises(InputError, match="no incidents to draw"):
        draw_incidents([0, 0], maps[:, :2], resamples=10, rng=np.random.default_rng(2))


@pytest.mark.parametrize("n_periods", [6, 12, 24])
def test_an_interval_holds_the_true_rate_as_often_as_it_says(n_periods):
    """Months differ among each other by more than chance: the rate of each is drawn, then its incidents."""
    rng = np.random.default_rng(n_periods)
    held = 0
    for _ in range(400):
        rate, total = rng.beta(8, 24, n_periods), rng.poisson(60, n_periods)
        caught = rng.binomial(total, rate)
        drawn = draw_periods(n_periods, resamples=600, rng=rng)
        low, high = percentile_interval((drawn @ caught) / (drawn @ total), n_units=n_periods)
        held += low <= 0.25 <= high
    assert held / 400 == pytest.approx(0.95, abs=0.045)


def test_plain_percentiles_of_few_periods_would_be_too_narrow():
    drawn = draw_periods(6, resamples=5000, rng=np.random.default_rng(3)) @ np.arange(6.0) / 6
    low, high = percentile_interval(drawn, n_units=6)
    narrow = np.quantile(drawn, [0.025, 0.975])
    assert low < narrow[0]
    assert high > narrow[1]


@pytest.mark.parametrize("n_periods", [6, 12, 24])
def test_a_method_that_is_no_better_is_said_to_win_no_more_often_than_alpha_however_many_are_tried(n_periods):
    rng = np.random.default_rng(n_periods)
    false = 0
    for _ in range(400):
        gaps = rng.standard_t(4, (n_periods, 1)) * 0.5 + rng.standard_t(4, (n_periods, 8))
        false += sign_change_test(gaps, resamples=400, rng=rng).min() <= 0.05
    assert false / 400 <= 0.05 + 2.5 * np.sqrt(0.05 * 0.95 / 400)


def test_every_change_of_sign_is_gone_through_where_there_are_few():
    gaps = np.random.default_rng(7).normal(0.3, 1.0, (7, 3))
    standard = gaps / np.sqrt((gaps**2).sum(axis=0))
    largest = [(np.array(signs) @ standard).max() for signs in itertools.product([-1, 1], repeat=7)]
    expected = [np.mean(np.array(largest) >= value - 1e-12) for value in standard.sum(axis=0)]
    found = sign_change_test(gaps, resamples=200, rng=np.random.default_rng(1))
    assert found == pytest.approx(expected)
    drawn = sign_change_test(gaps, resamples=100, rng=np.random.default_rng(1))
    assert drawn == pytest.approx(expected, abs=0.15)


def test_a_method_that_is_better_is_found_among_many():
    rng = np.random.default_rng(6)
    gaps = rng.normal(0.0, 0.02, (18, 8))
    gaps[:, 3] += 0.05
    p = sign_change_test(gaps, resamples=999, rng=rng)
    assert np.argmin(p) == 3
    assert p[3] <= 0.01
    assert p.min() >= 1 / 1000


def test_a_method_that_is_better_in_few_periods_cannot_be_surer_than_their_signs():
    p = sign_change_test(np.full((6, 1), 5.0), resamples=5000, rng=np.random.default_rng(1))
    assert p.tolist() == [1 / 64]


def test_a_method_equal_to_the_benchmark_never_beats_it():
    gaps = np.column_stack([np.zeros(10), np.full(10, 1.0)])
    p = sign_change_test(gaps, resamples=99, rng=np.random.default_rng(1))
    assert p.tolist() == [1.0, 0.01]
