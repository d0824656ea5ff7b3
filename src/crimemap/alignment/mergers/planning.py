"""What a merger planner works on: units, the areas that they should fit, and the bricks that both are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from crimemap.alignment.mergers.contiguity import Contiguity
from crimemap.alignment.mergers.misfit import Fit
from crimemap.errors import EmptyInputError, InputError, NotFoundError
from crimemap.language import Sentence

__all__ = ["Planning"]

_UNITS: Final = (
    "name", "population", "households", "incidents", "area_m2", "force", "county", "districts", "country", "unitary",
)  # fmt: skip
_TARGETS: Final = ("name", "population")
_BRICKS: Final = (
    "brick", "unit", "target", "district", "county", "force", "easting", "northing", "population", "households",
    "cut_population",
)  # fmt: skip
_DISTRICTS: Final = ("name", "county", "county_name", "forces")


@dataclass(frozen=True, kw_only=True, eq=False)
class Planning:
    """
    Units, targets and bricks, ready to be scored and searched.

    Attributes
    ----------
    units
        Indexed by unit code: `name`, `population`, `households` (not a number where unknown, as where no brick with numbers
        reaches a unit), `incidents` (not a number where not counted), `area_m2`, `force` (code, None where unknown),
        `county` (code; None where it has none, as a unitary authority), `districts` (tuple of codes), `country` (`E`, `W`),
        `unitary` (None where unknown). It may have `officers` and `cost` (pounds a year).
    targets
        Indexed by target code: `name`, `population`.
    bricks
        A row for each piece of a brick that lies in one unit and one target: `brick` (code; None for incidents whose brick
        is not known), `unit`, `target` (None where no target covers it), `district`, `county`, `force` (None where unknown),
        `easting`, `northing` (middle of the brick, EPSG:27700 metres), `population`, `households`, `cut_population` (people
        of the piece where a line cuts its brick, so that they are only estimated). It may have `area_m2` (of the piece),
        `incidents`, and `sliver`: two drawings of one line rather than a difference, counted neither as fit nor as misfit.
    contiguity
        The neighbours among the units.
    unit_type, target_type, unit_set, target_set
        Such as `csp` and `csp-2017`.
    population_vintage
        Of the numbers of people; None where it is not known.
    districts
        Local government areas for the law, indexed by code: `name`, `county` (code or None), `county_name`, `forces` (tuple
        of codes). None where they are not known.
    forces
        Name of each force.
    remarks
        What does not cover what: sentences for people, worded when they are read as `notes`.
    brick_borders
        Which bricks border one another: see `brick_borders`. None where it is not known.

    Raises
    ------
    EmptyInputError
        If there is no unit, no target or no brick.
    InputError
        If a column is missing, a code repeats, or a number of people is negative.
    NotFoundError
        If a brick names a unit or target that is not there.
    """

    units: pd.DataFrame
    targets: pd.DataFrame
    bricks: pd.DataFrame
    contiguity: Contiguity
    unit_type: str
    target_type: str
    unit_set: str
    target_set: str
    population_vintage: str | None = None
    districts: pd.DataFrame | None = None
    forces: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[Sentence, ...] = ()
    brick_borders: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        """Check the tables against one another."""
        tables = [("units", self.units, _UNITS), ("targets", self.targets, _TARGETS), ("bricks", self.bricks, _BRICKS)]
        if self.districts is not None:
            tables.append(("districts", self.districts, _DISTRICTS))
        for name, table, columns in tables:
            missing = [column for column in columns if column not in table.columns]
            if missing:
                raise InputError(f"no column {', '.join(missing)}", where=name, fix="Give every column of a planning.")
            if not len(table):
                raise EmptyInputError("there is none", where=name, fix="Give at least one.")
            if name != "bricks" and table.index.has_duplicates:
                raise InputError("a code comes more than once", where=name, fix="Give each area one row.")
        for column in ("population", "cut_population"):
            people = self.bricks[column].to_numpy(dtype=np.float64)
            if not np.isfinite(people).all() or (people < 0).any():
                raise InputError(
                    f"{column} is negative or not finite somewhere", where="bricks", fix="Give 0 where nobody lives."
                )
        for column, known in (("unit", self.units.index), ("target", self.targets.index)):
            named = self.bricks[column].dropna()
            strange = named[~named.isin(known)]
            if len(strange) or (column == "unit" and len(named) < len(self.bricks)):
                said = f"{column} {strange.iloc[0]}, which is not there" if len(strange) else "no unit"
                raise NotFoundError(f"a brick lies in {said}", where="bricks", fix="Leave them out, or give the area a row.")

    @property
    def notes(self) -> tuple[str, ...]:
        """What does not cover what, in the language that is spoken."""
        return tuple(map(str, self.remarks))

    @cached_property
    def counted(self) -> "pd.Series[bool]":
        """Whether each brick piece says something about fit: a target covers it, and it is no sliver."""
        covered = self.bricks["target"].notna()
        return covered & ~self.bricks["sliver"].astype(bool) if "sliver" in self.bricks.columns else covered

    @cached_property
    def fit(self) -> Fit:
        """People by unit and target, in the order of both tables."""
        kept = self.bricks[self.counted]
        people = np.zeros((len(self.units), len(self.targets)))
        at = (self.units.index.get_indexer(pd.Index(kept["unit"])), self.targets.index.get_indexer(pd.Index(kept["target"])))
        np.add.at(people, at, kept["population"].to_numpy(dtype=np.float64))
        return Fit.from_matrix(people, map(str, self.units.index), map(str, self.targets.index))
