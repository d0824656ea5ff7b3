import numpy as np
import pytest
import shapely

from crimemap.analysis.density.bandwidth_cvl import cvl_bandwidth
from crimemap.analysis.density.bandwidth_rules import choose_bandwidth
from crimemap.analysis.density.bandwidth_search import diggle_bandwidth, likelihood_bandwidth
from crimemap.analysis.density.kernels import equivalent_bandwidth
from crimemap.analysis.density.point_cells import density_at_points
from crimemap.errors import EmptyInputError, ParameterError

AREA = shapely.box(497_000, 197_000, 503_000, 203_000)


def _cloud(n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    return 500_000 + rng.normal(0, 700, n), 200_000 + rng.normal(0, 500, n)


def test_the_likelihood_is_that_of_each_incident_under_the_others():
    x, y = _cloud(120)
    found = likelihood_bandwidth(x, y)
    apart = (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2
    np.fill_diagonal(apart, np.inf)
    for tried, score in zip(found.tried_m, found.score, strict=True):
        others = np.exp(-apart / (2 * tried**2)).sum(axis=1) / (2 * np.pi * tried**2)
        if np.isfinite(score):
            assert np.log(others).mean() == pytest.approx(score, rel=1e-6)
    assert found.bandwidth_m == found.tried_m[found.score.argmax()]


def test_the_error_of_diggle_is_that_of_all_pairs():
    x, y = _cloud(150)
    found = diggle_bandwidth(x, y, study_area=AREA)
    n, area, apart = x.size, AREA.area, np.hypot(x[:, None] - x, y[:, None] - y)
    apart = apart[~np.eye(n, dtype=bool)]
    for tried, score in list(zip(found.tried_m, found.score, strict=True))[::40]:
        radius = 2 * tried
        t = np.minimum(apart / (2 * radius), 1)
        overlap = 2 * radius**2 * (np.arccos(t) - t * np.sqrt(1 - t * t))
        density, disc = n / area, np.pi * radius**2
        ripley = area / (n * (n - 1))
        expected = density * (1 - 2 * density * ripley * (apart <= radius).sum()) / disc
        expected += (density / disc) ** 2 * ripley * overlap.sum()
        assert score == pytest.approx(expected, rel=2e-2, abs=1e-3 * np.abs(found.score).max())


def test_many_incidents_at_a_place_do_not_vouch_for_one_another():
    x, y = _cloud()
    snapped = (x / 50).round() * 50, (y / 50).round() * 50
    assert len(np.unique(np.column_stack(snapped), axis=0)) < 280
    assert likelihood_bandwidth(*snapped).bandwidth_m == pytest.approx(likelihood_bandwidth(x, y).bandwidth_m, rel=0.2)


@pytest.mark.parametrize("rule", ["likelihood", "diggle", "cvl"])
def test_repeated_incidents_are_weights(rule):
    x, y = _cloud(80)
    number = np.random.default_rng(2).integers(1, 4, 80)
    one = choose_bandwidth(rule, np.repeat(x, number), np.repeat(y, number), study_area=AREA)
    assert choose_bandwidth(rule, x, y, weights=number, study_area=AREA) == pytest.approx(one)


@pytest.mark.parametrize("kernel", ["gaussian", "quartic"])
def test_at_the_bandwidth_of_cronie_and_van_lieshout_the_densities_add_up_to_the_area(kernel):
    x, y = _cloud(200)
    width = cvl_bandwidth(x, y, study_area=AREA, kernel=kernel)
    density = density_at_points(x, y, bandwidth_m=width, kernel=kernel)
    assert (1e6 / density).sum() == pytest.approx(AREA.area, rel=1e-3)


def test_a_narrower_cloud_wants_a_narrower_bandwidth():
    x, y = _cloud()
    near = 500_000 + (x - 500_000) / 4, 200_000 + (y - 200_000) / 4
    assert likelihood_bandwidth(*near).bandwidth_m == pytest.approx(likelihood_bandwidth(x, y).bandwidth_m / 4, rel=0.01)


def test_a_best_at_the_limit_is_said_to_be():
    x, y = _cloud()
    assert likelihood_bandwidth(x, y, search_m=(60, 90)).at_limit
    assert not likelihood_bandwidth(x, y).at_limit


def test_compact_kernels_are_tried_themselves():
    x, y = _cloud()
    found = likelihood_bandwidth(x, y, kernel="quartic")
    assert np.isneginf(found.score[0]), "at the narrowest, some incident has no other in reach"
    assert found.bandwidth_m > 2 * likelihood_bandwidth(x, y).bandwidth_m
    of_gaussian = diggle_bandwidth(x, y, study_area=AREA).bandwidth_m
    assert diggle_bandwidth(x, y, study_area=AREA, kernel="quartic").bandwidth_m == pytest.approx(
        equivalent_bandwidth(of_gaussian, kernel="quartic"), rel=1e-9
    )


@pytest.mark.parametrize("rule", ["likelihood", "diggle", "cvl"])
def test_too_few_or_all_in_one_place_or_on_a_line_say_what_to_do(rule):
    with pytest.raises(EmptyInputError, match=r"1 places of incidents.* are too few"):
        choose_bandwidth(rule, [500_000.0] * 9, [200_000.0] * 9, study_area=AREA)
    with pytest.raises(EmptyInputError, match="one line"):
        choose_bandwidth(rule, [500_000.0, 500_100, 500_700], [200_000.0] * 3, study_area=AREA)
    with pytest.raises(EmptyInputError, match="too few"):
        choose_bandwidth(rule, [], [], study_area=AREA)


def test_diggles_rule_needs_a_study_area_and_a_search_its_range():
    x, y = _cloud()
    for rule in ("diggle", "cvl"):
        with pytest.raises(ParameterError, match="needs a study area"):
            choose_bandwidth(rule, x, y)
    with pytest.raises(ParameterError, match="is no range"):
        likelihood_bandwidth(x, y, search_m=(100, 50))
    with pytest.raises(EmptyInputError, match="has no other within reach"):
        likelihood_bandwidth(x, y, kernel="quartic", search_m=(1, 2))
