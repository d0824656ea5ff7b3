"""CSV files that spreadsheets open without running what is in them."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

__all__ = ["write_csv"]

_ARMED = frozenset({"=", "+", "-", "@", "\t", "\r"})


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """
    Write a table.

    Parameters
    ----------
    path
        The file; its folder is made.
    header, rows
        Column names, and values in their order. A text that a spreadsheet would read as a formula gets an apostrophe.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_unarmed(cell) for cell in row] for row in rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def _unarmed(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in _ARMED else cell
