"""What a load asks for, drawn from the release that is served."""

import json
import math
import random
from dataclasses import dataclass
from pathlib import Path

import duckdb

__all__ = ["Asked", "drawn"]

_MOST_CRIMES = 10_000
_CORNERS = 36
_SAMPLE = 4_000


@dataclass(frozen=True)
class Asked:
    """
    Paths of light calls and of months of streets, and the body of a large polygon.

    Points are those of incidents drawn one by one, so that city centres weigh as in life.
    """

    light: list[str]
    street: list[str]
    polygon: str
    polygon_month: str
    crimes_in_polygon: int


def drawn(release: Path, *, seed: int = 1) -> Asked:
    """Draw what is asked from `releases/<id>`."""
    rng = random.Random(seed)  # noqa: S311 - a sample, not a secret
    with duckdb.connect(str(release / "release.duckdb"), read_only=True) as database:
        rows = database.sql("""
            SELECT i.month, p.latitude, p.longitude, i.force IN (SELECT force FROM neighbourhoods)
            FROM incidents AS i JOIN places AS p USING (place_id) ORDER BY i.month, i.id
        """).fetchall()
        rows = rng.sample(rows, min(_SAMPLE, len(rows)))
        teams = database.sql("SELECT force, neighbourhood FROM neighbourhoods").fetchall()
        areas = database.sql("SELECT DISTINCT area_type, area_code, force FROM counts WHERE area_type <> 'force'").fetchall()
        month, polygon, n_crimes = _large_polygon(database)
    street = [f"/api/crimes-street/all-crime?date={when}&lat={lat:.6f}&lng={lon:.6f}" for when, lat, lon, _ in rows]
    located = [f"/api/locate-neighbourhood?q={lat:.6f},{lon:.6f}" for _, lat, lon, known in rows if known]
    team = [f"/api/{force}/{neighbourhood}" for force, neighbourhood in teams]
    summed = [
        f"/v1/summaries/{area_type}/{code}?months=36" + (f"&force={force}" if area_type == "neighbourhood" else "")
        for area_type, code, force in areas
    ]
    light = [rng.choice(kind) for _ in range(_SAMPLE) for kind in (located, team, summed) if kind]
    return Asked(light, street, json.dumps({"date": month, "poly": polygon}), month, n_crimes)


def _large_polygon(database: duckdb.DuckDBPyConnection) -> tuple[str, str, int]:
    """Find a circle around the fullest map point that holds just under as many crimes of a month as are answered."""
    month, lat, lon = database.sql("""
        SELECT i.month, p.latitude, p.longitude FROM incidents AS i JOIN places AS p USING (place_id)
        GROUP BY ALL ORDER BY count(*) DESC, 1, 2, 3 LIMIT 1
    """).fetchall()[0]
    wide = math.cos(math.radians(lat))
    away = database.execute(
        """SELECT sqrt(pow(p.latitude - ?, 2) + pow((p.longitude - ?) * ?, 2)) AS away
           FROM incidents AS i JOIN places AS p USING (place_id) WHERE i.month = ? ORDER BY away LIMIT ?""",
        [lat, lon, wide, month, _MOST_CRIMES],
    ).fetchall()
    # Corners of the polygon lie on the circle, its sides inside: so it holds no more than the circle does.
    radius = away[-1][0] * 0.999
    angles = (2 * math.pi * k / _CORNERS for k in range(_CORNERS))
    corners = [(lat + radius * math.sin(a), lon + radius * math.cos(a) / wide) for a in angles]
    return month, ":".join(f"{y:.5f},{x:.5f}" for y, x in corners), len(away)
