"""Names of the codes in Code-Point Open, from the spreadsheet beside it (`Doc/Codelist.xlsx`)."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

from crimemap.errors import UnreadableFileError

__all__ = ["names_of_codes"]

_NS: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_CODE: Final = re.compile(r"[EW]\d{8}", re.ASCII)
_SHEET: Final = re.compile(r"xl/worksheets/sheet\d{1,3}\.xml", re.ASCII)
_WORDS: Final = "xl/sharedStrings.xml"
_LARGEST: Final = 32 * 1024 * 1024
#: Ordnance Survey writes what kind of area it is behind the name; the Office for National Statistics does not.
_KIND: Final = re.compile(r"(?: (?:Ward|ED|County|London Boro|District))?(?: \(B\))?\Z")
#: Welsh authorities have both names, Welsh first; electoral divisions and wards have one.
_BOTH: Final = " - "
_DAMAGE: Final = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, IndexError, ET.ParseError)


def names_of_codes(workbook: bytes) -> dict[str, str]:
    """
    Read which area each code is.

    Parameters
    ----------
    workbook
        The spreadsheet: sheets with a name and a code in each row; others are passed over.

    Returns
    -------
    dict
        Code to name, as the Office for National Statistics writes it: `Adur`, not `Adur District`.

    Raises
    ------
    UnreadableFileError
        If it is no spreadsheet, or damaged.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
            words = ["".join(text.text or "" for text in one.iter(f"{_NS}t")) for one in _root(archive, _WORDS)]
            return {
                code: _plain(name, code)
                for sheet in archive.namelist()
                if _SHEET.fullmatch(sheet)
                for name, code in _pairs(_root(archive, sheet), words)
            }
    except _DAMAGE as error:
        raise UnreadableFileError(
            "the list of codes is not a spreadsheet, or it is damaged",
            where="Doc/Codelist.xlsx",
            fix="Download Code-Point Open again, or give the folder without this file: names are then left out.",
        ) from error


def _root(archive: zipfile.ZipFile, name: str) -> ET.Element:
    if archive.getinfo(name).file_size > _LARGEST:
        raise ValueError(name)
    text = archive.read(name)
    if b"<!DOCTYPE" in text[:4_096]:  # no spreadsheet has one, and it could define texts of any length
        raise ValueError(name)
    return ET.fromstring(text)  # noqa: S314 - without a document type there is nothing to expand


def _pairs(sheet: ET.Element, words: list[str]) -> Iterator[tuple[str, str]]:
    for row in sheet.iter(f"{_NS}row"):
        cells = [_text(cell, words) for cell in row.iter(f"{_NS}c")]
        if len(cells) == 2 and _CODE.fullmatch(cells[1]) and cells[0]:  # noqa: PLR2004 - a name and a code
            yield cells[0], cells[1]


def _text(cell: ET.Element, words: list[str]) -> str:
    value = cell.findtext(f"{_NS}v") or ""
    return words[int(value)].strip() if cell.get("t") == "s" else value.strip()


def _plain(name: str, code: str) -> str:
    """
    Write a name without its kind.

    Examples
    --------
    >>> _plain("Cambridge District (B)", "E07000008"), _plain("Caerdydd - Cardiff", "W06000015")
    ('Cambridge', 'Cardiff')
    >>> _plain("St. Julians ED", "W05001644")
    'St. Julians'
    """
    plain = _KIND.sub("", name)
    return plain.rpartition(_BOTH)[2] if code.startswith("W06") else plain
