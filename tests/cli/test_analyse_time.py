import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crimemap.cli import app
from tests.jobs.made import EAST_FORCE, WEST_FORCE, build
from tests.jobs.made_records import build_records

DOCUMENTED = Path(__file__).parents[2] / "docs" / "json" / "time.md"
RECORDS = ("--from", "2024-01", "--to", "2024-07")
HALVES = ("--from", "2024-03", "--to", "2024-04", "--before-from", "2024-01", "--before-to", "2024-02")
COMMANDS = {
    "near-repeat": ("records", "near-repeat", "--permutations", "99", *RECORDS),
    "profiles": ("records", "profiles", *RECORDS),
    "emerging": ("published", "emerging", "--force", WEST_FORCE, "--cells", "h3:10"),
    "change": ("published", "change", "--by", "csp-2017", "--test", "poisson", *HALVES),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("time")
    workspaces = {"published": build(folder).root, "records": build_records(folder).root}

    def _run(workspace, *arguments, ok=True):
        result = CliRunner().invoke(app, [*map(str, arguments), "--workspace", str(workspaces[workspace])])
        assert (result.exit_code == 0) is ok, result.output
        return result

    return _run


def documented(command: str) -> dict[str, set[str]]:
    section = re.search(
        rf"^## `crimemap {command}`\n(.*?)(?=^## |\Z)", DOCUMENTED.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert section is not None, command
    fields: dict[str, set[str]] = {"": set()}
    for name in re.findall(r"^\| `([^`]+)` \|", section[1], re.MULTILINE):
        parent, _, field = name.rpartition(".")
        fields.setdefault(parent.removesuffix("[]"), set()).add(field.removesuffix("[]"))
    return fields


@pytest.mark.parametrize("command", COMMANDS)
def test_the_json_has_the_documented_fields_and_nothing_else(run, command):
    said = json.loads(run(*COMMANDS[command], "--json").stdout)
    named = documented(command)
    assert set(said) == named.pop("")
    for parent, fields in named.items():
        rows = said[parent] if isinstance(said[parent], list) else [said[parent]]
        assert rows, parent
        assert all(set(row) == fields for row in rows), parent


def test_near_repeat_tells_the_bands_and_the_links(run):
    said = run(*COMMANDS["near-repeat"]).stdout
    assert "1 time too uncertain" in said
    assert "0 to under 100 m" in said
    assert "more than chance" in said
    assert re.search(r"\d+ originators, \d+ followers in \d+ chains", said)
    assert "not for publication" in said


def test_too_few_shuffles_to_claim_anything_is_said(run):
    said = run("records", "near-repeat", "--permutations", "9", *RECORDS).stdout
    assert "With 9 shuffles no p can be below 0.1" in said
    assert "no near repeat is seen" not in said


def test_emerging_tells_categories_and_periods(run):
    said = run(*COMMANDS["emerging"]).stdout
    assert "4 of 4 periods have data" in said
    assert "persistent hot" in said
    assert "over all cells and periods together" in said


def test_no_pattern_is_an_answer(run):
    said = run("published", "emerging", "--force", EAST_FORCE).stdout
    assert "3 of 4 periods have data; the others are left out, not taken as 0." in said
    assert "no cell is hot or cold beyond what chance would do" in said


def test_change_tells_periods_intervals_and_verdicts(run):
    said = run(*COMMANDS["change"]).stdout
    assert "2024-03 to 2024-04 against 2024-01 to 2024-02." in said
    assert "no clear change" in said
    assert re.search(r"\d+\.\d\d to \d+\.\d\d", said)


def test_profiles_tell_hours_with_intervals_and_the_mean(run):
    said = run(*COMMANDS["profiles"]).stdout
    assert re.search(r"Mean hour 0[34]:\d\d, 95 % interval 0[34]:\d\d to 0[345]:\d\d", said)
    assert "Half are known to within" in said


def test_a_figure_is_written_and_named(run, tmp_path):
    out = tmp_path / "hours.png"
    assert json.loads(run(*COMMANDS["profiles"], "--output", out, "--json").stdout)["output"] == str(out)
    assert out.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("published", "near-repeat", "--force", WEST_FORCE), "only the month is known"),
        (("published", "profiles", "--force", WEST_FORCE), "only the month is known"),
        (("records", "near-repeat", "--space", "a,b"), "not the ends of bands"),
        (("records", "near-repeat", "--offence", "arson"), "no incident of this offence type"),
        (("published", "emerging"), "neither a force nor an area"),
        (("published", "emerging", "--force", WEST_FORCE, "--cells", "h3:99"), "h3"),
        (("published", "change"), "areas or cells are compared"),
        (("published", "change", "--by", "csp"), "no data from 2023-01 to 2023-04 to compare with"),
        (("records", "profiles", "--output", "p.gpkg"), "Take one of: .csv, .png"),
    ],
)
def test_an_error_is_one_sentence_and_a_status(run, arguments, said):
    result = run(*arguments, ok=False)
    assert result.exit_code == 1
    assert said.lower() in result.stderr.lower()
    assert result.stderr.count("\n") == 1
