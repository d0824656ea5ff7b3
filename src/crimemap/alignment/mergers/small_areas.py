"""The bricks that make up one unit, as a planner moves them."""

from typing import TYPE_CHECKING

import pandas as pd

from crimemap.alignment.mergers.reach import REACHES
from crimemap.errors import NotFoundError

if TYPE_CHECKING:
    from crimemap.alignment.mergers.planning import Planning

__all__ = ["bricks_of_unit"]


def bricks_of_unit(planning: "Planning", unit: str) -> pd.DataFrame:
    """
    Give the bricks of a unit with who would go along if one moved to another.

    A brick of which only a strip (less than a twentieth of its land) lies in the unit is another unit's: see
    `apply_scenario`.

    Parameters
    ----------
    unit
        Code of a unit.

    Returns
    -------
    DataFrame
        Indexed by brick, sorted: `target` (the one in which most of its people here live, None where none covers it),
        `district` (None where not known), `population` (people of the unit who live in it), `cut_population` (those of them
        who are only estimated, a line cutting the brick), `population_elsewhere` (people of the brick in other units, who
        would move too).

    Raises
    ------
    NotFoundError
        If there is no such unit.
    """
    if unit not in planning.units.index:
        raise NotFoundError(f"no unit {unit!r}", where="unit", fix=f"Give a code of {planning.unit_set}.")
    codes = planning.bricks.loc[(planning.bricks["unit"] == unit) & planning.bricks["brick"].notna(), "brick"].unique()
    rows = planning.bricks[planning.bricks["brick"].isin(codes)]
    size = rows["area_m2" if "area_m2" in rows.columns else "population"].astype(float)
    here = (rows["unit"] == unit).to_numpy()
    # What moves is what is no strip: here, and in every other unit.
    mine = [rows["brick"].to_numpy(), rows["unit"].to_numpy()]
    share = size.groupby(mine).transform("sum") / size.groupby(mine[0]).transform("sum")
    goes = ~(share < REACHES).to_numpy()
    people = rows["population"].astype(float)
    most = rows[here & goes].sort_values("population", ascending=False, kind="stable").drop_duplicates("brick")
    most = most.set_index("brick").sort_index()
    found = pd.DataFrame(index=most.index)
    found["target"] = most["target"]
    found["district"] = most["district"]
    for name, column, where in (
        ("population", people, here & goes),
        ("cut_population", rows["cut_population"].astype(float), here & goes),
        ("population_elsewhere", people, ~here & goes),
    ):
        found[name] = column[where].groupby(rows.loc[where, "brick"]).sum().reindex(found.index, fill_value=0.0)
    return found
