"""The ladder of the demonstration county, whose misfits are known."""

import csv
import json

import pytest
from typer.testing import CliRunner

from crimemap.cli import app
from crimemap.pipeline.areas import add_areas
from crimemap.pipeline.lookups import add_statistics
from crimemap.simulate.run import simulate
from crimemap.workspace import Workspace
from tests.cli.test_analyse import documented

TYPES = ("lsoa", "lad", "csp", "bcu", "ctyua", "pfa")


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """Give the truth and a workspace with the county's boundaries and people, without incidents."""
    folder = tmp_path_factory.mktemp("ladder")
    truth = simulate(folder / "county", months=6, scale=0.01)
    workspace = Workspace(folder / "workspace")
    for kind in TYPES:
        add_areas(
            workspace, folder / "county" / "boundaries" / f"{kind}.gpkg", area_type=kind, vintage=truth["vintage"],
            force=truth["force"] if kind == "bcu" else None,
        )  # fmt: skip
    add_statistics(
        workspace, folder / "county" / "lookups" / "lsoa_population.csv",
        area="lsoa", vintage=truth["vintage"], population="population", households="households",
    )  # fmt: skip
    return truth, workspace.root


@pytest.fixture(scope="module")
def run(county):
    def _run(*arguments, ok=True):
        result = CliRunner().invoke(app, [*map(str, arguments), "--workspace", str(county[1])])
        assert (result.exit_code == 0) is ok, result.output
        return result

    return _run


@pytest.fixture(scope="module")
def said(run):
    return json.loads(run("ladder", "--json").stdout)


def test_the_json_has_the_documented_fields_and_nothing_else(said):
    fields = documented("ladder")
    assert set(said) == fields[""]
    assert set(said["summary"]) == fields["summary"]
    for rows, name in ((said["forces"], "summary"), (said["rows"], "rows"), (said["areas"]["bcu"], "areas.bcu")):
        assert rows
        assert all(set(row) == fields[name] for row in rows), name


def test_the_people_outside_are_those_that_were_put_there(said, county):
    overlaps = county[0]["alignment"]["overlaps"]["csp to bcu"]
    people = {(row["csp"], row["bcu"]): row["population"] for row in overlaps}
    for row in said["rows"]:
        mine = {bcu: n for (csp, bcu), n in people.items() if csp == row["area_code"]}
        assert set(row["bcu_codes"]) == set(mine)
        assert row["bcu_agrees"] is (len(mine) == 1)
        assert row["bcu_outside"] == pytest.approx(sum(mine.values()) - mine[row["bcu"]], abs=1)


def test_command_units_that_are_whole_partnerships_are_found(said, county):
    truth = county[0]["alignment"]
    whole = {row["area_code"] for row in said["areas"]["bcu"] if row["class"] in ("coterminous", "split")}
    assert whole == set(truth["bcus_equal_to_districts_or_unions"])
    several = {row["area_code"]: sorted(row["lad_codes"]) for row in said["rows"] if len(row["lad_codes"]) > 1}
    assert several == truth["csps_of_several_districts"]
    assert all(row["lad_agrees"] and row["pfa_agrees"] for row in said["rows"])


def test_the_summary_adds_up_to_the_county(said, county):
    whole, (force,) = said["summary"], said["forces"]
    assert whole["population"] == pytest.approx(county[0]["population"])
    assert {**force, "force": "all", "force_name": None} == whole
    assert (whole["bcus"], whole["bcus_coterminous"], whole["bcus_of_whole_csps"]) == (5, 1, 1)


def test_people_are_told_who_does_not_agree_and_how_many_fall_outside(run):
    told = run("ladder").stdout
    assert "Partnerships that do not agree, most outside first" in told
    assert "7 of 7 partnerships are one or several whole districts, 1 of them several" in told
    assert "Of 5 command units 1 are one partnership" in told


def test_a_spreadsheet_has_one_row_for_each_partnership(run, said, tmp_path):
    run("ladder", "--output", tmp_path / "ladder.csv")
    rows = list(csv.DictReader((tmp_path / "ladder.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["area_code"] for row in rows] == [row["area_code"] for row in said["rows"]]
    assert {row["bcu_agrees"] for row in rows} == {"yes", "no"}
    assert any(";" in row["lad_codes"] for row in rows)


def test_a_set_that_is_not_there_is_an_error(run):
    assert "there is no such boundary set" in run("ladder", "--csp", "csp-1999", ok=False).stderr
    assert "there is no such boundary set" in run("ladder", "--bcu", "bcu-1999", ok=False).stderr
