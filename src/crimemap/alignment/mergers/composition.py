"""What units are made of after a change: old units, wholly or in part, and local government areas."""

from collections.abc import Iterable, Mapping
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from crimemap.alignment.mergers.in_one_piece import in_one_piece
from crimemap.alignment.mergers.options import Numbers
from crimemap.alignment.mergers.planning import Planning
from crimemap.alignment.mergers.reach import districts_reached

__all__ = ["composition", "moved_bricks"]


def composition(planning: Planning, unit: "pd.Series[Any]", *, numbers: Mapping[str, Numbers] | None = None) -> pd.DataFrame:
    """
    Say what each unit is made of.

    Parameters
    ----------
    unit
        Unit of each brick after a change, on the index of the planning's bricks.
    numbers
        Officers and cost of the old units, where the planner has them; they go before those of the planning.

    Returns
    -------
    DataFrame
        Indexed by unit, sorted: `members` (tuple of old units, in the planning's order), `whole` (each of them lies in it
        wholly), `members_whole` (those that do), `known` (people of every member are known), `area_m2`, `incidents`,
        `officers`, `cost` (not a number where a member has none or is only in part in it), `districts` (tuple of local
        government areas), `districts_in_part` (those of which other units hold some too), `contiguous` (None where it is not
        known, as of units taken apart where nobody knows which bricks border one another).
    """
    old = planning.bricks["unit"]
    pairs = pd.DataFrame({"old": old.to_numpy(), "new": unit.to_numpy(), "area": _area(planning)})
    parts = pairs.groupby(["old", "new"], sort=True)["area"].sum(min_count=1).reset_index()
    parts["whole"] = parts.groupby("old")["new"].transform("size") == 1
    share = parts["area"] / parts.groupby("old")["area"].transform("sum")
    parts["share"] = share.mask(parts["whole"], 1.0)
    place = {code: k for k, code in enumerate(planning.units.index)}
    figures = _figures(planning, numbers or {})
    near = planning.contiguity.graph
    reached = districts_reached(unit, planning.bricks)
    # Plain lists: a country has hundreds of units, and each look into a table costs as much as all that is done with it.
    of_unit = {code: dict(zip(figures.columns, row, strict=True)) for code, *row in figures.itertuples()}
    made_of: dict[str, list[tuple[Any, bool, float]]] = {}
    for old_code, code, whole_one, part in parts[["old", "new", "whole", "share"]].itertuples(index=False):
        made_of.setdefault(str(code), []).append((old_code, bool(whole_one), float(part)))
    rows = {}
    taken_apart = []
    for name in sorted(made_of):
        mine = sorted(made_of[name], key=lambda one: place[one[0]])
        members = tuple(code for code, _, _ in mine)
        whole = all(every for _, every, _ in mine)
        own = [of_unit[code] for code in members]
        held = reached.get(name, {})
        one_district = len(held) == 1 and all(held.values())
        row: dict[str, Any] = {
            "members": members,
            "whole": whole,
            "members_whole": tuple(code for code, every, _ in mine if every),
            "known": all(not np.isnan(one["population"]) for one in own),
            "area_m2": float(sum(part * one["area_m2"] for (_, _, part), one in zip(mine, own, strict=True))),
            "districts": _union(one["districts"] for one in own) if whole else tuple(held),
            "districts_in_part": tuple(district for district, every in held.items() if not every),
            "contiguous": True if one_district or not whole else _hangs_together(near, members),
        }
        for column in ("incidents", "officers", "cost"):
            row[column] = float(sum(one[column] for one in own)) if whole else np.nan
        rows[name] = row
        if not (one_district or whole):
            taken_apart.append(name)
    for name, hangs_together in in_one_piece(planning, unit, taken_apart).items():
        rows[name]["contiguous"] = hangs_together
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("unit")
    if "incidents" in planning.bricks.columns:
        counted = planning.bricks["incidents"].astype(float)
        table["incidents"] = counted.groupby(unit).sum().mask(counted.isna().groupby(unit).any()).reindex(table.index)
    return table


def _area(planning: Planning) -> "pd.Series[float]":
    bricks = planning.bricks
    area = bricks["area_m2"].astype(float) if "area_m2" in bricks.columns else pd.Series(np.nan, index=bricks.index)
    return area.reset_index(drop=True)


def _figures(planning: Planning, numbers: Mapping[str, Numbers]) -> pd.DataFrame:
    figures = planning.units[["population", "incidents", "area_m2", "districts"]].copy()
    for column in ("officers", "cost"):
        held = planning.units[column].astype(float) if column in planning.units.columns else np.nan
        figures[column] = held
        given = {code: value for code, one in numbers.items() if (value := getattr(one, column)) is not None}
        figures[column] = pd.Series(given, dtype="float64").reindex(figures.index).fillna(figures[column])
    for column in ("population", "incidents", "area_m2"):
        figures[column] = figures[column].astype(float)
    return figures


def _union(held: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for codes in held for code in codes))


def _hangs_together(near: "nx.Graph[str]", members: tuple[str, ...]) -> bool:
    """Say whether the members border one another without a break."""
    return len(members) == 1 or bool(nx.is_connected(near.subgraph(members)))


def moved_bricks(planning: Planning, unit: "pd.Series[Any]") -> pd.DataFrame:
    """
    List bricks whose unit changes otherwise than by a merger.

    Of a unit that is taken apart, what keeps its code stays; where nothing does, the part with most people.

    Returns
    -------
    DataFrame
        Columns `brick`, `from`, `to`, `population`; one row for each brick and pair of units, in the order of the bricks.
    """
    bricks = planning.bricks
    table = pd.DataFrame(
        {"brick": bricks["brick"], "from": bricks["unit"], "to": unit, "population": bricks["population"].astype(float)}
    )
    people = table.groupby(["from", "to"], sort=True)["population"].sum().reset_index()
    people["kept"] = people["from"] == people["to"]
    stays = people.sort_values(["from", "kept", "population"], ascending=[True, False, False], kind="stable")
    stay = stays.drop_duplicates("from").set_index("from")["to"]
    moved = table[(table["to"] != table["from"].map(stay)) & table["brick"].notna()]
    return moved.groupby(["brick", "from", "to"], sort=False)["population"].sum().reset_index()
