"""Aoristic weights and profiles: by hand, by integration, and how often intervals hold what they should."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from crimemap.analysis.counts import poisson_interval
from crimemap.analysis.over_time.aoristic import aoristic_weights
from crimemap.analysis.over_time.profiles import circular_mean, profile, weighted_interval
from crimemap.errors import EmptyInputError, InputError, ParameterError


def test_ratcliffes_example_of_equal_shares():
    """A theft between 10:00 and 14:00: a quarter in each of four hours. Between 11:00 and 12:00: all in one."""
    found = aoristic_weights([10, 11], [14, 12], cycle=24, n_bins=24)
    assert found[0, 10:14].tolist() == [0.25] * 4
    assert found[1, 11] == 1
    assert found.sum(axis=1).tolist() == [1, 1]


@given(st.floats(0, 400), st.floats(0, 200), st.sampled_from([(24.0, 24), (168.0, 7), (168.0, 168), (24.0, 5)]))
def test_weights_are_the_share_of_the_time_between(start, length, cycle_of):
    cycle, n_bins = cycle_of
    found = aoristic_weights([start], [start + length], cycle=cycle, n_bins=n_bins)[0]
    assert found.sum() == pytest.approx(1)
    assert (found >= -1e-12).all()
    if length > 1e-3:
        moments = start + (np.arange(20_000) + 0.5) / 20_000 * length
        counted = np.bincount((np.mod(moments, cycle) / (cycle / n_bins)).astype(int) % n_bins, minlength=n_bins) / 20_000
        assert found == pytest.approx(counted, abs=2e-3)


def test_an_interval_longer_than_the_cycle_goes_round_it():
    found = aoristic_weights([22], [22 + 48 + 4], cycle=24, n_bins=24)[0]
    assert found[[22, 23, 0, 1]] == pytest.approx(3 / 52)
    assert found[5] == pytest.approx(2 / 52)


def test_a_bin_holds_its_lower_end_and_not_its_upper_end():
    assert aoristic_weights([5.0, 23.999999999999996], [5.0, 23.999999999999996], cycle=24, n_bins=24).argmax(axis=1).tolist() == [5, 23]  # fmt: skip  # noqa: E501
    assert aoristic_weights([24.0], [24.0], cycle=24, n_bins=24)[0, 0] == 1


def test_an_incident_across_midnight_of_sunday_is_on_two_days():
    found = profile([167.0], [169.0], cycle="day of week")
    assert found.incidents.tolist() == [0.5, 0, 0, 0, 0, 0, 0.5]


def test_intervals_of_exact_times_are_garwoods():
    counts = np.array([0, 1, 7, 40])
    low, high = weighted_interval(counts, counts)
    expected = poisson_interval(counts)
    assert low == pytest.approx(expected[0])
    assert high == pytest.approx(expected[1])


def test_intervals_hold_the_mean_at_least_as_often_as_they_say():
    """Thefts anywhere in the day, each known to within some hours: the mean of each hour is n / 24."""
    rng = np.random.default_rng(1)
    held = []
    for _ in range(400):
        n = rng.poisson(120)
        start = rng.uniform(0, 24, n)
        found = profile(start, start + rng.exponential(3, n))
        held.append((found.low <= 5) & (found.high >= 5))
    assert 0.95 <= np.mean(held) <= 1


def test_hours_add_up_to_the_incidents_in_every_cycle():
    rng = np.random.default_rng(2)
    start = rng.uniform(0, 10_000, 500)
    end = start + rng.exponential(20, 500)
    week = profile(start, end, cycle="hour of week")
    assert week.incidents.sum() == pytest.approx(500)
    assert week.incidents.reshape(7, 24).sum(axis=0) == pytest.approx(profile(start, end).incidents)
    assert week.incidents.reshape(7, 24).sum(axis=1) == pytest.approx(profile(start, end, cycle="day of week").incidents)


def test_the_mean_is_scipys_circular_mean_and_goes_over_midnight():
    hours = np.random.default_rng(3).vonmises(0.1, 1.5, 200) / (2 * np.pi) * 24 + 48
    found = circular_mean(hours, hours)
    assert found.hour == pytest.approx(stats.circmean(hours % 24, high=24, low=0))
    assert found.strength == pytest.approx(1 - stats.circvar(hours % 24, high=24, low=0))
    assert found.low > found.high
    assert found.p_value < 1e-6


def test_an_interval_contributes_the_mean_of_its_directions():
    start, length = 20.0, 7.0
    turns = np.exp(2j * np.pi / 24 * (start + (np.arange(100_000) + 0.5) / 100_000 * length))
    found = circular_mean([start] * 9, [start + length] * 9)
    assert found.strength == pytest.approx(abs(turns.mean()), rel=1e-6)
    assert found.hour == pytest.approx(23.5)


def test_the_interval_of_the_mean_holds_it_as_often_as_it_says():
    rng = np.random.default_rng(4)
    inside = []
    for _ in range(500):
        moment = rng.vonmises(0, 1.0, 80) / (2 * np.pi) * 24 + 22
        before = rng.random(80)
        length = rng.exponential(4, 80)
        found = circular_mean(moment - before * length, moment + (1 - before) * length)
        away = (22 - found.low) % 24
        inside.append(away <= (found.high - found.low) % 24)
    assert 0.92 <= np.mean(inside) <= 0.98


def test_without_a_preferred_hour_a_mean_is_claimed_no_more_often_than_the_rate():
    rng = np.random.default_rng(5)
    claimed = []
    for _ in range(1000):
        start = rng.uniform(0, 24, 60)
        claimed.append(not np.isnan(circular_mean(start, start + rng.exponential(4, 60)).hour))
    assert np.mean(claimed) <= 0.066


def test_an_interval_of_a_whole_day_says_nothing_of_the_hour():
    found = circular_mean([3.0] * 50, [27.0] * 50)
    assert np.isnan(found.hour)
    assert found.strength == pytest.approx(0, abs=1e-12)
    assert profile([3.0] * 48, [27.0] * 48).incidents == pytest.approx(2)


def test_what_cannot_be_used_is_refused():
    with pytest.raises(InputError, match="1 of 2 intervals end before they begin"):
        profile([1, 5], [2, 4])
    with pytest.raises(InputError, match="only the month is known"):
        profile([np.nan], [np.nan])
    with pytest.raises(EmptyInputError, match="no incident has a time"):
        profile([], [])
    with pytest.raises(EmptyInputError, match="no incident has a time"):
        circular_mean([], [])
    with pytest.raises(ParameterError, match="hour of day, day of week, hour of week"):
        profile([1], [1], cycle="year")
    with pytest.raises(ParameterError, match="bins"):
        aoristic_weights([1], [1], cycle=24, n_bins=0)
    with pytest.raises(InputError, match="1 times from and 2"):
        aoristic_weights([1], [1, 2], cycle=24, n_bins=24)
