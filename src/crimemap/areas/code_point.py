"""
Reading the files of Code-Point Open: a zip as published, the folder unpacked from it, or one of its CSV files.

Layout: `Data/CSV/<area>.csv` without a header line, ten columns, named in `Doc/Code-Point_Open_Column_Headers.csv`.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from crimemap.errors import NotFoundError, UnreadableFileError, UnsafeArchiveError

__all__ = ["FIELDS", "Table", "code_list", "dataset_version", "tables"]

#: Our names for the columns that we keep, by the names that the publisher's header file gives them.
FIELDS: Final = {
    "PC": "postcode",
    "PQ": "quality",
    "EA": "easting",
    "NO": "northing",
    "CY": "country_code",
    "CC": "county_code",
    "DC": "district_code",
    "WC": "ward_code",
}
_USUAL: Final = ("PC", "PQ", "EA", "NO", "CY", "RH", "LH", "CC", "DC", "WC")
_HEADER: Final = re.compile(r"(?:.*/)?Code-Point_Open_Column_Headers\.csv\Z", re.IGNORECASE)
_CODES: Final = re.compile(r"(?:.*/)?Doc/Codelist\.xlsx\Z", re.IGNORECASE)
_ABOUT: Final = re.compile(r"(?:.*/)?Doc/metadata\.txt\Z", re.IGNORECASE)
_DATA: Final = re.compile(r"(?:.*/)?[A-Za-z]{1,2}\.csv\Z", re.ASCII)
_VERSION: Final = re.compile(r"DATASET VERSION NUMBER:\s*([0-9.]{1,20})")
_MOST_FILES: Final = 1000
_LARGEST_FILE: Final = 128 * 1024 * 1024
_LARGEST_RATIO: Final = 100
_SMALL: Final = 1024 * 1024
_LARGEST_LIST: Final = 16 * 1024 * 1024
_ENCRYPTED: Final = 0x1
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One CSV file: its rows with the line of each, and the lines that do not have the right number of columns."""

    name: str
    columns: tuple[str, ...]
    lines: list[int]
    rows: list[list[str]]
    unreadable: list[tuple[int, list[str]]]


class _Source:
    """Names of files, and a way to read each; a zip or a folder look the same."""

    def __init__(self, path: Path, archive: zipfile.ZipFile | None, names: list[str]) -> None:
        self.path = path
        self.archive = archive
        self.names = names

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        if self.archive is None:
            with (self.path / name if self.path.is_dir() else self.path).open("rb") as file:
                yield file
            return
        info = self.archive.getinfo(name)
        if info.flag_bits & _ENCRYPTED:
            raise UnreadableFileError("the zip is encrypted", where=str(self.path), fix="Download it again.")
        if info.file_size > _LARGEST_FILE or info.file_size > _SMALL + _LARGEST_RATIO * info.compress_size:
            raise UnsafeArchiveError(
                f"a file in the zip expands from {info.compress_size:,} to {info.file_size:,} bytes",
                where=str(self.path),
                fix="Do not use this zip; Code-Point Open is not like that.",
            )
        with self.archive.open(info) as file:
            yield file

    def text(self, pattern: re.Pattern[str]) -> str:
        """Read the one small file whose name is like that, or nothing."""
        for name in self.names:
            if pattern.match(name):
                with self.open(name) as file:
                    return file.read(_SMALL).decode("utf-8", errors="replace")
        return ""


@contextmanager
def _source(path: Path) -> Iterator[_Source]:
    if path.is_dir():
        names = sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
        yield _Source(path, None, names)
    elif not path.is_file():
        raise NotFoundError(
            "there is no such file", where=str(path), fix="Check the path, or say 'crimemap fetch postcodes'."
        )
    elif path.suffix.lower() == ".csv":
        yield _Source(path, None, [path.name])
    else:
        try:
            with zipfile.ZipFile(path) as archive:
                yield _Source(path, archive, sorted(archive.namelist()))
        except _DAMAGE as error:
            raise UnreadableFileError(
                "this is not a zip, or it is damaged", where=str(path), fix="Download Code-Point Open (CSV) again."
            ) from error


def _columns(source: _Source) -> tuple[str, ...]:
    header = next(csv.reader(io.StringIO(source.text(_HEADER))), None)
    if header is None:
        return _USUAL
    columns = tuple(cell.strip().upper() for cell in header)
    missing = sorted(set(FIELDS) - set(columns))
    if missing or len(set(columns)) < len(columns):
        raise UnreadableFileError(
            f"the header file does not name the columns {', '.join(missing) or '(some come twice)'}",
            where=str(source.path),
            fix="Download Code-Point Open (CSV) again; another product was given, or its layout is new.",
        )
    return columns


def dataset_version(path: Path) -> str | None:
    """Read the version that the publisher's metadata names (`2025.2.0`), where the file is there."""
    with _source(path) as source:
        match = _VERSION.search(source.text(_ABOUT))
    return match[1] if match else None


def code_list(path: Path) -> bytes | None:
    """Read the spreadsheet that names the codes, where it is there."""
    with _source(path) as source:
        for name in source.names:
            if _CODES.match(name):
                with source.open(name) as file:
                    return file.read(_LARGEST_LIST)
    return None


def tables(path: Path) -> Iterator[Table]:
    """
    Read Code-Point Open, one file after the other.

    Parameters
    ----------
    path
        The zip, the folder, or one CSV.

    Raises
    ------
    NotFoundError
        If there is no such file.
    UnreadableFileError
        If it is damaged, or holds no file of postcodes.
    UnsafeArchiveError
        If a zip expands beyond measure.
    """
    with _source(path) as source:
        columns = _columns(source)
        names = [name for name in source.names if _DATA.match(name)] if path.suffix.lower() != ".csv" else source.names
        if not names or len(names) > _MOST_FILES:
            raise UnreadableFileError(
                f"{len(names)} files in it are named like Code-Point Open's (ab.csv to ze.csv)",
                where=str(path),
                fix="Give the zip as published (CSV, not GeoPackage).",
            )
        for name in names:
            with source.open(name) as file:
                yield _table(name, columns, file, where=str(path))


def _table(name: str, columns: tuple[str, ...], file: IO[bytes], *, where: str) -> Table:
    table = Table(name=name, columns=columns, lines=[], rows=[], unreadable=[])
    with io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="") as text:
        reader = csv.reader(text)
        try:
            for row in reader:
                if not row or (reader.line_num == 1 and row[0].strip().upper() in {"PC", "POSTCODE"}):
                    continue
                if len(row) == len(columns):
                    table.lines.append(reader.line_num)
                    table.rows.append(row)
                else:
                    table.unreadable.append((reader.line_num, row))
        except csv.Error as error:
            raise UnreadableFileError(
                f"line {reader.line_num + 1} cannot be read as CSV", where=f"{where}, {name}", fix="Download it again."
            ) from error
    return table
