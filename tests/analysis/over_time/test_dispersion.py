"""Dispersions that borrow from one another: a prior that is known, ones that differ, outliers, and too few."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import polygamma

from crimemap.analysis.over_time.dispersion import FEWEST_SERIES, MOST_DEGREES, _inverse_trigamma, squeezed_dispersion
from crimemap.errors import InputError


def test_the_prior_of_simulated_dispersions_is_found():
    """True dispersions 3 d0 / chi2(d0), seen with 11 degrees of freedom: the posterior is nearer the truth."""
    rng = np.random.default_rng(1)
    d, d0 = 11, 8.0
    true = 3 * d0 / rng.chisquare(d0, 4000)
    seen = true * rng.chisquare(d, 4000) / d
    phi, degrees = squeezed_dispersion(seen, np.full(4000, d), np.full(4000, 20.0))
    assert degrees.max() == pytest.approx(d + d0, abs=1.5)
    assert np.median(degrees) > d + d0 / 2
    assert np.median(phi) == pytest.approx(np.median(true), rel=0.08)
    assert np.square(np.log(phi / true)).mean() < 0.7 * np.square(np.log(seen / true)).mean()


def test_dispersions_that_grow_with_the_count_are_drawn_toward_those_of_their_size():
    rng = np.random.default_rng(2)
    mean = np.repeat([5.0, 200.0], 300)
    true = 1 + 0.05 * mean
    phi, _ = squeezed_dispersion(true * rng.chisquare(11, 600) / 11, np.full(600, 11), mean)
    assert np.median(phi[:300]) == pytest.approx(1.25, rel=0.12)
    assert np.median(phi[300:]) == pytest.approx(11, rel=0.12)


def test_a_series_like_no_other_keeps_its_own():
    rng = np.random.default_rng(3)
    seen = 1.5 * rng.chisquare(11, 500) / 11
    seen[7] = 90.0
    phi, degrees = squeezed_dispersion(seen, np.full(500, 11), np.full(500, 20.0))
    assert phi[7] > 80
    assert degrees[7] < 13
    assert np.delete(phi, 7).max() < 4


def test_nobody_lends_more_than_the_most():
    _, degrees = squeezed_dispersion(np.full(100, 1.2), np.full(100, 11), np.full(100, 20.0))
    assert degrees.max() <= 11 + MOST_DEGREES
    assert np.median(degrees) > 11 + MOST_DEGREES / 2


def test_few_series_are_left_as_they_are():
    seen = np.linspace(0.5, 9, FEWEST_SERIES - 1)
    phi, degrees = squeezed_dispersion(seen, np.full(seen.size, 11), np.full(seen.size, 20.0))
    assert (phi == seen).all()
    assert (degrees == 11).all()


def test_the_inverse_of_trigamma():
    for x in (0.05, 0.7, 3.0, 40.0, 900.0):
        assert _inverse_trigamma(float(polygamma(1, x))) == pytest.approx(x, rel=1e-8)


def test_t_of_the_posterior_keeps_its_rate_far_out():
    """Normal shifts over dispersions from the prior: one p in a thousand at 0.001."""
    rng = np.random.default_rng(4)
    d, d0 = 11, 10.0
    true = 2 * d0 / rng.chisquare(d0, 60_000)
    seen = true * rng.chisquare(d, 60_000) / d
    phi, degrees = squeezed_dispersion(seen, np.full(60_000, d), np.full(60_000, 20.0))
    p = 2 * stats.t.sf(np.abs(rng.normal(0, np.sqrt(true)) / np.sqrt(phi)), degrees)
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.004)
    assert (p <= 0.001).mean() == pytest.approx(0.001, abs=0.0006)


def test_odd_input_is_refused_and_left_alone():
    for bad in (([1, 1], [1], [1]), ([-1], [1], [1]), ([1], [0], [1]), ([1], [1], [0])):
        with pytest.raises(InputError):
            squeezed_dispersion(*bad)
    seen = np.full(30, 2.0)
    squeezed_dispersion(seen, np.full(30, 11), np.full(30, 20.0))
    assert (seen == 2).all()
