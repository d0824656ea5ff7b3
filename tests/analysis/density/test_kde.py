import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import KernelDensity

from crimemap.analysis.density.cell_moments import add_moments
from crimemap.analysis.density.kde import Surface, kernel_density
from crimemap.analysis.density.kernel_moments import MOMENTS, NEAREST, _weights_of_moments
from crimemap.analysis.density.kernel_stencil import stencil
from crimemap.analysis.density.kernel_sums import _convolved, compact_sum
from crimemap.analysis.density.kernels import KERNELS, equivalent_bandwidth, kernel_shape
from crimemap.errors import EmptyInputError, InputError, ParameterError

BY_DEFINITION = {
    "gaussian": lambda u2: np.exp(-u2 / 2) / (2 * np.pi),
    "quartic": lambda u2: 3 / np.pi * np.maximum(1 - u2, 0) ** 2,
    "epanechnikov": lambda u2: 2 / np.pi * np.maximum(1 - u2, 0),
    "triangular": lambda u2: 3 / np.pi * np.maximum(1 - np.sqrt(u2), 0),
    "uniform": lambda u2: (u2 < 1) / np.pi,
}


def _cloud(seed: int = 1, n: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return 500_000 + rng.normal(0, 700, n), 200_000 + rng.normal(0, 500, n), rng.uniform(0, 3, n)


def _summed(surface: Surface, x: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    east, north = np.meshgrid(surface.easting, surface.northing)
    u2 = ((east[..., None] - x) ** 2 + (north[..., None] - y) ** 2) / surface.bandwidth_m**2
    return (BY_DEFINITION[surface.kernel](u2) * w).sum(axis=-1) / surface.bandwidth_m**2 * 1e6


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(("bandwidth", "cell"), [(500, 100), (331.7, 67.5), (100, 100), (3000, 400)])
def test_every_cell_is_the_sum_of_all_kernels_at_its_centre(kernel, bandwidth, cell):
    x, y, w = _cloud()
    surface = kernel_density(x, y, bandwidth_m=bandwidth, cell_size_m=cell, kernel=kernel, weights=w, tolerance=1e-12)
    expected = _summed(surface, x, y, w)
    assert surface.error_bound <= 1e-12
    assert np.abs(surface.density_per_km2 - expected).max() <= surface.error_bound * expected.max()


@pytest.mark.parametrize("kernel", KERNELS)
def test_bandwidths_of_fifty_cells_are_as_exact_as_those_of_five(kernel):
    rng = np.random.default_rng(2)
    x, y, w = 500_000 + rng.normal(0, 900, 20_000), 200_000 + rng.normal(0, 600, 20_000), rng.uniform(0, 3, 20_000)
    surface = kernel_density(x, y, bandwidth_m=1000, cell_size_m=20, kernel=kernel, weights=w)
    assert kernel == "gaussian" or _convolved(kernel, 20_000, 50, surface.density_per_km2.size)
    rows, columns = rng.integers(0, surface.density_per_km2.shape[0], 12), slice(None, None, 29)
    east, north = np.meshgrid(surface.easting[columns], surface.northing[rows])
    u2 = ((east[..., None] - x) ** 2 + (north[..., None] - y) ** 2) / 1000**2
    expected = (BY_DEFINITION[kernel](u2) * w).sum(axis=-1)
    found = surface.density_per_km2[rows][:, columns]
    assert np.abs(found - expected).max() <= surface.error_bound * surface.density_per_km2.max()
    assert (found[expected == 0] == 0).all() or kernel == "gaussian"


@pytest.mark.parametrize("kernel", sorted(MOMENTS))
@pytest.mark.parametrize(
    ("radius", "tile"), [(12.5, 1024), (37.0, 1024), (16.0, 40), (23.4, 50), (140.0, 50), (300.0, 1024)]
)
def test_sums_of_moments_are_the_sum_of_kernels_in_tiles_and_beyond_the_raster(kernel, radius, tile, monkeypatch):
    monkeypatch.setattr("crimemap.analysis.density.kernel_sums._convolved", lambda *_: True)
    monkeypatch.setattr("crimemap.analysis.density.kernel_moments._TILE", tile)
    rng = np.random.default_rng(4)
    x, y = rng.uniform(-3000, 15_000, 4000), rng.uniform(-2000, 9000, 4000)
    x[:2000], y[:2000] = 4999.9, 2000.1  # a corner of a cell, where a fit is worst
    weight = rng.uniform(0, 2, 4000)
    waves = radius != 23.4
    monkeypatch.setattr("crimemap.analysis.density.kernel_moments._MOST_WAVES", 120 if waves else 0)
    asked = {"west_m": 0.0, "south_m": 0.0, "cell_size_m": 100.0, "shape": (75, 121), "kernel": kernel}
    found = compact_sum(x, y, weight, radius_m=radius * 100, **asked)
    row, column = rng.integers(0, 75, 80), rng.integers(0, 121, 80)
    apart = np.hypot((column[:, None] + 0.5) * 100 - x, (row[:, None] + 0.5) * 100 - y) / (radius * 100)
    height = {"quartic": (1 - apart**2) ** 2, "epanechnikov": 1 - apart**2, "triangular": 1 - apart, "uniform": 1.0}[kernel]
    expected = (np.where(apart < 1, height, 0.0) * weight).sum(axis=1)
    assert np.abs(found[row, column] - expected).max() <= 1e-12 * found.max()
    assert (found[row, column][expected == 0] == 0).all()


def test_far_enough_away_the_distance_to_any_point_of_a_cell_is_a_polynomial_to_the_error_that_is_stated():
    around = stencil(20.0, ring=True, nearest=NEAREST)
    weights = _weights_of_moments("triangular", around, 20.0)
    sure = around.sure[around.step :, around.step :]
    points = np.array([[-0.5, -0.5], [0.4999, 0.4999], [-0.5, 0.4999], [0.0, -0.5], [0.1, 0.3]])
    moments = np.zeros((len(points), len(weights)))
    for point, moment in zip(points + 0.5, moments, strict=True):
        add_moments(np.array([0, 1]), point[:1], point[1:], np.empty(0), 0, 0, len(weights), 0, moment[:, None, None])
    down, across = np.nonzero(sure)
    expected = 1 - np.hypot(across - points[:, :1], down - points[:, 1:]) / 20
    assert np.abs(moments @ weights[:, sure] - expected).max() * 20 <= 8e-12


@pytest.mark.parametrize(
    ("bandwidth", "cell", "tolerance"),
    [(100, 100, 1e-9), (130, 100, 1e-4), (500, 100, 1e-9), (500, 100, 1e-2), (2500, 500, 1e-6)],
)
def test_a_gaussian_keeps_to_the_bound_that_its_result_states(bandwidth, cell, tolerance):
    x, y, w = _cloud()
    surface = kernel_density(
        x, y, bandwidth_m=bandwidth, cell_size_m=cell, kernel="gaussian", weights=w, tolerance=tolerance
    )
    expected = _summed(surface, x, y, w)
    assert surface.error_bound <= tolerance
    assert np.abs(surface.density_per_km2 - expected).max() <= surface.error_bound * expected.max()
    assert surface.density_per_km2.min() >= 0


@pytest.mark.parametrize("kernel", ["gaussian", "quartic"])
def test_the_number_of_processors_changes_no_bit(kernel, monkeypatch):
    x, y, w = _cloud(n=3_000)
    found = []
    for processors in (1, 2, 5):
        monkeypatch.setattr("os.cpu_count", lambda processors=processors: processors)
        found.append(kernel_density(x, y, bandwidth_m=1500, cell_size_m=50, kernel=kernel, weights=w).density_per_km2)
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()


@pytest.mark.parametrize(("kernel", "name"), [("gaussian", "gaussian"), ("epanechnikov", "epanechnikov")])
def test_it_agrees_with_scikit_learn(kernel, name):
    x, y, _ = _cloud()
    surface = kernel_density(x, y, bandwidth_m=400, cell_size_m=150, kernel=kernel)
    east, north = np.meshgrid(surface.easting, surface.northing)
    peer = KernelDensity(bandwidth=400, kernel=name, rtol=0, atol=0).fit(np.column_stack([x, y]))
    expected = np.exp(peer.score_samples(np.column_stack([east.ravel(), north.ravel()]))).reshape(east.shape) * x.size * 1e6
    assert np.abs(surface.density_per_km2 - expected).max() <= 1e-11 * expected.max()


@pytest.mark.parametrize(
    ("kernel", "within"),
    [("gaussian", 1e-9), ("quartic", 1e-4), ("epanechnikov", 1e-3), ("triangular", 1e-3), ("uniform", 5e-3)],
)
def test_it_integrates_to_the_number_of_incidents(kernel, within):
    x, y, w = _cloud()
    surface = kernel_density(x, y, bandwidth_m=500, cell_size_m=50, kernel=kernel, weights=w)
    assert surface.integral == pytest.approx(w.sum(), rel=within)
    assert surface.incidents == pytest.approx(w.sum())


def test_units_are_incidents_per_square_kilometre():
    surface = kernel_density([500_050.0], [200_050.0], bandwidth_m=1000, kernel="quartic")
    assert surface.density_per_km2.max() == pytest.approx(3 / np.pi)


def test_incidents_at_one_place_are_weights():
    x, y, _ = _cloud(n=40)
    number = np.random.default_rng(3).integers(1, 9, 40)
    repeated = kernel_density(np.repeat(x, number), np.repeat(y, number), bandwidth_m=500)
    weighted = kernel_density(x, y, bandwidth_m=500, weights=number)
    assert repeated.density_per_km2 == pytest.approx(weighted.density_per_km2, rel=1e-12)
    assert (repeated.n_points, weighted.n_points) == (number.sum(), 40)
    assert repeated.incidents == weighted.incidents == number.sum()


@settings(max_examples=25, deadline=None)
@given(st.integers(-3000, 3000), st.integers(-1500, 6000), st.sampled_from(KERNELS))
def test_moving_the_map_by_whole_cells_moves_the_surface_with_it(east, north, kernel):
    x, y, w = _cloud(n=30)
    here = kernel_density(x, y, bandwidth_m=400, kernel=kernel, weights=w)
    there = kernel_density(x + 100 * east, y + 100 * north, bandwidth_m=400, kernel=kernel, weights=w)
    assert (there.west_m - here.west_m, there.south_m - here.south_m) == (100 * east, 100 * north)
    assert np.abs(there.density_per_km2 - here.density_per_km2).max() <= 1e-8 * here.density_per_km2.max()


@pytest.mark.parametrize("kernel", ["gaussian", "quartic"])
def test_an_extent_is_a_window_on_the_same_surface(kernel):
    x, y, w = _cloud()
    asked = {"bandwidth_m": 500, "kernel": kernel, "weights": w, "tolerance": 1e-12}
    whole = kernel_density(x, y, **asked)
    window = kernel_density(x, y, **asked, extent=(499_850, 199_700, 500_610, 200_400))
    row, column = round((window.south_m - whole.south_m) / 100), round((window.west_m - whole.west_m) / 100)
    rows, columns = window.density_per_km2.shape
    assert (rows, columns) == (7, 9)
    cut = whole.density_per_km2[row : row + rows, column : column + columns]
    assert np.abs(window.density_per_km2 - cut).max() <= 2e-12 * cut.max()


def test_an_extent_that_no_kernel_reaches_is_0_everywhere():
    surface = kernel_density([500_000.0], [200_000.0], bandwidth_m=500, extent=(600_000, 300_000, 601_000, 301_000))
    assert (surface.density_per_km2 == 0).all()


@pytest.mark.parametrize("kernel", KERNELS)
def test_one_incident_is_a_right_answer(kernel):
    surface = kernel_density([500_013.0], [200_027.0], bandwidth_m=800, kernel=kernel)
    assert np.abs(surface.density_per_km2 - _summed(surface, *np.array([[500_013.0], [200_027.0], [1.0]]))).max() < 1e-9


def test_weights_of_0_change_nothing():
    x, y, w = _cloud(n=50)
    w[::2] = 0
    assert kernel_density(x, y, bandwidth_m=500, weights=w).n_points == 25


def test_the_inputs_are_not_changed():
    given_arrays = _cloud()
    before = [column.copy() for column in given_arrays]
    x, y, w = given_arrays
    kernel_density(x, y, bandwidth_m=500, kernel="gaussian", weights=w)
    assert all((now == then).all() for now, then in zip(given_arrays, before, strict=True))


def test_the_parameters_are_in_the_result():
    x, y, w = _cloud()
    surface = kernel_density(x, y, bandwidth_m="scott", kernel="quartic", weights=w)
    assert surface.parameters["bandwidth_rule"] == "scott"
    assert surface.parameters["bandwidth_m"] == surface.bandwidth_m > 0


def test_equal_spread_has_equal_second_moments():
    rng = np.random.default_rng(9)
    for kernel in ("quartic", "epanechnikov", "triangular", "uniform"):
        r = np.sqrt(rng.uniform(0, 1, 400_000))
        density = BY_DEFINITION[kernel](r**2) * np.pi
        assert (density * r**2).mean() / 2 == pytest.approx(kernel_shape(kernel).deviation ** 2, rel=5e-3)
        assert equivalent_bandwidth(100, kernel=kernel) * kernel_shape(kernel).deviation == pytest.approx(100)


@pytest.mark.parametrize("bandwidth", [0, -5, float("nan"), float("inf")])
def test_a_bandwidth_is_above_0(bandwidth):
    with pytest.raises(ParameterError, match="bandwidth_m"):
        kernel_density([500_000.0], [200_000.0], bandwidth_m=bandwidth)


def test_a_rule_that_chose_too_narrow_a_bandwidth_is_named():
    rng = np.random.default_rng(5)
    x, y = 500_000 + rng.normal(0, 60, 400), 200_000 + rng.normal(0, 60, 400)
    with pytest.raises(
        ParameterError, match=r"the rule scott chose a bandwidth of 61\.67 m, smaller than a cell of 500 m"
    ) as told:
        kernel_density(x, y, bandwidth_m="scott", cell_size_m=500)
    assert "yourself" in str(told.value)


def test_cells_so_large_that_none_has_its_centre_in_the_study_area_are_refused():
    area = shapely.box(500_100, 200_100, 500_900, 200_900)
    with pytest.raises(ParameterError, match="no cell of 4000 m has its centre in the study area"):
        kernel_density([500_500.0], [200_500.0], bandwidth_m=4000, cell_size_m=4000, study_area=area)


def test_a_bandwidth_of_a_centimetre_falls_between_the_centres():
    with pytest.raises(ParameterError, match=r"smaller than a cell of 100 m.*Take a bandwidth of 100 m or more"):
        kernel_density([500_000.0], [200_000.0], bandwidth_m=0.01)


def test_a_bandwidth_of_a_hundred_kilometres_is_right_or_told_what_to_do():
    surface = kernel_density([500_000.0], [200_000.0], bandwidth_m=100_000, cell_size_m=1000, kernel="quartic")
    assert surface.integral == pytest.approx(1, rel=1e-3)
    with pytest.raises(ParameterError, match=r"is 2,000 cells of 50 m. Take cells of 100 m or more"):
        kernel_density([500_000.0], [200_000.0], bandwidth_m=100_000, cell_size_m=50)
    with pytest.raises(ParameterError, match=r"cells, more than 50,000,000. Take cells of \d+ m or more"):
        kernel_density([500_000.0], [200_000.0], bandwidth_m=100_000, cell_size_m=100, kernel="gaussian")


def test_one_cell_is_a_right_answer():
    surface = kernel_density(
        [500_010.0, 500_060.0], [200_050.0] * 2, bandwidth_m=500, extent=(500_000, 200_000, 500_100, 200_100)
    )
    assert surface.density_per_km2.shape == (1, 1)
    assert surface.density_per_km2[0, 0] == pytest.approx(12 / np.pi * ((1 - 0.08**2) ** 2 + (1 - 0.02**2) ** 2))


@pytest.mark.parametrize(
    ("x", "y", "weights", "error", "said"),
    [
        ([], [], None, EmptyInputError, "no incidents"),
        ([-1.2], [51.0], None, InputError, "look like degrees"),
        ([500_000.0, np.nan], [200_000.0, 0], None, InputError, "1 of 2 positions are not finite"),
        ([500_000.0], [200_000.0, 1.0], None, InputError, "1 eastings and 2 northings"),
        ([500_000.0], [200_000.0], [-1], InputError, "negative or not finite"),
        ([500_000.0], [200_000.0], [np.nan], InputError, "negative or not finite"),
        ([500_000.0], [200_000.0], [1, 2], InputError, "2 weights for 1 positions"),
        ([500_000.0], [200_000.0], [0], EmptyInputError, "no incidents"),
    ],
)
def test_what_cannot_be_mapped_is_refused_with_the_reason(x, y, weights, error, said):
    with pytest.raises(error, match=said):
        kernel_density(x, y, bandwidth_m=500, weights=weights)


def test_an_unknown_kernel_and_a_wrong_extent_are_refused():
    with pytest.raises(ParameterError, match="Take one of: quartic"):
        kernel_density([500_000.0], [200_000.0], bandwidth_m=500, kernel="cubic")
    with pytest.raises(ParameterError, match="not west, south, east, north"):
        kernel_density([500_000.0], [200_000.0], bandwidth_m=500, extent=(5, 0, 4, 1))
    with pytest.raises(ParameterError, match="tolerance: 0 is not from"):
        kernel_density([500_000.0], [200_000.0], bandwidth_m=500, kernel="gaussian", tolerance=0)


def test_longitude_and_latitude_swapped_are_degrees_all_the_same():
    with pytest.raises(InputError, match="look like degrees"):
        kernel_density([51.0, 52.0], [-1.2, -1.3], bandwidth_m=500)


def test_positions_beyond_any_grid_are_refused_rather_than_rounded():
    with pytest.raises(ParameterError, match=r"cannot be told apart|more than 50,000,000"):
        kernel_density([1e300, 5e5], [2e5, 2e5], bandwidth_m=500)
