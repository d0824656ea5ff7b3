"""Which boundary set of a type goes with another: that of the same vintage, or the nearest."""

import geopandas as gpd
import pandas as pd

from crimemap.areas.model import BoundarySetInfo
from crimemap.areas.nearest import bricks_near, nearest_set
from crimemap.areas.store import AreaStore

__all__ = ["bricks_near", "nearest_set", "together"]


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
