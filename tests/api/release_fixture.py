"""An invented release, written straight into the published tables, small but with everything that is awkward."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import shapely
from shapely import MultiPolygon, Polygon

from crimemap.crs import to_national_grid
from crimemap.offences import CURRENT_OFFENCE_TYPES
from crimemap.products.release_schema import SCHEMA_VERSION, create_tables_sql

FORCE = "northmarch"
OTHER_FORCE = "vale-of-arden"
MONTHS = ("2024-10", "2024-11", "2025-01", "2025-02")
MISSING_MONTH = "2024-12"
LATEST = MONTHS[-1]
#: Map points lie in this box of degrees: west, south, east, north.
BOX = (-1.60, 52.40, -1.30, 52.60)
CROWDED = Polygon([(-1.59, 52.41), (-1.56, 52.41), (-1.56, 52.43), (-1.59, 52.43)])
SLUGS = tuple(CURRENT_OFFENCE_TYPES.values())
NAMES = tuple(CURRENT_OFFENCE_TYPES)


def _touching() -> Polygon:
    """Give a ring that visits one of its points twice: valid neither for a validator nor for a strict server."""
    return Polygon([(-1.46, 52.50), (-1.44, 52.50), (-1.45, 52.51), (-1.44, 52.52), (-1.46, 52.52), (-1.45, 52.51)])


def _coast(points: int = 30_000) -> Polygon:
    """Give an outline with tens of thousands of points, as a force's own files have them."""
    turn = np.linspace(0, 2 * np.pi, points, endpoint=False)
    radius = 0.012 + 0.002 * np.sin(turn * 40) + 0.0005 * np.sin(turn * 911)
    return Polygon(np.round(np.column_stack([-1.34 + radius * np.cos(turn) * 1.6, 52.56 + radius * np.sin(turn)]), 6))


def boundaries() -> dict[str, Any]:
    """Give the neighbourhoods' shapes by id."""
    square = Polygon([(-1.59, 52.41), (-1.52, 52.41), (-1.52, 52.48), (-1.59, 52.48)])
    return {
        "NM01": square,
        "NM02": MultiPolygon(
            [
                Polygon([(-1.51, 52.41), (-1.47, 52.41), (-1.47, 52.45), (-1.51, 52.45)]),
                Polygon([(-1.46, 52.41), (-1.455, 52.41), (-1.455, 52.415), (-1.46, 52.415)]),
            ]
        ),
        "NM03": _touching(),
        "NM04": Polygon(
            [(-1.42, 52.41), (-1.36, 52.41), (-1.36, 52.46), (-1.42, 52.46)],
            [[(-1.40, 52.43), (-1.38, 52.43), (-1.38, 52.44), (-1.40, 52.44)]],
        ),
        "NM05": Polygon([(-1.58, 52.52), (-1.52, 52.58), (-1.52, 52.52), (-1.58, 52.58)]),
        "NM06": _coast(),
    }


@dataclass
class InventedRelease:
    """Where the release is, and what was put into it."""

    releases: Path
    id: str
    incidents: pd.DataFrame
    places: pd.DataFrame
    outcomes: pd.DataFrame
    stops: pd.DataFrame
    boundaries: dict[str, Any] = field(default_factory=boundaries)

    @property
    def folder(self) -> Path:
        return self.releases / self.id


def _places(rng: np.random.Generator, count: int) -> pd.DataFrame:
    west, south, east, north = BOX
    longitude = np.round(rng.uniform(west, east, count), 6)
    latitude = np.round(rng.uniform(south, north, count), 6)
    # Some lie exactly on corners of boundaries.
    corners = np.vstack([shapely.get_coordinates(shape)[:4] for shape in boundaries().values()])
    longitude = np.concatenate([longitude, np.round(corners[:, 0], 6)])
    latitude = np.concatenate([latitude, np.round(corners[:, 1], 6)])
    easting, northing = to_national_grid(longitude, latitude)
    number = rng.permutation(len(longitude)) + 1
    frame = pd.DataFrame(
        {
            "place_id": number,
            "latitude": latitude,
            "longitude": longitude,
            "easting": easting,
            "northing": northing,
            "street": [
                f"On or near Invented “Lane” {n} \\ Ffordd Bŵl" if n % 7 else "On or near Supermarket" for n in number
            ],
        }
    )
    return frame.drop_duplicates(["latitude", "longitude"]).reset_index(drop=True)


def _incidents(rng: np.random.Generator, places: pd.DataFrame, per_month: int, crowd: int) -> pd.DataFrame:
    inside = shapely.contains_xy(CROWDED, places["longitude"], places["latitude"])
    crowded = places.loc[inside, "place_id"].to_numpy()
    frames = []
    for month in MONTHS:
        extra = crowd if month == "2024-11" else 0
        place = pd.array(rng.choice(places["place_id"].to_numpy(), per_month), dtype="Int64")
        place[rng.random(per_month) < 0.03] = pd.NA
        place = np.concatenate([place, rng.choice(crowded, extra) if extra else np.empty(0, dtype=np.int64)])
        total = per_month + extra
        kind = rng.integers(0, len(SLUGS), total)
        frames.append(
            pd.DataFrame(
                {
                    "month": month,
                    "force": np.where(rng.random(total) < 0.9, FORCE, OTHER_FORCE),
                    "category": np.array(SLUGS)[kind],
                    "place_id": pd.array(place, dtype="Int64"),
                    "outcome": rng.integers(0, 3, total),
                }
            )
        )
    made = pd.concat(frames, ignore_index=True)
    made = made[~((made["month"] == "2025-01") & (made["force"] == OTHER_FORCE))].reset_index(drop=True)
    made["id"] = rng.permutation(len(made)) + 116_000_000
    behaviour = made["category"] == "anti-social-behaviour"
    made["persistent_id"] = [
        "" if asb else hashlib.sha256(str(i).encode()).hexdigest() for asb, i in zip(behaviour, made["id"], strict=True)
    ]
    made["outcome_category"] = made["outcome"].map({0: None, 1: "Under investigation", 2: "Offender given a “caution”"})
    made.loc[behaviour, "outcome_category"] = None
    made["outcome_date"] = made["month"].where(made["outcome_category"].notna(), None)
    made["context"] = np.where(made["id"] % 50 == 0, 'Said "nothing"', None)
    made["location_type"] = np.where(made["place_id"].isna(), None, "Force")
    made["location_subtype"] = ""
    place = places.set_index("place_id")
    made["easting"] = made["place_id"].map(place["easting"]).astype("float32")
    made["northing"] = made["place_id"].map(place["northing"]).astype("float32")
    return made


OUTCOMES = ("Under investigation", "Offender given a “caution”", "Local resolution", "A new kind of end")


def _outcomes(rng: np.random.Generator, incidents: pd.DataFrame) -> pd.DataFrame:
    """Give some incidents one or two outcomes, in their month or the next that is held."""
    named = incidents[incidents["persistent_id"] != ""]
    rows = []
    for number, month in zip(named["id"], named["month"], strict=True):
        later = MONTHS[min(MONTHS.index(month) + 1, len(MONTHS) - 1)]
        held = (month, later)[: rng.integers(0, 3)]
        rows += [(number, when, OUTCOMES[rng.integers(0, len(OUTCOMES))]) for when in held]
    return pd.DataFrame(rows, columns=["incident_id", "month", "outcome"]).drop_duplicates(["incident_id", "month"])


def _stops(rng: np.random.Generator, places: pd.DataFrame, count: int = 1500) -> pd.DataFrame:
    place = pd.array(rng.choice(places["place_id"].to_numpy(), count), dtype="Int64")
    place[rng.random(count) < 0.1] = pd.NA
    month = rng.choice([MONTHS[0], LATEST], count)
    frame = pd.DataFrame(
        {
            "month": month,
            "force": rng.choice([FORCE, "stops-only"], count, p=[0.8, 0.2]),
            "place_id": place,
            "hour": pd.to_datetime(pd.Series(month) + "-11 22:00"),
            "type": rng.choice(["Person search", "Vehicle search", "Person and Vehicle search"], count),
            "operation": pd.array(rng.choice([True, False], count), dtype="boolean"),
            "operation_name": rng.choice(["", 'Op "Quiet"'], count),
            "gender": "Male",
            "age_range": rng.choice(["10-17", "18-24"], count),
            "self_defined_ethnicity": None,
            "officer_defined_ethnicity": "White",
            "legislation": None,
            "object_of_search": "Controlled drugs",
            "outcome": rng.choice(["A no further action disposal", "Arrest", ""], count),
            "outcome_linked_to_object": pd.array([None] * count, dtype="boolean"),
            "removed_more_than_outer_clothing": pd.array([False] * count, dtype="boolean"),
        }
    )
    return frame.replace({"operation_name": {"": None}, "outcome": {"": None}})


def _ring(shape: Any) -> str:
    parts = shapely.get_parts(shape)
    largest = parts[int(np.argmax(shapely.area(parts)))]
    return json.dumps([[round(y, 6), round(x, 6)] for x, y in largest.exterior.coords])


def _counts() -> pd.DataFrame:
    rows = []
    for code in boundaries():
        for month in (*MONTHS, MISSING_MONTH):
            for number, name in enumerate(("All", *NAMES)):
                status, count = "counted", 0 if number == 3 else number + 7
                if month == MISSING_MONTH:
                    status, count = "no_data", None
                elif code == "NM03" and number in (4, 5):
                    status, count = "suppressed", None
                rows.append(("neighbourhood", "2025", code, FORCE, month, name, count, status))
    rows += [("force", "", FORCE, FORCE, month, "All", 5000, "counted") for month in MONTHS]
    columns = ["area_type", "vintage", "area_code", "force", "month", "offence_type", "incidents", "status"]
    return pd.DataFrame(rows, columns=columns).astype({"incidents": "Int64"})


def _teams() -> pd.DataFrame:
    contact = {"email": "team@example.org", "telephone": "101", "fax": None}
    people = [{"name": "Sgt Ann Example", "rank": None, "bio": None, "contact_details": {"twitter": None}}]
    events = [
        {"title": "Surgery", "type": "meeting", "start_date": "2025-03-01T18:00:00+00:00", "contact_details": contact},
        {"title": "Some day", "start_date": None},
    ]
    priorities = [
        {"issue": "<p>Bicycle theft</p>", "issue-date": "2025-01-07T00:00:00", "action": None, "action-date": None},
        {"issue": "Noise", "issue_date": "2025-02-01", "action": "Visits", "action_date": "2025-02-11 09:30"},
        {"issue": "No date"},
    ]
    links = [{"url": "https://example.org", "title": "Council", "description": None}]
    locations = [
        {"name": "Station", "latitude": 52.42, "longitude": -1.55, "postcode": None, "type": "station"},
        {"name": "Nowhere", "latitude": None, "longitude": None},
    ]
    rows = []
    for code in boundaries():
        if code == "NM06":
            continue  # a boundary without a team
        full = code == "NM01"
        rows.append(
            {
                "force": FORCE,
                "neighbourhood": code,
                "name": f"Invented Ward {code[-1]}",
                "description": "<p>Homes.</p>" if full else None,
                "url_force": "https://example.org/nm01" if full else None,
                "population": 7985 if full else None,
                "latitude": 52.45 if full else None,
                "longitude": -1.55 if full else None,
                "contact_details": json.dumps(contact) if full else None,
                "links": json.dumps(links) if full else None,
                "locations": json.dumps(locations) if full else None,
                "people": json.dumps(people) if full else "[]",
                "events": json.dumps(events) if full else None,
                "priorities": json.dumps(priorities) if full else None,
            }
        )
    return pd.DataFrame(rows).astype({"population": "Int64"})


def make_release(
    releases: Path,
    release_id: str = "20250301T120000Z-0a1b2c3d",
    *,
    seed: int = 1,
    per_month: int = 4000,
    crowd: int = 11_000,
) -> InventedRelease:
    """Write a release and activate nothing."""
    rng = np.random.default_rng(seed)
    folder = releases / release_id
    site = folder / "site"
    (site / "maps").mkdir(parents=True)
    (site / "assets").mkdir()
    (site / "index.html").write_text(f"<!DOCTYPE html><title>Home</title><p>{release_id}", encoding="utf-8")
    (site / "404.html").write_text("<!DOCTYPE html><title>Not here</title>", encoding="utf-8")
    (site / "forces").mkdir()
    (site / "forces" / "index.html").write_text("<!DOCTYPE html><title>Forces</title>", encoding="utf-8")
    (site / "assets" / "site.css").write_text("body{}", encoding="utf-8")
    (site / "maps" / "a.html").write_text(
        '<!DOCTYPE html><script src="../assets/l.js"></script><script>\nlet a = "<b>";\n</script>', encoding="utf-8"
    )
    (folder / "manifest.json").write_text(json.dumps({"id": release_id, "sources": []}), encoding="utf-8")
    places = _places(rng, 3000)
    incidents = _incidents(rng, places, per_month, crowd)
    own = np.random.default_rng(seed + 1)
    outcomes, stops = _outcomes(own, incidents), _stops(own, places)
    areas = pd.DataFrame(
        [
            {
                "area_type": "neighbourhood",
                "vintage": "2025",
                "area_code": code,
                "area_name": f"Invented Ward {code[-1]}",
                "force": FORCE,
                "area_m2": 1e6,
                "population": 1000,
                "households": 400,
                "min_lon": shape.bounds[0],
                "min_lat": shape.bounds[1],
                "max_lon": shape.bounds[2],
                "max_lat": shape.bounds[3],
                "geometry": shapely.to_wkb(shapely.make_valid(shape) if len(shape.wkb) < 10_000 else shape),
                "ring": _ring(shape),
            }
            for code, shape in boundaries().items()
        ]
    )
    tables = {
        "meta": pd.DataFrame(
            {
                "key": ["release_id", "created_at", "first_month", "latest_month", "schema_version", "attribution"],
                "value": [release_id, "2025-03-01T12:00:00Z", MONTHS[0], LATEST, str(SCHEMA_VERSION), "Invented data."],
            }
        ),
        "forces": pd.DataFrame(
            {
                "force": [FORCE, OTHER_FORCE, "btp"],
                "name": ["Northmarch Police", "Vale of Arden Police", "British Transport Police"],
                "description": ["<p>Invented.</p>", None, None],
                "url": ["https://example.org", None, None],
                "telephone": ["101", None, None],
                "engagement_methods": [json.dumps([{"title": "telephone", "url": None}]), None, None],
                "people": [json.dumps([{"name": "A. Example", "rank": "Chief", "bio": None}]), "[]", None],
            }
        ),
        "neighbourhoods": _teams(),
        "areas": areas,
        "area_parents": pd.DataFrame(
            {
                "child_type": ["neighbourhood"],
                "child_code": ["NM01"],
                "parent_type": ["csp"],
                "parent_code": ["E22000999"],
                "vintage": ["2025"],
                "force": [FORCE],
            }
        ),
        "boundary_sets": pd.DataFrame(
            {
                "area_type": ["neighbourhood"],
                "vintage": ["2025"],
                "force": [FORCE],
                "n_areas": [len(boundaries())],
                "publisher": ["Northmarch Police"],
                "licence": ["OGL"],
                "attribution": ["Invented boundaries."],
            }
        ),
        "places": places,
        "incidents": incidents,
        "outcomes": outcomes,
        "stops": stops,
        "counts": _counts(),
        "coverage": pd.DataFrame(
            [
                (
                    force,
                    month,
                    "street",
                    1,
                    "no_data" if month == MISSING_MONTH or (force, month) == (OTHER_FORCE, "2025-01") else "counted",
                )
                for force in (FORCE, OTHER_FORCE)
                for month in (*MONTHS, MISSING_MONTH)
            ],
            columns=["force", "month", "kind", "row_count", "status"],
        ),
        "categories": pd.DataFrame({"url": SLUGS, "name": NAMES, "first_month": "2013-09", "last_month": None}),
        "hotspots": pd.DataFrame(
            {
                "force": FORCE,
                "cell": ["88195da49bfffff", "88195da499fffff"],
                "h3_resolution": 8,
                "first_month": MONTHS[0],
                "last_month": LATEST,
                "latitude": 52.5,
                "longitude": -1.5,
                "area_m2": 737_000.0,
                "incidents": pd.array([120, None], dtype="Int64"),
                "status": ["counted", "suppressed"],
                "z": [4.2, None],
                "p_value": [0.0001, None],
                "q_value": [0.001, None],
                "hotspot": pd.array([True, False], dtype="boolean"),
            }
        ),
    }
    with duckdb.connect(str(folder / "release.duckdb")) as connection:
        connection.execute(create_tables_sql())
        for name, frame in tables.items():
            connection.register("frame", frame)
            columns = ", ".join(
                frame.columns.intersection([row[0] for row in connection.execute(f"DESCRIBE {name}").fetchall()])
            )
            connection.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM frame")  # noqa: S608 - names of ours
            connection.unregister("frame")
    return InventedRelease(releases, release_id, incidents, places, outcomes, stops)


def activate(releases: Path, release_id: str) -> None:
    """Name the release that is served, as one step."""
    temporary = releases / ".active.new"
    temporary.write_text(release_id + "\n", encoding="utf-8")
    temporary.replace(releases / "active")
