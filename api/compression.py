"""
Answers sent gzipped to whoever takes them so, with validators that stay true.

What is compressed is another representation, so its `ETag` is another one: the same with `-gzip` before the closing quote. A
client sends that back in `If-None-Match` or `If-Match`; inside, both are the one tag that the routes know.

Compression tells by its length how often a text repeats. That gives a secret away where an answer holds both the secret and
something that an attacker chose, and a browser was made to ask for it many times. Nothing that the public application says
is secret. The partner application takes no cookies, so a browser cannot be made to ask in somebody's name; all the same
it compresses answers to GET only and never pages with forms, so what is shown once (a new token, a webhook's secret) is
sent as it is.
"""

import re
import zlib
from collections.abc import Collection
from http import HTTPStatus
from typing import Any, Final

import anyio.to_thread
from starlette.datastructures import Headers as RequestHeaders
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["DATA_TYPES", "TEXT_TYPES", "Compression", "takes_gzip"]

#: Data, which a program reads.
DATA_TYPES: Final = frozenset(
    {
        "application/json",
        "application/geo+json",
        "application/problem+json",
        "application/schema+json",
        "application/vnd.oai.openapi+json",
        "application/atom+xml",
        "application/vnd.google-earth.kml+xml",
        "application/vnd.mapbox-vector-tile",
        "text/csv",
        "text/plain",
    }
)
#: And what browsers show.
TEXT_TYPES: Final = DATA_TYPES | {
    "text/html",
    "text/css",
    "text/javascript",
    "text/calendar",
    "application/xml",
    "application/manifest+json",
    "image/svg+xml",
}
#: Below this, gzip gains nothing that a packet would notice.
_LEAST_BYTES: Final = 1_024
#: From here on the work is done beside the event loop, which would otherwise keep others waiting.
_LONG_BYTES: Final = 64 * 1_024
_LEVEL: Final = 5
_GZIP_WINDOW: Final = 31
_TAG: Final = re.compile(r'((?:W/)?"[^"]*?)-gzip"')
_CONDITIONS: Final = (b"if-none-match", b"if-match", b"if-range")


def takes_gzip(accepted: str) -> bool:
    """
    Say whether a client takes gzip.

    Parameters
    ----------
    accepted
        Its header Accept-Encoding.

    Examples
    --------
    >>> takes_gzip("br, gzip;q=0.8"), takes_gzip("gzip;q=0"), takes_gzip("gzip;q=0, *"), takes_gzip("")
    (True, False, False, False)
    """
    weights = {}
    for one in accepted.lower().split(","):
        name, _, weight = one.partition(";")
        weights[name.strip()] = weight.replace(" ", "").rstrip("0").rstrip(".") not in ("q=", "q=0")
    return weights.get("gzip", weights.get("*", False))


class Compression:
    """
    Compress large answers.

    Parameters
    ----------
    types
        Media types to compress: never one that is compressed in itself.
    methods
        Methods whose answers may be compressed.
    """

    def __init__(
        self, app: ASGIApp, *, types: Collection[str] = TEXT_TYPES, methods: Collection[str] = ("GET", "POST")
    ) -> None:
        self._app = app
        self._types = frozenset(types)
        self._methods = frozenset(methods)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, and compress what it says if that is wanted and worth it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = RequestHeaders(scope=scope)
        wanted = takes_gzip(asked.get("accept-encoding", "")) and scope["method"] in self._methods and "range" not in asked
        marked = any(b'-gzip"' in value for name, value in scope["headers"] if name in _CONDITIONS)
        answer = _Answer(send, types=self._types, wanted=wanted, marked=marked)
        await self._app(dict(scope, headers=_unmarked(scope["headers"])) if marked else scope, receive, answer)


class _Answer:
    """One answer on its way out: its start is kept until it is known how long the body is."""

    def __init__(self, send: Send, *, types: frozenset[str], wanted: bool, marked: bool) -> None:
        self._send = send
        self._types = types
        self._wanted = wanted
        self._marked = marked
        self._start: Message | None = None
        self._packer: Any = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif message["type"] != "http.response.body":
            await self._send(message)
        elif self._start is not None:
            await self._first(message)
        elif self._packer is not None:
            await self._next(message)
        else:
            await self._send(message)

    async def _begin(self, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        unchanged = message["status"] == HTTPStatus.NOT_MODIFIED and self._marked and self._wanted
        if unchanged or headers.get("content-encoding") == "gzip":
            _mark(headers)
        elif message["status"] == HTTPStatus.OK and kind in self._types and "content-encoding" not in headers:
            _vary(headers)
            if self._wanted:
                self._start = message
                return
        await self._send(message)

    async def _first(self, message: Message) -> None:
        start, self._start = self._start, None
        assert start is not None  # noqa: S101 - the caller looked
        body, more = message.get("body", b""), message.get("more_body", False)
        headers = MutableHeaders(scope=start)
        declared = headers.get("content-length", "")
        if (len(body) if not more else int(declared) if declared.isdigit() else _LEAST_BYTES) < _LEAST_BYTES:
            await self._send(start)
            await self._send(message)
            return
        self._packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
        headers["Content-Encoding"] = "gzip"
        _mark(headers)
        packed = await self._packed(body, more=more)
        del headers["content-length"]
        if "accept-ranges" in headers:
            del headers["accept-ranges"]
        if not more:
            headers["Content-Length"] = str(len(packed))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": packed, "more_body": more})

    async def _next(self, message: Message) -> None:
        more = message.get("more_body", False)
        packed = await self._packed(message.get("body", b""), more=more)
        if packed or not more:
            await self._send({"type": "http.response.body", "body": packed, "more_body": more})

    async def _packed(self, body: bytes, *, more: bool) -> bytes:
        packer = self._packer

        def pack() -> bytes:
            return packer.compress(body) + (b"" if more else packer.flush())  # type: ignore[no-any-return]

        return pack() if len(body) < _LONG_BYTES else await anyio.to_thread.run_sync(pack)


def _mark(headers: MutableHeaders) -> None:
    tag = headers.get("etag", "")
    if tag.endswith('"') and not tag.endswith('-gzip"'):
        headers["ETag"] = f'{tag[:-1]}-gzip"'
    _vary(headers)


def _vary(headers: MutableHeaders) -> None:
    if "accept-encoding" not in headers.get("vary", "").lower():
        headers.add_vary_header("Accept-Encoding")


def _unmarked(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [
        (name, _TAG.sub(r'\1"', value.decode("latin-1")).encode("latin-1") if name in _CONDITIONS else value)
        for name, value in headers
    ]
