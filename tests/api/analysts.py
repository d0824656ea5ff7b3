"""Ask the partner application as somebody: a workspace of the demonstration county with a drawer of its own."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from crimemap.access.tokens import TokenStore
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
