"""The period that a briefing is of: days, whole months, or the week before a shift."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from crimemap.errors import ParameterError
from crimemap.periods import is_month, month_after, months_between

__all__ = ["WEEK", "YEAR_OF_WEEKS", "BriefingPeriod", "days_ending", "read_briefing_period"]

WEEK: Final = timedelta(days=7)
#: So that Mondays are compared with Mondays.
YEAR_OF_WEEKS: Final = 52 * WEEK
_DAY: Final = timedelta(days=1)
_MOST_DAYS: Final = 92
_LONGEST_SHIFT: Final = timedelta(hours=24)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d\Z", re.ASCII)
_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2100


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefingPeriod:
    """
    What is looked back over, by the clock on the wall.

    Attributes
    ----------
    start, end
        The first moment, and the first one after it.
    shift
        The moments between which the shift is that it is for; None where it is for no shift.
    """

    start: datetime
    end: datetime
    shift: tuple[datetime, datetime] | None = None

    @property
    def months(self) -> list[str]:
        """Every month that the period touches."""
        last = (self.end - timedelta(microseconds=1)).date().isoformat()[:7]
        return months_between(self.start.date().isoformat()[:7], month_after(last))

    @property
    def whole_months(self) -> bool:
        """Whether it begins and ends with a month: then the month alone tells whether an incident is in it."""
        return all(one.day == 1 and one.time() == time() for one in (self.start, self.end))

    @property
    def last_day(self) -> date:
        """The last day that is in it, in whole or in part."""
        return (self.end - timedelta(microseconds=1)).date()

    def moved(self, by: timedelta) -> "BriefingPeriod":
        """Give a period of the same length, earlier or later."""
        return BriefingPeriod(start=self.start + by, end=self.end + by)

    def moved_months(self, by: int) -> "BriefingPeriod":
        """Give as many whole months, earlier or later."""
        return BriefingPeriod(start=_moved(self.start, by), end=_moved(self.end, by))

    def to_json(self) -> dict[str, str | None]:
        """Give the moments, and the shift where it is for one."""
        return {
            "from": self.start.isoformat(timespec="minutes"),
            "before": self.end.isoformat(timespec="minutes"),
            "shift_from": self.shift[0].isoformat(timespec="minutes") if self.shift else None,
            "shift_before": self.shift[1].isoformat(timespec="minutes") if self.shift else None,
        }


def read_briefing_period(first: str | None, last: str | None, shift: str | None) -> BriefingPeriod | None:
    """
    Read what a briefing is asked of; None where nothing is.

    Parameters
    ----------
    first, last
        Days or months, both in the period: `2025-12-08` and `2025-12-14`, or `2025-12`.
    shift
        `2025-12-14T22:00/2025-12-15T07:00`: the period is then the week before it begins.

    Raises
    ------
    ParameterError
        If one cannot be read, only one end is given, or the period is too long.

    Examples
    --------
    >>> read_briefing_period("2025-12-08", "2025-12-14", None).to_json()["before"]
    '2025-12-15T00:00'
    >>> read_briefing_period("2025-12", "2025-12", None).whole_months
    True
    >>> read_briefing_period(None, None, "2025-12-14T22:00/2025-12-15T07:00").to_json()["from"]
    '2025-12-07T22:00'
    """
    if shift:
        if first or last:
            raise ParameterError("both a shift and days are given", where="shift, from, to", fix="Give one of them.")
        return _of_shift(shift)
    if not first and not last:
        return None
    if not first or not last:
        raise ParameterError("only one end of the period is given", where="from, to", fix="Give both.")
    start, end = _day(first, where="from", end=False), _day(last, where="to", end=True)
    if end < start:
        raise ParameterError("the period ends before it begins", where="from, to")
    found = BriefingPeriod(start=datetime.combine(start, time()), end=datetime.combine(end + _DAY, time()))
    if found.end - found.start > _MOST_DAYS * _DAY:
        raise ParameterError(f"a briefing is of at most {_MOST_DAYS} days", where="from, to", fix="Take a shorter period.")
    return found


def days_ending(last: date, *, days: int = 7) -> BriefingPeriod:
    """
    Give the days up to one, which is in it.

    Examples
    --------
    >>> days_ending(date(2025, 12, 14)).to_json()["from"]
    '2025-12-08T00:00'
    """
    end = datetime.combine(last + _DAY, time())
    return BriefingPeriod(start=end - days * _DAY, end=end)


def _of_shift(text: str) -> BriefingPeriod:
    begins, _, ends = text.partition("/")
    if not (_MOMENT.match(begins) and _MOMENT.match(ends)):
        raise ParameterError("this is no shift", where="shift", fix="Write 2025-12-14T22:00/2025-12-15T07:00.")
    try:
        start, end = datetime.fromisoformat(begins), datetime.fromisoformat(ends)
    except ValueError:
        raise ParameterError("there is no such day or hour", where="shift") from None
    _require_sensible(start.year, where="shift")
    if not start < end <= start + _LONGEST_SHIFT:
        raise ParameterError("a shift is of at most 24 hours, and ends after it begins", where="shift")
    return BriefingPeriod(start=start - WEEK, end=start, shift=(start, end))


def _day(text: str, *, where: str, end: bool) -> date:
    found: date | None = None
    if is_month(text):
        _require_sensible(int(text[:4]), where=where)
        after = date.fromisoformat(f"{month_after(text)}-01")
        found = after - _DAY if end else date.fromisoformat(f"{text}-01")
    elif _DATE.match(text):
        try:
            found = date.fromisoformat(text)
        except ValueError:
            found = None
    if found is None:
        raise ParameterError("this is neither a month nor a day", where=where, fix="Write 2025-12 or 2025-12-14.")
    _require_sensible(found.year, where=where)
    return found


def _require_sensible(year: int, *, where: str) -> None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ParameterError(f"years from {_FIRST_YEAR} to {_LAST_YEAR} can be asked about", where=where)


def _moved(moment: datetime, by: int) -> datetime:
    return datetime.fromisoformat(f"{month_after(moment.date().isoformat()[:7], by)}-01")
