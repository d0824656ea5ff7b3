"""
What an area's page is made from, hashed before anything of the page is worked out.

In three parts: what all pages of a release read, what those of a force read, and what is read for one area. Everything
that `readable` leaves is in the first part, whole, unless `CUT` names it; so what is added to a release is in the hash of
every page until somebody says here how it is cut. What is worked out over a whole release (false discovery control, peers,
classes of maps) is in a page's hash as far as the page says it: results, not what they came from. So another force's
records make an area's page anew only where they change what is said of the area.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.over_time.change import YearChange
from crimemap.analysis.peers.against import AgainstPeers
from crimemap.analysis.peers.similar import SimilarAreas
from crimemap.language import language
from crimemap.products.area_map_classes import area_breaks
from crimemap.products.areas_below import year_counts
from crimemap.products.comparison import Comparison, Comparisons
from crimemap.products.content_hash import UnknownContentError, content_hash
from crimemap.products.context import SiteContext
from crimemap.products.cube import Cube
from crimemap.products.facts import SiteFacts
from crimemap.products.inputs import ReleaseInputs
from crimemap.products.page_maker import page_maker
from crimemap.products.readable import WORKED_OUT

__all__ = ["CUT", "AreaSources"]

#: What is not hashed whole: of a force, of an area, or, of the last two of the context, in the line that is put in anew.
CUT: Final[Mapping[type, frozenset[str]]] = {
    SiteContext: frozenset({"inputs", "facts", "hotspots", "_priorities_in", "release_id", "created"}),
    ReleaseInputs: frozenset({"coverage"}),
    SiteFacts: frozenset({"cube", "periods", "changes", "streets", "outcomes", "located"}),
    Cube: frozenset({"incidents", "status"}),
    YearChange: frozenset({"now", "before", "pairs", "verdict"}),
    Comparisons: frozenset({"rate", "low", "high", "whole", "by_type"}),
    Comparison: frozenset({"similar", "against", "of_force"}),
    SimilarAreas: frozenset({"neighbours"}),
    AgainstPeers: frozenset({"mean", "low", "high", "peers", "rank_low", "rank_high", "p_value", "verdict"}),
}
_OF_RATES: Final = ("rate", "low", "high", "whole")

Rows = NDArray[np.int64]


class AreaSources:
    """
    Hashes of what the pages of a release's areas are made from.

    Parameters
    ----------
    context
        As `readable` gives it.
    teams
        What each neighbourhood's team says, by force and identifier.
    """

    def __init__(self, context: SiteContext, teams: Mapping[tuple[str, str], Mapping[str, Any]]) -> None:
        self._context = context
        self._teams = teams
        self._kinds = context.facts.cube.areas["area_type"].to_numpy()
        self._of_forces: dict[str, str] = {}
        self._of_rows: dict[str, str] = {}
        self._of_areas: dict[int, str] = {}
        self._release: str | None = None

    def key(self, folder: str, force: str, index: int | None, team: str | None) -> str:
        """
        Hash what a page is made from, in the language that is spoken.

        Parameters
        ----------
        folder
            Of the page in English.
        index
            The area's row in the cube; None for a neighbourhood without a boundary.
        team
            The neighbourhood's identifier; None for other areas.

        Returns
        -------
        str
            Empty where there is something whose contents are not known.
        """
        try:
            own = "" if index is None else self._of_area(index, force)
            said = [] if team is None else self._of_team(force, team)
            return content_hash(self._of_release(), self._of_force(force), own, said, folder, language())
        except UnknownContentError:
            return ""

    def _of_release(self) -> str:
        if self._release is None:
            context, compared = self._context, self._context.comparisons
            by_type = {
                kind: [_whole(some) for some in (one, one.similar, one.against)] for kind, one in compared.by_type.items()
            }
            self._release = content_hash(
                page_maker(),
                [_whole(one) for one in (context, context.inputs, context.facts, context.facts.cube, compared)],
                by_type,
                {name: getattr(context, name) for name in WORKED_OUT if name not in {"comparisons", "hotspot_tables"}},
                self._breaks(),
            )
        return self._release

    def _breaks(self) -> list[Any]:
        """Give the ends of the classes of maps of areas: the same for all areas of a type in the release."""
        measures = (self._context.comparisons.rate[:, -1], year_counts(self._context))
        kinds = sorted(set(self._kinds.tolist()))
        return [[kind, *(area_breaks(values[self._kinds == kind]) for values in measures)] for kind in kinds]

    def _of_force(self, force: str) -> str:
        if force not in self._of_forces:
            facts, coverage = self._context.facts, self._context.inputs.coverage
            changes = facts.changes.get(force)
            self._of_forces[force] = content_hash(
                self._context.hotspots.get(force),
                self._context.hotspot_tables.get(force),
                coverage[coverage["force"] == force].reset_index(drop=True),
                facts.periods.get(force),
                facts.located.get(force),
                None if changes is None else _whole(changes),
            )
        return self._of_forces[force]

    def _of_area(self, index: int, force: str) -> str:
        if index not in self._of_areas:
            facts = self._context.facts
            if self._kinds[index] == "neighbourhood":
                counts = self._counts(force, np.array([index], dtype=np.int64))
            else:  # its page lists, draws and counts areas of its force
                if force not in self._of_rows:
                    self._of_rows[force] = self._counts(force, facts.rows_of_force[force])
                counts = self._of_rows[force]
            self._of_areas[index] = content_hash(
                counts, self._compared(index), facts.streets.get(index), facts.outcomes.get(index)
            )
        return self._of_areas[index]

    def _counts(self, force: str, rows: Rows) -> str:
        """Hash what is said of areas' own numbers."""
        cube, changes = self._context.facts.cube, self._context.facts.changes[force]
        at = np.searchsorted(self._context.facts.rows_of_force[force], rows)
        shape = (-1, len(cube.offence_types))
        return content_hash(
            cube.incidents[rows],
            cube.status[rows],
            [getattr(changes, name).reshape(shape)[at] for name in sorted(CUT[YearChange])],
            self._rates(rows),
        )

    def _rates(self, rows: Rows | Sequence[int]) -> list[Any]:
        return [getattr(self._context.comparisons, name)[rows] for name in _OF_RATES]

    def _compared(self, index: int) -> list[Any]:
        """Give what is said of an area beside its peers, and of them."""
        found = self._context.comparisons.of(index)
        if found is None:
            return []
        one, at = found
        similar = one.similar.neighbours[at]
        against = [getattr(one.against, name)[at] for name in sorted(CUT[AgainstPeers])]
        return [similar, against, one.of_force[at], self._rates(one.rows[similar[similar >= 0]])]

    def _of_team(self, force: str, team: str) -> list[Any]:
        said = self._teams[force, team]
        of = self._context.priorities[force].of
        return [said, [of(team, which) for which in range(len(said.get("priorities") or []))]]


def _whole(thing: Any) -> dict[str, Any]:
    """Give the fields of something that are hashed as they are."""
    cut = CUT.get(type(thing), frozenset())
    return {one.name: getattr(thing, one.name) for one in fields(thing) if one.name not in cut}
