"""Earlier boundaries of a release's areas: what they were before the newest set, for look-ups only."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from crimemap.areas.store import AreaStore
from crimemap.pipeline.release_sets import PUBLISHED_TYPES
from crimemap.workspace import Workspace

__all__ = ["gather_earlier"]

_COLUMNS = ["area_type", "vintage", "area_code", "area_name", "force", "area_m2", "geometry"]


def gather_earlier(workspace: Workspace, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """
    Read the earlier vintages of the sets that a release publishes, as far as their areas lie in its territory.

    Parameters
    ----------
    frame
        The areas of the release, EPSG:27700, index `area_id`.

    Returns
    -------
    geopandas.GeoDataFrame or None
        area_type, vintage, area_code, area_name, force (in whose area its inner point lies now), area_m2, geometry; the
        index goes on where that of `frame` ends. None where there are none.
    """
    if frame.empty:
        return None
    widest = next(kind for kind in PUBLISHED_TYPES if (frame["area_type"] == kind).any())
    territory = frame[frame["area_type"] == widest]
    tree = shapely.STRtree(territory.geometry.to_numpy())
    store = AreaStore(workspace)
    parts = []
    for info in store.sets():
        published = frame[frame["area_type"] == info.area_type]
        if info.force is not None:
            published = published[published["force"] == info.force]
        if published.empty or info.vintage >= str(published["vintage"].max()):
            continue
        held = store.read(info.set_id).frame.rename_axis("area_code").reset_index()
        points = shapely.point_on_surface(held.geometry.to_numpy())
        area, place = tree.query(points, predicate="intersects")
        force = np.full(len(held), None, dtype=object)
        force[area[::-1]] = territory["force"].to_numpy(dtype=object)[place[::-1]]
        described = held.assign(area_type=info.area_type, vintage=info.vintage, force=force)
        parts.append(described.loc[described["force"].notna(), _COLUMNS])
    if not any(len(part) for part in parts):
        return None
    joined = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=frame.crs)
    joined.index = pd.RangeIndex(len(frame), len(frame) + len(joined), name="area_id")
    return joined
