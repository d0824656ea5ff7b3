"""Reading CSV files of codes: every value is a text, and `NA` is a code, not a missing value."""

import csv
from pathlib import Path
from typing import Final

import pandas as pd

from crimemap.areas.columns import require_column
from crimemap.errors import NotFoundError, UnreadableFileError

__all__ = ["read_csv_column", "read_table"]

_MAX_BYTES: Final = 512 * 1024**2
_MAX_COLUMNS: Final = 1000


def read_table(path: Path) -> pd.DataFrame:
    """
    Read a CSV file with a header: every cell is a text without surrounding spaces, an empty one an empty text.

    The index is the line of each row.

    Raises
    ------
    NotFoundError
        If there is no such file.
    UnreadableFileError
        If it is not UTF-8, has no header, repeats a column, or a line does not have as many cells as the header.
    """
    if not path.is_file():
        raise NotFoundError("there is no such file", where=str(path), fix="Check the path.")
    if path.stat().st_size > _MAX_BYTES:
        raise UnreadableFileError(
            f"the file is larger than {_MAX_BYTES // 1024**2} MiB", where=str(path), fix="Is this a lookup?"
        )
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.reader(opened, strict=True)
            header = [cell.strip() for cell in next(reader, [])]
            _require_header(header, path)
            for row in reader:
                if not row:
                    continue
                if len(row) != len(header):
                    raise UnreadableFileError(
                        f"line {reader.line_num} has {len(row)} cells, the header has {len(header)}",
                        where=str(path),
                        fix="Correct the line, or quote cells that hold commas.",
                    )
                lines.append(reader.line_num)
                rows.append([cell.strip() for cell in row])
    except UnicodeDecodeError as error:
        raise UnreadableFileError("the file is not UTF-8 text", where=str(path), fix="Save it as CSV UTF-8.") from error
    except csv.Error as error:
        raise UnreadableFileError(f"this is not CSV ({error})", where=str(path), fix="Save it as CSV UTF-8.") from error
    return pd.DataFrame(rows, index=pd.Index(lines, dtype="int64"), columns=pd.Index(header), dtype="str")


def read_csv_column(path: Path, column: str) -> list[str]:
    """
    Read one column of a CSV file, without its empty cells.

    Raises
    ------
    ParameterError
        If there is no such column.
    """
    table = read_table(path)
    found = require_column(list(table.columns), column, option="--only", where=str(path))
    return [value for value in table[found].tolist() if value]


def _require_header(header: list[str], path: Path) -> None:
    if not any(header):
        raise UnreadableFileError("the file has no header", where=str(path), fix="Put the columns' names on its first line.")
    if len(header) > _MAX_COLUMNS:
        raise UnreadableFileError(f"the header has {len(header):,} columns", where=str(path), fix="Is this CSV?")
    repeated = sorted({column for column in header if column and header.count(column) > 1})
    if repeated:
        raise UnreadableFileError(
            f"column {repeated[0][:40]!r} comes twice", where=str(path), fix="Give each column a name of its own."
        )
