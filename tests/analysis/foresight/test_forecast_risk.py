"""Cells ranked by a smoothed rate or a relative risk: the map's own figures, from the training months alone."""

import numpy as np
import pytest
import shapely

from crimemap.analysis.density.kde import kernel_density
from crimemap.analysis.density.relative_risk import relative_risk
from crimemap.analysis.foresight.backtest import backtest
from crimemap.analysis.foresight.forecast import History, forecast_cells
from crimemap.analysis.foresight.forecast_methods import default_baselines
from crimemap.analysis.foresight.forecast_risk import edge_corrected, rate_smoothed, relative_risk_smoothed
from crimemap.errors import InputError, ParameterError

SIDE, COLUMNS, ROWS = 200.0, 20, 15
AREA = shapely.box(500_000, 200_000, 500_000 + COLUMNS * SIDE, 200_000 + ROWS * SIDE)
X = np.tile(500_000 + (np.arange(COLUMNS) + 0.5) * SIDE, ROWS)
Y = np.repeat(200_000 + (np.arange(ROWS) + 0.5) * SIDE, COLUMNS)
CELLS = forecast_cells(np.full(X.size, SIDE**2), easting=X, northing=Y)
MONTHS = tuple(f"2024-{month:02d}" for month in range(1, 9))


def history(counts, months=MONTHS[:1]):
    table = np.asarray(counts, dtype=np.int64).reshape(X.size, -1)
    return History(counts=table, months=months, test_months=("2025-01",), cells=CELLS, rng=np.random.default_rng(1))


@pytest.fixture
def drawn():
    """Two kinds of incidents over the cells, one of them denser in the middle."""
    rng = np.random.default_rng(2)
    middle = np.exp(-((X - X.mean()) ** 2 + (Y - Y.mean()) ** 2) / 2 / 500**2)
    return rng.poisson(1 + 4 * middle), rng.poisson(2.0, X.size)


@pytest.mark.parametrize("kernel", ["gaussian", "quartic"])
def test_what_is_even_has_one_density_up_to_the_edge(kernel):
    spread = edge_corrected(np.full(X.size, 3), CELLS, bandwidth_m=600, kernel=kernel)
    np.testing.assert_allclose(spread, 3 / 0.04, rtol=1e-12)


@pytest.mark.parametrize(("kernel", "width"), [("gaussian", 400), ("quartic", 900)])
def test_a_rate_is_the_one_density_over_the_other(drawn, kernel, width):
    cases, people = drawn
    asked = {"bandwidth_m": width, "kernel": kernel, "cell_size_m": SIDE, "extent": AREA.bounds, "tolerance": 1e-12}
    expected = [kernel_density(X, Y, weights=number, **asked).density_per_km2.ravel() for number in drawn]
    method = rate_smoothed(people.astype(float), bandwidth_m=width, kernel=kernel, least_per_km2=1e-6)
    np.testing.assert_allclose(method.forecast(history(cases)), expected[0] / expected[1], rtol=1e-9)


def test_where_few_people_live_cells_come_last(drawn):
    cases, people = drawn[0], np.where(X < 501_000, 1.0, 100.0)
    method = rate_smoothed(people, bandwidth_m=400, kernel="quartic", least_per_km2=100)
    rate = method.forecast(history(cases))
    few = edge_corrected(people, CELLS, bandwidth_m=400, kernel="quartic") < 100
    assert 0 < few.sum() < X.size
    assert rate[few].max() < rate[~few].min()


@pytest.mark.parametrize(("kernel", "width"), [("gaussian", 400), ("quartic", 900)])
@pytest.mark.parametrize("added", [0.5, 1.0])
def test_the_risk_is_that_of_the_map_with_incidents_at_the_centres(drawn, kernel, width, added):
    cases, controls = drawn
    asked = {"bandwidth_m": width, "cell_size_m": SIDE, "kernel": kernel, "added_incidents": added}
    expected = relative_risk((X, Y), (X, Y), AREA, case_weights=cases, control_weights=controls, **asked).log_ratio.ravel()
    method = relative_risk_smoothed(lambda _: controls, bandwidth_m=width, kernel=kernel, added_incidents=added)
    # The mass of a kernel is summed over cells here and exact there; it all but leaves a ratio.
    np.testing.assert_allclose(method.forecast(history(cases)), expected, atol=2e-3)


def test_what_neither_kind_reaches_comes_last_and_too_few_make_all_cells_alike():
    cases = np.zeros(X.size, dtype=int)
    cases[:3] = 2
    risk = relative_risk_smoothed(lambda _: cases + 1 * (cases > 0), bandwidth_m=300, kernel="quartic")
    found = risk.forecast(history(cases))
    assert np.isfinite(found).all()
    assert found[-1] < found[:3].min()
    cases[:3] = [1, 1, 0]
    assert np.ptp(risk.forecast(history(cases))) == 0


def test_controls_are_asked_for_in_training_months_alone(drawn):
    asked = []

    def controls(months):
        asked.append(months)
        return drawn[1]

    counts = np.random.default_rng(3).poisson(drawn[0][:, None] / 2, (X.size, len(MONTHS)))
    methods = [relative_risk_smoothed(controls, bandwidth_m=400), *default_baselines(training_months=3)]
    backtest(
        counts, CELLS, months=MONTHS, methods=methods, rng=np.random.default_rng(4), training_months=3, coverages=(0.1,)
    )
    assert sorted(asked) == [MONTHS[k : k + 3] for k in range(5)]  # tests run side by side, in any order


def test_a_place_of_high_risk_is_ranked_first_where_counts_follow_people():
    people = np.where(X > 503_000, 500.0, 20.0)
    risk = np.where((X < 501_000) & (Y < 201_000), 5.0, 1.0)
    cases = np.random.default_rng(5).poisson(people * risk / 20)
    first = np.argsort(-rate_smoothed(people, bandwidth_m=500, least_per_km2=10).forecast(history(cases)))[:12]
    assert (risk[first] == 5).all()
    assert X[np.argmax(cases)] > 503_000


@pytest.mark.parametrize(
    ("work", "error", "said"),
    [
        (lambda: rate_smoothed(np.ones(3), bandwidth_m=0), ParameterError, "bandwidth_m"),
        (lambda: rate_smoothed(np.ones(3), bandwidth_m=300, least_per_km2=0), ParameterError, "least_per_km2"),
        (lambda: rate_smoothed(np.array([1, np.nan]), bandwidth_m=300), InputError, "missing or negative"),
        (lambda: relative_risk_smoothed(lambda _: X, bandwidth_m=300, kernel="cubic"), ParameterError, "cubic"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(work, error, said):
    with pytest.raises(error, match=said):
        work()
