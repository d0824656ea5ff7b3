"""Which boundary set of a type goes with another: that of the same vintage, or the nearest."""

import re

from crimemap.areas.model import BoundarySetInfo
from crimemap.areas.people import Bricks, bricks_of
from crimemap.areas.store import AreaStore
from crimemap.errors import NotFoundError

__all__ = ["bricks_near", "nearest_set"]


def _year(vintage: str) -> int:
    return int(re.match(r"\d{4}", vintage)[0]) if re.match(r"\d{4}", vintage) else 0  # type: ignore[index]


def nearest_set(areas: AreaStore, area_type: str, vintage: str) -> BoundarySetInfo | None:
    """Find the national set of a type whose vintage is nearest, the earlier of two; None where there is none."""
    held = [info for info in areas.sets() if info.area_type == area_type and info.force is None]
    return min(held, key=lambda info: (abs(_year(info.vintage) - _year(vintage)), info.vintage), default=None)


def bricks_near(areas: AreaStore, name: str | None, vintage: str, *, numbers: str | None = None) -> Bricks | None:
    """Read the bricks named; where none is, those of the nearest vintage that have numbers, or None."""
    if name is not None:
        return bricks_of(areas, name, vintage=numbers)
    held = [info for info in areas.sets() if info.area_type == "lsoa" and info.force is None]
    for info in sorted(held, key=lambda info: (abs(_year(info.vintage) - _year(vintage)), info.vintage)):
        try:
            return bricks_of(areas, info.set_id, vintage=numbers)
        except NotFoundError:
            continue
    return None
