"""Every boundary set of a release laid over every other, once for both directions."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Final

import pandas as pd

from crimemap.alignment.cautions import cautions, ladder_cautions
from crimemap.alignment.intersect import Division
from crimemap.alignment.ladder import Ladder, ladder
from crimemap.alignment.overlap import Overlap, divide_bricks, overlap
from crimemap.language import gettext, marked
from crimemap.products.alignment_documents import ladder_document, overlap_document
from crimemap.products.alignment_sets import AlignedSet, OpenCounts
from crimemap.products.inputs import Bricks

__all__ = ["Aligned", "AlignedPair", "align", "ladder_of", "ladder_wording", "pair_wording", "transposed"]

_INCIDENTS: Final = "incidents"
_COUNTY: Final = ("ctyua", "county")
_YEAR: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AlignedPair:
    """A set laid over another, and the document that says what was found."""

    source: AlignedSet
    target: AlignedSet
    found: Overlap
    document: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aligned:
    """
    What a release says of its boundary sets.

    Attributes
    ----------
    sets
        The sets compared.
    pairs
        By source and target, every ordered pair.
    ladder, ladder_document
        The ladder of partnerships and what is said of it; None where there are no partnerships or nothing to compare them
        with.
    bricks, divisions
        The small areas with people, and how they are divided over each set; None and nothing where none are known.
    counts
        What was counted.
    """

    sets: list[AlignedSet]
    pairs: Mapping[tuple[str, str], AlignedPair]
    ladder: Ladder | None
    ladder_document: dict[str, Any] | None
    bricks: Bricks | None
    divisions: Mapping[str, Division]
    counts: OpenCounts

    @property
    def missing(self) -> tuple[str, ...]:
        """Sentences in the language that is spoken: what is not there to compare."""
        return tuple(_missing(self.sets, self.bricks, self.counts))


def align(
    sets: list[AlignedSet],
    bricks: Bricks | None,
    counts: OpenCounts,
    place_areas: pd.DataFrame,
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> Aligned:
    """
    Compare every set with every other, and put partnerships on the ladder.

    Parameters
    ----------
    place_areas
        place_id, area_id: one row for each area that a place lies in.
    """
    measures = () if bricks is None else tuple(bricks.vintages)
    divided = {} if bricks is None else {one.set_id: divide_bricks(bricks.frame, one.frame, validated=True) for one in sets}
    placed = {one.set_id: one.areas_of(place_areas, counts.by_place.index) for one in sets}
    pairs: dict[tuple[str, str], AlignedPair] = {}
    for source, target in combinations(sets, 2):
        progress(f"laying {source.set_id} over {target.set_id}")
        points = _points(placed[source.set_id], placed[target.set_id], counts) if counts.forces else None
        found = overlap(
            source.frame,
            target.frame,
            bricks=None if bricks is None else bricks.frame,
            brick_measures=measures,
            source_bricks=divided.get(source.set_id),
            points=points,
            validated=True,
        )
        for one, other, seen in ((source, target, found), (target, source, transposed(found))):
            pairs[one.set_id, other.set_id] = AlignedPair(
                source=one, target=other, found=seen, document=_document(one, other, seen, bricks, counts)
            )
    made = ladder_of(sets, pairs)
    return Aligned(
        sets=sets,
        pairs=pairs,
        ladder=made,
        ladder_document=None if made is None else _ladder_document(made, sets, pairs, bricks),
        bricks=bricks,
        divisions=divided,
        counts=counts,
    )


def transposed(found: Overlap) -> Overlap:
    """
    Give the overlap the other way round: what was source is target.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> a = gpd.GeoDataFrame(index=["A", "B"], geometry=shapely.box([0, 1000], 0, [1000, 2000], 1000), crs=27700)
    >>> b = gpd.GeoDataFrame(index=["X"], geometry=[shapely.box(0, 0, 1500, 1000)], crs=27700)
    >>> transposed(overlap(a, b)).pieces[["source", "target", "share_of_source"]].round(6).to_numpy().tolist()
    [['X', 'A', 0.666667], ['X', 'B', 0.333333]]
    """
    turned = {}
    for column in found.pieces.columns:
        for one, other in (("source", "target"), ("target", "source")):
            if column == one or column.endswith(f"_of_{one}"):
                turned[column] = f"{column.removesuffix(one)}{other}"
    pieces = found.pieces.rename(columns=turned)[list(found.pieces.columns)]
    order = pd.DataFrame(
        {
            "i": found.targets.index.get_indexer(pd.Index(pieces["source"])),
            "j": found.sources.index.get_indexer(pd.Index(pieces["target"])),
        }
    ).sort_values(["i", "j"])
    pieces = pieces.iloc[order.index].reset_index(drop=True)
    return replace(found, pieces=pieces, sources=found.targets, targets=found.sources)


def ladder_of(sets: list[AlignedSet], pairs: Mapping[tuple[str, str], AlignedPair]) -> Ladder | None:
    """Put partnerships on the ladder; None where there are none, or nothing to compare them with."""
    rungs = _rungs(sets)
    partnerships = rungs.pop("csp", None)
    if partnerships is None or not rungs:
        return None
    return ladder({rung: pairs[partnerships.set_id, one.set_id].found for rung, one in rungs.items()})


def _rungs(sets: list[AlignedSet]) -> dict[str, AlignedSet]:
    """Give the set of each rung; counties are those with unitary areas, where there are such."""
    of_type = {one.area_type: one for one in sets}
    county = next((of_type[kind] for kind in _COUNTY if kind in of_type), None)
    chosen = {"csp": of_type.get("csp"), "lad": of_type.get("lad"), "county": county}
    chosen |= {"bcu": of_type.get("bcu"), "pfa": of_type.get("pfa")}
    return {rung: one for rung, one in chosen.items() if one is not None}


def _points(source: "pd.Series[str]", target: "pd.Series[str]", counts: OpenCounts) -> pd.DataFrame:
    places = counts.by_place.index
    table = pd.DataFrame(
        {
            "source": source.reindex(places).to_numpy(),
            "target": target.reindex(places).to_numpy(),
            _INCIDENTS: counts.by_place.to_numpy(),
        }
    )
    summed = table.groupby(["source", "target"], dropna=False)[_INCIDENTS].sum()
    return summed.reset_index()


def _document(
    source: AlignedSet, target: AlignedSet, found: Overlap, bricks: Bricks | None, counts: OpenCounts
) -> dict[str, Any]:
    counted = _INCIDENTS in found.bricks.index
    made = overlap_document(
        found,
        parameters={
            "source": source.set_id,
            "target": target.set_id,
            "population": None if bricks is None else bricks.set_id,
            "sliver_width_m": found.slivers.width_m,
            "sliver_share": found.slivers.share,
            "sliver_people": found.slivers.people,
            "coterminous": found.classes.coterminous,
            "minor": found.classes.minor,
            "nested": found.classes.nested,
            "incidents": counted,
        },
        sets=(source.set_id, target.set_id),
        names=(source.names, target.names),
        bricks=None if bricks is None else bricks.to_json(),
        incidents=_counted(found, counts),
    )
    unknown = [
        set(one.frame.index[~one.frame["force"].isin(counts.forces)]) if counted else set() for one in (source, target)
    ]
    for row in _rows_not_counted(made, *unknown):
        for key in row:
            if _INCIDENTS in key:
                row[key] = None
    return made


def _counted(found: Overlap, counts: OpenCounts) -> dict[str, Any]:
    counted = _INCIDENTS in found.bricks.index
    return {
        "selection": counts.to_json(),
        "selected": int(counts.by_place.sum()),
        "outside_both": int(found.bricks["outside_both"][_INCIDENTS]) if counted else 0,
    }


def pair_wording(pair: AlignedPair, counts: OpenCounts) -> dict[str, Any]:
    """Give those fields of a pair's document that hold sentences, in the language that is spoken."""
    return {
        "incidents": _counted(pair.found, counts),
        "cautions": cautions(pair.found, source=pair.source.set_id, target=pair.target.set_id),
    }


def ladder_wording(sets: list[AlignedSet], pairs: Mapping[tuple[str, str], AlignedPair], made: Ladder) -> dict[str, Any]:
    """Give those fields of the ladder's document that hold sentences, in the language that is spoken."""
    rungs = {rung: one for rung, one in _rungs(sets).items() if rung == "csp" or rung in made.rungs}
    laid = {rung: pairs[rungs["csp"].set_id, one.set_id].found for rung, one in rungs.items() if rung != "csp"}
    return {"cautions": ladder_cautions(laid, sets={rung: [one.set_id] for rung, one in rungs.items()})}


def _rows_not_counted(made: dict[str, Any], sources: set[str], targets: set[str]) -> Iterator[dict[str, Any]]:
    """Give the rows of areas whose force is not counted: a 0 there would be no count."""
    yield from (row for row in made["sources"] if row["area_code"] in sources)
    yield from (row for row in made["targets"] if row["area_code"] in targets)
    yield from (row for row in made["pieces"] if row["source"] in sources or row["target"] in targets)


def _ladder_document(
    made: Ladder, sets: list[AlignedSet], pairs: Mapping[tuple[str, str], AlignedPair], bricks: Bricks | None
) -> dict[str, Any]:
    rungs = {rung: one for rung, one in _rungs(sets).items() if rung == "csp" or rung in made.rungs}
    known = bricks if made.weight == "population" else None
    csp = rungs["csp"]
    return ladder_document(
        made,
        parameters={rung: one.set_id for rung, one in rungs.items()},
        sets={rung: list(one.sources) for rung, one in rungs.items()},
        csp=csp.names,
        names={rung: one.names for rung, one in rungs.items() if rung != "csp"},
        bricks=None if known is None else known.to_json(),
        **ladder_wording(sets, pairs, made),
    )


_ABSENT: Final = {
    "csp": marked("This release has no boundaries of community safety partnerships."),
    "lad": marked("This release has no boundaries of districts."),
    "bcu": marked("This release has no boundaries of basic command units."),
    "pfa": marked("This release has no boundaries of police force areas."),
}


def _missing(sets: list[AlignedSet], bricks: Bricks | None, counts: OpenCounts) -> Iterator[str]:
    held = {one.area_type for one in sets}
    for kind, said in _ABSENT.items():
        if kind not in held:
            yield gettext(said)
    if not held.intersection(_COUNTY):
        yield gettext("This release has no boundaries of counties.")
    if bricks is None:
        yield gettext("It is not known how many people live where: areas are compared by area only.")
    elif "households" not in bricks.vintages:
        yield gettext("Households are not known.")
    if counts.forces and len(counts.months) < _YEAR:
        said = gettext("Incidents are of {n} months, {first} to {last}.")
        yield said.format(n=len(counts.months), first=counts.months[0], last=counts.months[-1])
    for force, why in sorted(counts.left_out.items()):
        yield gettext("Incidents of {force} are not counted: {why}.").format(force=force, why=why)
