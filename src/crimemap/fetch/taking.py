"""Taking what is wanted out of one archive, and the record of what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Literal

from crimemap.errors import FetchError, NotFoundError
from crimemap.fetch.addresses import shown
from crimemap.fetch.client import Client
from crimemap.fetch.files import read_json, write_json
from crimemap.fetch.members import DamagedMemberError, Member, is_there, take
from crimemap.fetch.opened import Archive, opened
from crimemap.fetch.ranges import ChangedError, RemoteFile
from crimemap.forces import FORCES

__all__ = ["ALL_FORCES", "KINDS", "FetchedFile", "Job", "PoliceUkDownload", "Status"]

ALL_FORCES: Final = "all"
KINDS: Final = ("street", "outcomes", "stop-and-search")
ATTRIBUTION: Final = "Contains public sector information licensed under the Open Government Licence v3.0"
_RESTARTS: Final = 3

Status = Literal["fetched", "present", "no_data", "not_published"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedFile:
    """One force's month of one kind; `size` in bytes and `path` where there is a file."""

    force: str
    month: str
    kind: str
    status: Status
    archive_month: str | None = None
    path: Path | None = None
    size: int | None = None


@dataclass(slots=True, kw_only=True)
class PoliceUkDownload:
    """What a fetch brought: one entry for every force, month and kind asked for; `folders` are ready to be ingested."""

    files: list[FetchedFile] = field(default_factory=list)
    newest_archive: str | None = None
    received_bytes: int = 0

    @property
    def folders(self) -> list[Path]:
        """Give the folders that hold the files, the oldest archive first."""
        return sorted({file.path.parents[1] for file in self.files if file.path is not None})

    def count(self, status: Status) -> int:
        """Count the entries with a status."""
        return sum(file.status == status for file in self.files)


def _require_known(forces: Sequence[str], archive: Archive) -> None:
    known = sorted({member.force for member in archive.members} | set(FORCES))
    for force in forces:
        if force != ALL_FORCES and force not in known:
            near = [slug for slug in known if force in slug] or get_close_matches(force, known, n=3, cutoff=0.5)
            hint = f"Did you mean {' or '.join(near[:3])}?" if near else f"For example: {', '.join(known[:4])}."
            raise NotFoundError(f"there is no force {force[:60]!r}", where="--force", fix=hint)


class Job:
    """One fetch: what is wanted, and what came of it so far."""

    def __init__(self, client: Client, folder: Path, forces: Sequence[str], kinds: Sequence[str]) -> None:
        self.client = client
        self.folder = folder
        self.forces = forces
        self.kinds = kinds
        self.result = PoliceUkDownload()
        self.archives: set[str] = set()

    def say_none(self, months: Sequence[str], status: Status, *, archive_month: str | None = None) -> None:
        """Enter months of which there is nothing."""
        self.result.files += [
            FetchedFile(force=force, month=month, kind=kind, status=status, archive_month=archive_month)
            for month in months
            for force in self.forces
            for kind in self.kinds
        ]

    def from_archive(
        self, url: str, months: Sequence[str], *, found: RemoteFile | None = None, all_of_them: bool = False
    ) -> tuple[str, str]:
        """
        Take what is wanted out of one archive; begin again where it changes on the way.

        Parameters
        ----------
        found
            The archive, where it was found already.
        all_of_them
            Enter the months that the archive does not reach as not published; otherwise they are left for another archive.

        Returns
        -------
        first, last
            The months that the archive reaches.
        """
        for restart in range(_RESTARTS + 1):
            try:
                remote, found = found or RemoteFile.find(self.client, url), None
                with opened(self.client, remote, self.folder) as archive:
                    _require_known(self.forces, archive)
                    first, last = archive.months
                    self.archives.add(last)
                    reached = [month for month in months if first <= month <= last]
                    if all_of_them and not reached:
                        raise NotFoundError(
                            f"the archive holds {first} to {last} and none of the months asked for",
                            where=shown(url),
                            fix="Choose other months.",
                        )
                    self.result.files += self._take_all(archive, reached, last)
                    self.result.newest_archive = max(self.archives)
                    if all_of_them:
                        self.say_none([month for month in months if month not in reached], "not_published")
                    return first, last
            except ChangedError:
                if restart == _RESTARTS:
                    raise
                self.client.watcher.note("the archive changed on the server: beginning again with the new one")
        raise AssertionError  # the loop returns or raises

    def _take_all(self, archive: Archive, months: Sequence[str], archive_month: str) -> list[FetchedFile]:
        folder = self.folder / archive_month
        by_key = {(member.force, member.month, member.kind): member for member in archive.members}
        forces = sorted({member.force for member in archive.members}) if ALL_FORCES in self.forces else self.forces
        entries: list[FetchedFile] = []
        missing: list[Member] = []
        for force in forces:
            for month in months:
                for kind in self.kinds:
                    member = by_key.get((force, month, kind))
                    status: Status = "no_data"
                    if member is not None:
                        status = "present" if is_there(member, member.path(folder)) else "fetched"
                        missing += [member] if status == "fetched" else []
                    entries.append(
                        FetchedFile(
                            force=force,
                            month=month,
                            kind=kind,
                            status=status,
                            archive_month=archive_month,
                            path=member.path(folder) if member else None,
                            size=member.info.file_size if member else None,
                        )
                    )
        if missing:
            self._take_missing(archive, missing, folder, archive_month)
        return entries

    def _take_missing(self, archive: Archive, missing: list[Member], folder: Path, archive_month: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        missing.sort(key=lambda member: member.start)
        if archive.ranges is not None:
            archive.ranges.plan((member.start, member.end) for member in missing)
        watcher, where = self.client.watcher, shown(archive.url)
        watcher.begin(
            f"{len(missing)} files of archive {archive_month}", sum(member.info.compress_size for member in missing)
        )
        manifest = read_json(folder / "manifest.json")
        files = manifest.get("files", {})
        damaged: list[DamagedMemberError] = []
        try:
            for member in missing:
                try:
                    sha256 = _take_with_patience(archive, member, folder, where=where)
                except DamagedMemberError as error:
                    damaged.append(error)
                    watcher.note(f"{member.name} is damaged in the archive and is left out")
                    continue
                finally:
                    watcher.advance(member.info.compress_size)
                files[f"{member.month}/{member.name}"] = {
                    "size": member.info.file_size,
                    "crc32": f"{member.info.CRC:08x}",
                    "sha256": sha256,
                    "archive_etag": archive.version.etag,
                    "fetched_at": self.client.clock.now().astimezone(UTC).isoformat(timespec="seconds"),
                }
        finally:
            write_json(
                folder / "manifest.json",
                {
                    "source": "data.police.uk",
                    "licence": "Open Government Licence v3.0",
                    "attribution": ATTRIBUTION,
                    "archive_month": archive_month,
                    "url": where,
                    "etag": archive.version.etag,
                    "last_modified": archive.version.last_modified,
                    "archive_size": archive.version.size,
                    "files": dict(sorted(files.items())),
                },
            )
        if damaged:
            if archive.whole is not None:
                archive.whole.unlink(missing_ok=True)
            raise FetchError(
                f"{len(damaged)} of {len(missing)} files are damaged in the archive",
                where=damaged[0].where,
                fix="The others were kept; run the same command again later.",
            ) from damaged[0]


def _take_with_patience(archive: Archive, member: Member, folder: Path, *, where: str) -> str:
    try:
        return take(archive.zip, member, member.path(folder), where=where)
    except DamagedMemberError:
        if archive.ranges is None:
            raise
        archive.ranges.forget()  # it may have been damaged on the way: ask once more
        return take(archive.zip, member, member.path(folder), where=where)
