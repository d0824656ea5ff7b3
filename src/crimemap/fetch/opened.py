"""An archive on a server, opened: by ranges where the server honours them (the original does), else fetched whole, once."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import ZipFile

from crimemap.fetch.addresses import shown
from crimemap.fetch.archives import month_in
from crimemap.fetch.client import Client
from crimemap.fetch.download import Expected, download
from crimemap.fetch.files import read_json, write_json
from crimemap.fetch.members import Member, members_of, open_archive
from crimemap.fetch.ranges import RangeFile, RemoteFile, Version

__all__ = ["Archive", "opened"]

_LARGEST_ARCHIVE: Final = 8 * 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """An open archive: `ranges` where it is read in pieces, `whole` where it was fetched to a file."""

    zip: ZipFile
    members: list[Member]
    url: str
    version: Version
    ranges: RangeFile | None
    whole: Path | None

    @property
    def months(self) -> tuple[str, str]:
        """Give the first and the last month in it."""
        months = [member.month for member in self.members]
        return min(months), max(months)


@contextmanager
def opened(client: Client, remote: RemoteFile, folder: Path) -> Iterator[Archive]:
    """
    Open an archive on a server; `folder` is where a whole one goes, under `archives/`.

    Raises
    ------
    FetchError
        If it does not come.
    UnreadableFileError, UnsafeArchiveError
        If it is not an archive of police.uk.
    """
    url = remote.url
    if remote.ranged:
        with RangeFile(remote) as ranges, open_archive(ranges, where=shown(url)) as archive:  # type: ignore[arg-type] # a raw file is one
            members = members_of(archive, where=shown(url))
            yield Archive(zip=archive, members=members, url=url, version=remote.version, ranges=ranges, whole=None)
        return
    path = _whole(client, remote, folder)
    with path.open("rb") as file, open_archive(file, where=shown(url)) as archive:
        members = members_of(archive, where=shown(url))
        yield Archive(zip=archive, members=members, url=url, version=remote.version, ranges=None, whole=path)


def _whole(client: Client, remote: RemoteFile, folder: Path) -> Path:
    """Bring the whole archive, or find it here from last time."""
    month = month_in(remote.resolved)
    name = f"{month}.zip" if month else f"archive-{hashlib.sha256(remote.url.encode()).hexdigest()[:12]}.zip"
    path = folder / "archives" / name
    note = path.with_name(f"{name}.json")
    known = read_json(note)
    version = Version(size=known.get("size"), etag=known.get("etag"), last_modified=known.get("last_modified"))
    here = path.is_file() and path.stat().st_size == remote.version.size
    if here and version.validator and version.same_as(remote.version):
        return path
    client.watcher.note("the server does not give parts of a file: fetching the whole archive, which takes a while")
    version = download(client, remote.url, path, expected=Expected(cap=_LARGEST_ARCHIVE))
    write_json(
        note, {"url": shown(remote.url), "size": version.size, "etag": version.etag, "last_modified": version.last_modified}
    )
    return path
