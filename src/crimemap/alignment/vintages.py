"""
What changed between two vintages of a boundary set, and counts of one carried over to the other.

An area of one vintage goes on as an area of the other where at least half of either lies in it; what else they share,
slivers apart, is an edge that moved.
"""

from dataclasses import dataclass
from typing import Any, Final

import networkx as nx
import numpy as np
import pandas as pd

from crimemap.alignment.overlap import Overlap
from crimemap.errors import InputError

__all__ = ["KINDS", "Changes", "carried_over", "changes"]

#: Kinds of change, in the order in which they are told; an area of none is unchanged.
KINDS: Final = ("merged", "split", "reorganised", "moved edge", "recoded", "renamed", "gone", "new")
_MOST: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Changes:
    """
    Changes between two vintages.

    Attributes
    ----------
    events
        One row for each change: `kind`, `old_codes`, `new_codes` (lists), `area_m2` and, where they are known,
        `population` and `households`: of the strip for a moved edge, else of the old areas (of the new one where it is new).
    unchanged
        Codes of the old areas that go on with the same code, name and extent.
    weight
        `population`, or `area_m2` where people are not known.
    """

    events: pd.DataFrame
    unchanged: tuple[str, ...]
    weight: str


def changes(found: Overlap, *, old_names: "pd.Series[str]", new_names: "pd.Series[str]") -> Changes:
    """
    Find what changed.

    Parameters
    ----------
    found
        Overlap of the old set (source) with the new one (target), by population where it is known.
    old_names, new_names
        Names by area code.
    """
    numbers = [name for name in ("population", "households") if name in found.bricks.index]
    pieces = found.pieces[~found.pieces["sliver"]]
    goes_on = (pieces["share_of_source"] >= _MOST) | (pieces["share_of_target"] >= _MOST)
    graph: nx.Graph[tuple[str, str]] = nx.Graph()
    graph.add_nodes_from(("old", code) for code in found.sources.index)
    graph.add_nodes_from(("new", code) for code in found.targets.index)
    graph.add_edges_from(
        (("old", old), ("new", new))
        for old, new in zip(pieces.loc[goes_on, "source"], pieces.loc[goes_on, "target"], strict=True)
    )
    events: list[dict[str, Any]] = []
    unchanged = []
    edges = pieces[~goes_on]
    moved = {"old": set(edges["source"]), "new": set(edges["target"])}
    for component in nx.connected_components(graph):
        old = sorted(code for side, code in component if side == "old")
        new = sorted(code for side, code in component if side == "new")
        units, codes = (found.sources, old) if old else (found.targets, new)
        of = {name: float(units.loc[codes, name].sum()) for name in ("area_m2", *numbers)}
        event = {"old_codes": old, "new_codes": new, **of}
        kind = _kind(old, new)
        if kind is not None:
            events.append({"kind": kind, **event})
            continue
        if old != new:
            events.append({"kind": "recoded", **event})
        if str(old_names[old[0]]).strip().casefold() != str(new_names[new[0]]).strip().casefold():
            events.append({"kind": "renamed", **event})
        elif old == new and old[0] not in moved["old"] and new[0] not in moved["new"]:
            unchanged.append(old[0])
    for row in edges.to_dict("records"):
        of = {name: row[name] for name in ("area_m2", *numbers)}
        events.append({"kind": "moved edge", "old_codes": [row["source"]], "new_codes": [row["target"]], **of})
    weight = "population" if "population" in numbers else "area_m2"
    columns = ["kind", "old_codes", "new_codes", "area_m2", *numbers]
    table = pd.DataFrame(events, columns=columns)
    order = table["kind"].map(KINDS.index).astype(int)
    table = table.assign(order=order, size=-table[weight]).sort_values(["order", "size"], kind="stable")
    return Changes(events=table[columns].reset_index(drop=True), unchanged=tuple(sorted(unchanged)), weight=weight)


def _kind(old: list[str], new: list[str]) -> str | None:
    """Name what became of a group of areas; None where one goes on as one."""
    if not new:
        return "gone"
    if not old:
        return "new"
    if len(old) == len(new) == 1:
        return None
    if len(new) == 1:
        return "merged"
    return "split" if len(old) == 1 else "reorganised"


def carried_over(found: Overlap, counts: pd.DataFrame, *, weight: str) -> pd.DataFrame:
    """
    Carry counts of old areas over to new ones, as if what is counted were spread in each old area as the weight is.

    Parameters
    ----------
    found
        Overlap of the old set (source) with the new one (target).
    counts
        `area_code` (old), `count` (missing: not known) and any further columns, such as `month`, that tell rows apart.
    weight
        `population`, `area_m2`, or another measure of the overlap.

    Returns
    -------
    DataFrame
        One row for each new area and value of the further columns: `area_code`, those columns, `count` (missing where a part
        of it is not known), `divided`: of it, what comes from old areas that lie in several new ones and so is an estimate.
        What lies in no new area has the code `None`, so that totals stay.

    Raises
    ------
    InputError
        If a count is negative, or a code is not of the old set.
    """
    if (counts["count"] < 0).any():
        raise InputError("a count is negative", where="counts", fix="Give counts of 0 or more.")
    unknown = ~counts["area_code"].isin(found.sources.index)
    if unknown.any():
        raise InputError(
            f"{int(unknown.sum())} of {len(counts)} rows have codes that are not in the old set",
            where="counts",
            fix="Take the set that they were counted by.",
        )
    keys = [name for name in counts.columns if name not in ("area_code", "count")]
    shares = _shares(found, weight)
    joined = counts.merge(shares, left_on="area_code", right_on="source", how="left")
    joined["part"] = joined["count"] * joined["share"]
    joined["divided"] = joined["part"].where(joined["share"] < 1, 0.0)
    joined["unknown"] = joined["count"].isna()
    summed = joined.groupby(["target", *keys], dropna=False, sort=True).agg(
        count=("part", "sum"), divided=("divided", "sum"), unknown=("unknown", "any")
    )
    summed = summed.reset_index().rename(columns={"target": "area_code"})
    summed.loc[summed["unknown"], ["count", "divided"]] = np.nan
    return summed[["area_code", *keys, "count", "divided"]]


def _shares(found: Overlap, weight: str) -> pd.DataFrame:
    """Give the share of each old area in each new one, and in none; they sum to 1."""
    columns = ["source", "target", *dict.fromkeys((weight, "area_m2"))]
    units, kept = found.sources, found.pieces.loc[~found.pieces["sliver"], columns]
    open_part = units["uncovered_share"] > found.slivers.share  # less of it is another drawing of the coast
    outside = "uncovered_m2" if weight == "area_m2" else f"{weight}_uncovered"
    none = pd.DataFrame(
        {"source": units.index[open_part], "target": None, "area_m2": units["uncovered_m2"][open_part].to_numpy()}
    )
    none[weight] = units[outside][open_part].to_numpy()
    parts = pd.concat([kept, none.astype({"target": object})], ignore_index=True)
    whole, area = (parts.groupby("source")[name].transform("sum") for name in (weight, "area_m2"))
    # An area in which nobody lives is divided by its area.
    share = np.where(whole > 0, parts[weight] / whole.where(whole > 0, 1.0), parts["area_m2"] / area)
    made = parts[["source", "target"]].assign(share=share)
    return made[made["share"] > 0].reset_index(drop=True)
