import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crimemap.cli import app
from tests.jobs.made import EAST_FORCE, WEST_FORCE, build

DOCUMENTED = Path(__file__).parents[2] / "docs" / "json"
COMMANDS = {
    "counts": ("counts", "--by", "csp-2017", "--rates"),
    "hotspots": (
        *("hotspots", "--force", WEST_FORCE, "--cells", "h3:10"),
        *("--location-draws", "10", "--people", "population"),
    ),
    "clusters": ("clusters", "--force", WEST_FORCE, "--fewest", "25"),
    "scan": ("scan", "--by", "lsoa-2011", "--force", WEST_FORCE, "--simulations", "19"),
    "concentration": ("concentration", "--force", WEST_FORCE, "--draws", "99"),
    "kde": ("kde", "--force", WEST_FORCE, "--bandwidth", "300"),
    "align": ("align", "csp-2017", "lad-2017", "--population", "lsoa-2011", "--incidents", "--boundary", "10"),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    workspace = build(tmp_path_factory.mktemp("analyse")).root

    def _run(*arguments, ok=True):
        result = CliRunner().invoke(app, [*map(str, arguments), "--workspace", str(workspace)])
        assert (result.exit_code == 0) is ok, result.output
        return result

    return _run


def documented(command: str) -> dict[str, set[str]]:
    """Give the fields that the documentation of a command's JSON names, by the list or object they stand in."""
    pages = "\n".join(page.read_text("utf-8") for page in sorted(DOCUMENTED.glob("*.md")))
    section = re.search(rf"^## `crimemap {command}`\n(.*?)(?=^#{{1,2}} |\Z)", pages, re.MULTILINE | re.DOTALL)
    assert section is not None, f"'crimemap {command}' is not in docs/json"
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
        found = said
        for part in parent.split("."):
            found = found[0] if isinstance(found, list) else found
            found = found[part.removesuffix("[]")]
        rows = found if isinstance(found, list) else [found]
        assert rows, parent
        assert all(set(row) == fields for row in rows), parent


@pytest.mark.parametrize("command", ["counts", "hotspots", "clusters", "scan", "concentration", "kde"])
def test_people_are_told_what_was_counted_and_what_was_left_out(run, command):
    said = run(*COMMANDS[command]).stdout
    assert "2024-01 to 2024-04, all offence types" in said
    assert re.search(r"\d+ incidents: .*\d+ without position", said)


def test_people_are_told_of_months_without_data(run):
    assert f"No data of {EAST_FORCE} for 1 of these months: 2024-03." in run("counts", "--by", "csp").stdout


def test_rates_come_with_their_interval_their_source_and_their_limits(run):
    said = run(*COMMANDS["counts"]).stdout
    assert re.search(r"\d+\.\d to \d+\.\d", said)
    assert "Rates per 1,000 of population 2011, summed over the areas of lsoa-2011" in said
    assert "city centres" in said
    assert "rows have no data (no count, which is not 0)" in said


def test_hotspots_say_how_many_cells_and_which_test(run):
    said = run(*COMMANDS["hotspots"]).stdout
    assert re.search(r"\d+ of \d+ cells are hot", said)
    assert "Gi* with the exact test, benjamini-hochberg at 0.05." in said


def test_a_map_without_hotspots_says_so(run):
    said = run("hotspots", "--force", EAST_FORCE, "--resolution", "10").stdout
    assert "0 of" in said
    assert "nothing is clustered beyond what chance would do" in said


def test_density_says_how_it_was_made(run):
    said = run("kde", "--force", WEST_FORCE, "--bandwidth", "scott").stdout
    assert "chosen by the rule of Scott" in said
    assert "incidents per km² over the period" in said


def test_alignment_lists_both_sets_the_worst_first(run):
    said = run(*COMMANDS["align"]).stdout
    assert "csp-2017 against lad-2017, worst first" in said
    assert "Of 12 areas of csp-2017: 12 nested." in said
    assert "Of 6 areas of lad-2017: 6 split." in said
    assert re.search(r"By population: homogeneity 0\.\d+, completeness 1\.0000", said)
    assert "0 slivers" in said


def test_a_file_is_written_and_named(run, tmp_path):
    out = tmp_path / "hot.geojson"
    assert f"Written to {out}." in " ".join(run(*COMMANDS["hotspots"], "--output", out).stdout.split("\n"))
    assert json.loads(run(*COMMANDS["hotspots"], "--output", out, "--json").stdout)["output"] == str(out)
    assert json.loads(out.read_text())["features"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("counts", "--by", "csp-1999"), "there is no such boundary set"),
        (("hotspots",), "neither a force nor an area is named. Give --force or --area."),
        (("hotspots", "--force", "atlantis"), "no incidents of this force are loaded"),
        (("hotspots", "--force", WEST_FORCE, "--from", "2024-13"), "is not a month"),
        (("kde", "--force", WEST_FORCE, "--bandwidth", "0"), "Give a number above 0 metres"),
        (("kde", "--force", WEST_FORCE, "--output", "x.shp"), "Take one of: .csv, .gpkg, .geojson, .parquet, .tif"),
        (("align", "csp-2017", "bcu"), "there is no such boundary set"),
    ],
)
def test_an_error_is_one_sentence_and_a_status(run, arguments, said):
    result = run(*arguments, ok=False)
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    told = json.loads(run(*arguments, "--json", ok=False).stdout)["error"]
    assert set(told) == {"type", "message", "where", "fix"}


def test_no_workspace_is_an_error_and_none_is_made(tmp_path):
    result = CliRunner().invoke(app, ["kde", "--force", WEST_FORCE, "--workspace", str(tmp_path / "none")])
    assert result.exit_code == 1
    assert "there is no workspace here" in result.stderr
    assert not (tmp_path / "none").exists()
