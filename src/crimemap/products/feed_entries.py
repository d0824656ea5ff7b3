"""
What an area's feed tells: its months, its team's priorities, its meetings, its messages.

The time of an entry comes from the data, so that it does not change when nothing did: a month's figures are of its end, a
priority is of the day on which it was set or acted on, a meeting is announced four weeks before it is held, and a message is
of its own day.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from babel.dates import format_date, format_time
from markupsafe import Markup

from crimemap.language import gettext, language, ngettext
from crimemap.periods import month_after, month_name
from crimemap.products.facts import AreaFacts, MonthCount
from crimemap.products.feeds import Entry
from crimemap.products.inputs import FORCE
from crimemap.products.meetings import Meeting
from crimemap.products.plain_text import plain_text
from crimemap.products.rendering import safe_html
from crimemap.products.wording import number

__all__ = [
    "announced_at",
    "end_of_month",
    "meeting_entries",
    "message_entries",
    "month_entries",
    "priority_entries",
    "when_words",
]

#: Months that a feed goes back: a reader that looks in once a year misses none.
_MONTHS: Final = 12
_LONGEST_TITLE: Final = 90
_ANNOUNCED: Final = timedelta(days=28)
_LOCALES: Final = {"en": "en_GB", "cy": "cy"}


def end_of_month(month: str) -> datetime:
    """
    Give the instant at which a month has ended.

    Examples
    --------
    >>> end_of_month("2025-06").isoformat()
    '2025-07-01T00:00:00+00:00'
    """
    return datetime.fromisoformat(f"{month_after(month)}-01").replace(tzinfo=UTC)


def month_words(facts: AreaFacts, one: MonthCount) -> str:
    """Say in one sentence what a month had: a number, no data, or a number that is not shown."""
    named = {"month": month_name(one.month), "place": facts.area_name}
    if one.status == "no_data":
        return gettext("There is no data for {place} for {month}. That does not mean that nothing was recorded.").format(
            **named
        )
    if one.incidents is None:
        return gettext("The number for {place} in {month} is too small to be shown.").format(**named)
    if facts.area_type == FORCE:
        said = ngettext(
            "{n} incident was recorded by {place} in {month}.",
            "{n} incidents were recorded by {place} in {month}.",
            one.incidents,
        )
    else:
        said = ngettext(
            "{n} incident was recorded in {place} in {month}.",
            "{n} incidents were recorded in {place} in {month}.",
            one.incidents,
        )
    return said.format(n=number(one.incidents), **named)


def month_entries(facts: AreaFacts, summary: Sequence[str], *, about: tuple[str, ...]) -> list[Entry]:
    """
    Write an entry for each of the latest months; that of the latest month carries the page's summary with its verdicts.

    Parameters
    ----------
    summary
        The page's paragraphs, plain text.
    about
        What the feed is of.
    """
    last = month_after(facts.period.end, -1)
    shown = [one for one in facts.months if one.month <= last][-_MONTHS:]
    entries = []
    for one in shown:
        said = [month_words(facts, one), *(summary if one.month == last else ())]
        entries.append(
            Entry(
                about=(*about, "month", one.month),
                title=gettext("Figures for {month}: {place}").format(month=month_name(one.month), place=facts.area_name),
                updated=end_of_month(one.month),
                content=Markup("").join(Markup("<p>{}</p>").format(text) for text in said),
                anchor="months" if one.month != last else "what",
                category="month",
            )
        )
    return entries


def _day(text: object) -> datetime | None:
    said = str(text or "")[:10]
    try:
        return datetime.combine(date.fromisoformat(said), datetime.min.time(), tzinfo=UTC)
    except ValueError:
        return None


def priority_entries(
    priorities: Sequence[Mapping[str, Any]],
    trends: Sequence[Sequence[str]],
    *,
    about: tuple[str, ...],
    neighbourhood: str,
    latest_month: str,
) -> list[Entry]:
    """
    Write an entry for each priority; what was done about it makes it a new state of the same entry.

    Parameters
    ----------
    priorities
        As data.police.uk has them; `issue` and `action` may hold tags.
    trends
        Sentences on each priority's figures.
    latest_month
        A priority without a date is of its end.
    """
    entries, taken = [], dict[tuple[str, str], int]()
    for one, said in zip(priorities, trends, strict=True):
        issue = plain_text(one.get("issue"))
        since, acted = _day(one.get("issue-date")), _day(one.get("action-date"))
        dates = [day for day in (since, acted) if day is not None]
        key = (str(one.get("issue-date") or ""), issue)
        taken[key] = taken.get(key, 0) + 1
        content = [Markup("<div>{}</div>").format(safe_html(one.get("issue")))]
        content += [Markup("<p>{}</p>").format(words) for words in said]
        if one.get("action"):
            content.append(Markup("<h3>{}</h3>").format(gettext("What was done")))
            content.append(Markup("<div>{}</div>").format(safe_html(one.get("action"))))
        if one.get("action"):
            title = gettext("What {place} did about a priority: {issue}").format(place=neighbourhood, issue=_short(issue))
        else:
            title = gettext("Priority for {place}: {issue}").format(place=neighbourhood, issue=_short(issue))
        entries.append(
            Entry(
                about=(*about, "priority", *key, str(taken[key])),
                title=title,
                updated=max(dates) if dates else end_of_month(latest_month),
                content=Markup("").join(content),
                anchor="priorities",
                category="priority",
            )
        )
    return entries


def announced_at(meeting: Meeting) -> datetime:
    """Give the instant at which a meeting is announced, if a release is made by then."""
    return (meeting.instant - _ANNOUNCED).astimezone(UTC)


def meeting_entries(
    meetings: Sequence[Meeting], *, about: tuple[str, ...], neighbourhood: str, created: datetime
) -> list[Entry]:
    """
    Write an entry for each meeting.

    Parameters
    ----------
    created
        When the release is made: no entry is newer.
    """
    entries, taken = [], dict[tuple[str, str], int]()
    for one in meetings:
        key = (one.given_start, one.title)
        taken[key] = taken.get(key, 0) + 1
        title = one.title or gettext("Meeting")
        content = [Markup("<p>{}</p>").format(when_words(one))]
        if one.place:
            content.append(Markup("<p>{}</p>").format(one.place))
        if one.description:
            content.append(Markup("<div>{}</div>").format(safe_html(one.description)))
        entries.append(
            Entry(
                about=(*about, "meeting", *key, str(taken[key])),
                title=gettext("Meeting in {place}, {day}: {title}").format(
                    place=neighbourhood, day=_day_words(one.start), title=_short(title)
                ),
                updated=min(announced_at(one), created.astimezone(UTC)),
                content=Markup("").join(content),
                anchor="events",
                category="meeting",
            )
        )
    return entries


def message_entries(
    messages: Sequence[Mapping[str, Any]], *, about: tuple[str, ...], neighbourhood: str, latest_month: str
) -> list[Entry]:
    """
    Write an entry for each message to residents.

    Parameters
    ----------
    messages
        With title, text (which may hold tags), date and until.
    latest_month
        A message without a date is of its end.
    """
    entries, taken = [], dict[tuple[str, str], int]()
    for one in messages:
        title = plain_text(one.get("title"))
        key = (str(one.get("date") or ""), title)
        taken[key] = taken.get(key, 0) + 1
        entries.append(
            Entry(
                about=(*about, "message", *key, str(taken[key])),
                title=gettext("Message from the team of {place}: {title}").format(place=neighbourhood, title=_short(title)),
                updated=_day(one.get("date")) or end_of_month(latest_month),
                content=Markup("<div>{}</div>").format(safe_html(one.get("text"))) + _until(one.get("until")),
                anchor="messages",
                category="message",
            )
        )
    return entries


def _until(text: object) -> Markup:
    """Say until when a message holds: a feed cannot take back what has been read from it."""
    last = _day(text)
    if last is None:
        return Markup("")
    return Markup("<p>{}</p>").format(gettext("Holds until {last}.").format(last=_day_words(last.date())))


def when_words(one: Meeting) -> str:
    """Say when a meeting is."""
    day = _day_words(one.start)
    if not isinstance(one.start, datetime):
        return day
    return gettext("{day} at {time}").format(day=day, time=_time_words(one.start))


def _day_words(day: date) -> str:
    return format_date(day, "EEEE d MMMM y", locale=_LOCALES[language()])


def _time_words(moment: datetime) -> str:
    return format_time(moment.timetz(), "HH:mm", locale=_LOCALES[language()])


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TITLE else f"{text[: _LONGEST_TITLE - 1].rstrip()}…"
