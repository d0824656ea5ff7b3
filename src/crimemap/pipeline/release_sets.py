"""Which boundary sets a release publishes."""

import re

from crimemap.areas.model import BoundarySetInfo
from crimemap.areas.store import AreaStore
from crimemap.workspace import Workspace

__all__ = ["PUBLISHED_TYPES", "newest_of", "newest_sets"]

#: Area types that have counts and pages, widest first. LSOAs and wards are bricks, not pages.
PUBLISHED_TYPES = ("pfa", "bcu", "county", "ctyua", "lad", "csp", "neighbourhood")

_DIGITS = re.compile(r"(\d+)")


def _vintage_order(vintage: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in _DIGITS.split(vintage) if part]


def newest_sets(workspace: Workspace) -> list[BoundarySetInfo]:
    """Give the newest vintage of each type (of each force, where sets are a force's own), widest type first."""
    newest: dict[tuple[str, str | None], BoundarySetInfo] = {}
    for info in AreaStore(workspace).sets():
        if info.area_type not in PUBLISHED_TYPES:
            continue
        held = newest.get((info.area_type, info.force))
        if held is None or _vintage_order(info.vintage) > _vintage_order(held.vintage):
            newest[info.area_type, info.force] = info
    return sorted(newest.values(), key=lambda info: (PUBLISHED_TYPES.index(info.area_type), info.force or "", info.vintage))


def newest_of(workspace: Workspace, area_type: str) -> BoundarySetInfo | None:
    """Give the newest national set of a type, published or not; None where the workspace has none."""
    sets = [info for info in AreaStore(workspace).sets() if info.area_type == area_type and info.force is None]
    return max(sets, key=lambda info: _vintage_order(info.vintage), default=None)
