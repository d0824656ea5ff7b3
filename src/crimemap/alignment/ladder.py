"""
The ladder of policing geographies: each community safety partnership with its districts, county, command units and force.

A partnership agrees with its districts where it is one or several whole ones; it agrees with a county, command unit or force
where it lies in one. Small differences, as the rule for classes has them, are no disagreement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from crimemap.alignment.overlap import Overlap

__all__ = ["RUNGS", "Ladder", "ladder"]

#: From below to above; districts are made into partnerships, the others hold them.
RUNGS: Final = ("lad", "county", "bcu", "pfa")
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
        partnership lies in other areas than its best match; for districts, in districts that reach beyond it.
    areas
        For each rung, one row for each of its areas: `csp_codes`, `class`, `outside` (what of it lies in partnerships whose
        best match is another area of the rung), `pfa`.
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
    rows = pd.DataFrame(index=one.sources.index)
    rows["area_m2"] = one.sources["area_m2"]
    if known:
        rows["population"] = one.sources["population"]
    for rung in rungs:
        rows = rows.join(_rung(overlaps[rung], rung, weight))
    force = rows["pfa"] if "pfa" in rungs else pd.Series(None, index=rows.index, dtype=object)
    areas = {rung: _areas(overlaps[rung], rung, rows, weight).assign(pfa=None) for rung in rungs}
    for table in areas.values():
        table["pfa"] = [force.get(codes[0]) if codes else None for codes in table["csp_codes"]]
    return Ladder(rungs=rungs, weight=weight, rows=rows, areas=areas, summary=_summary(rows, areas, force, rungs, weight))


def _kept(found: Overlap) -> pd.DataFrame:
    return found.pieces[~found.pieces["sliver"]]


def _rung(found: Overlap, rung: str, weight: str) -> pd.DataFrame:
    pieces, units = _kept(found), found.sources
    codes = pieces.sort_values("area_m2", ascending=False, kind="stable").groupby("source")["target"].agg(list)
    covered = units["class"] != "not covered"
    agrees = units["class"].isin(_AGREES[rung]).astype(object).where(covered, None)
    if rung == "lad":
        # A district belongs to a partnership that holds nearly all of it; people in others are outside.
        beyond = pieces[pieces["share_of_target"] < found.classes.nested]
        outside = beyond.groupby("source")[weight].sum()
        outside = outside.where(units["class"].reindex(outside.index).isin(("many-to-many", "nested")), 0.0)
    else:
        total = pieces.groupby("source")[weight].sum()
        outside = (
            total - pieces[pieces["target"] == pieces["source"].map(units["best_match"])].groupby("source")[weight].sum()
        )
    return pd.DataFrame(
        {
            rung: units["best_match"].astype(object).where(covered, None),
            f"{rung}_codes": codes.reindex(units.index).map(lambda held: held if isinstance(held, list) else []),
            f"{rung}_class": units["class"],
            f"{rung}_agrees": agrees,
            f"{rung}_outside": outside.reindex(units.index).fillna(0.0).clip(lower=0.0).where(covered),
        }
    )


def _areas(found: Overlap, rung: str, rows: pd.DataFrame, weight: str) -> pd.DataFrame:
    pieces, units = _kept(found), found.targets
    codes = pieces.sort_values("area_m2", ascending=False, kind="stable").groupby("target")["source"].agg(list)
    elsewhere = pieces[pieces["source"].map(rows[rung]) != pieces["target"]]
    outside = elsewhere.groupby("target")[weight].sum()
    table = pd.DataFrame(index=units.index)
    table["csp_codes"] = codes.reindex(units.index).map(lambda held: held if isinstance(held, list) else [])
    table["class"] = units["class"]
    if weight == "population":
        table["population"] = units["population"]
    table["outside"] = outside.reindex(units.index).fillna(0.0)
    return table


def _summary(
    rows: pd.DataFrame, areas: Mapping[str, pd.DataFrame], force: "pd.Series[Any]", rungs: tuple[str, ...], weight: str
) -> pd.DataFrame:
    made = {}
    for code in [*sorted(force.dropna().unique()), "all"]:
        mine = rows if code == "all" else rows[force == code]
        line: dict[str, Any] = {"csps": len(mine)}
        if weight == "population":
            line["population"] = float(mine["population"].sum())
        for rung in rungs:
            covered = mine[mine[f"{rung}_class"] != "not covered"]
            agree = covered[f"{rung}_agrees"].astype(bool)
            line[f"{rung}_covered"] = len(covered)
            line[f"{rung}_agree"] = int(agree.sum())
            line[f"{rung}_coterminous"] = int(covered[f"{rung}_class"].isin(_ONE).sum())
            line[f"{rung}_several"] = int((covered[f"{rung}_codes"].str.len() > 1).sum())
            line[f"{rung}_outside"] = float(covered[f"{rung}_outside"].sum())
            line[f"{rung}_fitting"] = float(covered.loc[agree, weight].sum())
        if "bcu" in areas:
            units = areas["bcu"] if code == "all" else areas["bcu"][areas["bcu"]["pfa"] == code]
            units = units[units["class"] != "not covered"]
            line["bcus"] = len(units)
            line["bcus_coterminous"] = int((units["class"] == "coterminous").sum())
            line["bcus_minor"] = int((units["class"] == "minor difference").sum())
            line["bcus_of_whole_csps"] = int((units["class"] == "split").sum())
        made[code] = line
    return pd.DataFrame.from_dict(made, orient="index").rename_axis("force")
