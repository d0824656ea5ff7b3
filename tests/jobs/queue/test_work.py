"""Analyses as jobs, by the program that people run: their files, their refusals, and nothing of a row in a log."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from crimemap.cli import app
from crimemap.jobs.queue import work
from crimemap.jobs.queue.job import JobLimits, JobRecord
from crimemap.jobs.queue.outputs import formats_of
from crimemap.jobs.queue.records import JobStore
from crimemap.jobs.queue.tables import JOBS
from crimemap.workspace import Workspace
from tests.jobs.made import WEST_FORCE

CRIMEMAP = (sys.executable, "-c", "from crimemap.cli import main; main()")
LIMITS = JobLimits()


def ask(store: JobStore, process: str, formats: tuple[str, ...] = ("json",), **inputs: Any) -> str:
    return store.submit(process, inputs, owner="token:a", formats=formats, limits=LIMITS).id


def crimemap(workspace: Workspace, *words: str, **environment: str) -> dict[str, Any]:
    command = [*CRIMEMAP, *words, "--workspace", str(workspace.root), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=os.environ | environment)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def said_by(workspace: Workspace, *words: str) -> dict[str, Any]:
    """As `crimemap`, in this process."""
    done = CliRunner().invoke(app, [*words, "--workspace", str(workspace.root), "--json"])
    assert done.exit_code == 0, done.output
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.fixture(scope="module")
def done(made: Workspace, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, dict[str, JobRecord]]:
    """Give a workspace in which a worker did every job there was, and the jobs."""
    workspace = Workspace(tmp_path_factory.mktemp("done") / "w")
    copytree(made.root, workspace.root)
    store = JobStore(workspace)
    asked = {
        "surface": ask(store, "kde", formats_of("kde"), area="csp-2017:E22000001", backtest=False),
        "too large": ask(store, "kde", force=WEST_FORCE),
        "nowhere": ask(store, "hotspots", area="csp-2017:E99"),
        "a file": ask(store, "vintages", old="csp-2017", new="csp-2017", counts="/etc/passwd"),
        "counts": ask(store, "counts", ("csv",), by="csp-2017"),
    }
    said = crimemap(workspace, "worker", "--once", CRIMEMAP_JOBS_LARGEST_AREA_KM2="5")
    assert said == {"jobs": len(asked)}
    return workspace, {name: store.get(job_id) for name, job_id in asked.items()}


def test_a_surface_is_given_in_every_format_with_the_size_that_it_has(done: tuple[Workspace, dict[str, JobRecord]]) -> None:
    workspace, jobs = done
    job = jobs["surface"]
    assert (job.status, job.reason) == ("successful", "")
    assert {file.name for file in job.results} == {
        f"kde.{ending}" for ending in ("json", "csv", "geojson", "gpkg", "parquet", "tif", "png", "html")
    }
    for file in job.results:
        assert JobStore(workspace).result_path(job.id, file.name).stat().st_size == file.size_bytes
    said = json.loads(JobStore(workspace).result_path(job.id, "kde.json").read_text())
    assert said["parameters"]["area"] == "csp-2017:E22000001"


def test_progress_goes_up_through_stages_that_have_names(done: tuple[Workspace, dict[str, JobRecord]]) -> None:
    workspace, jobs = done
    lines = [line for _, line in JobStore(workspace).log_of(jobs["surface"].id)]
    assert lines[:3] == ["Accepted", "Started", "Measuring the study area"]
    assert lines[-2:] == ["Writing", "Done"]
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("too large", "the study area has 6 km², a job may look at 5. Choose a smaller area."),
        ("nowhere", "there is no such area"),
        ("a file", "a job reads no files"),
    ],
)
def test_a_job_that_cannot_be_done_says_why_and_has_no_results(
    done: tuple[Workspace, dict[str, JobRecord]], name: str, reason: str
) -> None:
    _, jobs = done
    job = jobs[name]
    assert (job.status, job.results, job.attempts) == ("failed", (), 1)
    assert reason in job.reason


def test_no_reason_names_a_path_of_the_machine(done: tuple[Workspace, dict[str, JobRecord]]) -> None:
    workspace, jobs = done
    assert not [job.reason for job in jobs.values() if str(workspace.root) in job.reason]


def test_the_commands_list_show_and_dismiss_jobs(done: tuple[Workspace, dict[str, JobRecord]]) -> None:
    workspace, jobs = done
    listed = said_by(workspace, "jobs", "list", "--status", "failed")["jobs"]
    assert {job["id"] for job in listed} == {jobs[name].id for name in ("too large", "nowhere", "a file")}
    assert not any("inputs" in job for job in listed)
    shown = said_by(workspace, "jobs", "show", jobs["counts"].id)
    assert shown["job"]["inputs"] == {"by": "csp-2017"}
    assert [Path(file).read_text()[:9] for file in shown["files"]] == ["area_code"]
    assert shown["log"][-1]["line"] == "Done"
    assert said_by(workspace, "jobs", "dismiss", jobs["counts"].id)["job"]["status"] == "dismissed"
    assert not Path(shown["files"][0]).exists()


def test_an_analysis_survives_the_end_by_force_of_its_worker(made: Workspace, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    copytree(made.root, workspace.root)
    store = JobStore(workspace)
    job_id = ask(store, "hotspots", ("csv",), force=WEST_FORCE, location_draws=99, backtest=False)
    command = [*CRIMEMAP, "worker", "--workspace", str(workspace.root)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as worker:
        deadline = time.monotonic() + 60
        while store.get(job_id).message in {"Waiting", "Starting"} and time.monotonic() < deadline:
            time.sleep(0.005)
        worker.kill()
    killed = store.get(job_id)
    assert (killed.status, killed.results) == ("running", ())
    with store.tables.writing() as connection:
        connection.execute(update(JOBS).values(leased_until=0))  # rather than to wait for it
    crimemap(workspace, "worker", "--once")
    job = store.get(job_id)
    assert (job.status, job.attempts) == ("successful", 2)
    assert [file.name for file in job.results] == ["hotspots.csv"]


def test_what_was_said_of_a_row_stays_out_of_the_log_and_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("row 7: Acacia Avenue")

    monkeypatch.setattr(work, "run", fails)
    monkeypatch.setattr(work, "go_gently", lambda _bytes: None)
    ours, theirs = socket.socketpair()
    asked = {
        "workspace": str(tmp_path),
        "process": "counts",
        "inputs": {"by": "csp-2017"},
        "formats": [],
        "folder": str(tmp_path),
        "largest_area_km2": 1,
        "memory_mb": 1,
    }
    with ours, theirs:
        ours.sendall(json.dumps(asked).encode() + b"\n")
        work.work(theirs)
        said = [json.loads(line) for line in ours.recv(1 << 16).splitlines()]
    assert said[-1] == {"failed": "An error that is not of your making (ValueError); the log of the worker says where."}
    log = capfd.readouterr().err
    assert "counts: ValueError" in log
    assert "test_work.py" in log
    assert "Acacia" not in log
