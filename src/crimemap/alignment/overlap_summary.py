"""What an overlap comes to for each unit: how much of it is covered, and which unit of the other set matches it best."""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["summary_of_side", "totals"]

#: Share of a unit's area by which units of the other set overlap one another more than rounding does.
_TWICE: Final = 1e-6
#: Share of a unit's area that is lost to rounding where the other set covers it wholly.
_ROUNDING: Final = 1e-11


def summary_of_side(
    pieces: pd.DataFrame,
    side: str,
    codes: "pd.Index[Any]",
    areas: NDArray[np.float64],
    *,
    people: pd.DataFrame,
    names: list[str],
    other: "pd.Index[Any]",
) -> pd.DataFrame:
    """
    Give each unit of one set: what of it is covered, and its best match by area and by each number of people.

    Parameters
    ----------
    pieces
        Common parts, by the rows `i` and `j` of their units.
    side
        `i` for the source, `j` for the target.
    codes, areas
        Of the units of this set.
    people
        Sums over pairs of units, -1 for no unit.
    names
        Of the columns with numbers of people.
    other
        Codes of the other set.
    """
    across = "j" if side == "i" else "i"
    n = len(codes)
    covered = np.bincount(pieces[side], weights=pieces["area_m2"], minlength=n)
    uncovered = np.maximum(areas - covered, 0.0)
    uncovered[uncovered < areas * _ROUNDING] = 0.0
    table = pd.DataFrame(
        {
            "area_m2": areas,
            "covered_m2": np.minimum(covered, areas),
            "uncovered_m2": uncovered,
            "uncovered_share": uncovered / areas,
            "twice_covered_m2": np.where(covered - areas > areas * _TWICE, covered - areas, 0.0),
            "n_matches": np.bincount(pieces.loc[~pieces["sliver"], side], minlength=n),
        },
        index=codes,
    )
    share = "share_of_source" if side == "i" else "share_of_target"
    best = _best(pieces, side, "area_m2", n)
    table["best_match"] = _named(best, pieces[across].to_numpy(), other)
    table["best_share"] = _picked(best, pieces[share].to_numpy())
    table["best_iou"] = _picked(best, pieces["iou"].to_numpy())
    for name in names:
        inside = people[people[side] >= 0]
        outside = inside[inside[across] < 0]
        total = _sums(inside, side, name, n)
        best = _best(pieces[pieces[name] > 0], side, name, n)
        table[name] = total
        table[f"{name}_uncovered"] = _sums(outside, side, name, n)
        table[f"best_match_by_{name}"] = _named(best, pieces[across].to_numpy(), other)
        with np.errstate(invalid="ignore"):
            table[f"best_share_by_{name}"] = _picked(best, pieces[name].to_numpy()) / total
    return table


def _sums(people: pd.DataFrame, side: str, name: str, n: int) -> NDArray[np.float64]:
    return np.bincount(people[side], weights=people[name], minlength=n).astype(np.float64)


def _best(pieces: pd.DataFrame, side: str, weight: str, n: int) -> NDArray[np.intp]:
    """Find each unit's piece of the largest weight, the first of equal ones; -1 where it has none."""
    best = np.full(n, -1, dtype=np.intp)
    order = pieces.sort_values(weight, kind="stable", ascending=False).drop_duplicates(side)
    best[order[side]] = order.index
    return best


def _named(best: NDArray[np.intp], across: NDArray[np.intp], codes: "pd.Index[Any]") -> NDArray[np.object_]:
    if not across.size:
        return np.full(best.size, None, dtype=object)
    named = codes.to_numpy(dtype=object)[across[best]]
    named[best < 0] = None
    return np.asarray(named, dtype=object)


def _picked(best: NDArray[np.intp], values: NDArray[np.float64]) -> NDArray[np.float64]:
    if not values.size:
        return np.full(best.size, np.nan)
    return np.where(best >= 0, values[best], np.nan)


def totals(people: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Give of each number the whole, what lies outside both sets, and what comes from bricks that a boundary cuts."""
    if not names:
        return pd.DataFrame({"total": [], "outside_both": [], "cut": []}, index=pd.Index([], name="measure"))
    outside = people[(people["i"] < 0) & (people["j"] < 0)]
    return pd.DataFrame(
        {
            "total": [float(people[name].sum()) for name in names],
            "outside_both": [float(outside[name].sum()) for name in names],
            "cut": [float(people[f"{name}_cut"].sum()) for name in names],
        },
        index=pd.Index(names, name="measure"),
    )
