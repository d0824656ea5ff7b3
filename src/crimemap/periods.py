"""
Months, and runs of months.

police.uk dates an incident to its month and no closer. A month is written `YYYY-MM`; it is never turned into its first day.
Periods are half-open: `Period("2024-01", "2025-01")` is the twelve months of 2024.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crimemap.errors import ParameterError
from crimemap.language import gettext, marked

__all__ = ["Period", "is_month", "month_after", "month_index", "month_name", "months_between", "parse_month"]

_MONTH = re.compile(r"(19|20|21)\d{2}-(0[1-9]|1[0-2])\Z", re.ASCII)
_NAMES = (
    marked("January"),
    marked("February"),
    marked("March"),
    marked("April"),
    marked("May"),
    marked("June"),
    marked("July"),
    marked("August"),
    marked("September"),
    marked("October"),
    marked("November"),
    marked("December"),
)


def is_month(text: str) -> bool:
    """
    Say whether a text is a month of these centuries (1900 to 2199): any other year is a slip of the pen.

    Examples
    --------
    >>> is_month("2024-12"), is_month("2024-13"), is_month("2024-1")
    (True, False, False)
    """
    return _MONTH.match(text) is not None


def parse_month(text: str, *, where: str = "") -> str:
    """
    Give the month back, or refuse it.

    Raises
    ------
    ParameterError
        If the text is not a month of the form YYYY-MM.
    """
    if not is_month(text):
        raise ParameterError(f"{text[:20]!r} is not a month", where=where, fix="Write it as YYYY-MM, for example 2024-03.")
    return text


def month_index(month: str) -> int:
    """
    Count months since year 0, so that months can be subtracted.

    Examples
    --------
    >>> month_index("2024-03") - month_index("2023-12")
    3
    """
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def month_after(month: str, n: int = 1) -> str:
    """
    Give the month that comes `n` months later (earlier where `n` is negative).

    Examples
    --------
    >>> month_after("2024-12"), month_after("2024-01", -1)
    ('2025-01', '2023-12')
    """
    year, zero_based = divmod(month_index(month) + n, 12)
    return f"{year:04d}-{zero_based + 1:02d}"


def months_between(start: str, end: str) -> list[str]:
    """
    List the months from `start` up to, and without, `end`.

    Examples
    --------
    >>> months_between("2024-11", "2025-02")
    ['2024-11', '2024-12', '2025-01']
    """
    return [month_after(start, n) for n in range(month_index(end) - month_index(start))]


def month_name(month: str) -> str:
    """
    Write a month in words of the language that is spoken.

    Examples
    --------
    >>> month_name("2024-03")
    'March 2024'
    """
    return f"{gettext(_NAMES[int(month[5:7]) - 1])} {month[:4]}"


@dataclass(frozen=True, slots=True)
class Period:
    """A run of months: `start` is in it, `end` is not."""

    start: str
    end: str

    def __post_init__(self) -> None:
        """Refuse what is not a run of months."""
        parse_month(self.start, where="start")
        parse_month(self.end, where="end")
        if self.end <= self.start:
            raise ParameterError(
                f"the period from {self.start} to {self.end} holds no month",
                fix="The end is the first month that is no longer in it.",
            )

    def __iter__(self) -> Iterator[str]:
        """Go through the months in order."""
        return iter(months_between(self.start, self.end))

    def __len__(self) -> int:
        """Count the months."""
        return month_index(self.end) - month_index(self.start)

    def __contains__(self, month: str) -> bool:
        """Say whether a month is in the period."""
        return self.start <= month < self.end
