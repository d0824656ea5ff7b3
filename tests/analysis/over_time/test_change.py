"""The change test: a worked case, an independent implementation, its rate of false claims, and the gaps."""

import numpy as np
import pytest
from scipy import stats

from crimemap.analysis.over_time.change import LESS, MORE, NO_CLEAR_CHANGE, TOO_FEW, compare_years, one_family
from crimemap.analysis.significance import adjusted_p_values
from crimemap.errors import InputError

ALL = np.ones((1, 12), dtype=bool)


def one(now, before, usable=ALL):
    found = compare_years([now], [before], usable)
    return found, int(found.verdict[0])


def test_a_case_by_hand():
    """Each pair is (12, 8): dispersion 0, so 1; exact binomial 96 of 240 against the t ratio 48 / sqrt(240)."""
    found, verdict = one([12] * 12, [8] * 12)
    expected = max(2 * stats.binom.cdf(96, 240, 0.5), 2 * stats.t.sf(48 / np.sqrt(240), 11))
    assert found.p_value[0] == pytest.approx(expected, rel=1e-12)
    assert found.dispersion[0] == 1
    assert verdict == MORE


def test_dispersion_is_pearsons_statistic_over_its_degrees_of_freedom():
    now, before = np.array([30, 5, 40, 8, 22, 17]), np.array([10, 25, 12, 30, 20, 19])
    found, _ = one(now, before, np.ones((1, 6), dtype=bool))
    n = now + before
    share = now.sum() / n.sum()
    by_hand = sum(
        (a - m * share) ** 2 / (m * share) + (b - m * (1 - share)) ** 2 / (m * (1 - share))
        for a, b, m in zip(now, before, n, strict=True)
    )
    assert found.dispersion[0] == pytest.approx(by_hand / 5)


def test_the_two_directions_are_mirror_images():
    rng = np.random.default_rng(1)
    now, before = rng.poisson(30, (50, 12)), rng.poisson(20, (50, 12))
    usable = np.ones((50, 12), dtype=bool)
    there, back = compare_years(now, before, usable), compare_years(before, now, usable)
    assert np.allclose(there.p_value, back.p_value)
    assert ((there.verdict == MORE) == (back.verdict == LESS)).all()


def test_season_alone_is_no_change():
    season = np.array([10, 12, 20, 30, 45, 60, 70, 66, 40, 25, 14, 9])
    assert one(season, season)[1] == NO_CLEAR_CHANGE


def test_a_month_without_data_is_left_out_of_both_years():
    usable = ALL.copy()
    usable[0, 3] = False
    now, before = [20] * 12, [20] * 12
    now[3], before[3] = 0, 500
    found, verdict = one(now, before, usable)
    assert (found.now[0], found.before[0], found.pairs[0]) == (220, 220, 11)
    assert verdict == NO_CLEAR_CHANGE


@pytest.mark.parametrize(("now", "before"), [([1] * 12, [0] * 12), ([0] * 12, [0] * 12), ([10] + [0] * 11, [9] + [0] * 11)])
def test_under_twenty_incidents_nothing_is_claimed(now, before):
    assert one(now, before)[1] == TOO_FEW


def test_with_fewer_than_six_pairs_nothing_is_claimed():
    usable = np.zeros((1, 12), dtype=bool)
    usable[0, :5] = True
    assert one([100] * 12, [1] * 12, usable)[1] == TOO_FEW


@pytest.mark.parametrize("size", [1.0, 4.0, np.inf])
def test_series_that_did_not_change_are_seldom_said_to_have_changed(size):
    """Poisson and far more varying counts: about 5 % of single tests at 5 %, 7 where counts vary by nine times Poisson's."""
    rng = np.random.default_rng(11)
    mean = np.full((2000, 24), 25.0) if np.isinf(size) else rng.gamma(size * 3, 25.0 / (size * 3), (2000, 24))
    counts = rng.poisson(mean)
    found = compare_years(counts[:, 12:], counts[:, :12], np.ones((2000, 12), dtype=bool))
    assert (found.p_value <= 0.05).mean() < (0.08 if size == 1 else 0.065)
    assert np.isin(found.verdict, [MORE, LESS]).mean() < 0.002


def test_a_real_doubling_is_found():
    rng = np.random.default_rng(2)
    now, before = rng.poisson(20, (300, 12)), rng.poisson(10, (300, 12))
    assert (compare_years(now, before, np.ones((300, 12), dtype=bool)).verdict == MORE).mean() > 0.95


def test_inputs_are_left_alone():
    now, before, usable = np.full((1, 12), 9), np.full((1, 12), 5), ALL.copy()
    usable[0, 0] = False
    kept = now.copy(), before.copy(), usable.copy()
    compare_years(now, before, usable)
    assert all((a == b).all() for a, b in zip((now, before, usable), kept, strict=True))


def test_shapes_that_differ_and_negative_counts_are_refused():
    with pytest.raises(InputError, match="differ"):
        compare_years([[1, 2]], [[1, 2, 3]], [[True, True]])
    with pytest.raises(InputError, match="negative"):
        compare_years([[-1] * 12], [[1] * 12], ALL)


def test_comparisons_made_apart_and_judged_together_are_those_made_together():
    rng = np.random.default_rng(13)
    now, before = rng.poisson(rng.uniform(0, 40, (90, 1)), (90, 12)), rng.poisson(12, (90, 12))
    use = rng.random((90, 12)) < 0.9
    apart = [compare_years(now[a:b], before[a:b], use[a:b]) for a, b in ((0, 40), (40, 41), (41, 90))]
    parts = one_family(apart)
    q = adjusted_p_values(np.concatenate([one.p_value[one.verdict != TOO_FEW] for one in apart]))
    enough = np.concatenate([one.verdict != TOO_FEW for one in apart])
    assert np.concatenate([one.q_value for one in parts])[enough] == pytest.approx(q)
    verdict = np.concatenate([one.verdict for one in parts])
    assert (verdict[~enough] == TOO_FEW).all()
    assert ((verdict[enough] != NO_CLEAR_CHANGE) == (q <= 0.05)).all()
    assert all((one.p_value == its.p_value).all() for one, its in zip(apart, parts, strict=True))
    assert one_family([]) == []


def test_families_of_different_rates_are_refused():
    parts = [compare_years([[30] * 12], [[10] * 12], ALL, alpha=alpha) for alpha in (0.05, 0.1)]
    with pytest.raises(InputError, match="different rates"):
        one_family(parts)


def test_one_month_alone_is_no_change_of_a_year():
    """Thirty-two incidents of one kind at once, and a doubling of as many over the year."""
    burst = [0, 0, 1, 32, 0, 0, 0, 0, 0, 1, 0, 0]
    assert one(burst, [0] * 12)[1] == NO_CLEAR_CHANGE
    assert one([6] * 11 + [60], [5] * 12)[1] == NO_CLEAR_CHANGE
    assert one([8] * 12, [2] * 12)[1] == MORE


def test_among_thousands_of_series_large_changes_are_still_found():
    """Twelve pairs alone give tails so long that Benjamini-Hochberg over 2,000 series would find hardly any of these."""
    rng = np.random.default_rng(14)
    rate = np.repeat([1.0, 2.0], [1900, 100])[:, None]
    now = rng.poisson(rng.gamma(10, 2.0, (2000, 12)) * rate)
    before = rng.poisson(rng.gamma(10, 2.0, (2000, 12)))
    found = compare_years(now, before, np.ones((2000, 12), dtype=bool))
    said = np.isin(found.verdict, [MORE, LESS])
    assert (found.verdict[1900:] == MORE).mean() > 0.8
    assert said[:1900].sum() <= 0.12 * said.sum()
