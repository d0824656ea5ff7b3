"""
Where an analysis looks: the area of a force, or any area of a boundary set.

A force's area is that of its code among the police force areas; where its code is not known, the one in which most of its
incidents lie; where no such set was added, its neighbourhoods together. Without any boundary there is no study area, and the
result says so.
"""

from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np
import shapely

from crimemap.areas.model import BoundarySetInfo
from crimemap.areas.store import AreaStore
from crimemap.errors import NotFoundError, ParameterError
from crimemap.forces import FORCES
from crimemap.jobs.drawn_area import drawn_polygon, is_drawn

__all__ = ["StudyArea", "area_of_force", "force_area_codes", "named_area", "police_force_areas"]

_MOST: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyArea:
    """
    A study area.

    Attributes
    ----------
    geometry
        Valid polygons, EPSG:27700; None where no boundary is known.
    set_id, area_code
        Where it was taken from; `area_code` is None where it is several areas together, both are where it was drawn.
    how
        One sentence for the result.
    """

    geometry: Any
    set_id: str | None
    area_code: str | None
    how: str

    def to_json(self) -> dict[str, Any]:
        """Give what a result says of it."""
        return {
            "set_id": self.set_id,
            "area_code": self.area_code,
            "how": self.how,
            "area_km2": None if self.geometry is None else float(shapely.area(self.geometry)) / 1e6,
        }


def police_force_areas(areas: AreaStore, *, vintage: str | None = None) -> BoundarySetInfo | None:
    """Find the set of police force areas: of the vintage if there is one, else the latest."""
    sets = [info for info in areas.sets() if info.area_type == "pfa" and info.force is None]
    same = [info for info in sets if info.vintage == vintage]
    return max(same or sets, key=lambda info: info.vintage, default=None)


def force_area_codes(con: duckdb.DuckDBPyConnection, set_id: str, codes: "list[str]", forces: "list[str]") -> dict[str, str]:
    """
    Find each force's code in a set of police force areas.

    By the register where the code is there, else the area that holds more than half of the force's incidents.
    """
    known: dict[str, str] = {}
    unknown = []
    for force in forces:
        code = FORCES[force].area_code if force in FORCES else None
        if code is not None and code in codes:
            known[force] = code
        elif force not in FORCES:
            unknown.append(force)
    if unknown:
        rows = con.execute(
            "SELECT i.force, a.area_code, count(*) AS n, sum(count(*)) OVER (PARTITION BY i.force) AS total "
            "FROM incidents i LEFT JOIN place_areas a ON a.place_id = i.place_id AND a.set_id = ? "
            "WHERE list_contains(?, i.force) AND i.place_id IS NOT NULL GROUP BY i.force, a.area_code",
            [set_id, unknown],
        ).fetchall()
        known |= {force: code for force, code, n, total in rows if n > _MOST * total and code in codes}
    return known


def area_of_force(con: duckdb.DuckDBPyConnection, areas: AreaStore, force: str) -> StudyArea:
    """Find the area of a force, or say that no boundary holds it."""
    info = police_force_areas(areas)
    if info is not None:
        frame = areas.read(info.set_id).frame
        code = force_area_codes(con, info.set_id, list(frame.index), [force]).get(force)
        if code is not None:
            by = "by its code" if force in FORCES else "the area that holds most of its incidents"
            return StudyArea(
                geometry=frame.geometry.loc[code],
                set_id=info.set_id,
                area_code=code,
                how=f"the force's area in {info.set_id}, {by}",
            )
    own = [info for info in areas.sets() if info.force == force]
    for info in sorted(own, key=lambda info: (info.area_type != "neighbourhood", info.vintage)):
        shapes = np.asarray(areas.read(info.set_id).frame.geometry.array, dtype=object)
        return StudyArea(
            geometry=shapely.make_valid(shapely.union_all(shapes)),
            set_id=info.set_id,
            area_code=None,
            how=f"all areas of {info.set_id} together",
        )
    return StudyArea(
        geometry=None,
        set_id=None,
        area_code=None,
        how="no boundary of this force was added, so only cells in which it ever recorded an incident are compared",
    )


def named_area(areas: AreaStore, name: str) -> StudyArea:
    """
    Find an area written SET:CODE, such as csp-2017:E22000001, or read one that was drawn.

    Raises
    ------
    ParameterError
        If it is not written so.
    GeometryError
        If a drawn area is none.
    NotFoundError
        If there is no such set or area.
    """
    if is_drawn(name):
        return StudyArea(geometry=drawn_polygon(name), set_id=None, area_code=None, how="an area that was drawn")
    set_name, colon, code = name.partition(":")
    if not (set_name and colon and code):
        raise ParameterError("this is not SET:CODE", where=name[:60], fix="Write it as csp-2017:E22000001.")
    info = areas.resolve(set_name)
    frame = areas.read(info.set_id).frame
    if code not in frame.index:
        raise NotFoundError("there is no such area", where=name[:60], fix=f"See 'crimemap areas show {info.set_id}'.")
    return StudyArea(
        geometry=frame.geometry.loc[code],
        set_id=info.set_id,
        area_code=code,
        how=f"{frame.loc[code, 'area_name'] or code} in {info.set_id}",
    )
