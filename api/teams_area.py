"""Which area a team asks about, and its state to read: its own neighbourhood, or one that it was granted."""

from api.errors import BadRequestError, ForbiddenError, GoneError
from crimemap.access.principal import Principal
from crimemap.errors import ConflictError
from crimemap.incidents.changes import AreaState
from crimemap.incidents.history import ForgottenError, records_at
from crimemap.incidents.places import PlaceStore
from crimemap.jobs.team_area import TeamArea, found_area, state_now
from crimemap.workspace import Workspace

__all__ = ["TeamArea", "area_asked_for", "found_area", "state_at", "state_now"]

_TYPES = ("neighbourhood", "csp", "bcu")


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
