"""What a change of units does: every unit, and the whole, before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crimemap.alignment.measures import Measures, measures
from crimemap.alignment.mergers.misfit import Fit, Objective, group_fit
from crimemap.errors import InputError

__all__ = ["BeforeAfter", "compare_units", "unit_table"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeforeAfter:
    """
    Units and the whole, before and after.

    Attributes
    ----------
    before, after
        One row for each unit: see `unit_table`.
    changed
        Codes whose bricks are not the same before and after: old codes that are gone or smaller or larger, and new ones.
    summary
        Rows: `n_units`, `population`, `misfit`, `n_coterminous`, `residents_coterminous`, `n_nested`, `v_measure`,
        `variation_of_information`, `nesting`, and others; columns `before`, `after`, `change`.
    moved
        People who change unit: whose unit before is not where most of its people are after.
    """

    before: pd.DataFrame
    after: pd.DataFrame
    changed: tuple[str, ...]
    summary: pd.DataFrame
    moved: float


def unit_table(
    unit: "pd.Series[Any]", bricks: pd.DataFrame, *, target: str, numbers: Sequence[str], tolerance: float
) -> tuple[pd.DataFrame, Fit]:
    """
    Describe units made of bricks.

    Parameters
    ----------
    unit
        Unit of each brick, on the index of `bricks`.
    bricks
        `population`, the columns `numbers`, and `target`: the code of the area that each brick lies in, missing where none
        covers it.
    tolerance
        Share of people that may live outside and still count as coterminous or nested.

    Returns
    -------
    table
        Indexed by unit: `population`, `numbers`, `n_bricks`, `best_match`, `share_of_unit`, `share_of_match`, `iou`,
        `outside_area`, `outside_group`, `misfit`, `uncovered` (people whom no area covers), `fit` (`coterminous`, `nested`,
        `differs`, or `nobody` where no area covers anyone).
    fit
        People by unit and area.
    """
    people = bricks["population"].astype(float)
    covered = bricks[target].notna()
    units = sorted(unit.unique())
    cross = pd.crosstab(unit[covered], bricks.loc[covered, target], values=people[covered], aggfunc="sum").fillna(0.0)
    cross = cross.reindex(index=units, fill_value=0.0)
    fit = Fit.from_matrix(cross.to_numpy(dtype=np.float64), units, [str(code) for code in cross.columns])
    found = group_fit(fit, np.eye(len(units), dtype=np.bool_))
    table = pd.DataFrame(index=pd.Index(units, name="unit"))
    table["population"] = people.groupby(unit).sum()
    for name in numbers:
        table[name] = bricks[name].groupby(unit).sum()
    table["n_bricks"] = unit.value_counts()
    table["best_match"] = pd.Series(
        [fit.targets[t] if t >= 0 else None for t in found.best.tolist()], index=table.index, dtype=object
    )
    with np.errstate(invalid="ignore"):
        table["share_of_unit"] = found.shared / found.residents
        table["share_of_match"] = found.shared / found.of_area
        table["iou"] = found.shared / (found.shared + found.misfit)
    for name in ("outside_area", "outside_group", "misfit"):
        table[name] = getattr(found, name)
    table["uncovered"] = people[~covered].groupby(unit[~covered]).sum().reindex(table.index, fill_value=0.0)
    same = Objective(kind="not_coterminous", tolerance=tolerance)
    within = Objective(kind="not_coterminous", tolerance=tolerance, accept_nesting=True)
    some = found.residents > 0
    table["fit"] = np.select(
        [~some, same.cost(found) == 0, within.cost(found) == 0], ["nobody", "coterminous", "nested"], default="differs"
    )
    return table, fit


def compare_units(
    before: "pd.Series[Any]",
    after: "pd.Series[Any]",
    bricks: pd.DataFrame,
    *,
    target: str,
    numbers: Sequence[str] = (),
    tolerance: float = 0.01,
) -> BeforeAfter:
    """
    Compare two ways to put bricks together.

    Parameters
    ----------
    before, after
        Unit of each brick, on the index of `bricks`.
    bricks
        `population`, the columns `numbers` (such as households, incidents) and `target`: see `unit_table`.

    Raises
    ------
    InputError
        If the indices differ, or a column is missing.
    """
    if not (before.index.equals(bricks.index) and after.index.equals(bricks.index)):
        raise InputError("the bricks are not the same before and after", where="bricks", fix="Use one table of bricks.")
    missing = [name for name in ("population", target, *numbers) if name not in bricks.columns]
    if missing:
        raise InputError(f"no column {', '.join(missing)}", where="bricks", fix="Add it to the bricks.")
    first, fit_before = unit_table(before, bricks, target=target, numbers=numbers, tolerance=tolerance)
    second, fit_after = unit_table(after, bricks, target=target, numbers=numbers, tolerance=tolerance)
    whole = pd.DataFrame({"before": _summary(first, fit_before), "after": _summary(second, fit_after)})
    whole["change"] = whole["after"] - whole["before"]
    made_of = [_made_of(before), _made_of(after)]
    codes = sorted(made_of[0].keys() | made_of[1].keys())
    changed = tuple(code for code in codes if made_of[0].get(code) != made_of[1].get(code))
    return BeforeAfter(
        before=first, after=second, changed=changed, summary=whole, moved=_moved(before, after, bricks["population"])
    )


def _made_of(unit: "pd.Series[Any]") -> dict[str, frozenset[Any]]:
    return {str(code): frozenset(rows) for code, rows in unit.groupby(unit).groups.items()}


def _moved(before: "pd.Series[Any]", after: "pd.Series[Any]", people: "pd.Series[Any]") -> float:
    cross = people.astype(float).groupby([before.to_numpy(), after.to_numpy()]).sum()
    stay = cross.groupby(level=0).max()
    return float(cross.sum() - stay.sum())


def _summary(table: pd.DataFrame, fit: Fit) -> dict[str, float]:
    same = table["fit"] == "coterminous"
    found = {
        "n_units": float(len(table)),
        "population": float(table["population"].sum()),
        "misfit": float(table["misfit"].sum()),
        "n_coterminous": float(same.sum()),
        "residents_coterminous": float(table.loc[same, "population"].sum()),
        "n_nested": float((table["fit"] == "nested").sum()),
    }
    if not fit.residents.any():
        return found
    agreement: Measures = measures(fit.residents)
    return found | agreement.to_dict()
