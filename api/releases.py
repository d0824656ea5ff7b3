"""
Which release is served, and the change from one to the next.

`releases/active` names it. Its state on disk is looked at with every request (one `stat`); when it has changed, the new
release is opened beside the old one, takes its place, and the old one is closed when its last request has ended.
Everything here but the opening runs on the event loop, so nothing needs a lock.
"""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from api.errors import happened
from api.store.opened import OpenedRelease
from crimemap.errors import CrimemapError, ReleaseError

__all__ = ["ActiveRelease", "active_release_id"]

_LOG: Final = logging.getLogger("crimemap.api")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z", re.ASCII)
#: How long a request waits for a release that is being opened before it is answered from the old one.
_PATIENCE_SECONDS: Final = 2.0
_RETRY_SECONDS: Final = 5.0

_Seen = tuple[int, int, int]


def active_release_id(releases: Path) -> str:
    """
    Read which release is active.

    Raises
    ------
    ReleaseError
        If none is, or what is written there is not the name of a release.
    """
    try:
        text = (releases / "active").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ReleaseError(
            "no release is active",
            where="releases/active",
            fix="Build one and activate it: crimemap release build, then crimemap release activate.",
        ) from None
    if not _ID.match(text):
        raise ReleaseError("this does not name a release", where="releases/active", fix="Activate a release again.")
    return text


class _Held:
    """A release and how many requests are using it."""

    def __init__(self, release: OpenedRelease) -> None:
        self.release = release
        self.users = 0
        self.retired = False


class ActiveRelease:
    """
    The release that requests are answered from.

    Parameters
    ----------
    releases
        The directory of releases.
    cache_bytes
        Memory for months of incidents.
    """

    def __init__(self, releases: Path, *, cache_bytes: int) -> None:
        self._releases = releases
        self._cache_bytes = cache_bytes
        self._held: _Held | None = None
        self._seen: _Seen | None = None
        self._opening: asyncio.Task[None] | None = None
        self._failed_at = -_RETRY_SECONDS
        self._failed_seen: _Seen | None = None

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[OpenedRelease]:
        """
        Give the active release for the length of one request.

        Raises
        ------
        ReleaseError
            If no release is active or none could be opened.
        """
        await self._refresh()
        held = self._held
        if held is None:
            raise ReleaseError("no release is active", fix="Try again later.")
        held.users += 1
        try:
            yield held.release
        finally:
            held.users -= 1
            self._close_if_done(held)

    async def prepare(self) -> None:
        """Open the active release, if there is one, before the first request comes."""
        await self._refresh()

    async def close(self) -> None:
        """Let go of the release."""
        if self._opening is not None:
            await asyncio.wait({self._opening})
        self._replace(None)

    async def _refresh(self) -> None:
        seen = self._look()
        if seen is None:
            # Nothing is active any more: what was withdrawn is not served.
            if self._held is not None:
                _LOG.warning("no release is active any more")
            self._seen = None
            self._replace(None)
            return
        if seen == self._seen:
            return
        if self._opening is None:
            if seen == self._failed_seen and time.monotonic() - self._failed_at < _RETRY_SECONDS:
                return
            self._opening = asyncio.create_task(self._open(seen))
        await asyncio.wait({self._opening}, timeout=_PATIENCE_SECONDS if self._held is not None else None)

    def _look(self) -> _Seen | None:
        try:
            state = (self._releases / "active").stat()
        except OSError:
            return None
        return state.st_mtime_ns, state.st_ino, state.st_size

    async def _open(self, seen: _Seen) -> None:
        try:
            release_id = active_release_id(self._releases)
            if self._held is not None and self._held.release.id == release_id:
                self._seen = seen
                return
            started = time.monotonic()
            release = await asyncio.to_thread(OpenedRelease, self._releases / release_id, cache_bytes=self._cache_bytes)
            self._seen = seen
            self._replace(release)
            _LOG.info("serving release %s, opened in %.2f s", release_id, time.monotonic() - started)
        except CrimemapError as error:
            self._failed_at, self._failed_seen = time.monotonic(), seen
            _LOG.error("the active release cannot be served: %s", error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the release served so far must go on being served
            self._failed_at, self._failed_seen = time.monotonic(), seen
            _LOG.error("the active release cannot be served: %s", happened(error))
        finally:
            self._opening = None

    def _replace(self, release: OpenedRelease | None) -> None:
        old, self._held = self._held, None if release is None else _Held(release)
        if old is not None:
            old.retired = True
            self._close_if_done(old)

    @staticmethod
    def _close_if_done(held: _Held) -> None:
        if held.retired and held.users == 0:
            held.release.close()
