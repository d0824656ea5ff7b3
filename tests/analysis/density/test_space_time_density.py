import numpy as np
import pytest
import shapely

from crimemap.analysis.density.kde import kernel_density
from crimemap.analysis.density.space_time_density import space_time_density
from crimemap.errors import EmptyInputError, InputError, ParameterError

OVER_TIME = {
    "epanechnikov": lambda u: 0.75 * np.maximum(1 - u * u, 0),
    "gaussian": lambda u: np.exp(-u * u / 2) / np.sqrt(2 * np.pi),
    "uniform": lambda u: (np.abs(u) < 1) / 2,
}
PERIOD = (0.0, 100.0)


def _incidents(n: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    return 500_000 + rng.normal(0, 500, n), 200_000 + rng.normal(0, 500, n), rng.uniform(0, 100, n)


@pytest.mark.parametrize("kernel", OVER_TIME)
def test_it_is_the_sum_of_products_of_both_kernels(kernel):
    x, y, t = _incidents()
    asked = {"bandwidth_m": 400, "cell_size_m": 100}
    found = space_time_density(
        x, y, t, at_days=[20, 55.5], period_days=PERIOD, time_bandwidth_days=7, time_kernel=kernel, **asked
    )
    s = np.linspace(*PERIOD, 200_001)
    mass = np.array([np.trapezoid(OVER_TIME[kernel]((s - one) / 7) / 7, s) for one in t])
    for moment, layer in zip([20, 55.5], found.density_per_km2_day, strict=True):
        weights = OVER_TIME[kernel]((moment - t) / 7) / 7 / mass
        extent = (x.min() - 400, y.min() - 400, x.max() + 400, y.max() + 400)
        expected = kernel_density(x, y, weights=weights, extent=extent, **asked)
        assert layer == pytest.approx(expected.density_per_km2, rel=1e-4, abs=1e-6)


def test_it_integrates_to_the_incidents_over_plane_and_period():
    x, y, t = _incidents()
    days = np.arange(0.5, 100, 1.0)
    found = space_time_density(x, y, t, at_days=days, period_days=PERIOD, bandwidth_m=400, time_bandwidth_days=5)
    assert found.density_per_km2_day.sum() * 0.01 == pytest.approx(60, rel=3e-3)


def test_an_incident_of_a_month_is_spread_over_it_and_not_on_its_first_day():
    x, y = np.full(1, 500_050.0), np.full(1, 200_050.0)
    found = space_time_density(
        x, y, [30.0], until_days=[60.0], at_days=[20, 31, 45, 58], period_days=PERIOD, bandwidth_m=500, time_bandwidth_days=3
    )
    peaks = found.density_per_km2_day.max(axis=(1, 2)) * np.pi * 0.25 / 3
    assert peaks[0] == 0
    assert peaks[2] == pytest.approx(1 / 30)
    assert 0 < peaks[1] < peaks[2]
    exact = space_time_density(
        x, y, [45.0], until_days=[45.0], at_days=[45], period_days=PERIOD, bandwidth_m=500, time_bandwidth_days=3
    )
    assert exact.density_per_km2_day.max() * np.pi * 0.25 / 3 == pytest.approx(0.25, rel=1e-9)


def test_a_moment_without_incidents_is_0_in_the_study_area_and_nothing_outside():
    x, y, _ = _incidents(5)
    area = shapely.Point(500_000, 200_000).buffer(900)
    found = space_time_density(
        x, y, [1] * 5, at_days=[1, 50], period_days=PERIOD, bandwidth_m=400, time_bandwidth_days=3, study_area=area
    )
    assert (np.isnan(found.density_per_km2_day[0]) == np.isnan(found.density_per_km2_day[1])).all()
    assert np.nanmax(found.density_per_km2_day[1]) == 0
    assert found.parameters["time_bandwidth_days"] == 3


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"period_days": (5, 5)}, ParameterError, "not from earlier to later"),
        ({"time_bandwidth_days": 0}, ParameterError, "time_bandwidth_days"),
        ({"at_days": [200]}, ParameterError, "a moment lies outside"),
        ({"time_days": [np.nan] * 60}, InputError, "60 of 60 incidents have no time"),
        ({"time_days": [101] * 60}, InputError, "60 of 60 incidents lie outside the period"),
        ({"until_days": [-1] * 60}, InputError, "end before they begin"),
        ({"time_days": [1, 2]}, InputError, "2 times for 60 positions"),
        ({"time_kernel": "cosine"}, ParameterError, "no kernel over time"),
        ({"time_days": [90] * 60, "at_days": [2]}, EmptyInputError, "near any of the moments"),
        ({"weights": [0] * 60}, EmptyInputError, "no incidents"),
    ],
)
def test_what_cannot_be_mapped_is_refused_with_the_reason(changed, error, said):
    x, y, t = _incidents()
    asked = {"time_days": t, "at_days": [50], "period_days": PERIOD, "bandwidth_m": 400, "time_bandwidth_days": 7} | changed
    with pytest.raises(error, match=said):
        space_time_density(x, y, asked.pop("time_days"), **asked)
