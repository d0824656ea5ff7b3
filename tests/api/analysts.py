"""Ask the partner application as somebody: a workspace of the demonstration county with a drawer of its own."""

import asyncio
import copy
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from crimemap.access.tokens import TokenStore
from crimemap.errors import CrimemapError
from crimemap.jobs.queue.leases import JobLeases
from crimemap.jobs.queue.outputs import write_outputs
from crimemap.jobs.queue.records import JobStore
from crimemap.jobs.registry import run
from crimemap.workspace import Workspace


def borrowed(demo_workspace: Path, root: Path) -> Workspace:
    """Give a workspace that reads the demonstration county's data and writes beside it."""
    root.mkdir()
    for folder in demo_workspace.iterdir():
        if folder.name != "jobs":
            (root / folder.name).symlink_to(folder)
    return Workspace(root)


class Asking:
    """Somebody with a token."""

    def __init__(self, app: FastAPI, workspace: Workspace, **token: Any) -> None:
        self.app = app
        self.token, self._text = TokenStore(workspace).create(days=1, **token)
        self.name = self.token.principal().name

    def rotated(self, workspace: Workspace) -> "Asking":
        """Give somebody with the token that takes the place of this one, which stays good for a while."""
        made = copy.copy(self)
        made.token, made._text = TokenStore(workspace).rotate(self.token.id, days=1)
        made.name = made.token.principal().name
        return made

    def request(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **given: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            known = {"Authorization": f"Bearer {self._text}", **(headers or {})}
            async with httpx.AsyncClient(transport=transport, base_url="http://partner.test", headers=known) as client:
                return await client.request(method, path, **given)

        return asyncio.run(ask())

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.request("GET", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        return self.request("POST", path, **given)

    def delete(self, path: str, **given: Any) -> httpx.Response:
        return self.request("DELETE", path, **given)


def work_off(workspace: Workspace, store: JobStore) -> int:
    """Do what waits as a worker does, in this process; give how many jobs there were."""
    leases = JobLeases(store, worker="test", lease=timedelta(seconds=60))
    done = 0
    while (job := leases.claim(running_per_owner=10)) is not None:
        done += 1
        try:
            result = run(job.process_id, workspace, job.inputs)
        except CrimemapError as error:
            leases.fail(job, str(error))
            continue
        folder = store.results_folder(job.id, job.attempts)
        folder.mkdir(parents=True)
        leases.finish(job, write_outputs(result, folder, process_id=job.process_id, formats=job.formats))
    return done
