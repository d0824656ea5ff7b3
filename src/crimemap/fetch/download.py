"""
A whole file, streamed to disk, taken up again where it broke off.

The beginning stays beside the target as `<name>.part` with `<name>.part.json` saying which version it is of. It is continued
with Range and If-Range where the server gave an ETag or a date to hold it to; otherwise, or if the file changed, it begins
again.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from crimemap.errors import FetchError
from crimemap.fetch.addresses import shown
from crimemap.fetch.client import Client, Reply
from crimemap.fetch.files import fingerprint, read_json, write_json
from crimemap.fetch.ranges import Version, content_range, version_of
from crimemap.fetch.waiting import Attempts, Trouble

__all__ = ["Expected", "download"]

_SPARE_DISK: Final = 256 * 1024 * 1024
_PARTIAL: Final = 206
_NO_SUCH_RANGE: Final = 416


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is known of the file beforehand: `size` in bytes and MD5 (hex), or None; `cap` is the most bytes to accept."""

    cap: int
    size: int | None = None
    md5: str | None = None


def download(client: Client, url: str, target: Path, *, expected: Expected) -> Version:
    """
    Bring a file to `target`, in one step once it is complete and its size and checksum agree.

    Returns
    -------
    Version
        The version that was fetched.

    Raises
    ------
    FetchError
        If it does not come, is too large, or twice differs from what was announced.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for again in (True, False):
        version = _bring(client, url, target, expected)
        problem = _difference(_partial(target), version, expected)
        if problem is None:
            _partial(target).replace(target)
            _state(target).unlink(missing_ok=True)
            return version
        _discard(target)
        if again:
            client.watcher.note(f"what came is damaged ({problem}): fetching it again")
    raise FetchError(f"what came is damaged: {problem}", where=shown(url), fix="Run the same command again later.")


def _partial(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _state(target: Path) -> Path:
    return target.with_name(f"{target.name}.part.json")


def _discard(target: Path) -> None:
    _partial(target).unlink(missing_ok=True)
    _state(target).unlink(missing_ok=True)


def _difference(partial: Path, version: Version, expected: Expected) -> str | None:
    found = partial.stat().st_size
    size = version.size if expected.size is None else expected.size
    if size is not None and found != size:
        return f"{found:,} bytes instead of {size:,}"
    if expected.md5 is not None and fingerprint(partial).md5 != expected.md5.lower():
        return "its MD5 checksum is another"
    return None


def _begun(target: Path, url: str) -> tuple[int, Version] | None:
    """Say how many bytes are here already and of which version; None where there is nothing that can be continued."""
    state, partial = read_json(_state(target)), _partial(target)
    version = Version(size=state.get("size"), etag=state.get("etag"), last_modified=state.get("last_modified"))
    if state.get("url") != url or version.validator is None or not partial.is_file():
        return None
    have = partial.stat().st_size
    return (have, version) if have else None


def _bring(client: Client, url: str, target: Path, expected: Expected) -> Version:
    attempts = client.attempts(url)
    while True:
        begun = _begun(target, url)
        headers = {"Accept-Encoding": "identity"}
        if begun is not None:
            have, version = begun
            if have == version.size:
                return version
            headers |= {"Range": f"bytes={have}-", "If-Range": version.validator or ""}
        try:
            with client.once(url, headers=headers, also=frozenset({_NO_SUCH_RANGE})) as reply:
                if begun is not None and _continues(reply, begun):
                    _write(client, reply, target, expected=expected, version=begun[1], attempts=attempts, mode="ab")
                    return begun[1]
                _discard(target)
                if reply.status not in {_PARTIAL, _NO_SUCH_RANGE}:
                    fresh = version_of(reply)
                    state = {"url": url, "size": fresh.size, "etag": fresh.etag, "last_modified": fresh.last_modified}
                    write_json(_state(target), state)
                    _write(client, reply, target, expected=expected, version=fresh, attempts=attempts, mode="wb")
                    return fresh
                if begun is None:
                    raise FetchError(
                        "the server sent a part where the whole was asked for",
                        where=shown(url),
                        fix="Run the same command again later.",
                    )
        except Trouble as trouble:
            attempts.failed(trouble)


def _continues(reply: Reply, begun: tuple[int, Version]) -> bool:
    part = content_range(reply)
    return reply.status == _PARTIAL and part is not None and part[0] == begun[0] and begun[1].same_as(version_of(reply))


def _write(
    client: Client, reply: Reply, target: Path, *, expected: Expected, version: Version, attempts: Attempts, mode: str
) -> None:
    cap = expected.cap if expected.size is None else min(expected.cap, expected.size)
    with _partial(target).open(mode) as file:
        have = file.tell()
        _require_room(version.size, have, cap, target, shown(reply.url))
        client.watcher.begin(f"Fetching {target.name}", version.size)
        client.watcher.advance(have)
        for chunk in reply.chunks():
            have += len(chunk)
            if have > cap:
                break
            file.write(chunk)
            attempts.reached(have)
            client.watcher.advance(len(chunk))
        file.flush()
        os.fsync(file.fileno())
    if have > cap:
        _discard(target)
        raise FetchError(
            f"the file is larger than the {cap:,} bytes that were announced or are accepted",
            where=shown(reply.url),
            fix="Check the address.",
        )


def _require_room(size: int | None, have: int, cap: int, target: Path, where: str) -> None:
    if size is None:
        return
    if size > cap:
        raise FetchError(f"the file has {size:,} bytes, at most {cap:,} are accepted", where=where, fix="Check the address.")
    free = shutil.disk_usage(target.parent).free
    if size - have + _SPARE_DISK > free:
        raise FetchError(
            f"the file needs {size / 1e9:.1f} GB and the disk has {free / 1e9:.1f} GB left",
            where=str(target.parent),
            fix="Make room, or choose a workspace on another disk.",
        )
