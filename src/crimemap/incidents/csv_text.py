"""
CSV bytes into a table of named columns, and records back to the lines they stood on.

The fast way (pyarrow) never looks at single rows. Only for a file in which something is wrong the records are gone through
one by one, with Python's own csv module, to say on which line each of them begins and what it said.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as pacsv

from crimemap.errors import UnreadableFileError

__all__ = ["NUMBER", "TEXT", "WORDS", "Parsed", "Record", "header_of", "parse", "records", "text_of"]

#: How a column is held: any text; text of which there are few different ones; a number.
TEXT: Final = pa.string()
WORDS: Final = pa.dictionary(pa.int32(), pa.string())
NUMBER: Final = pa.float64()

_BOM: Final = b"\xef\xbb\xbf"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_AGAIN: Final = "Save it as UTF-8, or download it again."

#: Line on which it begins (from 1), its text, its fields.
Record = tuple[int, str, list[str]]


def text_of(data: bytes, *, where: str, lines_before: int = 0) -> bytes:
    """
    Insist on UTF-8 and take off a byte order mark.

    Raises
    ------
    UnreadableFileError
        If the bytes are not UTF-8 text.
    """
    data = data.removeprefix(_BOM)
    if data.startswith(_UTF16):
        raise UnreadableFileError("the text is UTF-16, UTF-8 is needed", where=where, fix=_AGAIN)
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1 + lines_before
            raise UnreadableFileError(
                f"the text is not UTF-8 (first seen in line {line:,})", where=where, fix=_AGAIN
            ) from error
    return data


def header_of(head: bytes, *, where: str, delimiter: str = ",") -> list[str]:
    """
    Take the column names from the first bytes of a file, outer blanks removed.

    Raises
    ------
    UnreadableFileError
        If there is no line of text.
    """
    head = head.removeprefix(_BOM)
    first = head.splitlines()[0] if head.strip() else b""
    if head.startswith(_UTF16):
        raise UnreadableFileError("the text is UTF-16, UTF-8 is needed", where=where, fix=_AGAIN)
    if not first or b"\x00" in first:
        raise UnreadableFileError(
            "there is no header line" if not first else "this is not a text file",
            where=where,
            fix="Give a CSV with a header.",
        )
    names = next(csv.reader([first.decode("utf-8", errors="replace")], delimiter=delimiter))
    return [name.strip() for name in names]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """
    The rows of a CSV that have the right number of fields, and the records that do not.

    Parameters
    ----------
    table
        One row for each good record, in file order; an empty field is null.
    lines
        Shape (n_rows,). The physical line, from 1, on which each row begins. None where row i is simply on line i + 2.
    raw
        Gives the text of the rows whose indices it is handed.
    wrong_width
        Line, number of fields and text of each record with another number of fields.
    """

    table: pa.Table
    lines: NDArray[np.int64] | None
    raw: Callable[[Sequence[int]], list[str]]
    wrong_width: list[tuple[int, int, str]]

    def line(self, row: int) -> int:
        """Give the physical line, from 1, on which a row begins."""
        return row + 2 if self.lines is None else int(self.lines[row])


def parse(
    data: bytes, *, columns: Sequence[str], types: Mapping[str, pa.DataType], where: str, delimiter: str = ","
) -> Parsed:
    """
    Parse CSV text.

    Parameters
    ----------
    data
        UTF-8 with a header line, which is not read again.
    columns
        A name for each column in the file's order.
    types
        The columns wanted, and how each is held. Where a number cannot be read, all numbers are held as text.

    Raises
    ------
    UnreadableFileError
        If it cannot be read as CSV at all.
    """
    lone_returns = b"\r" in data and data.count(b"\r") != data.count(b"\r\n")
    table = None if lone_returns else _fast(data, columns=columns, types=types, delimiter=delimiter)
    # As many rows as lines: no blank lines, no line ends in quotes, nothing left out. Then row i stands on line i + 2.
    if table is not None and table.num_rows == data.count(b"\n") + (not data.endswith(b"\n")) - 1:
        return Parsed(table=table, lines=None, raw=lambda rows: _raw_lines(data, rows), wrong_width=[])
    try:
        return _by_records(data, columns=columns, types=types, delimiter=delimiter)
    except (csv.Error, UnicodeDecodeError) as error:
        raise UnreadableFileError("this cannot be read as CSV", where=where, fix="Mend it or download it again.") from error


def _fast(data: bytes, *, columns: Sequence[str], types: Mapping[str, pa.DataType], delimiter: str) -> pa.Table | None:
    for kinds in (types, {name: TEXT if kind is NUMBER else kind for name, kind in types.items()}):
        try:
            table = pacsv.read_csv(
                pa.BufferReader(data),
                read_options=pacsv.ReadOptions(
                    use_threads=False, block_size=max(len(data) + 1, 1 << 16), column_names=list(columns), skip_rows=1
                ),
                parse_options=pacsv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=b'"' in data, invalid_row_handler=_skip
                ),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict(kinds),
                    include_columns=list(kinds),
                    null_values=[""],
                    strings_can_be_null=True,
                    check_utf8=False,
                ),
            )
        except pa.ArrowInvalid:
            continue
        return table.combine_chunks()
    return None


def _by_records(data: bytes, *, columns: Sequence[str], types: Mapping[str, pa.DataType], delimiter: str) -> Parsed:
    good: list[Record] = []
    wrong: list[tuple[int, int, str]] = []
    every = _ended(data, delimiter)
    next(every, None)
    for record in every:
        if len(record[2]) == len(columns):
            good.append(record)
        else:
            wrong.append((record[0], len(record[2]), record[1]))
    at = [list(columns).index(name) for name in types]
    held = [pa.array([fields[i] or None for _, _, fields in good], TEXT) for i in at]
    arrays = [
        column.dictionary_encode() if kind is WORDS else column for column, kind in zip(held, types.values(), strict=True)
    ]
    return Parsed(
        table=pa.table(arrays, names=list(types)),
        lines=np.array([line for line, _, _ in good], dtype=np.int64),
        raw=lambda rows: [good[row][1] for row in rows],
        wrong_width=wrong,
    )


def _ended(data: bytes, delimiter: str) -> Iterator[Record]:
    """Go through records; one whose quotation mark is never closed ends with its line, and the rest is read without it."""
    lines, before = lines_of(data), 0
    while True:
        last: Record | None = None
        for line, text, fields in records(lines, delimiter=delimiter):
            if last is not None:
                yield last
            last = (line + before, text, fields)
        if last is None:
            return
        first, end, rest = last[1].partition("\n")
        if not end or not _is_open(last[1], delimiter):
            yield last
            return
        first = first.rstrip("\r")
        yield last[0], first, next(csv.reader([first], delimiter=delimiter))
        lines, before = io.StringIO(rest, newline=""), last[0]


def _is_open(text: str, delimiter: str) -> bool:
    """Whether a record ends within quotation marks: one more line would still belong to it."""
    found = records([f"{text}\n", "one more line\n"], delimiter=delimiter)
    return next(found, None) is not None and next(found, None) is None


def _raw_lines(data: bytes, rows: Sequence[int]) -> list[str]:
    lines = data.split(b"\n")
    return [lines[row + 1].rstrip(b"\r").decode("utf-8") for row in rows]


def _skip(_: object) -> str:
    return "skip"


def records(lines: Iterable[str], *, delimiter: str = ",") -> Iterator[Record]:
    """
    Go through the records of a CSV, blank lines left out.

    Parameters
    ----------
    lines
        The lines of the file with their ends, header included.

    Yields
    ------
    Record
        The line on which it begins, its text, and its fields; the header is the first.
    """
    held: list[str] = []

    def following() -> Iterator[str]:
        for line in lines:
            held.append(line)
            yield line

    before = csv.field_size_limit(1 << 30)
    try:
        reader = csv.reader(following(), delimiter=delimiter)
        begins = 1
        for fields in reader:
            if fields:
                yield begins, "".join(held).rstrip("\r\n"), fields
            held.clear()
            begins = reader.line_num + 1
    finally:
        csv.field_size_limit(before)


def lines_of(data: bytes) -> io.StringIO:
    """Give the lines of UTF-8 text, with LF, CRLF or CR ends as they are."""
    return io.StringIO(data.decode("utf-8"), newline="")
