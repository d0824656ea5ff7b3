"""What a team's words become beside its page: entries of the area's feed, and the calendar of its meetings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from crimemap.language import gettext
from crimemap.products.calendars import calendar_of
from crimemap.products.feed_entries import end_of_month, meeting_entries, message_entries, priority_entries
from crimemap.products.feeds import Entry, feed_of
from crimemap.products.meetings import Meeting

__all__ = ["CALENDAR_FILE", "FeedOf", "team_entries", "write_calendar"]

CALENDAR_FILE: Final = "calendar.ics"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOf:
    """
    The area that a feed is of.

    Attributes
    ----------
    about
        What tells it from others: its type and code, for a neighbourhood its force too.
    name
        Of the area.
    latest_month
        The force's latest month with data.
    has_team
        Whether a team may have entries.
    publisher, rights
        Plain text.
    address
        Of the folder of the area's page, with a slash at the end; empty where it is not known.
    """

    about: tuple[str, ...]
    name: str
    latest_month: str
    has_team: bool
    publisher: str
    rights: str
    address: str

    def written(self, entries: Sequence[Entry]) -> bytes:
        """Write the feed with these entries, in the language that is spoken."""
        return feed_of(
            entries,
            about=self.about,
            title=gettext("Updates for {place}").format(place=self.name),
            subtitle=gettext("Recorded crime by month, what the police team works on, and meetings")
            if self.has_team
            else gettext("Recorded crime by month"),
            updated=end_of_month(self.latest_month),
            publisher=self.publisher,
            rights=self.rights,
            address=self.address,
        )


def team_entries(
    team: Mapping[str, Any], trends: Sequence[Sequence[str]], meetings: Sequence[Meeting], *, of: FeedOf, created: datetime
) -> list[Entry]:
    """
    Write the entries of a team's priorities, meetings and messages.

    Parameters
    ----------
    team
        As `described_team` gives it; may be empty.
    trends
        Sentences on the figures of each priority.
    meetings
        Those to be announced.
    created
        When the release is made.
    """
    return [
        *priority_entries(
            team.get("priorities", ()), trends, about=of.about, neighbourhood=of.name, latest_month=of.latest_month
        ),
        *meeting_entries(meetings, about=of.about, neighbourhood=of.name, created=created),
        *message_entries(team.get("messages", ()), about=of.about, neighbourhood=of.name, latest_month=of.latest_month),
    ]


def write_calendar(folder: Path, meetings: Sequence[Meeting], *, name: str, neighbourhood: str, created: datetime) -> str:
    """
    Write the calendar of an area's meetings beside its page.

    Returns
    -------
    str
        Its address from the page; empty where there is no meeting, and so no calendar.
    """
    if not meetings:
        return ""
    calendar = calendar_of(
        meetings,
        name=gettext("Police meetings: {place}").format(place=name),
        neighbourhood=neighbourhood,
        created=created,
    )
    (folder / CALENDAR_FILE).write_bytes(calendar)
    return CALENDAR_FILE
