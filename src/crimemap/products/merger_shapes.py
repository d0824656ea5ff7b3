"""Shapes of the units that a proposal makes, from those of today's units and of the small areas that they are made of."""

from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

__all__ = ["parts_of_proposal", "shapes_after"]

_COLUMNS: Final = ["code_before", "code_after", "how", "population", "geometry"]


def parts_of_proposal(
    pieces: pd.DataFrame, units: "gpd.GeoSeries", drawn: "gpd.GeoSeries", *, where: str = "brick"
) -> pd.DataFrame:
    """
    Give each pair of unit before and after, with its shape.

    Parameters
    ----------
    pieces
        What units are made of: `before` and `after` (codes of units), `population`, and the column named by `where`.
    units
        Shapes of today's units, by code.
    drawn
        Shapes of the small areas, by code: a unit that is taken apart is cut along them.
    where
        The column of `pieces` that names the small area of each: bricks, or districts where only these can be drawn.

    Returns
    -------
    DataFrame
        `code_before`, `code_after`, `how` (`stays`, `merged`, or `moved` where a unit is taken apart), `population`,
        `geometry`; None where a unit is cut within one of the areas that can be drawn.
    """
    people = pieces.groupby(["before", "after"], sort=True)["population"].sum().reset_index()
    several = set(people.loc[people["before"].duplicated(), "before"])
    rows: list[tuple[str, str, str, float, Any]] = []
    stays: dict[str, float] = {}
    for old, new, count in zip(people["before"], people["after"], people["population"].astype(float), strict=True):
        whole = units.loc[old]
        if old not in several:
            rows.append((old, new, "stays" if old == new else "merged", count, whole))
            continue
        if old == new:  # what stays is what no other part takes, so that nothing of the unit is lost
            stays[old] = count
            continue
        own = pieces[pieces["before"] == old]
        mine = own.loc[own["after"] == new, where].dropna().unique()
        cut = own.loc[own["after"] != new, where].isin(mine).any() or not set(mine) <= set(drawn.index)
        part = None if cut else shapely.intersection(whole, shapely.union_all(drawn.loc[mine].to_numpy(dtype=object)))
        rows.append((old, new, "moved", count, part))
    for old, count in stays.items():
        taken = [shape for before, _, _, _, shape in rows if before == old]
        rest = None
        if not any(shape is None for shape in taken):
            rest = shapely.difference(units.loc[old], shapely.union_all(np.array(taken, dtype=object)))
        rows.append((old, old, "stays", count, rest))
    return pd.DataFrame(rows, columns=_COLUMNS)


def shapes_after(parts: pd.DataFrame, *, crs: Any) -> gpd.GeoDataFrame:
    """Join the parts of each new unit, indexed by code; a unit with a part that cannot be drawn is left out."""
    made = {
        str(code): shapely.union_all(mine["geometry"].to_numpy(dtype=object))
        for code, mine in parts.groupby("code_after")
        if mine["geometry"].notna().all()
    }
    return gpd.GeoDataFrame(index=pd.Index(list(made), name="code"), geometry=list(made.values()), crs=crs)
