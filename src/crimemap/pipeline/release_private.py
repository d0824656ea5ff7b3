"""What must not be in a release: the true positions of confidential incidents, given to the audit and to nothing else."""

from crimemap.disclosure.audit import KnownPositions, position_key
from crimemap.incidents.store import IncidentStore
from crimemap.workspace import Workspace

__all__ = ["private_positions"]


def private_positions(workspace: Workspace) -> KnownPositions:
    """Read from the workspace which positions are private and which are map points."""
    db = IncidentStore(workspace).connect()
    rows = db.execute(
        """SELECT DISTINCT p.longitude, p.latitude, i.kind FROM (
               SELECT DISTINCT place_id, kind FROM incidents
               UNION SELECT DISTINCT place_id, kind FROM stops
               UNION SELECT DISTINCT place_id, kind FROM outcomes) i
           JOIN places p USING (place_id)"""
    ).fetchall()
    by_kind: dict[bool, set[tuple[float, float]]] = {True: set(), False: set()}
    for longitude, latitude, kind in rows:
        by_kind[kind == "open"].add(position_key(longitude, latitude))
    return KnownPositions(
        forbidden=frozenset(by_kind[False] - by_kind[True]),
        map_points=frozenset(by_kind[True]),
    )
