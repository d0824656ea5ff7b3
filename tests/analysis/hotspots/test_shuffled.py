import numpy as np
import pytest
from scipy.sparse import csr_array

from crimemap.analysis.hotspots.gistar import gistar, hotspots
from crimemap.analysis.hotspots.shuffled import shuffled_p_values
from crimemap.errors import ParameterError

CHAIN = csr_array(np.abs(np.subtract.outer(range(60), range(60))) <= 2)


def test_drawing_comes_near_to_counting_exactly():
    x = np.random.default_rng(1).poisson(1.0, 60)
    exact = gistar(x, CHAIN)
    drawn = gistar(x, CHAIN, test="monte-carlo", permutations=9_999, rng=np.random.default_rng(2))
    assert np.abs(drawn.p_upper - exact.p_upper).max() < 4.5 * 0.5 / 100
    assert (drawn.test, drawn.permutations) == ("monte-carlo", 9_999)
    assert (drawn.z == exact.z).all()


def test_p_is_never_0():
    x = np.zeros(60)
    x[28:33] = 1000.0
    upper, lower = shuffled_p_values(x, CHAIN, permutations=99, rng=np.random.default_rng(1))
    assert upper.min() == 1 / 100
    assert lower.min() >= 1 / 100


def test_values_are_drawn_without_replacement():
    """Of two others both are always drawn: every shuffle has the same sum."""
    upper, lower = shuffled_p_values(
        np.array([0.0, 1.5, 2.5]), csr_array(np.ones((3, 3))), permutations=99, rng=np.random.default_rng(1)
    )
    assert (upper == 1).all()
    assert (lower == 1).all()


def test_unequal_weights_are_drawn_in_any_order():
    """One neighbour weighs 2 and one 1; of the values 1, 2, 4 the six ordered pairs give sums 4 5 6 8 9 10."""
    weights = csr_array(np.array([[1.0, 2.0, 1.0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]))
    upper, lower = shuffled_p_values(np.array([9.0, 4, 2, 1]), weights, permutations=20_000, rng=np.random.default_rng(3))
    assert upper[0] == pytest.approx(1 / 6, abs=0.012)
    assert lower[0] == 1
    assert (upper[1:] == 1).all()


def test_the_same_seed_gives_the_same_and_fractions_can_be_tested():
    x = np.random.default_rng(4).gamma(1.0, 2.0, 60)
    runs = [hotspots(x, CHAIN, test="monte-carlo", permutations=199, rng=np.random.default_rng(7)) for _ in range(2)]
    assert (runs[0].gistar.p_upper == runs[1].gistar.p_upper).all()
    assert runs[0].parameters["permutations"] == 199


def test_it_holds_its_level():
    rng = np.random.default_rng(5)
    p = [
        gistar(rng.gamma(0.3, 1.0, 60), CHAIN, test="monte-carlo", permutations=99, rng=rng).p_upper[30] for _ in range(200)
    ]
    assert (np.array(p) <= 0.05).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_too_few_permutations_and_no_generator_are_refused():
    with pytest.raises(ParameterError, match=r"p as small as 0\.05"):
        gistar(np.arange(60), CHAIN, test="monte-carlo", permutations=9, rng=np.random.default_rng(1))
    with pytest.raises(ParameterError, match="nothing to draw with"):
        gistar(np.arange(60), CHAIN, test="monte-carlo")
