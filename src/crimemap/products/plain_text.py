"""Texts from a force with neither tags nor what cannot be printed: for calendars, and for titles of feeds."""

import html
import re
from typing import Final

import nh3

__all__ = ["plain_text", "printable"]

#: What XML 1.0 cannot hold, and line ends that some programs take for those of a file.
_UNPRINTED: Final = re.compile(r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BLOCK: Final = re.compile(r"<\s*(?:/\s*(?:p|li|ul|ol|div|h[1-6]|tr)|br)\b", re.IGNORECASE)
_SPACES: Final = re.compile(r"\s+")


def printable(text: str) -> str:
    r"""
    Leave out characters that are no text.

    Examples
    --------
    >>> printable("Hall\x00 1\x1b")
    'Hall 1'
    """
    return _UNPRINTED.sub("", text)


def plain_text(text: object) -> str:
    """
    Give what a text says, on one line, without its tags.

    Examples
    --------
    >>> plain_text("<p>Tea &amp; talk</p><p>Ask<script>alert(1)</script> us</p>"), plain_text(None)
    ('Tea & talk Ask us', '')
    """
    parted = _BLOCK.sub(lambda found: f" {found.group()}", str(text or ""))
    said = html.unescape(nh3.clean(_UNPRINTED.sub(" ", parted), tags=set()))
    return _SPACES.sub(" ", printable(said)).strip()
