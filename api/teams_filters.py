"""What a team may ask of its incidents: offence, period, outcome."""

import calendar
import re
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any, Final

from api.errors import BadRequestError
from crimemap.offences import ALL_CRIME, OFFENCE_SLUGS, offence_slug, outcome_code
from crimemap.periods import is_month

__all__ = ["LONGEST", "Filters", "read_filters"]

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
LONGEST: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """
    A question, read.

    Attributes
    ----------
    first_day, last_day
        ISO dates, both in the period; empty for open ends.
    """

    offence: str = ""
    first_day: str = ""
    last_day: str = ""
    outcome: str = ""

    @property
    def by_month(self) -> bool:
        """Whether the period ends and begins with a month, so that a month alone is enough to know what is in it."""
        starts = not self.first_day or self.first_day.endswith("-01")
        return starts and (not self.last_day or _month_end(self.last_day[:7]) == self.last_day)

    def parts(self) -> tuple[Any, ...]:
        """Give what makes two questions the same."""
        return astuple(self)

    def offence_types(self, held: list[str]) -> list[str]:
        """Give those of some offence types that are asked for, by name or by slug."""
        return [name for name in held if not self.offence or self.offence in (name, offence_slug(name))]

    def outcomes(self, held: list[str]) -> list[str]:
        """Give those of some outcomes that are asked for, by name or by the API's code."""
        return [name for name in held if self.outcome in (name, outcome_code(name))]


def read_filters(
    *, offence_type: str | None, category: str | None, first: str | None, last: str | None, outcome: str | None
) -> Filters:
    """
    Read the parameters.

    Raises
    ------
    BadRequestError
        If one cannot be read, or two contradict each other.
    """
    if offence_type and category:
        raise BadRequestError("both are given", where="offence_type, category", fix="Give one of them.")
    for name, text in (("offence_type", offence_type), ("category", category), ("outcome", outcome)):
        if text and len(text) > LONGEST:
            raise BadRequestError(f"at most {LONGEST} letters", where=name)
    if category and category != ALL_CRIME and category not in OFFENCE_SLUGS.values():
        raise BadRequestError("there is no such category", where="category", fix="See /api/crime-categories.")
    first_day, last_day = _day(first, where="from", end=False), _day(last, where="to", end=True)
    if first_day and last_day and last_day < first_day:
        raise BadRequestError("the period ends before it begins", where="from, to")
    offence = offence_type or ("" if category == ALL_CRIME else category) or ""
    return Filters(offence=offence, first_day=first_day, last_day=last_day, outcome=outcome or "")


def _day(text: str | None, *, where: str, end: bool) -> str:
    if not text:
        return ""
    if is_month(text):
        return _month_end(text) if end else f"{text}-01"
    if _DATE.match(text) and is_month(text[:7]):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            pass
    raise BadRequestError("this is neither a month nor a day", where=where, fix="Write 2025-03 or 2025-03-14.")


def _month_end(month: str) -> str:
    return f"{month}-{calendar.monthrange(int(month[:4]), int(month[5:]))[1]:02d}"
