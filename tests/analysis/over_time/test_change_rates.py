"""The E-test against scipy and an exact enumeration; the over-dispersed test's rate of false claims, power and interval."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import poisson, poisson_means_test

from crimemap.analysis.over_time.change import LESS, MORE, NO_CLEAR_CHANGE, TOO_FEW, compare_years
from crimemap.analysis.over_time.change_e_test import e_test
from crimemap.analysis.over_time.change_rates import CHANGE_TESTS, compare_rates
from crimemap.errors import EmptyInputError, InputError, ParameterError


def enumerated(x, m, y, k):
    """The definition, with T squared compared in whole numbers: (x k - y m)^2 / (x k^2 + y m^2)."""
    rate = (x + y) / (m + k)
    if x + y == 0:
        return 1.0
    a, b = np.arange(poisson.isf(1e-16, rate * m) + 3)[:, None], np.arange(poisson.isf(1e-16, rate * k) + 3)[None, :]
    a, b = a.astype(np.int64), b.astype(np.int64)
    far = (a * k - b * m) ** 2 * (x * k**2 + y * m**2) >= (x * k - y * m) ** 2 * (a * k**2 + b * m**2)
    far[0, 0] = x * k == y * m
    return float((poisson.pmf(a, rate * m) * poisson.pmf(b, rate * k) * far).sum())


@settings(max_examples=150)
@given(st.integers(0, 60), st.integers(1, 12), st.integers(0, 60), st.integers(1, 12))
def test_the_e_test_is_its_definition(x, m, y, k):
    assert e_test([x], [m], [y], [k])[0] == pytest.approx(enumerated(x, m, y, k), abs=1e-9)


@pytest.mark.parametrize(("x", "m", "y", "k"), [(0, 100, 3, 100), (27, 12, 11, 12), (140, 12, 61, 7), (5, 3, 0, 2)])
def test_the_e_test_is_scipys_where_no_other_counts_tie_with_those_seen(x, m, y, k):
    """Where they tie, as (3, 0) with (0, 3) over other lengths, scipy may lose them to rounding."""
    assert e_test([x], [m], [y], [k])[0] == pytest.approx(poisson_means_test(x, m, y, k).pvalue, rel=1e-6)
    assert e_test([0], [9], [3], [4])[0] == pytest.approx(enumerated(0, 9, 3, 4), rel=1e-9)
    assert poisson_means_test(0, 9, 3, 4).pvalue < 0.6 * enumerated(0, 9, 3, 4)


def test_equal_rates_are_no_evidence_and_the_two_sides_are_alike():
    assert e_test([0, 12, 6], [3, 6, 4], [0, 24, 9], [5, 12, 6]).tolist() == [1, 1, 1]
    assert e_test([30], [12], [11], [7])[0] == pytest.approx(e_test([11], [7], [30], [12])[0], rel=1e-9)


def test_large_counts_agree_with_the_normal():
    x, y = 100_000, 101_000
    assert e_test([x], [1], [y], [1])[0] == pytest.approx(2 * stats.norm.sf(1000 / np.sqrt(x + y)), rel=1e-2)


def test_the_e_test_keeps_its_rate_where_counts_are_poisson():
    rng = np.random.default_rng(1)
    found = compare_rates(rng.poisson(3, (3000, 12)), rng.poisson(3, (3000, 6)), test="poisson")
    assert (found.p_value <= 0.05).mean() == pytest.approx(0.05, abs=0.012)
    assert np.isin(found.verdict, [MORE, LESS]).mean() < 0.01


@pytest.mark.parametrize("paired", [True, False])
def test_counts_that_vary_more_than_chance_are_not_called_changed(paired):
    """Variance three times the mean: the Poisson test claims a change far too often, the over-dispersed one does not."""
    rng = np.random.default_rng(2)
    counts = rng.poisson(rng.gamma(4, 2, (3000, 24)))
    given = {"before": counts[:, :12], "after": counts[:, 12:], "paired": paired}
    assert (compare_rates(**given).p_value <= 0.05).mean() <= 0.06
    assert (compare_rates(**given, test="poisson").p_value <= 0.05).mean() > 0.15
    assert compare_rates(**given).dispersion.mean() == pytest.approx(3, rel=0.15)


def test_a_doubling_is_found_and_its_ratio_lies_in_the_interval_as_often_as_said():
    rng = np.random.default_rng(3)
    before, after = rng.poisson(rng.gamma(5, 2, (2000, 12))), rng.poisson(rng.gamma(10, 2, (2000, 12)))
    found = compare_rates(before, after)
    assert (found.verdict == MORE).mean() > 0.9
    inside = (found.ratio_low <= 2) & (found.ratio_high >= 2)
    assert 0.935 <= inside.mean() <= 0.985


def test_pairing_takes_season_out():
    season = np.round(20 * (1 + 0.8 * np.cos(np.arange(12) * np.pi / 6))).astype(int)[None, :]
    more = np.round(season * 1.6).astype(int)
    paired, plain = compare_rates(season, more, paired=True), compare_rates(season, more)
    assert paired.dispersion[0] < plain.dispersion[0]
    assert (paired.verdict[0], plain.verdict[0]) == (MORE, NO_CLEAR_CHANGE)


def test_paired_years_get_the_p_of_the_public_pages():
    rng = np.random.default_rng(4)
    now, before = rng.poisson(25, (40, 12)), rng.poisson(rng.gamma(4, 5, (40, 12)))
    usable = rng.random((40, 12)) > 0.1
    # One at a time: on pages, series beside each other borrow strength from one another, and here they do not. Nor do pages
    # claim what rests on one month, which is no change at any alpha where the other months point the other way.
    each = [compare_years(now[i : i + 1], before[i : i + 1], usable[i : i + 1], alpha=0.99999) for i in range(40)]
    years = np.array([one.p_value[0] for one in each])
    rates = compare_rates(before, now, known_before=usable, known_after=usable, paired=True)
    same = years < 0.99999
    assert same.sum() > 30
    assert rates.p_value[same] == pytest.approx(years[same], rel=1e-9)
    assert (rates.p_value <= years + 1e-9).all()


@pytest.mark.parametrize("test", CHANGE_TESTS)
def test_p_and_interval_are_of_one_mind(test):
    """Where the interval leaves out 1, the test rejects; the over-dispersed test the other way round as well."""
    rng = np.random.default_rng(5)
    found = compare_rates(rng.poisson(6, (1500, 8)), rng.poisson(8, (1500, 6)), test=test)
    outside = (found.ratio_low > 1) | (found.ratio_high < 1)
    rejects = found.p_value <= 0.05
    assert not (outside & ~rejects).any()
    if test == "over-dispersed":
        assert (outside == rejects).all()


@pytest.mark.parametrize("paired", [True, False])
def test_a_missing_month_is_no_data_not_zero(paired):
    before, after = np.full((1, 12), 10), np.full((1, 12), 10)
    known = np.ones((1, 12), dtype=bool)
    known[0, 3] = False
    after[0, 3] = 500
    found = compare_rates(before, after, known_after=known, paired=paired)
    assert (found.after[0], found.months_after[0]) == (110, 11)
    assert (found.before[0], found.months_before[0]) == ((110, 11) if paired else (120, 12))
    assert found.ratio[0] == 1
    assert found.verdict[0] == NO_CLEAR_CHANGE


def test_periods_of_different_length_are_compared_by_rate():
    found = compare_rates(np.full((1, 12), 10), np.full((1, 3), 10))
    assert found.ratio[0] == 1
    assert found.p_value[0] == 1


def test_little_is_too_few_and_none_before_has_no_end():
    found = compare_rates([[1] * 6, [0] * 6, [0] * 6], [[1] * 6, [9] * 6, [0] * 6])
    assert found.verdict.tolist() == [TOO_FEW, MORE, TOO_FEW]
    assert np.isnan(found.p_value[[0, 2]]).all()
    assert np.isinf([found.ratio[1], found.ratio_high[1]]).all()
    assert found.ratio_low[1] > 1
    assert np.isnan(found.ratio[2])
    assert (found.ratio_low[2], found.ratio_high[2]) == (0, np.inf)


def test_a_period_without_any_data_is_no_ratio():
    found = compare_rates(np.full((1, 6), 9), np.full((1, 6), 9), known_after=np.zeros((1, 6)))
    assert found.verdict[0] == TOO_FEW
    assert np.isnan([found.ratio[0], found.ratio_low[0], found.ratio_high[0]]).all()


def test_too_few_to_test_are_not_counted_as_tests():
    big, small = [[10] * 6, [30] * 6], [[0] * 6] * 500
    alone = compare_rates(big[:1], big[1:])
    among = compare_rates([big[0], *small], [big[1], *small])
    assert among.q_value[0] == alone.q_value[0]
    assert among.parameters["correction"] == "benjamini-hochberg"


@pytest.mark.parametrize(
    ("given", "changed", "error", "said"),
    [
        (([[1, 2]], [[1, 2], [3, 4]]), {}, InputError, "the same areas"),
        (([[1, 2]], [[1, 2, 3]]), {"paired": True}, InputError, "the same areas"),
        (([[-1, 2]], [[1, 2]]), {}, InputError, "negative"),
        (([[1.5, 2]], [[1, 2]]), {}, InputError, "not a whole number"),
        (([1, 2], [1, 2]), {}, InputError, "areas by months"),
        ((np.zeros((1, 0)), [[1]]), {}, EmptyInputError, "no month"),
        (([[1, 2]], [[1, 2]]), {"known_after": [[True]]}, InputError, "known or not"),
        (([[1, 2]], [[1, 2]]), {"test": "t"}, ParameterError, "over-dispersed, poisson"),
        (([[1, 2]], [[1, 2]]), {"alpha": 1.0}, ParameterError, "alpha"),
    ],
)
def test_what_cannot_be_used_is_refused(given, changed, error, said):
    with pytest.raises(error, match=said):
        compare_rates(*given, **changed)


def test_the_e_test_refuses_what_is_no_count():
    with pytest.raises(InputError, match="counts"):
        e_test([-1], [1], [2], [1])
    with pytest.raises(InputError, match="over nothing"):
        e_test([1], [0], [2], [1])
