"""
Which areas and forces somebody may run an analysis of.

A token without a team may use every force. A team's may use its own force's incidents in its own neighbourhood and in the
areas it was granted, and boundaries and people everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import shapely

from api.errors import ForbiddenError
from api.processes_offered import Offered
from crimemap.access.principal import Principal
from crimemap.areas.store import AreaStore
from crimemap.errors import CrimemapError, NotFoundError
from crimemap.jobs.drawn_area import drawn_polygon, is_drawn
from crimemap.jobs.team_area import TeamArea, found_area
from crimemap.workspace import Workspace

__all__ = ["About", "about_job", "allowed_inputs", "own_areas"]

#: What a drawing may reach beyond a boundary, metres: corners are rounded, and maps show simplified lines.
_DRAWING_M: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the audit log says of a job: never its inputs, only where and when they look."""

    force: str = ""
    area_type: str = ""
    area_code: str = ""
    first_month: str = ""
    last_month: str = ""


def allowed_inputs(who: Principal, workspace: Workspace, offered: Offered, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """
    Give the inputs that somebody may use: a team's force is put in where it was left out.

    Raises
    ------
    ForbiddenError
        If they look beyond what the token reaches.
    """
    made = dict(inputs)
    if not who.force:
        return made
    takes = offered.schema["properties"]
    if "area" not in takes:
        if not offered.planned:
            raise ForbiddenError(f"{offered.id} counts whole sets of areas, a team's token reaches its own only")
        if made.get("incidents"):
            raise ForbiddenError("a team's token counts no incidents of whole sets", fix="Leave out 'incidents'.")
        return made
    if made.get("by") or "by" in offered.schema["required"]:
        raise ForbiddenError("whole areas of a set reach beyond a team's own", fix="Leave out 'by'; take cells.")
    if made.setdefault("force", who.force) != who.force:
        raise ForbiddenError("this token is not good for this force", fix="Name your own, or leave it out.")
    if not made.get("area"):
        own = ", ".join(f"{kind} {code}" for kind, code in (("neighbourhood", who.neighbourhood), *who.areas))
        raise ForbiddenError(
            "a team's token is not good for the whole force", fix=f"Name an area of your own as SET:CODE: {own}."
        )
    _require_own(who, workspace, str(made["area"]))
    if "edge_correction" in takes and made.setdefault("edge_correction", "uniform") == "none":
        raise ForbiddenError(
            "without an edge correction incidents beyond the area are counted", fix="Take the edge_correction uniform."
        )
    return made


def _require_own(who: Principal, workspace: Workspace, area: str) -> None:
    if is_drawn(area):
        if not shapely.covers(shapely.buffer(_own_shape(who, workspace), _DRAWING_M), drawn_polygon(area)):
            raise ForbiddenError("the drawn area reaches beyond the areas that this token is good for")
        return
    name, _, code = area.partition(":")
    try:
        info = AreaStore(workspace).resolve(name)
    except CrimemapError:
        info = None
    # Forces use the same codes for neighbourhoods: the set has to be this force's, or of codes that are nobody's own.
    shared = info is not None and info.force is None and info.area_type != "neighbourhood"
    theirs = info is not None and info.force == who.force
    if info is None or not (shared or theirs) or not who.may_see(info.area_type, code):
        raise ForbiddenError("this token is not good for this area")


def own_areas(who: Principal, workspace: Workspace) -> list[tuple[TeamArea, str]]:
    """Give a team's own areas with their names; those that have no boundary are left out."""
    found = []
    for area_type, code in (("neighbourhood", who.neighbourhood), *who.areas):
        try:
            area = found_area(workspace, force=who.force, area_type=area_type, area_code=code)
        except NotFoundError:
            continue
        name = AreaStore(workspace).read(area.set_id).frame.loc[code, "area_name"]
        found.append((area, str(name or code)))
    return found


def _own_shape(who: Principal, workspace: Workspace) -> Any:
    """Give the shape of a team's own areas together, EPSG:27700."""
    areas = AreaStore(workspace)
    return shapely.union_all(
        [areas.read(area.set_id).frame.geometry.loc[area.area_code] for area, _ in own_areas(who, workspace)]
    )


def about_job(workspace: Workspace, inputs: Mapping[str, Any]) -> About:
    """Say where and when a job looks, as far as its inputs tell."""
    area_type, code = "", ""
    if isinstance(inputs.get("area"), str) and is_drawn(inputs["area"]):
        area_type = "drawn"
    elif isinstance(inputs.get("area"), str):
        name, _, code = str(inputs["area"]).partition(":")
        try:
            area_type = AreaStore(workspace).resolve(name).area_type
        except CrimemapError:
            area_type, code = "", ""
    return About(
        force=_short(inputs.get("force")),
        area_type=area_type,
        area_code=code[:60],
        first_month=_short(inputs.get("first_month")),
        last_month=_short(inputs.get("last_month")),
    )


def _short(value: Any) -> str:
    return value[:60] if isinstance(value, str) else ""
