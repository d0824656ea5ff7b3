"""A proposal scored: every unit and the whole before and after, the law, spread, savings and what is only estimated."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final

import pandas as pd

from crimemap.alignment.mergers.before_after import MEASURED_IN, BeforeAfter, compare_units
from crimemap.alignment.mergers.composition import composition, moved_bricks
from crimemap.alignment.mergers.force_lines import beyond_force_line
from crimemap.alignment.mergers.law_review import law_of
from crimemap.alignment.mergers.options import ScoreOptions
from crimemap.alignment.mergers.planning import Planning
from crimemap.alignment.mergers.rules import rules
from crimemap.alignment.mergers.savings import Savings, SavingsModel
from crimemap.alignment.mergers.scenario import Scenario, apply_scenario
from crimemap.alignment.mergers.spread import spread
from crimemap.alignment.mergers.uncertainty import savings_document, uncertainty
from crimemap.errors import NotFoundError
from crimemap.records import plain, records

__all__ = ["ROW", "Scored", "rows_of_units", "savings_model", "scenario_document", "score", "spread_of"]

_LISTED: Final = 5_000
#: Fields of a row of a unit, in the order in which they are told.
ROW: Final = (
    "code", "name", "members", "population", "households", "incidents", "area_km2", "officers", "cost", "best_match",
    "best_match_name", "share_of_unit", "share_of_match", "iou", "outside_area", "outside_group", "beyond_force_line",
    "misfit", "uncovered", "in_slivers", "cut_population", "class", "class_by", "changed",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """
    What a proposal does.

    Attributes
    ----------
    planning, scenario, options
        What was scored.
    unit_after
        Unit of each brick after it, on the index of the planning's bricks.
    compared
        Units and the whole, before and after.
    made_before, made_after
        What units are made of: see `composition`.
    new
        Codes of the units that are changed or new.
    spread
        Size and spread of these units: a column `unit`, and those of `spread`.
    savings
        None without assumptions.
    moved
        Bricks whose unit changes otherwise than by a merger: see `moved_bricks`.
    """

    planning: Planning
    scenario: Scenario
    options: ScoreOptions
    unit_after: "pd.Series[Any]"
    compared: BeforeAfter
    made_before: pd.DataFrame
    made_after: pd.DataFrame
    new: tuple[str, ...]
    spread: pd.DataFrame
    savings: Savings | None
    moved: pd.DataFrame

    @property
    def law(self) -> tuple[dict[str, Any], ...]:
        """A review of each unit that is changed or new, as documents in the language that is spoken."""
        return tuple(law_of(self.planning, self.made_after, self.new))

    @cached_property
    def before(self) -> pd.DataFrame:
        """One row for each unit as it is, with the fields of docs/json/mergers.md."""
        unit = self.planning.bricks["unit"]
        changed = set(self.compared.changed)
        return rows_of_units(self.planning, unit, self.compared.before, self.made_before, names={}, changed=changed)

    @cached_property
    def after(self) -> pd.DataFrame:
        """One row for each unit as it would be."""
        names = {merge.code: merge.name for merge in self.scenario.merges}
        names |= {piece.code: piece.name for split in self.scenario.splits for piece in split.into}
        changed = set(self.compared.changed)
        return rows_of_units(
            self.planning, self.unit_after, self.compared.after, self.made_after, names=names, changed=changed
        )

    @property
    def summary(self) -> pd.DataFrame:
        """One row for each measure of the whole: `measure`, `before`, `after`, `change`, `unit`."""
        table = self.compared.summary.rename_axis("measure").reset_index()
        table["unit"] = [MEASURED_IN.get(name, "ratio") for name in table["measure"]]
        return table

    @property
    def parameters(self) -> dict[str, Any]:
        """What made this result."""
        return {"units": self.planning.unit_set, "targets": self.planning.target_set, "options": self.options.parameters}

    def to_json(self) -> dict[str, Any]:
        """Give the document that docs/json/mergers.md describes, in the language that is spoken."""
        model = savings_model(self.planning, self.options, self.made_before)
        return {
            "scenario": scenario_document(self.scenario),
            "units": self.planning.unit_set,
            "targets": self.planning.target_set,
            "population_vintage": self.planning.population_vintage,
            "summary": records(self.summary),
            "before": records(self.before),
            "after": records(self.after),
            "changed": list(self.compared.changed),
            "people_moved": self.compared.moved,
            "law": list(self.law),
            "rules": rules(),
            "spread": records(self.spread),
            "spread_limits": plain(asdict(self.options.spread)),
            "savings": savings_document(model, self.savings),
            "thresholds": asdict(self.options.classes) | {"tolerance": self.options.tolerance},
            "uncertainty": uncertainty(self.planning.bricks),
            "moved_bricks": records(self.moved.iloc[:_LISTED]),
            "moved_bricks_left_out": max(len(self.moved) - _LISTED, 0),
            "notes": list(self.planning.notes),
        }


def score(planning: Planning, scenario: Scenario, *, options: ScoreOptions | None = None) -> Scored:
    """
    Say what a proposal does: every unit and the whole before and after, the law, spread, savings.

    Parameters
    ----------
    planning
        Units, targets and bricks.
    scenario
        What is merged, split and moved.
    options
        Thresholds, limits and assumptions.

    Raises
    ------
    NotFoundError
        If the scenario or the numbers name a unit, brick or district that is not there.
    InputError
        If a piece lies outside its unit, or a new code is in use.
    """
    asked = options or ScoreOptions()
    _refuse_strange_numbers(planning, asked)
    bricks, before = planning.bricks, planning.bricks["unit"]
    after = apply_scenario(scenario, bricks)
    numbers = [name for name in ("households",) if name in bricks.columns]
    compared = compare_units(
        before,
        after,
        bricks,
        target="target",
        numbers=[*numbers, "cut_population"],
        rule=asked.classes,
        tolerance=asked.tolerance,
    )
    made_before, made_after = (composition(planning, unit, numbers=asked.numbers) for unit in (before, after))
    new = tuple(code for code in compared.changed if code in made_after.index)
    model = savings_model(planning, asked, made_before)
    return Scored(
        planning=planning,
        scenario=scenario,
        options=asked,
        unit_after=after,
        compared=compared,
        made_before=made_before,
        made_after=made_after,
        new=new,
        spread=spread_of(planning, after, made_after, new, asked),
        savings=None if model is None else _savings(model, made_after),
        moved=moved_bricks(planning, after),
    )


def _refuse_strange_numbers(planning: Planning, options: ScoreOptions) -> None:
    strange = [code for code in options.numbers if code not in planning.units.index]
    if strange:
        raise NotFoundError(
            f"no unit {strange[0]!r}" + (f", nor {len(strange) - 1} more" if len(strange) > 1 else ""),
            where="numbers",
            fix=f"Give codes of {planning.unit_set}.",
        )


def rows_of_units(
    planning: Planning,
    unit: "pd.Series[Any]",
    table: pd.DataFrame,
    made: pd.DataFrame,
    *,
    names: dict[str, str],
    changed: set[str],
) -> pd.DataFrame:
    """Write units with the fields of a row, on their codes."""
    rows = table.join(made)
    rows["code"] = rows.index.astype(object)
    known = planning.units["name"]
    rows["name"] = [names.get(code) or (known[code] if code in known.index else code) for code in rows.index]
    rows["members"] = rows["members"].map(list)
    rows["area_km2"] = rows["area_m2"].astype(float) / 1e6
    rows["best_match_name"] = planning.targets["name"].reindex(rows["best_match"]).to_numpy()
    rows["beyond_force_line"] = beyond_force_line(planning, unit, rows["best_match"])
    rows["changed"] = rows.index.isin(list(changed))
    unknown = ~rows["known"].astype(bool)
    rows["population"] = rows["population"].mask(unknown)
    return rows[list(ROW)]


def spread_of(
    planning: Planning, unit: "pd.Series[Any]", made: pd.DataFrame, codes: Iterable[str], options: ScoreOptions
) -> pd.DataFrame:
    """Measure size and spread of units."""
    chosen = list(codes)
    area = {str(code): float(value) for code, value in made["area_m2"].items()}
    table = spread(
        [[code] for code in chosen],
        planning.bricks.assign(unit=unit),
        area_m2=area,
        n_districts={str(code): max(len(held), 1) for code, held in made["districts"].items()},
        limits=options.spread,
    )
    table.insert(0, "unit", pd.Series(chosen, dtype=object))
    table["beyond"] = table["beyond"].map(list)
    return table


def savings_model(planning: Planning, options: ScoreOptions, made: pd.DataFrame) -> SavingsModel | None:
    """Put assumptions and what partnerships are known to cost together; None without assumptions."""
    if options.savings is None:
        return None
    cost = made["cost"].astype(float).dropna()
    county = planning.units["county"]
    return SavingsModel(
        assumptions=options.savings,
        cost={str(code): float(value) for code, value in cost.items()},
        county={str(code): value if isinstance(value, str) else None for code, value in county.items()},
    )


def _savings(model: SavingsModel, made: pd.DataFrame) -> Savings:
    """Sum what whole units save that join; units that are taken apart cost."""
    groups = [members for members in made["members_whole"] if members]
    joined = {code for group in groups for code in group}
    apart = {code for members in made["members"] for code in members} - joined
    return model.savings(groups, units_split=len(apart))


def scenario_document(scenario: Scenario) -> dict[str, Any]:
    """Write a scenario as it is read."""
    return {
        "name": scenario.name,
        "merge": [{"units": list(one.units), "code": one.code, "name": one.name} for one in scenario.merges],
        "split": [
            {
                "unit": one.unit,
                "into": [
                    {
                        "code": piece.code,
                        "name": piece.name,
                        "bricks": list(piece.bricks),
                        "districts": list(piece.districts),
                    }
                    for piece in one.into
                ],
            }
            for one in scenario.splits
        ],
        "move": [{"bricks": list(one.bricks), "to": one.to} for one in scenario.moves],
    }
