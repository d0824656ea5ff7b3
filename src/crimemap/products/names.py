"""What area types are called, and where the page and the files of an area are."""

import hashlib
import re
from typing import Final

from crimemap.products.inputs import FORCE

__all__ = ["AREA_TYPE_NAMES", "area_folder", "safe_segment", "street_name"]

#: Area type to its name for one and for several.
AREA_TYPE_NAMES: Final = {
    FORCE: ("Police force", "Police forces"),
    "pfa": ("Police force area", "Police force areas"),
    "bcu": ("Basic command unit", "Basic command units"),
    "county": ("County", "Counties"),
    "ctyua": ("County or unitary authority", "Counties and unitary authorities"),
    "lad": ("Local authority district", "Local authority districts"),
    "csp": ("Community safety partnership", "Community safety partnerships"),
    "neighbourhood": ("Neighbourhood", "Neighbourhoods"),
}

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
    return location.removeprefix("On or near").strip() or "No name given"
