"""
Which incidents a process works on: a period, a force, an offence type, a source.

No incident is counted twice: where two sources hold the same month of a force, one of them has to be named. Months without
data are listed, never taken as months without crime.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import duckdb
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, field_validator

from crimemap.errors import EmptyInputError, NotFoundError, ParameterError
from crimemap.offences import offence_slug
from crimemap.periods import Period, month_after, parse_month

__all__ = ["Chosen", "Selection", "choose", "require_unique_sources"]

_DEFAULT_MONTHS: Final = 12


class Selection(BaseModel):
    """What may be asked of every process that reads incidents."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    force: str | None = Field(default=None, description="Force, as in police.uk's addresses: south-wales.")
    offence: str | None = Field(default=None, description="Offence type, by its name or its slug; all where not given.")
    source: str | None = Field(default=None, description="Source of the incidents, where a month has several.")
    first_month: str | None = Field(default=None, description="First month, YYYY-MM.")
    last_month: str | None = Field(default=None, description="Last month, YYYY-MM; it is in the period.")

    @field_validator("first_month", "last_month")
    @classmethod
    def _month(cls, value: str | None) -> str | None:
        return None if value is None else parse_month(value, where="month")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """
    A selection, settled against what is loaded.

    Attributes
    ----------
    period
        The months.
    force
        The force asked for, or None for all.
    forces
        The forces that have data in the period.
    offence_types
        Names as published that were asked for, or None for all.
    source
        The source asked for, or None.
    sources
        `source` and `kind` of everything used.
    covered
        `force`, `month`: what has data.
    """

    period: Period
    force: str | None
    forces: tuple[str, ...]
    offence_types: tuple[str, ...] | None
    source: str | None
    sources: tuple[tuple[str, str], ...]
    covered: pd.DataFrame

    @property
    def months(self) -> list[str]:
        """The months of the period."""
        return list(self.period)

    @property
    def what(self) -> str:
        """The offence types in words."""
        return "All offence types" if self.offence_types is None else ", ".join(self.offence_types)

    @property
    def confidential(self) -> bool:
        """Whether a source is not open: the result is then not for publication."""
        return any(kind != "open" for _, kind in self.sources)

    def missing(self) -> list[dict[str, Any]]:
        """List, for each force with data, the months of the period that have none."""
        found = []
        for force in self.forces:
            held = set(self.covered.loc[self.covered["force"] == force, "month"])
            gaps = [month for month in self.months if month not in held]
            if gaps:
                found.append({"force": force, "months": gaps})
        return found

    def to_json(self) -> dict[str, Any]:
        """Give what was selected."""
        return {
            "period": {"first_month": self.months[0], "last_month": self.months[-1], "months": len(self.months)},
            "force": self.force,
            "forces": list(self.forces),
            "offence_types": None if self.offence_types is None else list(self.offence_types),
            "sources": [{"source": source, "kind": kind} for source, kind in self.sources],
            "confidential": self.confidential,
            "months_without_data": self.missing(),
        }

    def words(self) -> str:
        """Say the selection in a few words, for the heading of a map."""
        what = "all offence types" if self.offence_types is None else ", ".join(self.offence_types)
        where = ", ".join(self.forces) if len(self.forces) <= 3 else f"{len(self.forces)} forces"  # noqa: PLR2004
        return f"{what}, {where}, {self.months[0]} to {self.months[-1]}"

    def condition(self) -> tuple[str, list[Any]]:
        """Give the condition on `incidents i`, with its parameters."""
        said, values = ["i.month >= ?", "i.month < ?"], [self.period.start, self.period.end]
        for column, wanted in (("force", self.force), ("source", self.source)):
            if wanted is not None:
                said.append(f"i.{column} = ?")
                values.append(wanted)
        if self.offence_types is not None:
            said.append(f"i.offence_type IN ({', '.join('?' * len(self.offence_types))})")
            values.extend(self.offence_types)
        return " AND ".join(said), values


def choose(con: duckdb.DuckDBPyConnection, selection: Selection) -> Chosen:
    """
    Settle a selection against what is loaded.

    Parameters
    ----------
    con
        A connection of the incident store.
    selection
        What was asked for. Without months, the twelve that end with the latest that has data, or as many as there are.

    Raises
    ------
    EmptyInputError
        If nothing is loaded, or nothing in the period.
    NotFoundError
        If there is no such force, source or offence type.
    ParameterError
        If the period is not one, or a force's month is held by two sources and none is named.
    """
    loaded: pd.DataFrame = con.execute(
        "SELECT DISTINCT force, month, source, kind FROM coverage WHERE table_name = 'incidents' AND status = 'loaded'"
    ).df()
    if loaded.empty:
        raise EmptyInputError("no incidents are loaded", where="incidents", fix="Load some with 'crimemap ingest'.")
    for column, wanted in (("force", selection.force), ("source", selection.source)):
        if wanted is not None:
            held = sorted(loaded[column].unique())
            if wanted not in held:
                raise NotFoundError(
                    f"no incidents of this {column} are loaded", where=wanted[:60], fix=f"There are: {', '.join(held)}."
                )
            loaded = loaded[loaded[column] == wanted]
    period = _period(selection, loaded)
    used = loaded[(loaded["month"] >= period.start) & (loaded["month"] < period.end)]
    if used.empty:
        raise EmptyInputError(
            f"there are no data from {period.start} to {month_after(period.end, -1)}",
            where=selection.force or "incidents",
            fix=f"Data run from {loaded['month'].min()} to {loaded['month'].max()}.",
        )
    require_unique_sources(used)
    chosen = Chosen(
        period=period,
        force=selection.force,
        forces=tuple(sorted(used["force"].unique())),
        offence_types=None,
        source=selection.source,
        sources=tuple(sorted(set(zip(used["source"], used["kind"], strict=True)))),
        covered=used[["force", "month"]].drop_duplicates().reset_index(drop=True),
    )
    return (
        chosen
        if selection.offence is None
        else replace(chosen, offence_types=_offence_types(con, selection.offence, chosen))
    )


def _period(selection: Selection, loaded: pd.DataFrame) -> Period:
    last = selection.last_month or max(loaded["month"].max(), selection.first_month or "")
    first = selection.first_month or min(max(month_after(last, 1 - _DEFAULT_MONTHS), loaded["month"].min()), last)
    if last < first:
        raise ParameterError(
            f"the period from {first} to {last} holds no month", where="period", fix="Give the earlier month first."
        )
    return Period(first, month_after(last))


def require_unique_sources(used: pd.DataFrame) -> None:
    """
    Insist that no force's month comes from two sources.

    Parameters
    ----------
    used
        `force`, `month`, `source`.

    Raises
    ------
    ParameterError
        If one does.
    """
    sources = used.groupby(["force", "month"])["source"].nunique()
    double = sources[sources > 1]
    if not double.empty:
        force, month = double.index[0]
        names = sorted(used.loc[(used["force"] == force) & (used["month"] == month), "source"].unique())
        raise ParameterError(
            f"{len(double)} months are held by several sources, the first is {month} of {force} ({', '.join(names)}), "
            "so incidents would count twice",
            where="source",
            fix=f"Name one with --source: {', '.join(names)}.",
        )


def _offence_types(con: duckdb.DuckDBPyConnection, offence: str, chosen: Chosen) -> tuple[str, ...]:
    condition, values = chosen.condition()
    rows = con.execute(f"SELECT DISTINCT i.offence_type FROM incidents i WHERE {condition}", values).fetchall()  # noqa: S608 - built from fixed text
    held = sorted(name for (name,) in rows if name is not None)
    matching = tuple(name for name in held if offence == name or offence_slug(name) == offence_slug(offence))
    if not matching:
        raise NotFoundError(
            "no incident of this offence type is in the period", where=offence[:60], fix=f"There are: {', '.join(held)}."
        )
    return matching
