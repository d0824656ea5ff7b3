"""
Cleaning: which rows cannot be stored, and why. One rule, one function.

A rule says for each row whether it breaks it. The first rule that a row breaks gives the reason with which it goes to
quarantine. What real data does without being wrong is nobody's business here: no ID, no LSOA, no location, no position at
all, a point far from its force, an outcome that nobody has seen before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from crimemap.crs import UK_BOUNDS_DEG
from crimemap.periods import is_month

__all__ = ["Draft", "Numbers", "Rule", "numbers", "only", "quarantine_reasons", "stripped", "words_where"]

Mask = NDArray[np.bool_]

_A_NUMBER: Final = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$|^[+-]?(?i:nan|inf|infinity)$"


@dataclass(frozen=True, slots=True)
class Numbers:
    """
    A column of numbers.

    Parameters
    ----------
    values
        Shape (n,). Not a number where missing or unreadable.
    missing
        Shape (n,). True where the field is empty.
    unreadable
        Shape (n,). True where the field is not empty and not a number.
    """

    values: NDArray[np.float64]
    missing: Mask
    unreadable: Mask


@dataclass(frozen=True)
class Draft:
    """Rows of one file on their way in: named columns, and the month that the file's name promises (None: any)."""

    table: pa.Table
    month: str | None
    required: tuple[tuple[str, str], ...]
    x: str = "longitude"
    y: str = "latitude"

    def __len__(self) -> int:
        """Count the rows."""
        return int(self.table.num_rows)

    @cached_property
    def longitude(self) -> Numbers:
        """Degrees east."""
        return numbers(only(self.table[self.x]))

    @cached_property
    def latitude(self) -> Numbers:
        """Degrees north."""
        return numbers(only(self.table[self.y]))

    @cached_property
    def placed(self) -> Mask:
        """Whether both coordinates are there and finite."""
        return np.isfinite(self.longitude.values) & np.isfinite(self.latitude.values)


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason for quarantine."""

    reason: str
    broken: Callable[[Draft], Mask]


def only(column: pa.ChunkedArray) -> pa.Array:
    """Give a column as one array."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def numbers(column: pa.Array) -> Numbers:
    """Read a column of text or floats as numbers."""
    missing = column.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_floating(column.type):
        return Numbers(_floats(column), missing, np.zeros(len(column), dtype=np.bool_))
    trimmed = pc.utf8_trim_whitespace(column.cast(pa.string()))
    blank = pc.coalesce(pc.equal(trimmed, ""), pa.scalar(value=True))
    readable = pc.coalesce(pc.match_substring_regex(trimmed, _A_NUMBER), pa.scalar(value=False))
    values = pc.if_else(readable, trimmed, pa.scalar(None, pa.string()))
    missing = blank.to_numpy(zero_copy_only=False)
    unreadable = ~readable.to_numpy(zero_copy_only=False) & ~missing
    try:
        return Numbers(_floats(values.cast(pa.float64())), missing, unreadable)
    except pa.ArrowInvalid:  # a sign before the number, an exponent out of range: Python reads these
        as_python = [float(text) if text is not None else np.nan for text in values.to_pylist()]
        return Numbers(np.array(as_python, dtype=np.float64), missing, unreadable)


def _floats(column: pa.Array) -> NDArray[np.float64]:
    return np.asarray(column.fill_null(np.nan).to_numpy(zero_copy_only=False), dtype=np.float64)


def stripped(column: pa.Array) -> pa.Array:
    """Take outer blanks off text; what is then empty is null."""
    if not pa.types.is_dictionary(column.type):
        trimmed = pc.utf8_trim_whitespace(column)
        return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)
    trimmed = pc.utf8_trim_whitespace(column.dictionary)
    if trimmed.equals(column.dictionary) and not pc.any(pc.equal(trimmed, "")).as_py():
        return column
    return stripped(trimmed).take(column.indices).dictionary_encode()


def words_where(column: pa.Array, true_of: Callable[[str], bool], *, null: bool) -> Mask:
    """Ask a question of each different word once; `null` is the answer for rows without one."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    answers = np.array([null, *(null if word is None else true_of(word) for word in column.dictionary.to_pylist())])
    indices = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return np.asarray(answers[indices + 1], dtype=np.bool_)


def _month_is_no_month(draft: Draft) -> Mask:
    if "month" not in draft.table.column_names:
        return np.zeros(len(draft), dtype=np.bool_)
    return words_where(only(draft.table["month"]), lambda month: not is_month(month), null=True)


def _month_of_another_file(draft: Draft) -> Mask:
    if "month" not in draft.table.column_names or draft.month is None:
        return np.zeros(len(draft), dtype=np.bool_)
    return words_where(only(draft.table["month"]), lambda month: month != draft.month, null=True)


def _coordinate_is_no_number(draft: Draft) -> Mask:
    return draft.longitude.unreadable | draft.latitude.unreadable


def _coordinate_is_not_finite(draft: Draft) -> Mask:
    return (~np.isfinite(draft.longitude.values) & ~draft.longitude.missing) | (
        ~np.isfinite(draft.latitude.values) & ~draft.latitude.missing
    )


def _one_coordinate_only(draft: Draft) -> Mask:
    return np.not_equal(draft.longitude.missing, draft.latitude.missing)


def _inside(longitude: NDArray[np.float64], latitude: NDArray[np.float64]) -> Mask:
    west, south, east, north = UK_BOUNDS_DEG
    return (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)


def _swapped(draft: Draft) -> Mask:
    return _inside(draft.latitude.values, draft.longitude.values)


def _outside_the_uk(draft: Draft) -> Mask:
    return draft.placed & ~_inside(draft.longitude.values, draft.latitude.values)


def _lacks(column: str) -> Callable[[Draft], Mask]:
    def broken(draft: Draft) -> Mask:
        missing: Mask = only(draft.table[column]).is_null().to_numpy(zero_copy_only=False)
        return missing

    return broken


OUTSIDE: Final = Rule("the position is outside the United Kingdom", _outside_the_uk)
SWAPPED: Final = Rule("longitude and latitude are swapped", _swapped)
OTHER_MONTH: Final = Rule("the month is not the month of the file", _month_of_another_file)

RULES: Final = (
    Rule("the month is not a month (YYYY-MM)", _month_is_no_month),
    OTHER_MONTH,
    Rule("a coordinate is not a number", _coordinate_is_no_number),
    Rule("a coordinate is not finite", _coordinate_is_not_finite),
    Rule("only one of longitude and latitude is given", _one_coordinate_only),
    SWAPPED,
    OUTSIDE,
)


def quarantine_reasons(draft: Draft, *, before: tuple[Rule, ...] = ()) -> tuple[NDArray[np.int16], tuple[str, ...]]:
    """
    Say which rows cannot be stored.

    Parameters
    ----------
    before
        Rules of the caller's own, which come before the ones that everything is held against.

    Returns
    -------
    rule
        Shape (n,). The number of the first rule that each row breaks; -1 for a row that can be stored.
    reasons
        The reasons, by that number.
    """
    rules = before + RULES + tuple(Rule(reason, _lacks(column)) for column, reason in draft.required)
    first = np.full(len(draft), -1, dtype=np.int16)
    with np.errstate(invalid="ignore"):
        for number in reversed(range(len(rules))):
            first[rules[number].broken(draft)] = number
    return first, tuple(rule.reason for rule in rules)
