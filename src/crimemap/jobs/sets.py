"""Which boundary set of a type goes with another: that of the same vintage, or the nearest."""

import re

import geopandas as gpd
import pandas as pd

from crimemap.areas.model import BoundarySetInfo
from crimemap.areas.people import Bricks, bricks_of
from crimemap.areas.store import AreaStore
from crimemap.errors import NotFoundError

__all__ = ["bricks_near", "nearest_set", "together"]


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


def together(areas: AreaStore, names: list[str]) -> tuple[list[BoundarySetInfo], gpd.GeoDataFrame]:
    """Read several sets as one; a code that two of them have is told apart by its force."""
    sets = [areas.read(areas.resolve(name).set_id) for name in names]
    frames = [one.frame[["area_name", "geometry"]] for one in sets]
    every = pd.Index([code for frame in frames for code in frame.index])
    double = set(every[every.duplicated()])
    for one, frame in zip(sets, frames, strict=True):
        said = one.info.force or one.info.set_id
        frame.index = pd.Index([f"{said}:{code}" if code in double else code for code in frame.index], name="area_code")
    return [one.info for one in sets], pd.concat(frames)
