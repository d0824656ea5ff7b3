"""The attacker sets up every equation that a release gives and tries to solve for what was kept back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from crimemap.disclosure.attack import CellSystem, determined_cells
from crimemap.disclosure.suppress import suppress_counts

THRESHOLD = 5


def exactly_determined(system, suppressed, hidden):
    """
    Independent of the code under test: exact ranks of dense matrices of fractions modulo a prime.

    A cell is determined when its row adds nothing to the rank of the published rows.
    """
    flat = suppressed.ravel()
    known = ~system.touched(suppressed).ravel()
    zero = ~flat & (hidden.ravel() == 0)
    known |= np.asarray(system.incidence.T @ zero.astype(int)) > 0
    rows = system.incidence.toarray()[:, ~known]
    equations = rows[~flat]
    base = rank(equations)
    return np.array([flat[i] and rank(np.vstack([equations, rows[i]])) == base for i in range(len(rows))]).reshape(
        suppressed.shape
    )


def rank(matrix, prime=2_147_483_629):
    rows = [[int(v) % prime for v in row] for row in matrix]
    found = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((r for r in range(found, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        inverse = pow(rows[found][column], -1, prime)
        rows[found] = [v * inverse % prime for v in rows[found]]
        for r in range(len(rows)):
            if r != found and rows[r][column]:
                factor = rows[r][column]
                rows[r] = [(a - factor * b) % prime for a, b in zip(rows[r], rows[found], strict=True)]
        found += 1
    return found


def hidden_in(system, counts, suppressed):
    return np.where(suppressed, 0, system.values(np.where(system.touched(suppressed), counts, 0)))


def nested_and_crossing():
    """Twelve atoms: six neighbourhoods of two, two districts, a command unit that cuts across, and all of it."""
    neighbourhoods = [[k // 2 == n for k in range(12)] for n in range(6)]
    districts = [[k < 6 for k in range(12)], [k >= 6 for k in range(12)]]
    crossing = [[3 <= k < 9 for k in range(12)]]
    return sparse.csr_matrix(np.array([*neighbourhoods, *districts, *crossing, [True] * 12]))


counts_of_a_month = st.lists(
    st.lists(st.one_of(st.just(0), st.integers(0, 6), st.integers(0, 40)), min_size=3, max_size=3), min_size=12, max_size=12
).map(np.array)


@settings(max_examples=40, deadline=None)
@given(counts_of_a_month)
def test_no_suppressed_count_is_determined_by_totals_nested_or_crossing_areas(counts):
    members = nested_and_crossing()
    found = suppress_counts(members, counts, threshold=THRESHOLD)
    system = CellSystem(members, 3)
    hidden = hidden_in(system, counts, found.suppressed)
    assert not exactly_determined(system, found.suppressed, hidden).any()


@settings(max_examples=40, deadline=None)
@given(counts_of_a_month)
def test_every_small_count_is_suppressed_and_every_zero_published(counts):
    members = nested_and_crossing()
    found = suppress_counts(members, counts, threshold=THRESHOLD)
    values = CellSystem(members, 3).values(counts)
    assert found.suppressed[(values > 0) & (values < THRESHOLD)].all()
    assert not found.suppressed[values == 0].any()


@settings(max_examples=40, deadline=None)
@given(counts_of_a_month)
def test_what_a_published_count_hides_is_nothing_or_at_least_the_threshold(counts):
    members = nested_and_crossing()
    found = suppress_counts(members, counts, threshold=THRESHOLD)
    hidden = hidden_in(CellSystem(members, 3), counts, found.suppressed)
    assert not ((hidden > 0) & (hidden < THRESHOLD)).any()


@settings(max_examples=30, deadline=None)
@given(counts_of_a_month, st.integers(0, 2**32 - 1))
def test_the_random_vector_finds_the_same_leaks_as_exact_elimination(counts, seed):
    members = nested_and_crossing()
    system = CellSystem(members, 3)
    values = system.values(counts)
    only_primary = (values > 0) & (values < THRESHOLD)
    hidden = hidden_in(system, counts, only_primary)
    ours = determined_cells(system, only_primary, hidden, rng=np.random.default_rng(seed))
    assert (ours == exactly_determined(system, only_primary, hidden)).all()


def test_one_small_count_beside_published_ones_leaks_without_a_complement():
    members = sparse.csr_matrix([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]])
    counts = np.array([[2, 30], [40, 50], [60, 70]])
    system = CellSystem(members, 2)
    primary = system.values(counts) == 2
    hidden = hidden_in(system, counts, primary)
    assert determined_cells(system, primary, hidden, rng=np.random.default_rng(0)).sum() == 1


def test_two_small_counts_that_make_up_a_small_total_are_not_enough():
    members = sparse.csr_matrix([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]])
    counts = np.array([[1], [1], [90]])
    found = suppress_counts(members, counts, threshold=THRESHOLD)
    assert found.suppressed[:, 0].tolist() == [True, True, True, False], "1 + 1 = 2 would be read off the total"


def test_rows_behind_a_suppressed_count_are_withheld():
    members = sparse.csr_matrix([[1, 0], [0, 1], [1, 1]])
    found = suppress_counts(members, np.array([[3], [9]]), threshold=THRESHOLD)
    assert found.withheld.all()


def test_a_month_without_small_counts_is_published_whole():
    members = sparse.csr_matrix([[1, 0], [0, 1], [1, 1]])
    found = suppress_counts(members, np.array([[30, 0], [9, 12]]), threshold=THRESHOLD)
    assert not found.suppressed.any()
    assert not found.withheld.any()


@pytest.mark.parametrize("scale", [0.3, 3.0])
def test_a_whole_force_is_protected(scale):
    rng = np.random.default_rng(5)
    atoms = np.arange(80)
    labels = [atoms // 2, atoms // 14, (atoms + 5) // 30, atoms * 0]
    members = sparse.csr_matrix(np.array([label == v for label in labels for v in np.unique(label)]))
    counts = rng.poisson(rng.gamma(0.5, scale, size=(80, 10)))
    found = suppress_counts(members, counts, threshold=THRESHOLD)
    system = CellSystem(members, 10)
    hidden = hidden_in(system, counts, found.suppressed)
    assert not determined_cells(system, found.suppressed, hidden, rng=np.random.default_rng(99)).any()
