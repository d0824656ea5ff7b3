import numpy as np
import pytest
from scipy.sparse import coo_array

from crimemap.alignment.mergers.misfit import Fit, Objective, group_fit
from crimemap.errors import InputError, NotFoundError, ParameterError

FIT = Fit.from_matrix([[100, 0, 0], [60, 40, 0], [0, 10, 90], [0, 0, 0]], ["a", "b", "c", "empty"], ["X", "Y", "Z"])


def of(*groups):
    rows = np.zeros((len(groups), 4), dtype=bool)
    for k, group in enumerate(groups):
        rows[k, [["a", "b", "c", "empty"].index(unit) for unit in group]] = True
    return group_fit(FIT, rows)


def test_misfit_is_who_lives_outside_on_either_side():
    found = of("a", "b", "c", ["a", "b"])
    assert found.misfit.tolist() == [60, 40 + 100, 10, 40]
    assert found.outside_area.tolist() == [0, 40, 10, 40]
    assert found.outside_group.tolist() == [60, 100, 0, 0]


def test_a_group_equal_to_an_area_scores_nothing():
    fit = Fit.from_matrix([[10, 0], [5, 0], [0, 7]], "abc", "XY")
    assert group_fit(fit, np.array([[True, True, False], [False, False, True]])).misfit.tolist() == [0, 0]


def test_people_of_the_area_in_units_that_are_not_searched_still_count():
    part = FIT.within(["a"])
    assert part.targets == ("X",)
    assert group_fit(part, np.array([[True]])).misfit.tolist() == [60]


def test_where_nobody_lives_nothing_matches_and_nothing_is_misfit():
    found = of(["empty"])
    assert (found.best.tolist(), found.misfit.tolist(), found.residents.tolist()) == ([-1], [0], [0])


def test_of_areas_with_as_many_residents_the_smaller_is_the_match():
    fit = Fit.from_matrix([[5, 5], [90, 0]], "ab", ["large", "small"])
    assert group_fit(fit, np.array([[True, False]])).best.tolist() == [1]


def test_people_whom_no_area_covers_are_no_misfit():
    fit = Fit.from_matrix(np.zeros((2, 0)), "ab", "")
    assert group_fit(fit, np.eye(2, dtype=bool)).misfit.tolist() == [0, 0]


def test_each_objective_counts_what_it_says():
    found = of("a", "b", "c", ["a", "b"])
    assert Objective(accept_nesting=True).cost(found).tolist() == [0, 40, 10, 40]
    assert Objective(kind="not_coterminous", tolerance=0).cost(found).tolist() == [100, 100, 100, 200]
    assert Objective(kind="not_coterminous", tolerance=0.1).cost(found).tolist() == [100, 100, 0, 200]
    assert Objective(kind="not_coterminous", tolerance=0.1, accept_nesting=True).cost(found).tolist() == [0, 100, 0, 200]


def test_chunks_and_sparse_matrices_change_nothing():
    rng = np.random.default_rng(3)
    matrix = rng.integers(0, 9, (6, 4))
    members = rng.random((50, 6)) < 0.5
    fits = [Fit.from_matrix(m, "abcdef", "WXYZ") for m in (matrix, coo_array(matrix))]
    found = [group_fit(fits[0], members), group_fit(fits[1], members, rows=7)]
    assert found[0].misfit.tolist() == found[1].misfit.tolist()


@pytest.mark.parametrize(
    ("matrix", "units", "said"),
    [
        ([[1, 2]], "ab", "has shape"),
        ([[1], [2]], "aa", "more than once"),
        ([[1], [-2]], "ab", "negative or not finite"),
        ([[1], [np.nan]], "ab", "negative or not finite"),
    ],
)
def test_a_matrix_that_cannot_be_is_refused(matrix, units, said):
    with pytest.raises(InputError, match=said):
        Fit.from_matrix(matrix, units, "X" if len(matrix[0]) == 1 else "XY")


def test_an_unknown_unit_is_named():
    with pytest.raises(NotFoundError, match="'q'"):
        FIT.within(["q"])


@pytest.mark.parametrize("wrong", [{"kind": "beauty"}, {"tolerance": 0.5}, {"tolerance": -0.1}])
def test_an_objective_that_is_none_is_refused(wrong):
    with pytest.raises(ParameterError):
        Objective(**wrong)
