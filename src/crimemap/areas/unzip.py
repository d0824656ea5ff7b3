"""Taking a boundary file out of a zip, without trusting the zip."""

import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from crimemap.areas.sniff import MAX_FILE_BYTES
from crimemap.errors import ParameterError, UnreadableFileError, UnsafeArchiveError

__all__ = ["open_zip", "unzip_boundaries"]

_MAX_MEMBERS: Final = 50_000
_MAX_RATIO: Final = 200
_SMALL_BYTES: Final = 64 * 1024**2
_SINGLE: Final = (".gpkg", ".geojson", ".json", ".kml", ".fgb", ".parquet")
_WITH_SHAPE: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_ENCRYPTED: Final = 0x1


def unzip_boundaries(path: Path, folder: Path, *, layer: str | None = None) -> Path:
    """
    Unpack the one shapefile (or other boundary file) that a zip holds.

    Parameters
    ----------
    path
        The zip.
    folder
        An empty directory to unpack into; names are made by us, so nothing can be written elsewhere.
    layer
        Name, without suffix, of the one to take where the zip holds several.

    Raises
    ------
    UnreadableFileError
        If the zip is damaged, encrypted, or holds no boundary file, or a shapefile without its other parts.
    UnsafeArchiveError
        If a path climbs out, a member is a link, or the zip expands without measure.
    ParameterError
        If it holds several boundary files and `layer` names none of them.
    """
    with open_zip(path) as (archive, members):
        chosen = _chosen(members, layer, path)
        stem = chosen.with_suffix("")
        wanted = [chosen]
        if chosen.suffix.lower() == ".shp":
            wanted = [name for name in members if name.with_suffix("") == stem and name.suffix.lower() in _WITH_SHAPE]
            missing = {".shx", ".dbf"} - {name.suffix.lower() for name in wanted}
            if missing:
                raise UnreadableFileError(
                    f"the shapefile comes without its {' and '.join(sorted(missing))}",
                    where=f"{path}: {chosen}",
                    fix="Zip all of its parts together.",
                )
        for name in wanted:
            with archive.open(members[name]) as source, (folder / f"areas{name.suffix.lower()}").open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    return folder / f"areas{chosen.suffix.lower()}"


@contextmanager
def open_zip(path: Path) -> Iterator[tuple[zipfile.ZipFile, dict[PurePosixPath, zipfile.ZipInfo]]]:
    """
    Open a zip and list its files, once all of it was seen to be harmless.

    Raises
    ------
    UnreadableFileError
        If it is damaged or encrypted, also when that shows while a file is read.
    UnsafeArchiveError
        If a path climbs out, a member is a link, or it expands without measure.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive, _safe_members(archive, path)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise UnreadableFileError("the zip is damaged or encrypted", where=str(path), fix="Download it again.") from error


def _safe_members(archive: zipfile.ZipFile, path: Path) -> dict[PurePosixPath, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > _MAX_MEMBERS:
        raise UnsafeArchiveError(f"the zip has {len(infos)} members", where=str(path), fix="Unpack it and add one file.")
    total = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if total > MAX_FILE_BYTES or (total > _SMALL_BYTES and total > _MAX_RATIO * max(packed, 1)):
        raise UnsafeArchiveError(
            f"the zip expands from {packed:,} to {total:,} bytes", where=str(path), fix="Do not use this file."
        )
    members: dict[PurePosixPath, zipfile.ZipInfo] = {}
    for info in infos:
        name = PurePosixPath(info.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or ":" in info.filename:
            raise UnsafeArchiveError(
                "a path in the zip leads out of its folder", where=str(path), fix="Do not use this file."
            )
        if stat.S_ISLNK(info.external_attr >> 16):
            raise UnsafeArchiveError("the zip holds a symbolic link", where=str(path), fix="Zip the files themselves.")
        if info.flag_bits & _ENCRYPTED:
            raise UnreadableFileError("the zip is encrypted", where=str(path), fix="Zip it again without a password.")
        if not info.is_dir() and "__MACOSX" not in name.parts:
            members[name] = info
    return members


def _chosen(members: dict[PurePosixPath, zipfile.ZipInfo], layer: str | None, path: Path) -> PurePosixPath:
    held = [name for name in members if name.suffix.lower() == ".shp"]
    held = held or [name for name in members if name.suffix.lower() in _SINGLE]
    if not held:
        raise UnreadableFileError(
            f"none of the {len(members)} files in the zip is a shapefile or another boundary file",
            where=str(path),
            fix="Zip the .shp with its .shx, .dbf and .prj.",
        )
    named = [name for name in held if layer is None or name.stem == layer]
    if len(named) != 1:
        raise ParameterError(
            f"the zip holds {len(held)} boundary files",
            where=str(path),
            fix=f"Name one with --layer: {', '.join(sorted(name.stem for name in held)[:20])}.",
        )
    return named[0]
