import numpy as np
import pytest

from crimemap.analysis.density.bandwidth import scott_bandwidth, silverman_bandwidth
from crimemap.analysis.density.bandwidth_rules import choose_bandwidth
from crimemap.errors import EmptyInputError, ParameterError


def _cloud(n: int = 500) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return 500_000 + rng.normal(0, 900, n), 200_000 + rng.normal(0, 400, n)


def test_scott_is_the_geometric_mean_of_both_axes_and_the_rate_of_the_plane():
    x, y = _cloud()
    assert scott_bandwidth(x, y) == pytest.approx(np.sqrt(x.std(ddof=1) * y.std(ddof=1)) * 500 ** (-1 / 6), rel=1e-12)


def test_both_axes_are_read():
    x, y = _cloud()
    assert scott_bandwidth(x, y) == pytest.approx(scott_bandwidth(y, x), rel=1e-9)
    assert scott_bandwidth(x, y * 4) == pytest.approx(2 * scott_bandwidth(x, y), rel=1e-9)


def test_silverman_is_not_widened_by_a_few_far_away():
    x, y = _cloud()
    far = np.append(x, [900_000.0] * 3), np.append(y, [900_000.0] * 3)
    assert silverman_bandwidth(*far) < 1.1 * silverman_bandwidth(x, y)
    assert scott_bandwidth(*far) > 5 * scott_bandwidth(x, y)


@pytest.mark.parametrize("rule", [scott_bandwidth, silverman_bandwidth])
def test_weights_are_repeated_incidents(rule):
    x, y = _cloud(60)
    number = np.random.default_rng(2).integers(0, 5, 60)
    repeated = rule(np.repeat(x, number), np.repeat(y, number))
    assert rule(x, y, weights=number) == pytest.approx(repeated, rel=1e-9)


def test_a_radius_is_chosen_for_compact_kernels():
    x, y = _cloud()
    assert choose_bandwidth("scott", x, y, kernel="quartic") == pytest.approx(np.sqrt(8) * scott_bandwidth(x, y))


@pytest.mark.parametrize("rule", ["scott", "silverman"])
def test_too_few_or_all_in_one_place_or_on_a_line_say_what_to_do(rule):
    with pytest.raises(EmptyInputError, match="2 incidents are too few"):
        choose_bandwidth(rule, [500_000.0, 500_100.0], [200_000.0, 200_300.0])
    with pytest.raises(EmptyInputError, match="one place"):
        choose_bandwidth(rule, [500_000.0] * 9, [200_000.0] * 9)
    with pytest.raises(EmptyInputError, match="one line"):
        choose_bandwidth(rule, [500_000.0, 500_100.0, 500_700.0], [200_000.0] * 3)


def test_an_unknown_rule_is_refused():
    with pytest.raises(ParameterError, match="Take one of: scott, silverman, likelihood, diggle, cvl"):
        choose_bandwidth("auto", [1e5, 2e5, 3e5], [1e5, 3e5, 2e5])
