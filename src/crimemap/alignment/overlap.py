"""
The overlap of two boundary sets: what every pair of units shares, by area and by the people who live there.

People are known by bricks (LSOAs): a brick wholly inside a pair's common part counts whole, a brick that a boundary cuts is
divided by area, and how many people were divided that way is reported beside the figure as its uncertainty. Shares of a
unit are of the whole unit, so that they sum to 1 with its uncovered part.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array

from crimemap.alignment.classes import ClassRule, classify
from crimemap.alignment.intersect import Division, brick_shares, divide
from crimemap.alignment.measures import Measures, measures
from crimemap.alignment.overlap_summary import summary_of_side, totals
from crimemap.alignment.shared import Outlines, as_overlaid, outlines, shared_by_two
from crimemap.alignment.slivers import SliverRule, are_slivers
from crimemap.crs import require_national_grid
from crimemap.errors import InputError, ParameterError
from crimemap.tiling import require_polygons

__all__ = ["Overlap", "SliverRule", "divide_bricks", "overlap"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overlap:
    """
    What two boundary sets share.

    Attributes
    ----------
    pieces
        One row for each pair of units that share area: `source`, `target`, `area_m2`, `share_of_source`, `share_of_target`,
        `iou`, `width_m`, `sliver`; and for each measure of the bricks, such as `population`: its number, `<measure>_cut` (of
        it, from bricks that a boundary cuts), `<measure>_share_of_source` and `<measure>_share_of_target`.
    sources, targets
        One row for each unit, on the set's index and in its order: `area_m2`, `covered_m2`, `uncovered_m2`,
        `uncovered_share`, `twice_covered_m2` (units of the other set overlap there), `n_matches` (slivers left out),
        `best_match`, `best_share`, `best_iou`; and for each measure its number, `<measure>_uncovered` and
        `best_match_by_<measure>`, `best_share_by_<measure>`. How the unit fits is in `class`, by area, and in
        `class_by_<measure>` (that by area where an area has none of it); `<measure>_outside` is the number in other units
        than that of `best_match_by_<measure>`.
    bricks
        For each measure its total, the number that lies outside both sets, and `cut`, the number in bricks that a boundary
        cuts; empty without bricks and points.
    slivers, classes
        The rules that were used.
    """

    pieces: pd.DataFrame
    sources: pd.DataFrame
    targets: pd.DataFrame
    bricks: pd.DataFrame
    slivers: SliverRule
    classes: ClassRule

    def matrix(self, weight: str = "area_m2", *, slivers: bool = False) -> coo_array:
        """
        Give what units share as a sparse matrix.

        Parameters
        ----------
        weight
            `area_m2` or a measure of the bricks.
        slivers
            Whether to keep slivers.

        Returns
        -------
        scipy.sparse.coo_array
            Shape (n_source, n_target), in the order of `sources` and `targets`.

        Raises
        ------
        ParameterError
            If there is no such weight.
        """
        if weight not in ("area_m2", *self.bricks.index):
            raise ParameterError(
                f"{weight!r} was not measured",
                where="weight",
                fix=f"Take one of: {', '.join(['area_m2', *self.bricks.index])}.",
            )
        kept = self.pieces if slivers else self.pieces[~self.pieces["sliver"]]
        row = self.sources.index.get_indexer(pd.Index(kept["source"]))
        column = self.targets.index.get_indexer(pd.Index(kept["target"]))
        return coo_array(
            (kept[weight].to_numpy(dtype=np.float64), (row, column)), shape=(len(self.sources), len(self.targets))
        )

    def measures(self, weight: str = "area_m2") -> Measures:
        """Measure the agreement of the two sets, slivers left out."""
        return measures(self.matrix(weight))

    @property
    def parameters(self) -> dict[str, Any]:
        """What made this result."""
        return {"slivers": asdict(self.slivers), "classes": asdict(self.classes), "measures": list(self.bricks.index)}


def _checked(frames: dict[str, gpd.GeoDataFrame], *, validated: bool) -> list[NDArray[np.object_]]:
    """Give the shapes of sets that can be compared, by where they come from."""
    with ThreadPoolExecutor(len(frames)) as pool:
        return list(pool.map(partial(_units, validated=validated), frames.values(), frames))


def _units(frame: gpd.GeoDataFrame, where: str, *, validated: bool) -> NDArray[np.object_]:
    require_national_grid(frame.crs, where=where)
    repeated = int(frame.index.duplicated().sum())
    if repeated:
        raise InputError(f"{repeated} area codes come more than once", where=where, fix="Give each area one row.")
    return require_polygons(np.asarray(frame.geometry.array, dtype=object), where=where, validated=validated)


def overlap(
    source: gpd.GeoDataFrame,
    target: gpd.GeoDataFrame,
    *,
    bricks: gpd.GeoDataFrame | None = None,
    brick_measures: Sequence[str] = ("population",),
    source_bricks: Division | None = None,
    points: pd.DataFrame | None = None,
    slivers: SliverRule | None = None,
    classes: ClassRule | None = None,
    validated: bool = False,
) -> Overlap:
    """
    Compare two boundary sets.

    Parameters
    ----------
    source, target
        Polygons indexed by area code; EPSG:27700. Units of one set should not overlap one another.
    bricks
        Small areas with people, polygons in EPSG:27700 with the columns `brick_measures`; a missing number is 0 people.
    brick_measures
        Columns of the bricks to divide, such as `population` and `households`.
    source_bricks
        These bricks divided over these sources, as `divide_bricks` gives them: for a caller that compares one set with many.
    points
        Counts of what lies at points, such as incidents, that were already assigned to both sets: columns `source`, `target`
        (area codes, missing where it lies in none) and one for each count.
    slivers
        When a shared part is a sliver.
    classes
        From which share a unit is coterminous, and so on.
    validated
        All shapes were found valid before, as those of a workspace were when they were added, and are not examined again.

    Returns
    -------
    Overlap

    Raises
    ------
    CrsError
        If a set has no coordinate reference system, or another one.
    InputError
        If a set is empty, has invalid shapes or repeated codes, or a column of the bricks is missing or negative.

    Examples
    --------
    >>> import shapely
    >>> squares = shapely.box([0, 1000], 0, [1000, 2000], 1000)
    >>> a = gpd.GeoDataFrame(index=["A", "B"], geometry=squares, crs=27700)
    >>> b = gpd.GeoDataFrame(index=["X"], geometry=[shapely.box(0, 0, 1500, 1000)], crs=27700)
    >>> found = overlap(a, b)
    >>> found.pieces[["source", "target", "share_of_source", "share_of_target"]].round(6).to_numpy().tolist()
    [['A', 'X', 1.0, 0.666667], ['B', 'X', 0.5, 0.333333]]
    >>> found.sources["uncovered_share"].round(6).tolist()
    [0.0, 0.5]
    """
    rule = slivers or SliverRule()
    sources, targets = _checked({"source set": source, "target set": target}, validated=validated)
    drawn, others = outlines(sources, targets)
    i, j, area, perimeter = shared_by_two(drawn, others)
    area = as_overlaid(sources, targets, i=i, j=j, area_m2=area, perimeter_m=perimeter)
    pieces = pd.DataFrame({"i": i, "j": j, "area_m2": area, "width_m": 2 * area / perimeter})
    people = _people(bricks, brick_measures, drawn, others, source_bricks, validated=validated)
    names = [] if bricks is None else list(brick_measures)
    judged_by = names[:1]
    if points is not None:
        counts = _points(points, source.index, target.index)
        names += [name for name in counts.columns if name not in ("i", "j")]
        people = pd.concat([people, counts]).fillna(0.0).groupby(["i", "j"], as_index=False, sort=True).sum()
        people = people.reindex(
            columns=["i", "j", *(f"{name}{part}" for name in names for part in ("", "_cut"))], fill_value=0.0
        )
    pieces = pieces.merge(people[people["i"].ge(0) & people["j"].ge(0)], on=["i", "j"], how="left")
    numbers = [column for name in names for column in (name, f"{name}_cut")]
    pieces[numbers] = pieces[numbers].fillna(0.0)

    area_of_source, area_of_target = drawn.area_m2, others.area_m2
    pieces["share_of_source"] = np.minimum(area / area_of_source[i], 1.0)
    pieces["share_of_target"] = np.minimum(area / area_of_target[j], 1.0)
    pieces["iou"] = np.minimum(area / (area_of_source[i] + area_of_target[j] - area), 1.0)
    pieces["sliver"] = are_slivers(pieces, rule, judged_by)
    both = []
    for side, frame, areas in (("i", source, area_of_source), ("j", target, area_of_target)):
        across = target.index if side == "i" else source.index
        both.append(summary_of_side(pieces, side, frame.index, areas, people=people, names=names, other=across))
        for name in names:
            whole = both[-1][name].to_numpy()[pieces[side]]
            other = "source" if side == "i" else "target"
            with np.errstate(invalid="ignore"):
                pieces[f"{name}_share_of_{other}"] = pieces[name].to_numpy() / whole
    fits = classes or ClassRule()
    for frame, side, other in ((both[0], "i", "j"), (both[1], "j", "i")):
        for name in ("area_m2", *names):
            fit = classify(pieces, side, other, weight=name, n=(len(source), len(target)), rule=fits)
            if name == "area_m2":
                frame["class"] = fit.classes
            else:
                # Where nobody lives nothing can be said by people, which is not the same as what no area covers.
                frame[f"class_by_{name}"] = np.where(frame[name] > 0, fit.classes, frame["class"])
                frame[f"{name}_outside"] = fit.outside
    pieces.insert(0, "source", source.index.to_numpy()[i])
    pieces.insert(1, "target", target.index.to_numpy()[j])
    ordered = ["source", "target", "area_m2", "share_of_source", "share_of_target", "iou", "width_m", "sliver", *numbers]
    shares = [f"{name}_share_of_{side}" for name in names for side in ("source", "target")]
    return Overlap(
        pieces=pieces[[*ordered, *shares]],
        sources=both[0],
        targets=both[1],
        bricks=totals(people, names),
        slivers=rule,
        classes=fits,
    )


def divide_bricks(bricks: gpd.GeoDataFrame, units: gpd.GeoDataFrame, *, validated: bool = False) -> Division:
    """
    Divide bricks over the units of a set, both polygons in EPSG:27700, once for several calls of `overlap`.

    Parameters
    ----------
    validated
        All shapes were found valid before: see `overlap`.
    """
    of_bricks, of_units = outlines(*_checked({"bricks": bricks, "source set": units}, validated=validated))
    return divide(of_bricks, of_units)


def _people(
    bricks: gpd.GeoDataFrame | None,
    names: Sequence[str],
    sources: Outlines,
    targets: Outlines,
    source_bricks: Division | None,
    *,
    validated: bool,
) -> pd.DataFrame:
    """Sum bricks over pairs of units, -1 for no unit; of each sum, what comes from bricks that a boundary cuts."""
    if bricks is None:
        return pd.DataFrame({"i": pd.Series(dtype=np.intp), "j": pd.Series(dtype=np.intp)})
    missing = [name for name in names if name not in bricks.columns]
    if missing or not names:
        raise InputError(f"no column {', '.join(missing) or 'named'}", where="bricks", fix="Name columns that hold numbers.")
    if source_bricks is None:
        by_source = divide(outlines(*_checked({"bricks": bricks}, validated=validated))[0], sources)
    else:
        by_source = source_bricks
        divided = by_source.bricks.area_m2.size, by_source.units.area_m2.size
        if divided != (len(bricks), sources.area_m2.size):
            raise InputError(
                f"{divided[0]} bricks were divided over {divided[1]} areas, "
                f"not {len(bricks)} over {sources.area_m2.size} as here",
                where="source_bricks",
                fix="Divide these bricks over this set with divide_bricks.",
            )
    brick, i, j, share = brick_shares(by_source, divide(by_source.bricks, targets))
    table = pd.DataFrame({"i": i, "j": j})
    for name in names:
        number = bricks[name].fillna(0).to_numpy(dtype=np.float64)
        if not np.isfinite(number).all() or (number < 0).any():
            raise InputError(f"{name} is negative or not finite somewhere", where="bricks", fix="Correct the numbers.")
        table[name] = number[brick] * share
        table[f"{name}_cut"] = np.where(share < 1, table[name], 0.0)
    return table.groupby(["i", "j"], as_index=False, sort=True).sum()


def _points(points: pd.DataFrame, source: "pd.Index[Any]", target: "pd.Index[Any]") -> pd.DataFrame:
    """Sum counts over pairs of units, -1 for no unit."""
    counts = points.drop(columns=["source", "target"])
    if counts.lt(0).any(axis=None) or not np.isfinite(counts.to_numpy(dtype=np.float64)).all():
        raise InputError("a count is negative or not finite", where="points", fix="Give counts of 0 or more.")
    made = counts.assign(i=source.get_indexer(pd.Index(points["source"])), j=target.get_indexer(pd.Index(points["target"])))
    return made.groupby(["i", "j"], as_index=False, sort=True).sum()
