"""The facts that pages state, worked out for all areas at once and then looked up page by page."""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crimemap.analysis.over_time.change import NO_CLEAR_CHANGE, TOO_FEW, YearChange, compare_years, one_family
from crimemap.periods import Period, month_after, month_index
from crimemap.products.cube import COUNTED, NO_DATA, SUPPRESSED, Cube
from crimemap.products.hotspots import latest_year
from crimemap.products.inputs import FORCE, ReleaseInputs

__all__ = ["CANNOT_COMPARE", "AreaFacts", "MonthCount", "SiteFacts", "Total", "TypeFacts", "gather_facts"]

#: A verdict beside those of `analysis.change`: the two years have too few months in common, or none.
CANNOT_COMPARE = -1
_LEAST_PAIRS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A sum over months, and the months of which it consists."""

    incidents: int
    months: int
    no_data: int
    suppressed: int

    @property
    def exact(self) -> bool:
        """Say whether no month is missing or withheld."""
        return self.no_data == 0 and self.suppressed == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCount:
    """One month of a series: `incidents` is null where `status` is not `counted`."""

    month: str
    incidents: int | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFacts:
    """One offence type in one area: the latest year, the year before, and the verdict on the two."""

    offence_type: str
    now: Total
    before: Total
    compared_now: int
    compared_before: int
    pairs: int
    verdict: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaFacts:
    """What the page of one area says in numbers."""

    index: int
    area_type: str
    area_code: str
    area_name: str
    force: str
    vintage: str
    period: Period
    total: TypeFacts
    types: list[TypeFacts]
    months: list[MonthCount]
    population: int | None
    population_vintage: str


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """Everything that pages are made from; per-area lists are found by the area's row in the cube."""

    cube: Cube
    periods: dict[str, Period]
    changes: dict[str, YearChange]
    rows_of_force: dict[str, NDArray[np.int64]]
    streets: dict[int, pd.DataFrame]
    outcomes: dict[int, pd.DataFrame]
    located: dict[str, tuple[int, int]]
    residents: dict[int, tuple[int, str]]

    def area(self, index: int) -> AreaFacts:
        """Put together the facts of one area."""
        row = self.cube.areas.iloc[index]
        force = str(row["force"])
        period = self.periods[force]
        facts = self._types(index, force, range(len(self.cube.offence_types)))
        values, status = self.cube.incidents[index, :, -1], self.cube.status[index, :, -1]
        return AreaFacts(
            index=index,
            area_type=str(row["area_type"]),
            area_code=str(row["area_code"]),
            area_name=str(row["area_name"]),
            force=force,
            vintage=str(row["vintage"]),
            period=period,
            total=facts[-1],
            types=sorted(facts[:-1], key=lambda one: (-one.now.incidents, one.offence_type)),
            months=[
                MonthCount(month=m, incidents=int(v) if s == COUNTED else None, status=_STATUS[int(s)])
                for m, v, s in zip(self.cube.months, values, status, strict=True)
            ],
            population=self.residents.get(index, (None, ""))[0],
            population_vintage=self.residents.get(index, (None, ""))[1],
        )

    def total(self, index: int) -> TypeFacts:
        """Give the facts of all types of one area together."""
        force = str(self.cube.areas["force"].iloc[index])
        return self._types(index, force, [len(self.cube.offence_types) - 1])[0]

    def _types(self, index: int, force: str, kinds: Iterable[int]) -> list[TypeFacts]:
        years, changes = _columns(self.cube.months, self.periods[force]), self.changes[force]
        at = int(np.searchsorted(self.rows_of_force[force], index)) * len(self.cube.offence_types)
        return [self._type(index, kind, years, changes, at + kind) for kind in kinds]

    def _type(
        self, index: int, kind: int, years: tuple[NDArray[np.int64], NDArray[np.int64]], changes: YearChange, at: int
    ) -> TypeFacts:
        pairs = int(changes.pairs[at])
        return TypeFacts(
            offence_type=self.cube.offence_types[kind],
            now=self._total(index, kind, years[0]),
            before=self._total(index, kind, years[1]),
            compared_now=int(changes.now[at]),
            compared_before=int(changes.before[at]),
            pairs=pairs,
            verdict=CANNOT_COMPARE if pairs < _LEAST_PAIRS else int(changes.verdict[at]),
        )

    def _total(self, index: int, kind: int, columns: NDArray[np.int64]) -> Total:
        held = columns[columns >= 0]
        status = self.cube.status[index, held, kind]
        return Total(
            incidents=int(self.cube.incidents[index, held, kind].sum()),
            months=len(columns),
            no_data=int((status == NO_DATA).sum()) + len(columns) - len(held),
            suppressed=int((status == SUPPRESSED).sum()),
        )


_STATUS = ("counted", "no_data", "suppressed")


def _columns(months: list[str], period: Period) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the columns of the period's twelve months and of those a year earlier; -1 where the release does not go back."""
    last = month_index(month_after(period.end, -1)) - month_index(months[0])
    now = np.arange(last - 11, last + 1)
    before = now - 12
    return np.where(now < 0, -1, now), np.where(before < 0, -1, before)


def _changes(cube: Cube, rows: NDArray[np.int64], period: Period) -> YearChange:
    """Compare the two years for every area of a force and every offence type."""
    now, before = _columns(cube.months, period)
    n_types = len(cube.offence_types)

    def series(columns: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        held = np.maximum(columns, 0)
        values = cube.incidents[rows][:, held].transpose(0, 2, 1).reshape(len(rows) * n_types, 12)
        known = (cube.status[rows][:, held] == COUNTED).transpose(0, 2, 1).reshape(len(rows) * n_types, 12)
        return values.astype(np.int64), known & (columns >= 0)

    latest, latest_known = series(now)
    earlier, earlier_known = series(before)
    return compare_years(latest, earlier, latest_known & earlier_known)


def gather_facts(db: duckdb.DuckDBPyConnection, inputs: ReleaseInputs, cube: Cube) -> SiteFacts:
    """
    Work out the facts of every area.

    Parameters
    ----------
    db
        Has the tables `published` and `places` of the release.
    inputs
        Areas and coverage.
    cube
        Counts.
    """
    latest = inputs.latest_by_force()
    periods = {force: latest_year(inputs.months, month) for force, month in latest.items()}
    forces = cube.areas["force"].to_numpy()
    rows = {force: np.flatnonzero(forces == force) for force in periods}
    _in_year(db, periods)
    streets = _streets(db, inputs, cube)
    outcomes = _outcomes(db, cube)
    located = db.execute("SELECT force, count(place_id)::BIGINT, count(*)::BIGINT FROM in_year GROUP BY force").fetchall()
    known = inputs.areas[inputs.areas["population"].notna()]
    residents = {
        int(index): (int(number), str(vintage))
        for index, number, vintage in zip(known.index, known["population"], known["population_vintage"], strict=True)
    }
    return SiteFacts(
        cube=cube,
        periods=periods,
        changes=dict(
            zip(periods, one_family([_changes(cube, rows[force], one) for force, one in periods.items()]), strict=True)
        ),
        rows_of_force=rows,
        streets=streets,
        outcomes=outcomes,
        located={force: (with_place, total) for force, with_place, total in located},
        residents=residents,
    )


def _in_year(db: duckdb.DuckDBPyConnection, periods: dict[str, Period]) -> None:
    table = pd.DataFrame(
        {
            "force": list(periods),
            "from_month": [p.start for p in periods.values()],
            "to_month": [p.end for p in periods.values()],
        }
    )
    db.register("years_given", table)
    db.execute(
        """CREATE TEMP TABLE in_year AS
           SELECT p.force, p.place_id, p.offence_type, p.last_outcome
           FROM published p JOIN years_given y ON p.force::VARCHAR = y.force
           WHERE p.month >= y.from_month AND p.month < y.to_month"""
    )
    db.unregister("years_given")


_STREETS = """
WITH typed AS (SELECT {key}, place_id, offence_type, count(*)::INTEGER AS n FROM in_year {join}
               WHERE place_id IS NOT NULL GROUP BY ALL),
     whole AS (SELECT {key}, place_id, sum(n)::INTEGER AS incidents,
                      first(offence_type ORDER BY n DESC, offence_type) AS most_common FROM typed GROUP BY ALL)
SELECT w.{key}, w.place_id, p.street::street_name AS street, p.longitude, p.latitude, w.incidents, w.most_common
FROM whole w JOIN places p USING (place_id) ORDER BY w.{key}, w.incidents DESC, street, w.place_id"""


def _streets(db: duckdb.DuckDBPyConnection, inputs: ReleaseInputs, cube: Cube) -> dict[int, pd.DataFrame]:
    """Give each area's, and each force's, map points with the year's incidents, most first."""
    db.register("areas_of_places", inputs.place_areas)
    db.execute("CREATE TEMP TYPE street_name AS ENUM (SELECT DISTINCT street FROM places ORDER BY 1)")
    by_area = db.execute(_STREETS.format(key="area_id", join="JOIN areas_of_places USING (place_id)")).df()
    by_force = db.execute(_STREETS.format(key="force", join="")).df()
    found = {int(str(area)): rows for area, rows in by_area.groupby("area_id", sort=False)}
    of_force = {str(force): rows for force, rows in by_force.groupby("force", sort=False)}
    return found | {index: of_force[force] for index, force in _force_rows(cube) if force in of_force}


def _force_rows(cube: Cube) -> list[tuple[int, str]]:
    """List the rows of the cube that are forces, with their slugs."""
    rows = np.flatnonzero((cube.areas["area_type"] == FORCE).to_numpy()).tolist()
    return [(row, str(cube.areas["area_code"].iloc[row])) for row in rows]


def _outcomes(db: duckdb.DuckDBPyConnection, cube: Cube) -> dict[int, pd.DataFrame]:
    """Give each area's, and each force's, outcomes of the year's incidents: outcome, number."""
    by_area = db.execute(
        """SELECT a.area_id, i.last_outcome AS outcome, count(*)::INTEGER AS incidents FROM in_year i
           JOIN areas_of_places a USING (place_id) WHERE i.last_outcome IS NOT NULL
           GROUP BY ALL ORDER BY a.area_id, incidents DESC, outcome"""
    ).df()
    found = {int(str(area)): rows for area, rows in by_area.groupby("area_id", sort=False)}
    by_force = db.execute(
        """SELECT force, last_outcome AS outcome, count(*)::INTEGER AS incidents FROM in_year
           WHERE last_outcome IS NOT NULL GROUP BY ALL ORDER BY force, incidents DESC, outcome"""
    ).df()
    of_force = {str(force): rows for force, rows in by_force.groupby("force", sort=False)}
    return found | {index: of_force[force] for index, force in _force_rows(cube) if force in of_force}


def changed(facts: AreaFacts) -> list[TypeFacts]:
    """Give the offence types that changed by more than chance would explain, largest first."""
    certain = [one for one in facts.types if one.verdict not in {NO_CLEAR_CHANGE, TOO_FEW, CANNOT_COMPARE}]
    return sorted(certain, key=lambda one: -abs(one.compared_now - one.compared_before))
