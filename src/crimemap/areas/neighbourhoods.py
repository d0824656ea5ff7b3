"""
What is known about the police neighbourhoods of each force, in the shapes of data.police.uk.

A neighbourhood that has a boundary and no team is one all the same: its id is its area code.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import shapely

from crimemap.areas.files import read_json, write_json
from crimemap.areas.store import AreaStore
from crimemap.areas.team_shapes import SetAside
from crimemap.crs import to_wgs84
from crimemap.errors import NotFoundError
from crimemap.forces import force_name
from crimemap.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from crimemap.areas.model import BoundarySet, BoundarySetInfo

__all__ = ["NeighbourhoodStore"]

_FILE: Final = "neighbourhoods.json"


class NeighbourhoodStore:
    """The neighbourhoods of a workspace, a file for each force."""

    def __init__(self, workspace: Workspace) -> None:
        self._folder = workspace.neighbourhoods
        self._areas = AreaStore(workspace)

    def forces(self) -> list[str]:
        """List the forces that have neighbourhoods: teams, boundaries or both."""
        teams = [path.parent.name for path in self._folder.glob(f"*/{_FILE}")] if self._folder.is_dir() else []
        return sorted({*teams, *self._sets()})

    def force(self, slug: str) -> dict[str, Any]:
        """
        Give a force in the shape of `/forces/{id}`, with its senior officers as `people`.

        Raises
        ------
        NotFoundError
            If it has no neighbourhoods.
        """
        held = self._held(slug)
        if held is not None:
            return dict(held["force"])
        if slug not in self._sets():
            raise NotFoundError(
                "this force has no neighbourhoods", where=slug[:80], fix="Add them with 'crimemap neighbourhoods add'."
            )
        return {
            "id": slug,
            "name": force_name(slug),
            "description": "",
            "url": "",
            "telephone": "101",
            "engagement_methods": [],
            "people": [],
        }

    def neighbourhoods(self, slug: str) -> list[dict[str, Any]]:
        """
        Give the neighbourhoods of a force, sorted by id, in the shape of `/{force}/{neighbourhood}`.

        Each has people, events and priorities too; `centre` is None where neither the force nor a boundary gives one, and
        `population` is "0" where it is not known, as data.police.uk has it.

        Raises
        ------
        NotFoundError
            If the force has none.
        """
        self.force(slug)
        held = self._held(slug)
        made = {one["id"]: dict(one) for one in held["neighbourhoods"]} if held else {}
        info = self._sets().get(slug)
        if info is not None:
            _add_boundaries(made, self._areas.read(info.set_id))
        return [made[nid] for nid in sorted(made)]

    def set_aside(self, slug: str) -> list[dict[str, Any]]:
        """List what could not be used of what the force gave, with reasons."""
        held = self._held(slug)
        return list(held["set_aside"]) if held else []

    def write(
        self,
        slug: str,
        *,
        force: dict[str, Any],
        neighbourhoods: Sequence[dict[str, Any]],
        set_aside: Sequence[SetAside],
        source_file: str,
        added_at: str,
    ) -> bool:
        """
        Keep what is known about a force, in place of what was. The caller holds the workspace's lock.

        Returns
        -------
        bool
            Whether anything changed.
        """
        new = {
            "force": force,
            "neighbourhoods": list(neighbourhoods),
            "set_aside": [asdict(one) for one in set_aside],
            "source_file": source_file,
            "added_at": added_at,
        }
        old = self._held(slug)
        if old is not None and old | {"added_at": ""} == new | {"added_at": ""}:
            return False
        write_json(self._path(slug), new)
        return True

    def _path(self, slug: str) -> "Path":
        return self._folder / slug / _FILE

    def _held(self, slug: str) -> dict[str, Any] | None:
        path = self._path(slug)
        held: dict[str, Any] | None = read_json(path) if path.is_file() else None
        return held

    def _sets(self) -> "dict[str, BoundarySetInfo]":
        """Give the boundary set of each force's neighbourhoods, the latest where there are several."""
        sets = [info for info in self._areas.sets() if info.area_type == "neighbourhood"]
        return {info.force: info for info in sorted(sets, key=lambda info: info.vintage) if info.force is not None}


def _add_boundaries(made: dict[str, dict[str, Any]], areas: "BoundarySet") -> None:
    middle = shapely.point_on_surface(areas.frame.geometry.to_numpy())
    longitude, latitude = to_wgs84(shapely.get_x(middle), shapely.get_y(middle))
    for code, name, lon, lat in zip(areas.frame.index, areas.frame["area_name"], longitude, latitude, strict=True):
        one = made.setdefault(
            str(code),
            {
                "id": str(code),
                "name": str(name),
                "description": "",
                "url_force": "",
                "population": "0",
                "contact_details": {},
                "centre": None,
                "links": [],
                "locations": [],
                "people": [],
                "events": [],
                "priorities": [],
            },
        )
        one["centre"] = one["centre"] or {"latitude": f"{lat:.6f}", "longitude": f"{lon:.6f}"}
