"""
A server on 127.0.0.1 that behaves like the originals, in good and bad moods.

A `Site` answers paths with what was put there: files (with or without ranges), redirects, functions. `Site.moods` queues:
each request takes the first mood, if any, and is spoiled accordingly.
"""

import hashlib
import http.server
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit


@dataclass
class File:
    """A file as an object store serves it."""

    content: bytes
    ranges: bool = True
    validators: bool = True
    modified: str = "Wed, 01 Jan 2025 00:00:00 GMT"
    etag: str | None = None

    def tag(self) -> str:
        return self.etag or f'"{hashlib.sha256(self.content).hexdigest()}"'


@dataclass
class Redirect:
    to: str
    status: int = 302


@dataclass
class Mood:
    """How one answer is spoiled."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    drop_after: int | None = None
    lie: int | None = None
    slow_s: float | None = None
    before: Callable[[], None] | None = None
    flip: int | None = None
    hang_s: float | None = None


@dataclass
class Seen:
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    status: int = 0


Answer = Callable[[Seen], tuple[int, dict[str, str], bytes]]


@dataclass
class Site:
    paths: dict[str, File | Redirect | Answer] = field(default_factory=dict)
    moods: deque[Mood] = field(default_factory=deque)
    seen: list[Seen] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    connections: int = 0
    url: str = ""


def _ranged(file: File, asked: str | None, if_range: str | None) -> tuple[int, dict[str, str], bytes]:
    size = len(file.content)
    headers = {"ETag": file.tag(), "Last-Modified": file.modified} if file.validators else {}
    if file.ranges:
        headers["Accept-Ranges"] = "bytes"
    stale = if_range is not None and if_range not in (file.tag(), file.modified)
    if not file.ranges or asked is None or stale:
        return 200, headers, file.content
    first, _, last = asked.removeprefix("bytes=").partition("-")
    start, end = int(first), (int(last) + 1 if last else size)
    if start >= size:
        return 416, headers | {"Content-Range": f"bytes */{size}"}, b""
    end = min(end, size)
    return 206, headers | {"Content-Range": f"bytes {start}-{end - 1}/{size}"}, file.content[start:end]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    site: Site

    def log_message(self, *args: object) -> None:
        """Be quiet."""

    def setup(self) -> None:
        super().setup()
        self.site.connections += 1

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        seen = Seen(parts.path, parse_qs(parts.query), {key.lower(): value for key, value in self.headers.items()})
        self.site.seen.append(seen)
        mood = self.site.moods.popleft() if self.site.moods else Mood()
        if mood.before is not None:
            mood.before()
        status, headers, body = self._answer(seen)
        if mood.status is not None:
            status, headers, body = mood.status, {}, b"not now"
        headers = headers | mood.headers
        if mood.flip is not None and body:
            at = min(mood.flip, len(body) - 1)
            body = body[:at] + bytes([body[at] ^ 0xFF]) + body[at + 1 :]
        seen.status = status
        try:
            self._send(mood, status, headers, body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _answer(self, seen: Seen) -> tuple[int, dict[str, str], bytes]:
        found = self.site.paths.get(seen.path)
        if found is None:
            return 404, {"Content-Type": "text/plain"}, b"no such thing"
        if isinstance(found, Redirect):
            return found.status, {"Location": found.to}, b""
        if isinstance(found, File):
            return _ranged(found, seen.headers.get("range"), seen.headers.get("if-range"))
        return found(seen)

    def _send(self, mood: Mood, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + (mood.lie or 0)))
        self.end_headers()
        if mood.hang_s is not None:
            time.sleep(mood.hang_s)
        end = len(body) if mood.drop_after is None else min(mood.drop_after, len(body))
        step = max(1, end // 8) if mood.slow_s else 64 * 1024
        for at in range(0, end, step):
            piece = body[at : min(at + step, end)]
            self.wfile.write(piece)
            if mood.slow_s:
                self.wfile.flush()
                time.sleep(mood.slow_s)
        if end < len(body) or mood.lie:
            self.close_connection = True
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    site: Site

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep what went wrong; connections that clients close early are what we test."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.site.errors.append(error)


@contextmanager
def serving() -> Iterator[Site]:
    """Serve a fresh site on a free port while the block runs."""
    site = Site()
    handler = type("Handler", (_Handler,), {"site": site})
    with _Server(("127.0.0.1", 0), handler) as server:
        server.site = site
        site.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
    assert site.errors == []
