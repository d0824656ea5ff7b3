"""Making one boundary set of another: areas with the same parent become one."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from crimemap.areas.accept import as_set_frame
from crimemap.areas.model import Repair
from crimemap.areas.repair import repair
from crimemap.crs import NATIONAL_GRID
from crimemap.errors import EmptyInputError, InputError

__all__ = ["Built", "dissolve_by_parent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """
    A dissolved set, and what did not match.

    `only_in_lookup` are children that the set does not hold, `only_in_set` areas that the lookup does not name, `incomplete`
    parents that lack a child, and `clean` says whether the children were a coverage without gaps or overlaps, so that the
    parents' borders are exactly theirs.
    """

    frame: gpd.GeoDataFrame
    repairs: tuple[Repair, ...]
    only_in_lookup: tuple[str, ...]
    only_in_set: tuple[str, ...]
    incomplete: tuple[str, ...]
    clean: bool


def dissolve_by_parent(frame: gpd.GeoDataFrame, lookup: pd.DataFrame, *, where: str) -> Built:
    """
    Join the areas of a set that have the same parent.

    Parameters
    ----------
    frame
        The areas of a set, indexed by code, EPSG:27700.
    lookup
        Columns `child_code`, `parent_code`, `parent_name` (may be empty), one row a child.
    where
        The lookup, for messages.

    Raises
    ------
    InputError
        If a child has several parents: to join areas cannot cut them.
    EmptyInputError
        If no child of the lookup is in the set.
    """
    pairs = lookup.drop_duplicates(["child_code", "parent_code"])
    several = sorted(pairs["child_code"][pairs["child_code"].duplicated()].unique())
    if several:
        raise InputError(
            f"{len(several)} areas have several parents ({', '.join(several[:3])}{', ...' if len(several) > 3 else ''}), "  # noqa: PLR2004
            "and joining areas cannot cut them",
            where=where,
            fix="Build from smaller areas that lie in one parent each, or leave rows out with --where.",
        )
    held = pairs[pairs["child_code"].isin(frame.index)]
    if held.empty:
        raise EmptyInputError(
            f"none of the {len(pairs)} codes of the lookup is in the set",
            where=where,
            fix="Check that both are of the same type and vintage (--from, --child).",
        )
    missing = pairs[~pairs["child_code"].isin(frame.index)]
    parents = held.groupby("parent_code", sort=True)
    shapes = frame.geometry.loc[held["child_code"]].to_numpy()
    clean = bool(shapely.coverage_is_valid(shapes))
    join = shapely.coverage_union_all if clean else shapely.union_all
    codes = np.array(list(parents.indices), dtype=object)
    joined = np.array([join(shapes[rows]) for rows in parents.indices.values()], dtype=object)
    repaired = repair(codes, joined, closed=np.zeros(codes.size, dtype=np.bool_))
    names = parents["parent_name"].first().reindex(codes)
    made = gpd.GeoDataFrame(
        {"area_code": codes, "area_name": names.where(names.notna() & (names != ""), codes).to_numpy()},
        geometry=repaired.shapes,
        crs=NATIONAL_GRID,
    )
    return Built(
        frame=as_set_frame(made),
        repairs=repaired.repairs,
        only_in_lookup=tuple(sorted(missing["child_code"])),
        only_in_set=tuple(sorted(set(frame.index) - set(held["child_code"]))),
        incomplete=tuple(sorted(set(missing["parent_code"]) & set(codes))),
        clean=clean,
    )
