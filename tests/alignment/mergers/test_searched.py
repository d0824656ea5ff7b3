"""The planner's search: what it finds, what it says of it, and that nothing within the limits is better."""

import json

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.alignment.mergers.limits import Limits
from crimemap.alignment.mergers.options import ScoreOptions, SearchOptions
from crimemap.alignment.mergers.scenario import parse
from crimemap.alignment.mergers.scored import score
from crimemap.alignment.mergers.searched import plan_search, require_searchable
from crimemap.errors import EmptyInputError, InfeasibleError, NotFoundError, ParameterError
from tests.alignment.mergers.brute_force import allowed, best_partitions, cost_of
from tests.alignment.mergers.made import UNITS, boxes, grid_of_bricks, planned, small
from tests.alignment.mergers.test_scored import ASSUMED, OF_THE_COMMAND, documented

A, B, C, D = UNITS


@pytest.fixture(scope="module")
def planning():
    return small()


def searched(planning, **asked):
    return plan_search(planning, options=SearchOptions.from_mapping(asked))


def test_the_best_merger_is_found_and_proved(planning):
    found = searched(planning)
    said = found.to_json()
    assert said["scenario"]["merge"] == [{"units": [A, B], "code": f"{A}+{B}", "name": "Area E22000001 + Area E22000002"}]
    assert (said["status"], said["proved"], said["people"], said["bound"], said["gap"]) == ("optimal", True, 400, 400, 0)
    assert (said["before_people"], said["mergers"]) == (1200, 1)
    assert said["says"] == (
        "Joining 2 of 4 partnerships into 1 leaves 400 people out of fit instead of 1,200; "
        "it is proved that no grouping within the limits fits better."
    )
    both = said["groups"][0]
    assert (both["members"], both["names"], both["merged"], both["class"]) == (
        [A, B], ["Area E22000001", "Area E22000002"], True, "coterminous",
    )  # fmt: skip
    assert [one["merged"] for one in said["groups"]] == [True, False, False]
    assert [one["unit"] for one in said["law"]] == [one["unit"] for one in said["spread"]] == [f"{A}+{B}"]
    assert said["front"] is None
    assert said["savings"] is None


def test_the_answer_scores_as_the_search_said(planning):
    said = searched(planning).to_json()
    again = score(planning, parse(said["scenario"])).to_json()
    misfit = next(one for one in again["summary"] if one["measure"] == "misfit")
    assert (misfit["before"], misfit["after"]) == (said["before_people"], said["people"])
    kept = {one["code"]: one for one in again["after"]}
    for group in said["groups"]:
        twin = kept[group["code"]]
        assert {key: value for key, value in group.items() if key not in {"names", "merged"}} == twin


def test_groups_stay_within_a_force_and_a_county_unless_they_may_leave(planning):
    assert searched(planning, within_force=False).to_json()["people"] == 200, "600 people of two forces are in W"
    far = searched(planning, must_join=[[C, D]], within_force=False)
    assert (C, D) in far.result.groups
    with pytest.raises(InfeasibleError, match="must join"):
        searched(planning, must_join=[[C, D]])
    with pytest.raises(InfeasibleError, match="must join"):
        searched(planning, must_join=[[B, C]], keep_counties=True)


def test_some_forces_are_searched_and_the_rest_still_counts(planning):
    found = searched(planning, forces=["W15000001"])
    assert found.result.groups == ((D,),)
    assert found.result.people == 200, "the people of W in the unit of another force are missing in this one"
    with pytest.raises(NotFoundError, match=r"no unit lies in force 'E2300009'.*E23000001, W15000001"):
        searched(planning, forces=["E2300009"])


def test_units_that_cannot_be_searched_are_named():
    bricks = grid_of_bricks(8, 2)
    found = searched(small(bricks=bricks[bricks.geometry.centroid.x < 406_000]))
    assert found.left_out == ({"code": D, "name": f"Area {D}", "why": "its people are not known"},)
    with pytest.raises(EmptyInputError, match="its force is not known"):
        searched(small(around=False))
    assert searched(small(around=False), within_force=False).proved


def test_a_link_joins_what_water_parts():
    apart = {A: (0, 0, 2, 2), B: (2.5, 0, 4, 2), C: (4, 0, 6, 2), D: (6, 0, 8, 2)}
    bricks = grid_of_bricks(8, 2).drop(index=["b02", "b12"])
    planning = small(units=boxes(apart), bricks=bricks)
    alone = searched(planning)
    assert alone.to_json()["islands"] == [A]
    assert (A,) in alone.result.groups
    linked = searched(planning, links=[[A, B]])
    assert (A, B) in linked.result.groups
    assert A not in linked.to_json()["islands"]
    assert linked.law[0]["flags"][0]["flag"] == "agreement"
    assert "not_contiguous" not in {flag["flag"] for flag in linked.law[0]["flags"]}, "a link is a border"
    with pytest.raises(NotFoundError, match="links: no unit 'Q'"):
        searched(planning, links=[[A, "Q"]])


def test_the_front_goes_from_no_change_to_the_fewest_partnerships(planning):
    said = searched(planning, front=True, savings=ASSUMED).to_json()["front"]
    assert [row["n_partnerships"] for row in said["rows"]] == sorted(
        (r["n_partnerships"] for r in said["rows"]), reverse=True
    )
    nothing, one = said["rows"][0], next(row for row in said["rows"] if row["n_changes"] == 1)
    assert (nothing["merge"], nothing["people"], nothing["net_low"]) == ([], 1200, 0)
    assert (one["merge"], one["people"], one["net_low"], one["net_high"]) == ([[A, B]], 400, 80_000, 280_000)
    assert (said["proved"], said["complete"], said["status"]) == (True, True, "optimal")
    assert one["efficient"]
    without = searched(planning, front=True).to_json()["front"]
    assert {row["net_low"] for row in without["rows"]} == {None}


def test_savings_of_the_best_are_a_range_of_stated_assumptions(planning):
    said = searched(planning, savings=ASSUMED).to_json()["savings"]
    assert (said["net_low"], said["net_high"], said["assumptions"]["years"]) == (80_000, 280_000, 5)


def test_groupings_as_good_are_listed_as_ties():
    # A row of four equal units whose targets are pairs with a spare at either end: (0,1) or (1,2) fit alike.
    planning = planned(nx.path_graph(3), [[10, 0], [5, 5], [0, 10]])
    said = searched(planning).to_json()
    merges = [[one["units"] for one in said["scenario"]["merge"]], *(tie["merge"] for tie in said["ties"])]
    units = list(planning.units.index)
    assert sorted(merges) == sorted([[units[:2]], [units[1:]]])
    assert said["ties_complete"] is True


def test_a_search_that_is_called_off_says_so_and_gives_a_true_bound(planning):
    found = plan_search(planning, options=SearchOptions(), cancelled=lambda: True)
    said = found.to_json()
    assert (said["status"], said["proved"], said["mergers"]) == ("cancelled", False, 0)
    assert said["bound"] <= 400 <= said["people"] == 1200
    assert "it was called off and it is not proved" in said["says"]
    assert "as few as" in said["says"]


def test_progress_is_told_and_may_call_the_search_off(planning):
    heard = []
    plan_search(planning, progress=heard.append)
    assert heard
    assert all(0 <= one.done <= one.of for one in heard)
    assert plan_search(planning, progress=lambda _: False).result.status == "cancelled"


def test_no_time_at_all_is_told_as_such(planning):
    said = searched(planning, time_limit_s=1e-9, front=True).to_json()
    assert (said["status"], said["proved"]) == ("time_limit", False)
    assert "when the time was up" in said["says"]
    assert said["front"]["proved"] is False


def test_the_same_question_has_the_same_answer(planning):
    first, second = (searched(planning, front=True).to_json() for _ in range(2))
    assert first == second


def test_the_document_has_the_documented_fields_and_nothing_else(planning):
    said = searched(planning, front=True, savings=ASSUMED).to_json()
    json.dumps(said, allow_nan=False)
    fields = documented("mergers search")
    assert set(said) == fields.pop("") - OF_THE_COMMAND
    for name, expected in fields.items():
        inside = said
        for part in name.split("."):
            inside = inside[part.removesuffix("[]")]
        assert inside, name
        for one in inside if isinstance(inside, list) else [inside]:
            assert set(one) >= expected if name == "front" else set(one) == expected, name
    rows = documented("mergers score")["before"]
    assert all(set(one) == rows | {"names", "merged"} for one in said["groups"])


@st.composite
def maps(draw):
    n = draw(st.integers(2, 6))
    graph = nx.path_graph(n)
    graph.add_edges_from(
        pair
        for pair in draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=6))
        if pair[0] != pair[1]
    )
    cells = st.lists(st.integers(0, 9), min_size=3 * n, max_size=3 * n)
    return graph, np.array(draw(cells), dtype=float).reshape(n, 3)


@settings(max_examples=25)
@given(
    case=maps(),
    objective=st.sampled_from(["misfit", "not_coterminous"]),
    accept_nesting=st.booleans(),
    max_members=st.sampled_from([None, 2, 3]),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_random_grouping_within_the_limits_is_better(case, objective, accept_nesting, max_members, seed):
    graph, residents = case
    asked = {"objective": objective, "accept_nesting": accept_nesting, "max_members": max_members}
    options = SearchOptions.from_mapping(asked)
    found = plan_search(planned(graph, residents), options=options)
    of_target, population = residents.sum(axis=0), residents.sum(axis=1)
    (best, _), _ = best_partitions(
        graph, residents, of_target, population, objective=options.goal, limits=Limits(max_members=max_members)
    )
    assert found.proved
    assert found.result.people == pytest.approx(best)
    rng = np.random.default_rng(seed)
    for _ in range(5):
        label = rng.integers(0, len(graph), len(graph))
        groups = [
            sorted(part)
            for k in set(label.tolist())
            for part in nx.connected_components(graph.subgraph(np.flatnonzero(label == k).tolist()))
        ]
        if all(allowed(group, graph, population, options.limits) for group in groups):
            assert sum(cost_of(group, residents, of_target, options.goal) for group in groups) >= found.result.people - 1e-6


@settings(max_examples=8)
@given(case=maps(), data=st.data())
def test_the_order_of_units_does_not_change_how_well_the_best_fits(case, data):
    graph, residents = case
    order = data.draw(st.permutations(range(len(graph))))
    turned = nx.relabel_nodes(graph, {old: new for new, old in enumerate(order)})
    first = plan_search(planned(graph, residents))
    second = plan_search(planned(turned, residents[list(order)]))
    assert first.result.people == pytest.approx(second.result.people)
    assert first.result.n_changes == second.result.n_changes


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"objectiv": "misfit"}, "there is no option 'objectiv'"),
        ({"objective": "happiness"}, "is not an objective"),
        ({"max_members": 2.5}, "not a whole number"),
        ({"min_population": "many"}, "not a number"),
        ({"min_population": 10, "max_population": 5}, "contradict"),
        ({"must_join": [["A"]]}, "list of pairs"),
        ({"must_join": [["A", "B"]], "must_not_join": [["B", "A"]]}, "must join and must not join"),
        ({"front": "yes"}, "neither true nor false"),
        ({"forces": "E23000001"}, "not a list of codes"),
        ({"time_limit_s": 0}, "time_limit_s"),
        ({"tolerance": 0.7}, "not a tolerance"),
        ({"savings": {"running_cost": 1}}, "nothing is assumed for"),
        ({"savings": {**ASSUMED, "running_cost": 80_000}}, "a single figure is not a range"),
        ({"savings": {**ASSUMED, "saving": 1}}, "there is no option 'saving'"),
        ({"savings": {**ASSUMED, "source": " "}}, "nobody stands behind"),
        ({"spread": {"distance": 3}}, "there is no option 'distance'"),
        ({"spread": {"distance_km": -3}}, "distance_km"),
        ({"classes": {"minor": 1.0, "coterminous": 0.9}}, "stricter"),
        ({"numbers": {"A": {"cost": -1}}}, "negative or not finite"),
        ({"numbers": [1]}, "not a table"),
    ],
)
def test_options_that_cannot_be_are_refused_in_a_sentence(asked, where):
    with pytest.raises(ParameterError, match=where):
        SearchOptions.from_mapping(asked)


def test_a_score_refuses_what_only_a_search_knows():
    with pytest.raises(ParameterError, match="there is no option 'front'"):
        ScoreOptions.from_mapping({"front": True})


def test_limits_that_cannot_be_kept_are_an_error_that_names_them(planning):
    with pytest.raises(InfeasibleError, match="at most 300 are allowed"):
        searched(planning, max_population=300)
    with pytest.raises(NotFoundError, match="must_join: no unit 'Q'"):
        searched(planning, must_join=[[A, "Q"]])


def test_the_uncertainty_is_of_what_was_searched():
    bricks = grid_of_bricks(8, 2)
    bricks.index = [f"b{k}" for k in range(len(bricks))]
    # A brick that lies half in the third unit and half in the fourth: both are of no other force than W.
    planning = small(targets=boxes({"X": (0, 0, 4, 2), "Z": (4, 0, 6.5, 2), "W": (6.5, 0, 8, 2)}), bricks=bricks)
    everything = plan_search(planning, options=SearchOptions()).to_json()["uncertainty"]
    english = plan_search(planning, options=SearchOptions.from_mapping({"forces": ["E23000001"]})).to_json()["uncertainty"]
    assert everything["cut_population"] == 200
    assert english["cut_population"] == 0


def test_what_is_not_there_is_refused_before_a_search():
    planning = small()
    require_searchable(planning, SearchOptions())
    for asked in (
        {"must_join": [["E22000001", "nowhere"]]},
        {"forces": ["E23999999"]},
        {"links": [["E22000001", "nowhere"]]},
    ):
        with pytest.raises(NotFoundError):
            require_searchable(planning, SearchOptions.from_mapping(asked))


@pytest.mark.parametrize("asked", [{"max_population": 1e300}, {"spread": {"n_districts": 1.5}}])
def test_limits_that_nothing_could_reach_are_refused_in_a_short_sentence(asked):
    with pytest.raises(ParameterError) as refused:
        SearchOptions.from_mapping(asked)
    assert len(str(refused.value)) < 150
