"""When a neighbourhood's meetings are, as calendars and feeds need it: days, or times on London's clocks."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from crimemap.products.plain_text import plain_text

__all__ = ["LONDON", "Meeting", "meetings_of"]

LONDON: Final = ZoneInfo("Europe/London")
_DATE_ONLY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """
    One meeting.

    Attributes
    ----------
    title, place
        Plain text; may be empty.
    description
        As the force wrote it: may hold tags, and what is worse.
    start, end
        Both a day, the end then being the day after the last; or both a time with a time zone.
    given_start
        The start as the force wrote it: with the title it tells the meeting from others.
    """

    title: str
    place: str
    description: str
    start: date
    end: date
    given_start: str

    @property
    def instant(self) -> datetime:
        """Give its beginning as a time."""
        if isinstance(self.start, datetime):
            return self.start
        return datetime(self.start.year, self.start.month, self.start.day, tzinfo=LONDON)


def meetings_of(events: Iterable[Mapping[str, Any]], *, since: date) -> list[Meeting]:
    """
    Read a neighbourhood's events; those without a day that can be read, or before `since`, are left out.

    Parameters
    ----------
    events
        As data.police.uk gives them: title, description, address, start_date, end_date.
    since
        The first day.

    Examples
    --------
    >>> one = {"title": "Surgery", "start_date": "2025-07-01T18:30:00"}
    >>> [(m.title, m.start.isoformat()) for m in meetings_of([one], since=date(2025, 7, 1))]
    [('Surgery', '2025-07-01T18:30:00+01:00')]
    >>> meetings_of([one], since=date(2025, 7, 2))
    []
    """
    found = []
    for one in events:
        given = str(one.get("start_date") or "").strip()
        start = _moment(given)
        if start is None or _day(start) < since:
            continue
        found.append(
            Meeting(
                title=plain_text(one.get("title")),
                place=plain_text(one.get("address")),
                description=str(one.get("description") or ""),
                start=start,
                end=_end(start, _moment(one.get("end_date"))),
                given_start=given,
            )
        )
    return sorted(found, key=lambda one: (one.instant, one.title))


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _moment(text: object) -> date | None:
    """Read a day, or a time on London's clocks; midnight is how sources write a day without a time."""
    said = str(text or "").strip()
    try:
        if _DATE_ONLY.fullmatch(said):
            return date.fromisoformat(said)
        found = datetime.fromisoformat(said)
        local = found.replace(tzinfo=LONDON) if found.tzinfo is None else found.astimezone(LONDON)
        local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return local if (local.hour, local.minute, local.second) != (0, 0, 0) else local.date()


def _end(start: date, end: date | None) -> date:
    """Give an end after the start, of the same kind; an hour, or the day, where none is known."""
    try:
        if isinstance(start, datetime):
            if isinstance(end, datetime) and end.astimezone(UTC) > start.astimezone(UTC):
                return end
            return (start.astimezone(UTC) + timedelta(hours=1)).astimezone(LONDON)
        last = None if end is None else _day(end)
        return (start if last is None or last < start else last) + timedelta(days=1)
    except OverflowError:  # the last day that there is
        return start
