"""Which area a team asks about, and its state to read: its own neighbourhood, or one that it was granted."""

from dataclasses import dataclass
from functools import lru_cache

from api.errors import BadRequestError, ForbiddenError, GoneError
from crimemap.access.principal import Principal
from crimemap.areas.store import AreaStore
from crimemap.errors import ConflictError, NotFoundError
from crimemap.incidents.changes import AreaState
from crimemap.incidents.history import ForgottenError, latest_records, records_at
from crimemap.incidents.places import PlaceStore
from crimemap.workspace import Workspace

__all__ = ["TeamArea", "area_asked_for", "found_area", "state_at", "state_now"]

_TYPES = ("neighbourhood", "csp", "bcu")


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamArea:
    """
    An area in the boundaries that are held of it.

    Attributes
    ----------
    content
        The hash of the boundary set: with other boundaries it is another area.
    """

    force: str
    area_type: str
    area_code: str
    set_id: str
    content: str


def area_asked_for(who: Principal, text: str | None) -> tuple[str, str]:
    """
    Read `area`: `csp/E22000123`; a team's own neighbourhood where it is left out.

    Raises
    ------
    BadRequestError
        If it is not written so.
    ForbiddenError
        If it is not theirs.
    """
    if text is None or text == "":
        area_type, code = "neighbourhood", who.neighbourhood
    else:
        area_type, slash, code = text.partition("/")
        if not slash or area_type not in _TYPES or not code:
            raise BadRequestError("this is no area", where="area", fix="Write it as csp/E22000123 or bcu/CODE.")
    if not who.may_see(area_type, code):
        raise ForbiddenError("this token is not good for this area")
    return area_type, code


def found_area(workspace: Workspace, *, force: str, area_type: str, area_code: str) -> TeamArea:
    """
    Find an area in the latest boundary set that has it.

    Raises
    ------
    NotFoundError
        If none has.
    """
    sets = [info for info in AreaStore(workspace).sets() if info.area_type == area_type and info.force in (None, force)]
    for info in sorted(sets, key=lambda info: info.vintage, reverse=True):
        if area_code in _codes(workspace.root.as_posix(), info.set_id, info.sha256, info.content):
            return TeamArea(
                force=force, area_type=area_type, area_code=area_code, set_id=info.set_id, content=info.content[:16]
            )
    raise NotFoundError(f"this {area_type} has no boundary in the workspace")


@lru_cache(maxsize=64)
def _codes(root: str, set_id: str, sha256: str, content: str) -> frozenset[str]:  # noqa: ARG001 - hashes are the key
    return frozenset(AreaStore(Workspace(root)).read(set_id).frame.index.astype(str))


def state_now(workspace: Workspace, area: TeamArea) -> AreaState:
    """
    Give what counts for an area now.

    Raises
    ------
    NotFoundError
        If the workspace holds no incidents.
    """
    # The areas of places before the incidents: a place is never taken for assigned that was not.
    up_to = PlaceStore(workspace).assigned_up_to(area.set_id)
    records = latest_records(workspace, force=area.force)
    return AreaState(records=records, set_id=area.set_id, area_code=area.area_code, places_up_to=up_to)


def state_at(workspace: Workspace, area: TeamArea, *, table: str, version: int, content: str, up_to: int) -> AreaState:
    """
    Give what counted for an area at a moment.

    Raises
    ------
    GoneError
        If it can no longer be told.
    ConflictError
        If places are being assigned to the area's boundaries anew.
    """
    if content != area.content:
        raise GoneError("the boundaries have changed since", fix="Read everything again, without it.")
    if PlaceStore(workspace).assigned_up_to(area.set_id) < up_to:
        raise ConflictError("places are being assigned to areas just now", fix="Try again in a minute.")
    try:
        records = records_at(workspace, force=area.force, table=table, version=version)
    except ForgottenError as error:
        raise GoneError(str(error)) from None
    return AreaState(records=records, set_id=area.set_id, area_code=area.area_code, places_up_to=up_to)
