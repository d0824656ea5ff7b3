"""The postcodes of a release: where each is, and which of its areas and of the codes published with it it lies in."""

from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crimemap.areas.assign import PointGrid
from crimemap.areas.postcodes import ATTRIBUTION, PostcodeStore
from crimemap.areas.store import AreaStore
from crimemap.pipeline.release_sets import newest_of
from crimemap.products.inputs import MEMBERSHIP_TYPES, Postcodes
from crimemap.workspace import Workspace

__all__ = ["gather_postcodes"]

_CODES: Final = ("country_code", "county_code", "district_code", "ward_code")
_LSOA: Final = "lsoa"
#: Sets by whose areas codes are named, the first that has a code.
_NAMED_BY: Final = ("lad", "county", "ctyua", "ward", _LSOA)


def gather_postcodes(workspace: Workspace, frame: gpd.GeoDataFrame) -> Postcodes | None:
    """
    Find the published areas that each postcode lies in; postcodes in none are left out.

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
    grid = PointGrid(held["easting"].to_numpy(np.float64), held["northing"].to_numpy(np.float64))
    within = {kind: _areas_of(grid, frame[frame["area_type"] == kind], len(held)) for kind in MEMBERSHIP_TYPES}
    smallest = np.full(len(held), -1, dtype=np.int64)
    for kind in reversed(MEMBERSHIP_TYPES):
        smallest = np.where(within[kind] >= 0, within[kind], smallest)
    inside = smallest >= 0
    areas = AreaStore(workspace)
    lsoa = newest_of(workspace, _LSOA)
    columns: dict[str, Any] = {name: held[name].to_numpy(dtype=object)[inside] for name in _CODES}
    columns["lsoa_code"] = np.full(int(inside.sum()), None, dtype=object)
    if lsoa is not None:
        shapes = areas.read(lsoa.set_id).frame
        row = grid.assign(shapes)[inside]
        columns["lsoa_code"] = np.where(row >= 0, shapes.index.to_numpy(dtype=object)[row], None)
    columns |= {kind: within[kind][inside] for kind in MEMBERSHIP_TYPES}
    number, memberships = _distinct(pd.DataFrame(columns))
    found = pd.DataFrame(
        {
            "postcode": held["postcode"].to_numpy()[inside],
            "area_id": smallest[inside],
            "quality": held["quality"].to_numpy()[inside],
            "easting": held["easting"].to_numpy()[inside],
            "northing": held["northing"].to_numpy()[inside],
            "membership": number,
        }
    )
    return Postcodes(
        frame=found,
        memberships=memberships,
        names=_names(workspace, memberships, store.names()),
        attribution=str(about.get("attribution") or ATTRIBUTION),
        version=str(about.get("version") or ""),
        sha256=str(about.get("sha256") or ""),
    )


def _areas_of(grid: PointGrid, of_kind: gpd.GeoDataFrame, count: int) -> NDArray[np.int64]:
    """Give the `area_id` that each point lies in, -1 where in none."""
    if of_kind.empty:
        return np.full(count, -1, dtype=np.int64)
    row = grid.assign(of_kind)
    return np.where(row >= 0, of_kind.index.to_numpy(np.int64)[row], -1)


def _distinct(columns: pd.DataFrame) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """Give each row the number of its combination, and the combinations: many postcodes lie in the same areas."""
    groups = columns.groupby(list(columns.columns), dropna=False, sort=True)
    kept = columns.drop_duplicates()
    number = groups.ngroup().astype("int64")
    kept = kept.assign(membership=number.loc[kept.index]).sort_values("membership", ignore_index=True)
    ids = kept[list(MEMBERSHIP_TYPES)].astype("Int64")
    kept[list(MEMBERSHIP_TYPES)] = ids.mask(ids < 0)
    return np.asarray(number, dtype=np.int64), kept


def _names(workspace: Workspace, memberships: pd.DataFrame, listed: dict[str, str]) -> dict[str, str]:
    """Name the codes that occur: as boundary sets do, else as the list that came with the postcodes."""
    wanted = {str(code) for name in (*_CODES, "lsoa_code") for code in memberships[name].dropna().unique()}
    known: dict[str, str] = {}
    areas = AreaStore(workspace)
    for kind in _NAMED_BY:
        info = newest_of(workspace, kind)
        if info is not None:
            named = areas.read(info.set_id).frame["area_name"]
            known = {str(code): str(name) for code, name in named.items() if name and str(name) != str(code)} | known
    return {code: name for code, name in (listed | known).items() if code in wanted}
