"""
What pages of areas can read of a release: everything but what they have no hash of.

Large tables, the inner workings of statistics, and what only other pages say are taken away, and whoever reads them is
refused. What is worked out of them for all areas at once, such as comparisons, is put in before. So a page cannot come to
depend on something that would not be noticed when it changes: all that is left is hashed (`area_sources`), whole unless it
is said there how it is cut.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from crimemap.alignment.overlap import Overlap
from crimemap.analysis.over_time.change import YearChange
from crimemap.analysis.peers.against import AgainstPeers
from crimemap.analysis.peers.similar import SimilarAreas
from crimemap.language import speaking
from crimemap.products.alignment_overlaps import Aligned, AlignedPair
from crimemap.products.comparison import Comparison, Comparisons
from crimemap.products.context import SiteContext
from crimemap.products.cube import Cube
from crimemap.products.facts import SiteFacts
from crimemap.products.inputs import Bricks, ReleaseInputs
from crimemap.products.unread import Unread

__all__ = ["UNREAD", "WORKED_OUT", "readable"]

#: What is taken away of each.
UNREAD: Final[Mapping[type, tuple[str, ...]]] = {
    ReleaseInputs: (
        "incidents", "places", "place_areas", "neighbourhoods", "sources", "bricks", "earlier", "postcodes", "outcomes",
        "stops",
    ),
    Cube: ("withheld",),
    YearChange: ("dispersion", "p_value", "q_value"),
    SimilarAreas: ("distance",),
    AgainstPeers: ("q_value", "above_mean"),
    Aligned: ("ladder", "ladder_document", "divisions", "counts"),
    AlignedPair: ("document",),
    Overlap: ("bricks",),
    Bricks: ("frame", "without_number"),
}  # fmt: skip
#: Of the context, worked out before something is taken away.
WORKED_OUT: Final = ("comparisons", "hotspot_tables", "languages", "confidential")
_OTHER_PAGES: Final = ("month_changes", "verdict_record")
#: Changes when the same records are loaded again, and no page of an area says it.
_ROWS: Final = "row_count"
_COUNTED: Final = "incidents"

T = TypeVar("T")


def readable(context: SiteContext) -> SiteContext:
    """
    Give the context of a release's pages as those of areas can read it.

    Parameters
    ----------
    context
        Of the release's pages.
    """
    spoken = {}
    for code in context.languages:
        with speaking(code):
            spoken[code] = context.priorities  # of all teams of a force, as they are one family of tests
    worked_out = {name: getattr(context, name) for name in WORKED_OUT}
    inputs = replace(context.inputs, coverage=context.inputs.coverage.drop(columns=_ROWS, errors="ignore"))
    given = replace(
        context,
        inputs=_without(inputs),
        facts=_facts(context.facts),
        aligned=None if context.aligned is None else _aligned(context.aligned),
        _priorities_in=spoken,
    )
    # Where cached properties keep what they found.
    vars(given).update(worked_out)
    vars(given)["comparisons"] = _comparisons(context.comparisons)
    vars(given).update({name: Unread(f"SiteContext.{name}") for name in _OTHER_PAGES})
    return given


def _without(thing: T) -> T:
    kind = type(thing)
    hidden: dict[str, Any] = {name: Unread(f"{kind.__name__}.{name}") for name in UNREAD[kind]}
    return replace(thing, **hidden)  # type: ignore[type-var] # each of them is a dataclass


def _facts(facts: SiteFacts) -> SiteFacts:
    changes = {force: _without(one) for force, one in facts.changes.items()}
    return replace(facts, cube=_without(facts.cube), changes=changes)


def _comparisons(compared: Comparisons) -> Comparisons:
    def hidden(one: Comparison) -> Comparison:
        return replace(one, similar=_without(one.similar), against=_without(one.against))

    return replace(compared, by_type={kind: hidden(one) for kind, one in compared.by_type.items()})


def _aligned(aligned: Aligned) -> Aligned:
    """Leave land and people; what was counted changes each month, and is said by other pages."""
    bricks = None if aligned.bricks is None else _without(aligned.bricks)
    pairs = {key: _without(replace(pair, found=_uncounted(pair.found))) for key, pair in aligned.pairs.items()}
    return _without(replace(aligned, pairs=pairs, bricks=bricks))


def _uncounted(found: Overlap) -> Overlap:
    frames = {name: getattr(found, name) for name in ("pieces", "sources", "targets")}
    left = {
        name: frame.drop(columns=[column for column in frame.columns if _COUNTED in str(column)])
        for name, frame in frames.items()
    }
    return _without(replace(found, **left))
