import csv
import json

import pytest
from typer.testing import CliRunner

from crimemap.cli import app
from tests.cli.test_analyse import documented
from tests.jobs.made import build


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    workspace = build(tmp_path_factory.mktemp("vintages")).root

    def _run(*arguments, ok=True):
        result = CliRunner().invoke(app, [*map(str, arguments), "--workspace", str(workspace)])
        assert (result.exit_code == 0) is ok, result.output
        return result

    return _run


@pytest.fixture(scope="module")
def counted(run, tmp_path_factory):
    """Counts by the old set, month by month; the eastern force lacks March."""
    path = tmp_path_factory.mktemp("counts") / "old.csv"
    run("counts", "--by", "csp-2017", "--by-month", "--output", path)
    return path


def test_the_json_has_the_documented_fields_and_nothing_else(run, counted):
    said = json.loads(run("vintages", "csp-2017", "lad-2017", "--counts", counted, "--json").stdout)
    fields = documented("vintages")
    assert set(said) == fields.pop("")
    for name, wanted in fields.items():
        for row in said[name] if isinstance(said[name], list) else [said[name]]:
            assert set(row) == wanted, name
    assert said["summary"]["merged"] == 6
    assert said["events"][0]["population"] > 0


def test_counts_carried_over_are_those_counted_by_the_new_set(run, counted, tmp_path):
    run("vintages", "csp-2017", "lad-2017", "--counts", counted, "--output", tmp_path / "new.csv")
    run("counts", "--by", "lad-2017", "--by-month", "--output", tmp_path / "lad.csv")
    new, lad = (
        {
            (row["area_code"], row["month"]): float(row["incidents"] or "nan")
            for row in csv.DictReader((tmp_path / name).read_text(encoding="utf-8").splitlines())
        }
        for name in ("new.csv", "lad.csv")
    )
    assert new == pytest.approx(lad, nan_ok=True)
    assert any(value != value for value in new.values())  # noqa: PLR0124 - a month without data


def test_people_are_told_what_changed_and_how_counts_were_divided(run, counted):
    told = run("vintages", "csp-2017", "lad-2017", "--counts", counted).stdout
    assert "csp-2017 (12 areas) to lad-2017 (6): 6 merged." in told
    assert "incidents carried over, 0 of them from areas that were divided." in told


def test_a_file_that_is_not_counts_is_refused(run, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    assert "no column area_code, incidents" in run("vintages", "csp", "lad", "--counts", path, ok=False).stderr
    assert "cannot be read" not in run("vintages", "csp", "lad", "--counts", path, ok=False).stdout
    assert "not a CSV file" in run("vintages", "csp", "lad", "--counts", tmp_path / "none.csv", ok=False).stderr
