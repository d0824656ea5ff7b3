"""Reading lookups and numbers about areas from CSV files, as published."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from crimemap.areas.catalogue import AreaType
from crimemap.areas.columns import choose_columns, require_column
from crimemap.areas.tables import read_table
from crimemap.errors import EmptyInputError, InputError, ParameterError

__all__ = ["ReadLookup", "ReadStatistics", "read_lookup", "read_statistics"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLookup:
    """
    A lookup as read.

    `table` has `child_code`, `parent_code`, `parent_name` (may be empty), distinct and sorted; `read` counts the rows,
    `without_code` those where the child or the parent is empty, and `repeated` those that say again what another said.
    """

    table: pd.DataFrame
    read: int
    without_code: int
    repeated: int
    child_column: str
    parent_column: str

    @property
    def several_parents(self) -> tuple[str, ...]:
        """Children with more than one parent, sorted."""
        child = self.table["child_code"]
        return tuple(sorted(child[child.duplicated()].unique()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStatistics:
    """Numbers by area as read: `table` has `area_code` and `value`; `without_number` counts rows left empty."""

    table: pd.DataFrame
    read: int
    without_number: int
    code_column: str


def read_lookup(
    path: Path,
    child: AreaType,
    parent: AreaType,
    vintage: str,
    *,
    child_column: str | None = None,
    parent_column: str | None = None,
    parent_name_column: str | None = None,
    where: Sequence[str] = (),
    any_codes: bool = False,
) -> ReadLookup:
    """
    Read a child to parent table.

    Parameters
    ----------
    path
        A CSV file; `NA` in it is a code.
    child, parent, vintage
        What it is about, by which its columns are recognised.
    child_column, parent_column, parent_name_column
        The columns, where they are not recognised.
    where
        Conditions `COLUMN=VALUE`: only rows that meet all of them are read.
    any_codes
        Take codes that are not of the types' patterns.

    Raises
    ------
    ParameterError
        If a column is not there or not recognised.
    InputError
        If codes are malformed.
    EmptyInputError
        If no row is left.
    """
    read = _read_where(path, where)
    fields = list(read.columns)
    children, _ = choose_columns(fields, child, vintage, code=child_column, name=None, where=str(path), option="--child")
    parents, names = choose_columns(
        fields, parent, vintage, code=parent_column, name=parent_name_column, where=str(path), option="--parent"
    )
    table = pd.DataFrame(
        {
            "child_code": read[children],
            "parent_code": read[parents],
            "parent_name": read[names] if names else "",
        },
        dtype="str",
    )
    complete = table[(table["child_code"] != "") & (table["parent_code"] != "")]
    if complete.empty:
        raise EmptyInputError("no row has both codes", where=str(path), fix="Check --child, --parent and --where.")
    if not any_codes:
        _require_pattern(complete["child_code"], child, children, path)
        _require_pattern(complete["parent_code"], parent, parents, path)
    distinct = complete.drop_duplicates(["child_code", "parent_code"]).sort_values(["child_code", "parent_code"])
    return ReadLookup(
        table=distinct.reset_index(drop=True),
        read=len(table),
        without_code=len(table) - len(complete),
        repeated=len(complete) - len(distinct),
        child_column=children,
        parent_column=parents,
    )


def read_statistics(
    path: Path,
    kind: AreaType,
    vintage: str,
    *,
    column: str,
    code_column: str | None = None,
    where: Sequence[str] = (),
    any_codes: bool = False,
) -> ReadStatistics:
    """
    Read one number per area.

    Parameters
    ----------
    path
        A CSV file.
    kind, vintage
        What it is about, by which the column of codes is recognised.
    column
        The column of numbers: finite, not below zero, thousands may be set apart by commas. Empty is no data, not zero.
    code_column, where, any_codes
        As for `read_lookup`.

    Raises
    ------
    ParameterError
        If a column is not there or not recognised.
    InputError
        If a cell is not such a number, or an area has two.
    EmptyInputError
        If no row is left.
    """
    read = _read_where(path, where)
    numbers = require_column(list(read.columns), column, option="the column of numbers", where=str(path))
    codes, _ = choose_columns(
        list(read.columns), kind, vintage, code=code_column, name=None, where=str(path), option="--area"
    )
    filled = read[(read[codes] != "") & (read[numbers] != "")]
    value = pd.to_numeric(filled[numbers].str.replace(",", ""), errors="coerce").to_numpy(dtype=np.float64)
    bad = np.flatnonzero(~np.isfinite(value) | (value < 0))
    if bad.size:
        raise InputError(
            f"{bad.size} cells of column {numbers} are not numbers of 0 or more, the first on line {filled.index[bad[0]]}",
            where=str(path),
            fix="Correct them; leave a cell empty where nothing is known.",
        )
    if not any_codes:
        _require_pattern(filled[codes], kind, codes, path)
    table = pd.DataFrame({"area_code": filled[codes].to_numpy(), "value": value}).drop_duplicates()
    repeated = table["area_code"].duplicated()
    if repeated.any():
        raise InputError(
            f"{int(repeated.sum())} areas have two different numbers in column {numbers}",
            where=str(path),
            fix="Keep one row for each area, for example with --where COLUMN=VALUE.",
        )
    if table.empty:
        raise EmptyInputError("no row has a code and a number", where=str(path), fix="Check the columns and --where.")
    return ReadStatistics(
        table=table.sort_values("area_code").reset_index(drop=True),
        read=len(read),
        without_number=len(read) - len(filled),
        code_column=codes,
    )


def _read_where(path: Path, conditions: Sequence[str]) -> pd.DataFrame:
    read = read_table(path)
    for condition in conditions:
        column, equals, value = condition.partition("=")
        if not equals:
            raise ParameterError(f"{condition[:60]!r} is not a condition", where="--where", fix="Write COLUMN=VALUE.")
        found = require_column(list(read.columns), column.strip(), option="--where", where=str(path))
        read = read[read[found] == value.strip()]
    if read.empty:
        raise EmptyInputError("no row is left to read", where=str(path), fix="Check --where, and that the file has rows.")
    return read


def _require_pattern(codes: "pd.Series[str]", kind: AreaType, column: str, path: Path) -> None:
    malformed = codes[~codes.map(kind.is_code).to_numpy(dtype=bool)]
    if len(malformed):
        raise InputError(
            f"{len(malformed)} of {len(codes)} rows do not have a code of {kind.plural.lower()} in column {column}, "
            f"the first on line {malformed.index[0]}",
            where=str(path),
            fix=f"Codes look like {kind.code_pattern}. Name another column, leave rows out (--where), or say --any-codes.",
        )
