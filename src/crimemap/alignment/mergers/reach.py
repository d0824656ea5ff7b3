"""Which districts units reach into, by the people who live in both."""

from typing import Any, Final

import pandas as pd

__all__ = ["REACHES", "districts_reached"]

#: An area reaches into another where this share of the people (or the land) of either is in both. Below, it is drawing:
#: along the City of London's line a generalised boundary puts more than a hundredth of its residents into the next borough.
REACHES: Final = 0.05
#: Share of a district's people from which a unit holds all of it; what is missing is drawing.
_ALL: Final = 1 - REACHES


def districts_reached(unit: "pd.Series[Any]", bricks: pd.DataFrame) -> dict[str, dict[str, bool]]:
    """
    Find the districts that each unit reaches into.

    Parameters
    ----------
    unit
        Unit of each brick, on the index of `bricks`.
    bricks
        `district` (missing where it is not known) and `population`.

    Returns
    -------
    dict
        For each unit its districts by code, and whether it holds all of them.

    Examples
    --------
    >>> bricks = pd.DataFrame({"district": ["D", "D", "E"], "population": [100, 300, 50]})
    >>> districts_reached(pd.Series(["A", "B", "B"]), bricks)
    {'A': {'D': False}, 'B': {'D': False, 'E': True}}
    """
    named = bricks["district"].notna()
    # Where nobody lives, a brick still says where a unit lies.
    people = bricks.loc[named, "population"].astype(float) + 1e-6
    shared = people.groupby([unit[named].to_numpy(), bricks.loc[named, "district"].to_numpy()]).sum()
    of_unit = shared / shared.groupby(level=0).transform("sum")
    of_district = shared / shared.groupby(level=1).transform("sum")
    kept = of_district[(of_unit >= REACHES) | (of_district >= REACHES)]
    found: dict[str, dict[str, bool]] = {}
    for code, district, share in zip(
        kept.index.get_level_values(0), kept.index.get_level_values(1), kept.to_list(), strict=True
    ):
        found.setdefault(str(code), {})[str(district)] = bool(share >= _ALL)
    return found
