import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.alignment.mergers.front import front, undominated
from crimemap.alignment.mergers.limits import Limits
from crimemap.alignment.mergers.misfit import Objective
from crimemap.alignment.mergers.savings import Assumptions, Range, SavingsModel
from crimemap.errors import InfeasibleError
from tests.alignment.mergers.brute_force import allowed, best_partitions, cost_of, partitions
from tests.alignment.mergers.made import problem

ASSUMED = Assumptions(
    running_cost=Range(1000, 2000),
    share_saved=Range(0.5, 0.9),
    transition=Range(0, 700),
    disaggregation=Range(0, 0),
    years=3,
    source="made up for a test",
)


def case_of(seed, n):
    rng = np.random.default_rng(seed)
    graph = nx.gnp_random_graph(n, 0.5, seed=seed)
    return graph, rng.integers(0, 20, (n, 3)) * (rng.random((n, 3)) < 0.7), rng.integers(100, 9000, n)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_each_number_of_partnerships_has_its_best_fit(seed, n):
    graph, residents, _ = case_of(seed, n)
    found = front(problem(graph, residents))
    people = residents.sum(axis=1)
    rows = {}
    for k in range(1, n + 1):
        (least, _), _ = best_partitions(
            graph, residents, residents.sum(axis=0), people, objective=Objective(), limits=Limits(), n_groups=k
        )
        if np.isfinite(least):
            rows[k] = least
    assert found.proved
    assert found.table.set_index("n_partnerships")["people"].to_dict() == pytest.approx(rows)
    assert [len(grouping) for grouping in found.groupings] == found.table["n_partnerships"].tolist()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_with_savings_every_efficient_trade_is_there(seed, n):
    graph, residents, cost = case_of(seed, n)
    model = SavingsModel(assumptions=ASSUMED, cost={f"u{k:02d}": float(c) for k, c in enumerate(cost)}, county={})
    found = front(problem(graph, residents), savings=model)
    everything = []
    for divided in partitions(list(range(n))):
        if all(allowed(group, graph, residents.sum(axis=1), Limits()) for group in divided):
            people = sum(cost_of(group, residents, residents.sum(axis=0), Objective()) for group in divided)
            saved = model.savings([[f"u{k:02d}" for k in group] for group in divided]).net_low
            everything.append((len(divided), people, -saved))
    values = np.array(everything, dtype=float)
    efficient = {tuple(row) for row in np.round(values[undominated(values)], 3).tolist()}
    table = found.table[found.table["efficient"]]
    got = set(
        zip(table["n_partnerships"].astype(float), table["people"].round(3), (-table["net_low"]).round(3), strict=True)
    )
    assert found.complete
    assert got <= efficient
    for k, people, saved in efficient - got:  # what is missing is less than a pound better than what is there
        assert any(a == k and b <= people and c < saved + 1 for a, b, c in got), (k, people, saved)


def test_the_front_heeds_the_number_of_changes():
    found = front(problem(nx.path_graph(5), np.eye(5) * 10, limits=Limits(max_changes=2)))
    assert found.table["n_partnerships"].tolist() == [5, 4, 3]


def test_a_front_without_a_grouping_within_the_limits_is_an_error():
    with pytest.raises(InfeasibleError):
        front(problem(nx.path_graph(3), np.eye(3) * 10, limits=Limits(min_population=20, max_members=1)))


def test_a_front_that_is_called_off_says_so():
    found = front(problem(nx.path_graph(5), np.eye(5) * 10), progress=lambda _: False)
    assert found.status == "cancelled"
    assert not found.proved
