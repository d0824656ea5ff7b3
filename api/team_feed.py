"""
The Atom feed of a team's area: what its latest briefing has to say, an entry for each.

An entry is named by what it is about, so that a reader does not show it again while nothing about it has changed, and says
how many, never where: feed readers keep what they read, and pass it on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID, uuid5

from feedgen.feed import FeedGenerator

import crimemap
from crimemap.incidents.delta import Tables
from crimemap.jobs.briefings.briefing import brief
from crimemap.jobs.team_area import TeamArea
from crimemap.products import briefing_words as words
from crimemap.workspace import Workspace

__all__ = ["TeamFeed", "team_feed"]

_NAMES = UUID("2f6c8d1e-8a54-4c54-9c55-0f6f2f7c1a11")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamFeed:
    """A feed, and what it was made from."""

    body: bytes
    first_month: str
    last_month: str
    incidents: int | None


def team_feed(workspace: Workspace, area: TeamArea, *, address: str, own: bool) -> TeamFeed:
    """
    Write the feed.

    Parameters
    ----------
    address
        Of the partner application, for links; they are relative where it is empty.
    own
        Whether it is of the team's own neighbourhood, which links need not name.

    Raises
    ------
    EmptyInputError
        If the force has no incidents.
    """
    found = brief(workspace, area, None)
    said = found.to_json()
    updated = _loaded_at(workspace)
    query = "" if own else f"?area={area.area_type}/{area.area_code}"
    root = address.rstrip("/")
    feed = FeedGenerator()
    feed.id(_urn(area))
    feed.title(f"{words.area_words(said)}: briefing for the team")
    feed.subtitle("Not to be passed on." if said["confidential"] else "From published records.")
    feed.language("en-GB")
    feed.updated(updated)
    feed.author({"name": "crimemap"})
    feed.generator("crimemap", version=crimemap.__version__)
    page = f"{root}/teams/me/briefing{query}{'&' if query else '?'}format=html"
    feed.link(href=f"{root}/teams/me/feed.atom{query}", rel="self", type="application/atom+xml")
    for about, title, text in _entries(said):
        entry = feed.add_entry(order="append")
        entry.id(_urn(area, *about))
        entry.title(title)
        entry.updated(updated)
        entry.content(text, type="text")
        entry.category(term=about[0])
        entry.link(href=page, rel="alternate", type="text/html")
    body: bytes = feed.atom_str(pretty=True)
    return TeamFeed(body=body, first_month=found.first_month, last_month=found.last_month, incidents=found.incidents)


def _urn(area: TeamArea, *about: str) -> str:
    return uuid5(_NAMES, "\n".join(repr(one) for one in (area.force, area.area_type, area.area_code, *about))).urn


def _loaded_at(workspace: Workspace) -> datetime:
    """Give when incidents were last loaded: nothing that the feed says can have changed since."""
    table = Tables(workspace).open("incidents")
    history = [] if table is None else table.history(1)
    moment = history[0].get("timestamp") if history else None
    return datetime.fromtimestamp(moment / 1000, UTC) if moment else datetime.combine(datetime.now(UTC), time(), UTC)


def _entries(said: Mapping[str, Any]) -> list[tuple[tuple[str, ...], str, str]]:
    """Give of each entry what it is about, its title, and its text."""
    period = words.period_words(said["period"])
    since = str(said["period"]["from"])
    told: list[tuple[tuple[str, ...], str, str]] = [
        (("briefing", since), f"Briefing: {period}", " ".join(words.in_short(said)))
    ]
    repeats = said["near_repeat"]
    for one in repeats["alerts"]:
        until = words.day_words(one["until"], hour=True, weekday=False)
        title = f"Near-repeat alert: {one['offence_type']}{', repeated' if one['repeated'] else ''}"
        text = f"{one['offence_type']}: look out within {one['within_m']:.0f} m until {until}. See the briefing for where."
        # Named by the moment that it stands until, and by how many of the type do: two may end in the same minute.
        alike = sum(about[:3] == ("near-repeat", one["offence_type"], one["until"]) for about, _, _ in told)
        told.append((("near-repeat", one["offence_type"], one["until"], str(alike)), title, text))
    hot = said["new_hotspots"]
    if hot["new_count"]:
        n = hot["new_count"]
        title = "A hotspot is new or has grown" if n == 1 else f"{n} hotspots are new or have grown"
        told.append((("hotspots", str(hot["from"]), str(n)), title, "See the briefing for where."))
    for change in said["changes"]["changes"]:
        if change["verdict"] in ("more", "less"):
            way = "More" if change["verdict"] == "more" else "Fewer"
            text = (
                f"{change['incidents']} in {said['changes']['compared']} {said['changes']['unit']}s, and "
                f"{change['year_before']} a year before: beyond chance."
            )
            about = ("change", change["offence_type"], change["verdict"], str(said["changes"]["before"]))
            told.append((about, f"{way}: {change['offence_type']}", text))
    return told
