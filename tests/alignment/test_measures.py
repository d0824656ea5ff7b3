import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from crimemap.alignment.measures import measures
from crimemap.errors import EmptyInputError, InputError

MATRICES = st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=2, max_size=6).filter(
    lambda rows: any(map(any, rows))
)


@given(MATRICES)
def test_the_other_way_round_swaps_the_sides(rows):
    there, back = measures(rows), measures(np.transpose(rows))
    assert there.homogeneity == pytest.approx(back.completeness, abs=1e-12)
    assert there.v_measure == pytest.approx(back.v_measure, abs=1e-12)
    assert there.variation_of_information == pytest.approx(back.variation_of_information, abs=1e-12)
    assert there.mapcurves == pytest.approx(back.mapcurves, abs=1e-12)
    assert there.mapcurves_source == pytest.approx(back.mapcurves_target, abs=1e-12)
    assert there.nesting_of_source == pytest.approx(back.nesting_of_target, nan_ok=True)


@given(MATRICES, st.randoms())
def test_the_order_of_units_and_units_that_share_nothing_do_not_matter(rows, random):
    shuffled = [*map(list, rows), [0, 0, 0]]
    random.shuffle(shuffled)
    assert measures(shuffled).to_dict() == pytest.approx(measures(rows).to_dict(), abs=1e-12)


@given(MATRICES)
def test_figures_keep_within_their_bounds(rows):
    found = measures(rows)
    for name, value in found.to_dict().items():
        assert 0 <= value <= (1 + 1e-12 if name != "variation_of_information" else np.inf), name
    assert found.normalised_variation_of_information <= 1 + 1e-12


@given(MATRICES)
def test_sparse_and_dense_are_the_same(rows):
    assert measures(csr_array(np.array(rows))).to_dict() == measures(rows).to_dict()


@pytest.mark.parametrize("n", [1, 2, 7])
def test_a_partition_fits_itself_perfectly(n):
    found = measures(np.diag(np.arange(1.0, n + 1)))
    assert found.to_dict() == {
        "homogeneity": 1.0,
        "completeness": 1.0,
        "v_measure": 1.0,
        "variation_of_information": 0.0,
        "normalised_variation_of_information": 0.0,
        "mapcurves": 1.0,
        "nesting": 1.0,
    }


def test_a_partition_nested_in_another_is_complete_and_nests():
    found = measures([[3, 0], [2, 0], [0, 5], [0, 1]])
    assert (found.completeness, found.nesting) == pytest.approx((1.0, 1.0))
    assert found.homogeneity < 1


def test_independent_partitions_have_no_v():
    found = measures([[1, 1], [1, 1]])
    assert found.v_measure == 0
    assert found.normalised_variation_of_information == pytest.approx(1)


def test_of_equal_shares_the_first_target_is_the_best_match():
    found = measures([[2, 2], [0, 6]])
    assert found.best_iou_of_source[0] == pytest.approx(2 / 4)


def test_a_unit_that_shares_nothing_has_no_nesting():
    found = measures([[1, 0], [0, 0]])
    assert np.isnan(found.nesting_of_source[1])
    assert np.isnan(found.best_iou_of_source[1])


def test_nothing_shared_and_impossible_shares_are_refused():
    with pytest.raises(EmptyInputError, match="share nothing"):
        measures([[0, 0]])
    with pytest.raises(InputError, match="negative or not finite"):
        measures([[1, -1]])
    with pytest.raises(InputError, match="negative or not finite"):
        measures([[1, np.nan]])
