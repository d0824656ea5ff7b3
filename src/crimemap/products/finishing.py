"""The last steps of making a release: a name after all others, and everything seen to the disk before it counts."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crimemap.products.releases import Shelf

__all__ = ["later_than_all", "to_disk"]


def later_than_all(time: datetime, releases: Path) -> datetime:
    """Give the time, or a second after the newest release: names never collide and sort as they were built."""
    newest = max(Shelf(releases).ids(), default="")[:16]
    if not newest:
        return time
    return max(time, datetime.strptime(newest, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) + timedelta(seconds=1))


def to_disk(files: Iterable[Path], *, folders: Iterable[Path]) -> None:
    """See files and folders to the disk before a rename makes them count; many at a time, as each only waits."""
    with ThreadPoolExecutor(max_workers=16) as pool:
        list(pool.map(_file_to_disk, files))
        list(pool.map(_folder_to_disk, folders))


def _file_to_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _folder_to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
