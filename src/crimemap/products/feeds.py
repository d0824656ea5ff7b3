"""
An area's Atom feed (RFC 4287): the months as they come, what its team works on, and its meetings.

Identifiers are made from what an entry is about, not from when or where it is published, so that a reader does not show a
fact again with every release. They are UUIDs as URNs: a release need not know the address that it will be served at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from feedgen.feed import FeedGenerator
from markupsafe import Markup

import crimemap
from crimemap.language import language
from crimemap.products.plain_text import plain_text, printable

__all__ = ["FEED_FILE", "Entry", "feed_of", "urn_of"]

FEED_FILE: Final = "feed.atom"
_NAMES: Final = UUID("6d0f2b60-6a0c-4f0e-9b43-3a6f6f1d2a57")
_LANGUAGE_TAGS: Final = {"en": "en-GB", "cy": "cy"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    One entry.

    Attributes
    ----------
    about
        What it is about, in parts: the same fact has the same parts in every release.
    title
        Plain text.
    updated
        When it last changed as far as the data say, with its time zone.
    content
        Safe HTML.
    anchor
        Of the page's section that says it.
    category
        month, priority, meeting or message.
    """

    about: tuple[str, ...]
    title: str
    updated: datetime
    content: Markup
    anchor: str
    category: str


def urn_of(*about: str) -> str:
    """
    Name something for good: the same parts, in the same language, have the same name.

    Examples
    --------
    >>> urn_of("west-demoshire", "N01") == urn_of("west-demoshire", "N01"), urn_of("a", "bc") == urn_of("ab", "c")
    (True, False)
    """
    return uuid5(_NAMES, "\n".join([language(), *(repr(part) for part in about)])).urn


def feed_of(
    entries: Sequence[Entry],
    *,
    about: tuple[str, ...],
    title: str,
    subtitle: str,
    updated: datetime,
    publisher: str,
    rights: str,
    address: str = "",
) -> bytes:
    """
    Write a feed.

    Parameters
    ----------
    entries
        Newest first is how they are written, whatever their order here.
    about
        What the feed is of, in parts.
    title, subtitle, publisher, rights
        Plain text.
    updated
        When nothing is in it: since when.
    address
        Of the folder of the area's page, with a slash at the end. Without it links are relative to where the feed is read
        from, as RFC 4287 (section 2) and RFC 3986 (section 5.1.3) have it.

    Examples
    --------
    >>> from datetime import UTC
    >>> made = feed_of([], about=("a",), title="Harbour", subtitle="", updated=datetime(2025, 7, 1, tzinfo=UTC),
    ...                publisher="Crime in your area", rights="OGL")
    >>> b"<updated>2025-07-01T00:00:00+00:00</updated>" in made
    True
    """
    ordered = sorted(entries, key=lambda one: (one.updated, one.about), reverse=True)
    feed = FeedGenerator()
    feed.id(urn_of(*about))
    feed.title(plain_text(title))
    if subtitle:
        feed.subtitle(plain_text(subtitle))
    feed.language(_LANGUAGE_TAGS[language()])
    feed.updated(max([updated, *(one.updated for one in ordered)]))
    feed.author({"name": plain_text(publisher)})
    feed.rights(plain_text(rights))
    feed.generator("crimemap", version=crimemap.__version__)
    feed.link(href=f"{address}{FEED_FILE}", rel="self", type="application/atom+xml")
    feed.link(href=f"{address}index.html", rel="alternate", type="text/html", hreflang=_LANGUAGE_TAGS[language()])
    for one in ordered:
        entry = feed.add_entry(order="append")
        entry.id(urn_of(*one.about))
        entry.title(plain_text(one.title))
        entry.updated(one.updated)
        entry.category(term=one.category)
        entry.content(printable(str(one.content)), type="html")
        entry.link(href=f"{address}index.html#{one.anchor}", rel="alternate", type="text/html")
    made: bytes = feed.atom_str(pretty=True)
    return made
