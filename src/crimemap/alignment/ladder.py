"""
The ladder of policing geographies: each community safety partnership with its districts, county, command units and force.

A partnership agrees with its districts where it is one or several whole ones; it agrees with a county, command unit or force
where it lies in one. Small differences, as the rule for classes has them, are no disagreement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from crimemap.alignment.overlap import Overlap

__all__ = ["RUNGS", "Ladder", "ladder"]

#: From below to above; districts are made into partnerships, the others hold them.
RUNGS: Final = ("lad", "county", "bcu", "pfa")
_HOUSEHOLDS: Final = "households"
_ONE: Final = ("coterminous", "minor difference")
_AGREES: Final = {"lad": (*_ONE, "split"), "county": (*_ONE, "nested"), "bcu": (*_ONE, "nested"), "pfa": (*_ONE, "nested")}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ladder:
    """
    Every partnership on the ladder.

    Attributes
    ----------
    rungs
        The rungs that were given.
    weight
        What `outside` counts: `population`, or `area_m2` where people are not known.
    rows
        One row for each partnership, on the set's index: `area_m2`, `population` (where known), and for each rung `<rung>`
        (best match, missing where not covered), `<rung>_codes` (every area of the rung that shares more than a sliver, the
        largest first), `<rung>_class`, `<rung>_agrees` (missing where not covered) and `<rung>_outside`: what of the
        partnership lies in other areas than its best match; for districts, in districts that reach beyond it. Where
        households are known, `households` and `<rung>_households_outside` too.
    areas
        For each rung, one row for each of its areas: `csp_codes`, `class`, `outside` (what of it lies in partnerships whose
        best match is another area of the rung), `pfa`; where they are known, `population`, `households` and
        `households_outside`.
    summary
        One row for each force (index: its code, missing for none) and one, `all`, for the country.
    """

    rungs: tuple[str, ...]
    weight: str
    rows: pd.DataFrame
    areas: dict[str, pd.DataFrame]
    summary: pd.DataFrame


def ladder(overlaps: Mapping[str, Overlap]) -> Ladder:
    """
    Put partnerships on the ladder.

    Parameters
    ----------
    overlaps
        For each rung that is known, of `RUNGS`, the overlap of the partnerships (source) with its areas (target).
    """
    rungs = tuple(rung for rung in RUNGS if rung in overlaps)
    one = overlaps[rungs[0]]
    known = all("population" in overlaps[rung].bricks.index for rung in rungs)
    weight = "population" if known else "area_m2"
    outside = {"outside": weight}
    if all(_HOUSEHOLDS in overlaps[rung].bricks.index for rung in rungs):
        outside[f"{_HOUSEHOLDS}_outside"] = _HOUSEHOLDS
    numbers = [name for name in dict.fromkeys(outside.values()) if name != "area_m2"]
    rows = one.sources[["area_m2", *numbers]].copy()
    for rung in rungs:
        rows = rows.join(_rung(overlaps[rung], rung, outside))
    force = rows["pfa"] if "pfa" in rungs else pd.Series(None, index=rows.index, dtype=object)
    areas = {rung: _areas(overlaps[rung], rows[rung], outside, numbers).assign(pfa=None) for rung in rungs}
    for table in areas.values():
        table["pfa"] = [force.get(codes[0]) if codes else None for codes in table["csp_codes"]]
    summary = _summary(rows, areas, force, rungs, numbers, outside)
    return Ladder(rungs=rungs, weight=weight, rows=rows, areas=areas, summary=summary)


def _kept(found: Overlap) -> pd.DataFrame:
    return found.pieces[~found.pieces["sliver"]]


def _rung(found: Overlap, rung: str, outside: Mapping[str, str]) -> pd.DataFrame:
    pieces, units = _kept(found), found.sources
    codes = pieces.sort_values("area_m2", ascending=False, kind="stable").groupby("source")["target"].agg(list)
    covered = units["class"] != "not covered"
    agrees = units["class"].isin(_AGREES[rung]).astype(object).where(covered, None)
    if rung == "lad":
        # A district belongs to a partnership that holds nearly all of it; people in others are outside.
        crossing = pieces["source"].map(units["class"]).isin(("many-to-many", "nested"))
        elsewhere = pieces[(pieces["share_of_target"] < found.classes.nested) & crossing]
    else:
        elsewhere = pieces[pieces["target"] != pieces["source"].map(units["best_match"])]
    table = pd.DataFrame(
        {
            rung: units["best_match"].astype(object).where(covered, None),
            f"{rung}_codes": codes.reindex(units.index).map(lambda held: held if isinstance(held, list) else []),
            f"{rung}_class": units["class"],
            f"{rung}_agrees": agrees,
        }
    )
    for name, weight in outside.items():
        number = elsewhere.groupby("source")[weight].sum()
        table[f"{rung}_{name}"] = number.reindex(units.index).fillna(0.0).where(covered)
    return table


def _areas(found: Overlap, best: "pd.Series[Any]", outside: Mapping[str, str], numbers: Sequence[str]) -> pd.DataFrame:
    pieces, units = _kept(found), found.targets
    codes = pieces.sort_values("area_m2", ascending=False, kind="stable").groupby("target")["source"].agg(list)
    elsewhere = pieces[pieces["source"].map(best) != pieces["target"]]
    table = pd.DataFrame(index=units.index)
    table["csp_codes"] = codes.reindex(units.index).map(lambda held: held if isinstance(held, list) else [])
    table["class"] = units["class"]
    for name in numbers:
        table[name] = units[name]
    for name, weight in outside.items():
        table[name] = elsewhere.groupby("target")[weight].sum().reindex(units.index).fillna(0.0)
    return table


def _summary(  # noqa: PLR0917 - all of a ladder, in order
    rows: pd.DataFrame,
    areas: Mapping[str, pd.DataFrame],
    force: "pd.Series[Any]",
    rungs: tuple[str, ...],
    numbers: Sequence[str],
    outside: Mapping[str, str],
) -> pd.DataFrame:
    made = {}
    for code in [*sorted(force.dropna().unique()), "all"]:
        mine = rows if code == "all" else rows[force == code]
        line: dict[str, Any] = {"csps": len(mine)}
        line |= {name: float(mine[name].sum()) for name in numbers}
        for rung in rungs:
            covered = mine[mine[f"{rung}_class"] != "not covered"]
            agree = covered[f"{rung}_agrees"].astype(bool)
            line[f"{rung}_covered"] = len(covered)
            line[f"{rung}_agree"] = int(agree.sum())
            line[f"{rung}_coterminous"] = int(covered[f"{rung}_class"].isin(_ONE).sum())
            line[f"{rung}_several"] = int((covered[f"{rung}_codes"].str.len() > 1).sum())
            for name, weight in outside.items():
                line[f"{rung}_{name}"] = float(covered[f"{rung}_{name}"].sum())
                line[f"{rung}_{name.replace('outside', 'fitting')}"] = float(covered.loc[agree, weight].sum())
        if "bcu" in areas:
            units = areas["bcu"] if code == "all" else areas["bcu"][areas["bcu"]["pfa"] == code]
            units = units[units["class"] != "not covered"]
            line["bcus"] = len(units)
            line["bcus_coterminous"] = int((units["class"] == "coterminous").sum())
            line["bcus_minor"] = int((units["class"] == "minor difference").sum())
            line["bcus_of_whole_csps"] = int((units["class"] == "split").sum())
        made[code] = line
    return pd.DataFrame.from_dict(made, orient="index").rename_axis("force")
