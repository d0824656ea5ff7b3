import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from crimemap.analysis.over_time.mann_kendall import mann_kendall
from crimemap.errors import InputError


@pytest.mark.parametrize(
    ("series", "s", "variance", "z", "p"),
    [
        ([1, 2, 2, 3, 5, 8], 14, 27.333333333333332, 2.4865491809470193, 0.012898873935081712),
        ([5, 3, 4, 4, 2, 2, 1, 1, 0, 3], -27, 121.0, -2.3636363636363638, 0.01809656541369109),
        ([0, 1, 0, 0, 2, 1, 3, 0, 2, 4, 1, 5], 32, 199.33333333333334, 2.1956935656219683, 0.028113884027253455),
        (list(range(8)), 28, 65.33333333333333, 3.340383700311406, 0.0008366271311193163),
    ],
)
def test_series_give_the_figures_of_pymannkendall(series, s, variance, z, p):
    """Version 1.4.3, original_test."""
    found = mann_kendall([series])
    assert found.s[0] == s
    assert found.variance[0] == pytest.approx(variance, rel=1e-12)
    assert found.z[0] == pytest.approx(z, rel=1e-12)
    assert found.p_value[0] == pytest.approx(p, rel=1e-9)


@given(st.lists(st.integers(0, 6), min_size=6, max_size=40).filter(lambda values: len(set(values)) > 1))
def test_s_and_its_variance_are_those_of_scipys_kendalltau(series):
    """Its asymptotic p has the same ties and no correction for continuity."""
    found = mann_kendall([series])
    theirs = stats.kendalltau(np.arange(len(series)), series, method="asymptotic", variant="b")
    pairs = len(series) * (len(series) - 1) / 2
    ties = sum(n * (n - 1) / 2 for n in np.unique(series, return_counts=True)[1])
    assert found.s[0] == pytest.approx(theirs.statistic * np.sqrt(pairs * (pairs - ties)), abs=1e-8)
    plain = 2 * stats.norm.sf(abs(found.s[0]) / np.sqrt(found.variance[0]))
    assert plain == pytest.approx(theirs.pvalue, rel=1e-9)
    assert found.p_value[0] >= plain - 1e-12


def test_a_period_without_data_is_left_out_and_is_not_0():
    whole, gap = [1, 2, 3, 4, 5, 6, 7], [1, 2, np.nan, 3, 4, 5, 6, 7]
    found = mann_kendall([[*whole, np.nan], gap, [1, 2, 0, 3, 4, 5, 6, 7]])
    assert found.z[0] == found.z[1] == mann_kendall([whole]).z[0]
    assert found.z[2] < found.z[1]
    assert found.n_periods.tolist() == [7, 7, 8]


def test_turning_time_round_turns_the_sign():
    x = np.random.default_rng(1).poisson(2, (50, 15)).astype(float)
    there, back = mann_kendall(x), mann_kendall(x[:, ::-1])
    assert (there.s == -back.s).all()
    assert there.p_value == pytest.approx(back.p_value)


def test_values_all_alike_have_no_trend_and_short_series_are_not_tested():
    found = mann_kendall([[3, 3, 3, 3, 3, 3], [1, 2, 3, 4, np.nan, np.nan], [np.nan] * 6])
    assert found.p_value.tolist() == [1, 1, 1]
    assert found.z.tolist() == [0, 0, 0]


def test_without_a_trend_false_alarms_stay_within_the_rate():
    x = np.random.default_rng(2).poisson(1.5, (4000, 24)).astype(float)
    assert (mann_kendall(x).p_value <= 0.05).mean() == pytest.approx(0.045, abs=0.012)


def test_what_cannot_be_used_is_refused():
    with pytest.raises(InputError, match="series by periods"):
        mann_kendall([1, 2, 3])
    with pytest.raises(InputError, match="infinite"):
        mann_kendall([[1, np.inf, 3]])
