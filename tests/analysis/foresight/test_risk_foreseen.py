"""Incidents of months not seen, beside those at risk there."""

import numpy as np
import pytest

from crimemap.analysis.foresight.backtest import backtest
from crimemap.analysis.foresight.backtest_result import MeasuredPeriod
from crimemap.analysis.foresight.baselines import even
from crimemap.analysis.foresight.forecast import Method, forecast_cells
from crimemap.analysis.foresight.risk_foreseen import risk_foreseen
from crimemap.errors import InputError
from crimemap.periods import Period

N = 60
MONTHS = [f"{2022 + k // 12}-{k % 12 + 1:02d}" for k in range(16)]
KNOWN = np.arange(16) != 9
CELLS = forecast_cells(np.random.default_rng(1).uniform(1e4, 4e4, N))


def by_rate(people):
    return Method(name="rate", title="rate", forecast=lambda history: history.counts.sum(axis=1) / people)


def found_of(counts, people, *, at_risk=None, coverages=(0.05, 0.2)):
    method = by_rate(people)
    past = backtest(
        counts, CELLS, months=MONTHS, methods=[method, even()], known=KNOWN, rng=np.random.default_rng(2),
        training_months=4, coverages=coverages,
    )  # fmt: skip
    found = risk_foreseen(
        counts, CELLS, months=MONTHS, known=KNOWN, method=method, periods=past.periods,
        at_risk=at_risk or (lambda _: people), coverages=coverages, rng=np.random.default_rng(3),
    )  # fmt: skip
    return past, found


def test_the_shares_are_those_counted_by_hand():
    rng = np.random.default_rng(4)
    people = rng.uniform(10, 500, N)
    controls = {month: rng.poisson(people / 20) for month in MONTHS}
    counts = rng.poisson(people[:, None] / 50, (N, 16))
    past, found = found_of(counts, people, at_risk=lambda months: sum(controls[month] for month in months))
    assert past.skipped
    caught = there = came = everybody = 0.0
    area = CELLS.area_m2
    for at in range(4, 16):
        seen = [k for k in range(at - 4, at) if KNOWN[k]]
        if not KNOWN[at] or len(seen) < 2:
            continue
        left = 0.2 * area.sum()
        for cell in np.argsort(-(counts[:, seen].sum(axis=1) / people)):
            part = min(1.0, left / area[cell])
            caught += part * counts[cell, at]
            there += part * controls[MONTHS[at]][cell]
            left -= part * area[cell]
            if left <= 0:
                break
        came += counts[:, at].sum()
        everybody += controls[MONTHS[at]].sum()
    score = found[1]
    assert score.incident_share == pytest.approx(caught / came)
    assert score.at_risk_share == pytest.approx(there / everybody)
    assert score.ratio == pytest.approx(caught / came / (there / everybody))
    assert score.ratio_low < score.ratio < score.ratio_high


def test_where_all_run_one_risk_nothing_is_foreseen_though_people_are_unequal():
    """The counts of the training months say where people are, and their rate is noise: months after have a ratio of 1."""
    people = np.random.default_rng(5).lognormal(5, 1.5, N)
    outside = 0
    ratios = []
    for seed in range(40):
        counts = np.random.default_rng([6, seed]).poisson(people[:, None] / 100, (N, 16))
        score = found_of(counts, people)[1][1]
        ratios.append(score.ratio)
        outside += not score.ratio_low <= 1 <= score.ratio_high
    assert abs(np.mean(ratios) - 1) < 4 * np.std(ratios) / np.sqrt(40)
    assert outside <= 6, "a 95 % interval of eleven tests, 40 times"


def test_a_risk_of_three_is_foreseen_as_three():
    people = np.full(N, 400.0)
    risk = np.where(np.arange(N) < 6, 3.0, 1.0)
    counts = np.random.default_rng(7).poisson((people * risk / 10)[:, None], (N, 16))
    share = CELLS.area_m2[:6].sum() / CELLS.area_m2.sum()
    score = found_of(counts, people, coverages=(share,))[1][0]
    assert score.at_risk_share == pytest.approx(0.1)
    assert score.ratio == pytest.approx(3 / (0.1 * 3 + 0.9), rel=0.03)


def test_one_test_has_no_interval_and_ground_without_anybody_no_ratio():
    one = [MeasuredPeriod(training=Period("2022-01", "2022-02"), test=Period("2022-02", "2022-03"), incidents=5)]
    counts = np.zeros((N, 16), dtype=int)
    counts[0, :2] = 5
    people = np.ones(N)
    asked = {"months": MONTHS, "known": KNOWN, "method": by_rate(people), "periods": one, "coverages": (0.001,)}
    found = risk_foreseen(counts, CELLS, at_risk=lambda _: people, rng=np.random.default_rng(8), **asked)
    assert found[0].ratio is not None
    assert found[0].ratio_low is None
    people[0] = 0
    asked["method"] = by_rate(np.ones(N))
    found = risk_foreseen(counts, CELLS, at_risk=lambda _: people, rng=np.random.default_rng(8), **asked)
    assert (found[0].ratio, found[0].at_risk_share, found[0].incident_share > 0) == (None, 0, True)


@pytest.mark.parametrize("wrong", [np.full(N, np.nan), np.full(N, -1.0), np.ones(3), np.zeros(N)])
def test_those_at_risk_have_to_be_there(wrong):
    people = np.ones(N)
    with pytest.raises(InputError, match="at risk"):
        found_of(np.ones((N, 16), dtype=int), people, at_risk=lambda _: wrong)
