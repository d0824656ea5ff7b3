"""Maps of a proposal: units before, units after, and what changes."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from crimemap.jobs.planning import Prepared

__all__ = ["proposal_layers"]


def proposal_layers(
    prepared: Prepared, unit_after: "pd.Series[Any]", before: pd.DataFrame, after: pd.DataFrame
) -> dict[str, gpd.GeoDataFrame]:
    """
    Draw a proposal.

    Parameters
    ----------
    prepared
        The planning, with shapes.
    unit_after
        Unit of each brick after it, on the index of the planning's bricks.
    before, after
        Rows of the units, indexed by code.

    Returns
    -------
    dict
        `after`, `before` (the rows with the units' shapes) and `changes` (`code_before`, `code_after`, `how`: `merged`, or
        `moved` where a unit is taken apart; `population`), EPSG:27700. Where bricks move, lines follow the bricks.
    """
    shapes = prepared.units.frame.geometry
    parts = _parts(prepared, unit_after)
    crs = prepared.units.frame.crs
    made = {
        str(code): shapely.union_all(mine["geometry"].to_numpy(dtype=object)) for code, mine in parts.groupby("code_after")
    }
    layers = {
        "after": gpd.GeoDataFrame(flat(after), geometry=[made.get(code) for code in after.index], crs=crs),
        "before": gpd.GeoDataFrame(flat(before), geometry=[shapes.get(code) for code in before.index], crs=crs),
    }
    changed = parts[parts["how"] != "stays"].reset_index(drop=True)
    layers["changes"] = gpd.GeoDataFrame(changed.drop(columns="geometry"), geometry=changed["geometry"].tolist(), crs=crs)
    return layers


def _parts(prepared: Prepared, unit_after: "pd.Series[Any]") -> pd.DataFrame:
    """Give a row for each pair of unit before and after, with its shape."""
    bricks = prepared.planning.bricks
    table = pd.DataFrame(
        {"before": bricks["unit"], "after": unit_after, "brick": bricks["brick"], "population": bricks["population"]}
    )
    people = table.groupby(["before", "after"], sort=True)["population"].sum().reset_index()
    several = set(people.loc[people["before"].duplicated(), "before"])
    shapes, drawn = prepared.units.frame.geometry, prepared.bricks.frame.geometry
    rows: list[tuple[str, str, str, float, Any]] = []
    stays: dict[str, float] = {}
    for old, new, count in zip(people["before"], people["after"], people["population"].astype(float), strict=True):
        whole = shapes.loc[old]
        if old not in several:
            rows.append((old, new, "stays" if old == new else "merged", count, whole))
            continue
        if old == new:  # what stays is what no other part takes, so that nothing of the unit is lost
            stays[old] = count
            continue
        mine = table.loc[(table["before"] == old) & (table["after"] == new), "brick"].dropna().unique()
        part = shapely.intersection(whole, shapely.union_all(drawn.loc[mine].to_numpy(dtype=object)))
        rows.append((old, new, "moved", count, part))
    for old, count in stays.items():
        taken = [shape for before, _, _, _, shape in rows if before == old]
        rest = shapely.difference(shapes.loc[old], shapely.union_all(np.array(taken, dtype=object)))
        rows.append((old, old, "stays", count, rest))
    return pd.DataFrame(rows, columns=["code_before", "code_after", "how", "population", "geometry"])


def flat(rows: pd.DataFrame) -> pd.DataFrame:
    """Write lists as text, codes parted by semicolons, for files that hold no lists."""
    made = rows.reset_index(drop=True).copy()
    for column in made.columns:
        if made[column].map(lambda value: isinstance(value, (list, tuple))).any():
            made[column] = made[column].map(lambda value: ";".join(map(str, value)))
    return made
