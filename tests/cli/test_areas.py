import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crimemap.cli import app
from tests.areas.made import squares, write

DOCUMENTED = Path(__file__).parents[2] / "docs" / "json" / "areas.md"


@pytest.fixture
def run(tmp_path):
    def _run(*arguments, ok=True):
        result = CliRunner().invoke(app, [*map(str, arguments), "--workspace", str(tmp_path / "workspace")])
        assert (result.exit_code == 0) is ok, result.output
        return result

    return _run


@pytest.fixture
def county(tmp_path, run):
    """A workspace with districts and their lookup."""
    write(squares(3, 1, prefix="E07", columns_named=("LAD17CD", "LAD17NM")), tmp_path / "lad.gpkg")
    (tmp_path / "lookup.csv").write_text(
        "LAD17CD,CSP17CD,CSP17NM,persons,homes\nE07000001,E22000001,One,10,4\nE07000002,E22000001,One,20,8\n"
        "E07000003,E22000002,Two,30,12\n"
    )
    run("areas", "add", tmp_path / "lad.gpkg", "--type", "lad", "--vintage", "2017")
    return tmp_path


def documented(command: str) -> set[str]:
    """Give the first level of fields that the documentation of a command's JSON names."""
    section = re.search(
        rf"^## `crimemap {command}`\n(.*?)(?=^## |\Z)", DOCUMENTED.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert section is not None, f"'crimemap {command}' is not in {DOCUMENTED.name}"
    return {name.split("[")[0].split(".")[0] for name in re.findall(r"^\| `([^`]+)` \|", section[1], re.MULTILINE)}


def commands(county):
    lookup = county / "lookup.csv"
    (county / "n.json").write_text(json.dumps([{"id": "A1", "name": "Alder"}]))
    return {
        "areas add": ("areas", "add", county / "lad.gpkg", "--type", "lad", "--vintage", "2018"),
        "areas build": ("areas", "build", "csp", "--from", "lad-2017", "--lookup", lookup),
        "areas list": ("areas", "list"),
        "areas show": ("areas", "show", "lad-2017"),
        "areas check": ("areas", "check", "lad-2017", "--in", "csp-2017"),
        "lookups add": ("lookups", "add", lookup, "--child", "lad", "--parent", "csp", "--vintage", "2017"),
        "lookups add --area": ("lookups", "add", lookup, "--area", "lad", "--population", "persons", "--vintage", "2017"),
        "lookups list": ("lookups", "list"),
        "neighbourhoods add": ("neighbourhoods", "add", county / "n.json", "--force", "demoshire"),
        "neighbourhoods list": ("neighbourhoods", "list"),
        "areas remove": ("areas", "remove", "lad-2017"),
    }


def test_every_command_prints_json_with_the_documented_fields_and_nothing_else(county, run):
    for command, arguments in commands(county).items():
        result = run(*arguments, "--json")
        assert set(json.loads(result.stdout)) == documented(command), command


def test_every_command_speaks_to_people_too(county, run):
    said = {command: run(*arguments).stdout for command, arguments in commands(county).items()}
    assert "Added lad-2018: 3 areas from lad.gpkg." in said["areas add"]
    assert "Added csp-2017: 2 areas from lookup.csv." in said["areas build"]
    assert "lad-2017" in said["areas list"]
    assert "Area 3" in said["areas show"]
    assert "its borders match exactly" in said["areas check"]
    assert "In csp-2017: 3 nested, 0 not" in said["areas check"]
    assert "Added lad-csp-2017: 3 pairs from 3 rows of lookup.csv." in said["lookups add"]
    assert "Added lad-population-2017: 60 in 3 areas" in said["lookups add --area"]
    assert "demoshire" in said["neighbourhoods list"]
    assert "Removed lad-2017." in said["areas remove"]


def test_an_error_is_one_sentence_on_stderr_and_an_object_in_json(county, run):
    result = run("areas", "show", "moon-1969", ok=False)
    assert result.exit_code == 1
    assert result.stderr.startswith("crimemap: moon-1969: there is no such boundary set.")
    asked = run("areas", "show", "moon-1969", "--json", ok=False)
    assert json.loads(asked.stdout)["error"]["type"] == "NotFoundError"


def test_lookups_add_wants_to_know_what_the_file_holds(county, run):
    result = run("lookups", "add", county / "lookup.csv", "--vintage", "2017", ok=False)
    assert "Say --child and --parent for a lookup, or --area" in result.stderr
    result = run("lookups", "add", county / "lookup.csv", "--area", "lad", "--vintage", "2017", ok=False)
    assert "--population or --households" in result.stderr


def test_commands_that_read_want_a_workspace(run):
    for arguments in (("areas", "list"), ("lookups", "list"), ("neighbourhoods", "list")):
        assert "there is no workspace here" in run(*arguments, ok=False).stderr
