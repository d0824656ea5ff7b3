"""
How long to wait before asking a server again, and when to stop asking.

Waits double from one second with random jitter (so that many clients do not return at the same moment); a server's own
Retry-After is honoured. Tries are bounded; bytes that arrive count as success and start the count again.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from crimemap.errors import FetchError
from crimemap.fetch.watching import Watcher

__all__ = ["Attempts", "Clock", "Trouble", "retry_after_s"]

_MAX_TRIES: Final = 6
_LONGEST_BACKOFF_S: Final = 60.0
_LONGEST_REQUESTED_WAIT_S: Final = 900.0
_PROGRESS_BYTES: Final = 64 * 1024


class Trouble(Exception):  # noqa: N818 - it is not an error until we have run out of tries
    """A failure that may pass: worth asking again."""

    def __init__(self, reason: str, *, retry_after_s: float | None = None) -> None:
        self.reason = reason
        self.retry_after_s = retry_after_s
        super().__init__(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Time and chance, so that a test can hold both."""

    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    jitter: Callable[[], float] = field(default=random.random)


def retry_after_s(header: str | None, *, now: datetime) -> float | None:
    """
    Read a Retry-After header: a number of seconds, or an HTTP date.

    Returns
    -------
    float or None
        Seconds from `now`, never negative; None where the header is missing or says neither.

    Examples
    --------
    >>> noon = datetime(2025, 1, 1, 12, 0, 0, tzinfo=UTC)
    >>> [retry_after_s(header, now=noon) for header in ("7", "Wed, 01 Jan 2025 12:01:00 GMT", "soon", None)]
    [7.0, 60.0, None, None]
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


class Attempts:
    """The tries that one thing gets."""

    def __init__(self, where: str, *, clock: Clock, watcher: Watcher) -> None:
        self._where = where
        self._clock = clock
        self._watcher = watcher
        self._failed = 0
        self._arrived = 0
        self._furthest = 0

    def arrived(self, n_bytes: int) -> None:
        """Count bytes that came; enough of them, and the tries begin anew."""
        self._arrived += n_bytes
        if self._arrived >= _PROGRESS_BYTES:
            self._arrived = 0
            self._failed = 0

    def reached(self, position: int) -> None:
        """Count bytes only where they lie beyond all that came before: fetching the same beginning again is no progress."""
        if position > self._furthest:
            self.arrived(position - self._furthest)
            self._furthest = position

    def failed(self, trouble: Trouble) -> None:
        """
        Wait before the next try.

        Raises
        ------
        FetchError
            If there were enough tries, or the server asks for more patience than anybody has.
        """
        self._failed += 1
        if self._failed >= _MAX_TRIES:
            raise FetchError(
                f"gave up after {_MAX_TRIES} tries: {trouble.reason}",
                where=self._where,
                fix="Check the connection and run the same command again later; what was fetched is kept.",
            ) from trouble
        wait = min(_LONGEST_BACKOFF_S, 2.0 ** (self._failed - 1)) * (0.5 + 0.5 * self._clock.jitter())
        if trouble.retry_after_s is not None:
            if trouble.retry_after_s > _LONGEST_REQUESTED_WAIT_S:
                raise FetchError(
                    f"the server asks us to stay away for {trouble.retry_after_s / 60:.0f} minutes ({trouble.reason})",
                    where=self._where,
                    fix="Run the same command again after that; what was fetched is kept.",
                ) from trouble
            wait = max(wait, trouble.retry_after_s)
        self._watcher.note(f"{trouble.reason}: trying again in {wait:.0f} s ({self._failed} of {_MAX_TRIES - 1})")
        self._clock.sleep(wait)
