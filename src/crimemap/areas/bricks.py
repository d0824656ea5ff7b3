"""People of an area, summed from small areas that they are counted by."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from crimemap.areas.assign import assign_points

__all__ = ["BrickSum", "sum_bricks"]


@dataclass(frozen=True, slots=True)
class BrickSum:
    """
    Numbers by area, summed from bricks that have their middle in it.

    `by_area` is indexed by area code, 0 where no brick lies; `cut_share` is the share of all people counted who would live
    outside the area they were counted in if each brick's people were spread evenly over it; `unplaced` are the people of
    bricks that lie in no area.
    """

    by_area: "pd.Series[float]"
    cut_share: float
    unplaced: float


def sum_bricks(areas: gpd.GeoDataFrame, bricks: gpd.GeoDataFrame, values: "pd.Series[float]") -> BrickSum:
    """
    Sum a number over the bricks whose middle lies in each area.

    Parameters
    ----------
    areas, bricks
        The areas of two sets, indexed by code, EPSG:27700.
    values
        Indexed by brick code: people, or households. Bricks without a value count nothing.
    """
    known = bricks[bricks.index.isin(values.index)]
    shapes = known.geometry.to_numpy()
    weight = values.reindex(known.index).to_numpy(dtype=np.float64)
    middle = shapely.point_on_surface(shapes)
    at = assign_points(shapely.get_x(middle), shapely.get_y(middle), areas)
    inside = at >= 0
    total = np.bincount(at[inside], weights=weight[inside], minlength=len(areas))
    over = areas.geometry.to_numpy()
    shapely.prepare(over)
    placed = np.flatnonzero(inside)
    cut = placed[~shapely.covers(over[at[placed]], shapes[placed])]
    outside = 1.0 - shapely.area(shapely.intersection(over[at[cut]], shapes[cut])) / shapely.area(shapes[cut])
    counted = float(weight[inside].sum())
    return BrickSum(
        pd.Series(total, index=areas.index, name=values.name),
        cut_share=float((outside * weight[cut]).sum() / counted) if counted else 0.0,
        unplaced=float(weight[~inside].sum()),
    )
