"""
A team's whole way over HTTP, on the demonstration county, every part a process of its own.

A token is made; the team reads its week, publishes a priority, and sees it on the public page and under `/api`; an analysis
runs as a job whose worker is killed; and the audit log shows all of it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from crimemap.access.principal import ADMIN
from crimemap.access.tokens import TokenStore
from crimemap.areas.neighbourhoods import NeighbourhoodStore
from crimemap.cli import app as cli
from crimemap.products.names import area_folder
from crimemap.workspace import Workspace
from tests.api.own_releases import with_own_releases
from tests.api.server import free_port, serving

ISSUE = "Burglary in Quay Lane, written by a team"


class County:
    """The demonstration county as it is served: the public application, the partner application, and a worker."""

    def __init__(self, workspace: Workspace, folder: Path, stack: ExitStack) -> None:
        self.workspace = workspace
        self._folder, self._stack = folder, stack
        self._environment = os.environ | {"CRIMEMAP_WORKSPACE": str(workspace.root), "CRIMEMAP_JOBS_LEASE_S": "5"}
        self.public = stack.enter_context(serving(workspace.releases, folder / "public.log")).url
        port = free_port()
        self._start("partner", "-P", "-m", "uvicorn", "api.main:partner", "--factory", "--port", str(port))
        self.partner = f"http://127.0.0.1:{port}"
        self.worker = self.start_worker()
        _until(lambda: _answers(f"{self.partner}/openapi.json"))

    def start_worker(self) -> subprocess.Popen[bytes]:
        main = "from crimemap.cli import main; main()"
        return self._start("worker", "-c", main, "worker", "--workspace", str(self.workspace.root))

    def _start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        log = self._stack.enter_context((self._folder / f"{name}-{time.monotonic_ns()}.log").open("wb"))
        process = subprocess.Popen([sys.executable, *arguments], env=self._environment, stdout=log, stderr=log)
        self._stack.callback(process.wait, 30)
        self._stack.callback(process.terminate)
        return process

    def logs(self) -> str:
        return "".join(path.read_text() for path in self._folder.glob("*.log"))


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def _until(true: Callable[[], Any], *, seconds: float = 60) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = true()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come")


@pytest.fixture(scope="module")
def county(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    folder = tmp_path_factory.mktemp("round-trip")
    with ExitStack() as stack:
        yield County(with_own_releases(demo_workspace, folder / "workspace"), folder, stack)


def _job_whose_worker_is_killed(county: County, client: httpx.Client, inputs: dict[str, Any]) -> list[tuple[str, int, int]]:
    """Ask for a job, kill its worker while it runs, start another; give each status, progress and attempt that was told."""
    asked = {"inputs": inputs, "outputs": {"geojson": {}}}
    job = client.post("/processes/hotspots/execution", json=asked, headers={"Prefer": "respond-async"})
    assert job.status_code == 201, job.text
    here = f"/jobs/{job.json()['jobID']}"
    seen: list[tuple[str, int, int]] = []

    def status() -> str:
        told = client.get(here).json()
        seen.append((told["status"], told["progress"], told["attempts"]))
        return str(told["status"])

    _until(lambda: status() == "running")
    os.kill(county.worker.pid, signal.SIGKILL)
    county.start_worker()
    _until(lambda: status() not in {"accepted", "running"}, seconds=180)
    assert set(client.get(f"{here}/results").json()) == {"geojson"}
    return seen


def test_a_team_and_an_analyst_go_all_the_way(county: County) -> None:
    store = NeighbourhoodStore(county.workspace)
    force = store.forces()[0]
    code = store.neighbourhoods(force)[3]["id"]
    scopes = ["--scope", "team:read", "--scope", "team:write"]
    options = ["tokens", "create", "--team", f"{force}/{code}", *scopes, "--workspace", str(county.workspace.root), "--json"]
    token = json.loads(CliRunner().invoke(cli, options).stdout)["token"]
    team = httpx.Client(base_url=county.partner, headers={"Authorization": f"Bearer {token}"}, timeout=120)
    with team:
        # The team reads its week.
        assert team.get("/teams/me").json()["id"] == code
        briefing = team.get("/teams/me/briefing")
        assert briefing.status_code == 200, briefing.text
        assert team.get("/teams/me/incidents?limit=5").json()["incidents"]

        # It publishes a priority, which the public sees.
        page = f"{county.public}/{area_folder('neighbourhood', code, force)}/index.html"
        priorities = f"{county.public}/api/{force}/{code}/priorities"
        assert ISSUE not in httpx.get(page).text
        draft = team.post("/teams/me/texts/priorities", json={"issue": f"<p>{ISSUE}</p>", "issue-date": "2025-01-15"})
        tag = {"If-Match": draft.headers["etag"]}
        published = team.post(f"{draft.headers['location']}/publish?when=at_once", headers=tag).json()
        assert published["release"]["status"] == "released", published
        shown = _until(lambda: [one for one in httpx.get(priorities).json() if ISSUE in (one["issue"] or "")])
        assert shown[0]["issue-date"] == "2025-01-15T00:00:00"
        assert f"<p>{ISSUE}</p>" in httpx.get(page).text
        assert ISSUE in httpx.get(page.replace("index.html", "feed.atom")).text
        assert httpx.get(f"{county.public}/v1/releases/active").json()["id"] == published["release"]["id"]

    # An analyst's job runs with progress, and outlives its worker.
    analyst, text = TokenStore(county.workspace).create(scopes=["jobs:run"], days=1)
    with httpx.Client(base_url=county.partner, headers={"Authorization": f"Bearer {text}"}, timeout=120) as client:
        seen = _job_whose_worker_is_killed(county, client, {"force": force, "cells": "h3:9"})
    assert seen[-1] == ("successful", 100, 2), "it was taken up again by another worker"
    assert len({progress for _, progress, _ in seen}) >= 3, "progress was told"

    # The audit log shows it all, and nothing of what was written.
    admin = TokenStore(county.workspace).create(scopes=[ADMIN], days=1)[1]
    log = httpx.get(f"{county.partner}/audit?limit=1000", headers={"Authorization": f"Bearer {admin}"})
    own = [one for one in log.json()["accesses"] if one["who"] == f"token:{token[9:21]}"]
    actions = [(one["action"], one["status"]) for one in reversed(own)]
    told = [
        ("GET /teams/me", 200),
        ("GET /teams/me/briefing", 200),
        ("GET /teams/me/incidents", 200),
        ("POST /teams/me/texts/priorities", 201),
        ("POST /teams/me/texts/priorities/{identifier}/publish", 200),
    ]
    assert actions[: len(told)] == told
    jobs = [one["action"] for one in log.json()["accesses"] if one["who"] == analyst.principal().name]
    assert {"POST /processes/{process_id}/execution", "GET /jobs/{job_id}", "GET /jobs/{job_id}/results"} <= set(jobs)
    assert {(one["force"], one["area_code"]) for one in own[-len(told) :]} == {(force, code)}
    assert ISSUE not in log.text
    assert token[22:] not in county.logs()
    assert text[22:] not in county.logs()
    assert ISSUE not in county.logs()
