"""The expected range: a case by hand, a general optimiser, its coverage, and when there is none."""

import numpy as np
import pytest
from scipy import optimize, stats

from crimemap.analysis.over_time.trend import expected_range, expected_ranges
from crimemap.analysis.significance import adjusted_p_values
from crimemap.errors import InputError, ParameterError

ALL = np.ones(36, dtype=bool)


def test_a_level_series_by_hand():
    """Level 100: no over-dispersion; the mean's variance in the whole years fitted is 100 (1 + 2 cos^2 + 2 sin^2) / 24."""
    found = expected_range([100] * 36, ALL)
    q = stats.t.isf(0.05 / 24, 21)
    reach = 2 / 3 * q * np.sqrt(100 + 100 * 3 / 24) / 100
    assert found.expected == pytest.approx(np.full(12, 100.0))
    assert (found.low == np.ceil(100 * (1 - reach) ** 1.5)).all()
    assert (found.high == np.floor(100 * (1 + reach) ** 1.5)).all()


def test_the_fit_is_the_maximum_of_the_poisson_likelihood():
    rng = np.random.default_rng(4)
    t = np.arange(36)
    y = rng.poisson(np.exp(3 + 0.4 * np.cos(2 * np.pi * (t - 6) / 12)))
    use = ALL.copy()
    use[[3, 17]] = False
    wave = np.column_stack([np.ones(36), np.cos(2 * np.pi * t / 12), np.sin(2 * np.pi * t / 12)])
    fit = use & (t < 24)

    def unlikely(beta):
        return np.exp(wave[fit] @ beta).sum() - y[fit] @ (wave[fit] @ beta)

    best = optimize.minimize(unlikely, [3.0, 0, 0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-11})
    found = expected_range(y, use)
    assert found.expected == pytest.approx(np.exp(wave[24:] @ best.x), rel=1e-5)
    pearson = ((y - np.exp(wave @ best.x)) ** 2 / np.exp(wave @ best.x))[fit].sum() / (fit.sum() - 3)
    assert found.dispersion == pytest.approx(max(pearson, 1), rel=1e-5)


@pytest.mark.parametrize(("mean", "varying"), [(3, np.inf), (25, np.inf), (25, 10.0), (400, 60.0)])
def test_all_months_are_in_the_range_in_nineteen_of_twenty_series_without_a_change(mean, varying):
    """Poisson, and gamma mixtures of it (variance 3.5 and 7.7 times the mean), with a yearly wave; 1,500 series each."""
    rng = np.random.default_rng(8)
    level = mean * np.exp(0.3 * np.cos(2 * np.pi * np.arange(36) / 12))
    means = np.tile(level, (1500, 1))
    if np.isfinite(varying):
        means = rng.gamma(varying, means / varying)
    inside, tested = 0, 0
    for series in rng.poisson(means):
        found = expected_range(series, ALL)
        tested += found.known
        inside += found.known and bool(((series[24:] >= found.low) & (series[24:] <= found.high)).all())
    assert tested > 1400
    assert 0.93 < inside / tested < 0.995


def test_a_doubled_month_is_above_the_range_and_an_empty_one_below():
    counts = np.full(36, 40)
    counts[30], counts[33] = 80, 0
    found = expected_range(counts, ALL)
    assert (counts[24:] > found.high).nonzero()[0].tolist() == [6]
    assert (counts[24:] < found.low).nonzero()[0].tolist() == [9]


def test_season_is_expected():
    season = np.tile(np.round(200 + 100 * np.cos(2 * np.pi * np.arange(12) / 12)).astype(int), 3)
    found = expected_range(season, ALL)
    assert ((season[24:] >= found.low) & (season[24:] <= found.high)).all()
    assert found.low.max() > found.high.min(), "no single range would do for all months"


def test_what_the_latest_months_have_makes_no_difference_to_their_range():
    calm, wild = np.full(36, 40), np.full(36, 40)
    wild[24:] = 400
    assert (expected_range(calm, ALL).high == expected_range(wild, ALL).high).all()


def test_a_month_without_data_is_not_a_zero():
    counts, use = np.full(36, 40), ALL.copy()
    use[10] = False
    counts[10] = 0
    found = expected_range(counts, use)
    assert found.expected == pytest.approx(np.full(12, 40.0))
    assert found.months == 23


@pytest.mark.parametrize(
    ("counts", "n"),
    [(np.full(36, 40), 17), (np.full(36, 2), 24), (np.zeros(36, dtype=int), 24)],
    ids=["short", "few", "none"],
)
def test_too_little_gives_no_range(counts, n):
    use = np.arange(36) >= 24 - n
    found = expected_range(counts, use)
    assert not found.known
    assert (found.low == -1).all()
    assert np.isnan(found.expected).all()


def test_a_series_shorter_than_the_latest_months_gives_no_range():
    assert not expected_range([5, 6], [True, True]).known


def test_odd_input_is_refused_and_left_alone():
    with pytest.raises(InputError, match="differ"):
        expected_range([1, 2], [True])
    with pytest.raises(InputError, match="negative"):
        expected_range([-1] * 36, ALL)
    with pytest.raises(ParameterError):
        expected_range([1] * 36, ALL, latest=0)
    with pytest.raises(ParameterError):
        expected_range([1] * 36, ALL, confidence=95)
    counts, use = np.full(36, 40), ALL.copy()
    use[0] = False
    expected_range(counts, use)
    assert (counts == 40).all()
    assert use.sum() == 35


def test_many_series_at_once_are_the_same_as_one_by_one():
    rng = np.random.default_rng(9)
    counts, use = rng.poisson(rng.uniform(0, 60, (80, 1)), (80, 40)), rng.random((80, 40)) < 0.8
    found = expected_ranges(counts, use)
    assert 0 < found.known.sum() < 80
    for i in range(80):
        one = expected_range(counts[i], use[i])
        assert (found.low[i].tolist(), found.high[i].tolist()) == (one.low.tolist(), one.high.tolist())
        assert found.expected[i] == pytest.approx(one.expected, nan_ok=True)
        assert (found.months[i], found.incidents[i]) == (one.months, one.incidents)
    assert (np.isnan(found.p_value) == ~(found.known[:, None] & use[:, 28:])).all()


def test_a_month_outside_its_range_has_a_p_under_the_error_that_the_range_allows():
    rng = np.random.default_rng(10)
    counts = rng.poisson(rng.gamma(3, 10, (400, 36)))
    found = expected_ranges(counts, np.ones((400, 36)), latest=1)
    inside = (counts[:, 35:] >= found.low) & (counts[:, 35:] <= found.high)
    assert (inside[found.p_value > 0.05]).all()
    assert ((~inside) == (found.p_value <= 0.05)).mean() > 0.99, "the exact Poisson p may hold a month back"


@pytest.mark.parametrize(("mean", "varying"), [(3, np.inf), (25, np.inf), (25, 10.0), (400, 60.0)])
def test_months_without_a_change_are_seldom_called_unusual(mean, varying):
    """Single p-values keep to about 5 % (7 for gamma mixtures); over 2,000 months hardly any is called unusual."""
    rng = np.random.default_rng(12)
    level = mean * np.exp(0.3 * np.cos(2 * np.pi * np.arange(36) / 12))
    means = np.tile(level, (2000, 1))
    if np.isfinite(varying):
        means = rng.gamma(varying, means / varying)
    p = expected_ranges(rng.poisson(means), ALL[None].repeat(2000, axis=0), latest=1).p_value
    p = p[~np.isnan(p)]
    assert len(p) > 1800
    assert (p <= 0.05).mean() < (0.065 if np.isinf(varying) else 0.085)
    assert (p <= 0.001).mean() < 0.004
    assert (adjusted_p_values(p) <= 0.05).mean() < 0.002
