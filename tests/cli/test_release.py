"""The release commands as a user meets them."""

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crimemap.areas.neighbourhoods import NeighbourhoodStore
from crimemap.areas.team_texts import TeamTexts
from crimemap.cli import app
from crimemap.workspace import Workspace

DOCUMENTED = Path(__file__).parents[2] / "docs" / "json" / "release.md"


@pytest.fixture(scope="module")
def released(demo_workspace, tmp_path_factory):
    """A workspace with two releases that were active one after the other; for copying only."""
    root = tmp_path_factory.mktemp("cli") / "workspace"
    shutil.copytree(demo_workspace, root)
    for arguments in (["build", "--months", "1"], ["activate"]):
        result = CliRunner().invoke(app, ["release", *arguments, "--workspace", str(root)])
        assert result.exit_code == 0, result.output
    return root


@pytest.fixture
def workspace(released, tmp_path):
    """A copy for one test, which may do with it as it likes."""
    return Path(shutil.copytree(released, tmp_path / "workspace"))


@pytest.fixture
def run(workspace):
    def _run(*arguments, status=0):
        result = CliRunner().invoke(app, ["release", *map(str, arguments), "--workspace", str(workspace)])
        assert result.exit_code == status, result.output
        return result

    return _run


def documented(command):
    """Give the keys of a command's example in the documentation."""
    section = DOCUMENTED.read_text("utf-8").split(f"## `crimemap release {command}")[1]
    return set(json.loads(re.search(r"```json\n(.*?)```", section, re.DOTALL)[1]))


def test_build_says_what_it_made_and_what_comes_next(run):
    result = run("build", "--months", 1)
    assert re.search(r"Built release \d{8}T\d{6}Z-[0-9a-f]{8}: \d{4}-\d\d to \d{4}-\d\d, wendleshire\.", result.stdout)
    assert "crimemap release activate" in result.stdout
    assert "crimemap: counting\n" in result.stderr


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("build", ["--months", 1]),
        ("list", []),
        ("verify", []),
        ("activate", []),
        ("rollback", []),
        ("prune", ["--keep", 5]),
    ],
)
def test_json_has_the_documented_keys_and_nothing_else_is_on_standard_output(run, command, arguments):
    result = run(command, *arguments, "--json")
    assert set(json.loads(result.stdout)) == documented(command)


def test_list_marks_the_active_release(run):
    assert re.search(r"\d{8}T\d{6}Z-[0-9a-f]{8} +│ active", run("list").stdout)


def test_verify_ends_badly_when_a_file_was_changed(run, workspace):
    active = (workspace / "releases" / "active").read_text().strip()
    page = workspace / "releases" / active / "site" / "index.html"
    assert "audit passes" in run("verify").stdout
    page.write_text("changed", encoding="utf-8")
    told = run("verify", status=1)
    assert "site/index.html was changed" in told.stdout
    assert told.stderr == f"crimemap: {active}: 1 thing wrong with this release. Build it again.\n"


def test_an_unknown_release_is_one_clear_sentence(run):
    result = run("activate", "20200101T000000Z-00000000", status=1)
    assert "there is no such release" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(("option", "value"), [("--threshold", 1), ("--h3-resolution", 12), ("--months", 0)])
def test_options_out_of_range_are_refused(run, option, value):
    run("build", option, value, status=2)


def test_a_force_that_is_not_here_is_named(run):
    assert "The workspace holds wendleshire" in run("build", "--force", "atlantis", status=1).stderr


def test_patch_publishes_what_a_team_wrote_and_says_what_differs(run, workspace):
    store = NeighbourhoodStore(Workspace(workspace))
    force = store.forces()[0]
    code = store.neighbourhoods(force)[0]["id"]
    texts = TeamTexts(Workspace(workspace), force=force, neighbourhood=code)
    one = texts.create("priorities", {"issue": "Speeding on Bridge Street", "issue-date": "2025-07-01"}, who="a")
    assert "nothing to patch" in run("patch").output
    texts.publish("priorities", one.id, who="a", seen=one.tag)
    before = json.loads(run("list", "--json").output)["active"]
    assert "no such neighbourhood" in run("patch", "--team", f"{force}/nothing", status=1).output
    assert "no team" in run("patch", "--team", force, status=1).output
    found = json.loads(run("patch", "--team", f"{force}/{code}", "--only-make", "--json").output)
    assert set(found) == documented("patch")
    assert (found["patch_of"], found["teams"], found["active"]) == (before, [f"{force}/{code}"], False)
    assert json.loads(run("list", "--json").output)["active"] == before
    made = json.loads(run("patch", "--json").output)
    assert json.loads(run("list", "--json").output)["active"] == made["id"]
    assert "every file is as it was built" in run("verify").output
    page = workspace / "releases" / made["id"] / next(name for name in made["files"] if name.endswith("index.html"))
    assert "Speeding on Bridge Street" in page.read_text()
    run("activate", before)
    run("prune", "--keep", "1")
    assert "every file is as it was built" in run("verify", before).output
