"""
Archives of data.police.uk: a zip, a folder of the same, or one CSV. What is in them, and whether it may be opened at all.

Members are read straight from the zip and never extracted, so no path of an archive ever reaches the disk. Everything that
can be known without unpacking (the directory, names, sizes, the first line of each file) is checked before anything is read.
"""

import hashlib
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from crimemap.errors import EmptyInputError, InputError, NotFoundError, UnreadableFileError
from crimemap.incidents.unnamed import name_by_content
from crimemap.incidents.zip_safety import check_directory, unpacking
from crimemap.periods import is_month

__all__ = ["Archive", "Member", "open_archives", "parse_name"]

_MEMBER = re.compile(
    r"(?P<month>\d{4}-\d{2})-(?P<force>[a-z0-9]+(?:-[a-z0-9]+)*)-(?P<kind>street|outcomes|stop-and-search)\.csv\Z"
)
_HEAD: Final = 8192
_LAYOUT: Final = "YYYY-MM/YYYY-MM-<force>-street.csv (or -outcomes.csv, -stop-and-search.csv)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One CSV of an archive: one force's month of street crime, outcomes, or stops."""

    path: str
    name: str
    kind: str
    force: str
    month: str
    size: int
    crc: int
    read: Callable[[], bytes] = field(repr=False, compare=False)
    head: Callable[[], bytes] = field(repr=False, compare=False)

    @property
    def digest(self) -> str:
        """Tell this content from another: CRC-32 and size, both already in a zip's directory."""
        return f"{self.crc:08x}-{self.size}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """What was found in one path given by the user."""

    path: Path
    month: str
    members: tuple[Member, ...]
    ignored: tuple[str, ...]
    sha256: Callable[[Member], str] = field(repr=False, compare=False)


def parse_name(name: str) -> tuple[str, str, str] | None:
    """
    Take month, force and kind from the name of a police.uk file.

    Examples
    --------
    >>> parse_name("2025-01/2025-01-devon-and-cornwall-stop-and-search.csv")
    ('2025-01', 'devon-and-cornwall', 'stop-and-search')
    >>> parse_name("2025-01-neighbourhoods.csv") is None
    True
    """
    matched = _MEMBER.match(name.replace("\\", "/").rsplit("/", 1)[-1].lower())
    return (matched["month"], matched["force"], matched["kind"]) if matched else None


def open_archives(path: Path, *, archive_month: str | None = None) -> list[Archive]:
    """
    List what a path holds: an archive, or the archives lying in a folder.

    Raises
    ------
    NotFoundError
        If there is nothing at the path.
    UnreadableFileError, UnsafeArchiveError, EmptyInputError, InputError
        If it cannot be used; nothing has been read by then but directories and sizes.
    """
    if path.is_dir():
        return _folder(path, archive_month)
    if not path.is_file():
        raise NotFoundError("there is no such file or folder", where=str(path), fix="Check the path.")
    if path.suffix.lower() == ".zip" or zipfile.is_zipfile(path):
        return [_zip(path, archive_month)]
    if path.suffix.lower() != ".csv":
        raise UnreadableFileError(
            "this is neither a zip nor a CSV",
            where=str(path),
            fix="Give an archive from data.police.uk, a folder of its CSV files, or one of them; "
            "for a force's own records add --source FILE.toml.",
        )
    return [_files(path, {path: parse_name(path.name) or name_by_content(path)}, archive_month, ())]


def _zip(path: Path, archive_month: str | None) -> Archive:
    where = str(path)
    try:
        opened = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableFileError(
            "this is not a complete zip: its directory, which stands at the end, is missing or damaged",
            where=where,
            fix="Download or copy it again.",
        ) from error
    infos = check_directory(opened, path)
    members, ignored = [], []
    for info in infos:
        found = parse_name(info.filename)
        if found is None:
            ignored.append(info.filename)
            continue
        member = f"{path}/{info.filename}"
        members.append(
            Member(
                path=member,
                name=info.filename,
                month=_month(found[0], member),
                force=found[1],
                kind=found[2],
                size=info.file_size,
                crc=info.CRC,
                read=lambda info=info, member=member: unpacking(opened, info, member),  # type: ignore[misc]
                head=lambda info=info, member=member: unpacking(opened, info, member, first=_HEAD),  # type: ignore[misc]
            )
        )
    digest: list[str] = []

    def sha256(_: Member) -> str:
        if not digest:
            digest.append(_sha256(path))
        return digest[0]

    return _archive(path, archive_month, members, ignored, sha256)


def _folder(path: Path, archive_month: str | None) -> list[Archive]:
    every = sorted(file for file in path.rglob("*") if file.is_file() and not file.is_symlink())
    csvs = [file for file in every if file.suffix.lower() == ".csv"]
    named = {file: says for file in csvs if (says := parse_name(file.name))}
    zips = [file for file in every if file.suffix.lower() == ".zip" and file.parent == path]
    found = [_zip(file, archive_month) for file in zips]
    if named:
        found.append(_files(path, named, archive_month, tuple(str(file) for file in csvs if file not in named)))
    if not found:
        held = f"holds {len(csvs)} CSV files, none" if csvs else "holds no CSV file"
        raise EmptyInputError(
            f"the folder {held} named as data.police.uk names them", where=str(path), fix=f"They look like {_LAYOUT}."
        )
    return found


def _files(
    path: Path, files: dict[Path, tuple[str, str, str]], archive_month: str | None, ignored: tuple[str, ...]
) -> Archive:
    members = []
    for file, found in files.items():
        members.append(
            Member(
                path=str(file),
                name=file.name if file == path else file.relative_to(path).as_posix(),
                month=_month(found[0], str(file)),
                force=found[1],
                kind=found[2],
                size=file.stat().st_size,
                crc=_crc(file),
                read=file.read_bytes,
                head=lambda file=file: _head(file),  # type: ignore[misc]
            )
        )
    return _archive(path, archive_month, members, ignored, lambda member: _sha256(Path(member.path)))


def _archive(
    path: Path,
    archive_month: str | None,
    members: list[Member],
    ignored: list[str] | tuple[str, ...],
    sha256: Callable[[Member], str],
) -> Archive:
    if not members:
        raise EmptyInputError(
            f"there is no CSV in it that is named as data.police.uk names them ({len(ignored)} other files)",
            where=str(path),
            fix=f"They look like {_LAYOUT}.",
        )
    seen: dict[tuple[str, str, str], str] = {}
    for member in members:
        unit = (member.kind, member.force, member.month)
        if unit in seen:
            raise InputError(
                f"two files hold {member.kind} of {member.force} in {member.month}: {seen[unit]} and {member.name}",
                where=str(path),
                fix="Keep one of them.",
            )
        seen[unit] = member.name
    stem = path.stem if path.suffix.lower() == ".zip" else path.name
    month = archive_month or (stem if is_month(stem) else max(member.month for member in members))
    members.sort(key=lambda member: (member.kind, member.month, member.force))
    return Archive(path=path, month=month, members=tuple(members), ignored=tuple(ignored), sha256=sha256)


def _month(text: str, where: str) -> str:
    if not is_month(text):
        raise InputError(
            f"{text} in the file's name is not a month", where=where, fix="Months are 01 to 12: rename it or remove it."
        )
    return text


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _crc(path: Path) -> int:
    crc = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            crc = zlib.crc32(block, crc)
    return crc


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)
