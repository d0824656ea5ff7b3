"""The back-test of the wording on series whose truth is simulated, and on ones small enough to count by hand."""

import numpy as np
import pytest

from crimemap.analysis.over_time.verdict_backtest import (
    claims_without_change,
    ranges_that_held,
    verdicts_of_halves,
    verdicts_that_held,
    window_for,
)
from crimemap.errors import InputError, ParameterError

ALL = np.ones((1, 36), dtype=bool)


def varying(rng, mean):
    """Give counts of twice to four times the variance of Poisson counts."""
    return rng.poisson(rng.gamma(12, np.asarray(mean) / 12))


def test_a_rise_that_stays_holds_and_one_that_goes_does_not():
    stays, goes = [20] * 12 + [40] * 24, [20] * 12 + [40] * 12 + [18] * 12
    found = verdicts_that_held([stays, goes], np.ones((2, 36)))
    assert (found.verdicts, found.more, found.more_held) == (1, 2, 1)
    assert (found.less, found.same) == (0, 0)


def test_a_fall_and_no_clear_change_by_hand():
    fell, level, later = [40] * 12 + [20] * 24, [20] * 36, [20] * 24 + [60] * 12
    found = verdicts_that_held([fell, level, later], np.ones((3, 36)))
    assert (found.less, found.less_held) == (1, 1)
    assert (found.same, found.same_held, found.same_above) == (2, 1, 1)


def test_lasting_changes_hold_and_passing_noise_is_rarely_called_a_change():
    rng = np.random.default_rng(1)
    level = np.full((400, 36), 30.0)
    level[:60, 12:] *= 2
    found = verdicts_that_held(varying(rng, level), np.ones((400, 36)))
    assert found.more > 40
    assert found.more_held >= 0.95 * found.more
    assert found.less <= 3
    assert found.same_held >= 0.95 * found.same
    assert 0.4 < found.same_above / found.same < 0.6


def test_short_histories_give_verdicts_on_half_years():
    """Twenty-four months: May to October against those a year before, and then the next half year."""
    series = [[20] * 6 + [20] * 6 + [45] * 12]
    found = verdicts_that_held(series, np.ones((1, 24)), window=6)
    assert (found.verdicts, found.more, found.more_held) == (1, 1, 1)
    assert window_for(24) == 6
    assert window_for(23) == 0


def test_long_histories_give_several_verdicts_and_too_short_ones_none():
    flat = [[20] * 60]
    assert verdicts_that_held(flat, np.ones((1, 60))).verdicts == 3
    assert verdicts_that_held([[20] * 35], np.ones((1, 35))).verdicts == 0
    assert verdicts_that_held([[20] * 35], np.ones((1, 35))).same == 0


def test_a_verdict_does_not_look_ahead():
    """What comes after the verdict decides whether it held, and never what it was."""
    rng = np.random.default_rng(2)
    counts = varying(rng, np.full((200, 36), 30.0) * np.repeat([1.0, 1.9, 1.0], 12))
    other = counts.copy()
    other[:, 24:] = rng.permutation(other[:, 24:].T).T * 3
    found, again = (verdicts_that_held(one, np.ones((200, 36))) for one in (counts, other))
    assert (found.more, found.less, found.same) == (again.more, again.less, again.same)
    assert found.more > 100


def test_months_without_data_leave_too_little_to_follow_up():
    use = ALL.copy()
    use[0, 26:] = False
    assert verdicts_that_held([[20] * 12 + [40] * 24], use).more == 0


def test_halves_of_a_real_change_agree_and_halves_of_none_make_no_claims():
    rng = np.random.default_rng(3)
    usable = np.ones((200, 12), dtype=bool)
    real = verdicts_of_halves(varying(rng, np.full((200, 12), 90)), varying(rng, np.full((200, 12), 40)), usable, rng=rng)
    assert real.more > 150
    assert real.more_borne_out == real.more
    none = verdicts_of_halves(varying(rng, np.full((200, 12), 40)), varying(rng, np.full((200, 12), 40)), usable, rng=rng)
    assert none.more + none.less <= 2


def test_swapped_months_are_claimed_to_have_changed_no_more_often_than_allowed():
    """Half of the series truly doubled; swapping takes that away, and the claims with it."""
    rng = np.random.default_rng(4)
    now, before = (
        varying(rng, np.full((300, 12), 30.0) * np.repeat([1, 2], 150)[:, None]),
        varying(rng, np.full((300, 12), 30.0)),
    )
    found = claims_without_change(now, before, np.ones((300, 12), dtype=bool), rng=rng, rounds=30)
    assert found.tested == 9000
    assert found.claims <= 0.01 * found.tested
    assert found.p_at_most_alpha <= 0.06 * found.tested


def test_the_same_numbers_give_the_same_record():
    now, before = np.full((30, 12), 9), np.full((30, 12), 8)
    usable = np.ones((30, 12), dtype=bool)
    for work in (claims_without_change, verdicts_of_halves):
        assert work(now, before, usable, rng=np.random.default_rng(5)) == work(
            now, before, usable, rng=np.random.default_rng(5)
        )


def test_ranges_hold_what_they_say():
    rng = np.random.default_rng(6)
    season = 40 * np.exp(0.3 * np.cos(2 * np.pi * np.arange(36) / 12))
    found = ranges_that_held(varying(rng, np.tile(season, (600, 1))), np.ones((600, 36)))
    assert found.series == 600
    assert 0.92 < found.series_inside / found.series < 0.99
    assert found.months == 7200
    assert found.months_inside / found.months > 0.99


def test_a_series_with_a_missing_latest_month_is_counted_by_its_months_alone():
    use = ALL.copy()
    use[0, 30] = False
    found = ranges_that_held([[40] * 36], use)
    assert (found.series, found.months, found.months_inside) == (0, 11, 11)


def test_odd_input_is_refused():
    with pytest.raises(InputError, match="differ"):
        verdicts_that_held([[1, 2]], [[True]])
    with pytest.raises(ParameterError, match="window"):
        verdicts_that_held([[1] * 36], ALL, window=9)
    with pytest.raises(ParameterError, match="rounds"):
        claims_without_change([[1]], [[1]], [[True]], rng=np.random.default_rng(1), rounds=0)


def test_series_shorter_than_a_year_are_not_judged_by_ranges() -> None:
    found = ranges_that_held([[40, 41, 42]], np.ones((1, 3)))
    assert (found.series, found.months) == (0, 0)
