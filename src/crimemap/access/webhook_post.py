"""
One webhook sent: to an address that was judged, under the host's own name, and no longer than it may take.

The certificate must be good for the host's name. Redirects are not followed, a body is not read beyond its first bytes, and
the whole of it, name look-up to answer, ends when its time does, however slowly the other side speaks.
"""

import base64
import contextlib
import hashlib
import hmac
import http.client
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as LookUpTimeoutError
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from crimemap import __version__
from crimemap.access.webhook_url import InternalHosts, Resolver, WebhookUrl, addresses_of, look_up
from crimemap.errors import ParameterError

__all__ = ["Answer", "new_secret", "post_webhook", "signed_headers"]

_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32
_READ_BYTES: Final = 1024
_MOST_WAIT_S: Final = 6 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    What came of it.

    Attributes
    ----------
    status
        The HTTP status; 0 where none came.
    reason
        Why it was not taken, in our words and nobody else's; empty where it was.
    wait_s
        How long the other side asks to be left alone, seconds.
    """

    status: int
    reason: str
    wait_s: float = 0.0

    @property
    def taken(self) -> bool:
        """Whether the other side has it."""
        return not self.reason


def new_secret() -> str:
    """Make a secret that messages are signed with, as https://www.standardwebhooks.com writes one."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed_headers(secret: str, *, message_id: str, body: bytes, now: float) -> dict[str, str]:
    """
    Sign a message as Standard Webhooks does: HMAC-SHA256 over its id, its time and its body.

    Parameters
    ----------
    now
        Seconds since 1970.

    Examples
    --------
    The example of the specification's own libraries.

    >>> headers = signed_headers(
    ...     "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
    ...     body=b'{"test": 2432232314}', now=1614265330,
    ... )
    >>> headers["webhook-signature"]
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    at = str(int(now))
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    digest = hmac.new(key, f"{message_id}.{at}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def post_webhook(
    url: WebhookUrl,
    body: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float = 10.0,
    resolve: Resolver = look_up,
    internal: InternalHosts = frozenset(),
    context: ssl.SSLContext | None = None,
) -> Answer:
    """
    Send a message.

    Parameters
    ----------
    seconds
        What all of it may take.
    resolve, internal
        As `addresses_of` takes them.
    context
        Which certificates are trusted; those of the system if not given.
    """
    deadline = time.monotonic() + seconds
    try:
        addresses = _within(deadline, partial(addresses_of, url, resolve=resolve, internal=internal))
    except ParameterError as error:
        return Answer(status=0, reason=error.message)
    except (TimeoutError, LookUpTimeoutError):
        return Answer(status=0, reason="looking up the host took too long")
    except (OSError, UnicodeError):
        return Answer(status=0, reason="the host has no address")
    reason = "no connection"
    for address in addresses:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            return _sent(url, address, body, headers, seconds=left, context=context)
        except ssl.SSLCertVerificationError:
            return Answer(status=0, reason="the certificate is not good for the host")
        except ssl.SSLError:
            reason = "no connection by TLS"
        except TimeoutError:
            reason = "no answer in time"
        except http.client.HTTPException:
            reason = "no answer that is HTTP"
        except OSError:
            reason = "no connection"
    return Answer(status=0, reason=reason if deadline > time.monotonic() else "no answer in time")


def _within(deadline: float, work: Callable[[], list[str]]) -> list[str]:
    """Do what cannot be broken off in a thread that is left to itself when the time is over."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(work).result(timeout=max(deadline - time.monotonic(), 0.0))
    finally:
        pool.shutdown(wait=False)


class _Pinned(http.client.HTTPSConnection):
    """A connection to one address under a host's name."""

    def __init__(self, url: WebhookUrl, address: str, *, seconds: float, context: ssl.SSLContext) -> None:
        super().__init__(url.host, url.port, timeout=seconds, context=context)
        self._address = address
        self._trusting = context

    def connect(self) -> None:
        """Connect to the address that was judged; the certificate is checked against the host."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        try:
            # Known before the handshake, so that a slow one can be ended too.
            self.sock: Any = self._trusting.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        except BaseException:
            plain.close()
            raise
        self.sock.do_handshake()


def _sent(
    url: WebhookUrl,
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    seconds: float,
    context: ssl.SSLContext | None,
) -> Answer:
    connection = _Pinned(url, address, seconds=seconds, context=context or ssl.create_default_context())
    over = threading.Event()

    def end() -> None:
        over.set()
        if connection.sock is not None:
            # Of the socket below TLS: whoever is reading from it reads its end.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

    # A time-out of the socket starts anew with every byte; this one does not.
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        sent = {
            "Host": url.authority,
            "Content-Type": "application/json",
            "User-Agent": f"crimemap/{__version__}",
            "Connection": "close",
            **headers,
        }
        connection.request("POST", url.target, body=body, headers=sent)
        answer = connection.getresponse()
        if 200 <= answer.status < 300:  # noqa: PLR2004 - what HTTP calls success
            answer.read(_READ_BYTES)
        if over.is_set():  # an end that we made reads like one that the other side made
            raise TimeoutError
        return _judged(answer.status, answer.headers.get("Retry-After", ""))
    except (OSError, http.client.HTTPException):
        if over.is_set():
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()
        connection.close()


def _judged(status: int, retry_after: str) -> Answer:
    if 200 <= status < 300:  # noqa: PLR2004 - what HTTP calls success
        return Answer(status=status, reason="")
    wait = float(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 7 else 0.0  # noqa: PLR2004 - no giants
    told = "redirected, which is not followed" if 300 <= status < 400 else f"answered {status}"  # noqa: PLR2004 - what HTTP calls redirection
    return Answer(status=status, reason=told, wait_s=min(wait, _MOST_WAIT_S))
