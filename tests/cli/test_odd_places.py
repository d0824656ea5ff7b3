"""Folders and files with names that nobody would choose, and machines that will not do as they are told."""

import json

import pytest
from typer.testing import CliRunner

from crimemap.cli import app
from tests.incidents.made import csv_text, folder_of, name_of, street_row, zip_of

GOOD = csv_text([street_row(1), street_row(), street_row(2, Latitude="x")])


def run(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.mark.parametrize(
    "name", ["my crimes", "Heddlu Dyfed â Phowys", "a#b", "what?", "all*", "it's", "month=2024-01", "日本"]
)
def test_a_workspace_may_be_called_anything_reasonable(tmp_path, name):
    archive, workspace = zip_of(tmp_path / "2024-01.zip", {name_of(): GOOD}), tmp_path / name
    assert run("ingest", archive, "-w", workspace).exit_code == 0
    again = json.loads(run("ingest", archive, "-w", workspace, "--json").stdout)
    assert again["totals"]["unchanged"] == 1
    later = run("ingest", archive, "--archive-month", "2024-09", "-w", workspace)
    assert later.exit_code == 0
    assert json.loads(run("coverage", "-w", workspace, "--json").stdout)["rows"][0]["rows"] == 2


@pytest.mark.parametrize("name", ["a[b", "a]b", "a%20b", "a|b", "a\\b", "a\nb"])
def test_a_workspace_that_its_tables_could_not_find_again_is_refused(tmp_path, name):
    result = run("ingest", zip_of(tmp_path / "2024-01.zip", {name_of(): GOOD}), "-w", tmp_path / name)
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert "cannot hold" in line
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_where_the_workspace_should_be_is_said_in_one_sentence(tmp_path, below):
    (tmp_path / "file").write_text("x")
    result = run("ingest", zip_of(tmp_path / "2024-01.zip", {name_of(): GOOD}), "-w", tmp_path / "file" / below)
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert "a file and not a directory" in line


def test_what_the_machine_refuses_is_one_sentence_and_one_document(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device", str(tmp_path / "workspace"))

    monkeypatch.setattr("crimemap.pipeline.ingest.ingest", full)
    result = run("ingest", tmp_path, "-w", tmp_path / "workspace", "--json")
    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    assert error["message"] == "no space left on device"
    assert error["where"] == str(tmp_path / "workspace")
    assert error["fix"]
    [line] = result.stderr.splitlines()
    assert line.startswith("crimemap: ")


def test_names_of_files_neither_break_tables_nor_move_the_cursor(tmp_path):
    folder = folder_of(tmp_path / "a[/b] [red]c", {name_of(): GOOD})
    shown = run("ingest", folder, "-w", tmp_path / "workspace")
    assert shown.exit_code == 0
    assert "[red]c" in shown.stdout
    result = run("ingest", tmp_path / "we\nird \x1b[31m.zip", "-w", tmp_path / "workspace")
    [line] = result.stderr.splitlines()
    assert "\x1b" not in line
    assert "we\\nird" in line


def test_json_goes_to_a_terminal_that_knows_no_accents(tmp_path):
    result = CliRunner(charset="ascii").invoke(app, ["ingest", str(tmp_path / "ŵ.zip"), "--json", "-w", str(tmp_path / "w")])
    assert json.loads(result.stdout)["error"]["where"].endswith("ŵ.zip")
    assert result.exit_code == 1
