import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from crimemap.analysis.significance import adjusted_p_values
from crimemap.errors import InputError, ParameterError

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


@given(P_VALUES)
def test_false_discovery_rates_are_those_of_scipy(p):
    for correction, method in (("benjamini-hochberg", "bh"), ("benjamini-yekutieli", "by")):
        ours = adjusted_p_values(p, correction=correction)
        assert ours == pytest.approx(false_discovery_control(p, method=method), rel=1e-13, abs=1e-300)


@given(P_VALUES, st.randoms())
def test_order_does_not_matter(p, random):
    shuffled = list(range(len(p)))
    random.shuffle(shuffled)
    ours = adjusted_p_values(p)
    assert adjusted_p_values([p[i] for i in shuffled]).tolist() == ours[shuffled].tolist()


@given(P_VALUES)
def test_the_stricter_correction_never_calls_more(p):
    hochberg, yekutieli, bonferroni = (
        adjusted_p_values(p, correction=name) for name in ("benjamini-hochberg", "benjamini-yekutieli", "bonferroni")
    )
    assert (hochberg >= np.asarray(p)).all()
    assert (yekutieli >= hochberg).all()
    assert (bonferroni >= hochberg * (1 - 1e-12)).all()


def test_cells_that_were_not_tested_do_not_count_as_tests():
    ours = adjusted_p_values([0.01, np.nan, 0.02])
    assert ours[[0, 2]].tolist() == [0.02, 0.02]
    assert np.isnan(ours[1])


def test_no_correction_changes_nothing_and_no_test_gives_none():
    assert adjusted_p_values([0.3, 0.1], correction="none").tolist() == [0.3, 0.1]
    assert adjusted_p_values([]).size == 0


def test_p_values_are_probabilities():
    with pytest.raises(InputError, match="1 of 2 p-values"):
        adjusted_p_values([0.5, 1.2])


def test_an_unknown_correction_is_named_with_those_that_there_are():
    with pytest.raises(ParameterError, match="Take one of: benjamini-hochberg"):
        adjusted_p_values([0.5], correction="holm")
