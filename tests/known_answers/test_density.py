"""
Densities, bandwidths and relative risk against spatstat.explore 3.0-6 and sparr 2.2-17.

The 136 points below in the window below, as `X <- ppp(x, y, window = owin(poly = ...))` less the corner, gave with
`density(X, sigma = 250, edge = ..., diggle = ..., at = "points", leaveoneout = FALSE, dimyx = 2048)` the densities, with
`density(X, sigma, edge = FALSE, at = "points", leaveoneout = TRUE)` the likelihoods (sum of logarithms), and
`bw.scott.iso(X)`, `bw.diggle(X, correction = "none")` the rest. spatstat measures the mass of a kernel in the window
on its raster, so that its corrected figures hold to 2e-5, and keeps distances for Diggle's rule to 1.5 m.
"""

import numpy as np
import pytest
import shapely
from scipy.stats import norm

from crimemap.analysis.density.bandwidth import scott_bandwidth
from crimemap.analysis.density.bandwidth_cvl import cvl_bandwidth
from crimemap.analysis.density.bandwidth_search import diggle_bandwidth
from crimemap.analysis.density.edge_correction import kernel_mass
from crimemap.analysis.density.point_cells import density_at_points
from crimemap.analysis.density.relative_risk import relative_risk

CORNER = np.array([500_000.0, 200_000.0])
WINDOW = shapely.Polygon([(0, 0), (3000, 200), (2500, 1000), (3200, 2800), (1000, 3000), (1100, 1500)])
MOVED = shapely.transform(WINDOW, lambda xy: xy + CORNER)


def _points() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    x = np.concatenate([rng.normal(1800, 250, 70), rng.uniform(0, 3200, 120)])
    y = np.concatenate([rng.normal(2000, 200, 70), rng.uniform(0, 3000, 120)])
    x, y = x.round(1), y.round(1)
    kept = shapely.contains_xy(WINDOW, x, y)
    return x[kept] + CORNER[0], y[kept] + CORNER[1]


def test_the_points_are_those_that_were_given_to_spatstat():
    assert _points()[0].size == 136


def test_density_without_edge_correction_has_ten_digits_of_spatstats():
    found = density_at_points(*_points(), bandwidth_m=250)[:6]
    assert found == pytest.approx([107.39802604, 71.47959149, 75.72644674, 83.04248355, 95.31013338, 81.34147115], rel=1e-9)


def test_edge_corrections_are_spatstats_to_the_detail_of_its_raster():
    x, y = _points()
    mass = kernel_mass(x, y, MOVED, bandwidth_m=250, kernel="gaussian")
    uniform = density_at_points(x, y, bandwidth_m=250) / mass
    diggle = density_at_points(x, y, bandwidth_m=250, weights=1 / mass)
    assert uniform[:6] == pytest.approx(
        [107.57816292, 71.65406205, 75.95352023, 83.73330979, 95.74425446, 82.18450555], rel=3e-5
    )
    assert diggle[:6] == pytest.approx(
        [108.49942886, 72.03791277, 76.36680071, 84.62190398, 96.72408132, 83.38478566], rel=3e-5
    )


@pytest.mark.parametrize(
    ("bandwidth", "likelihood"),
    [
        (100, -1421.73455455274),
        (191.482062734177, -1395.43614985492),
        (200.399285238035, -1396.01116955653),
        (300, -1409.93586271579),
    ],
)
def test_the_likelihood_left_one_out_is_spatstats(bandwidth, likelihood):
    others = density_at_points(*_points(), bandwidth_m=bandwidth, leave_out=True)
    assert np.log(others / 1e6).sum() == pytest.approx(likelihood, rel=1e-11)


def test_scotts_bandwidth_is_spatstats():
    assert scott_bandwidth(*_points()) == pytest.approx(254.311577220553, rel=1e-9)


def test_the_bandwidth_of_cronie_and_van_lieshout_is_spatstats_to_its_steps():
    """`bw.CvL(X, srange = c(50, 900), ns = 128)` tries bandwidths 2.3 % apart."""
    assert cvl_bandwidth(*_points(), study_area=MOVED) == pytest.approx(235.008957797112, rel=0.023)


def test_diggles_error_is_spatstats_and_its_least_is_no_worse():
    """`attr(bw.diggle(X), "cv")` is in squared densities; 121.09 m is its least, of two dips that are nearly as deep."""
    found = diggle_bandwidth(*_points(), study_area=MOVED)
    score = found.score / (136 / MOVED.area) ** 2
    theirs = {72.6516634050881: -2.84574223280725, 121.086105675147: -3.10056759540961, 146.0371819960861: -2.99584964444098}
    for bandwidth, error in theirs.items():
        assert np.interp(bandwidth, found.tried_m, score) == pytest.approx(error, rel=0.012)
    assert score.min() <= min(theirs.values())
    assert 100 < found.bandwidth_m < 125


def test_log_risk_and_its_error_are_those_of_sparr():
    """
    sparr 2.2-17, window 3,200 m by 3,000 m, `bivariate.density(h0 = 300, edge = "uniform", resolution = 320)` of both, then
    `risk(f, g, log = TRUE)` and `tolerance(r, ref.density = g, method = "ASY")`, in four of its pixels.
    """
    rng = np.random.default_rng(12)
    x = np.concatenate([rng.normal(1200, 500, 100), rng.uniform(0, 3200, 200)]).round(1)
    y = np.concatenate([rng.normal(1500, 500, 100), rng.uniform(0, 3000, 200)]).round(1)
    assert ((x > 0) & (x < 3200) & (y > 0) & (y < 3000)).all()
    area = shapely.box(500_000, 200_000, 503_200, 203_000)
    given = (_points(), (x + CORNER[0], y + CORNER[1]), area)
    found = relative_risk(*given, bandwidth_m=300, cell_size_m=10, added_incidents=0)  # sparr adds none
    column, row = np.array([40, 280, 100, 310]), np.array([70, 260, 290, 10])
    theirs = np.array([-0.9960860181184, -1.0674827629139, -0.5595928422889, -2.3921081729199])
    p_value = np.array([9.98623053194e-01, 9.96690121077e-01, 8.81286875782e-01, 9.99983195391e-01])
    log_ratio = found.log_ratio[row, column]
    assert log_ratio == pytest.approx(theirs, abs=0.015)
    # They take the controls' density for that of both, where ours pools them.
    controls = found.controls.density_per_km2[row, column] / found.controls.integral
    cases = found.cases.density_per_km2[row, column] / found.cases.integral
    of_theirs = np.sqrt((136 * cases + 300 * controls) / 436 / controls)
    deviation = log_ratio / norm.isf(found.p_value[row, column])
    assert deviation * of_theirs == pytest.approx(theirs / norm.isf(p_value), rel=0.015)
