"""A real uvicorn process on a free port."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from crimemap.cli.servers import public_environment


@dataclass
class RunningServer:
    url: str
    process: subprocess.Popen[bytes]
    log: Path


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as tried:
        return int(tried.getsockname()[1])


@contextmanager
def serving(releases: Path, log: Path, **environment: str) -> Iterator[RunningServer]:
    """Run the public application until the block ends; its limit of requests is off unless asked for."""
    port = free_port()
    known = public_environment(releases, os.environ) | {"CRIMEMAP_RATE_LIMIT_PER_SECOND": "0"} | environment
    command = [sys.executable, "-P", "-m", "uvicorn", "api.main:public", "--factory", "--port", str(port)]
    with log.open("wb") as written:
        process = subprocess.Popen(command, env=known, cwd=releases, stdout=written, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, log)
        yield RunningServer(url, process, log)
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise AssertionError(log.read_text())
        try:
            httpx.get(f"{url}/v1/releases/active")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not start")
