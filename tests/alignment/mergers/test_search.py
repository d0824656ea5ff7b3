import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.alignment.mergers.limits import Limits
from crimemap.alignment.mergers.misfit import Objective
from crimemap.alignment.mergers.search import search
from crimemap.errors import InfeasibleError, InputError, NotFoundError, ParameterError
from tests.alignment.mergers.brute_force import best_partitions
from tests.alignment.mergers.made import indices, problem

OBJECTIVES = [
    Objective(kind=kind, accept_nesting=nesting, tolerance=tolerance)
    for kind, tolerance in (("misfit", 0.0), ("not_coterminous", 0.0), ("not_coterminous", 0.15))
    for nesting in (False, True)
]


@st.composite
def maps(draw):
    """A small map, whole or in parts, with people over some areas and limits of every kind."""
    n = draw(st.integers(1, 7))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    graph = nx.gnp_random_graph(n, draw(st.sampled_from([0.3, 0.6])), seed=int(rng.integers(10**6)))
    m = draw(st.integers(1, 4))
    residents = rng.integers(0, 20, (n, m)) * (rng.random((n, m)) < 0.6)
    outside = rng.integers(0, 12, m) * draw(st.booleans())
    people = residents.sum(axis=1) + rng.integers(0, 5, n)
    total = int(people.sum())
    low = draw(st.none() | st.integers(0, total // 3))
    high = draw(st.none() | st.integers(max(total // 2, low or 0), total))
    limits = {
        "min_population": low,
        "max_population": high,
        "max_members": draw(st.none() | st.integers(1, n)),
        "max_changes": draw(st.none() | st.integers(0, n)),
    }
    pairs = {"must_join": (), "must_not_join": ()}
    if n > 2:
        pairs["must_join"] = draw(st.sampled_from([(), ((0, n - 1),)]))
        pairs["must_not_join"] = draw(st.sampled_from([(), ((0, 1),)]))
    return graph, residents, outside, people, draw(st.sampled_from(OBJECTIVES)), limits, pairs


def both(case):
    """The search's answer, and that of trying everything."""
    graph, residents, outside, people, objective, limits, pairs = case
    oracle_limits = Limits(**limits)
    for name, value in pairs.items():
        object.__setattr__(oracle_limits, name, value)
    expected = best_partitions(
        graph, residents, residents.sum(axis=0) + outside, people, objective=objective, limits=oracle_limits
    )
    named = {name: tuple((f"u{a:02d}", f"u{b:02d}") for a, b in value) for name, value in pairs.items()}

    def ask(**more):
        asked = problem(
            graph, residents, outside=outside, population=people, objective=objective, limits=Limits(**limits, **named)
        )
        return search(asked, **more)

    return expected, ask


@settings(max_examples=150, deadline=None)
@given(maps())
def test_the_search_finds_what_trying_every_partition_finds(case):
    ((people, changes), best), ask = both(case)
    if np.isinf(people):
        with pytest.raises(InfeasibleError):
            ask()
        return
    found = ask(most_ties=0)
    assert found.status == "optimal"
    assert found.people == pytest.approx(people, abs=1e-6)
    assert found.bound == found.people
    assert found.n_changes == changes
    assert indices(found.groups) in best


@settings(max_examples=60, deadline=None)
@given(maps())
def test_branch_and_price_finds_the_same(case):
    ((people, changes), best), ask = both(case)
    if np.isinf(people):
        return
    found = ask(most_listed=0)
    assert {part.method for part in found.parts} == {"column generation"}
    assert found.status == "optimal"
    assert (found.people, found.n_changes) == (pytest.approx(people, abs=1e-6), changes)
    assert indices(found.groups) in best


@settings(max_examples=40, deadline=None)
@given(maps())
def test_all_equally_good_groupings_of_a_part_are_listed(case):
    graph, residents, outside, people, objective, limits, pairs = case
    graph = nx.compose(graph, nx.path_graph(len(graph)))  # in one part
    ((least, _), best), ask = both((graph, residents, outside, people, objective, limits, pairs))
    if np.isinf(least):
        return
    found = ask(most_ties=200)
    (part,) = found.parts
    assert part.ties_complete
    assert sorted([indices(part.groups), *map(indices, part.ties)]) == best
    assert found.n_best == len(best)


def blocks(n_blocks, each):
    """Blocks of units, each block an area of its own, all in a row: the best grouping is known by construction."""
    n = n_blocks * each
    residents = np.zeros((n, n_blocks))
    for k in range(n):
        residents[k, k // each] = 100 + k
    return nx.path_graph(n), residents


def test_the_best_grouping_of_a_map_made_of_blocks_is_the_blocks():
    found = search(problem(*blocks(5, 4)))
    assert found.people == 0
    assert indices(found.groups) == tuple(tuple(range(4 * k, 4 * k + 4)) for k in range(5))
    assert found.table["coterminous"].all()
    assert found.n_changes == 15


def test_a_map_too_large_to_list_is_solved_by_column_generation_and_proved():
    grid = nx.convert_node_labels_to_integers(nx.grid_2d_graph(6, 5), ordering="sorted")
    residents = np.zeros((30, 6))
    for k in range(30):
        residents[k, k // 5] = 100 + 7 * k % 31
    residents[4, 0], residents[4, 1] = 30, 75
    found = search(problem(grid, residents))
    assert (found.status, found.parts[0].method) == ("optimal", "column generation")
    assert found.people == min(2 * 30 + 0, 2 * 75)
    assert 4 in indices(found.groups)[1]


def test_groups_stay_within_forces_unless_told_otherwise():
    graph, residents = nx.path_graph(2), [[10], [10]]
    force = {"u00": "E23000001", "u01": "E23000002"}
    apart = search(problem(graph, residents, force=force, cross_force=False))
    together = search(problem(graph, residents, force=force, cross_force=True))
    assert (apart.people, together.people) == (20, 0)


def test_county_lines_are_kept_when_asked_and_unitary_authorities_stand_alone():
    county = {"u00": "E10000001", "u01": "E10000001", "u02": None}
    found = search(problem(nx.path_graph(3), [[10], [10], [10]], county=county, keep_county_lines=True))
    assert indices(found.groups) == ((0, 1), (2,))


def test_of_groupings_that_fit_alike_the_one_with_fewest_mergers_is_taken():
    found = search(problem(nx.path_graph(3), [[10], [10], [0]]))
    assert indices(found.groups) == ((0, 1), (2,))


def test_the_same_input_gives_the_same_answer():
    rng = np.random.default_rng(8)
    grid = nx.convert_node_labels_to_integers(nx.grid_2d_graph(4, 3), ordering="sorted")
    residents = rng.integers(0, 50, (12, 5))
    first, second = (search(problem(grid, residents)) for _ in range(2))
    assert first.groups == second.groups
    assert first.parts == second.parts


def test_progress_is_told_and_the_counts_rise():
    said = []
    search(problem(nx.empty_graph(4), np.eye(4) * 10), progress=said.append)
    done = [step.done for step in said]
    assert done == sorted(done)
    assert {step.of for step in said} == {4}


def test_a_search_that_is_called_off_leaves_the_rest_as_it_is_and_says_so():
    graph, residents = blocks(3, 3)
    found = search(problem(graph, residents), progress=lambda _: False)
    assert found.status == "cancelled"
    assert found.n_changes == 0
    assert found.bound == 0 < found.people == found.gap_people


def test_a_search_without_time_says_so_and_its_bound_is_below_the_truth():
    graph, residents = blocks(3, 3)
    found = search(problem(graph, residents), time_limit_s=1e-9)
    assert found.status == "time_limit"
    assert found.bound <= 0 <= found.people


def test_what_no_grouping_can_mend_is_a_bound_even_without_time():
    found = search(problem(nx.path_graph(2), [[30, 10], [0, 50]]), time_limit_s=1e-9)
    assert found.bound == 10


def test_a_long_chain_is_proved_without_listing():
    graph, residents = blocks(24, 3)
    residents[0, 1] = 7
    found = search(problem(graph, residents), most_listed=0)
    assert (found.status, found.people) == ("optimal", 14)


def test_a_search_that_ends_with_nothing_within_the_limits_is_an_error():
    asked = problem(nx.path_graph(4), np.full((4, 1), 10), limits=Limits(min_population=20))
    with pytest.raises(ParameterError, match="ended before it found"):
        search(asked, progress=lambda _: False)


INFEASIBLE = [
    (Limits(min_population=500), "40 people in all, 500 are asked for"),
    (Limits(max_population=5), "u00 alone has 10 people, at most 5"),
    (Limits(min_population=20, max_members=1), "no way to group the 4 units connected with u00"),
    (Limits(min_population=20, max_changes=1), "cannot be kept with 1 mergers or fewer"),
]


@pytest.mark.parametrize(("limits", "said"), INFEASIBLE)
def test_limits_that_cannot_be_kept_are_named(limits, said):
    with pytest.raises(InfeasibleError, match=said):
        search(problem(nx.path_graph(4), np.full((4, 1), 10), limits=limits))


def test_a_pair_that_cannot_be_reached_is_named():
    with pytest.raises(InfeasibleError, match="u00 and u03 must join, but no chain"):
        search(problem(nx.empty_graph(4), np.eye(4) * 10, limits=Limits(must_join=(("u00", "u03"),))))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"min_population": 10, "max_population": 5}, "contradict"),
        ({"min_population": -1}, "not a number of people"),
        ({"max_members": 0}, "no group"),
        ({"max_changes": -1}, "below 0"),
        ({"must_join": (("a", "b"),), "must_not_join": (("b", "a"),)}, "must join and must not join"),
        ({"must_join": (("a", "a"),)}, "paired with itself"),
    ],
)
def test_limits_that_contradict_themselves_are_refused(wrong, said):
    with pytest.raises(ParameterError, match=said):
        Limits(**wrong)


def test_codes_that_are_not_there_are_named():
    with pytest.raises(NotFoundError, match="'zz'"):
        problem(nx.path_graph(2), np.eye(2), limits=Limits(must_join=(("u00", "zz"),)))


@pytest.mark.parametrize(
    ("more", "said"), [({"cross_force": False}, "no force"), ({"population": [1, np.nan]}, "no population")]
)
def test_units_without_what_the_search_needs_are_named(more, said):
    with pytest.raises(InputError, match=said):
        problem(nx.path_graph(2), np.eye(2), **more)
