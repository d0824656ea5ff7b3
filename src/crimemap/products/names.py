"""What area types are called, and where the page and the files of an area are."""

import hashlib
import re
from typing import Final

from crimemap.language import gettext, marked
from crimemap.products.inputs import FORCE

__all__ = [
    "AREA_TYPE_NAMES",
    "area_folder",
    "area_type_inline",
    "area_type_name",
    "area_type_plural",
    "safe_segment",
    "street_name",
]

#: Area type to its English name for one and for several.
AREA_TYPE_NAMES: Final = {
    FORCE: (marked("Police force"), marked("Police forces")),
    "pfa": (marked("Police force area"), marked("Police force areas")),
    "bcu": (marked("Basic command unit"), marked("Basic command units")),
    "county": (marked("County"), marked("Counties")),
    "ctyua": (marked("County or unitary authority"), marked("Counties and unitary authorities")),
    "lad": (marked("Local authority district"), marked("Local authority districts")),
    "csp": (marked("Community safety partnership"), marked("Community safety partnerships")),
    "neighbourhood": (marked("Neighbourhood"), marked("Neighbourhoods")),
}


def area_type_name(area_type: str) -> str:
    """
    Name an area type in the language that is spoken.

    Examples
    --------
    >>> area_type_name("csp"), area_type_plural("csp")
    ('Community safety partnership', 'Community safety partnerships')
    """
    return gettext(AREA_TYPE_NAMES[area_type][0])


def area_type_inline(area_type: str) -> str:
    """
    Name an area type in the middle of a sentence.

    Examples
    --------
    >>> area_type_inline("csp")
    'community safety partnership'
    """
    name = area_type_name(area_type)
    return f"{name[:1].lower()}{name[1:]}"


def area_type_plural(area_type: str) -> str:
    """Name several areas of a type in the language that is spoken."""
    return gettext(AREA_TYPE_NAMES[area_type][1])


_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_LONGEST = 60
#: Names that mean something else in a path; compared without case.
_RESERVED = frozenset({"index", "con", "nul", "aux", "prn"})


def safe_segment(code: str) -> str:
    """
    Turn an identifier into one part of a path or address, different identifiers into different parts.

    Examples
    --------
    >>> safe_segment("E22000123"), safe_segment("../x y")
    ('E22000123', 'x-y-46c740c6')
    """
    made = _UNSAFE.sub("-", code).strip("-")[:_LONGEST]
    if made == code and made and made.lower() not in _RESERVED:
        return made
    return f"{made or 'area'}-{hashlib.sha256(code.encode()).hexdigest()[:8]}"


def area_folder(area_type: str, area_code: str, force: str) -> str:
    """
    Give the folder of an area's page, below the site's root; its data is in the same folder below `data/`.

    Examples
    --------
    >>> area_folder("neighbourhood", "A1", "north-wales"), area_folder("csp", "W22000001", "north-wales")
    ('forces/north-wales/neighbourhoods/A1', 'areas/csp/W22000001')
    """
    if area_type == FORCE:
        return f"forces/{safe_segment(area_code)}"
    if area_type == "neighbourhood":
        return f"forces/{safe_segment(force)}/neighbourhoods/{safe_segment(area_code)}"
    return f"areas/{safe_segment(area_type)}/{safe_segment(area_code)}"


def street_name(location: str) -> str:
    """
    Leave out what the column's heading says already.

    Examples
    --------
    >>> street_name("On or near Mill Lane"), street_name("")
    ('Mill Lane', 'No name given')
    """
    return location.removeprefix("On or near").strip() or gettext("No name given")
