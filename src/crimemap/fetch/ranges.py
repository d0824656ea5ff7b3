"""
A file on a server, read in pieces as if it were here.

Every piece is asked for with If-Range and checked against the version that was seen first (ETag, Last-Modified, size): a
file that changes on the way raises `ChangedError` and the caller begins again. Source: RFC 9110, sections 13.1.5 and 14.
"""

import io
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from crimemap.errors import FetchError, UnsafeArchiveError
from crimemap.fetch.addresses import shown
from crimemap.fetch.client import Client, MissingError, Reply
from crimemap.fetch.waiting import Trouble

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["ChangedError", "RangeFile", "RemoteFile", "Version", "coalesce", "content_range", "version_of"]

_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)\Z", re.ASCII)
_LARGEST_FILE: Final = 16 * 1024**3
_TAIL: Final = 1024 * 1024
_PIECE: Final = 4 * 1024 * 1024
_UNPLANNED_PIECE: Final = 64 * 1024
_LARGEST_READ: Final = 64 * 1024 * 1024
_GAP: Final = 128 * 1024


class ChangedError(FetchError):
    """The file on the server is not the one that we began with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What tells one version of a file on a server from another; `size` is in bytes."""

    size: int | None
    etag: str | None
    last_modified: str | None

    @property
    def validator(self) -> str | None:
        """Give what If-Range may carry: a strong ETag, else the date."""
        if self.etag and not self.etag.startswith("W/"):
            return self.etag
        return self.last_modified

    def same_as(self, other: "Version") -> bool:
        """Say whether nothing speaks against the two being one version."""
        if self.size is not None and other.size is not None and self.size != other.size:
            return False
        if self.etag and other.etag:
            return self.etag.removeprefix("W/") == other.etag.removeprefix("W/")
        if self.last_modified and other.last_modified:
            return self.last_modified == other.last_modified
        return True


def content_range(reply: Reply) -> tuple[int, int, int] | None:
    """Read a Content-Range: start, end (not in it), size of the whole; None where it is missing, open-ended or nonsense."""
    match = _CONTENT_RANGE.match(reply.headers.get("content-range", "").strip())
    if match is None or match[3] == "*":
        return None
    start, end, size = int(match[1]), int(match[2]) + 1, int(match[3])
    return (start, end, size) if start < end <= size else None


def version_of(reply: Reply) -> Version:
    """Take the version from an answer's headers."""
    if reply.status == 206:  # noqa: PLR2004 - partial content
        whole = content_range(reply)
        size = whole[2] if whole else None
    else:
        size = reply.length
    return Version(size=size, etag=reply.headers.get("etag"), last_modified=reply.headers.get("last-modified"))


def coalesce(pieces: Iterable[tuple[int, int]], *, gap: int = _GAP) -> list[tuple[int, int]]:
    """
    Join pieces that lie close together, so that they need one request.

    Parameters
    ----------
    pieces
        (start, end) in bytes, the end not included, in any order.
    gap
        Bytes between two pieces that are cheaper to read than to leave out.

    Examples
    --------
    >>> coalesce([(500, 600), (0, 100), (110, 200)], gap=20)
    [(0, 200), (500, 600)]
    """
    joined: list[tuple[int, int]] = []
    for start, end in sorted(pieces):
        if joined and start <= joined[-1][1] + gap:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


class RemoteFile:
    """
    One version of a file on a server that honours ranges.

    Make it with `RemoteFile.find`. `size` is in bytes; `resolved` is the address after redirects.
    """

    def __init__(self, client: Client, url: str, *, resolved: str, version: Version, ranged: bool) -> None:
        self._client = client
        self.url = url
        self.resolved = resolved
        self.version = version
        self.ranged = ranged

    @classmethod
    def find(cls, client: Client, url: str) -> Self:
        """
        Ask for the first byte, and so learn the size, the version, and whether the server honours ranges (`ranged`).

        Raises
        ------
        MissingError
            If there is no such file.
        FetchError
            If the file is empty, or too large to be what we want.
        """
        attempts = client.attempts(url)
        while True:
            try:
                with client.once(
                    url, headers={"Range": "bytes=0-0", "Accept-Encoding": "identity"}, also=frozenset({416})
                ) as reply:
                    whole = content_range(reply)
                    ranged = reply.status == 206 and whole is not None and whole[0] == 0 and _is_plain(reply)  # noqa: PLR2004
                    version = version_of(reply)
                    if reply.status == 416 or version.size == 0:  # noqa: PLR2004 - no such range: there is no first byte
                        raise FetchError(
                            "the file on the server is empty", where=shown(url), fix="Try again later, or another month."
                        )
                    if version.size is not None and version.size > _LARGEST_FILE:
                        raise FetchError(
                            f"the file on the server has {version.size:,} bytes, more than we take",
                            where=shown(url),
                            fix="Check the address.",
                        )
                    if ranged and reply.length == 1:
                        list(reply.chunks())  # read so that the connection can be used again
                    return cls(client, url, resolved=reply.url, version=version, ranged=ranged)
            except Trouble as trouble:
                attempts.failed(trouble)

    @property
    def size(self) -> int:
        """Give the size in bytes (0 where it is not known, which is never so for a file with ranges)."""
        return self.version.size or 0

    def read(self, start: int, end: int) -> bytes:
        """
        Read the bytes from `start` up to, and without, `end`.

        Raises
        ------
        ChangedError
            If the file is no longer the same version.
        FetchError
            If the bytes do not come.
        """
        attempts = self._client.attempts(self.url)
        body = bytearray()
        moved = False
        while len(body) < end - start:
            try:
                self._read_once(start, end, body, attempts.arrived)
            except Trouble as trouble:
                attempts.failed(trouble)
            except MissingError:
                if moved or self.resolved == self.url:
                    raise
                moved = True  # an address with a signature in it goes out of date: ask the first address again
                self.resolved = self.url
        return bytes(body)

    def _read_once(self, start: int, end: int, body: bytearray, arrived: Callable[[int], None]) -> None:
        at = start + len(body)
        headers = {"Range": f"bytes={at}-{end - 1}", "Accept-Encoding": "identity"}
        if self.version.validator:
            headers["If-Range"] = self.version.validator
        with self._client.once(self.resolved, headers=headers, also=frozenset({416})) as reply:
            self.resolved = reply.url
            part = content_range(reply)
            if reply.status != 206 or not self.version.same_as(version_of(reply)):  # noqa: PLR2004
                raise ChangedError(
                    "the file on the server changed while we read it", where=shown(self.url), fix="Run it again."
                )
            if part is None or part[0] != at or not _is_plain(reply):
                raise FetchError(
                    "the server sent other bytes than were asked for",
                    where=shown(self.url),
                    fix="Give the whole file's address, or try again later.",
                )
            for chunk in reply.chunks():
                wanted = chunk[: end - start - len(body)]
                body += wanted
                arrived(len(wanted))
                if len(wanted) < len(chunk):
                    return  # more than was asked for: leave the rest, and the connection with it
            if len(body) == at - start:
                raise Trouble("the server sent nothing")


def _is_plain(reply: Reply) -> bool:
    encoding = reply.headers.get("content-encoding", "identity").lower()
    return encoding in {"", "identity"} and not reply.headers.get("content-type", "").startswith("multipart/byteranges")


class RangeFile(io.RawIOBase):
    """
    A `RemoteFile` as a Python file: read-only, seekable, with one window of bytes in memory.

    The window begins as the last mebibyte (where a zip keeps its table of contents). `plan` names the runs that will be
    read, so that each is fetched in large pieces and nothing between them is.
    """

    def __init__(self, remote: RemoteFile) -> None:
        super().__init__()
        self._remote = remote
        self._at = 0
        self._starts: list[int] = []
        self._runs: list[tuple[int, int]] = []
        self._window_start = max(0, remote.size - _TAIL)
        self._window = b""
        self._fill(self._window_start, remote.size)

    def plan(self, pieces: Iterable[tuple[int, int]]) -> None:
        """Say which (start, end) pieces will be read."""
        size = self._remote.size
        self._runs = coalesce((max(0, start), min(size, end)) for start, end in pieces)
        self._starts = [start for start, _ in self._runs]

    def forget(self) -> None:
        """Drop the window, so that the next read asks the server again."""
        self._window = b""

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def tell(self) -> int:
        """Give the position in bytes."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position in bytes."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._remote.size}[whence]
        if base + offset < 0:
            raise ValueError("negative seek position")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer, or as much of it as the file has."""
        view = memoryview(buffer).cast("B")
        if len(view) > _LARGEST_READ:
            raise UnsafeArchiveError(
                "the archive announces a table of contents larger than any real one",
                where=shown(self._remote.url),
                fix="Check the address.",
            )
        done = 0
        while done < len(view) and self._at < self._remote.size:
            offset = self._at - self._window_start
            if not 0 <= offset < len(self._window):
                self._fill(self._at, self._ahead(self._at, len(view) - done))
                offset = 0
            some = self._window[offset : offset + len(view) - done]
            view[done : done + len(some)] = some
            done += len(some)
            self._at += len(some)
        return done

    def _ahead(self, at: int, wanted: int) -> int:
        run = bisect_right(self._starts, at) - 1
        if run >= 0 and at < self._runs[run][1]:
            return min(self._runs[run][1], at + _PIECE)
        return min(self._remote.size, at + max(wanted, _UNPLANNED_PIECE))

    def _fill(self, start: int, end: int) -> None:
        self._window = self._remote.read(start, end)
        self._window_start = start
