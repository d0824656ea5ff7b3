"""A police.uk file that lost its name: which force and month it holds is then said by its rows, if they agree."""

from pathlib import Path
from typing import Final

import pyarrow as pa
from pyarrow import csv as pacsv

from crimemap.errors import InputError
from crimemap.forces import force_by_name
from crimemap.incidents.csv_text import header_of
from crimemap.periods import is_month

__all__ = ["name_by_content"]

_KIND_BY_COLUMN: Final = {"crime type": "street", "outcome type": "outcomes"}
_HEAD: Final = 8192


def name_by_content(path: Path) -> tuple[str, str, str]:
    """
    Find month, force and kind in the rows of a file.

    Returns
    -------
    tuple
        As the name would say them: month, force, kind.

    Raises
    ------
    InputError
        If the rows do not say it, or say several.
    """
    with path.open("rb") as file:
        header = [name.lower() for name in header_of(file.read(_HEAD), where=str(path))]
    kind = next((kind for column, kind in _KIND_BY_COLUMN.items() if column in header), None)
    if kind is None or not {"month", "reported by"} <= set(header):
        raise _unnamed(path, "neither the file's name nor its columns say which force and month it holds")
    months, names = _distinct(path, header, "month"), _distinct(path, header, "reported by")
    forces = {force_by_name(name) for name in names}
    if None in forces:
        raise _unnamed(
            path, "the file's name does not say which force it holds, and 'Reported by' names no force that is known"
        )
    if len(months) != 1 or len(forces) != 1:
        raise _unnamed(path, f"its rows are of {len(months)} months and {len(forces)} forces, a file holds one of each")
    [month], [force] = months, forces
    if force is None or not is_month(month):
        raise _unnamed(path, "neither the file's name nor the Month column says which month it holds")
    return month, force, kind


def _distinct(path: Path, header: list[str], column: str) -> set[str]:
    found: set[str] = set()
    try:
        reader = pacsv.open_csv(
            path,
            read_options=pacsv.ReadOptions(column_names=[f"{at}" for at in range(len(header))], skip_rows=1),
            parse_options=pacsv.ParseOptions(newlines_in_values=True, invalid_row_handler=lambda _: "skip"),
            convert_options=pacsv.ConvertOptions(
                include_columns=[f"{header.index(column)}"],
                column_types=dict.fromkeys(map(str, range(len(header))), pa.string()),
            ),
        )
        for batch in reader:
            found |= {text.strip() for text in batch.column(0).unique().to_pylist() if text and text.strip()}
    except pa.ArrowInvalid as error:
        raise _unnamed(path, "it cannot be read as CSV") from error
    return found


def _unnamed(path: Path, said: str) -> InputError:
    return InputError(
        said,
        where=str(path),
        fix="Name it as data.police.uk does, YYYY-MM-<force>-street.csv, or describe it with --source FILE.toml.",
    )
