"""
The static site of the active release.

A path names a file below `site/` or nothing: no listing, no hidden file, no link that leads outside, no way up.
"""

import base64
import hashlib
import re
from http import HTTPStatus
from pathlib import Path
from typing import Final, cast
from urllib.parse import quote

import anyio.to_thread
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import say
from api.middleware import is_query_api
from api.policies import page_policy
from api.reports import Reports, is_report
from api.site_search import answered, earlier_name, gone_page, search_asked
from api.store.opened import OpenedRelease
from crimemap.language import ENGLISH, LANGUAGES
from crimemap.products.report_files import REPORTS

__all__ = ["Site", "map_policy", "no_release_page", "page_language", "site_file"]

_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
    ".geojson": "application/geo+json",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
    ".atom": "application/atom+xml",
    ".ics": "text/calendar; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/vnd.microsoft.icon",
    ".woff2": "font/woff2",
    ".woff": "font/woff",
    ".pdf": "application/pdf",
    ".gpkg": "application/geopackage+sqlite3",
    ".parquet": "application/vnd.apache.parquet",
    ".zip": "application/zip",
    ".pmtiles": "application/vnd.pmtiles",
}
_SCRIPT: Final = re.compile(rb"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_STYLED: Final = re.compile(rb"<style[\s>]|\sstyle\s*=", re.IGNORECASE)
_SRC: Final = re.compile(rb"\ssrc\s*=", re.IGNORECASE)


class Site:
    """Serve the site; leave what is a route to the application inside."""

    def __init__(self, app: ASGIApp, *, reports: Reports) -> None:
        self._app = app
        self._reports = reports
        self._policies: dict[tuple[str, str], str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a file, a redirect to the folder's own address, or the site's page for what is not there."""
        if scope["type"] != "http" or is_query_api(scope["path"]):
            await self._app(scope, receive, send)
            return
        answer = await self._answer(cast("OpenedRelease", scope["crimemap.release"]), scope)
        await answer(scope, receive, send)

    async def _answer(self, release: OpenedRelease, scope: Scope) -> Response:
        if scope["method"] != "GET":
            return say(scope["path"], HTTPStatus.METHOD_NOT_ALLOWED, "Pages can only be read.", {"Allow": "GET, HEAD"})
        path = scope["path"]
        file = await anyio.to_thread.run_sync(site_file, release.site, path)
        if file is None and is_report(path):
            document = f"{path.removesuffix('.pdf')}.html"
            source = await anyio.to_thread.run_sync(site_file, release.folder / REPORTS, document)
            report = await self._reports.answer(release, path, source)
            if report is not None:
                return report
        if file is None:
            return await _not_there(release, path)
        if file.name == "index.html" and not path.endswith(("/", "/index.html")):
            # Two slashes at the start would name another host.
            return RedirectResponse("/" + quote(path.strip("/")) + "/", HTTPStatus.PERMANENT_REDIRECT)
        asked = search_asked(release.site, file, scope.get("query_string", b""))
        if asked is not None:
            return await anyio.to_thread.run_sync(answered, release.site, file, asked, _spoken(file, release.site))
        headers = {}
        if file.suffix == ".html":
            headers["Content-Language"] = page_language(file, release.site)
        page = file.relative_to(release.site.resolve())
        if file.suffix == ".html" and "maps" in page.parts[:-1]:
            headers["Content-Security-Policy"] = await self._policy(release, file)
        elif file.suffix == ".html":
            headers["Content-Security-Policy"] = await anyio.to_thread.run_sync(page_policy, release.site, page)
        return FileResponse(file, media_type=_TYPES.get(file.suffix.lower(), "application/octet-stream"), headers=headers)

    async def _policy(self, release: OpenedRelease, file: Path) -> str:
        key = (release.id, str(file))
        if key not in self._policies:
            if any(known != release.id for known, _ in self._policies):
                self._policies.clear()
            self._policies[key] = map_policy(await anyio.to_thread.run_sync(file.read_bytes))
        return self._policies[key]


async def _not_there(release: OpenedRelease, path: str) -> Response:
    """Say that there is no page, or that an earlier release had one."""
    page = await anyio.to_thread.run_sync(_page_for_missing, release.site, path)
    if page is None:
        return HTMLResponse(_page("Page not found", "There is no page at this address."), HTTPStatus.NOT_FOUND)
    name = await anyio.to_thread.run_sync(earlier_name, release.site, path)
    gone = page.with_name("gone.html")
    if name is not None and gone.is_file():
        return await anyio.to_thread.run_sync(gone_page, release.site, gone, name, _spoken(gone, release.site))
    said = {"Content-Language": page_language(page, release.site)}
    return FileResponse(page, HTTPStatus.NOT_FOUND, said, media_type=_TYPES[".html"])


def site_file(site: Path, path: str) -> Path | None:
    """
    Find the file that a path names, `index.html` for a folder; nothing where there is none or it is not the site's.

    Parameters
    ----------
    site
        The folder of the site.
    path
        The path of the request, decoded.
    """
    parts = [part for part in path.split("/") if part]
    if any(part.startswith(".") or "\\" in part or not part.isprintable() for part in parts):
        return None
    try:
        root = site.resolve()
        file = root.joinpath(*parts).resolve()
        if file.is_dir():
            file = (file / "index.html").resolve()
        elif path.endswith("/"):
            return None
        if not file.is_relative_to(root) or not file.is_file():
            return None
    except (OSError, ValueError):
        return None
    return file


def page_language(page: Path, site: Path) -> str:
    """Give the language of a page: pages in another than English stand in a folder named after it."""
    first, *_ = page.relative_to(site.resolve()).parts
    return first if first in LANGUAGES else f"{ENGLISH}-GB"


def _spoken(page: Path, site: Path) -> str:
    """Give the language of a page as catalogues name it."""
    return page_language(page, site).partition("-")[0]


def _page_for_missing(site: Path, path: str) -> Path | None:
    """Find the site's page for what is not there, in the language of the path."""
    first = path.lstrip("/").split("/", 1)[0]
    own = site_file(site, f"/{first}/404.html") if first in LANGUAGES else None
    return own or site_file(site, "/404.html")


def map_policy(page: bytes) -> str:
    """
    Give the policy for a stand-alone map: its own inline scripts and no other, nothing from outside.

    folium draws maps with inline scripts and styles, unless they were put into files. The page is part of an audited,
    hashed release, so the hashes of the scripts found in it name what may run.
    """
    hashes = {_hash(found["body"]) for found in _SCRIPT.finditer(page) if not _SRC.search(found["attributes"])}
    scripts = " ".join(["'self'", *sorted(hashes)])
    styles = "'self' 'unsafe-inline'" if _STYLED.search(page) else "'self'"
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


def _hash(script: bytes) -> str:
    # A browser hashes the text after it has read its line ends as single ones.
    digest = hashlib.sha256(script.replace(b"\r\n", b"\n")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def no_release_page() -> Response:
    """Say that there is nothing to serve yet."""
    page = _page("No data is being served at the moment", "A release is being prepared. Please come back later.")
    return HTMLResponse(page, HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "30", "Cache-Control": "no-store"})


def _page(title: str, text: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
        f'<body><main><h1>{title}</h1><p>{text}</p><p><a href="/">First page</a></p></main></body></html>'
    )
