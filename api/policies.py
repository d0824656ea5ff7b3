"""
What single pages may do beyond the rule of all: be framed by other sites, or load a background for their maps.

Embedded maps, under `embed/`, may be framed by anyone: that is what they are for, and nothing on them is worth
stealing a click for. Where a release has a background map, `base-map.json` names the server whose images its pages may show.
"""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from api.middleware import CONTENT_SECURITY_POLICY
from crimemap.language import LANGUAGES
from crimemap.products.base_map import BASE_MAP_FILE

__all__ = ["FRAMED_BY_ALL", "is_embedded", "page_policy", "tiles_origin"]

FRAMED_BY_ALL: Final = "frame-ancestors *"
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?")


def is_embedded(page: Path) -> bool:
    """
    Say whether a page is a map that other sites may frame.

    Parameters
    ----------
    page
        Of the site, relative to its root.

    Examples
    --------
    >>> is_embedded(Path("embed/areas/csp/E1/index.html")), is_embedded(Path("cy/embed/areas/csp/W1/index.html"))
    (True, True)
    >>> is_embedded(Path("areas/embed/index.html"))
    False
    """
    first, *rest = page.parts
    return first == "embed" or (first in LANGUAGES and rest[:1] == ["embed"])


@lru_cache(maxsize=8)
def tiles_origin(site: Path) -> str:
    """Give the server from which a release's maps load their background, from the file that the release has of it."""
    try:
        said = json.loads((site / BASE_MAP_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    origin = said.get("origin") if isinstance(said, dict) else None
    # A release is audited and hashed; all the same, nothing but an origin may come into a header.
    return origin if isinstance(origin, str) and _ORIGIN.fullmatch(origin) else ""


def page_policy(site: Path, page: Path) -> str:
    """
    Give the Content-Security-Policy of a page.

    Parameters
    ----------
    site
        The root of a release's site.
    page
        Relative to it.
    """
    policy = CONTENT_SECURITY_POLICY
    origin = tiles_origin(site)
    if origin:
        policy = policy.replace("img-src 'self' data:", f"img-src 'self' data: {origin}")
    return policy.replace("frame-ancestors 'self'", FRAMED_BY_ALL) if is_embedded(page) else policy
