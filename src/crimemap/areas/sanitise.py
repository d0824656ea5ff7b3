"""Making text from outside safe to show: a short list of HTML, addresses that lead somewhere, dates of one form."""

import html
import re
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import nh3

__all__ = ["clean_date", "clean_html", "clean_text", "clean_web_address"]

_TAGS: Final = {"p", "br", "a", "ul", "li", "strong", "em"}
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_WEB: Final = re.compile(r"https?://[^\s/\"'<>\\]+[^\s\"'<>\\]*", re.IGNORECASE)
_BARE: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(/[^\s\"'<>\\]*)?", re.IGNORECASE)
_DAY_FIRST: Final = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})(?:[ T](\d\d?):(\d\d)(?::(\d\d))?)?")
_LONDON: Final = "Europe/London"


def clean_html(text: str) -> str:
    """
    Keep paragraphs, breaks, lists, emphasis and links to http, https and mailto addresses; drop everything else.

    Examples
    --------
    >>> clean_html('<p onclick="x()">See <a href="javascript:x()" class="y">us</a><script>x()</script></p>')
    '<p>See <a>us</a></p>'
    """
    return nh3.clean(
        _CONTROL.sub("", text),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel=None,
    ).strip()


def clean_text(text: str) -> str:
    """
    Give plain text on one line: tags dropped, entities resolved. It is still to be escaped where it is shown.

    Examples
    --------
    >>> clean_text("  Clarendon Park &amp; <b>Riverside</b> ")
    'Clarendon Park & Riverside'
    """
    plain = html.unescape(nh3.clean(_CONTROL.sub("", text), tags=set()))
    return " ".join(plain.split())


def clean_web_address(text: str) -> str | None:
    """
    Give an http or https address, or None where the text is not one.

    Examples
    --------
    >>> clean_web_address("www.police.uk"), clean_web_address("javascript:alert(1)"), clean_web_address("HTTP://a.uk/b c")
    ('https://www.police.uk', None, None)
    """
    address = _CONTROL.sub("", text).strip()
    if _WEB.fullmatch(address):
        return address
    if not _SCHEME.match(address) and _BARE.fullmatch(address):
        return f"https://{address}"
    return None


def clean_date(text: str) -> str | None:
    """
    Give a date and time as `YYYY-MM-DDTHH:MM:SS` in the time of London, or None where the text is none.

    Examples
    --------
    >>> clean_date("2016-09-17T12:00:00+00:00"), clean_date("17/9/2016"), clean_date("2016-02-30")
    ('2016-09-17T13:00:00', '2016-09-17T00:00:00', None)
    """
    said = text.strip()
    try:
        if found := _DAY_FIRST.fullmatch(said):
            day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
            moment = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the wall clock's time is meant
        else:
            moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    if moment.tzinfo is not None:
        moment = moment.astimezone(ZoneInfo(_LONDON)).replace(tzinfo=None)
    if not date(1990, 1, 1) <= moment.date() <= date(2200, 1, 1):
        return None
    return moment.replace(microsecond=0).isoformat()
