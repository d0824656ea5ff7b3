"""Ask an application without a server."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI


class InProcess:
    """A client of one application, each request awaited in turn."""

    def __init__(self, app: FastAPI, *, address: str = "192.0.2.1") -> None:
        self.app = app
        self._loop = asyncio.new_event_loop()
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 50_000))
        self._client = httpx.AsyncClient(transport=transport)

    def request(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        return self._loop.run_until_complete(self._client.request(method, f"http://crimemap.test{path}", **kwargs))

    def get(self, path: str, **kwargs: Any) -> httpx.Response:
        return self.request("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> httpx.Response:
        return self.request("POST", path, **kwargs)

    def gather(self, *paths: str) -> list[httpx.Response]:
        async def together() -> list[httpx.Response]:
            return list(await asyncio.gather(*(self._client.get(path) for path in paths)))

        return self._loop.run_until_complete(together())

    def close(self) -> None:
        async def end() -> None:
            await self._client.aclose()
            await self.app.state.active.close()
            await self._loop.shutdown_default_executor()

        self._loop.run_until_complete(end())
        self._loop.close()
