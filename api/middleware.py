"""
What happens around every request of the public application, from the outside in.

`Shield` turns what nobody foresaw into a sentence; `Headers` adds what browsers must be told, answers preflights and makes
HEAD out of GET; `Limits` refuses what is too long or too much; `Lease` holds the active release while it is used and answers
conditional requests from its name.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers as RequestHeaders
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import is_mapit, is_police_api, is_postcodes_io, say, unexpected
from api.limits import LeakyBuckets
from api.releases import ActiveRelease
from crimemap import __version__
from crimemap.errors import ReleaseError

__all__ = ["CONTENT_SECURITY_POLICY", "MAX_ADDRESS", "Headers", "Lease", "Limits", "NoStore", "Shield", "is_query_api"]

#: data.police.uk answers 400 to a GET that is longer.
MAX_ADDRESS: Final = 4094

#: The hash is that of the one inline script of GOV.UK Frontend's page template.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'sha256-GUQ5ad8JK5KmEWmROf3LZd9ge94daqNvd8xy9YS1iDw='; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
_SECURITY: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After, Content-Crs, Crimemap-No-Data",
}
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}


def is_query_api(path: str) -> bool:
    """Say whether a path is answered by a route rather than from the static site."""
    ours = path in ("/v1", "/ogc", "/openapi.json") or path.startswith(("/v1/", "/ogc/"))
    return ours or _imitates(path)


def _imitates(path: str) -> bool:
    """Say whether a path belongs to a surface that imitates another service, and so has that service's limits."""
    return is_police_api(path) or is_postcodes_io(path) or is_mapit(path)


class Shield:
    """The outermost layer: no error leaves it but as a fixed sentence."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer whatever was not foreseen, unless the answer has already begun."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watch(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:  # noqa: BLE001 - the outermost layer
            answer = unexpected(scope["path"], error)
            if not begun:
                await answer(scope, receive, send)


class Headers:
    """Security headers, cross-origin headers for the API, HEAD and OPTIONS."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to every answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        open_to_all = is_query_api(scope["path"])
        head = scope["method"] == "HEAD"

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY.items():
                    headers.setdefault(name, value)
                if "frame-ancestors *" in headers["Content-Security-Policy"]:
                    del headers["X-Frame-Options"]  # it knows no other answer than this site or nobody
                if open_to_all:
                    headers.update(_CORS)
            elif head and message["type"] == "http.response.body":
                message = {"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)}
            await send(message)

        if scope["method"] == "OPTIONS" and open_to_all:
            await Response(status_code=HTTPStatus.NO_CONTENT, headers=_PREFLIGHT)(scope, receive, add)
            return
        await self._app(dict(scope, method="GET") if head else scope, receive, add)


class Limits:
    """The length of an address and the rate of one client, where other services are imitated and where work is asked for."""

    def __init__(self, app: ASGIApp, *, buckets: LeakyBuckets) -> None:
        self._app = app
        self._buckets = buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is too long with 400 and what is too much with 429."""
        if scope["type"] == "http" and (_imitates(scope["path"]) or _is_work(scope)):
            refused = self._refusal(scope)
            if refused is not None:
                await refused(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        wait = self._buckets.wait_seconds((scope.get("client") or ("unknown", 0))[0])
        if wait:
            return say(
                scope["path"],
                HTTPStatus.TOO_MANY_REQUESTS,
                f"Too many requests. Try again in {wait} s.",
                {"Retry-After": str(wait), "Cache-Control": "no-store"},
            )
        query = scope.get("query_string", b"")
        length = len(scope.get("raw_path") or scope["path"].encode()) + (1 + len(query) if query else 0)
        if scope["method"] == "GET" and length > MAX_ADDRESS:
            return say(
                scope["path"],
                HTTPStatus.BAD_REQUEST,
                f"The address has {length} characters, {MAX_ADDRESS} are the most. Send a long polygon as a POST.",
            )
        return None


def _is_work(scope: Scope) -> bool:
    path = str(scope["path"])
    return (scope["method"] == "POST" and path.startswith("/v1/")) or path.endswith("/report.pdf")


class NoStore:
    """Answers that belong to whoever asked: kept by no cache on the way."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forbid keeping the answer."""

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, add if scope["type"] == "http" else send)


class Lease:
    """The active release, for as long as a request needs it, and its name as the validator of caches."""

    def __init__(self, app: ASGIApp, *, active: ActiveRelease, without_release: Callable[[], Response]) -> None:
        self._app = app
        self._active = active
        self._without_release = without_release

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the release into the scope; answer 503 where there is none, 304 where the client has this answer."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            async with self._active.lease() as release:
                inner = dict(scope, **{"crimemap.release": release})
                await self._app(inner, receive, _conditional(inner, send, f'"{release.id}.{__version__}"'))
        except ReleaseError as error:
            await self._unavailable(scope, error)(scope, receive, send)

    def _unavailable(self, scope: Scope, error: ReleaseError) -> Response:
        path = scope["path"]
        if not is_query_api(path):
            return self._without_release()
        headers = {"Retry-After": "30", "Cache-Control": "no-store"}
        return say(path, HTTPStatus.SERVICE_UNAVAILABLE, f"No data is being served at the moment: {error.message}.", headers)


def _conditional(scope: Scope, send: Send, etag: str) -> Send:
    """Mark good answers to GET with the release, and send only the head of those that the client has."""
    if scope["method"] != "GET":
        return send
    unchanged = False
    asked = {tag.strip().removeprefix("W/") for tag in RequestHeaders(scope=scope).get("if-none-match", "").split(",")}

    async def answer(message: Message) -> None:
        nonlocal unchanged
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if message["status"] == HTTPStatus.OK and headers.get("Cache-Control") != "no-store":
                headers.setdefault("Cache-Control", "public, max-age=60" if is_query_api(scope["path"]) else "no-cache")
                headers["ETag"] = etag
                if etag in asked or "*" in asked:
                    unchanged = True
                    message = dict(message, status=HTTPStatus.NOT_MODIFIED.value)
                    headers = MutableHeaders(scope=message)
                    for name in ("content-length", "content-type"):
                        del headers[name]
            elif message["status"] >= HTTPStatus.BAD_REQUEST:
                headers.setdefault("Cache-Control", "no-store")
            await send(message)
            return
        if unchanged:
            message = {"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)}
        await send(message)

    return answer
