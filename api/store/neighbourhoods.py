"""Forces and neighbourhoods of a release, written as they are served, and the map that finds a neighbourhood."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import shapely

from api.store import shapes
from api.store.texts import json_bytes

__all__ = ["Forces", "Neighbourhoods"]

BRITISH_TRANSPORT_POLICE: Final = "btp"


@dataclass(frozen=True, slots=True)
class Forces:
    """Every force but the British Transport Police, which data.police.uk leaves out too."""

    index: bytes
    about: dict[str, bytes]
    people: dict[str, bytes]

    @classmethod
    def read(cls, connection: Any) -> "Forces":
        """Read the forces of an open release."""
        rows = connection.execute(
            """
            SELECT force, name, description, url, telephone, engagement_methods, people
            FROM forces WHERE force <> ? ORDER BY name, force""",
            [BRITISH_TRANSPORT_POLICE],
        ).fetchall()
        about, people = {}, {}
        for force, name, description, url, telephone, methods, officers in rows:
            about[force] = json_bytes(
                {
                    "id": force,
                    "name": name or force,
                    "description": description or "",
                    "url": url or "",
                    "telephone": telephone or "",
                    "engagement_methods": shapes.engagement_methods(shapes.listed(methods)),
                }
            )
            people[force] = json_bytes([shapes.person(row) for row in shapes.listed(officers)])
        return cls(json_bytes([{"id": row[0], "name": row[1] or row[0]} for row in rows]), about, people)


@dataclass(frozen=True, slots=True)
class Neighbourhoods:
    """
    Neighbourhoods by force and id.

    Parameters
    ----------
    index
        For each force, its list.
    about, people, events, priorities
        For each force and id, the answer.
    tree, shapes, owners
        Boundaries of the latest vintage of each force (degrees), and whose they are.
    """

    index: dict[str, bytes]
    about: dict[tuple[str, str], bytes] = field(default_factory=dict)
    people: dict[tuple[str, str], bytes] = field(default_factory=dict)
    events: dict[tuple[str, str], bytes] = field(default_factory=dict)
    priorities: dict[tuple[str, str], bytes] = field(default_factory=dict)
    vintages: dict[tuple[str, str], str] = field(default_factory=dict)
    owners: tuple[tuple[str, str], ...] = ()
    shapes: Any = None
    tree: Any = None

    @classmethod
    def read(cls, connection: Any, *, forces: Forces, created_at: str) -> "Neighbourhoods":
        """Read the neighbourhoods of an open release: those with a team, and those with a boundary only."""
        boundaries = connection.execute(
            """
            SELECT force, area_code, area_name, population, vintage, geometry FROM areas
            WHERE area_type = 'neighbourhood' AND force IS NOT NULL
            QUALIFY vintage = max(vintage) OVER (PARTITION BY force) ORDER BY force, area_code"""
        ).fetchall()
        polygons = shapely.from_wkb([bytes(row[5]) if row[5] is not None else None for row in boundaries])
        shapely.prepare(polygons)
        centres = {}
        for row, polygon in zip(boundaries, polygons, strict=True):
            if polygon is not None and not polygon.is_empty:
                inside = polygon.representative_point()
                centres[row[0], row[1]] = (inside.y, inside.x)
        made = cls(
            index={},
            vintages={(row[0], row[1]): row[4] for row in boundaries},
            owners=tuple((row[0], row[1]) for row in boundaries),
            shapes=polygons,
            tree=shapely.STRtree(polygons),
        )
        names: dict[str, dict[str, str]] = {force: {} for force in forces.about}
        fallback = shapes.moment(created_at) or "1970-01-01T00:00:00"
        for row in _teams(connection):
            key = (row["force"], row["neighbourhood"])
            names.setdefault(key[0], {})[key[1]] = row["name"] or key[1]
            made._add(key, row, centres.get(key), fallback)
        for force, code, name, population, *_ in boundaries:
            if code not in names.setdefault(force, {}):
                names[force][code] = name or code
                made._add((force, code), {"name": name, "population": population}, centres.get((force, code)), fallback)
        for force, known in names.items():
            listed = sorted(known.items(), key=lambda item: (item[1], item[0]))
            made.index[force] = json_bytes([{"id": code, "name": name} for code, name in listed])
        return made

    def _add(self, key: tuple[str, str], row: dict[str, Any], inside: tuple[float, float] | None, fallback: str) -> None:
        latitude, longitude = row.get("latitude"), row.get("longitude")
        if latitude is None or longitude is None:
            latitude, longitude = inside or (None, None)
        centre = None
        if latitude is not None and longitude is not None:
            centre = {"latitude": shapes.coordinate(latitude), "longitude": shapes.coordinate(longitude)}
        self.about[key] = json_bytes(
            {
                "id": key[1],
                "name": row.get("name") or key[1],
                "description": row.get("description") or "",
                "url_force": row.get("url_force") or "",
                "population": str(row.get("population") or 0),
                "contact_details": shapes.contact_details(row.get("contact_details")),
                "centre": centre,
                "links": shapes.links(row.get("links", ())),
                "locations": shapes.locations(row.get("locations", ())),
            }
        )
        self.people[key] = json_bytes([shapes.person(item) for item in row.get("people", ())])
        events = (shapes.event(item) for item in row.get("events", ()))
        self.events[key] = json_bytes([item for item in events if item is not None])
        self.priorities[key] = json_bytes([shapes.priority(item, fallback=fallback) for item in row.get("priorities", ())])

    def locate(self, longitude: float, latitude: float) -> tuple[str, str] | None:
        """Find the neighbourhood that a point (degrees) lies in; on a shared boundary, the first by force and id."""
        candidates = np.sort(self.tree.query(shapely.Point(longitude, latitude)))
        inside = candidates[shapely.intersects_xy(self.shapes[candidates], longitude, latitude)]
        return self.owners[int(inside[0])] if inside.size else None


def _teams(connection: Any) -> list[dict[str, Any]]:
    rows = connection.execute(
        """
        SELECT force, neighbourhood, name, description, url_force, population, latitude, longitude,
               contact_details, links, locations, people, events, priorities
        FROM neighbourhoods ORDER BY force, neighbourhood"""
    )
    columns = [column[0] for column in rows.description]
    teams = [dict(zip(columns, row, strict=True)) for row in rows.fetchall()]
    for team in teams:
        details = team["contact_details"]
        team["contact_details"] = shapes.one(details)
        for key in ("links", "locations", "people", "events", "priorities"):
            team[key] = shapes.listed(team[key])
    return teams
