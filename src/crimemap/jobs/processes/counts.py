"""Counts and rates of a boundary set's areas."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import duckdb
import geopandas as gpd
import pandas as pd
import shapely
from pydantic import Field

from crimemap.analysis.counts import ALL_OFFENCES, COUNTED, fill_counts, over_months, rates
from crimemap.areas.model import BoundarySet
from crimemap.areas.people import People, people_of
from crimemap.areas.store import AreaStore
from crimemap.errors import ParameterError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.coverage import AreaForces, forces_of_areas
from crimemap.jobs.geopackage_styles import classes_style, outline_style
from crimemap.jobs.result import Progress
from crimemap.jobs.selection import Chosen, Selection, choose
from crimemap.products.classes import RAMP, class_breaks
from crimemap.records import records
from crimemap.workspace import Workspace

__all__ = ["CountsInputs", "CountsResult", "run_counts"]

_PER: Final = 1000.0
_NOTHING: Final = "#f3f2f1"
#: Each takes some 35 bytes while a map is written, so this is a gigabyte.
_MOST_CORNERS: Final = 30_000_000


class CountsInputs(Selection):
    """What may be asked."""

    by: str = Field(description="Boundary set: csp-2017, or a type of which there is one set.")
    by_month: bool = Field(default=False, description="A row for each month rather than one for the period.")
    by_offence: bool = Field(default=False, description="A row for each offence type rather than one for all.")
    rates: Literal["population", "households"] | None = Field(
        default=None, description="Rates per 1,000 people or households."
    )
    vintage: str | None = Field(default=None, description="Vintage of the population; the latest where not given.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CountsResult:
    """
    Counts of areas.

    Attributes
    ----------
    rows
        `area_code`, `area_name`, `force`, `month` (where asked for), `offence_type`, `incidents`, `status`, the months, and
        the rate with its interval, or why there is none.
    selected, in_areas, elsewhere, without_position
        Incidents of the selection: counted in the table; in none of its areas, or in one whose own force has no data for
        that month; and without a position. They add up.
    """

    inputs: CountsInputs
    chosen: Chosen
    boundaries: BoundarySet
    area_forces: AreaForces
    people: People | None
    rows: pd.DataFrame
    selected: int
    in_areas: int
    elsewhere: int
    without_position: int

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads."""
        return {
            "process": "counts",
            "parameters": self.inputs.model_dump(),
            "boundary_set": self.boundaries.info.set_id,
            "selection": self.chosen.to_json(),
            "coverage_by": self.area_forces.how,
            "denominator": None if self.people is None else self.people.to_json() | {"per": _PER},
            "incidents": {
                "selected": self.selected,
                "counted": self.in_areas,
                "elsewhere": self.elsewhere,
                "without_position": self.without_position,
            },
            "rows": records(self.rows),
        }

    def table(self) -> pd.DataFrame:
        """Give the counts."""
        return self.rows

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """
        Give the areas with their counts; where there are several rows of an area, each is drawn.

        Raises
        ------
        ParameterError
            If that is more than memory should be filled with.
        """
        shapes = self.boundaries.frame.geometry.loc[self.rows["area_code"]]
        corners = int(shapely.get_num_coordinates(shapes.to_numpy()).sum())
        if corners > _MOST_CORNERS:
            raise ParameterError(
                f"a map of these rows would draw {len(shapes):,} shapes with {corners:,} corners",
                where="output",
                fix="Write a table (.csv), take a shorter period, or leave out --by-month or --by-offence.",
            )
        return {"counts": gpd.GeoDataFrame(self.rows, geometry=shapes.to_numpy(), crs=self.boundaries.frame.crs)}

    def styles(self) -> dict[str, str]:
        """Give QGIS's style: classes of the counts, nothing recorded in grey, and what is not counted not filled at all."""
        counted = self.rows.loc[self.rows["status"] == COUNTED, "incidents"].to_numpy(dtype="float64")
        if not counted.any():
            return {"counts": outline_style()}
        breaks = class_breaks(counted)
        # QGIS gives a value on a break to the class below it, so breaks lie between whole numbers.
        ends = [0.0, *(low - 0.5 for low in breaks), float(counted.max()) + 0.5]
        return {"counts": classes_style("incidents", ends, [_NOTHING, *RAMP[-len(breaks) :]])}


def _found(con: duckdb.DuckDBPyConnection, chosen: Chosen, set_id: str, *, by_offence: bool) -> pd.DataFrame:
    condition, values = chosen.condition()
    offence = "coalesce(i.offence_type, 'not given')" if by_offence else f"'{ALL_OFFENCES}'"
    # Places first: a force's months have far fewer places than incidents.
    by_place = (
        f"SELECT i.place_id, i.month, {offence} AS offence_type, count(*) AS n "  # noqa: S608 - fixed text
        f"FROM incidents i WHERE {condition} GROUP BY ALL"
    )
    query = (
        "SELECT a.area_code, c.month, c.offence_type, "  # noqa: S608 - fixed text
        "c.place_id IS NOT NULL AS placed, CAST(sum(c.n) AS BIGINT) AS incidents "
        f"FROM ({by_place}) c LEFT JOIN place_areas a ON a.place_id = c.place_id AND a.set_id = ? GROUP BY ALL"
    )
    found: pd.DataFrame = con.execute(query, [*values, set_id]).df()
    return found


def run_counts(workspace: Workspace, inputs: CountsInputs, progress: Progress) -> CountsResult:
    """
    Count incidents by area.

    Raises
    ------
    CrimemapError
        If the set, the selection or the denominator is not there.
    """
    areas = AreaStore(workspace.require())
    boundaries = areas.read(areas.resolve(inputs.by).set_id)
    people = None if inputs.rates is None else people_of(areas, boundaries, inputs.rates, inputs.vintage)
    progress("Counting incidents", 0.1)
    with IncidentStore(workspace).connect() as con:
        chosen = choose(con, inputs)
        area_forces = forces_of_areas(con, areas, boundaries)
        found = _found(con, chosen, boundaries.info.set_id, by_offence=inputs.by_offence)
    progress("Filling the table", 0.7)
    listed = area_forces.force.index
    if inputs.force is not None:
        listed = listed[area_forces.force == inputs.force]
    placed = found[found["area_code"].isin(listed)]
    offence_types = sorted(found["offence_type"].dropna().unique()) if inputs.by_offence else [ALL_OFFENCES]
    rows = fill_counts(
        placed[["area_code", "month", "offence_type", "incidents"]],
        area_forces.covered(chosen),
        areas=list(listed),
        months=chosen.months,
        offence_types=offence_types,
    )
    in_areas = int(rows.loc[rows["status"] == COUNTED, "incidents"].sum())
    if not inputs.by_month:
        rows = over_months(rows)
    if people is not None:
        rows = rates(rows, people.by_area, per=_PER)
    rows.insert(1, "area_name", rows["area_code"].map(boundaries.frame["area_name"]))
    rows.insert(2, "force", rows["area_code"].map(area_forces.force))
    selected = int(found["incidents"].sum())
    without = int(found.loc[~found["placed"].astype(bool), "incidents"].sum())
    return CountsResult(
        inputs=inputs,
        chosen=chosen,
        boundaries=boundaries,
        area_forces=area_forces,
        people=people,
        rows=rows,
        selected=selected,
        in_areas=in_areas,
        elsewhere=selected - without - in_areas,
        without_position=without,
    )
