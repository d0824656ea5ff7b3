"""The commands that plan mergers, on the demonstration county, whose best merger is known."""

import json
import os
import signal
import tomllib

import geopandas as gpd
import pandas as pd
import pytest
from typer.testing import CliRunner

from crimemap.cli import app
from crimemap.cli.interrupted import asked_to_stop
from crimemap.pipeline.demo import COUNTY_FOLDER
from tests.alignment.mergers.test_scored import documented
from tests.in_two_languages import worded_alike

NORTH = '[[merge]]\nunits = ["E22900001", "E22900002"]\nname = "North"\n'
ASSUMED = """
running_cost = [80000, 120000]
share_saved = [0.3, 0.5]
transition = [10000, 20000]
disaggregation = [0, 50000]
years = 5
source = "the finance board's paper"
"""


@pytest.fixture(scope="module")
def run(demo_workspace):
    def _run(*arguments, ok=True):
        result = CliRunner().invoke(app, ["mergers", *map(str, arguments), "--workspace", str(demo_workspace)])
        assert (result.exit_code == 0) is ok, result.output
        return result

    return _run


@pytest.fixture(scope="module")
def truth(demo_workspace):
    return json.loads((demo_workspace / "downloads" / COUNTY_FOLDER / "truth.json").read_text("utf-8"))["alignment"]


@pytest.fixture
def north(tmp_path):
    path = tmp_path / "north.toml"
    path.write_text(NORTH, encoding="utf-8")
    return path


def test_the_json_has_the_documented_fields_and_nothing_else(run, north, tmp_path):
    scored = json.loads(run("score", north, "--incidents", "--json").stdout)
    assert set(scored) == documented("mergers score")[""]
    assert set(scored["incidents"]) == {
        "selection", "selected", "counted", "without_position",
        "units_with_all_months", "units_with_some_months", "units_without_data",
    }  # fmt: skip
    searched = json.loads(run("search", "--front", "--json").stdout)
    assert set(searched) == documented("mergers search")[""]


def test_people_are_told_the_answer_the_proof_the_law_and_the_map(run, truth):
    told = run("search", "--force", "wendleshire", "--front").stdout
    best = truth["best_grouping"]
    assert f"leaves {best['people']:,} people out of fit instead of {best['people_before']:,}" in told
    assert "it is proved that no grouping within the limits fits better" in told
    assert "E22900001  Ashenholt" in told
    assert "North Area" in told
    assert "A written combination agreement is needed" in told
    assert "County Wendleshire is split" in told
    assert "not legal advice" in told
    assert "The best for every number of partnerships" in told
    assert "No small area is cut by a line" in told


def test_people_are_told_what_a_proposal_changes(run, north, tmp_path):
    savings, numbers = tmp_path / "savings.toml", tmp_path / "numbers.csv"
    savings.write_text(ASSUMED, encoding="utf-8")
    numbers.write_text("area_code,officers,cost\nE22900001,120,90000\nE22900002,,\n", encoding="utf-8")
    told = run("score", north, "--savings", savings, "--numbers", numbers, "--spread-distance-km", 5, "--incidents").stdout
    assert "people out of fit" in told
    assert "coterminous" in told
    assert "0 people change unit" in told
    assert "Over 5 years between" in told
    assert "the finance board's paper" in told
    assert "distance km" in told
    assert "Incidents from" in told
    without = run("score", north).stdout
    assert "£" not in without, "no figure without assumptions"


def test_what_the_search_finds_can_be_scored(run, tmp_path):
    out = tmp_path / "best.toml"
    found = json.loads(run("search", "--scenario-out", out, "--json").stdout)
    written = tomllib.loads(out.read_text("utf-8"))
    assert [one["units"] for one in written["merge"]] == [one["units"] for one in found["scenario"]["merge"]]
    scored = json.loads(run("score", out, "--json").stdout)
    misfit = next(row for row in scored["summary"] if row["measure"] == "misfit")
    assert (misfit["before"], misfit["after"]) == (found["before_people"], found["people"])


@pytest.mark.parametrize("ending", ["csv", "gpkg", "parquet"])
def test_files_have_the_units_and_what_changes(run, north, tmp_path, ending):
    path = tmp_path / f"out.{ending}"
    said = json.loads(run("score", north, "--output", path, "--json").stdout)
    assert said["output"] == str(path)
    if ending == "csv":
        assert pd.read_csv(path)["when"].tolist() == ["before"] * 7 + ["after"] * 6
    elif ending == "parquet":
        assert sorted(gpd.read_parquet(path)["code"]) == sorted(row["code"] for row in said["after"])
    else:
        assert gpd.list_layers(path)["name"].tolist() == ["after", "before", "changes"]
        assert gpd.read_file(path, layer="changes")["how"].tolist() == ["merged", "merged"]


def test_the_answer_of_a_search_is_a_map_too(run, tmp_path):
    run("search", "--max-changes", 1, "--output", tmp_path / "best.gpkg")
    changes = gpd.read_file(tmp_path / "best.gpkg", layer="changes")
    assert changes["code_before"].tolist() == ["E22900001", "E22900002"]


def test_limits_are_heeded(run):
    apart = json.loads(run("search", "--must-not-join", "E22900001,E22900002", "--json").stdout)
    assert all({"E22900001", "E22900002"} - set(one["members"]) for one in apart["groups"])
    assert json.loads(run("search", "--max-members", 1, "--json").stdout)["mergers"] == 0
    nested = json.loads(
        run("search", "--accept-nesting", "--objective", "not_coterminous", "--tolerance", 0.2, "--json").stdout
    )
    assert nested["people"] == 0
    joined = json.loads(run("search", "--must-join", "E22900003,E22900004", "--keep-counties", "--json").stdout)
    assert ["E22900003", "E22900004"] in [one["members"] for one in joined["groups"]]


def _write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[merge]]\nunits = ["E22900001", "E22900099"]', "no unit 'E22900099'"),
        ('[[merge]]\nunits = ["E22900001", "E22900001"]', "named twice"),
        ('[[merge]]\nunits = ["E22900001"]', "2 or more codes"),
        ('[[merge]]\nunits = ["E22900001", "E22900002"]\n[[merge]]\nunits = ["E22900002", "E22900003"]', "named twice"),
        ("name = 'nothing'", "nothing is merged"),
        ("[[merge", "not TOML"),
        ("[[joins]]\nunits = []", "no such key: 'joins'"),
        ('[[split]]\nunit = "E22900003"\ninto = [{districts = ["E07900001"]}]', "nothing of E07900001 is in E22900003"),
    ],
)
def test_a_proposal_that_cannot_be_is_refused_in_a_sentence(run, tmp_path, text, said):
    result = run("score", _write(tmp_path / "bad.toml", text), ok=False)
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--targets", "csp"), "a set always fits itself"),
        (("--targets", "bcu-1999"), "there is no such boundary set"),
        (("--units", "nonsense"), "there is no such boundary set"),
        (("--force", "kent"), "no unit lies in force 'kent'. There are: Wendleshire (E23900001)."),
        (("--must-join", "E22900001"), "this is not a pair of codes"),
        (("--must-join", "E22900001,Q"), "no unit 'Q'"),
        (("--link", "E22900001,E22900001"), "linked with itself"),
        (("--max-population", "1000"), "at most 1,000 are allowed"),
        (("--min-population", "9e6"), "9,000,000 are asked for"),
        (("--objective", "happiness"), "'happiness' is not an objective"),
        (("--time-limit", "0"), "time_limit_s"),
        (("--tolerance", "0.7"), "not a tolerance"),
        (("--output", "best.docx"), "not a kind of file"),
        (("--scenario-out", "nowhere/best.toml"), "there is no such folder"),
        (("--savings", "nowhere.toml"), "there is no such file"),
        (("--from", "2025-13"), "month"),
    ],
)
def test_a_question_that_cannot_be_is_refused_in_a_sentence(run, options, said):
    result = run("search", *options, ok=False)
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,cost\nE22900001,1", "no column area_code"),
        ("area_code,cost\nE22900001,1\nE22900001,2", "line 3: an area comes twice"),
        ("area_code,cost\nE22900001,many", "line 2: a cell is not a number"),
        ("area_code,cost\nE22900001,-5", "negative or not finite"),
        ("area_code,cost\nE22900088,5", "no unit 'E22900088'"),
    ],
)
def test_numbers_that_cannot_be_are_refused_in_a_sentence(run, north, tmp_path, text, said):
    result = run("score", north, "--numbers", _write(tmp_path / "numbers.csv", text), ok=False)
    assert said in result.stderr


def test_assumptions_must_be_ranges_with_a_source(run, north, tmp_path):
    one_figure = _write(tmp_path / "a.toml", ASSUMED.replace("[80000, 120000]", "100000"))
    assert "a single figure is not a range" in run("score", north, "--savings", one_figure, ok=False).stderr
    nobody = _write(tmp_path / "b.toml", "\n".join(line for line in ASSUMED.splitlines() if "source" not in line))
    assert "nothing is assumed for source" in run("score", north, "--savings", nobody, ok=False).stderr


def test_the_first_ctrl_c_asks_to_stop_and_the_second_stops():
    before = signal.getsignal(signal.SIGINT)
    with asked_to_stop() as stopped:
        assert not stopped()
        os.kill(os.getpid(), signal.SIGINT)
        assert stopped()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_search_that_is_called_off_tells_the_best_so_far(run, monkeypatch):
    from contextlib import contextmanager

    @contextmanager
    def at_once():
        yield lambda: True

    monkeypatch.setattr("crimemap.cli.interrupted.asked_to_stop", at_once)
    told = run("search").stdout
    assert "the best that was found when it was called off and it is not proved" in told
    said = json.loads(run("search", "--json").stdout)
    assert (said["status"], said["proved"]) == ("cancelled", False)
    assert said["bound"] <= said["people"]


def test_a_report_for_a_board_is_a_page_or_a_pdf_by_its_ending(run, north, tmp_path):
    page, printed = tmp_path / "north.html", tmp_path / "north.pdf"
    run("score", north, "--output", page)
    text = page.read_text(encoding="utf-8")
    assert "Join Ashenholt and Brindlemoor as “North”." in text
    assert "invented by crimemap" in text  # where the boundaries come from
    assert "are not drawn" not in text
    pytest.importorskip("weasyprint", reason="the extra 'pdf' is not installed", exc_type=(ImportError, OSError))
    run("search", "--front", "--output", printed)
    assert printed.read_bytes().startswith(b"%PDF-")


def test_a_report_and_the_sentences_in_json_are_in_welsh_for_whoever_asks(run, north, tmp_path):
    page = tmp_path / "north.html"
    english = json.loads(run("score", north, "--json").stdout)
    welsh = json.loads(run("score", north, "--json", "--language", "cy", "--output", page).stdout)
    assert worded_alike(english, welsh | {"output": None}) > 14
    text = page.read_text(encoding="utf-8")
    assert '<html lang="cy">' in text
    assert "Uno Ashenholt, Brindlemoor fel “North”." in text
    assert json.loads(run("search", "--json", "--language", "cy").stdout)["says"].startswith("Mae uno ")
    assert "Give one of en, cy." in run("score", north, "--language", "de", ok=False).output


def test_moved_bricks_are_drawn_where_they_go(run, truth, tmp_path):
    scenario, page = tmp_path / "move.toml", tmp_path / "move.html"
    layers = tmp_path / "move.gpkg"
    scenario.write_text('[[move]]\nbricks = ["E01900001"]\nto = "E22900002"\n', encoding="utf-8")
    run("score", scenario, "--output", page)
    run("score", scenario, "--output", layers)
    assert "Move 1 small area of Castermere to Brindlemoor." in page.read_text(encoding="utf-8")
    assert gpd.read_file(layers, layer="changes")["how"].tolist() == ["moved"]
