"""A search for the best lawful mergers: what it found, how sure that is, and what the groups are, cost and need by law."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from crimemap.alignment.mergers.before_after import unit_table
from crimemap.alignment.mergers.composition import composition
from crimemap.alignment.mergers.contiguity import link
from crimemap.alignment.mergers.front import Front, front
from crimemap.alignment.mergers.law_review import law_of
from crimemap.alignment.mergers.misfit import group_fit
from crimemap.alignment.mergers.options import SearchOptions
from crimemap.alignment.mergers.planning import Planning
from crimemap.alignment.mergers.problem import Problem
from crimemap.alignment.mergers.result import Grouping, SearchResult
from crimemap.alignment.mergers.savings import Savings, SavingsModel
from crimemap.alignment.mergers.scenario import Merge, Scenario
from crimemap.alignment.mergers.scored import ROW, rows_of_units, savings_model, spread_of
from crimemap.alignment.mergers.search import search
from crimemap.alignment.mergers.search_document import document, sentence
from crimemap.alignment.mergers.watch import Progress, Reporter
from crimemap.errors import EmptyInputError, NotFoundError
from crimemap.language import marked

__all__ = ["Searched", "plan_search", "require_searchable", "scenario_of"]

_TIES: Final = 10
#: Of the time limit, what the search may use where a front is asked for as well.
_SEARCH_SHARE: Final = 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Searched:
    """
    What a search found.

    Attributes
    ----------
    planning, options
        What was asked. The planning has the links that were asked for.
    result
        The best grouping, with bound and gap.
    before_people
        The objective with every unit by itself.
    front
        The best for every number of partnerships; None unless asked for.
    scenario
        The grouping as a proposal, to be scored.
    unit_after
        Unit of each brick after it.
    groups
        One row for each group, with the fields of docs/json/mergers.md.
    spread
        Size and spread of each merged group.
    savings
        None without assumptions.
    left_out
        Units that were not searched although asked for: `code`, `name`, `why` in English, which the document translates.
    """

    planning: Planning
    options: SearchOptions
    result: SearchResult
    before_people: float
    front: Front | None
    scenario: Scenario
    unit_after: "pd.Series[Any]"
    groups: pd.DataFrame
    made: pd.DataFrame
    spread: pd.DataFrame
    model: SavingsModel | None
    savings: Savings | None
    left_out: tuple[dict[str, str], ...]

    @property
    def law(self) -> tuple[dict[str, Any], ...]:
        """A review of each merged group, as documents in the language that is spoken."""
        return tuple(law_of(self.planning, self.made, [merge.code for merge in self.scenario.merges]))

    @property
    def proved(self) -> bool:
        """Whether nothing within the limits fits better."""
        return self.result.status == "optimal"

    @property
    def parameters(self) -> dict[str, Any]:
        """What made this result."""
        asked = self.options.parameters | {"units": self.planning.unit_set, "targets": self.planning.target_set}
        return asked | {"gap_m": self.planning.contiguity.gap_m, "shortest_m": self.planning.contiguity.shortest_m}

    @property
    def says(self) -> str:
        """One sentence in the language that is spoken: what the best grouping does, and how sure that is."""
        return sentence(self)

    def to_json(self) -> dict[str, Any]:
        """Give the document that docs/json/mergers.md describes."""
        return document(self)


def plan_search(
    planning: Planning,
    *,
    options: SearchOptions | None = None,
    progress: Reporter | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Searched:
    """
    Find the best lawful mergers and say what they are, cost and need.

    Parameters
    ----------
    planning
        Units, targets and bricks.
    options
        What to make small, under which limits.
    progress
        Called often with what is being done; answering False calls the search off.
    cancelled
        Asked often; answering True calls the search off. The best found until then is given, with a true bound.

    Raises
    ------
    NotFoundError
        If a unit or a force is not there.
    InfeasibleError
        If no grouping keeps the limits.
    EmptyInputError
        If no unit can be searched.
    ParameterError
        If the search ended before any grouping within the limits was found.
    """
    asked = options or SearchOptions()
    linked = replace(planning, contiguity=link(planning.contiguity, asked.links))
    chosen, left_out = _chosen(linked, asked)
    problem = _problem(linked, asked, chosen)
    report = _reporter(progress, cancelled)
    first, second = _times(asked)
    result = search(problem, most_ties=_TIES, time_limit_s=first, progress=report)
    made_before = composition(linked, linked.bricks["unit"], numbers=asked.numbers)
    model = savings_model(linked, asked, made_before)
    wanted = asked.front and result.status != "cancelled"
    found = front(problem, savings=model, time_limit_s=second, progress=report) if wanted else None
    alone = group_fit(problem.fit, np.eye(len(problem.fit.units), dtype=np.bool_))
    place = {unit: k for k, unit in enumerate(problem.fit.units)}
    cost = asked.goal.cost(alone)[[place[unit] for unit in chosen]]
    return _told(linked, asked, result, found, before_people=float(cost.sum()), model=model, left_out=left_out)


def require_searchable(planning: Planning, options: SearchOptions) -> None:
    """
    Refuse a search that names what is not there, before it begins.

    Raises
    ------
    NotFoundError
        If a unit or a force is not there.
    EmptyInputError
        If no unit can be searched.
    """
    linked = replace(planning, contiguity=link(planning.contiguity, options.links))
    chosen, _ = _chosen(linked, options)
    _problem(linked, options, chosen)


def _times(asked: SearchOptions) -> tuple[float | None, float | None]:
    whole = asked.time_limit_s
    if whole is None or not asked.front:
        return whole, None
    return whole * _SEARCH_SHARE, whole * (1 - _SEARCH_SHARE)


def _reporter(progress: Reporter | None, cancelled: Callable[[], bool] | None) -> Reporter | None:
    if progress is None and cancelled is None:
        return None

    def report(now: Progress) -> bool | None:
        if cancelled is not None and cancelled():
            return False
        return None if progress is None else progress(now)

    return report


def _chosen(planning: Planning, asked: SearchOptions) -> tuple[tuple[str, ...], tuple[dict[str, str], ...]]:
    units = planning.units
    strange = [code for code in asked.forces if code not in set(units["force"].dropna())]
    if strange:
        held = sorted(set(units["force"].dropna()))
        raise NotFoundError(
            f"no unit lies in force {strange[0][:40]!r}",
            where="forces",
            fix=f"There are: {', '.join(held[:50])}." if held else "The forces of the units are not known.",
        )
    mine = units[units["force"].isin(asked.forces)] if asked.forces else units
    chosen, left_out = [], []
    for code, row in mine.iterrows():
        why = None
        if not np.isfinite(float(row["population"])):
            why = marked("its people are not known")
        elif asked.within_force and not isinstance(row["force"], str):
            why = marked("its force is not known")
        if why is None:
            chosen.append(str(code))
        else:
            left_out.append({"code": str(code), "name": str(row["name"]), "why": why})
    if not chosen:
        raise EmptyInputError(
            f"none of {len(mine)} units can be searched; of the first, {left_out[0]['why']}",
            where=planning.unit_set,
            fix="Add police force areas, and small areas with people, that cover them.",
        )
    return tuple(chosen), tuple(left_out)


def _problem(planning: Planning, asked: SearchOptions, chosen: tuple[str, ...]) -> Problem:
    units = planning.units
    return Problem(
        fit=planning.fit,
        contiguity=planning.contiguity,
        population={str(code): float(value) for code, value in units["population"].items()},
        force={str(code): value for code, value in units["force"].items() if isinstance(value, str)},
        county={str(code): value if isinstance(value, str) else None for code, value in units["county"].items()},
        units=chosen,
        objective=asked.goal,
        limits=asked.limits,
        cross_force=not asked.within_force,
        keep_county_lines=asked.keep_counties,
    )


def scenario_of(planning: Planning, groups: Grouping, *, name: str = "") -> Scenario:
    """Write a grouping as a proposal: a merger for each group of several units, named after them."""
    names = planning.units["name"]
    merges = tuple(
        Merge(tuple(group), "+".join(group), " + ".join(str(names[code]) for code in group))
        for group in groups
        if len(group) > 1
    )
    return Scenario(name=name, merges=merges)


def _told(
    planning: Planning,
    asked: SearchOptions,
    result: SearchResult,
    found: Front | None,
    *,
    before_people: float,
    model: SavingsModel | None,
    left_out: tuple[dict[str, str], ...],
) -> Searched:
    scenario = scenario_of(planning, result.groups)
    after = planning.bricks["unit"].astype(object)
    after = after.replace({unit: merge.code for merge in scenario.merges for unit in merge.units})
    units = unit_table(after, planning.bricks, target="target", numbers=["households", "cut_population"], rule=asked.classes)
    made = composition(planning, after, numbers=asked.numbers)
    merged = [merge.code for merge in scenario.merges]
    called = {merge.code: merge.name for merge in scenario.merges}
    rows = rows_of_units(planning, after, units.table, made, names=called, changed=set(merged))
    names = planning.units["name"]
    wanted = [next((m.code for m in scenario.merges if m.units == group), group[0]) for group in result.groups]
    groups = rows.reindex(wanted)[list(ROW)]
    named = [[str(names[code]) for code in held] for held in groups["members"]]
    groups.insert(ROW.index("members") + 1, "names", pd.Series(named, index=groups.index, dtype=object))
    groups["merged"] = groups["changed"]
    return Searched(
        planning=planning,
        options=asked,
        result=result,
        before_people=before_people,
        front=found,
        scenario=scenario,
        unit_after=after,
        groups=groups,
        made=made,
        spread=spread_of(planning, after, made, merged, asked),
        model=model,
        savings=None if model is None else model.savings(result.groups),
        left_out=left_out,
    )
