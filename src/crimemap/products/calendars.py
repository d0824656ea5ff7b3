"""A neighbourhood's meetings as an iCalendar file (RFC 5545), which telephones and calendar programs take up."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

from crimemap.language import gettext, language
from crimemap.products.meetings import LONDON, Meeting
from crimemap.products.plain_text import plain_text

__all__ = ["calendar_of"]

_PRODUCT: Final = "-//crimemap//public site//EN"


def calendar_of(meetings: Sequence[Meeting], *, name: str, neighbourhood: str, created: datetime) -> bytes:
    """
    Write a neighbourhood's meetings as a calendar.

    A meeting keeps its identifier from release to release while its title and start stay as they were written; one that is
    moved is a new one. Times carry the rules of London's clocks, so that they are right in summer and in winter.

    Parameters
    ----------
    meetings
        As `meetings_of` gives them.
    name
        What the calendar is called.
    neighbourhood
        Force and neighbourhood, such as west-demoshire/N01; makes identifiers distinct.
    created
        When the calendar was made, with its time zone.

    Examples
    --------
    >>> from datetime import date
    >>> from crimemap.products.meetings import meetings_of
    >>> found = meetings_of([{"title": "Surgery", "start_date": "2025-07-01T18:30:00"}], since=date(2025, 1, 1))
    >>> made = datetime(2025, 6, 1, tzinfo=UTC)
    >>> text = calendar_of(found, name="Harbour", neighbourhood="a/N01", created=made).decode()
    >>> [line for line in text.splitlines() if line.startswith(("DTSTART;", "SUMMARY"))]
    ['SUMMARY;LANGUAGE=en:Surgery', 'DTSTART;TZID=Europe/London:20250701T183000']
    """
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", plain_text(name))
    if any(isinstance(one.start, datetime) for one in meetings):
        calendar.add_component(_clocks())
    taken: dict[str, int] = {}
    for one in meetings:
        key = f"{neighbourhood}\n{one.given_start}\n{one.title}"
        taken[key] = taken.get(key, 0) + 1
        digest = hashlib.sha256(f"{key}\n{taken[key]}".encode()).hexdigest()[:32]
        event = Event()
        event.add("uid", f"{digest}@crimemap")
        event.add("dtstamp", created.astimezone(UTC))
        event.add("summary", one.title or gettext("Meeting"), parameters={"LANGUAGE": language()})
        event.add("dtstart", one.start)
        if one.end > one.start:
            event.add("dtend", one.end)
        for field, text in (("location", one.place), ("description", plain_text(one.description))):
            if text:
                event.add(field, text)
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made


def _clocks() -> Timezone:
    """Write the rules of London's clocks since 1996, which no list of years cuts short."""
    zone = Timezone()
    zone.add("tzid", LONDON.key)
    summer, winter = TimezoneDaylight(), TimezoneStandard()
    none, hour = timedelta(0), timedelta(hours=1)
    for part, begin, month, before, after, called in (
        (summer, datetime(1997, 3, 30, 1), 3, none, hour, "BST"),  # noqa: DTZ001 - on the clock itself, as the format has it
        (winter, datetime(1996, 10, 27, 2), 10, hour, none, "GMT"),  # noqa: DTZ001
    ):
        part.add("dtstart", begin)
        part.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1su"})
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        part.add("tzname", called)
        zone.add_component(part)
    return zone
