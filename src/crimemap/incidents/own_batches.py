"""A force's own file in batches of text and numbers: CSV, Parquet or GeoPackage, never the whole of it in memory."""

import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyproj import CRS

from crimemap.errors import CrsError, UnreadableFileError
from crimemap.incidents.csv_text import TEXT, header_of, parse, text_of
from crimemap.incidents.own_source import OwnSource

__all__ = ["GEOMETRY", "Batch", "batches", "position_crs"]

#: The name under which a batch carries a GeoPackage's geometry, as WKB.
GEOMETRY: Final = "geometry"

_BLOCK_BYTES: Final = 32 << 20
_BATCH_ROWS: Final = 100_000
_BOM: Final = b"\xef\xbb\xbf"
_ENDINGS: Final = {".csv": "csv", ".txt": "csv", ".parquet": "parquet", ".geoparquet": "parquet", ".gpkg": "gpkg"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """
    Some rows of a file.

    Parameters
    ----------
    table
        The columns that are wanted, with the file's names.
    lines
        Shape (n_rows,). Physical line of a CSV, from 1; number of the row, from 1, in other formats.
    raw
        Gives the text of the rows whose indices it is handed.
    wrong_width
        Line, number of fields and text of each CSV record with another number of fields than the header.
    """

    table: pa.Table
    lines: NDArray[np.int64]
    raw: Callable[[Sequence[int]], list[str]]
    wrong_width: list[tuple[int, int, str]] = field(default_factory=list)


def batches(path: Path, source: OwnSource) -> Iterator[Batch]:
    """
    Go through a file.

    Raises
    ------
    UnreadableFileError
        If it is not in its format, or a column that the description names is not in it.
    """
    kind = source.format or _ENDINGS.get(path.suffix.lower())
    if kind is None:
        raise UnreadableFileError(
            "its ending does not say what it is",
            where=str(path),
            fix="Set format = 'csv', 'parquet' or 'gpkg' in the TOML file.",
        )
    return {"csv": _csv, "parquet": _parquet, "gpkg": _geopackage}[kind](path, source)


def position_crs(path: Path, source: OwnSource) -> CRS | None:
    """
    Find the coordinate system of a file's positions; None where it has none.

    Raises
    ------
    CrsError
        If there are positions and nobody says in which system.
    """
    if source.columns.position is not None or (source.format or _ENDINGS.get(path.suffix.lower())) != "gpkg":
        return source.position_crs
    said = _layer_info(path, source)["crs"]
    if said is None and source.position_crs is None:
        raise CrsError("no coordinate reference system", where=str(path), fix="Set crs in the TOML file.")
    if said is None:
        return source.position_crs
    own = CRS.from_user_input(said)
    if source.position_crs is not None and not own.equals(source.position_crs, ignore_axis_order=True):
        raise CrsError(
            f"its coordinates are in {own.name}, the TOML file says {source.position_crs.name}",
            where=str(path),
            fix="Leave crs out of the TOML file: the GeoPackage says it itself.",
        )
    return own


def _layer_info(path: Path, source: OwnSource) -> dict[str, Any]:
    import pyogrio  # noqa: PLC0415 - only GeoPackages need it
    from pyogrio.errors import DataLayerError, DataSourceError  # noqa: PLC0415

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # what GDAL has to say of it besides
            return dict(pyogrio.read_info(path, layer=source.layer))
    except (DataSourceError, DataLayerError) as error:
        raise UnreadableFileError(
            "this is not a GeoPackage, or has no such layer",
            where=str(path),
            fix="Check the file and layer in the TOML file.",
        ) from error


def _needed(source: OwnSource) -> list[str]:
    return list(dict.fromkeys([*source.columns.wanted().values(), *(source.columns.position or ())]))


def _check_columns(found: Sequence[str], source: OwnSource, path: Path) -> list[str]:
    needed = _needed(source)
    missing = [name for name in needed if name not in found]
    if missing:
        raise UnreadableFileError(
            f"the column {missing[0]!r} that [columns] names is not among its {len(found)} columns",
            where=str(path),
            fix="Correct [columns] in the TOML file.",
        )
    twice = [name for name in needed if list(found).count(name) > 1]
    if twice:
        raise UnreadableFileError(f"the column {twice[0]!r} comes twice", where=str(path), fix="Rename one of them.")
    return needed


def _csv(path: Path, source: OwnSource) -> Iterator[Batch]:
    where = str(path)
    with path.open("rb") as file:
        header = _recoded(file.readline(), source, where).removeprefix(_BOM)
        if b"\r" in header.rstrip(b"\r\n"):
            raise UnreadableFileError("its lines end in CR alone", where=where, fix="Save it with LF or CRLF line ends.")
        names = header_of(header, where=where, delimiter=source.delimiter)
        needed = _check_columns(names, source, path)
        columns = [name if name in needed else f"unused {at}" for at, name in enumerate(names)]
        lines_before, rest = 1, b""
        while True:
            block = file.read(_BLOCK_BYTES)
            held = rest + block
            cut = _whole_records(held) if block else len(held)
            piece, rest = held[:cut], held[cut:]
            if piece:
                data = b"header\n" + text_of(_recoded(piece, source, where), where=where, lines_before=lines_before)
                parsed = parse(
                    data,
                    columns=columns,
                    types=dict.fromkeys(needed, TEXT),
                    where=where,
                    delimiter=source.delimiter,
                )
                n_rows = parsed.table.num_rows
                lines = np.arange(n_rows) + 2 if parsed.lines is None else parsed.lines
                yield Batch(
                    table=parsed.table,
                    lines=lines + (lines_before - 1),
                    raw=parsed.raw,
                    wrong_width=[(line + lines_before - 1, width, raw) for line, width, raw in parsed.wrong_width],
                )
                lines_before += piece.count(b"\n")
            if not block:
                return


def _recoded(data: bytes, source: OwnSource, where: str) -> bytes:
    if source.encoding.lower().replace("_", "-") in {"utf-8", "utf8", "ascii"}:
        return data
    try:
        return data.decode(source.encoding).encode("utf-8")
    except (LookupError, UnicodeDecodeError) as error:
        raise UnreadableFileError(
            f"the text is not {source.encoding[:20]}", where=where, fix="Correct encoding in the TOML file."
        ) from error


def _whole_records(block: bytes) -> int:
    """Where the last record of a block ends: after a line end that is not within quotation marks; 0 if there is none."""
    cut = block.rfind(b"\n") + 1
    while cut and block.count(b'"', 0, cut) % 2:
        cut = block.rfind(b"\n", 0, cut - 1) + 1
    return cut


def _parquet(path: Path, source: OwnSource) -> Iterator[Batch]:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFileError(
            "this is not a Parquet file", where=str(path), fix="Give it again, or set format."
        ) from error
    needed = _check_columns(file.schema_arrow.names, source, path)
    try:
        yield from _numbered(file.iter_batches(batch_size=_BATCH_ROWS, columns=needed), path)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path) from error


def _geopackage(path: Path, source: OwnSource) -> Iterator[Batch]:
    import pyogrio  # noqa: PLC0415 - only GeoPackages need it
    from pyogrio.errors import DataLayerError, DataSourceError  # noqa: PLC0415

    needed = _check_columns(list(_layer_info(path, source)["fields"]), source, path)
    try:
        with pyogrio.open_arrow(path, layer=source.layer, columns=needed, batch_size=_BATCH_ROWS, use_pyarrow=True) as (
            meta,
            stream,
        ):
            geometry = meta["geometry_name"] or "wkb_geometry"
            renamed = (
                batch.rename_columns([GEOMETRY if name == geometry else name for name in batch.schema.names])
                for batch in stream
            )
            yield from _numbered(renamed, path)
    except (pa.ArrowException, DataSourceError, DataLayerError, OSError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> UnreadableFileError:
    return UnreadableFileError("the file is damaged", where=str(path), fix="Copy or export it again.")


def _numbered(stream: Any, path: Path) -> Iterator[Batch]:
    before = 0
    for batch in stream:
        table = _simple(pa.Table.from_batches([batch]), path)
        yield Batch(table=table, lines=np.arange(before + 1, before + 1 + table.num_rows), raw=_as_json(table))
        before += table.num_rows


def _simple(table: pa.Table, path: Path) -> pa.Table:
    """Hold what is text in any way as plain text; numbers and times stay as they are."""
    for at, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if name == GEOMETRY or pa.types.is_primitive(column.type) or pa.types.is_decimal(kind):
            continue
        try:
            table = table.set_column(at, name, column.cast(pa.string()))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise UnreadableFileError(
                f"the column {name!r} holds {column.type}, which is no text, number or time",
                where=str(path),
                fix="Correct [columns] in the TOML file, or export the column as text.",
            ) from error
    return table


def _as_json(table: pa.Table) -> Callable[[Sequence[int]], list[str]]:
    def raw(rows: Sequence[int]) -> list[str]:
        chosen = table.take(pa.array(rows, pa.int64())).to_pylist()
        return [
            json.dumps(
                {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()}, default=str
            )
            for row in chosen
        ]

    return raw
