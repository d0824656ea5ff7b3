"""`crimemap backtest` and `crimemap run`: what people are told, and the documented JSON."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crimemap.cli import app
from tests.jobs.made import EAST_FORCE, WEST_FORCE, build

DOCUMENTED = Path(__file__).parents[2] / "docs" / "json" / "backtest.md"
BACKTEST = (
    "backtest", "--force", WEST_FORCE, "--cells", "250m", "--methods", "kde:quartic:500,gistar:1",
    "--baselines", "last:2,area", "--training", "2", "--resamples", "200",
)  # fmt: skip
GAP = ("backtest", "--force", EAST_FORCE, "--cells", "500m", "--methods", "gistar:1", "--training", "1")
JOB = f"""\
process = "hotspots"
[inputs]
force = "{WEST_FORCE}"
[output]
file = "hot.csv"
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    workspace = build(tmp_path_factory.mktemp("backtest")).root

    def _run(*arguments, ok=True):
        result = CliRunner().invoke(app, [*map(str, arguments), "--workspace", str(workspace)])
        assert (result.exit_code == 0) is ok, result.output
        return result

    return _run


@pytest.fixture
def job(tmp_path):
    path = tmp_path / "job.toml"
    path.write_text(JOB)
    return path


def documented(command: str) -> dict[str, set[str]]:
    section = re.search(
        rf"^## `crimemap {command}`\n(.*?)(?=^## |\Z)", DOCUMENTED.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert section is not None
    fields: dict[str, set[str]] = {"": set()}
    for name in re.findall(r"^\| `([^`]+)` \|", section[1], re.MULTILINE):
        parent, _, field = name.rpartition(".")
        fields.setdefault(parent.removesuffix("[]"), set()).add(field.removesuffix("[]"))
    return fields


def check(said: dict, named: dict[str, set[str]]) -> None:
    assert set(said) == named.pop("")
    for parent, fields in named.items():
        found = said
        for part in parent.split("."):
            found = found[part.removesuffix("[]")]
        rows = found if isinstance(found, list) else [found]
        assert rows, parent
        assert all(set(row) == fields for row in rows), parent


def test_the_json_of_a_back_test_has_the_documented_fields_and_nothing_else(run):
    named = documented("backtest")
    skipped = named.pop("skipped")
    check(json.loads(run(*BACKTEST, "--json").stdout), dict(named))
    with_gap = json.loads(run(*GAP, "--json").stdout)
    assert all(set(row) == skipped for row in with_gap["skipped"])
    assert with_gap["skipped"]


def test_the_json_of_a_run_has_the_documented_fields_and_nothing_else(run, job):
    check(json.loads(run("run", job, "--json").stdout), documented("run"))


def test_people_are_told_who_leads_and_whether_anyone_beats_counting(run):
    said = " ".join(run(*BACKTEST).stdout.split())
    assert "2 tests of 1 month from 2024-03 to 2024-04, each after 2 months of training." in said
    assert "2 % of the area" in said
    assert "last:2 (baseline)" in said
    assert re.search(r"[+-]\d+\.\d points \([+-]\d+\.\d to [+-]\d+\.\d\)", said)
    assert "At 1 % of the area nothing can be said: 2 test periods are too few, 6 are the least." in said


def test_people_are_told_which_tests_were_left_out(run):
    said = run(*GAP).stdout
    assert "2 tests left out, for months without data: 2024-03." in said
    assert f"No data of {EAST_FORCE} for 1 of these months: 2024-03." in said


def test_a_map_says_how_its_method_would_have_done(run):
    asked = ("hotspots", "--force", WEST_FORCE, "--cells", "h3:10")
    said = " ".join(run(*asked, "--from", "2024-03", "--to", "2024-04").stdout.split())
    assert "So far Gi* with a ring of 1 would have caught" in said
    assert "Tested on 2 of the 12 months up to 2024-04, each from the 2 before it" in said
    assert "2 test periods are too few" in said
    assert "No back-test: no month to test on has 4 months of history before it" in " ".join(run(*asked).stdout.split())
    assert "No back-test: it was not asked for." in run(*asked, "--no-backtest").stdout


def test_a_figure_is_written_and_named(run, tmp_path):
    out = tmp_path / "board.png"
    assert "Written to" in run(*BACKTEST, "--output", out).stdout
    assert out.read_bytes().startswith(b"\x89PNG")


def test_a_job_says_what_it_wrote_and_whether_it_is_the_same_again(run, job):
    first = run("run", job, "--pin").stdout
    assert "Written hot.csv" in first
    assert "hot.csv.manifest.json" in first
    assert "[data]" in job.read_text()
    assert "The same bytes as before." in run("run", job).stdout


def test_a_job_for_other_data_is_refused_and_run_when_asked(run, job):
    run("run", job, "--pin")
    job.write_text(job.read_text().replace('loads_sha256 = "', 'loads_sha256 = "0'))
    assert "other incidents are loaded" in run("run", job, ok=False).stderr
    assert "Warning: other incidents are loaded." in run("run", job, "--other-data").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("backtest",), "neither a force nor an area is named"),
        ((*BACKTEST, "--engine", "spark"), "is no engine"),
        ((*BACKTEST, "--scheduler", "tcp://127.0.0.1:1"), "the local engine has no scheduler"),
        ((*BACKTEST, "--workers", "0"), "0 workers do no work"),
        ((*BACKTEST, "--coverage", "a lot"), "is no share of an area"),
        (("run", "none.toml"), "the job file cannot be read"),
    ],
)
def test_an_error_is_one_sentence_and_a_status(run, arguments, said):
    result = run(*arguments, ok=False)
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
