"""The partnerships of 2017 through a workspace: what the planner reads, finds and proves on official boundaries."""

import pytest

from crimemap.alignment.mergers.scenario import parse
from crimemap.alignment.mergers.scored import score
from crimemap.jobs.planning import PlanningInputs, prepare
from crimemap.jobs.registry import run
from crimemap.jobs.result import silent
from crimemap.pipeline.areas import add_areas
from crimemap.pipeline.building import build_areas
from crimemap.pipeline.lookups import add_statistics
from crimemap.workspace import Workspace
from tests.real_data import REAL_DATA, needs_real_data

pytestmark = [needs_real_data, pytest.mark.real_data]

BOUNDARIES = REAL_DATA / "boundaries"
METROPOLITAN = "E23000001"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """The coverage of 2017, the people of 2011, and the Metropolitan Police's command units of 2018, built by lookup."""
    made = Workspace(tmp_path_factory.mktemp("real"))
    for name, area_type, vintage in (
        ("csp17_bgc_from_lsoa11", "csp", "2017"),
        ("lad17_bgc_from_lsoa11", "lad", "2017"),
        ("ctyua17_bgc_from_lsoa11", "ctyua", "2017"),
        ("pfa17_bgc_from_lsoa11", "pfa", "2017"),
        ("lsoa11_bgc", "lsoa", "2011"),
    ):
        add_areas(made, BOUNDARIES / "2017" / f"{name}.gpkg", area_type=area_type, vintage=vintage)
    lookup = BOUNDARIES / "2017" / "lookup_lsoa11_lad17_csp17_pfa17_ctyua17_pop2011.csv"
    add_statistics(made, lookup, area="lsoa", vintage="2011", population="persons2011", households="households2011")
    build_areas(
        made, "bcu", from_set="lad-2017", lookup=BOUNDARIES / "lookups" / "met_bcu_2018_to_lad.csv", child="lad_code",
        parent="bcu_code", parent_name="bcu_name",
        vintage="2018", force="metropolitan",
    )  # fmt: skip
    return made


def test_forty_three_forces_against_districts_need_no_merger_and_fifteen_partnerships_are_of_several(workspace):
    found = run("mergers-search", workspace, {"targets": ["lad-2017"]})
    said = found.to_json()
    assert (said["proved"], said["mergers"], said["left_out"]) == (True, 0, [])
    assert len({row["force"] for _, row in found.prepared.planning.units.iterrows()}) == 43
    kinds = [row["class"] for row in said["groups"]]
    assert (len(kinds), kinds.count("coterminous"), kinds.count("split")) == (314, 299, 15)
    assert said["uncertainty"]["cut_population"] == 0
    assert said["notes"] == []
    names = {row["code"]: row["name"] for row in said["groups"]}
    assert {names[code] for code in said["islands"]} == {"Isles of Scilly", "Isle of Wight", "Isle of Anglesey"}


def test_forty_three_forces_against_counties_are_mended_but_for_cwm_taf(workspace):
    said = run("mergers-search", workspace, {"targets": ["ctyua-2017"]}).to_json()
    assert said["proved"]
    (off,) = [row for row in said["groups"] if row["misfit"] > 1]
    assert (off["names"], off["class"], off["misfit"]) == (["Cwm Taf"], "split", said["people"])
    merged = [row for row in said["groups"] if row["merged"]]
    assert all(row["class"] == "coterminous" for row in merged)
    assert len(said["law"]) == len(merged)
    for one in said["law"]:
        flags = {flag["flag"] for flag in one["flags"]}
        assert "agreement" in flags
        assert not flags & {"split_county", "cross_force", "not_contiguous", "wales", "part_of_a_district"}
        assert any(party["kind"] == "county council" for party in one["parties"])


def test_londons_boroughs_become_its_twelve_command_units(workspace):
    said = run("mergers-search", workspace, {"options": {"forces": ["metropolitan"]}}).to_json()
    assert said["targets"] == "bcu-2018-metropolitan"
    assert (said["proved"], said["people"], len(said["groups"])) == (True, 0, 12)
    assert {row["class"] for row in said["groups"]} == {"coterminous"}
    assert "NA" in {row["best_match"] for row in said["groups"]}
    assert not any(one["wales"] for one in said["law"])


def test_a_merger_across_the_border_of_wales_is_not_lawful(workspace):
    planning = prepare(workspace, PlanningInputs(targets=["ctyua-2017"]), silent).planning
    edges = planning.contiguity.edges
    across = edges[edges["unit"].str.startswith("E") & edges["neighbour"].str.startswith("W")].iloc[0]
    asked = parse({"merge": [{"units": [across["unit"], across["neighbour"]]}]})
    (one,) = score(planning, asked).law
    assert (one["wales"], one["route"]) == (True, "no combination agreement")
    assert {"wales", "cross_force"} <= {flag["flag"] for flag in one["flags"]}
