import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crimemap.analysis.hotspots.concentration import concentration, generalised_gini, lorenz, share_of_top
from crimemap.errors import EmptyInputError, InputError, ParameterError


def _usual_gini(counts):
    """Mean absolute difference over twice the mean."""
    x = np.asarray(counts, dtype=float)
    return np.abs(np.subtract.outer(x, x)).mean() / (2 * x.mean())


def test_with_more_incidents_than_places_it_is_the_usual_index():
    counts = [0, 3, 1, 9, 4, 2]
    assert generalised_gini(counts) == pytest.approx(_usual_gini(counts))


@pytest.mark.parametrize("places", [5, 50, 500])
def test_incidents_at_places_of_their_own_are_not_concentrated(places):
    counts = np.zeros(places, dtype=int)
    counts[:4] = 1
    assert generalised_gini(counts) == pytest.approx(0, abs=1e-12)
    assert _usual_gini(counts) == pytest.approx(1 - 4 / places)


def test_all_incidents_at_one_place_by_hand():
    """With 5 incidents at 20 places: G' = (1/5)(2 * 20 - 21) - 20/5 + 1 = 0.8."""
    counts = np.zeros(20, dtype=int)
    counts[7] = 5
    assert generalised_gini(counts) == pytest.approx(0.8)


def test_places_without_incidents_do_not_add_concentration_to_sparse_counts():
    few = [2, 1, 1, 0, 0, 0]
    many = [*few, *[0] * 1000]
    assert generalised_gini(many) == pytest.approx(generalised_gini(few))


@given(st.lists(st.integers(0, 50), min_size=2, max_size=60).filter(any))
def test_it_lies_between_0_and_1_and_knows_no_order(counts):
    found = generalised_gini(counts)
    assert 0 <= found <= 1
    assert generalised_gini(counts[::-1]) == pytest.approx(found, abs=1e-12)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=60).filter(any))
def test_the_curve_rises_and_bends_down(counts):
    places, held = lorenz(counts)
    assert (places[0], held[0], places[-1]) == (0, 0, 1)
    assert held[-1] == pytest.approx(1)
    assert (np.diff(held) >= -1e-12).all()
    assert (np.diff(held, 2) <= 1e-12).all()


def test_figures_are_those_of_the_counts_by_hand():
    counts = np.zeros(100, dtype=int)
    counts[:4] = 50, 25, 15, 10
    found = concentration(counts, rng=np.random.default_rng(1), shares=(0.01, 0.02), of_crime=(0.5, 0.75, 0.9), draws=99)
    assert [found.top[s].value for s in (0.01, 0.02)] == pytest.approx([0.5, 0.75])
    assert [found.smallest[s].value for s in (0.5, 0.75, 0.9)] == pytest.approx([0.01, 0.02, 0.03])
    assert (found.places, found.incidents, found.places_with_incidents) == (100, 100, 4)


def test_chance_alone_concentrates_and_is_told_apart():
    rng = np.random.default_rng(2)
    scattered = np.bincount(rng.integers(0, 500, 300), minlength=500)
    found = concentration(scattered, rng=rng, draws=199)
    assert found.top[0.1].value == pytest.approx(found.top[0.1].by_chance, abs=0.05)
    assert found.top[0.1].value > 0.25  # ten per cent of the places, by nothing but luck
    assert found.gini.value == pytest.approx(found.gini.by_chance, abs=0.06)


def test_the_interval_holds_the_index_of_the_population_of_places_about_as_often_as_it_says():
    rng = np.random.default_rng(3)

    def places(n):
        return rng.poisson(rng.gamma(0.5, 2.0, n))

    truth = share_of_top(places(400_000), 0.1)
    held = 0
    for _ in range(40):
        found = concentration(places(400), rng=rng, shares=(0.1,), of_crime=(), draws=99).top[0.1]
        held += found.low <= truth <= found.high
    assert held >= 32  # 95 % of 40 is 38; the quantiles of a bootstrap are somewhat narrow


def test_the_same_seed_gives_the_same():
    counts = [9, 4, 2, 1, 0, 0, 0]
    a, b = (concentration(counts, rng=np.random.default_rng(5), draws=99) for _ in range(2))
    assert a.gini == b.gini
    assert a.parameters == b.parameters


@pytest.mark.parametrize(
    ("counts", "options", "error", "said"),
    [
        ([1.5, 2], {}, InputError, "whole numbers"),
        ([-1, 2], {}, InputError, "whole numbers"),
        ([5], {}, EmptyInputError, "5 incidents at 1 places"),
        ([0, 0], {}, EmptyInputError, "0 incidents at 2 places"),
        ([1, 2], {"draws": 5}, ParameterError, "5 draws"),
        ([1, 2], {"confidence": 1.0}, ParameterError, "not a confidence"),
        ([1, 2], {"shares": (0.0,)}, ParameterError, "not a share"),
        ([1, 2], {"of_crime": (1.5,)}, ParameterError, "not a share"),
    ],
)
def test_what_has_no_concentration_is_refused_with_the_reason(counts, options, error, said):
    with pytest.raises(error, match=said):
        concentration(counts, rng=np.random.default_rng(1), **options)


def test_a_share_of_nothing_is_refused():
    with pytest.raises(ParameterError, match="not a share of places"):
        share_of_top([1, 2], 0)
