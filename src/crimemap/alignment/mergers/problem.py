"""A search put together from its inputs, checked, and cut into parts that can be searched one by one."""

from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np

from crimemap.alignment.mergers.contiguity import Contiguity
from crimemap.alignment.mergers.groups import Part
from crimemap.alignment.mergers.limits import Limits
from crimemap.alignment.mergers.misfit import Fit, Objective
from crimemap.alignment.mergers.scoring import Scoring
from crimemap.errors import EmptyInputError, InfeasibleError, InputError, NotFoundError

__all__ = ["Problem"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """
    Units to group, what they should fit, and under which limits.

    Attributes
    ----------
    fit
        People by unit and target area, for the whole set even where only a part of it is searched.
    contiguity
        The neighbours.
    population
        People of each unit, whether or not target areas cover them.
    force
        Code of each unit's police force area; needed while groups stay whole within a force.
    county
        Code of each unit's county; None or absent where it has none, such as a unitary authority that is its own.
    units
        Units to search; None for all.
    objective, limits
        What is made small, and under which limits.
    cross_force
        Whether a group may lie in two forces.
    keep_county_lines
        Whether a group may not lie in two counties. Units without a county count as one county of their own each.

    Raises
    ------
    EmptyInputError
        If there is no unit to search.
    NotFoundError
        If a code is unknown.
    InputError
        If a unit has no population or no force.
    InfeasibleError
        If limits cannot be kept, as far as that shows before searching.
    """

    fit: Fit
    contiguity: Contiguity
    population: Mapping[str, float]
    force: Mapping[str, str] = field(default_factory=dict)
    county: Mapping[str, str | None] = field(default_factory=dict)
    units: tuple[str, ...] | None = None
    objective: Objective = field(default_factory=Objective)
    limits: Limits = field(default_factory=Limits)
    cross_force: bool = False
    keep_county_lines: bool = False

    def __post_init__(self) -> None:
        """Check the inputs against one another."""
        if not self.chosen:
            raise EmptyInputError("no unit to search", where="units", fix="Name at least one.")
        if len(set(self.chosen)) < len(self.chosen):
            raise InputError("a unit is named twice", where="units", fix="Name each unit once.")
        for name, known in (("the neighbours", set(self.contiguity.units)), ("the overlap matrix", set(self.fit.units))):
            missing = [unit for unit in self.chosen if unit not in known]
            if missing:
                raise NotFoundError(
                    f"{len(missing)} units are not in {name}, first {missing[0]!r}",
                    where="units",
                    fix="Use one set for all.",
                )
        self.limits.check({unit: k for k, unit in enumerate(self.chosen)})
        lacking = [unit for unit in self.chosen if not 0 <= self.population.get(unit, -1.0) < float("inf")]
        if lacking:
            raise InputError(
                f"{len(lacking)} units have no population, first {lacking[0]}",
                where="population",
                fix="Give 0 where nobody lives.",
            )
        if not self.cross_force:
            lacking = [unit for unit in self.chosen if unit not in self.force]
            if lacking:
                raise InputError(
                    f"{len(lacking)} units have no force, first {lacking[0]}",
                    where="force",
                    fix="Give each unit's force, or allow groups to cross forces.",
                )

    @property
    def chosen(self) -> tuple[str, ...]:
        """Units to search."""
        return self.fit.units if self.units is None else self.units

    def region(self, unit: str) -> Hashable:
        """Give what a unit's group must lie within."""
        force = None if self.cross_force else self.force[unit]
        if not self.keep_county_lines:
            return force
        return force, self.county.get(unit) or ("alone", unit)

    @cached_property
    def parts(self) -> list[tuple[Part, Scoring]]:
        """
        Cut the map where no group may reach across: between regions, and where no unit borders another.

        Parts come in the order of their first unit.
        """
        place = {unit: k for k, unit in enumerate(self.chosen)}
        graph: nx.Graph[str] = nx.Graph()
        graph.add_nodes_from(self.chosen)
        edges = zip(self.contiguity.edges["unit"], self.contiguity.edges["neighbour"], strict=True)
        graph.add_edges_from((a, b) for a, b in edges if a in place and b in place and self.region(a) == self.region(b))
        found = sorted(
            (sorted(part, key=place.__getitem__) for part in nx.connected_components(graph)), key=lambda p: place[p[0]]
        )
        return [self._part(units, graph) for units in found]

    def _part(self, units: list[str], graph: "nx.Graph[str]") -> tuple[Part, Scoring]:
        here = {unit: k for k, unit in enumerate(units)}
        limits = self.limits.within(here)
        for a, b in limits.must_join:
            if a not in here or b not in here:
                raise InfeasibleError(
                    f"{a} and {b} must join, but no chain of neighbours that a group may follow leads from one to the other",
                    where="must_join",
                    fix="Declare a link between them, allow groups to cross the border, or take the pair out.",
                )
        people = np.array([float(self.population[unit]) for unit in units])
        edges = sorted((min(here[a], here[b]), max(here[a], here[b])) for a, b in graph.subgraph(units).edges)
        part = Part(
            units=tuple(units),
            edges=np.array(edges, dtype=np.intp).reshape(-1, 2),
            population=people,
            together=tuple((here[a], here[b]) for a, b in limits.must_join),
            apart=tuple((here[a], here[b]) for a, b in limits.must_not_join),
            min_population=limits.min_population,
            max_population=limits.max_population,
            max_members=limits.max_members,
        )
        self._refuse_impossible(part)
        return part, Scoring(fit=self.fit.within(units), objective=self.objective)

    def _refuse_impossible(self, part: Part) -> None:
        low, high, people = part.min_population, part.max_population, part.population
        where = f"the part with {part.units[0]}" if len(part) > 1 else part.units[0]
        if low is not None and people.sum() < low - part.slack:
            raise InfeasibleError(
                f"{where} has {people.sum():,.0f} people in all, {low:,.0f} are asked for, and it borders nothing to join",
                where="min_population",
                fix="Declare a link to a neighbour, allow groups to cross the border, or ask for fewer people.",
            )
        if high is not None and people.max() > high + part.slack:
            worst = part.units[int(people.argmax())]
            raise InfeasibleError(
                f"{worst} alone has {people.max():,.0f} people, at most {high:,.0f} are allowed",
                where="max_population",
                fix="Allow more people, or leave the unit out of the search.",
            )

    def infeasible(self, part: Part) -> InfeasibleError:
        """Say that a part cannot be divided within the limits."""
        names = {
            "min_population": part.min_population,
            "max_population": part.max_population,
            "max_members": part.max_members,
            "must_join": part.together,
            "must_not_join": part.apart,
        }
        used = ", ".join(name for name, value in names.items() if value not in (None, ()))
        return InfeasibleError(
            f"no way to group the {len(part)} units connected with {part.units[0]} keeps all limits ({used or 'none'})",
            where="limits",
            fix="Loosen one of them.",
        )

    @property
    def parameters(self) -> dict[str, Any]:
        """What made the result."""
        return {
            "objective": asdict(self.objective),
            "limits": asdict(self.limits),
            "cross_force": self.cross_force,
            "keep_county_lines": self.keep_county_lines,
            "gap_m": self.contiguity.gap_m,
            "shortest_m": self.contiguity.shortest_m,
            "links": self.contiguity.edges.loc[self.contiguity.edges["declared"], ["unit", "neighbour"]].to_numpy().tolist(),
        }
