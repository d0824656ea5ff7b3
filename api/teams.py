"""What a neighbourhood team may read of the private side: its own area, nothing else."""

from typing import Any

from crimemap.areas.neighbourhoods import NeighbourhoodStore
from crimemap.areas.store import AreaStore
from crimemap.errors import NotFoundError
from crimemap.incidents.store import IncidentStore
from crimemap.offences import offence_slug
from crimemap.periods import month_after, months_between
from crimemap.workspace import Workspace

__all__ = ["team", "team_summary"]


def team(workspace: Workspace, *, force: str, neighbourhood: str) -> dict[str, Any]:
    """
    Give a team's neighbourhood in the shape of `/api/{force}/{neighbourhood}`, with its people.

    Raises
    ------
    NotFoundError
        If the workspace no longer has it.
    """
    for one in NeighbourhoodStore(workspace).neighbourhoods(force):
        if one["id"] == neighbourhood:
            return {"force": force, **one}
    raise NotFoundError("this neighbourhood is not in the workspace any more")


def team_summary(workspace: Workspace, *, force: str, neighbourhood: str, months: int) -> dict[str, Any]:
    """
    Count a neighbourhood's incidents by month and offence type.

    Where a force's own records and published ones hold the same month, its own are counted and not both.

    Parameters
    ----------
    months
        How many months, up to the latest one of the force.

    Raises
    ------
    NotFoundError
        If the neighbourhood has no boundary, or the force no incidents.
    """
    set_id = _boundaries(workspace, force, neighbourhood)
    with IncidentStore(workspace).connect() as connection:
        coverage = connection.execute(
            """
            SELECT month, source, kind, status FROM coverage WHERE force = ? AND table_name = 'incidents'
            QUALIFY row_number() OVER (PARTITION BY month ORDER BY status, kind, source) = 1 ORDER BY month""",
            [force],
        ).fetchall()
        if not coverage:
            raise NotFoundError("this force has no incidents in the workspace")
        last = coverage[-1][0]
        names = months_between(month_after(last, 1 - months), month_after(last))
        status = {month: (source, kind) for month, source, kind, held in coverage if held == "loaded"}
        rows = connection.execute(
            """
            SELECT i.month, i.source, i.offence_type, count(*)
            FROM incidents i JOIN place_areas a USING (place_id)
            WHERE i.force = ? AND a.set_id = ? AND a.area_code = ? AND i.month BETWEEN ? AND ?
            GROUP BY ALL ORDER BY ALL""",
            [force, set_id, neighbourhood, names[0], last],
        ).fetchall()
    counted = [(month, kind, n) for month, source, kind, n in rows if month in status and status[month][0] == source]
    return {
        "force": force,
        "neighbourhood": neighbourhood,
        "boundaries": set_id,
        "months": [_month(month, status.get(month), counted) for month in names],
    }


def _month(month: str, held: tuple[str, str] | None, counted: list[tuple[str, str, int]]) -> dict[str, Any]:
    if held is None:
        return {"month": month, "status": "no_data", "source": None, "kind": None, "incidents": None, "offence_types": None}
    types = {name: n for when, name, n in counted if when == month}
    return {
        "month": month,
        "status": "counted",
        "source": held[0],
        "kind": held[1],
        "incidents": sum(types.values()),
        "offence_types": [
            {"offence_type": name, "category": offence_slug(name), "incidents": n} for name, n in sorted(types.items())
        ],
    }


def _boundaries(workspace: Workspace, force: str, neighbourhood: str) -> str:
    areas = AreaStore(workspace)
    sets = [info for info in areas.sets() if info.area_type == "neighbourhood" and info.force == force]
    for info in sorted(sets, key=lambda info: info.vintage, reverse=True):
        if neighbourhood in areas.read(info.set_id).frame.index:
            return info.set_id
    raise NotFoundError("this neighbourhood has no boundary")
