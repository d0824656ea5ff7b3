"""What a merger planner works on, read from the workspace: the sets, the people, what they lie in, and incidents."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import shapely
from pydantic import BaseModel, ConfigDict, Field

from crimemap.alignment.mergers.lay_out import Counted, lay_out
from crimemap.alignment.mergers.planning import Planning
from crimemap.alignment.mergers.whereabouts import Around
from crimemap.areas.model import BoundarySet
from crimemap.areas.people import Bricks
from crimemap.areas.store import AreaStore
from crimemap.errors import NotFoundError, ParameterError
from crimemap.forces import FORCES
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.coverage import forces_of_areas
from crimemap.jobs.result import Progress
from crimemap.jobs.selection import Selection, choose
from crimemap.jobs.sets import bricks_near, nearest_set, together
from crimemap.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PlanningInputs", "Prepared", "codes_of_forces", "prepare"]

#: Types in which the districts, the counties and the police force areas are looked for, the first that is there.
_AROUND: Final = {"districts": ("lad",), "counties": ("ctyua", "county"), "forces": ("pfa",)}


class PlanningInputs(BaseModel):
    """What every question of a merger planner names. Sets that are not named are those of the nearest vintage."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    units: str = Field(default="csp", description="Boundary set whose areas are merged: csp-2017.")
    targets: list[str] | None = Field(
        default=None, description="Sets that they should fit, together: bcu-2018-west. Command units where not given."
    )
    population: str | None = Field(default=None, description="Set of small areas with people: lsoa-2011.")
    population_vintage: str | None = Field(default=None, description="Vintage of their numbers; the latest where not given.")
    lad: str | None = Field(default=None, description="Districts, for the law and for splits: lad-2017.")
    county: str | None = Field(default=None, description="Counties and unitary areas: ctyua-2017.")
    pfa: str | None = Field(default=None, description="Police force areas: pfa-2017.")
    incidents: bool = Field(default=False, description="Count incidents too.")
    first_month: str | None = Field(default=None, description="First month of incidents, YYYY-MM.")
    last_month: str | None = Field(default=None, description="Last month of incidents, YYYY-MM.")
    offence: str | None = Field(default=None, description="Offence type of incidents; all where not given.")
    source: str | None = Field(default=None, description="Source of the incidents, where a month has several.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared:
    """
    A planning with what it was made from.

    Attributes
    ----------
    planning
        Units, targets and bricks.
    units
        The boundary set of the units.
    targets
        Shapes of the targets, by the codes of the planning.
    bricks
        Shapes of the small areas.
    sets
        The sets that were used, by what they were used for.
    incidents
        What was counted; None where nothing was asked for.
    attributions
        What must be said beside the data: each statement once.
    """

    planning: Planning
    units: BoundarySet
    targets: gpd.GeoDataFrame
    bricks: Bricks
    sets: dict[str, list[str]]
    incidents: dict[str, Any] | None
    attributions: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Give what a result says of it."""
        return {"sets": self.sets, "bricks": self.bricks.to_json(), "incidents": self.incidents}


def prepare(workspace: Workspace, inputs: PlanningInputs, progress: Progress, *, borders: bool = False) -> Prepared:
    """
    Read a planning from the workspace.

    Parameters
    ----------
    borders
        Whether to find out which small areas border one another, as where units are taken apart.

    Raises
    ------
    NotFoundError
        If a set, or small areas with people, are not there.
    ParameterError
        If a type alone was named and there are several sets of it.
    CrimemapError
        If the sets cannot be laid over one another.
    """
    areas = AreaStore(workspace.require())
    progress("Reading boundaries", 0.0)
    units = areas.read(areas.resolve(inputs.units).set_id)
    names = _targets(areas, inputs, units.info.vintage)
    infos, targets = together(areas, names)
    kinds = {info.area_type for info in infos}
    if units.info.set_id in {info.set_id for info in infos}:
        raise ParameterError(
            "a set always fits itself", where=units.info.set_id, fix="Name another with --targets: command units, counties."
        )
    bricks = _bricks(areas, inputs, units, targets)
    around = _around(areas, inputs, units.info.vintage)
    incidents: tuple[Counted, dict[str, Any]] | None = None
    if inputs.incidents:
        progress("Counting incidents", 0.1)
        incidents = _incidents(workspace, areas, inputs, units, bricks.set_id)
    progress("Laying units, areas and people over one another", 0.2)
    planning = lay_out(
        units.frame,
        targets,
        bricks.frame,
        unit_type=units.info.area_type,
        target_type=kinds.pop() if len(kinds) == 1 else "several",
        unit_set=units.info.set_id,
        target_set=", ".join(info.set_id for info in infos),
        population_vintage=bricks.vintages["population"],
        around=Around(**{name: frame for name, (_, frame) in around.items()}),
        incidents=None if incidents is None else incidents[0],
        borders=borders,
    )
    return Prepared(
        planning=planning,
        units=units,
        targets=targets,
        bricks=bricks,
        sets={
            "units": [units.info.set_id],
            "targets": [info.set_id for info in infos],
            **{name: [set_id] for name, (set_id, _) in around.items()},
        },
        incidents=None if incidents is None else incidents[1],
        attributions=tuple(dict.fromkeys(info.attribution for info in (units.info, *infos) if info.attribution)),
    )


def _targets(areas: AreaStore, inputs: PlanningInputs, vintage: str) -> list[str]:
    if inputs.targets:
        return [areas.resolve(name).set_id for name in dict.fromkeys(inputs.targets)]
    held = [info for info in areas.sets() if info.area_type == "bcu"]
    national = nearest_set(areas, "bcu", vintage)
    latest = {info.force: info.set_id for info in sorted(held, key=lambda info: info.vintage) if info.force is not None}
    if national is None and not latest:
        raise NotFoundError(
            "there are no command units to fit",
            where="targets",
            fix="Add some with 'crimemap areas add --type bcu', or name another set with --targets.",
        )
    return [national.set_id] if national is not None else sorted(latest.values())


def _bricks(areas: AreaStore, inputs: PlanningInputs, units: BoundarySet, targets: gpd.GeoDataFrame) -> Bricks:
    found = bricks_near(areas, inputs.population, units.info.vintage, numbers=inputs.population_vintage)
    if found is None or "population" not in found.vintages:
        raise NotFoundError(
            "nobody knows who lives where: there are no small areas with people",
            where=inputs.population or "population",
            fix="Add LSOA boundaries with 'crimemap areas add' and their people with 'crimemap lookups add', "
            "or name a set with --population.",
        )
    box = gpd.GeoSeries([*units.frame.geometry, *targets.geometry]).total_bounds
    near = shapely.STRtree(found.frame.geometry.to_numpy()).query(shapely.box(*box))
    if not len(near):
        raise NotFoundError(
            f"none of {len(found.frame):,} small areas of {found.set_id} lies near {units.info.set_id}",
            where="population",
            fix="Add those of the same part of the country, or name another set with --population.",
        )
    return Bricks(
        frame=found.frame.iloc[sorted(near)],
        set_id=found.set_id,
        vintages=found.vintages,
        without_number=found.without_number,
    )


def _around(areas: AreaStore, inputs: PlanningInputs, vintage: str) -> dict[str, tuple[str, gpd.GeoDataFrame]]:
    asked = {"districts": inputs.lad, "counties": inputs.county, "forces": inputs.pfa}
    found = {}
    for name, types in _AROUND.items():
        given = asked[name]
        near = [info.set_id for kind in types if (info := nearest_set(areas, kind, vintage)) is not None][:1]
        chosen = [areas.resolve(given).set_id] if given is not None else near
        if chosen:
            found[name] = (chosen[0], areas.read(chosen[0]).frame)
    return found


def codes_of_forces(planning: Planning, names: list[str]) -> list[str]:
    """
    Find the codes of forces that are named by code, name, or as in police.uk's addresses.

    Raises
    ------
    NotFoundError
        If one is none of these.
    """
    known = {str(code): str(code) for code in planning.units["force"].dropna()}
    by_name = {_slug(name): code for code, name in planning.forces.items()}
    found = []
    for name in names:
        force = FORCES.get(_slug(name))
        register = None if force is None else force.area_code
        code = known.get(name) or (register if register in known else None) or by_name.get(_slug(name))
        if code is None:
            said = [f"{one} ({code})" for code, one in sorted(planning.forces.items()) if code in known] or sorted(known)
            raise NotFoundError(
                f"no unit lies in force {name[:40]!r}",
                where="force",
                fix=f"There are: {', '.join(said)}." if said else "Add police force areas with 'crimemap areas add'.",
            )
        found.append(code)
    return found


def _slug(name: str) -> str:
    return name.strip().lower().replace("&", "and").replace(" ", "-")


def _incidents(
    workspace: Workspace, areas: AreaStore, inputs: PlanningInputs, units: BoundarySet, bricks: str
) -> tuple[Counted, dict[str, Any]]:
    """Count incidents by unit and brick; units whose force has no month of the period are not counted."""
    selection = Selection(
        first_month=inputs.first_month, last_month=inputs.last_month, offence=inputs.offence, source=inputs.source
    )
    with IncidentStore(workspace).connect() as con:
        chosen = choose(con, selection)
        condition, values = chosen.condition()
        found: pd.DataFrame = con.execute(
            "SELECT a.area_code AS unit, b.area_code AS brick, i.place_id IS NOT NULL AS placed, "  # noqa: S608 - fixed text
            "CAST(sum(i.n) AS BIGINT) AS incidents "
            f"FROM (SELECT i.place_id, count(*) AS n FROM incidents i WHERE {condition} GROUP BY ALL) i "
            "LEFT JOIN place_areas a ON a.place_id = i.place_id AND a.set_id = ? "
            "LEFT JOIN place_areas b ON b.place_id = i.place_id AND b.set_id = ? GROUP BY ALL",
            [*values, units.info.set_id, bricks],
        ).df()
        held = forces_of_areas(con, areas, units).covered(chosen)
    months = held.groupby("area_code")["month"].nunique()
    inside = found[found["unit"].notna()]
    counted = inside[inside["unit"].isin(months.index)]
    selected = int(found["incidents"].sum())
    return Counted(counts=counted[["unit", "brick", "incidents"]], units=frozenset(map(str, months.index))), {
        "selection": chosen.to_json(),
        "selected": selected,
        "counted": int(counted["incidents"].sum()),
        "without_position": selected - int(found.loc[found["placed"].astype(bool), "incidents"].sum()),
        "units_with_all_months": int((months == len(chosen.months)).sum()),
        "units_with_some_months": int((months < len(chosen.months)).sum()),
        "units_without_data": int(len(units.frame) - len(months)),
    }
