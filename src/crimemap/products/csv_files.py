"""CSV files that spreadsheets open without running what is in them."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

__all__ = ["unarmed", "write_csv"]

_ARMED = frozenset({"=", "+", "-", "@", "\t", "\r", "\n"})


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
    writer.writerows([unarmed(cell) for cell in row] for row in rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def unarmed(cell: object) -> object:
    """
    Keep a spreadsheet from running a text as a formula, blanks before it or not.

    Examples
    --------
    >>> unarmed("=1+1"), unarmed("  @x"), unarmed("Mill Lane"), unarmed(-3)
    ("'=1+1", "'  @x", 'Mill Lane', -3)
    """
    if not isinstance(cell, str):
        return cell
    return f"'{cell}" if cell[:1] in _ARMED or cell.lstrip()[:1] in _ARMED else cell
