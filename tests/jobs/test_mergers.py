"""Planning mergers from a workspace: what is read, what is not there, and the demonstration county's known answer."""

import json

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

from crimemap.alignment.mergers.limits import Limits
from crimemap.alignment.mergers.misfit import Objective
from crimemap.errors import CrimemapError, EmptyInputError, NotFoundError, ParameterError
from crimemap.jobs.planning import PlanningInputs, codes_of_forces, prepare
from crimemap.jobs.registry import run
from crimemap.jobs.result import silent
from crimemap.jobs.writers import write_result
from crimemap.pipeline.areas import add_areas
from crimemap.pipeline.demo import COUNTY_FOLDER
from crimemap.pipeline.lookups import add_statistics
from crimemap.simulate.county import make_county
from crimemap.simulate.truth import best_grouping
from crimemap.workspace import Workspace
from tests.alignment.mergers.brute_force import best_partitions
from tests.areas.made import EAST, NORTH, write
from tests.jobs.made import build

WEST, EAST_FORCE, NOBODY = "E23000091", "E23000092", "E23000093"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """The small workspace (twelve partnerships of a square kilometre, six districts) with command units of four squares."""
    folder = tmp_path_factory.mktemp("mergers")
    made = build(folder)
    units = gpd.GeoDataFrame(
        {"BCU17CD": ["WA", "EA"], "BCU17NM": ["West", "East"]},
        geometry=[shapely.box(EAST + x, NORTH, EAST + x + 2000, NORTH + 2000) for x in (0, 2000)],
        crs=27700,
    )
    add_areas(made, write(units, folder / "bcu.gpkg"), area_type="bcu", vintage="2017", force="west-demoshire")
    return made


def searched(workspace, *, options=None, **given):
    return run("mergers-search", workspace, {"options": options or {}, **given})


def test_a_planning_reads_people_districts_forces_and_incidents(workspace):
    found = prepare(workspace, PlanningInputs(incidents=True), silent)
    units, bricks = found.planning.units, found.planning.bricks
    assert (found.planning.unit_set, found.planning.target_set) == ("csp-2017", "bcu-2017-west-demoshire")
    assert found.planning.population_vintage == "2011"
    assert units["population"].sum() == pytest.approx(sum(100 + i for i in range(48)))
    assert units["force"].tolist() == ([WEST] * 3 + [EAST_FORCE] * 2 + [NOBODY]) * 2
    assert units["districts"].tolist() == [(f"E07{i:06d}",) for i in (*range(1, 7), *range(1, 7))]
    assert set(bricks["cut_population"]) == {0.0}
    assert found.sets == {
        "units": ["csp-2017"], "targets": ["bcu-2017-west-demoshire"], "districts": ["lad-2017"], "forces": ["pfa-2017"],
    }  # fmt: skip
    counted = run("counts", workspace, {"by": "csp-2017"}).table().set_index("area_code")
    data = counted["status"] != "no_data"
    assert units.loc[data.index[data], "incidents"].tolist() == counted.loc[data, "incidents"].tolist()
    assert units.loc[data.index[~data], "incidents"].isna().all()
    assert (
        found.incidents["selected"]
        == found.incidents["counted"]
        + found.incidents["without_position"]
        + (run("counts", workspace, {"by": "csp-2017"}).to_json()["incidents"]["elsewhere"])
    )
    assert (found.incidents["units_with_some_months"], found.incidents["units_without_data"]) == (4, 2)


def test_the_search_joins_the_partnerships_of_each_command_unit_within_forces(workspace):
    said = searched(workspace, options={"max_members": 4}).to_json()
    joined = {tuple(one["units"]) for one in said["scenario"]["merge"]}
    assert ("E22000001", "E22000002", "E22000007", "E22000008") in joined, "the western unit lies in one force"
    assert {("E22000003", "E22000009"), ("E22000004", "E22000010")} <= joined, "the eastern one does not"
    assert said["proved"]
    assert any("no area: they are no misfit" in note for note in said["notes"])
    assert not any({"E22000005", "E22000006"} & set(group) for group in joined), "no command unit covers them"
    free = searched(workspace, options={"within_force": False}).to_json()
    assert ("E22000003", "E22000004", "E22000009", "E22000010") in {tuple(one["units"]) for one in free["scenario"]["merge"]}
    assert free["people"] == 0
    assert {flag["flag"] for one in free["law"] for flag in one["flags"]} >= {"cross_force"}


def test_forces_go_by_code_name_or_address(workspace):
    planning = prepare(workspace, PlanningInputs(), silent).planning
    assert codes_of_forces(planning, [WEST, "West Demoshire", "east-demoshire"]) == [WEST, WEST, EAST_FORCE]
    with pytest.raises(NotFoundError, match=r"no unit lies in force 'kent'. There are: West Demoshire \(E23000091\)"):
        codes_of_forces(planning, ["kent"])


def test_a_proposal_is_scored_and_drawn(workspace, tmp_path):
    asked = {
        "move": [{"bricks": ["E01000003", "E01000004"], "to": "E22000001"}],
        "merge": [{"units": ["E22000007", "E22000008"], "code": "N", "name": "North"}],
    }
    result = run("mergers-score", workspace, {"scenario": asked})
    layers = result.layers()
    assert list(layers) == ["after", "before", "changes"]
    after = layers["after"].set_index("code")
    assert after.geometry.area.to_numpy() == pytest.approx(after["area_km2"].to_numpy() * 1e6)
    assert after.geometry.area.sum() == pytest.approx(layers["before"].geometry.area.sum())
    assert after.geometry["E22000001"].area == pytest.approx(1.5e6)
    changes = layers["changes"].set_index(["code_before", "code_after"])
    assert changes["how"].to_dict() == {
        ("E22000002", "E22000001"): "moved", ("E22000007", "N"): "merged", ("E22000008", "N"): "merged",
    }  # fmt: skip
    assert changes.geometry[("E22000002", "E22000001")].area == pytest.approx(5e5)
    for name in ("a.gpkg", "a.parquet", "a.geojson", "a.csv"):
        write_result(result, tmp_path / name, process="mergers-score")
    assert len(gpd.read_parquet(tmp_path / "a.parquet")) == 11
    assert set(gpd.list_layers(tmp_path / "a.gpkg")["name"]) == {"after", "before", "changes"}
    table = pd.read_csv(tmp_path / "a.csv")
    assert table["when"].value_counts().to_dict() == {"before": 12, "after": 11}


def test_what_is_missing_is_said_with_what_to_add(tmp_path):
    made = build(tmp_path, with_forces=False)
    with pytest.raises(NotFoundError, match=r"no command units to fit. Add some with 'crimemap areas add"):
        prepare(made, PlanningInputs(), silent)
    with pytest.raises(ParameterError, match="a set always fits itself"):
        prepare(made, PlanningInputs(targets=["csp"]), silent)
    with pytest.raises(NotFoundError, match="no such boundary set"):
        prepare(made, PlanningInputs(targets=["county-1974"]), silent)
    with pytest.raises(EmptyInputError, match="its force is not known"):
        run("mergers-search", made, {"targets": ["lad"]})
    assert run("mergers-search", made, {"targets": ["lad"], "options": {"within_force": False}}).to_json()["people"] == 0
    with pytest.raises(ParameterError, match="there is no option 'objectiv'"):
        run("mergers-search", made, {"targets": ["lad"], "options": {"objectiv": "misfit"}})
    with pytest.raises(NotFoundError, match="no population or households is known"):
        prepare(made, PlanningInputs(targets=["lad"], population="lad"), silent)


def test_without_small_areas_a_planner_is_told_to_add_them(tmp_path):
    made = Workspace(tmp_path / "workspace")
    squares = gpd.GeoDataFrame(
        {"CSP17CD": ["E22000001"], "CSP17NM": ["One"]},
        geometry=[shapely.box(EAST, NORTH, EAST + 1000, NORTH + 1000)],
        crs=27700,
    )
    add_areas(made, write(squares, tmp_path / "csp.gpkg"), area_type="csp", vintage="2017")
    add_areas(
        made,
        write(squares.rename(columns={"CSP17CD": "BCU17CD", "CSP17NM": "BCU17NM"}), tmp_path / "bcu.gpkg"),
        area_type="bcu",
        vintage="2017",
    )
    with pytest.raises(NotFoundError, match=r"no small areas with people\. Add LSOA boundaries"):
        prepare(made, PlanningInputs(), silent)
    far = squares.rename(columns={"CSP17CD": "LSOA11CD", "CSP17NM": "LSOA11NM"}).assign(LSOA11CD=["E01000001"])
    far = far.set_geometry(far.geometry.translate(100_000, 0))
    add_areas(made, write(far, tmp_path / "lsoa.gpkg"), area_type="lsoa", vintage="2011")
    (tmp_path / "people.csv").write_text("LSOA11CD,persons\nE01000001,100\n")
    add_statistics(made, tmp_path / "people.csv", area="lsoa", vintage="2011", population="persons", households=None)
    with pytest.raises(NotFoundError, match="lies near csp-2017"):
        prepare(made, PlanningInputs(), silent)


@pytest.fixture(scope="module")
def county(demo_workspace):
    """Give the demonstration county's truth about alignment, and the workspace."""
    truth = json.loads((demo_workspace / "downloads" / COUNTY_FOLDER / "truth.json").read_text("utf-8"))
    return truth["alignment"], Workspace(demo_workspace)


def test_the_best_grouping_of_the_demonstration_county_is_the_one_that_was_put_there(county):
    truth, workspace = county
    best = truth["best_grouping"]
    said = searched(workspace, options={"forces": ["wendleshire"]}).to_json()
    assert [one["units"] for one in said["scenario"]["merge"]] == best["merge"]
    assert (said["proved"], said["people"], said["before_people"]) == (True, best["people"], best["people_before"])
    assert said["ties"] == []
    assert said["uncertainty"]["cut_population"] == 0


def test_one_merger_is_best_spent_on_the_unit_that_fits_wholly(county):
    truth, workspace = county
    known = truth["merger_that_makes_a_bcu"]
    said = searched(workspace, options={"max_changes": 1}).to_json()
    assert [one["units"] for one in said["scenario"]["merge"]] == [known["csps"]]
    (both,) = [one for one in said["groups"] if one["merged"]]
    assert (both["best_match"], both["class"], both["misfit"]) == (known["bcu"], "coterminous", 0)
    assert said["people"] == truth["best_grouping"]["people_with_one_merger"]


def test_every_partnerships_misfit_in_the_demonstration_county_is_the_known_one(county):
    truth, workspace = county
    rows = pd.DataFrame(truth["overlaps"]["csp to bcu"]).pivot_table(
        index="csp", columns="bcu", values="population", aggfunc="sum", fill_value=0
    )
    scored = run(
        "mergers-score", workspace, {"scenario": {"merge": [{"units": ["E22900001", "E22900002"]}]}, "incidents": True}
    )
    for row in scored.to_json()["before"]:
        mine = rows.loc[row["code"]]
        assert row["best_match"] == mine.idxmax()
        assert row["outside_area"] == mine.sum() - mine.max()
        assert row["outside_group"] == rows[mine.idxmax()].sum() - mine.max()
        assert row["incidents"] > 0
    kinds = {row["code"]: row["class"] for row in scored.to_json()["before"]}
    assert kinds["E22900007"] == "coterminous"
    assert kinds["E22900003"] == "many-to-many"


def test_no_grouping_of_the_demonstration_county_tried_one_by_one_is_better(county):
    truth, workspace = county
    planning = prepare(workspace, PlanningInputs(), silent).planning
    graph = planning.contiguity.graph
    numbered = {code: k for k, code in enumerate(planning.units.index)}
    (people, _), groupings = best_partitions(
        nx.relabel_nodes(graph, numbered),
        planning.fit.residents,
        planning.fit.of_target,
        np.asarray(planning.units["population"]),
        objective=Objective(),
        limits=Limits(),
    )
    assert people == truth["best_grouping"]["people"]
    assert len(groupings) == 1


def test_progress_reaches_the_end_and_never_goes_back(county):
    heard = []
    run("mergers-search", county[1], {}, progress=lambda what, done: heard.append((what, done)))
    assert [done for _, done in heard] == sorted(done for _, done in heard)
    assert all(what[:1].isupper() and 0 <= done <= 1 for what, done in heard)


def test_a_workspace_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(CrimemapError):
        run("mergers-search", Workspace(tmp_path / "none"), {})


@pytest.mark.parametrize("seed", [2, 3])
def test_the_grouping_that_was_put_into_a_county_is_the_only_best_of_all_877(seed):
    frame = make_county(np.random.default_rng(seed)).frame
    people = frame.groupby(["csp", "bcu"])["population"].sum()
    told = best_grouping(people.reset_index().to_dict("records"))
    table = people.unstack(fill_value=0)  # noqa: PD010 - the table as people write it down
    (least, _), groupings = best_partitions(
        nx.complete_graph(len(table)),  # whether or not partnerships border one another
        table.to_numpy(dtype=float),
        table.sum().to_numpy(dtype=float),
        table.sum(axis=1).to_numpy(dtype=float),
        objective=Objective(),
        limits=Limits(),
    )
    assert told["people"] == least
    (only,) = groupings
    assert [[table.index[k] for k in group] for group in only if len(group) > 1] == told["merge"]
    assert told["people"] < told["people_with_one_merger"] < told["people_before"]


def test_a_refusal_names_the_command_that_was_meant(county):
    with pytest.raises(ParameterError, match="See 'crimemap mergers search --help'"):
        run("mergers-search", county[1], {"objective": "misfit"})
