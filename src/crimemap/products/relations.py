"""What the areas of a release share with one another: who overlaps whom, by how much, and who borders whom."""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Final

import duckdb
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from crimemap.alignment.mergers.contiguity import contiguity
from crimemap.alignment.overlap import Overlap, divide_bricks, overlap
from crimemap.products.alignment_overlaps import Aligned, AlignedPair
from crimemap.products.alignment_sets import AlignedSet, aligned_sets, set_of_type
from crimemap.products.inputs import ReleaseInputs

__all__ = ["area_relations", "fill_relations"]

_NEIGHBOURHOOD: Final = "neighbourhood"
_COLUMNS: Final = (
    "area_id", "other_id", "kind", "area_m2", "share_of_area", "share_of_other", "population", "population_share_of_area",
    "population_share_of_other", "sliver", "shared_m",
)  # fmt: skip


def area_relations(
    inputs: ReleaseInputs, aligned: Aligned | None, *, progress: Callable[[str], None] = lambda _: None
) -> pd.DataFrame:
    """
    Give every pair of areas that share ground or a border.

    Areas of different types overlap, as the comparison of their sets found it. Areas touch where they share a stretch of a
    line and no ground: of one set with small gaps allowed for, of different sets where their lines are the same.

    Parameters
    ----------
    aligned
        The comparison of the release's sets; None where there are not two.

    Returns
    -------
    pandas.DataFrame
        In the columns of the table `area_relations`, each pair once.
    """
    sets = aligned_sets(inputs) if aligned is None else aligned.sets
    tables = [_pieces(pair.source, pair.target, pair.found) for pair in _once(aligned)]
    local = set_of_type(inputs, _NEIGHBOURHOOD)
    if local is not None:
        progress("laying neighbourhoods over the other areas")
        tables += _of_neighbourhoods(local, sets, inputs)
    tables += _of_earlier(inputs)
    progress("finding which areas border one another")
    everything = [*sets, *([] if local is None else [local])]
    overlapping = {pair for table in tables for pair in zip(table["area_id"], table["other_id"], strict=True)}
    tables += [_neighbours(one) for one in everything]
    tables.append(_common_lines(everything, overlapping))
    filled = [table.reindex(columns=_COLUMNS) for table in tables if len(table)]
    if not filled:
        return pd.DataFrame(columns=_COLUMNS)
    joined = pd.concat(filled, ignore_index=True)
    return joined.sort_values(["area_id", "other_id"], ignore_index=True)


def fill_relations(db: duckdb.DuckDBPyConnection, relations: pd.DataFrame) -> None:
    """Store what areas share; `db` is the release's database in the making, its tables made."""
    if relations.empty:
        return
    db.register("relations_given", relations)
    db.execute(f"INSERT INTO area_relations SELECT {', '.join(_COLUMNS)} FROM relations_given")  # noqa: S608 - names of ours
    db.unregister("relations_given")


def _once(aligned: Aligned | None) -> Iterator[AlignedPair]:
    """Give each pair of sets in one of its two directions."""
    if aligned is not None:
        for source, target in combinations(aligned.sets, 2):
            yield aligned.pairs[source.set_id, target.set_id]


def _of_neighbourhoods(local: AlignedSet, sets: list[AlignedSet], inputs: ReleaseInputs) -> Iterator[pd.DataFrame]:
    bricks = None if inputs.bricks is None else inputs.bricks.frame
    measures = () if inputs.bricks is None else tuple(inputs.bricks.vintages)
    divided = None if bricks is None else divide_bricks(bricks, local.frame, validated=True)
    for other in sets:
        found = overlap(
            local.frame,
            other.frame,
            bricks=bricks,
            brick_measures=measures,
            source_bricks=divided,
            validated=True,
        )
        yield _pieces(local, other, found)


def _of_earlier(inputs: ReleaseInputs) -> Iterator[pd.DataFrame]:
    """Lay earlier boundaries over the newest of their type: what became of each area."""
    if inputs.earlier is None:
        return
    bricks = None if inputs.bricks is None else inputs.bricks.frame
    measures = () if inputs.bricks is None else tuple(inputs.bricks.vintages)
    for (kind, vintage), group in inputs.earlier.groupby(["area_type", "vintage"]):
        now = set_of_type(inputs, str(kind))
        if now is None:
            continue
        codes = group["force"].astype(str) + ":" + group["area_code"].astype(str)
        frame = group[["area_name", "force", "geometry"]].assign(area_id=group.index).set_axis(pd.Index(codes), axis=0)
        frame = frame[~frame.index.duplicated()].sort_index()
        then = AlignedSet(set_id=f"{kind}-{vintage}", area_type=str(kind), sources=(), frame=frame)
        found = overlap(then.frame, now.frame, bricks=bricks, brick_measures=measures, validated=True)
        yield _pieces(then, now, found)


def _pieces(source: AlignedSet, target: AlignedSet, found: Overlap) -> pd.DataFrame:
    pieces = found.pieces
    one = source.frame["area_id"].loc[pieces["source"]].to_numpy(np.int64)
    other = target.frame["area_id"].loc[pieces["target"]].to_numpy(np.int64)
    table = pd.DataFrame(
        {
            "kind": "overlap",
            "area_m2": pieces["area_m2"],
            "share_of_area": pieces["share_of_source"],
            "share_of_other": pieces["share_of_target"],
            "sliver": pieces["sliver"],
        }
    )
    if "population" in pieces:
        table["population"] = pieces["population"]
        table["population_share_of_area"] = pieces["population_share_of_source"]
        table["population_share_of_other"] = pieces["population_share_of_target"]
    return _ordered(table, one, other)


def _ordered(table: pd.DataFrame, one: NDArray[np.int64], other: NDArray[np.int64]) -> pd.DataFrame:
    """Put the smaller number first, and each share under the area that it is of."""
    made = table.assign(area_id=np.minimum(one, other), other_id=np.maximum(one, other))
    turned = one > other
    for of in ("", "population_"):
        names = [f"{of}share_of_area", f"{of}share_of_other"]
        if names[0] in made:
            made.loc[turned, names] = made.loc[turned, names[::-1]].to_numpy()
    return made


def _neighbours(one: AlignedSet) -> pd.DataFrame:
    edges = contiguity(one.frame).edges
    number = one.frame["area_id"]
    table = pd.DataFrame({"kind": "touch", "shared_m": edges["shared_m"], "sliver": False})
    left, right = (number.loc[edges[side]].to_numpy(np.int64) for side in ("unit", "neighbour"))
    return _ordered(table, left, right)


def _common_lines(sets: list[AlignedSet], overlapping: set[tuple[int, int]]) -> pd.DataFrame:
    """Find areas of different sets that share stretches of a line, corner by corner, and no ground."""
    ends, owner, of_set = _stretches(sets)
    if not len(ends):
        return pd.DataFrame(columns=_COLUMNS)
    order = np.lexsort(ends.T)
    ends, owner, of_set = ends[order], owner[order], of_set[order]
    same = np.cumsum(np.r_[True, (ends[1:] != ends[:-1]).any(axis=1)])
    length = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    rows = pd.DataFrame({"line": same, "area": owner, "set": of_set, "shared_m": length})
    both = rows.merge(rows[["line", "area", "set"]], on="line", suffixes=("", "_other"))
    both = both[(both["set"] < both["set_other"])]
    summed = both.groupby(["area", "area_other"], as_index=False)["shared_m"].sum()
    table = pd.DataFrame({"kind": "touch", "shared_m": summed["shared_m"], "sliver": False})
    made = _ordered(table, summed["area"].to_numpy(np.int64), summed["area_other"].to_numpy(np.int64))
    apart = [pair not in overlapping for pair in zip(made["area_id"], made["other_id"], strict=True)]
    return made[apart]


def _stretches(sets: list[AlignedSet]) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Give every stretch between two corners of every outline, the western end first, with its area and its set."""
    ends, owner, of_set = [np.empty((0, 4))], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for k, one in enumerate(sets):
        parts, of_part = shapely.get_parts(np.asarray(one.frame.geometry.array, dtype=object), return_index=True)
        rings, of_ring = shapely.get_rings(parts, return_index=True)
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        along = np.flatnonzero(ring[1:] == ring[:-1])
        first, last = xy[along], xy[along + 1]
        swap = (first[:, 0] > last[:, 0]) | ((first[:, 0] == last[:, 0]) & (first[:, 1] > last[:, 1]))
        ends.append(np.where(swap[:, None], np.hstack([last, first]), np.hstack([first, last])))
        owner.append(one.frame["area_id"].to_numpy(np.int64)[of_part[of_ring[ring[along]]]])
        of_set.append(np.full(len(along), k))
    return np.concatenate(ends), np.concatenate(owner), np.concatenate(of_set)
