"""What a change of units does: every unit, and the whole, before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from crimemap.alignment.classes import CLASSES, ClassRule, classify
from crimemap.alignment.measures import Measures, measures
from crimemap.alignment.mergers.misfit import Fit, GroupFit, Objective, group_fit
from crimemap.errors import InputError

__all__ = ["MEASURED_IN", "BeforeAfter", "Units", "compare_units", "unit_table"]

_SAID: Final = {name: name.replace(" ", "_").replace("-", "_") for name in CLASSES}
#: What the rows of a summary are counted in.
MEASURED_IN: Final = {
    "n_units": "units",
    "population": "people",
    "misfit": "people",
    "outside_area": "people",
    "not_coterminous": "people",
    **{f"n_{name}": "units" for name in _SAID.values()},
    **{f"people_{name}": "people" for name in _SAID.values()},
    "variation_of_information": "bits",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Units:
    """
    Units made of bricks, and how they fit.

    Attributes
    ----------
    table
        Indexed by unit: see `unit_table`.
    fit
        People by unit and area.
    found
        Each unit against its best match.
    """

    table: pd.DataFrame
    fit: Fit
    found: GroupFit


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
        Rows: `n_units`, `population`, the objectives `misfit`, `outside_area` and `not_coterminous`, units and people of
        each class, and the measures of agreement by people; columns `before`, `after`, `change`.
    moved
        People who change unit: whose unit before is not where most of its people are after.
    """

    before: pd.DataFrame
    after: pd.DataFrame
    changed: tuple[str, ...]
    summary: pd.DataFrame
    moved: float


def unit_table(
    unit: "pd.Series[Any]",
    bricks: pd.DataFrame,
    *,
    target: str,
    numbers: Sequence[str] = (),
    rule: ClassRule | None = None,
) -> Units:
    """
    Describe units made of bricks.

    Parameters
    ----------
    unit
        Unit of each brick, on the index of `bricks`.
    bricks
        `population`, the columns `numbers`, and `target`: the code of the area that each brick lies in, missing where none
        covers it. Optional: `area_m2`, by which units are classed in which nobody lives, and `sliver`, bricks between two
        drawings of one line, which count neither as fit nor as misfit.
    rule
        Thresholds of the classes.

    Returns
    -------
    Units
        Its table is indexed by unit: `population`, `numbers` (missing where a brick's is), `n_bricks`, `best_match`,
        `share_of_unit`, `share_of_match`, `iou`, `outside_area`, `outside_group`, `misfit`, `uncovered` (people whom no area
        covers), `in_slivers`, `class` (see `classify`) and `class_by`: `population`, or `area` where nobody lives.
    """
    people = bricks["population"].astype(float)
    sliver = bricks["sliver"].astype(bool) if "sliver" in bricks.columns else pd.Series(data=False, index=bricks.index)
    named = bricks[target].notna()
    covered = named & ~sliver
    units = pd.Index(sorted(unit.unique()), name="unit")
    targets = pd.Index(sorted(bricks.loc[named, target].unique()))
    at = (units.get_indexer(pd.Index(unit[covered])), targets.get_indexer(pd.Index(bricks.loc[covered, target])))
    residents = np.zeros((len(units), len(targets)))
    np.add.at(residents, at, people[covered].to_numpy())
    fit = Fit.from_matrix(residents, map(str, units), map(str, targets))
    found = group_fit(fit, np.eye(len(units), dtype=np.bool_))
    table = pd.DataFrame(index=units)
    table["population"] = people.groupby(unit).sum()
    for name in numbers:
        value = bricks[name].astype(float)
        table[name] = value.groupby(unit).sum().mask(value.isna().groupby(unit).any())
    table["n_bricks"] = unit.value_counts()
    table["best_match"] = pd.Series(
        [fit.targets[t] if t >= 0 else None for t in found.best.tolist()], index=units, dtype=object
    )
    with np.errstate(invalid="ignore"):
        table["share_of_unit"] = found.shared / found.residents
        table["share_of_match"] = found.shared / found.of_area
        table["iou"] = found.shared / (found.shared + found.misfit)
    for name in ("outside_area", "outside_group", "misfit"):
        table[name] = getattr(found, name)
    for name, which in (("uncovered", ~named), ("in_slivers", named & sliver)):
        table[name] = people[which].groupby(unit[which]).sum().reindex(units, fill_value=0.0)
    area = None
    if "area_m2" in bricks.columns:
        area = np.zeros_like(residents)
        np.add.at(area, at, bricks.loc[covered, "area_m2"].to_numpy(dtype=np.float64))
    table["class"], table["class_by"] = _classes(residents, area, rule or ClassRule())
    if area is not None and targets.size:
        by_area = (table["class_by"] == "area").to_numpy()
        table.loc[by_area, "best_match"] = targets.to_numpy(dtype=object)[area[by_area].argmax(axis=1)]
    return Units(table=table, fit=fit, found=found)


def _classes(
    residents: np.ndarray[Any, Any], area: np.ndarray[Any, Any] | None, rule: ClassRule
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Class units by people; where nobody lives, by area if it is known."""
    by_people = _classed(residents, rule)
    empty = residents.sum(axis=1) == 0
    by = np.full(len(residents), "population", dtype=object)
    if area is None or not empty.any():
        return by_people, by
    by[empty & (area.sum(axis=1) > 0)] = "area"
    return np.where(by == "area", _classed(area, rule), by_people), by


def _classed(shared: np.ndarray[Any, Any], rule: ClassRule) -> np.ndarray[Any, Any]:
    i, j = np.nonzero(shared)
    pieces = pd.DataFrame({"i": i, "j": j, "shared": shared[i, j], "sliver": np.zeros(len(i), dtype=np.bool_)})
    return classify(pieces, "i", "j", weight="shared", n=(shared.shape[0], shared.shape[1]), rule=rule).classes


def compare_units(
    before: "pd.Series[Any]",
    after: "pd.Series[Any]",
    bricks: pd.DataFrame,
    *,
    target: str,
    numbers: Sequence[str] = (),
    rule: ClassRule | None = None,
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
    rule
        Thresholds of the classes.
    tolerance
        Share of people that may live outside and still count as coterminous in the objective `not_coterminous`.

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
    first, second = (unit_table(unit, bricks, target=target, numbers=numbers, rule=rule) for unit in (before, after))
    whole = pd.DataFrame({"before": _summary(first, tolerance), "after": _summary(second, tolerance)})
    whole["change"] = whole["after"] - whole["before"]
    old, new = _made_of(before), _made_of(after)
    changed = tuple(code for code in sorted(old.keys() | new.keys()) if old.get(code) != new.get(code))
    return BeforeAfter(
        before=first.table,
        after=second.table,
        changed=changed,
        summary=whole,
        moved=_moved(before, after, bricks["population"]),
    )


def _made_of(unit: "pd.Series[Any]") -> dict[str, bytes]:
    """Give the rows of each unit, as bytes: quick to compare."""
    rows = unit.reset_index(drop=True)
    return {str(code): np.sort(at).tobytes() for code, at in rows.groupby(rows).indices.items()}


def _moved(before: "pd.Series[Any]", after: "pd.Series[Any]", people: "pd.Series[Any]") -> float:
    cross = people.astype(float).groupby([before.to_numpy(), after.to_numpy()]).sum()
    elsewhere = cross.groupby(level=0).sum() - cross.groupby(level=0).max()
    return float(elsewhere.sum())


def _summary(units: Units, tolerance: float) -> dict[str, float]:
    table, kinds = units.table, units.table["class"]
    same = Objective(kind="not_coterminous", tolerance=tolerance)
    found = {
        "n_units": float(len(table)),
        "population": float(table["population"].sum()),
        "misfit": float(table["misfit"].sum()),
        "outside_area": float(table["outside_area"].sum()),
        "not_coterminous": float(same.cost(units.found).sum()),
    }
    for kind, said in _SAID.items():
        found[f"n_{said}"] = float((kinds == kind).sum())
        found[f"people_{said}"] = float(table.loc[kinds == kind, "population"].sum())
    if not units.fit.residents.any():
        return found
    agreement: Measures = measures(units.fit.residents)
    return found | agreement.to_dict()
