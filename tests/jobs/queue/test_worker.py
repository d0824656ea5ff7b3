"""Workers and what becomes of their jobs: ended by force, killed, stopped, too large, too long, dismissed, and run once."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crimemap.jobs.queue.job import JobLimits, JobRecord
from crimemap.jobs.queue.records import JobStore
from crimemap.jobs.queue.wake import Wake
from crimemap.workspace import Workspace

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are tied to each other by Linux")

ROOT = Path(__file__).parents[3]
LIMITS = JobLimits(running=99, waiting=99)


class Scene:
    """A workspace, its jobs, and workers that a test starts and kills."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace(folder / "w")
        self.workspace.root.mkdir()
        self.ran = folder / "ran"
        self.ran.touch()
        self.store = JobStore(self.workspace, wake=Wake(self.workspace).call)
        self.workers: list[subprocess.Popen[bytes]] = []

    def submit(self, owner: str = "token:a", **inputs: Any) -> str:
        given = {"ran": str(self.ran), **inputs}
        return self.store.submit("kde", given, owner=owner, formats=["csv"], limits=LIMITS).id

    def worker(self, *, at_once: int = 1, lease: float = 30, **limits: float) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.jobs.queue.odd_worker", str(self.workspace.root), str(lease)]
        said = json.dumps({"running": 99, **limits})
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        started = subprocess.Popen([*command, str(at_once), said], env=environment, stdout=subprocess.DEVNULL)
        self.workers.append(started)
        return started

    def until(self, job_id: str, holds: Callable[[JobRecord], bool], seconds: float = 20) -> JobRecord:
        deadline = time.monotonic() + seconds
        while not holds(job := self.store.get(job_id)):
            assert time.monotonic() < deadline, job
            time.sleep(0.02)
        return job

    def ends(self, job_id: str) -> JobRecord:
        return self.until(job_id, lambda job: job.status in {"successful", "failed", "dismissed"})

    def works(self, job_id: str, attempt: int = 1) -> JobRecord:
        return self.until(job_id, lambda job: job.message == "Working" and job.attempts == attempt)

    def forks(self) -> list[int]:
        return [int(line.split()[0]) for line in self.ran.read_text().splitlines()]

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.store.folder / "results")) for path in self.store.folder.glob("results/*/*"))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    for worker in made.workers:
        worker.kill()
        worker.wait()


def gone(pid: int, seconds: float = 3) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_a_job_is_done_by_a_worker_that_was_waiting_and_its_results_are_there(scene: Scene) -> None:
    scene.worker()
    scene.ends(scene.submit())  # by now it is waiting
    job = scene.ends(scene.submit())
    assert (job.status, job.progress, job.attempts) == ("successful", 100, 1)
    assert scene.store.result_path(job.id, "kde.csv").read_text() == "a,b\n1,2\n"
    assert [line for _, line in scene.store.log_of(job.id)] == ["Accepted", "Started", "Working", "Done"]


def test_a_job_whose_worker_is_killed_runs_again_and_ends_well(scene: Scene) -> None:
    job_id = scene.submit(seconds=1.5)
    first = scene.worker(lease=1)
    scene.works(job_id)
    (fork,) = scene.forks()
    first.kill()
    assert gone(fork), "what a killed worker had started goes on"
    assert scene.store.get(job_id).results == ()
    scene.worker()
    job = scene.ends(job_id)
    assert (job.status, job.attempts) == ("successful", 2)
    assert scene.store.result_path(job_id, "kde.csv").read_text() == "a,b\n1,2\n"
    scene.store.expire(job.created)
    assert scene.files() == [f"{job_id}.2/kde.csv"], "something of the first attempt is left"


def test_a_job_whose_workers_are_all_killed_fails_after_three_attempts_with_its_reason(scene: Scene) -> None:
    job_id = scene.submit(seconds=30)
    for attempt in (1, 2, 3):
        worker = scene.worker(lease=1)
        scene.works(job_id, attempt)
        worker.kill()
    scene.worker()
    job = scene.ends(job_id)
    assert (job.status, job.results) == ("failed", ())
    assert job.reason == "It was tried 3 times; the last time its worker was killed or gave no sign of life."
    assert len(scene.forks()) == 3


def test_a_process_that_is_killed_is_tried_three_times_by_the_same_worker(scene: Scene) -> None:
    scene.worker()
    job = scene.ends(scene.submit(ends="killed"))
    assert job.reason == "It was tried 3 times; the last time the process that ran it ended without a word."
    assert len(scene.forks()) == 3
    assert scene.ends(scene.submit()).status == "successful"


def test_a_failure_with_a_reason_is_not_tried_again(scene: Scene) -> None:
    scene.worker()
    job = scene.ends(scene.submit(ends="failed"))
    assert (job.status, job.reason, job.attempts) == ("failed", "there are no incidents in this selection.", 1)
    assert scene.files() == []


def test_what_takes_too_long_too_much_memory_or_too_much_disk_is_stopped_with_a_reason(scene: Scene) -> None:
    scene.worker(at_once=3, longest_s=2, memory_mb=200, result_mb=2)
    long, memory = scene.submit(seconds=30), scene.submit(megabytes=400, seconds=30)
    assert scene.ends(memory).reason == "It needs more memory than a job may take, 200 MB."
    assert scene.ends(long).reason == "It took longer than a job may, 2 s."
    assert scene.ends(scene.submit(megabytes=1, written=3, seconds=30)).reason.startswith("Its results take more")
    assert all(gone(fork) for fork in scene.forks())


def test_a_running_job_that_is_dismissed_is_stopped_soon_and_leaves_nothing(scene: Scene) -> None:
    job_id = scene.submit(seconds=30, stubborn=True)
    scene.worker()
    scene.works(job_id)
    scene.store.dismiss(job_id)
    assert gone(scene.forks()[0], seconds=2)
    assert scene.ends(scene.submit()).status == "successful"
    assert scene.store.get(job_id).status == "dismissed"
    assert not any(name.startswith(job_id) for name in scene.files())


def test_a_worker_that_is_told_to_end_gives_its_job_back_without_counting_an_attempt(scene: Scene) -> None:
    job_id = scene.submit(seconds=1)
    worker = scene.worker()
    scene.works(job_id)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    job = scene.store.get(job_id)
    assert (job.status, job.attempts) == ("accepted", 0)
    scene.worker()
    assert scene.ends(job_id).attempts == 1


def test_two_workers_run_each_of_forty_jobs_exactly_once(scene: Scene) -> None:
    ids = [scene.submit(f"token:{i % 3}", name=str(i)) for i in range(40)]
    for _ in range(2):
        scene.worker(at_once=2)
    assert {scene.ends(job_id).status for job_id in ids} == {"successful"}
    ran = Counter(line.split()[1] for line in scene.ran.read_text().splitlines())
    assert ran == Counter(str(i) for i in range(40))


def test_a_job_whose_message_was_lost_is_found_all_the_same(scene: Scene) -> None:
    scene.worker()
    scene.ends(scene.submit())
    silent = JobStore(scene.workspace).submit("kde", {"ran": str(scene.ran)}, owner="a", formats=[], limits=LIMITS)
    assert scene.ends(silent.id).status == "successful"
