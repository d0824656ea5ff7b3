"""Jobs over HTTP whose workers are woken by a Redis server, which may go and come back."""

import importlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.partner import create_app
from crimemap.settings import PrivateSettings
from crimemap.workspace import Workspace
from tests.api.analysts import Asking, borrowed
from tests.api.server import free_port

if os.environ.get("CI"):
    redis = importlib.import_module("redis")
else:
    redis = pytest.importorskip("redis", reason="the package redis is not installed (pip install 'crimemap[redis]')")
ASYNC = {"Prefer": "respond-async"}
MESSAGES = "huey.redis.crimemapjobs"


def until(true: Callable[[], bool], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


class Server:
    """A Redis server of its own that keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.port, self._folder = free_port(), folder
        self.client = redis.Redis(port=self.port, retry=None)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen([*command, "--dir", str(self._folder)], stdout=subprocess.DEVNULL)
        until(self._answers)

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self.client.close()

    def taken(self) -> int:
        """Say how many messages were put into the queue since the server started, once none is left in it."""
        until(lambda: self.client.llen(MESSAGES) == 0)
        return int(self.client.info("commandstats").get("cmdstat_lpush", {}).get("calls", 0))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if shutil.which("redis-server") is None:
        if os.environ.get("CI"):
            pytest.fail("redis-server is not installed: .ci/run installs it")
        pytest.skip("redis-server is not installed")
    made = Server(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def workspace(demo_workspace: Path, tmp_path: Path) -> Workspace:
    return borrowed(demo_workspace, tmp_path / "workspace")


@pytest.fixture
def worker(workspace: Workspace, server: Server, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    main = "from crimemap.cli import main; main()"
    command = [sys.executable, "-c", main, "worker", "--workspace", str(workspace.root)]
    environment = os.environ | {"CRIMEMAP_JOBS_REDIS": f"redis://127.0.0.1:{server.port}/0"}
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    yield process
    process.terminate()
    process.wait(20)


def test_jobs_are_told_by_redis_and_none_is_lost_while_it_is_gone(
    workspace: Workspace, server: Server, worker: subprocess.Popen[bytes]
) -> None:
    app = create_app(PrivateSettings(workspace=workspace.root, jobs_redis=f"redis://127.0.0.1:{server.port}/0"))
    analyst = Asking(app, workspace, scopes=["jobs:run"])

    def asked() -> str:
        answer = analyst.post(
            "/processes/counts/execution", json={"inputs": {"by": "csp"}, "outputs": {"csv": {}}}, headers=ASYNC
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["jobID"]

    def ends_well(job: str) -> None:
        until(lambda: analyst.get(f"/jobs/{job}").json()["status"] not in {"accepted", "running"})
        told = analyst.get(f"/jobs/{job}").json()
        assert (told["status"], told["attempts"]) == ("successful", 1), told
        assert analyst.get(f"/jobs/{job}/results/counts.csv").text.startswith("area")

    ends_well(asked())
    assert server.taken() == 1
    assert not (workspace.root / "jobs" / "queue.sqlite").exists()

    server.kill()
    begun = time.monotonic()
    jobs = [asked() for _ in range(3)]
    assert time.monotonic() - begun < 6, "a queue that is gone keeps nobody waiting for an answer"
    for job in jobs:
        ends_well(job)
    assert worker.poll() is None

    server.start()
    assert server.taken() == 0
    ends_well(asked())
    assert server.taken() == 1


def test_a_server_that_does_not_answer_keeps_nobody_waiting(workspace: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        app = create_app(PrivateSettings(workspace=workspace.root, jobs_redis=address))
        analyst = Asking(app, workspace, scopes=["jobs:run"])
        begun = time.monotonic()
        answer = analyst.post("/processes/counts/execution", json={"inputs": {"by": "csp"}}, headers=ASYNC)
        assert answer.status_code == 201
        assert time.monotonic() - begun < 5
        assert analyst.delete(f"/jobs/{answer.json()['jobID']}").json()["status"] == "dismissed"
