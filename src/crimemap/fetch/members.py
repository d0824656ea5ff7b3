"""
The members of a police.uk archive, taken out one by one.

A member's name is read for its month, force and kind and never used as a path. Sizes and checksums are those of the
archive's table of contents; a member that expands beyond measure, or to something else than announced, is refused.
"""

import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from crimemap.errors import UnreadableFileError, UnsafeArchiveError
from crimemap.periods import is_month

__all__ = ["DamagedMemberError", "Member", "is_there", "members_of", "open_archive", "take"]

_NAME: Final = re.compile(r"(?:.*/)?(\d{4}-\d{2})-([a-z][a-z0-9-]{0,60})-(street|outcomes|stop-and-search)\.csv\Z", re.ASCII)
_LARGEST_MEMBER: Final = 1024**3
_LARGEST_RATIO: Final = 100
_FREE_OF_RATIO: Final = 1024 * 1024
_MOST_MEMBERS: Final = 200_000
_LOCAL_HEADER: Final = 30 + 2 * 65_535
_ENCRYPTED: Final = 0x1
_CHUNK: Final = 256 * 1024
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class DamagedMemberError(UnreadableFileError):
    """A member whose bytes do not agree with the archive's table of contents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One CSV in an archive: what it holds, and where its bytes stand (`start` to `end`, the end not included)."""

    month: str
    force: str
    kind: str
    info: zipfile.ZipInfo
    start: int
    end: int

    @property
    def name(self) -> str:
        """Give the file's name, as police.uk writes it."""
        return f"{self.month}-{self.force}-{self.kind}.csv"

    def path(self, folder: Path) -> Path:
        """Give the place of the file under a folder: a folder for each month, as in the archive."""
        return folder / self.month / self.name


def open_archive(file: IO[bytes], *, where: str) -> zipfile.ZipFile:
    """
    Read an archive's table of contents.

    Raises
    ------
    UnreadableFileError
        If it is not a zip, or is cut short.
    UnsafeArchiveError
        If it has more members than any archive of police.uk.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (*_DAMAGE, ValueError, UnicodeError) as error:
        raise UnreadableFileError(
            "this is not a zip archive, or it is damaged", where=where, fix="Check the address, or try again later."
        ) from error
    if len(archive.filelist) > _MOST_MEMBERS:
        archive.close()
        raise UnsafeArchiveError(
            f"the archive has more than {_MOST_MEMBERS:,} members", where=where, fix="Check the address."
        )
    return archive


def members_of(archive: zipfile.ZipFile, *, where: str) -> list[Member]:
    """
    List the CSVs that an archive holds, in the order of their bytes; anything else in it is passed over.

    Raises
    ------
    UnreadableFileError
        If none is there.
    UnsafeArchiveError
        If a month of a force is there twice.
    """
    infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
    ends = [info.header_offset for info in infos[1:]] + [archive.start_dir]
    found: dict[tuple[str, str, str], Member] = {}
    for info, end in zip(infos, ends, strict=True):
        match = _NAME.match(info.filename)
        if match is None or not is_month(match[1]):
            continue
        key = (match[1], match[2], match[3])
        if key in found:
            raise UnsafeArchiveError(
                f"the archive holds {'-'.join(key)}.csv twice",
                where=where,
                fix="Do not use this archive; it was tampered with.",
            )
        end = min(end, info.header_offset + _LOCAL_HEADER + info.compress_size)  # noqa: PLW2901
        found[key] = Member(month=match[1], force=match[2], kind=match[3], info=info, start=info.header_offset, end=end)
    if not found:
        raise UnreadableFileError(
            "the archive holds no police.uk files (YYYY-MM-force-street.csv and the like)",
            where=where,
            fix="Check the address.",
        )
    return list(found.values())


def is_there(member: Member, path: Path) -> bool:
    """Say whether the file is in place already, with the size and checksum that the archive gives."""
    try:
        if path.stat().st_size != member.info.file_size:
            return False
        crc = 0
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                crc = zlib.crc32(chunk, crc)
    except OSError:
        return False
    return crc == member.info.CRC


def _refuse_bombs(infos: Iterable[zipfile.ZipInfo], where: str) -> None:
    for info in infos:
        ratio_cap = _LARGEST_RATIO * info.compress_size + _FREE_OF_RATIO
        if info.file_size > _LARGEST_MEMBER or info.file_size > ratio_cap:
            raise UnsafeArchiveError(
                f"a member would expand from {info.compress_size:,} to {info.file_size:,} bytes",
                where=where,
                fix="Do not use this archive; no police.uk file is like that.",
            )


def take(archive: zipfile.ZipFile, member: Member, path: Path, *, where: str) -> str:
    """
    Take a member out and put it in place in one step.

    Returns
    -------
    str
        The SHA-256 of the file, hex.

    Raises
    ------
    DamagedMemberError
        If its bytes do not have the announced size and checksum.
    UnsafeArchiveError
        If it would expand beyond measure.
    """
    said = f"{where}, {member.name}"
    _refuse_bombs([member.info], said)
    if member.info.flag_bits & _ENCRYPTED:
        raise UnsafeArchiveError(
            "the member is encrypted", where=said, fix="Do not use this archive; police.uk encrypts nothing."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.part")
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(member.info) as source, partial.open("wb") as target:
            while chunk := source.read(_CHUNK):  # reading stops at the announced size and then checks the CRC
                size += len(chunk)
                digest.update(chunk)
                target.write(chunk)
        if size != member.info.file_size:
            raise EOFError
        partial.replace(path)
    except _DAMAGE as error:
        raise DamagedMemberError(
            "the file is damaged: its bytes do not agree with the archive's table of contents",
            where=said,
            fix="Run the same command again later.",
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return digest.hexdigest()
