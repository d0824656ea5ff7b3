"""The files of a job's results, by the names under which they are asked for."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from crimemap.errors import ParameterError
from crimemap.jobs.queue.job import ResultFile
from crimemap.jobs.result import Result
from crimemap.jobs.writers import suffixes, write_result

__all__ = ["FORMATS", "formats_of", "require_formats", "write_outputs"]

#: Format to the ending of its files and its media type.
FORMATS: Final = {
    "json": (".json", "application/json"),
    "csv": (".csv", "text/csv"),
    "geojson": (".geojson", "application/geo+json"),
    "geopackage": (".gpkg", "application/geopackage+sqlite3"),
    "geoparquet": (".parquet", "application/vnd.apache.parquet"),
    "geotiff": (".tif", "image/tiff; application=geotiff"),
    "png": (".png", "image/png"),
    "html": (".html", "text/html"),
    "pdf": (".pdf", "application/pdf"),
}
#: What is written where nothing is asked for: enough for a program, a spreadsheet and a map.
_USUAL: Final = ("json", "csv", "geojson")


def formats_of(process_id: str) -> tuple[str, ...]:
    """
    List the formats that a process can give.

    Examples
    --------
    >>> formats_of("profiles")
    ('json', 'csv', 'png')
    """
    can = ("", ".json", *suffixes(process_id))
    return tuple(name for name, (suffix, _) in FORMATS.items() if suffix in can)


def require_formats(process_id: str, wanted: Sequence[str]) -> tuple[str, ...]:
    """
    Read the formats that are wanted, each once; the usual ones where none is named.

    Raises
    ------
    ParameterError
        If the process cannot give one of them.
    """
    can = formats_of(process_id)
    if not wanted:
        return tuple(name for name in _USUAL if name in can)
    unknown = next((name for name in wanted if name not in can), None)
    if unknown is not None:
        raise ParameterError(
            f"{process_id} does not give {unknown[:40] or 'a format without a name'}",
            where="formats",
            fix=f"It gives: {', '.join(can)}.",
        )
    return tuple(dict.fromkeys(wanted))


def write_outputs(result: Result, folder: Path, *, process_id: str, formats: Sequence[str]) -> list[ResultFile]:
    """
    Write the files of a result into a folder, named after the process.

    Raises
    ------
    ParameterError
        As `require_formats`.
    """
    written = []
    for name in require_formats(process_id, formats):
        suffix, media_type = FORMATS[name]
        path = folder / f"{process_id}{suffix}"
        if name == "json":
            said = json.dumps(result.to_json(), ensure_ascii=False, allow_nan=False, default=str)
            path.write_text(f"{said}\n", encoding="utf-8")
        else:
            write_result(result, path, process=process_id)
        written.append(ResultFile(name=path.name, media_type=media_type, size_bytes=path.stat().st_size))
    return written
