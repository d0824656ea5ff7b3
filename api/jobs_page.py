"""
The page on which analyses are run: files that hold nothing of the workspace, so they are open to everybody.

What it shows it asks for with the token that is typed into it.
"""

import json
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from crimemap.language import ENGLISH
from crimemap.products.context import site_name
from crimemap.products.rendering import environment
from crimemap.resources import web_path

__all__ = ["PAGE", "add_jobs_page"]

PAGE: Final = "/jobs-page"


def add_jobs_page(app: FastAPI) -> None:
    """Serve the page and its assets beside the routes that need a token."""
    page: list[bytes] = []

    async def shown(_: Request) -> Response:
        if not page:
            page.append(_page())
        return Response(page[0], media_type="text/html")

    app.router.routes.append(Route(PAGE, shown, methods=["GET"], include_in_schema=False))
    app.router.routes.append(Mount(f"{PAGE}/assets", _Assets(), name="jobs-page-assets"))


class _Assets:
    """The web assets, looked for when they are first asked for: without them the application serves all the rest."""

    def __init__(self) -> None:
        self._files: StaticFiles | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give a file."""
        if self._files is None:
            self._files = StaticFiles(directory=web_path())
        await self._files(scope, receive, send)


def _page() -> bytes:
    listed = json.loads((web_path() / "assets.json").read_text(encoding="utf-8"))["files"]
    hashes = {name: file["sha256"][:8] for name, file in listed.items()}
    return (
        environment()
        .get_template("jobs.html")
        .render(hashes=hashes, root=f"{PAGE.lstrip('/')}/", site_name=site_name(), language=ENGLISH)
        .encode()
    )
