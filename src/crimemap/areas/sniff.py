"""
What kind of boundary file a file really is, by its first bytes rather than its name.

Files come from anywhere. GDAL would open some fifty formats by their content, among them ones that name other files or
addresses to read; only those that we know are passed on.
"""

from enum import StrEnum
from pathlib import Path
from typing import Final
from xml.parsers import expat

from crimemap.errors import NotFoundError, UnreadableFileError, UnsafeArchiveError

__all__ = ["MAX_FILE_BYTES", "Format", "sniff"]

#: The largest national set at full resolution is under one gibibyte.
MAX_FILE_BYTES: Final = 4 * 1024**3
_CHUNK: Final = 1 << 20


class Format(StrEnum):
    """A format that boundary files come in."""

    GEOPACKAGE = "GeoPackage"
    GEOJSON = "GeoJSON"
    SHAPEFILE = "shapefile"
    KML = "KML"
    FLATGEOBUF = "FlatGeobuf"
    GEOPARQUET = "GeoParquet"
    ZIP = "zip"


_FIRST_BYTES: Final = {
    b"SQLite format 3\x00": Format.GEOPACKAGE,
    b"fgb": Format.FLATGEOBUF,
    b"PAR1": Format.GEOPARQUET,
    b"PK\x03\x04": Format.ZIP,
    b"PK\x05\x06": Format.ZIP,
    b"\x00\x00\x27\x0a": Format.SHAPEFILE,
}
_ACCEPTED: Final = "Give a GeoPackage, GeoJSON, zipped shapefile, KML, FlatGeobuf or GeoParquet file."


def sniff(path: Path) -> Format:
    """
    Tell the format of a file.

    Raises
    ------
    NotFoundError
        If there is no such file.
    UnreadableFileError
        If it is a directory, empty, too large, or in a format that is not read.
    UnsafeArchiveError
        If it is XML that defines entities.
    """
    if not path.exists():
        raise NotFoundError("there is no such file", where=str(path), fix="Check the path.")
    if not path.is_file():
        raise UnreadableFileError("this is not a file", where=str(path), fix=_ACCEPTED)
    size = path.stat().st_size
    if size == 0:
        raise UnreadableFileError("the file is empty", where=str(path), fix="Download it again.")
    if size > MAX_FILE_BYTES:
        raise UnreadableFileError(
            f"the file has {size / 1024**3:.1f} GiB, boundary files of up to {MAX_FILE_BYTES // 1024**3} GiB are read",
            where=str(path),
            fix="Use a generalised version of these boundaries.",
        )
    with path.open("rb") as opened:
        start = opened.read(512)
    found = _by_first_bytes(start)
    if found is Format.KML:
        _require_plain_kml(path)
    if found is None:
        raise UnreadableFileError("this is not a boundary file in a format that is read", where=str(path), fix=_ACCEPTED)
    return found


def _by_first_bytes(start: bytes) -> Format | None:
    for first, found in _FIRST_BYTES.items():
        if start.startswith(first):
            return found
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return Format.GEOJSON
    return Format.KML if text.startswith((b"<?xml", b"<kml")) else None


def _require_plain_kml(path: Path) -> None:
    """Insist on XML whose root is `kml` and which has no document type, so that no entity can be expanded or fetched."""
    parser = expat.ParserCreate(namespace_separator=" ")
    roots: list[str] = []

    def refuse(*_: object) -> None:
        raise UnsafeArchiveError(
            "the file has a document type, which can make it expand without measure or read other files",
            where=str(path),
            fix="Remove the DOCTYPE, or export the boundaries again.",
        )

    def opened(name: str, _: object) -> None:
        if not roots:
            roots.append(name.rpartition(" ")[2])

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = opened
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                parser.Parse(chunk, False)  # noqa: FBT003 - expat takes it so
            parser.Parse(b"", True)  # noqa: FBT003 - expat takes it so
    except expat.ExpatError as error:
        raise UnreadableFileError(
            f"the XML is damaged at line {error.lineno}", where=str(path), fix="Download or export the file again."
        ) from error
    if roots != ["kml"]:
        raise UnreadableFileError("this is XML, but not KML", where=str(path), fix=_ACCEPTED)
