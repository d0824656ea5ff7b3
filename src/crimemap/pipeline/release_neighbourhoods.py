"""Police neighbourhoods for a release: what forces gave, with what their teams wrote in its place or beside it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from crimemap.areas.neighbourhoods import NeighbourhoodStore
from crimemap.areas.team_given import with_texts
from crimemap.areas.team_texts import TeamTexts, teams_that_wrote
from crimemap.workspace import Workspace

__all__ = ["gather_neighbourhoods"]


def gather_neighbourhoods(workspace: Workspace, forces: Iterable[str], *, today: date | None = None) -> list[dict[str, Any]]:
    """
    Read the neighbourhoods of forces as the public is to see them.

    Parameters
    ----------
    forces
        Slugs; those without neighbourhoods have none here.
    today
        Messages to residents whose last day is before are left out; the present day if not given.
    """
    store = NeighbourhoodStore(workspace)
    known, wrote = set(store.forces()), teams_that_wrote(workspace)
    day = today or datetime.now(UTC).date()
    return [
        _as_public(workspace, {**one, "force": slug}, day=day) if (slug, str(one["id"])) in wrote else {**one, "force": slug}
        for slug in forces
        if slug in known
        for one in store.neighbourhoods(slug)
    ]


def _as_public(workspace: Workspace, one: dict[str, Any], *, day: date) -> dict[str, Any]:
    texts = TeamTexts(workspace, force=one["force"], neighbourhood=str(one["id"]))
    return with_texts(one, texts, today=day)
