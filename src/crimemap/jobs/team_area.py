"""An area of a team in the boundaries that are held of it, and what counts for it now."""

from dataclasses import dataclass
from functools import lru_cache

from crimemap.areas.store import AreaStore
from crimemap.errors import NotFoundError
from crimemap.incidents.changes import AreaState
from crimemap.incidents.history import latest_records
from crimemap.incidents.places import PlaceStore
from crimemap.workspace import Workspace

__all__ = ["TeamArea", "found_area", "state_now"]


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
