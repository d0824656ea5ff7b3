"""Maps of a proposal: units before, units after, and what changes."""

from typing import Any

import geopandas as gpd
import pandas as pd

from crimemap.jobs.planning import Prepared
from crimemap.products.merger_shapes import parts_of_proposal, shapes_after

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
    shapes, crs = prepared.units.frame.geometry, prepared.units.frame.crs
    bricks = prepared.planning.bricks
    pieces = pd.DataFrame(
        {"before": bricks["unit"], "after": unit_after, "brick": bricks["brick"], "population": bricks["population"]}
    )
    parts = parts_of_proposal(pieces, shapes, prepared.bricks.frame.geometry)
    made = shapes_after(parts, crs=crs).geometry
    layers = {
        "after": gpd.GeoDataFrame(flat(after), geometry=[made.get(code) for code in after.index], crs=crs),
        "before": gpd.GeoDataFrame(flat(before), geometry=[shapes.get(code) for code in before.index], crs=crs),
    }
    changed = parts[parts["how"] != "stays"].reset_index(drop=True)
    layers["changes"] = gpd.GeoDataFrame(changed.drop(columns="geometry"), geometry=changed["geometry"].tolist(), crs=crs)
    return layers


def flat(rows: pd.DataFrame) -> pd.DataFrame:
    """Write lists as text, codes parted by semicolons, for files that hold no lists."""
    made = rows.reset_index(drop=True).copy()
    for column in made.columns:
        if made[column].map(lambda value: isinstance(value, (list, tuple))).any():
            made[column] = made[column].map(lambda value: ";".join(map(str, value)))
    return made
