"""Zips from outside: refused when they would harm the machine, read member by member otherwise."""

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Final

from crimemap.errors import UnreadableFileError, UnsafeArchiveError

__all__ = ["MAX_MEMBERS", "MAX_MEMBER_BYTES", "MAX_RATIO", "check_directory", "unpacking"]

#: The national archive of three years has some 5,000 files, the largest of 30 MB; real files shrink to a fifth.
MAX_MEMBERS: Final = 100_000
MAX_MEMBER_BYTES: Final = 1 << 30
MAX_TOTAL_BYTES: Final = 1 << 37
MAX_RATIO: Final = 100
#: Below this size nothing is a bomb, however well it shrinks.
_SMALL_BYTES: Final = 16 << 20

_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
_ENCRYPTED: Final = 0x1


def check_directory(opened: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    """
    Check a zip's directory and give its files, in its order.

    Raises
    ------
    UnsafeArchiveError
        If a path climbs out or is absolute, entries overlap or are links, or it would unpack to far more than its size.
    UnreadableFileError
        If files are encrypted or packed in a way that cannot be read here, or lie beyond the end of the file.
    """
    where = str(path)
    entries = opened.infolist()
    if len(entries) > MAX_MEMBERS:
        raise UnsafeArchiveError(
            f"it has {len(entries):,} entries, at most {MAX_MEMBERS:,} are read", where=where, fix="Split the archive."
        )
    for info in entries:
        _check_path(info, where)
    files = [info for info in entries if not info.is_dir()]
    _check_sizes(files, path)
    for info in files:
        if info.flag_bits & _ENCRYPTED:
            raise UnreadableFileError(
                f"{info.filename} is encrypted", where=where, fix="Unpack it with its password and give the folder."
            )
        if info.compress_type not in _METHODS:
            raise UnreadableFileError(
                f"{info.filename} is packed with method {info.compress_type}, which cannot be read here",
                where=where,
                fix="Unpack it and give the folder.",
            )
    return files


def _check_path(info: zipfile.ZipInfo, where: str) -> None:
    name = info.filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or name[1:2] == ":" or "\x00" in info.orig_filename:
        raise UnsafeArchiveError(
            "a path in it leads outside the archive",
            where=where,
            fix="Do not use this archive; download it from its publisher.",
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UnsafeArchiveError(
            "it contains a link", where=where, fix="Do not use this archive; download it from its publisher."
        )


def _check_sizes(files: list[zipfile.ZipInfo], path: Path) -> None:
    where = str(path)
    for info in files:
        too_dense = info.file_size > _SMALL_BYTES and info.file_size > MAX_RATIO * max(info.compress_size, 1)
        if info.file_size > MAX_MEMBER_BYTES or too_dense:
            raise UnsafeArchiveError(
                f"{info.filename} would unpack from {info.compress_size:,} to {info.file_size:,} bytes",
                where=where,
                fix="Do not use this archive; download it from its publisher.",
            )
    packed = path.stat().st_size
    total = sum(info.file_size for info in files)
    if total > MAX_TOTAL_BYTES or (total > _SMALL_BYTES and total > MAX_RATIO * packed):
        raise UnsafeArchiveError(
            f"it would unpack from {packed:,} to {total:,} bytes",
            where=where,
            fix="Do not use this archive; download it from its publisher.",
        )
    end = 0
    for info in sorted(files, key=lambda each: each.header_offset):
        if info.header_offset < end:
            raise UnsafeArchiveError(
                "files in it overlap, as in a zip bomb",
                where=where,
                fix="Do not use this archive; download it from its publisher.",
            )
        end = info.header_offset + info.compress_size
    if end > packed:
        raise UnreadableFileError("the archive is cut off", where=where, fix="Download or copy it again.")


def unpacking(opened: zipfile.ZipFile, info: zipfile.ZipInfo, where: str, *, first: int | None = None) -> bytes:
    """
    Read a file of a zip, or its first bytes. Never more than its directory entry says.

    Raises
    ------
    UnreadableFileError
        If it is damaged: cut off, not what its entry says, or with another check sum.
    """
    try:
        with opened.open(info) as file:
            # A size is always given: without one, zipfile unpacks all there is before it looks at what was announced.
            data = file.read(info.file_size if first is None else first)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise UnreadableFileError(
            "this file in the zip is damaged: it cannot be unpacked or its check sum is wrong",
            where=where,
            fix="Download or copy the archive again.",
        ) from error
    if first is None and len(data) != info.file_size:
        raise UnreadableFileError(
            f"this file in the zip has {len(data):,} bytes, {info.file_size:,} are announced",
            where=where,
            fix="Download or copy the archive again.",
        )
    return data
