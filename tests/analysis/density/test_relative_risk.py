import numpy as np
import pytest
import shapely
from scipy.integrate import quad

from crimemap.analysis.density.kde import kernel_density
from crimemap.analysis.density.kernels import KERNELS, kernel_shape
from crimemap.analysis.density.relative_risk import relative_risk
from crimemap.analysis.density.two_surfaces import density_change, density_ratio
from crimemap.errors import EmptyInputError, ParameterError
from tests.analysis.density.test_kde import BY_DEFINITION

AREA = shapely.box(500_000, 200_000, 506_000, 204_000)
HERE = {"west_m": 500_000, "south_m": 200_000}


def _level(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x, y = rng.uniform([500_000, 200_000], [506_000, 204_000], (n, 2)).T
    return x, y


def _with_cluster(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x, y = _level(n, rng)
    x[: n // 4], y[: n // 4] = 502_000 + rng.normal(0, 200, n // 4), 202_000 + rng.normal(0, 200, n // 4)
    return x, y


@pytest.mark.parametrize("kernel", KERNELS)
def test_roughness_is_the_integral_of_the_squared_kernel(kernel):
    found, _ = quad(lambda r: BY_DEFINITION[kernel](r * r) ** 2 * 2 * np.pi * r, 0, 8 if kernel == "gaussian" else 1)
    assert kernel_shape(kernel).roughness == pytest.approx(found, rel=1e-8)


def test_where_cases_cluster_the_risk_is_higher_and_the_region_says_where():
    rng = np.random.default_rng(1)
    found = relative_risk(_with_cluster(600, rng), _level(900, rng), AREA, bandwidth_m=400)
    region = found.tolerance_region(0.001)
    assert region.covers(shapely.Point(502_000, 202_000))
    assert shapely.distance(region, shapely.Point(502_000, 202_000).buffer(900)) == 0
    assert region.area < 0.15 * AREA.area
    row, column = np.unravel_index(found.log_ratio.argmax(), found.log_ratio.shape)
    assert np.hypot(found.cases.easting[column] - 502_000, found.cases.northing[row] - 202_000) < 300
    assert (found.n_cases, found.n_controls) == (600, 900)


@pytest.mark.parametrize("kernel", ["gaussian", "quartic"])
def test_without_a_difference_one_place_in_twenty_is_beyond_a_tolerance_of_a_twentieth(kernel):
    rng = np.random.default_rng(6)
    shares = []
    for _ in range(40):
        found = relative_risk(_level(400, rng), _level(700, rng), AREA, bandwidth_m=600, kernel=kernel, cell_size_m=200)
        shares.append([(found.p_value < 0.05).mean(), (found.p_value > 0.95).mean()])
    assert np.mean(shares, axis=0) == pytest.approx(0.05, abs=0.02)


def test_cases_and_controls_exchanged_change_sides():
    rng = np.random.default_rng(2)
    one, other = _with_cluster(300, rng), _level(500, rng)
    there = relative_risk(one, other, AREA, bandwidth_m=500)
    back = relative_risk(other, one, AREA, bandwidth_m=500)
    assert there.log_ratio == pytest.approx(-back.log_ratio, abs=1e-12)
    assert there.p_value == pytest.approx(1 - back.p_value, abs=1e-9)
    assert there.tolerance_region(0.01).area == pytest.approx(back.tolerance_region(0.01, lower=True).area, rel=1e-6)


def test_where_one_of_the_two_is_not_there_nothing_is_said():
    cases = np.full(5, 501_000.0), np.full(5, 201_000.0)
    controls = np.full(5, 501_500.0), np.full(5, 201_000.0)
    found = relative_risk(cases, controls, AREA, bandwidth_m=600, kernel="quartic", added_incidents=0)
    assert np.isnan(found.log_ratio[30, 50])
    assert np.isfinite(found.log_ratio[10, 12])
    assert (np.isnan(found.p_value) == np.isnan(found.log_ratio)).all()


@pytest.mark.parametrize("kernel", ["gaussian", "quartic"])
def test_a_place_with_a_case_and_no_control_has_a_large_ratio_and_not_a_huge_one(kernel):
    """Of 20 cases one lies alone: 1 + 20/220 against 200/220, by the shares of both."""
    rng = np.random.default_rng(8)
    x, y = rng.uniform([500_000, 200_000], [502_000, 204_000], (219, 2)).T
    cases = np.append(x[:19], 505_050.0), np.append(y[:19], 202_050.0)
    found = relative_risk(cases, (x[19:], y[19:]), AREA, bandwidth_m=300, kernel=kernel)
    at = found.log_ratio[20, 50]
    assert at == pytest.approx(np.log((1 / 20 + 1 / 220) / (1 / 220)), abs=0.03)
    assert found.p_value[20, 50] > 0.05, "one case is no evidence"
    assert np.isnan(found.log_ratio[0, 59]), "nothing of either is near"
    plain = relative_risk(cases, (x[19:], y[19:]), AREA, bandwidth_m=300, kernel=kernel, added_incidents=0)
    assert np.isnan(plain.log_ratio[20, 50]) or plain.log_ratio[20, 50] > 20


def test_where_both_are_many_what_is_added_changes_little():
    rng = np.random.default_rng(2)
    asked = {"bandwidth_m": 500}
    one, other = _with_cluster(3000, rng), _level(5000, rng)
    added, plain = (relative_risk(one, other, AREA, **asked, added_incidents=n).log_ratio for n in (1, 0))
    assert np.abs(added - plain).max() < 0.02
    assert (np.abs(added) <= np.abs(plain) + 1e-12).all(), "it never makes a difference larger"


def test_what_is_added_is_not_below_nothing():
    rng = np.random.default_rng(2)
    with pytest.raises(ParameterError, match="cannot be added"):
        relative_risk(_level(9, rng), _level(9, rng), AREA, bandwidth_m=500, added_incidents=-1)


def test_too_few_to_compare_are_refused():
    rng = np.random.default_rng(3)
    with pytest.raises(EmptyInputError, match="2 cases in the study area are too few"):
        relative_risk(_level(2, rng), _level(30, rng), AREA, bandwidth_m=500)
    with pytest.raises(EmptyInputError, match="0 controls"):
        relative_risk(_level(20, rng), (np.array([1e5]), np.array([1e5])), AREA, bandwidth_m=500)
    with pytest.raises(ParameterError, match="not between 0 and 1"):
        relative_risk(_level(20, rng), _level(30, rng), AREA, bandwidth_m=500).tolerance_region(0)


def test_a_ratio_by_hardly_anyone_is_no_ratio():
    people = kernel_density([502_000.0], [202_000.0], bandwidth_m=1000, weights=[5000], study_area=AREA)
    crimes = kernel_density([502_000.0], [202_000.0], bandwidth_m=1000, weights=[25], study_area=AREA)
    ratio = density_ratio(crimes, people, least_per_km2=100, per=1000)
    known = ~np.isnan(ratio)
    assert ratio[known] == pytest.approx(5)
    assert (known == (people.density_per_km2 >= 100)).all()
    elsewhere = kernel_density([502_000.0], [202_000.0], bandwidth_m=1000)
    with pytest.raises(ParameterError, match="not on the same cells"):
        density_ratio(crimes, elsewhere, least_per_km2=100)


def test_change_is_by_year_and_its_z_has_unit_variance_where_nothing_changed():
    rng = np.random.default_rng(4)
    z = []
    for _ in range(60):
        asked = {"bandwidth_m": 600, "cell_size_m": 400, "extent": (501_000, 201_000, 505_000, 203_000)}
        earlier = kernel_density(*_level(rng.poisson(3000), rng), **asked)
        later = kernel_density(*_level(rng.poisson(1500), rng), **asked)
        found = density_change(earlier, later, earlier_years=2, later_years=1)
        z.append(found.z)
    assert np.std(z) == pytest.approx(1, abs=0.1)
    assert np.mean(z) == pytest.approx(0, abs=0.1)
    assert found.change_per_km2 == pytest.approx(later.density_per_km2 - earlier.density_per_km2 / 2)


def test_surfaces_made_differently_are_not_subtracted():
    one = kernel_density([502_000.0], [202_000.0], bandwidth_m=600, study_area=AREA)
    other = kernel_density([502_000.0], [202_000.0], bandwidth_m=500, study_area=AREA)
    with pytest.raises(ParameterError, match="different kernels, bandwidths"):
        density_change(one, other, earlier_years=1, later_years=1)
    with pytest.raises(ParameterError, match="later_years"):
        density_change(one, one, earlier_years=1, later_years=0)
