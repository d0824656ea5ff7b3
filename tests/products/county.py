"""A small county in memory: what a release is made from, without a workspace."""

from dataclasses import replace

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import shapely

from crimemap.crs import NATIONAL_GRID, to_wgs84
from crimemap.periods import month_after, months_between
from crimemap.products.inputs import Bricks, ReleaseInputs

FORCE = "west-demoshire"
LATEST = "2025-06"
MONTHS = months_between(month_after(LATEST, -23), month_after(LATEST))
MISSING = "2025-02"
TYPES = ("Anti-social behaviour", "Burglary", "Shoplifting", "Violence and sexual offences")
_WEST, _SOUTH, _SIDE = 400_000.0, 250_000.0, 1_500.0
_ACROSS, _UP = 4, 3


def squares(across, up, side):
    """Give squares row by row from the south-west."""
    return [
        shapely.box(_WEST + i * side, _SOUTH + j * side, _WEST + (i + 1) * side, _SOUTH + (j + 1) * side)
        for j in range(up)
        for i in range(across)
    ]


def areas():
    """Give 12 neighbourhoods, 2 districts, 2 partnerships equal to them, and the force's area."""
    cells = squares(_ACROSS, _UP, _SIDE)
    west = shapely.union_all([c for k, c in enumerate(cells) if k % _ACROSS < 2])
    east = shapely.union_all([c for k, c in enumerate(cells) if k % _ACROSS >= 2])
    rows = [("pfa", "2024", "E23000099", "West Demoshire", shapely.union_all(cells), 100_000)]
    rows += [
        ("lad", "2024", code, name, shape, None)
        for code, name, shape in (("E07000901", "Ashby", west), ("E07000902", "Brook", east))
    ]
    rows += [
        ("csp", "2024", code, name, shape, None)
        for code, name, shape in (("E22000901", "Ashby", west), ("E22000902", "Brook", east))
    ]
    rows += [
        ("neighbourhood", "2024", f"N{k + 1:02d}", NAMES.get(k, f"Ward {k + 1}"), shape, 8_000 + k)
        for k, shape in enumerate(cells)
    ]
    frame = gpd.GeoDataFrame(
        [{"area_type": t, "vintage": v, "area_code": c, "area_name": n, "population": p} for t, v, c, n, _, p in rows],
        geometry=[row[4] for row in rows],
        crs=NATIONAL_GRID,
    )
    frame["force"], frame["area_m2"] = FORCE, frame.area
    frame["households"] = pd.array([pd.NA] * len(frame), dtype="Int64")
    frame["population"] = frame["population"].astype("Int64")
    frame["population_vintage"] = "2021"
    return frame.rename_axis("area_id")


def bricks():
    """Give 48 bricks, four in each neighbourhood, with people; of the last nobody knows how many."""
    shapes = squares(2 * _ACROSS, 2 * _UP, _SIDE / 2)
    frame = gpd.GeoDataFrame(
        {"population": [1_000.0 + k for k in range(len(shapes))], "households": [400.0 + k for k in range(len(shapes))]},
        index=pd.Index([f"E0109{k:04d}" for k in range(len(shapes))], name="area_code"),
        geometry=shapes,
        crs=NATIONAL_GRID,
    )
    frame.loc[frame.index[-1], ["population", "households"]] = np.nan
    vintages = {"population": "2021", "households": "2021"}
    return Bricks(frame=frame, set_id="lsoa-2021", vintages=vintages, without_number=1)


#: Names that would break a careless page.
NAMES = {0: "Harbour & Quay", 1: '<b>St Mary\'s</b> "East"', 2: "Llanfair"}


def places(rng):
    """Give 20 map points in each neighbourhood but the last, which has none."""
    e, n = [], []
    for cell in squares(_ACROSS, _UP, _SIDE)[:-1]:
        x0, y0, x1, y1 = cell.bounds
        e.extend(rng.uniform(x0 + 20, x1 - 20, 20))
        n.extend(rng.uniform(y0 + 20, y1 - 20, 20))
    lon, lat = to_wgs84(e, n)
    frame = pd.DataFrame({"place_id": np.arange(1, len(e) + 1), "longitude": lon.round(6), "latitude": lat.round(6)})
    frame["easting"], frame["northing"] = np.round(e, 2), np.round(n, 2)
    frame["cell"] = [int(h3.latlng_to_cell(y, x, 9), 16) for x, y in zip(frame["longitude"], frame["latitude"], strict=True)]
    frame["cell"] = frame["cell"].astype("uint64")
    return frame


def incidents(rng, points, kind="open", months=MONTHS):
    """Give incidents: a busy place, a shoplifting rise in neighbourhood 1, one month missing, some without a location."""
    rows = []
    busy = points["place_id"].iloc[5]
    near = np.hypot(points["easting"] - points["easting"].iloc[5], points["northing"] - points["northing"].iloc[5])
    around = points["place_id"][near.between(1, 450)].tolist()
    for month in months:
        if month == MISSING:
            continue
        latest = month > month_after(LATEST, -12)
        for place in points["place_id"]:
            rows += [(month, t, place) for t in TYPES for _ in range(rng.poisson(0.25))]
        rows += [(month, "Shoplifting", busy)] * (26 if latest else 6)
        rows += [(month, "Shoplifting", place) for place in around for _ in range(4)]
        rows += [(month, "Burglary", None)] * 3
    frame = pd.DataFrame(rows, columns=["month", "offence_type", "place_id"])
    frame["place_id"] = frame["place_id"].astype("Int64")
    asb = frame["offence_type"] == "Anti-social behaviour"
    frame["id"] = np.arange(1, len(frame) + 1)
    frame["persistent_id"] = ["" if a or kind != "open" else f"{i:064x}" for i, a in zip(frame["id"], asb, strict=True)]
    frame["force"], frame["kind"], frame["context"] = FORCE, kind, ""
    frame["location"] = ["No Location" if pd.isna(p) else f"On or near Street {p}" for p in frame["place_id"]]
    frame["reported_by"] = "West Demoshire Police"
    frame["last_outcome"] = np.where(asb, None, "Under investigation")
    frame["outcome_month"] = np.where(asb | (frame["id"] % 5 == 0), None, LATEST)
    return frame


def outcomes(rows):
    """Give what was decided of every third open incident, in its month or in the latest."""
    told = rows[(rows["kind"] == "open") & (rows["persistent_id"] != "")].iloc[::3]
    months = np.where(told["id"] % 2 == 0, told["month"], LATEST)
    return pd.DataFrame({"incident_id": told["id"], "month": months, "outcome": "Local resolution"}).reset_index(drop=True)


def stops(points):
    """Give a stop at every tenth map point in the latest month, and one without a place."""
    place = pd.array([*points["place_id"].iloc[::10], pd.NA], dtype="Int64")
    return pd.DataFrame(
        {
            "month": LATEST,
            "force": FORCE,
            "place_id": place,
            "hour": pd.Timestamp(f"{LATEST}-11 22:00"),
            "type": "Person search",
            "operation": False,
            "operation_name": None,
            "gender": "Male",
            "age_range": "18-24",
            "self_defined_ethnicity": None,
            "officer_defined_ethnicity": "White",
            "legislation": None,
            "object_of_search": "Controlled drugs",
            "outcome": "Arrest",
            "outcome_linked_to_object": None,
            "removed_more_than_outer_clothing": False,
        }
    )


def coverage(rows, kind="open", months=MONTHS):
    counted = rows.groupby("month").size()
    return pd.DataFrame(
        [
            {
                "force": FORCE,
                "month": month,
                "table_name": "incidents",
                "source": None if month == MISSING else "police.uk",
                "kind": None if month == MISSING else kind,
                "row_count": int(counted.get(month, 0)),
                "status": "no_data" if month == MISSING else "loaded",
            }
            for month in months
        ]
    )


def county(kind="open", seed=7):
    """Give a county's release inputs."""
    rng = np.random.default_rng(seed)
    frame, points = areas(), places(rng)
    rows = incidents(rng, points, kind)
    tree = shapely.STRtree(frame.geometry.to_numpy())
    place, area = tree.query(shapely.points(points["easting"], points["northing"]), predicate="intersects")
    placed = pd.DataFrame({"place_id": points["place_id"].to_numpy()[place], "area_id": area})
    inner = frame[frame["area_type"] == "neighbourhood"]
    parents = [
        ("neighbourhood", code, parent, f"E{prefix}00090{1 if k % _ACROSS < 2 else 2}", "2024", FORCE)
        for k, code in enumerate(inner["area_code"])
        for parent, prefix in (("lad", "07"), ("csp", "22"))
    ]
    team = {
        "force": FORCE,
        "id": "N01",
        "name": NAMES[0],
        "description": '<p>Your team<script>alert("x")</script>.</p>',
        "url_force": "https://www.example.org/n01",
        "population": "8000",
        "contact_details": {"email": "harbour@example.org", "telephone": "101", "web": "javascript:alert(1)"},
        "centre": {"latitude": "52.15", "longitude": "-1.99"},
        "links": [],
        "locations": [],
        "people": [{"name": "Sergeant A. Example", "rank": "Sergeant", "bio": None, "contact_details": {}}],
        "events": [
            {
                "title": "Surgery",
                "description": "",
                "address": "Library",
                "type": "meeting",
                "start_date": "2025-07-01T18:30:00",
                "end_date": "2025-07-01T19:30:00",
                "contact_details": {},
            }
        ],
        "priorities": [
            {
                "issue": "<p>Shoplifting on the quay</p>",
                "issue-date": "2025-05-01T00:00:00",
                "action": None,
                "action-date": None,
            }
        ],
    }
    rest = [
        {"force": FORCE, "id": code, "name": name, "centre": {}}
        for code, name in zip(inner["area_code"], inner["area_name"], strict=True)
        if code != "N01"
    ]
    unbounded = {"force": FORCE, "id": "../evil id", "name": "No boundary", "centre": {}}
    return ReleaseInputs(
        first_month=MONTHS[0],
        latest_month=LATEST,
        incidents=rows,
        places=points,
        place_areas=placed,
        areas=frame,
        area_parents=pd.DataFrame(
            parents, columns=["child_type", "child_code", "parent_type", "parent_code", "vintage", "force"]
        ),
        boundary_sets=[
            {
                "area_type": kind_,
                "vintage": "2024",
                "force": FORCE if kind_ == "neighbourhood" else None,
                "n_areas": int((frame["area_type"] == kind_).sum()),
                "source_file": f"{kind_}.gpkg",
                "sha256": "0" * 64,
                "publisher": "The example publisher",
                "licence": "OGL-UK-3.0",
                "attribution": "Contains OS data © Crown copyright and database right 2024",
            }
            for kind_ in ("pfa", "lad", "csp", "neighbourhood")
        ],
        coverage=coverage(rows, kind),
        forces=[
            {
                "id": FORCE,
                "name": "West Demoshire Police",
                "description": "",
                "url": "https://www.example.org",
                "telephone": "101",
                "engagement_methods": [],
                "people": [],
            }
        ],
        neighbourhoods=[team, *rest, unbounded],
        sources=[
            {
                "archive": "2025-06.zip",
                "sha256": "1" * 64,
                "source": "police.uk",
                "kind": kind,
                "table": "incidents",
                "first_month": MONTHS[0],
                "latest_month": LATEST,
                "files": 23,
                "rows": len(rows),
                "attribution": "Contains public sector information licensed under the Open Government Licence v3.0.",
            }
        ],
        bricks=bricks(),
        outcomes=outcomes(rows),
        stops=stops(points) if kind == "open" else None,
    )


def county_of_mergers():
    """Give the county with every month, 12 districts that are partnerships too, and a command unit for every three."""
    made = county()
    cells = squares(_ACROSS, _UP, _SIDE)
    rows = [("pfa", "E23000099", "West Demoshire", shapely.union_all(cells))]
    for kind, prefix, name in (("lad", "E07", "District"), ("csp", "E22", "Partnership")):
        rows += [(kind, f"{prefix}{901 + k:06d}", f"{name} {k + 1}", shape) for k, shape in enumerate(cells)]
    rows += [("bcu", f"B{k}", f"Unit {k}", shapely.union_all(cells[k::_ACROSS])) for k in range(_ACROSS)]
    frame = gpd.GeoDataFrame(
        [{"area_type": kind, "vintage": "2024", "area_code": code, "area_name": name} for kind, code, name, _ in rows],
        geometry=[row[3] for row in rows],
        crs=NATIONAL_GRID,
    )
    frame["force"], frame["area_m2"], frame["population_vintage"] = FORCE, frame.area, "2021"
    for name in ("population", "households"):
        frame[name] = pd.array([pd.NA] * len(frame), dtype="Int64")
    points = made.places
    place, area = shapely.STRtree(frame.geometry.to_numpy()).query(
        shapely.points(points["easting"], points["northing"]), predicate="intersects"
    )
    return replace(
        made,
        areas=frame.rename_axis("area_id"),
        place_areas=pd.DataFrame({"place_id": points["place_id"].to_numpy()[place], "area_id": area}),
        area_parents=made.area_parents.iloc[:0],
        boundary_sets=[
            {**made.boundary_sets[0], "area_type": kind, "n_areas": int((frame["area_type"] == kind).sum())}
            for kind in ("pfa", "lad", "csp", "bcu")
        ],
        coverage=made.coverage.assign(status="loaded", kind="open", source="police.uk"),
        neighbourhoods=[],
    )
