"""
One polite connection: redirects bounded and checked, a stalled body noticed, every failure told apart as passing or final.

A `Client` makes single requests; whoever needs an answer tries again by `Attempts`. Sources: RFC 9110 (status codes, ranges,
Retry-After, redirects).
"""

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Self

import httpx

from crimemap import __version__
from crimemap.errors import FetchError
from crimemap.fetch.addresses import after_redirect, require_web_address, shown
from crimemap.fetch.waiting import Attempts, Clock, Trouble, retry_after_s
from crimemap.fetch.watching import Silent, Watcher

__all__ = ["Client", "MissingError", "Reply", "TooLongError", "parse_json"]

_MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_MISSING: Final = frozenset({403, 404, 410})
_STALL_WINDOW_S: Final = 60.0
_STALL_BYTES: Final = 16 * 1024


class MissingError(FetchError):
    """The server says that there is no such thing, or (as object stores do for missing keys) that we may not see it."""


class TooLongError(FetchError):
    """The server sends more than we are prepared to take."""


class Reply:
    """The head of an answer, and its body as it comes."""

    def __init__(self, response: httpx.Response, *, clock: Clock, count: Callable[[int], None]) -> None:
        self._response = response
        self._clock = clock
        self._count = count
        self.url = str(response.url)
        self.status = response.status_code
        self.headers = response.headers

    @property
    def length(self) -> int | None:
        """Give the body's length in bytes, where the server says it."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None  # noqa: PLR2004 - under a petabyte

    def chunks(self, *, decoded: bool = False) -> Iterator[bytes]:
        """
        Go through the body.

        Raises
        ------
        Trouble
            If the connection breaks, stalls, or brings less than was announced.
        """
        stream = self._response.iter_bytes() if decoded else self._response.iter_raw()
        window_start, window_bytes = self._clock.monotonic(), 0
        try:
            for chunk in stream:
                window_bytes += len(chunk)
                self._count(len(chunk))
                now = self._clock.monotonic()
                if now - window_start > _STALL_WINDOW_S:
                    if window_bytes < _STALL_BYTES:
                        raise Trouble(f"the connection stalled ({window_bytes} bytes in {now - window_start:.0f} s)")
                    window_start, window_bytes = now, 0
                yield chunk
        except httpx.DecodingError as error:
            raise Trouble("the answer is damaged (its compression cannot be undone)") from error
        except httpx.TransportError as error:
            raise _trouble(error) from error


def _trouble(error: httpx.TransportError) -> Trouble:
    if isinstance(error, httpx.ConnectTimeout):
        return Trouble("the server cannot be reached (no connection in time)")
    if isinstance(error, httpx.TimeoutException):
        return Trouble("the connection stalled")
    if isinstance(error, httpx.ConnectError):
        return Trouble("the server cannot be reached")
    return Trouble("the connection broke before the end")


def _is_certificate_failure(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


class Client:
    """
    A connection to other people's servers; use it in a `with` block.

    Parameters
    ----------
    watcher
        Who hears of waits and repeats.
    clock
        Time and chance.
    read_timeout_s, connect_timeout_s
        Silence for this long is a stall, in seconds. A slow connection is not silent.
    """

    def __init__(
        self,
        *,
        watcher: Watcher | None = None,
        clock: Clock | None = None,
        read_timeout_s: float = 60.0,
        connect_timeout_s: float = 20.0,
    ) -> None:
        self.watcher: Watcher = watcher or Silent()
        self.clock = clock or Clock()
        self.received_bytes = 0
        self._http = httpx.Client(
            headers={"User-Agent": f"crimemap/{__version__} (crime mapping, England and Wales) httpx/{httpx.__version__}"},
            timeout=httpx.Timeout(read_timeout_s, connect=connect_timeout_s),
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        """Open nothing yet: the first request does."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the connection."""
        self._http.close()

    def _received(self, n_bytes: int) -> None:
        self.received_bytes += n_bytes

    def attempts(self, url: str) -> Attempts:
        """Begin to count tries."""
        return Attempts(shown(url), clock=self.clock, watcher=self.watcher)

    @contextmanager
    def once(
        self, url: str, *, headers: Mapping[str, str] | None = None, also: frozenset[int] = frozenset()
    ) -> Iterator[Reply]:
        """
        Ask once, following redirects, and give the answer with its body unread.

        Parameters
        ----------
        also
            Statuses besides 200 and 206 that the caller deals with.

        Raises
        ------
        Trouble
            If asking again may help.
        MissingError
            If there is no such thing (403, 404, 410).
        FetchError
            If the server refuses for good, or redirects where we do not go.
        """
        response = self._send(url, headers or {})
        try:
            self._judge(response, also)
            yield Reply(response, clock=self.clock, count=self._received)
        finally:
            response.close()

    def _send(self, url: str, headers: Mapping[str, str]) -> httpx.Response:
        require_web_address(url)
        asked = url
        for _ in range(_MAX_REDIRECTS + 1):
            try:
                response = self._http.send(self._http.build_request("GET", url, headers=dict(headers)), stream=True)
            except httpx.TransportError as error:
                if _is_certificate_failure(error):
                    raise FetchError(
                        "the server's certificate cannot be verified",
                        where=shown(url),
                        fix="Check the address and this machine's clock; if your organisation inspects connections, "
                        "set SSL_CERT_FILE to its certificate.",
                    ) from error
                if isinstance(error, httpx.UnsupportedProtocol | httpx.ProxyError):
                    raise FetchError(
                        "the proxy does not let us through", where=shown(url), fix="Check HTTP_PROXY and HTTPS_PROXY."
                    ) from error
                raise _trouble(error) from error
            except (httpx.InvalidURL, UnicodeError) as error:
                raise FetchError("this is not a web address", where=shown(url), fix="Check the address.") from error
            if response.status_code not in _REDIRECTS or "location" not in response.headers:
                return response
            location = response.headers["location"]
            response.close()
            url = after_redirect(url, location)
        raise FetchError(f"more than {_MAX_REDIRECTS} redirects", where=shown(asked), fix="Check the address.")

    def _judge(self, response: httpx.Response, also: frozenset[int]) -> None:
        status = response.status_code
        if status in {200, 206} or status in also:
            return
        said = f"the server answered {status} {response.reason_phrase}".rstrip()
        where = shown(str(response.url))
        if status in _PASSING:
            raise Trouble(said, retry_after_s=retry_after_s(response.headers.get("retry-after"), now=self.clock.now()))
        if status in _MISSING:
            raise MissingError(
                f"there is nothing there ({said})", where=where, fix="Check the address, the month or the type."
            )
        raise FetchError(said, where=where, fix="Check the address.")

    def bytes_once(self, url: str, *, cap: int, headers: Mapping[str, str] | None = None) -> bytes:
        """
        Get a whole small answer at the first try.

        Parameters
        ----------
        cap
            Most bytes to accept, after decompression.

        Raises
        ------
        Trouble
            If asking again may help.
        TooLongError
            If it is longer than `cap`.
        FetchError
            If the server refuses.
        """
        with self.once(url, headers=headers) as reply:
            body = bytearray()
            for chunk in reply.chunks(decoded=True):
                body += chunk
                if len(body) > cap:
                    raise TooLongError(
                        f"the answer is longer than {cap:,} bytes", where=shown(url), fix="Check the address."
                    )
        return bytes(body)

    def bytes(self, url: str, *, cap: int, headers: Mapping[str, str] | None = None) -> bytes:
        """
        Get a whole small answer (see `bytes_once`), trying again where that may help.

        Raises
        ------
        FetchError
            If it does not come, or is longer than `cap`.
        """
        attempts = self.attempts(url)
        while True:
            try:
                return self.bytes_once(url, cap=cap, headers=headers)
            except Trouble as trouble:
                attempts.failed(trouble)

    def json(self, url: str, *, cap: int) -> Any:
        """
        Get a JSON document.

        Raises
        ------
        FetchError
            If it does not come, is too long, or is not JSON.
        """
        return parse_json(self.bytes(url, cap=cap, headers={"Accept": "application/json"}), where=shown(url))


def parse_json(body: bytes, *, where: str) -> Any:
    """
    Read JSON that a server sent.

    Raises
    ------
    FetchError
        If it is not JSON (a web page, usually), or holds what JSON has not: NaN, bottomless nesting.
    """

    def refuse(text: str) -> None:
        raise ValueError(text)

    try:
        return json.loads(body, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise FetchError(
            "the server sent something that is not JSON",
            where=where,
            fix="Open the address in a browser: a portal page or a notice may stand there.",
        ) from error
