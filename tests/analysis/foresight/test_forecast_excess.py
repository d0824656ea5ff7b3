"""Cells ranked by their excess beside those at risk, from the training months alone."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from crimemap.analysis.foresight.backtest import backtest
from crimemap.analysis.foresight.forecast import History, forecast_cells
from crimemap.analysis.foresight.forecast_excess import excess_score
from crimemap.analysis.foresight.forecast_methods import default_baselines
from crimemap.analysis.hotspots.excess import local_excess

N = 40
MONTHS = tuple(f"2024-{month:02d}" for month in range(1, 13))


def around(n=N):
    near = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) <= 1
    return csr_array(near.astype(float))


def history(counts, months=MONTHS):
    cells = forecast_cells(np.full(len(counts), 1e4))
    return History(
        counts=np.asarray(counts), months=months, test_months=("2025-01",), cells=cells, rng=np.random.default_rng(1)
    )


@pytest.fixture
def people():
    return np.random.default_rng(2).integers(50, 500, N).astype(float)


def test_the_score_is_the_excess_of_the_months_together(people):
    counts = np.random.default_rng(3).poisson(people[:, None] / 100, (N, 12))
    expected = local_excess(counts.sum(axis=1), people, around(), null="people").z
    score = excess_score(lambda _: people, neighbours=around()).forecast(history(counts))
    np.testing.assert_allclose(score, expected)


def test_where_nobody_is_at_risk_cells_come_last(people):
    people[:5] = 0
    counts = np.random.default_rng(3).poisson(2, (N, 12))
    score = excess_score(lambda _: people, neighbours=csr_array(np.eye(N))).forecast(history(counts))
    assert np.isfinite(score).all()
    assert score[:5].max() < score[5:].min()


def test_those_at_risk_are_asked_for_in_training_months_alone(people):
    asked = []

    def then(months):
        asked.append(months)
        return people

    counts = np.random.default_rng(4).poisson(people[:, None] / 100, (N, 12))
    backtest(
        counts,
        forecast_cells(np.full(N, 1e4)),
        months=list(MONTHS),
        methods=[excess_score(then, neighbours=around()), *default_baselines(training_months=6)],
        rng=np.random.default_rng(5),
        training_months=6,
        coverages=(0.1,),
    )
    tested = [MONTHS[6 + k] for k in range(6)]
    assert len(asked) >= len(tested)
    assert all(max(months) < tested[-1] and len(months) == 6 for months in asked)
    assert {MONTHS[MONTHS.index(months[-1]) + 1] for months in asked} == set(tested)


def test_excess_finds_risk_where_counts_follow_people(people):
    """With people very unequal and one stretch at five times the risk, excess ranks that stretch first and counts do not."""
    people[10:13], people[30] = 60, 20_000
    risk = np.where((np.arange(N) >= 10) & (np.arange(N) < 13), 5.0, 1.0)
    counts = np.random.default_rng(6).poisson((people * risk / 100)[:, None], (N, 12))
    score = excess_score(lambda _: people, neighbours=csr_array(np.eye(N))).forecast(history(counts))
    assert set(np.argsort(-score)[:3]) == {10, 11, 12}
    assert np.argmax(counts.sum(axis=1)) == 30
