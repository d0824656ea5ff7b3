import numpy as np
import pytest
import shapely

from crimemap.analysis.density.adaptive import abramson_bandwidths, adaptive_density
from crimemap.analysis.density.kernels import KERNELS, kernel_shape
from crimemap.analysis.density.point_cells import density_at_points
from crimemap.errors import EmptyInputError, InputError, ParameterError
from tests.analysis.density.test_kde import BY_DEFINITION


def _cloud(n: int = 250) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    spread = np.where(rng.uniform(size=n) < 0.5, 150, 900)
    return 500_000 + rng.normal(0, spread), 200_000 + rng.normal(0, spread), rng.uniform(0.2, 3, n)


@pytest.mark.parametrize("kernel", KERNELS)
def test_density_at_points_is_the_sum_of_all_kernels_there(kernel):
    x, y, w = _cloud()
    at = x[:40] + 70, y[:40]
    for bandwidth in (60.0, 400.0, 20_000.0):
        found = density_at_points(x, y, bandwidth_m=bandwidth, kernel=kernel, weights=w, at=at)
        u2 = ((at[0][:, None] - x) ** 2 + (at[1][:, None] - y) ** 2) / bandwidth**2
        assert found == pytest.approx((BY_DEFINITION[kernel](u2) * w).sum(axis=1) / bandwidth**2 * 1e6, rel=1e-10, abs=1e-9)


def test_a_place_left_out_is_left_out_with_all_its_incidents():
    x, y = np.array([5000.0, 5000.0, 5300.0]), np.array([5000.0, 5000.0, 5000.0])
    found = density_at_points(x, y, bandwidth_m=1000, kernel="epanechnikov", leave_out=True)
    assert found == pytest.approx(np.array([1, 1, 2]) * 2 / np.pi * (1 - 0.09))


@pytest.mark.parametrize("kernel", KERNELS)
def test_every_cell_is_the_sum_of_kernels_each_of_its_own_bandwidth(kernel):
    x, y, w = _cloud()
    found = adaptive_density(x, y, bandwidth_m=300, cell_size_m=100, kernel=kernel, weights=w, most_ratio=3)
    h = np.clip(abramson_bandwidths(x, y, bandwidth_m=300, kernel=kernel, weights=w), 100, 900)
    east, north = np.meshgrid(found.surface.easting, found.surface.northing)
    u2 = ((east[..., None] - x) ** 2 + (north[..., None] - y) ** 2) / h**2
    expected = (BY_DEFINITION[kernel](u2) * w / h**2 * 1e6).sum(axis=-1)
    assert np.abs(found.surface.density_per_km2 - expected).max() <= found.surface.error_bound * expected.max()
    assert (found.narrowest_m, found.widest_m) == pytest.approx((h.min(), h.max()))
    assert found.surface.integral == pytest.approx(w.sum(), rel=0.03 if kernel == "uniform" else 6e-3)


def test_bandwidths_have_the_mean_that_was_asked_for_and_follow_the_square_root():
    x, y, w = _cloud()
    h = abramson_bandwidths(x, y, bandwidth_m=300, weights=w)
    assert np.exp((w * np.log(h)).sum() / w.sum()) == pytest.approx(300)
    pilot = density_at_points(x, y, bandwidth_m=300, weights=w)
    assert h * np.sqrt(pilot) == pytest.approx((h * np.sqrt(pilot))[0])


def test_incidents_at_one_place_are_weights():
    x, y, w = _cloud(60)
    number = np.ceil(w).astype(int)
    one = adaptive_density(np.repeat(x, number), np.repeat(y, number), bandwidth_m=300)
    two = adaptive_density(x, y, weights=number, bandwidth_m=300)
    assert one.surface.density_per_km2 == pytest.approx(two.surface.density_per_km2, rel=1e-12)


def test_outside_the_study_area_there_is_no_density():
    x, y, w = _cloud()
    area = shapely.box(499_800, 199_800, 500_400, 200_100)
    surface = adaptive_density(x, y, bandwidth_m=300, weights=w, study_area=area, kernel="quartic").surface
    assert surface.density_per_km2.shape == (3, 6)
    with pytest.raises(EmptyInputError, match="of one place"):
        adaptive_density(x, y, bandwidth_m=300, kernel="quartic", study_area=shapely.box(1e5, 1e5, 2e5, 2e5))


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"bandwidth_m": 0}, ParameterError, "bandwidth_m"),
        ({"bandwidth_m": 0.01}, ParameterError, "smaller than a cell"),
        ({"most_ratio": float("nan")}, ParameterError, "most_ratio"),
        ({"weights": [-1] * 250}, InputError, "negative"),
        ({"weights": [0] * 250}, EmptyInputError, "no incidents"),
    ],
)
def test_what_cannot_be_mapped_is_refused_with_the_reason(changed, error, said):
    x, y, _ = _cloud()
    with pytest.raises(error, match=said):
        adaptive_density(x, y, **({"bandwidth_m": 300} | changed))


def test_a_single_incident_has_the_bandwidth_that_was_asked_for():
    found = adaptive_density([500_000.0], [200_000.0], bandwidth_m=500, kernel="quartic", cell_size_m=50)
    assert found.narrowest_m == found.widest_m == pytest.approx(500)
    assert found.surface.density_per_km2.max() < kernel_shape("quartic").peak * 4
