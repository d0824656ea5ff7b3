"""Files put in place whole or not at all, and the record of where each came from."""

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from crimemap.errors import ConflictError

__all__ = ["Fingerprint", "downloading", "fingerprint", "read_json", "write_json"]

_CHUNK = 1024 * 1024


@contextmanager
def downloading(folder: Path) -> Iterator[None]:
    """
    Keep other downloads out of a folder; ingesting and releasing go on.

    Raises
    ------
    ConflictError
        If another process downloads into it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise ConflictError(
            "another download into this folder is under way",
            where=str(folder),
            fix="Wait until it has finished and run this again.",
        ) from None
    try:
        yield
    finally:
        lock.release()


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file in one step: readers see the old one or the new one."""
    partial = path.with_name(f"{path.name}.part")
    partial.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object of ours; one that is missing or damaged reads as empty, and what it described is fetched again."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """A file's size in bytes and its checksums."""

    size: int
    crc32: int
    sha256: str
    md5: str


def fingerprint(path: Path) -> Fingerprint:
    """Read a file once and compute its size and checksums."""
    size, crc, sha256, md5 = 0, 0, hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            crc = zlib.crc32(chunk, crc)
            sha256.update(chunk)
            md5.update(chunk)
    return Fingerprint(size=size, crc32=crc, sha256=sha256.hexdigest(), md5=md5.hexdigest())
