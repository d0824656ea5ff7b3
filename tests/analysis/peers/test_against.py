"""An area against similar ones: by hand, the rate of false claims, power, and ranks that hold the true rank."""

import numpy as np
import pytest
from scipy import stats

from crimemap.analysis.counts import poisson_interval
from crimemap.analysis.peers.against import (
    ABOVE,
    BELOW,
    NOT_COMPARED,
    TOO_FEW_INCIDENTS,
    WITHIN,
    compare_with_peers,
    one_family,
    rate_range,
)
from crimemap.errors import InputError, ParameterError


def ring(n, k):
    """Give each of n areas the next k as its peers."""
    return (np.arange(n)[:, None] + np.arange(1, k + 1)) % n


def test_a_case_by_hand():
    """Five peers of 1,000 people: equal weights, so the mean of roots and DerSimonian and Laird's tau2 are short sums."""
    y = np.array([150, 80, 100, 120, 60, 140], dtype=float)
    found = compare_with_peers(y[:, None], np.full(6, 1000.0), [[1, 2, 3, 4, 5]] + [[-1] * 5] * 5)
    root = np.sqrt((y + 0.375) / 1000)
    v = 1 / 4000
    m = root[1:].mean()
    tau2 = max(((root[1:] - m) ** 2).sum() / 4 - v, 0)
    reach = np.sqrt(tau2 + (v + tau2) / 5 + v)
    assert found.p_value[0, 0] == pytest.approx(2 * stats.t.sf(abs(root[0] - m) / reach, 3))
    limit = stats.t.isf(0.025, 3) * reach
    assert found.high[0, 0] == pytest.approx((m + limit) ** 2 - 0.000375)
    assert found.low[0, 0] == pytest.approx(max(m - limit, 0) ** 2 - 0.000375 if m > limit else 0)
    assert found.verdict[:, 0].tolist() == [WITHIN, *[NOT_COMPARED] * 5]


def test_a_rank_by_hand():
    """Of peers at 50, 100, 100, 100 and 200 incidents, 120 is surely above the first and below the last alone."""
    y = np.array([120, 50, 100, 100, 100, 200], dtype=float)
    found = compare_with_peers(y[:, None], np.full(6, 1000.0), [[1, 2, 3, 4, 5]] + [[-1] * 5] * 5)
    assert (found.rank_low[0, 0], found.rank_high[0, 0]) == (2, 5)


@pytest.mark.parametrize("between", [0.0, 0.3])
def test_areas_that_are_like_their_peers_are_seldom_said_to_differ(between):
    """300 areas, 4 types, over-dispersed counts; true rates differ by chance alone (log-normal, between them 0 or 30 %)."""
    rng = np.random.default_rng(2)
    claims = []
    for _ in range(40):
        mean = 60 * np.exp(rng.normal(0, between, (300, 4)) - between**2 / 2)
        found = compare_with_peers(rng.poisson(rng.gamma(60, mean / 60)), np.full(300, 5000.0), ring(300, 15), dispersion=2)
        claims.append((found.p_value <= 0.05).mean())
        assert np.isin(found.verdict, [ABOVE, BELOW]).mean() < 0.02
    # Where areas do not truly differ the variance between them, never below 0, makes the test cautious.
    assert (0.01 if between == 0 else 0.03) < np.mean(claims) < 0.065


def test_the_prediction_range_holds_one_more_such_area():
    rng = np.random.default_rng(3)
    rate = 0.02 * np.exp(rng.normal(0, 0.25, 4000))
    people = rng.uniform(3000, 9000, 4000)
    y = rng.poisson(rate * people).astype(float)
    found = compare_with_peers(y[:, None], people, ring(4000, 15))
    own = y / people
    inside = (own >= found.low[:, 0]) & (own <= found.high[:, 0])
    assert 0.93 < inside.mean() < 0.97


def test_an_area_with_three_times_its_peers_rate_is_found():
    rng = np.random.default_rng(4)
    mean = np.full(300, 80.0)
    mean[::50] *= 3
    y = rng.poisson(mean * np.exp(rng.normal(0, 0.15, 300)))
    # Peers of the high ones are ordinary areas: those after them.
    found = compare_with_peers(y[:, None], np.full(300, 5000.0), ring(300, 12))
    assert (found.verdict[::50, 0] == ABOVE).mean() >= 0.8
    assert (found.verdict[:, 0] == BELOW).mean() < 0.02


def test_rank_ranges_hold_the_true_rank():
    """Of 500 groups of 16 areas with rates of their own, the range of the first holds its true rank in 95 % at least."""
    rng = np.random.default_rng(5)
    held, widths = 0, []
    for _ in range(500):
        rate = np.exp(rng.normal(0, 0.3, 16))
        y = rng.poisson(rng.gamma(40, 120 * rate / 40)).astype(float)
        found = compare_with_peers(y[:, None], np.full(16, 1000.0), ring(16, 15), dispersion=4)
        true = 1 + (rate > rate[0]).sum()
        held += found.rank_low[0, 0] <= true <= found.rank_high[0, 0]
        widths.append(found.rank_high[0, 0] - found.rank_low[0, 0])
    assert held / 500 >= 0.95
    assert np.mean(widths) < 14, "a range that holds every rank says nothing"


def test_more_people_narrow_the_rank():
    y = np.arange(100.0, 164.0, 4.0)
    few = compare_with_peers(y[:, None], np.full(16, 1000.0), ring(16, 15))
    many = compare_with_peers(100 * y[:, None], np.full(16, 1e5), ring(16, 15))
    assert (many.rank_high - many.rank_low < few.rank_high - few.rank_low).all()
    assert (many.rank_low[:, 0] <= np.arange(16, 0, -1)).all()
    assert (many.rank_high[:, 0] >= np.arange(16, 0, -1)).all()


def test_few_incidents_claim_nothing():
    found = compare_with_peers([[0], [1], [0], [2], [1], [0]], np.full(6, 1000.0), ring(6, 5))
    assert (found.verdict == TOO_FEW_INCIDENTS).all()
    assert np.isnan(found.p_value).all()


@pytest.mark.parametrize(("count", "people"), [(np.nan, 1000.0), (10.0, 0.0), (10.0, np.nan)])
def test_an_area_without_count_or_people_has_no_comparison_and_is_nobodys_peer(count, people):
    y, e = np.full((8, 1), 50.0), np.full(8, 1000.0)
    y[2], e[2] = count, people
    found = compare_with_peers(y, e, ring(8, 7))
    assert found.verdict[2, 0] == NOT_COMPARED
    assert found.rank_low[2, 0] == 0
    assert np.isnan(found.mean[2, 0])
    assert (np.delete(found.peers[:, 0], 2) == 6).all()
    assert (np.delete(found.verdict[:, 0], 2) == WITHIN).all()


def test_too_few_peers_are_no_comparison():
    assert (compare_with_peers(np.full((4, 1), 50.0), np.full(4, 1e3), ring(4, 3)).verdict == NOT_COMPARED).all()
    assert (compare_with_peers(np.full((4, 1), 50.0), np.full(4, 1e3), np.empty((4, 0), int)).verdict == NOT_COMPARED).all()


def test_the_range_of_a_poisson_rate_is_garwoods_and_dispersion_widens_it():
    low, high = rate_range([0, 10, 200], [1000, 1000, 1000])
    expected = poisson_interval([0, 10, 200])
    assert low == pytest.approx(expected[0] / 1000)
    assert high == pytest.approx(expected[1] / 1000)
    wide = rate_range([200], [1000], 4.0)
    assert (wide[1] - wide[0])[0] > 1.9 * (high - low)[2]
    assert np.isnan(rate_range([np.nan], [1000])[0]).all()


def test_ranges_of_over_dispersed_counts_hold_the_rate():
    rng = np.random.default_rng(6)
    y = rng.poisson(rng.gamma(20, 3, 20_000))  # mean 60, variance 60 + 180
    low, high = rate_range(y, np.ones(20_000), 4.0)
    assert 0.94 < ((low <= 60) & (high >= 60)).mean() < 0.975


def test_odd_input_is_refused_and_left_alone():
    with pytest.raises(InputError, match="do not go together"):
        compare_with_peers([[1.0]], [1.0], [[0], [0]])
    with pytest.raises(InputError, match="negative"):
        compare_with_peers([[-1.0]], [1.0], [[-1]])
    with pytest.raises(ParameterError):
        compare_with_peers([[1.0]], [1.0], [[-1]], alpha=5)
    with pytest.raises(ParameterError):
        rate_range([1], [1], confidence=95)
    y, e, around = np.full((8, 2), 50.0), np.full(8, 1e3), ring(8, 7)
    compare_with_peers(y, e, around)
    assert (y == 50).all()
    assert (e == 1e3).all()
    assert (around == ring(8, 7)).all()


def test_comparisons_made_apart_and_judged_together_are_one_family():
    """The odd one of six areas is certain alone, and one of two hundred tests without a difference is not."""
    rng = np.random.default_rng(7)
    odd = np.full((6, 1), 100.0)
    odd[0], odd[1:, 0] = 175, [100, 95, 105, 110, 90]
    alone = compare_with_peers(odd, np.full(6, 1e3), [[1, 2, 3, 4, 5]] + [[-1] * 5] * 5)
    others = compare_with_peers(rng.poisson(100, (400, 1)), np.full(400, 1e3), ring(400, 15))
    assert alone.verdict[0, 0] == ABOVE
    judged = one_family([alone, others])
    assert judged[0].verdict[:, 0].tolist() == [WITHIN, *[NOT_COMPARED] * 5]
    assert judged[0].p_value[0, 0] == alone.p_value[0, 0]
    assert judged[0].q_value[0, 0] > alone.q_value[0, 0]
    again = one_family([others])[0]
    assert (again.verdict == others.verdict).all()
    assert again.q_value == pytest.approx(others.q_value, nan_ok=True)
    with pytest.raises(InputError, match="different rates"):
        one_family([alone, compare_with_peers(odd, np.full(6, 1e3), ring(6, 5), alpha=0.2)])
