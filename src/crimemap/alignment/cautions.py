"""What is to be known before the figures of an overlap are used, in sentences."""

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from crimemap.alignment.overlap import Overlap

__all__ = ["cautions", "ladder_cautions"]

#: Times the rule's width up to which a strip may still be two drawings of one line, of another scale.
_WIDER: Final = 10.0
_KM2: Final = 1e6


def cautions(found: Overlap, *, source: str, target: str) -> list[str]:
    """
    Say what of two sets does not cover the other, overlaps itself, looks like slivers of another scale, or is empty.

    Parameters
    ----------
    found
        The overlap.
    source, target
        Names of the sets.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from crimemap.alignment.overlap import overlap
    >>> a = gpd.GeoDataFrame(index=["A", "B"], geometry=shapely.box([0, 1000], 0, [1000, 2000], 1000), crs=27700)
    >>> cautions(overlap(a, a.loc[["A"]]), source="new", target="old")
    ['old leaves 1.00 km² of new uncovered, 1 of 2 areas wholly and 0 in part: a difference in coverage, not in fit.']
    """
    told = []
    for units, own, other in ((found.sources, source, target), (found.targets, target, source)):
        told += _coverage(units, own, other, found.slivers.share)
        told += _twice(units, own, other)
        for measure in found.bricks.index.drop("incidents", errors="ignore"):
            none = int((units[measure] == 0).sum())
            if none:
                told.append(f"{none} of {len(units)} areas of {own} have no {measure}: their class by it is that by area.")
    return told + _wider(found)


def ladder_cautions(overlaps: Mapping[str, Overlap], *, sets: Mapping[str, Sequence[str]]) -> list[str]:
    """
    Say the same of partnerships laid over each rung of a ladder, each sentence once.

    Parameters
    ----------
    overlaps
        Partnerships over the areas of each rung.
    sets
        Identifiers of the sets of partnerships (`csp`) and of each rung.
    """
    names = {rung: ", ".join(held) for rung, held in sets.items()}
    told = (
        sentence for rung, found in overlaps.items() for sentence in cautions(found, source=names["csp"], target=names[rung])
    )
    return list(dict.fromkeys(told))


def _coverage(units: pd.DataFrame, own: str, other: str, share: float) -> list[str]:
    """Tell of areas that the other set covers not at all or not in full; less is another drawing of the coast."""
    open_part = units["uncovered_share"] > share
    if not open_part.any():
        return []
    wholly = int((units["covered_m2"] == 0).sum())
    area = units.loc[open_part, "uncovered_m2"].sum() / _KM2
    part = int(open_part.sum()) - wholly
    said = f"{other} leaves {area:,.2f} km² of {own} uncovered, {wholly} of {len(units)} areas wholly and {part} in part"
    return [f"{said}: a difference in coverage, not in fit."]


def _twice(units: pd.DataFrame, own: str, other: str) -> list[str]:
    twice = units["twice_covered_m2"]
    if not (twice > 0).any():
        return []
    held, area = int((twice > 0).sum()), twice.sum() / _KM2
    said = f"Areas of {other} overlap one another by {area:,.2f} km² inside {held} areas of {own}"
    return [f"{said}: shares there sum to more than 1. See 'crimemap areas check {other}'."]


def _wider(found: Overlap) -> list[str]:
    """Tell of pieces that only their width keeps from being slivers: sets drawn at another scale have many."""
    rule, pieces = found.slivers, found.pieces
    small = (pieces["share_of_source"] < rule.share) & (pieces["share_of_target"] < rule.share) & ~pieces["sliver"]
    judged_by = [name for name in found.bricks.index if name != "incidents"][:1]
    few = pieces[judged_by[0]] < rule.people if judged_by else True
    wider = pieces.loc[small & few & (pieces["width_m"] < _WIDER * rule.width_m), "width_m"]
    if wider.empty:
        return []
    width = f"wider than the rule's {rule.width_m:g} m, up to {wider.max():,.0f} m"
    said = f"{len(wider)} pieces as small as slivers are {width}, and count as differences"
    return [f"{said}: if one set is drawn at another scale, compare it with one of its own."]
