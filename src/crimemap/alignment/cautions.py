"""What is to be known before the figures of an overlap are used, in sentences."""

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from crimemap.alignment.overlap import Overlap
from crimemap.language import gettext, marked

__all__ = ["cautions", "ladder_cautions"]

#: Times the rule's width up to which a strip may still be two drawings of one line, of another scale.
_WIDER: Final = 10.0
_KM2: Final = 1e6
#: What is counted in areas, in words; incidents of none are no caution.
_COUNTED: Final = {"population": marked("population"), "households": marked("households")}


def cautions(found: Overlap, *, source: str, target: str) -> list[str]:
    """
    Say what of two sets does not cover the other, overlaps itself, looks like slivers of another scale, or is empty.

    The sentences are in the language that is spoken.

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
                said = gettext("{n} of {total} areas of {set} have no {measure}: their class by it is that by area.")
                counted = gettext(_COUNTED.get(str(measure), str(measure)))
                told.append(said.format(n=none, total=len(units), set=own, measure=counted))
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
    said = gettext(
        "{other} leaves {area} km² of {set} uncovered, {wholly} of {total} areas wholly and {part} in part: a difference in "
        "coverage, not in fit."
    )
    return [said.format(other=other, area=f"{area:,.2f}", set=own, wholly=wholly, total=len(units), part=part)]


def _twice(units: pd.DataFrame, own: str, other: str) -> list[str]:
    twice = units["twice_covered_m2"]
    if not (twice > 0).any():
        return []
    held, area = int((twice > 0).sum()), twice.sum() / _KM2
    said = gettext(
        "Areas of {other} overlap one another by {area} km² inside {n} areas of {set}: shares there sum to more than 1. See "
        "'crimemap areas check {other}'."
    )
    return [said.format(other=other, area=f"{area:,.2f}", n=held, set=own)]


def _wider(found: Overlap) -> list[str]:
    """Tell of pieces that only their width keeps from being slivers: sets drawn at another scale have many."""
    rule, pieces = found.slivers, found.pieces
    small = (pieces["share_of_source"] < rule.share) & (pieces["share_of_target"] < rule.share) & ~pieces["sliver"]
    judged_by = [name for name in found.bricks.index if name != "incidents"][:1]
    few = pieces[judged_by[0]] < rule.people if judged_by else True
    wider = pieces.loc[small & few & (pieces["width_m"] < _WIDER * rule.width_m), "width_m"]
    if wider.empty:
        return []
    said = gettext(
        "{n} pieces as small as slivers are wider than the rule's {width} m, up to {widest} m, and count as differences: if "
        "one set is drawn at another scale, compare it with one of its own."
    )
    return [said.format(n=len(wider), width=f"{rule.width_m:g}", widest=f"{wider.max():,.0f}")]
