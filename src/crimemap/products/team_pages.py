"""
A team's words in a release that is finished: put anew into its pages, feeds, calendars and reports, and no further.

The parts of a page that hold them stand between marks, so that the rest of the page need not be made again. Files of a
release may be shared with another release: none is written into, each is put anew in its place.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from crimemap.errors import ReleaseError
from crimemap.language import LANGUAGES, speaking
from crimemap.products.context import site_name
from crimemap.products.feeds import FEED_FILE
from crimemap.products.meetings import meetings_of
from crimemap.products.names import area_folder
from crimemap.products.page_languages import page_folder, ways
from crimemap.products.pdf import pdf_of
from crimemap.products.priorities import priority_trends
from crimemap.products.recorded_past import RecordedPast
from crimemap.products.rendering import environment
from crimemap.products.report_files import REPORT_FILE, report_source
from crimemap.products.team_files import CALENDAR_FILE, FeedOf, team_entries, write_calendar
from crimemap.products.teams import described_team

__all__ = ["TeamToPatch", "put_file", "put_team", "spliced_feed", "with_part"]

_PAGE_PARTS: Final = {"team": "neighbourhood_team.html", "follow": "area_follow.html"}
_WORDS: Final = {"words": "words_stamp.html"}
_REPORT_PARTS: Final = {"priorities": "report_priorities.html", "team": "report_team.html"}
_ENTRY: Final = re.compile(r" *<entry>.*?</entry>\n", re.DOTALL)
_UPDATED: Final = re.compile(r"<updated>([^<]*)</updated>")
_OF_MONTH: Final = '<category term="month"/>'


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamToPatch:
    """
    A neighbourhood whose team has something new to say.

    Attributes
    ----------
    team
        The neighbourhood in data.police.uk's shape, with force and messages.
    name
        What the release calls it.
    teams
        Code and priorities of every neighbourhood of the force, this one's new ones among them: changes of all of them are
        one family of tests.
    """

    team: Mapping[str, Any]
    name: str
    teams: Sequence[tuple[str, list[dict[str, Any]]]]


def put_file(path: Path, content: bytes) -> None:
    """Put a file in the place of one that may be shared with another release."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def with_part(page: str, name: str, part: str) -> str:
    """
    Put a part of a page in the place of the one that it has.

    Parameters
    ----------
    page, part
        Both with the part's marks.

    Raises
    ------
    ReleaseError
        If the page has no such marks.

    Examples
    --------
    >>> with_part("a <!-- part: x -->old<!-- end: x --> b", "x", "<!-- part: x -->new<!-- end: x -->")
    'a <!-- part: x -->new<!-- end: x --> b'
    """
    first, last = f"<!-- part: {name} -->", f"<!-- end: {name} -->"
    if page.count(first) != 1 or page.count(last) != 1 or page.index(first) > page.index(last):
        raise ReleaseError(
            "this release was built before team's words could be put into it",
            where=name,
            fix="Build a new one with 'crimemap release build' and activate it.",
        )
    inner = part[part.index(first) : part.index(last)]
    return page[: page.index(first)] + inner + page[page.index(last) :]


def spliced_feed(old: str, new: str) -> str:
    """
    Give a feed with the months of one and everything else of another, the newest entry first.

    Parameters
    ----------
    old
        A feed of ours.
    new
        The same feed with the team's entries and without months.
    """
    months = [one for one in _ENTRY.findall(old) if _OF_MONTH in one]
    others = [one for one in _ENTRY.findall(new) if _OF_MONTH not in one]
    entries = sorted([*others, *months], key=_updated, reverse=True)
    head, end = _ENTRY.sub("", new).split("</feed>", 1)
    latest = max([_updated(head), *(_updated(one) for one in entries)])
    head = _UPDATED.sub(f"<updated>{latest}</updated>", head, count=1)
    return f"{head}{''.join(entries)}</feed>{end}"


def _updated(text: str) -> str:
    found = _UPDATED.search(text)
    return found[1] if found else ""


def put_team(
    release: Path, one: TeamToPatch, past: RecordedPast, *, manifest: Mapping[str, Any], created: datetime
) -> list[str]:
    """
    Put a team's words into a release's files, in every language that its page is written in.

    Parameters
    ----------
    release
        Folder of the release that is being made.
    past
        Of the team's force.
    manifest
        Of the release.
    created
        When the words are put there.

    Returns
    -------
    list[str]
        Paths of the files that were written or removed, below the release's folder.

    Raises
    ------
    ReleaseError
        If the release has no page of this neighbourhood, or one made before there were marks.
    """
    force, code = str(one.team["force"]), str(one.team["id"])
    folder = area_folder("neighbourhood", code, force)
    touched: list[str] = []
    for language in LANGUAGES:
        with speaking(language):
            here = page_folder(folder)
            if (release / "site" / here / "index.html").is_file():
                touched += _put_spoken(release, here, folder, one, past, manifest=manifest, created=created)
    if not touched:
        raise ReleaseError("the release has no page of this neighbourhood", where=f"{force}/{code}", fix="Build it again.")
    return touched


def _put_spoken(
    release: Path,
    here: str,
    folder: str,
    one: TeamToPatch,
    past: RecordedPast,
    *,
    manifest: Mapping[str, Any],
    created: datetime,
) -> list[str]:
    force, code = str(one.team["force"]), str(one.team["id"])
    site = release / "site" / here
    team = described_team(dict(one.team))
    said = priority_trends(past, force, [(key, past.row(key), priorities) for key, priorities in one.teams])
    trends = [said.of(code, i) for i in range(len(team["priorities"]))]
    meetings = meetings_of(team["events"], since=date.fromisoformat(f"{past.periods[force].end}-01"))
    (site / CALENDAR_FILE).unlink(missing_ok=True)
    calendar = write_calendar(site, meetings, name=one.name, neighbourhood=f"{force}/{code}", created=created)
    root = str(manifest["parameters"].get("site_address") or "")
    of = FeedOf(
        about=("neighbourhood", force, code),
        name=one.name,
        latest_month=past.latest_month,
        has_team=True,
        publisher=site_name(),
        rights=" ".join(manifest["attribution"]),
        address=f"{root}/{here}/" if root else "",
    )
    feed = of.written(team_entries(team, trends, meetings, of=of, created=created)).decode("utf-8")
    old = (site / FEED_FILE).read_text(encoding="utf-8")
    put_file(site / FEED_FILE, spliced_feed(old, feed).encode("utf-8"))
    source = report_source(release, here)
    given = {
        "team": team,
        "trends": trends,
        "calendar": calendar,
        "feed": FEED_FILE,
        "report": REPORT_FILE if source.is_file() else "",
        "of_neighbourhood": True,
        "home": ways(folder)[0],
        "words_put": created.date().isoformat(),
    }
    _put_parts(site / "index.html", _PAGE_PARTS | _WORDS, given)
    touched = [site / FEED_FILE, site / CALENDAR_FILE, site / "index.html"]
    if source.is_file():
        _put_parts(source, _REPORT_PARTS | _WORDS, given)
        touched.append(source)
        if (site / REPORT_FILE).is_file():
            put_file(site / REPORT_FILE, pdf_of(source.read_text(encoding="utf-8")))
            touched.append(site / REPORT_FILE)
    return [path.relative_to(release).as_posix() for path in touched]


def _put_parts(path: Path, parts: Mapping[str, str], given: Mapping[str, Any]) -> None:
    text = path.read_text(encoding="utf-8")
    for name, template in parts.items():
        text = with_part(text, name, environment().get_template(template).render(**given))
    put_file(path, text.encode("utf-8"))
