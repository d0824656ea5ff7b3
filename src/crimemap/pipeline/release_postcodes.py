"""The postcodes of a release: which of its areas each lies in. Their positions stay in the workspace."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from crimemap.areas.assign import PointGrid
from crimemap.areas.postcodes import ATTRIBUTION, PostcodeStore
from crimemap.products.inputs import Postcodes
from crimemap.workspace import Workspace

__all__ = ["gather_postcodes"]

#: A postcode leads to the page of the smallest area that it lies in.
_SMALLEST_FIRST: Final = ("neighbourhood", "lad", "csp", "ctyua", "bcu", "county", "pfa")


def gather_postcodes(workspace: Workspace, frame: gpd.GeoDataFrame) -> Postcodes | None:
    """
    Find the smallest published area that each postcode lies in.

    Parameters
    ----------
    frame
        The areas of the release, EPSG:27700, index `area_id`.

    Returns
    -------
    Postcodes or None
        None where the workspace holds no postcodes, or the release no areas.
    """
    store = PostcodeStore(workspace)
    about = store.about()
    if about is None or frame.empty:
        return None
    west, south, east, north = frame.total_bounds
    held = store.read()
    held = held[held["easting"].between(west, east) & held["northing"].between(south, north)]
    area = np.full(len(held), -1, dtype=np.int64)
    easting, northing = held["easting"].to_numpy(np.float64), held["northing"].to_numpy(np.float64)
    for kind in _SMALLEST_FIRST:
        of_kind = frame[frame["area_type"] == kind]
        waiting = np.flatnonzero(area < 0)
        if of_kind.empty or not len(waiting):
            continue
        row = PointGrid(easting[waiting], northing[waiting]).assign(of_kind)
        area[waiting[row >= 0]] = of_kind.index.to_numpy(np.int64)[row[row >= 0]]
    inside = area >= 0
    found = pd.DataFrame({"postcode": held["postcode"].to_numpy()[inside], "area_id": area[inside]})
    return Postcodes(
        frame=found,
        attribution=str(about.get("attribution") or ATTRIBUTION),
        version=str(about.get("version") or ""),
        sha256=str(about.get("sha256") or ""),
    )
