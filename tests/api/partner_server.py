"""The partner application and a worker, each a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from crimemap.workspace import Workspace
from tests.api.server import free_port


@contextmanager
def _running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as written:
        process = subprocess.Popen(command, env=environment, stdout=written, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def partner_and_worker(workspace: Workspace, logs: Path) -> Iterator[str]:
    """Serve a workspace and do its jobs until the block ends, with logs `api.log` and `worker.log`; give the address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {"CRIMEMAP_WORKSPACE": str(workspace.root), "CRIMEMAP_JOBS_WAIT_S": "60"}
    serve = [sys.executable, "-P", "-m", "uvicorn", "api.main:partner", "--factory", "--port", str(port)]
    work = [sys.executable, "-c", "from crimemap.cli import main; main()", "worker", "--workspace", str(workspace.root)]
    with ExitStack() as stack:
        processes = {
            name: stack.enter_context(_running(command, environment, logs / f"{name}.log"))
            for name, command in (("api", serve), ("worker", work))
        }
        for _ in range(1_200):
            for name, process in processes.items():
                assert process.poll() is None, (logs / f"{name}.log").read_text()
            try:
                httpx.get(f"{url}/openapi.json")
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield url
