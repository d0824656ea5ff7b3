"""
Areas beside those like them, worked out for a whole release at once: rates, ranges, ranks and verdicts.

Only published counts enter, and a rate is given for whole years alone: a year with a month missing or withheld has none, as
part of a year would read as a small one. So nothing here says more than the release's counts do.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.peers.against import AgainstPeers, compare_with_peers, one_family, rate_range
from crimemap.analysis.peers.similar import FEWEST_AREAS, SimilarAreas, similar_areas
from crimemap.products.cube import COUNTED
from crimemap.products.facts import SiteFacts
from crimemap.products.inputs import FORCE, ReleaseInputs

__all__ = ["COMPARED_TYPES", "HOUSEHOLDS", "PEOPLE", "PER", "Comparison", "Comparisons", "compare_areas"]

#: Area types whose areas are compared with each other.
COMPARED_TYPES: Final = ("neighbourhood", "csp", "lad", "bcu")
#: Rates are for this many.
PER: Final = 1_000
PEOPLE, HOUSEHOLDS = "people", "households"
_BY_HOUSEHOLDS: Final = frozenset({"Burglary"})
_KM2: Final = 1e6
_FEWEST_PAIRS: Final = 6
_YEAR: Final = 12

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """
    The areas of one type; arrays of shape (n, types) are in the order of `rows`, and of the cube's offence types.

    Attributes
    ----------
    rows
        Shape (n,). Rows of the cube.
    similar, against
        Which areas are alike, as positions in `rows`, and how each compares with them (per head).
    of_force
        Rate of all areas of the type in the area's force that have one, for every 1,000.
    """

    area_type: str
    rows: Ints
    similar: SimilarAreas
    against: AgainstPeers
    of_force: Floats

    @property
    def enough(self) -> bool:
        """Say whether there are enough areas for some to be alike."""
        return self.similar.compared >= FEWEST_AREAS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparisons:
    """
    Rates of every area of a release, and the comparisons of those that are compared.

    Attributes
    ----------
    base
        For each offence type what its rates divide by: `PEOPLE` or `HOUSEHOLDS`.
    people, area_km2
        Shape (areas,), in the order of the cube. Not numbers where they are not known.
    rate, low, high
        Shape (areas, types). For every 1,000, with a 95 % interval; not a number where there is none.
    whole
        Shape (areas, types). True where every month of the latest year has a count.
    by_type
        Area type to its comparison.
    """

    base: tuple[str, ...]
    people: Floats
    area_km2: Floats
    rate: Floats
    low: Floats
    high: Floats
    whole: NDArray[np.bool_]
    by_type: dict[str, Comparison]

    def of(self, row: int) -> tuple[Comparison, int] | None:
        """Give the comparison that a row of the cube is in, and its position there."""
        for one in self.by_type.values():
            at = int(np.searchsorted(one.rows, row))
            if at < len(one.rows) and one.rows[at] == row:
                return one, at
        return None


def compare_areas(facts: SiteFacts, inputs: ReleaseInputs) -> Comparisons:
    """
    Compare the areas of each type with those like them.

    Alike are areas with nearly as many people, as many people for each km², and the same mix of offence types over the
    months of the release.

    Parameters
    ----------
    facts
        Counts and the latest year of each force.
    inputs
        People, households and size of each area.
    """
    people, households, area_km2 = _dwellers(facts, inputs)
    # A type has one base in all areas, or their rates could not be compared.
    known = bool((people > 0).any()) and bool((households[people > 0] > 0).all())
    base = tuple(HOUSEHOLDS if known and name in _BY_HOUSEHOLDS else PEOPLE for name in facts.cube.offence_types)
    exposure = np.stack([households if one == HOUSEHOLDS else people for one in base], axis=1)
    exposure = np.where(exposure > 0, exposure, np.nan)
    year, spread = _years(facts), _dispersion(facts)
    low, high = rate_range(year, exposure, spread)
    kinds = facts.cube.areas["area_type"].to_numpy()
    dated = facts.cube.areas["force"].isin(list(facts.periods)).to_numpy()
    by_type = {}
    for kind in COMPARED_TYPES:
        rows = np.flatnonzero((kinds == kind) & dated)
        if rows.size:
            density = people[rows] / area_km2[rows]
            counted = facts.cube.status[rows] == COUNTED
            mix = np.where(counted, facts.cube.incidents[rows], 0).sum(axis=1)[:, :-1]
            similar = similar_areas({"people": people[rows], "people_per_km2": density}, mix)
            by_type[kind] = Comparison(
                area_type=kind,
                rows=rows,
                similar=similar,
                against=compare_with_peers(year[rows], exposure[rows], similar.neighbours, dispersion=spread[rows]),
                of_force=_of_force(year[rows], exposure[rows], facts.cube.areas["force"].to_numpy()[rows]),
            )
    return Comparisons(
        base=base,
        people=people,
        area_km2=area_km2,
        rate=PER * year / exposure,
        low=PER * low,
        high=PER * high,
        whole=~np.isnan(year),
        by_type=_one_family(by_type),
    )


def _one_family(by_type: dict[str, Comparison]) -> dict[str, Comparison]:
    """Judge the areas of every type together: the rate of false claims holds over the release."""
    judged = one_family([one.against for one in by_type.values()])
    return {kind: replace(one, against=against) for (kind, one), against in zip(by_type.items(), judged, strict=True)}


def _dwellers(facts: SiteFacts, inputs: ReleaseInputs) -> tuple[Floats, Floats, Floats]:
    """Give people, households and km² of each row of the cube; a force has those of its area, if that is one."""
    areas, n = inputs.areas, len(facts.cube.areas)
    found = []
    for name, per in (("population", 1.0), ("households", 1.0), ("area_m2", _KM2)):
        values = np.full(n, np.nan)
        values[: len(areas)] = areas[name].to_numpy(dtype=np.float64, na_value=np.nan) / per
        found.append(values)
    own = facts.cube.areas
    for row in np.flatnonzero((own["area_type"] == FORCE).to_numpy()).tolist():
        around = np.flatnonzero(((areas["area_type"] == "pfa") & (areas["force"] == own["force"].iloc[row])).to_numpy())
        if around.size == 1:
            for values in found:
                values[row] = values[around[0]]
    return found[0], found[1], found[2]


def _latest_year(facts: SiteFacts, force: str) -> tuple[Floats, NDArray[np.bool_]]:
    """Give the counts of a force's areas in its latest year, and which are known. Shape (areas, months, types)."""
    cube, rows = facts.cube, facts.rows_of_force[force]
    held = np.array([cube.months.index(month) for month in facts.periods[force] if month in cube.months], dtype=np.int64)
    return cube.incidents[rows][:, held].astype(np.float64), cube.status[rows][:, held] == COUNTED


def _years(facts: SiteFacts) -> Floats:
    """Give the incidents of each area's latest year; not a number unless every month has a count. Shape (areas, types)."""
    found = np.full((len(facts.cube.areas), len(facts.cube.offence_types)), np.nan)
    for force in facts.periods:
        values, counted = _latest_year(facts, force)
        if values.shape[1] == _YEAR:
            found[facts.rows_of_force[force]] = np.where(counted.all(axis=1), values.sum(axis=1), np.nan)
    return found


def _dispersion(facts: SiteFacts) -> Floats:
    """
    Give how much more each area's months vary than chance alone would have them. Shape (areas, types), at least 1.

    From the pairs of months of two years where there are enough of them; else from the months of the latest year about their
    mean, where season counts as variation too.
    """
    found = np.ones((len(facts.cube.areas), len(facts.cube.offence_types)))
    for force, change in facts.changes.items():
        values, counted = _latest_year(facts, force)
        n = counted.sum(axis=1)
        mean = np.where(counted, values, 0).sum(axis=1) / np.maximum(n, 1)
        squares = np.where(counted, (values - mean[:, None]) ** 2, 0).sum(axis=1)
        alone = squares / np.maximum(mean, 1e-9) / np.maximum(n - 1, 1)
        paired = change.pairs.reshape(mean.shape) >= _FEWEST_PAIRS
        spread = np.where(paired, change.dispersion.reshape(mean.shape), alone)
        found[facts.rows_of_force[force]] = np.maximum(spread, 1.0)
    return found


def _of_force(year: Floats, exposure: Floats, forces: NDArray[np.object_]) -> Floats:
    found = np.full(year.shape, np.nan)
    rated = ~np.isnan(year) & ~np.isnan(exposure)
    for force in set(forces.tolist()):
        own = forces == force
        there = rated[own]
        people = np.where(there, exposure[own], 0.0).sum(axis=0)
        incidents = np.where(there, year[own], 0.0).sum(axis=0)
        found[own] = np.where(people > 0, PER * incidents / np.maximum(people, 1e-9), np.nan)
    return found
