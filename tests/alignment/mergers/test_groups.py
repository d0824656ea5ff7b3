from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.alignment.mergers.groups import Part, connected_groups, group_matrix
from crimemap.alignment.mergers.limits import Limits
from tests.alignment.mergers.brute_force import allowed


def part_of(graph, people, **more) -> Part:
    edges = np.array(sorted(tuple(sorted(edge)) for edge in graph.edges), dtype=np.intp).reshape(-1, 2)
    return Part(units=tuple(map(str, graph)), edges=edges, population=np.asarray(people, dtype=float), **more)


def listed(part):
    masks = connected_groups(part, limit=100_000)
    return [tuple(np.flatnonzero(row).tolist()) for row in group_matrix(masks, len(part))]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 8),
    st.integers(0, 10**6),
    st.tuples(st.booleans(), st.booleans()),
    st.sampled_from([None, 1, 3]),
    st.tuples(st.sampled_from([(), ((0, 1),)]), st.sampled_from([(), ((0, 2),)])),
)
def test_every_connected_group_within_limits_is_listed_once(n, seed, sizes, members, pairs):
    (low, high), (together, apart) = sizes, pairs
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(n, 0.4, seed=seed)
    together, apart = together if n > 1 else (), apart if n > 2 else ()
    people = rng.integers(0, 100, n)
    limits = Limits(min_population=60.0 if low else None, max_population=180.0 if high else None, max_members=members)
    part = part_of(
        graph, people, min_population=limits.min_population, max_population=limits.max_population,
        max_members=members, together=together, apart=apart,
    )  # fmt: skip
    object.__setattr__(limits, "must_join", together)
    object.__setattr__(limits, "must_not_join", apart)
    expected = {
        group
        for size in range(1, n + 1)
        for group in combinations(range(n), size)
        if allowed(list(group), graph, people, limits)
    }
    found = listed(part)
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_a_path_has_n_times_n_plus_one_over_two_groups_whatever_the_words_it_needs():
    for n in (63, 64, 65, 130):
        assert len(listed(part_of(nx.path_graph(n), np.ones(n)))) == n * (n + 1) // 2


def test_groups_come_by_size_then_by_value():
    assert listed(part_of(nx.path_graph(3), np.ones(3))) == [(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)]


@pytest.mark.parametrize("limit", [5, 100, 30_000])
def test_too_many_groups_are_not_listed_in_part(limit):
    assert connected_groups(part_of(nx.complete_graph(20), np.ones(20)), limit=limit) is None


def test_listing_can_be_given_up():
    assert connected_groups(part_of(nx.path_graph(9), np.ones(9)), limit=1000, going_on=lambda found: found < 20) is None
