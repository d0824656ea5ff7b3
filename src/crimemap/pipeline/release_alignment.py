"""Small areas with people, read for the comparison of a release's boundary sets."""

from typing import Final

import geopandas as gpd
import shapely

from crimemap.areas.nearest import bricks_near
from crimemap.areas.store import AreaStore
from crimemap.products.alignment_sets import ALIGNED_TYPES
from crimemap.products.inputs import Bricks
from crimemap.workspace import Workspace

__all__ = ["gather_bricks"]

#: The set by whose vintage the bricks are chosen: partnerships, or whatever comes nearest to them.
_LEADING: Final = ("csp", "lad", "ctyua", "county", "bcu", "pfa")


def gather_bricks(workspace: Workspace, areas: gpd.GeoDataFrame) -> Bricks | None:
    """
    Read the bricks with numbers whose vintage is nearest to that of the partnerships; None where there are none.

    Parameters
    ----------
    areas
        The release's areas: bricks near those that are compared are read.
    """
    compared = areas[areas["area_type"].isin(ALIGNED_TYPES)]
    if compared.empty:
        return None
    leading = next(kind for kind in _LEADING if (compared["area_type"] == kind).any())
    vintage = str(compared.loc[compared["area_type"] == leading, "vintage"].max())
    held = bricks_near(AreaStore(workspace), None, vintage)
    if held is None:
        return None
    near = shapely.STRtree(held.frame.geometry.to_numpy()).query(shapely.box(*compared.total_bounds))
    frame = held.frame.iloc[sorted(near)]
    if frame.empty:
        return None
    return Bricks(frame=frame, set_id=held.set_id, vintages=dict(held.vintages), without_number=held.without_number)
