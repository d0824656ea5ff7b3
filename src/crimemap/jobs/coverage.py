"""
Which months have data for which area.

Coverage is known by force, so an area's coverage is that of the force it lies in. Forces without an area of their own (the
British Transport Police) add incidents and never decide whether an area has data.
"""

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import shapely

from crimemap.areas.assign import assign_points
from crimemap.areas.model import BoundarySet
from crimemap.areas.store import AreaStore
from crimemap.errors import EmptyInputError
from crimemap.forces import FORCES
from crimemap.jobs.selection import Chosen
from crimemap.jobs.study_area import StudyArea, force_area_codes, police_force_areas

__all__ = ["AreaForces", "forces_of_areas", "require_covered"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AreaForces:
    """
    The force of each area.

    Attributes
    ----------
    force
        By area code; missing where no force with data holds the area.
    how
        How it was found, for the result.
    """

    force: "pd.Series[str]"
    how: str

    def covered(self, chosen: Chosen) -> pd.DataFrame:
        """Give `area_code`, `month` of every month that has data."""
        held = self.force.dropna().rename("force").rename_axis("area_code").reset_index()
        return held.merge(chosen.covered, on="force")[["area_code", "month"]]


def require_covered(con: duckdb.DuckDBPyConnection, areas: AreaStore, study: StudyArea, chosen: Chosen) -> None:
    """
    Insist that the force of an area has data in the period: others' stray incidents are not the area's crime.

    Raises
    ------
    EmptyInputError
        If it has none.
    """
    if study.set_id is None or study.area_code is None:
        return
    boundaries = areas.read(study.set_id)
    one = BoundarySet(boundaries.info, boundaries.frame.loc[[study.area_code]])
    found = forces_of_areas(con, areas, one)
    force: Any = found.force.iloc[0]
    if found.covered(chosen).empty:
        whose = "the force that this area belongs to" if pd.isna(force) else force
        raise EmptyInputError(
            f"there are no data of {whose} from {chosen.months[0]} to {chosen.months[-1]}",
            where=f"{study.set_id}:{study.area_code}",
            fix="Load them with 'crimemap ingest', or take another period or area.",
        )


def _territorial(forces: list[str]) -> list[str]:
    return [force for force in forces if force not in FORCES or FORCES[force].area_code is not None]


def forces_of_areas(con: duckdb.DuckDBPyConnection, areas: AreaStore, boundaries: BoundarySet) -> AreaForces:
    """Find the force of each area: the set's own, by police force areas, or where its incidents come from."""
    codes = boundaries.frame.index
    if boundaries.info.force is not None:
        return AreaForces(
            force=pd.Series(boundaries.info.force, index=codes), how=f"{boundaries.info.set_id} is one force's"
        )
    rows = con.execute("SELECT DISTINCT force FROM coverage WHERE table_name = 'incidents'").fetchall()
    loaded = _territorial([force for (force,) in rows])
    info = police_force_areas(areas, vintage=boundaries.info.vintage)
    if info is not None:
        frame = areas.read(info.set_id).frame
        force_of = {code: force for force, code in force_area_codes(con, info.set_id, list(frame.index), loaded).items()}
        inside = shapely.point_on_surface(np.asarray(boundaries.frame.geometry.array, dtype=object))
        row = assign_points(shapely.get_x(inside), shapely.get_y(inside), frame)
        found = [force_of.get(frame.index[k]) if k >= 0 else None for k in row.tolist()]
        return AreaForces(
            force=pd.Series(found, index=codes, dtype=object), how=f"the area of {info.set_id} that it lies in"
        )
    most: pd.DataFrame = con.execute(
        "SELECT area_code, arg_max(force, n) AS force FROM ("
        "SELECT a.area_code, i.force, count(*) AS n FROM incidents i "
        "JOIN place_areas a ON a.place_id = i.place_id AND a.set_id = ? WHERE list_contains(?, i.force) GROUP BY ALL"
        ") GROUP BY area_code",
        [boundaries.info.set_id, loaded],
    ).df()
    return AreaForces(
        force=most.set_index("area_code")["force"].reindex(codes),
        how="the force with most incidents there (no police force areas were added)",
    )
