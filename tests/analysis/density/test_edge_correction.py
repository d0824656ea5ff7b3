import numpy as np
import pytest
import shapely
from scipy.integrate import dblquad
from scipy.stats import norm

from crimemap.analysis.density.edge_correction import kernel_mass
from crimemap.analysis.density.kde import kernel_density
from crimemap.analysis.density.kernels import KERNELS
from crimemap.analysis.density.window import inside_window, window_of
from crimemap.errors import CrsError, EmptyInputError, GeometryError, ParameterError
from tests.analysis.density.test_kde import BY_DEFINITION

WEST, SOUTH = 500_000.0, 200_000.0
SQUARE = shapely.box(WEST, SOUTH, WEST + 4000, SOUTH + 3000)
CRAGGY = shapely.Polygon(
    [(0, 0), (3000, 200), (2500, 1000), (3200, 2800), (1000, 3000), (1100, 1500)],
    [[(1500, 1000), (1700, 1000), (1700, 1300), (1500, 1300)]],
)
CRAGGY = shapely.transform(CRAGGY, lambda xy: xy + np.array([WEST, SOUTH]))


def _points(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return WEST + rng.uniform(-700, 4700, n), SOUTH + rng.uniform(-700, 3700, n)


def test_the_mass_of_a_gaussian_in_a_rectangle_is_a_product_of_normal_distributions():
    x, y = _points()
    mass = kernel_mass(x, y, SQUARE, bandwidth_m=350, kernel="gaussian")
    across = norm.cdf((WEST + 4000 - x) / 350) - norm.cdf((WEST - x) / 350)
    down = norm.cdf((SOUTH + 3000 - y) / 350) - norm.cdf((SOUTH - y) / 350)
    assert mass == pytest.approx(across * down, abs=1e-9)


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_mass_in_a_rectangle_is_the_integral_of_the_kernel(kernel):
    """Integrated numerically over the part of a rectangle that the kernel reaches, by an independent routine."""
    width = 300.0 if kernel == "gaussian" else 900.0
    for x, y in ((150.0, 200.0), (-250.0, 1500.0), (400.0, 2990.0)):
        low, high = max(-x / width, -7), min((4000 - x) / width, 7)
        left, right = max(-y / width, -7), min((3000 - y) / width, 7)
        if kernel != "gaussian":  # the circle as limits, so that the integrand is smooth
            low, high = max(low, -1), min(high, 1)

            def below(u: float, left: float = left, right: float = right) -> float:
                return min(max(left, -np.sqrt(max(1 - u * u, 0))), right)

            def above(u: float, left: float = left, right: float = right) -> float:
                return max(min(right, np.sqrt(max(1 - u * u, 0))), left)

        else:
            below, above = left, right
        expected, _ = dblquad(
            lambda v, u: float(
                BY_DEFINITION[kernel](min(u * u + v * v, 1 - 1e-15) if kernel == "uniform" else u * u + v * v)
            ),
            low,
            high,
            below,
            above,
            epsabs=1e-8,
        )
        found = kernel_mass([WEST + x], [SOUTH + y], SQUARE, bandwidth_m=width, kernel=kernel)[0]
        assert found == pytest.approx(expected, abs=2e-7)


@pytest.mark.parametrize("kernel", KERNELS)
def test_masses_in_a_window_and_in_the_rest_of_a_square_are_those_in_the_square(kernel):
    around = shapely.box(WEST - 6000, SOUTH - 6000, WEST + 9000, SOUTH + 9000)
    rest = shapely.difference(around, CRAGGY)
    x, y = _points()
    parts = [kernel_mass(x, y, area, bandwidth_m=600, kernel=kernel) for area in (CRAGGY, rest)]
    assert parts[0] + parts[1] == pytest.approx(1, abs=2e-9)
    cut = shapely.box(WEST - 10, SOUTH - 10, WEST + 1600, SOUTH + 1200)
    both = np.array([shapely.intersection(CRAGGY, cut), shapely.difference(CRAGGY, cut)])
    assert kernel_mass(x, y, both, bandwidth_m=600, kernel=kernel) == pytest.approx(parts[0], abs=2e-9)


@pytest.mark.parametrize("kernel", KERNELS)
def test_on_a_straight_side_half_a_kernel_is_inside_and_at_a_corner_a_quarter(kernel):
    mass = kernel_mass(
        [WEST, WEST, WEST + 2000, WEST - 4000],
        [SOUTH + 1500, SOUTH, SOUTH + 1500, SOUTH],
        SQUARE,
        bandwidth_m=200,
        kernel=kernel,
    )
    assert mass == pytest.approx([0.5, 0.25, 1, 0], abs=1e-9)


def test_cells_and_points_are_inside_as_shapely_says():
    x, y = _points(2_000)
    assert (inside_window(window_of(CRAGGY), x, y) == shapely.contains_xy(CRAGGY, x, y)).all()
    both = np.array([SQUARE, shapely.box(WEST + 4000, SOUTH, WEST + 4500, SOUTH + 3000)])
    assert inside_window(window_of(both), np.full(3, WEST + 4000), SOUTH + np.array([1.0, 1500, 2999])).all()


@pytest.mark.parametrize("kernel", ["gaussian", "quartic"])
def test_diggles_correction_keeps_the_incidents_inside_and_none_loses_them(kernel):
    rng = np.random.default_rng(5)
    x, y = WEST + rng.uniform(0, 4000, 300), SOUTH + rng.uniform(0, 3000, 300)
    found = {
        how: kernel_density(x, y, bandwidth_m=400, cell_size_m=20, kernel=kernel, study_area=SQUARE, edge_correction=how)
        for how in ("none", "uniform", "diggle")
    }
    assert found["diggle"].integral == pytest.approx(300, rel=2e-4)
    assert found["none"].integral < 0.95 * 300
    assert found["uniform"].edge_correction == "uniform"
    assert found["diggle"].incidents == 300


def test_the_uniform_correction_makes_a_level_surface_of_level_incidents():
    x, y = (side.ravel() for side in np.meshgrid(WEST + np.arange(10, 4000, 20.0), SOUTH + np.arange(10, 3000, 20.0)))
    surface = kernel_density(x, y, bandwidth_m=300, cell_size_m=100, study_area=SQUARE, edge_correction="uniform")
    assert surface.density_per_km2 == pytest.approx(2500, rel=5e-3)


def test_outside_the_study_area_there_is_no_density_which_is_not_0():
    x, y = _points(400)
    surface = kernel_density(x, y, bandwidth_m=300, cell_size_m=50, study_area=CRAGGY)
    east, north = np.meshgrid(surface.easting, surface.northing)
    on_the_line = shapely.dwithin(CRAGGY.boundary, shapely.points(east, north), 1e-6)
    assert (surface.inside == shapely.contains_xy(CRAGGY, east, north))[~on_the_line].all()
    assert on_the_line.sum() < 20
    whole = kernel_density(x, y, bandwidth_m=300, cell_size_m=50, extent=CRAGGY.bounds)
    assert (surface.density_per_km2[surface.inside] == whole.density_per_km2[surface.inside]).all()


def test_an_edge_needs_a_study_area_and_a_correction_that_exists():
    with pytest.raises(ParameterError, match="without a study area"):
        kernel_density([WEST], [SOUTH], bandwidth_m=500, edge_correction="uniform")
    with pytest.raises(ParameterError, match="Take one of: none, uniform, diggle"):
        kernel_density([WEST], [SOUTH], bandwidth_m=500, study_area=SQUARE, edge_correction="torus")


@pytest.mark.parametrize("how", ["none", "uniform", "diggle"])
def test_a_study_area_elsewhere_is_an_error_and_not_an_empty_map(how):
    with pytest.raises(EmptyInputError, match="Check that incidents and area are of one place"):
        kernel_density([300_000.0], [SOUTH], bandwidth_m=500, study_area=SQUARE, edge_correction=how)


def test_a_study_area_in_degrees_or_a_line_is_refused():
    with pytest.raises(CrsError, match="look like degrees"):
        kernel_density([WEST], [SOUTH], bandwidth_m=500, study_area=shapely.box(-1, 51, 0, 52))
    with pytest.raises(GeometryError, match="not every area is a polygon"):
        kernel_density([WEST], [SOUTH], bandwidth_m=500, study_area=shapely.LineString([(WEST, SOUTH), (WEST + 1, SOUTH)]))
