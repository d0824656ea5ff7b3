"""How soon a job begins after it was accepted, with one worker that has nothing to do, and what that worker takes."""

import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crimemap.jobs.queue.asked import checked_job
from crimemap.jobs.queue.job import FINISHED, JobLimits
from crimemap.jobs.queue.records import JobStore
from crimemap.jobs.queue.wake import Wake
from crimemap.workspace import Workspace

_WORKSPACE = os.environ.get("CRIMEMAP_LOAD_WORKSPACE", "")
_TIMES = 25
#: England and Wales, drawn roughly.
_EVERYWHERE = "drawn:-5.9,49.95;1.7,50.3;1.7,55.9;-3.5,55.9"
_ASKED = {
    "hotspots": {"force": os.environ.get("CRIMEMAP_LOAD_FORCE", "cambridgeshire"), "backtest": False},
    "kde": {
        "area": _EVERYWHERE,
        "cell_size_m": 1000,
        "bandwidth": "2000",
        "first_month": "2016-01",
        "last_month": "2025-12",
        "backtest": False,
    },
}

pytestmark = pytest.mark.skipif(not _WORKSPACE, reason="CRIMEMAP_LOAD_WORKSPACE names no workspace with data")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The data of the workspace named, with jobs of its own."""
    made = Workspace(tmp_path_factory.mktemp("jobs") / "w")
    made.root.mkdir()
    for name in ("incidents", "places", "areas", "lookups", "neighbourhoods"):
        (made.root / name).symlink_to(Path(_WORKSPACE).absolute() / name)
    return made


@pytest.fixture(scope="module")
def worker(workspace: Workspace) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", "from crimemap.cli import main; main()", "worker", "-w", str(workspace.root)]
    environment = os.environ | {"CRIMEMAP_JOBS_LARGEST_AREA_KM2": "400000"}
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment) as running:
        time.sleep(8)
        yield running
        running.terminate()


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("process", ["hotspots", "kde"])
def test_a_job_begins_soon_after_it_was_accepted(workspace: Workspace, process: str) -> None:
    store = JobStore(workspace, wake=Wake(workspace).call)
    inputs, formats = checked_job(process, _ASKED[process], ["json"])

    def ask() -> str:
        return store.submit(process, inputs, owner="bench", formats=formats, limits=JobLimits()).id

    whole = ask()
    while store.get(whole).status not in FINISHED:
        time.sleep(0.1)
    used = json.loads(store.result_path(whole, f"{process}.json").read_text())["incidents"]["used"]
    taken, told = [], []
    for _ in range(_TIMES):
        time.sleep(random.uniform(0.8, 1.4))  # noqa: S311 - not in step with the worker's looks
        job_id = ask()
        while len(log := store.log_of(job_id)) < 3:
            time.sleep(0.01)
        store.dismiss(job_id)
        (accepted, _), (started, _), (stage, _) = log[:3]
        taken.append(1000 * (started - accepted).total_seconds())
        told.append(1000 * (stage - accepted).total_seconds())
    print(f"\n{process} of {used:,} incidents: taken {_said(taken)}, first stage told {_said(told)}")
    assert statistics.median(told) < 200


def test_what_a_worker_takes_that_waits(worker: subprocess.Popen[bytes]) -> None:
    listed = subprocess.run(["pgrep", "-P", str(worker.pid)], capture_output=True, text=True, check=True).stdout.split()
    for name, pid in (("worker", worker.pid), ("process that forks", int(listed[0]))):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        pss = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        print(f"\n{name}: {pss / 1024:.0f} MiB")
        assert pss < 512 * 1024


def _said(milliseconds: list[float]) -> str:
    cuts = statistics.quantiles(milliseconds, n=20)
    return f"p50 {statistics.median(milliseconds):.0f} ms, p95 {cuts[18]:.0f} ms"
