"""Whether units that are made of parts of others hang together, by the bricks that they are made of."""

from collections.abc import Iterable
from itertools import pairwise

import networkx as nx
import numpy as np
import pandas as pd

from crimemap.alignment.mergers.planning import Planning
from crimemap.alignment.mergers.reach import REACHES

__all__ = ["in_one_piece"]


def in_one_piece(planning: Planning, unit: "pd.Series[str]", codes: Iterable[str]) -> dict[str, bool | None]:
    """
    Say whether each unit can be crossed from end to end without leaving it.

    Units that stay whole border one another as the planning says, bridges included; what else a unit is made of, by the
    lines that its bricks share. What water parted before the change is not held against it.

    Parameters
    ----------
    unit
        Unit of each brick after a change, on the index of the planning's bricks.
    codes
        Units to look at.

    Returns
    -------
    dict
        By unit; None where nobody knows which bricks border one another.
    """
    chosen = list(codes)
    if planning.brick_borders is None or not chosen:
        return dict.fromkeys(chosen)
    table = _whereabouts(planning, unit)
    held = planning.brick_borders
    # Of a whole country's borders only those matter that lie in what is taken apart.
    apart = set(table.loc[table["new"].isin(chosen), "old"])
    near = table.loc[table["old"].isin(apart) | table["new"].isin(chosen), "brick"]
    borders: nx.Graph[str] = nx.Graph()
    kept = held["brick"].isin(near) & held["neighbour"].isin(near)
    borders.add_edges_from(zip(held.loc[kept, "brick"], held.loc[kept, "neighbour"], strict=True))
    borders.add_nodes_from(near)
    parts = {old: list(nx.connected_components(borders.subgraph(table.loc[table["old"] == old, "brick"]))) for old in apart}
    whole = table.drop_duplicates(["old", "new"]).groupby("old").size() == 1
    return {code: _one(planning, table[table["new"] == code], borders, parts, whole) for code in chosen}


def _whereabouts(planning: Planning, unit: "pd.Series[str]") -> pd.DataFrame:
    """Give each brick its units before and after: where most of it lies, strips in others being drawing."""
    bricks = planning.bricks
    size = bricks["area_m2" if "area_m2" in bricks.columns else "population"].astype(float) + 1e-9
    pieces = pd.DataFrame({"brick": bricks["brick"], "old": bricks["unit"], "new": unit, "size": size})
    table = pieces.dropna(subset=["brick"]).groupby(["brick", "old", "new"], sort=True)["size"].sum().reset_index()
    share = table["size"] / table.groupby("brick")["size"].transform("sum")
    return table[np.asarray(share >= REACHES)]


def _one(
    planning: Planning,
    own: pd.DataFrame,
    borders: "nx.Graph[str]",
    parts: "dict[str, list[set[str]]]",
    whole: "pd.Series[bool]",
) -> bool:
    inside = own["brick"].tolist()
    made: nx.Graph[str] = nx.Graph()
    made.add_nodes_from(inside)
    old_of = dict(zip(inside, own["old"], strict=True))
    stays = {old for old in own["old"].unique() if whole[old]}
    for a, b in borders.subgraph(inside).edges:
        # Two units that stay whole border one another as the planning says, not for a corner that two bricks share.
        if not (old_of[a] in stays and old_of[b] in stays and old_of[a] != old_of[b]):
            made.add_edge(a, b)
    ends: dict[str, str] = {}
    for old in own["old"].unique():
        pieces = [_largest(made, part.intersection(inside)) for part in parts[old]]
        reached = [piece for piece in pieces if piece is not None]
        made.add_edges_from(pairwise(reached))  # parted by water before, and no further now
        if reached:
            ends[old] = reached[0]
    edges = planning.contiguity.edges
    for a, b, declared in zip(edges["unit"], edges["neighbour"], edges["declared"], strict=True):
        if a in ends and b in ends and (declared or (a in stays and b in stays)):
            made.add_edge(ends[a], ends[b])
    return len(made) > 0 and nx.is_connected(made)


def _largest(made: "nx.Graph[str]", bricks: set[str]) -> str | None:
    """Give a brick of the largest connected part of some bricks; None where there are none."""
    found = max(nx.connected_components(made.subgraph(bricks)), key=lambda part: (len(part), min(part)), default=None)
    return None if found is None else min(found)
