"""A made-up force of any size: neighbourhoods in a grid, each with streets, a team and three years of incidents."""

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import shapely

from crimemap.crs import NATIONAL_GRID, to_wgs84
from crimemap.periods import month_after, months_between
from crimemap.products.inputs import ReleaseInputs

__all__ = ["FORCE", "LATEST", "made_force"]

FORCE = "west-demoshire"
LATEST = "2025-06"
_TYPES = (
    "Anti-social behaviour", "Bicycle theft", "Burglary", "Criminal damage and arson", "Drugs", "Other crime", "Other theft",
    "Possession of weapons", "Public order", "Robbery", "Shoplifting", "Theft from the person", "Vehicle crime",
    "Violence and sexual offences",
)  # fmt: skip
_OUTCOMES = ("Investigation complete; no suspect identified", "Unable to prosecute suspect", "Under investigation")
_WEST, _SOUTH, _SIDE, _IN_DISTRICT = 380_000.0, 220_000.0, 2_000.0, 25
_STREETS = 60


def _grid(n: int) -> list[shapely.Polygon]:
    """Give n cells by blocks of 25, so that districts hang together; edges are as long as real boundaries are."""
    blocks_across = max(1, round((n / _IN_DISTRICT) ** 0.5))
    cells = []
    for k in range(n):
        block, inside = divmod(k, _IN_DISTRICT)
        column = block % blocks_across * 5 + inside % 5
        row = block // blocks_across * 5 + inside // 5
        x, y = _WEST + column * _SIDE, _SOUTH + row * _SIDE
        cells.append(shapely.segmentize(shapely.box(x, y, x + _SIDE, y + _SIDE), 50))
    return cells


def _areas(n: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    cells = _grid(n)
    blocks = [cells[k : k + _IN_DISTRICT] for k in range(0, n, _IN_DISTRICT)]
    rows = [("pfa", "E23000099", "West Demoshire", shapely.union_all(cells), 4_000 * n)]
    for kind, prefix in (("lad", "E07"), ("csp", "E22")):
        rows += [
            (kind, f"{prefix}{901 + b:06d}", f"District {b + 1}", shapely.union_all(some), 4_000 * len(some))
            for b, some in enumerate(blocks)
        ]
    people = rng.integers(2_000, 12_000, n)
    rows += [("neighbourhood", f"N{k:03d}", f"Ward {k}", cell, int(people[k])) for k, cell in enumerate(cells)]
    frame = gpd.GeoDataFrame(
        {
            "area_type": [row[0] for row in rows],
            "vintage": "2024",
            "area_code": [row[1] for row in rows],
            "area_name": [row[2] for row in rows],
            "population": pd.array([row[4] for row in rows], dtype="Int64"),
        },
        geometry=[row[3] for row in rows],
        crs=NATIONAL_GRID,
    )
    frame["force"], frame["area_m2"], frame["population_vintage"] = FORCE, frame.area, "2021"
    frame["households"] = (frame["population"] // 2).astype("Int64")
    return frame.rename_axis("area_id")


def _places(n: int, rng: np.random.Generator) -> pd.DataFrame:
    corners = np.array([cell.bounds[:2] for cell in _grid(n)])
    x = np.repeat(corners[:, 0], _STREETS) + rng.uniform(5, _SIDE - 5, n * _STREETS)
    y = np.repeat(corners[:, 1], _STREETS) + rng.uniform(5, _SIDE - 5, n * _STREETS)
    lon, lat = to_wgs84(x, y)
    frame = pd.DataFrame({"place_id": np.arange(1, len(x) + 1), "longitude": lon.round(6), "latitude": lat.round(6)})
    frame["easting"], frame["northing"] = x.round(2), y.round(2)
    cells = [int(h3.latlng_to_cell(a, b, 9), 16) for a, b in zip(frame["latitude"], frame["longitude"], strict=True)]
    frame["cell"] = pd.Series(cells, dtype="uint64")
    return frame


def _incidents(places: pd.DataFrame, months: list[str], each: int, rng: np.random.Generator) -> pd.DataFrame:
    """Give `each` incidents a month for every neighbourhood on average; some streets, and some types, have far more."""
    n = each * len(months) * len(places) // _STREETS
    weight = rng.pareto(1.5, len(places)) + 0.2
    place = rng.choice(places["place_id"].to_numpy(), n, p=weight / weight.sum())
    kind = rng.choice(len(_TYPES), n, p=np.arange(1, len(_TYPES) + 1)[::-1] / sum(range(1, len(_TYPES) + 1)))
    asb = kind == 0
    told = np.array(_OUTCOMES)[rng.integers(0, len(_OUTCOMES), n)]
    number = np.arange(1, n + 1)
    return pd.DataFrame(
        {
            "month": np.array(months)[rng.integers(0, len(months), n)],
            "offence_type": np.array(_TYPES)[kind],
            "place_id": pd.array(place, dtype="Int64"),
            "id": number,
            "persistent_id": np.where(asb, "", np.char.mod("%064x", number)),
            "force": FORCE,
            "kind": "open",
            "context": "",
            "location": np.char.add("On or near Street ", place.astype(str)),
            "reported_by": "West Demoshire Police",
            "last_outcome": np.where(asb, None, told),
            "outcome_month": np.where(asb, None, LATEST),
        }
    )


def _team(k: int) -> dict[str, object]:
    return {
        "force": FORCE,
        "id": f"N{k:03d}",
        "name": f"Ward {k}",
        "description": f"<p>The team of ward {k}.</p>",
        "url_force": f"https://www.example.org/n{k}",
        "contact_details": {"email": f"ward{k}@example.org", "telephone": "101"},
        "centre": {},
        "people": [{"name": f"Constable {k}-{i}", "rank": "Constable", "bio": None} for i in range(3)],
        "events": [
            {
                "title": "Surgery",
                "address": "Library",
                "start_date": f"2025-07-{1 + k % 28:02d}T18:30:00",
                "end_date": f"2025-07-{1 + k % 28:02d}T19:30:00",
            }
        ],
        "priorities": [
            {"issue": "<p>Shoplifting</p>", "issue-date": "2025-03-01T00:00:00", "action": "<p>Patrols</p>"},
            {"issue": "<p>Burglary at night</p>", "issue-date": "2024-09-01T00:00:00", "action": None},
            {"issue": "<p>Speeding</p>", "issue-date": "2024-12-01T00:00:00", "action": None},
        ],
    }


def made_force(neighbourhoods: int, *, months: int = 36, each: int = 40, seed: int = 5) -> ReleaseInputs:
    """Give a force's release inputs, with `each` incidents a month in a neighbourhood on average."""
    rng = np.random.default_rng(seed)
    span = months_between(month_after(LATEST, 1 - months), month_after(LATEST))
    areas, places = _areas(neighbourhoods, rng), _places(neighbourhoods, rng)
    rows = _incidents(places, span, each, rng)
    points = shapely.points(places["easting"], places["northing"])
    place, area = shapely.STRtree(areas.geometry.to_numpy()).query(points, predicate="intersects")
    inner = areas[areas["area_type"] == "neighbourhood"]["area_code"]
    return ReleaseInputs(
        first_month=span[0],
        latest_month=LATEST,
        incidents=rows,
        places=places,
        place_areas=pd.DataFrame({"place_id": places["place_id"].to_numpy()[place], "area_id": area}),
        areas=areas,
        area_parents=pd.DataFrame(
            [
                ("neighbourhood", code, kind, f"{prefix}{901 + k // _IN_DISTRICT:06d}", "2024", FORCE)
                for k, code in enumerate(inner)
                for kind, prefix in (("lad", "E07"), ("csp", "E22"))
            ],
            columns=["child_type", "child_code", "parent_type", "parent_code", "vintage", "force"],
        ),
        boundary_sets=[
            {
                "area_type": kind,
                "vintage": "2024",
                "force": FORCE if kind == "neighbourhood" else None,
                "n_areas": int((areas["area_type"] == kind).sum()),
                "source_file": f"{kind}.gpkg",
                "sha256": "0" * 64,
                "publisher": "The example publisher",
                "licence": "OGL-UK-3.0",
                "attribution": "Contains OS data © Crown copyright and database right 2024",
            }
            for kind in ("pfa", "lad", "csp", "neighbourhood")
        ],
        coverage=pd.DataFrame(
            {
                "force": FORCE,
                "month": span,
                "table_name": "incidents",
                "source": "police.uk",
                "kind": "open",
                "row_count": rows.groupby("month").size().reindex(span, fill_value=0).to_numpy(),
                "status": "loaded",
            }
        ),
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
        neighbourhoods=[_team(k) for k in range(neighbourhoods)],
        sources=[
            {
                "archive": "made.zip",
                "sha256": "1" * 64,
                "source": "police.uk",
                "kind": "open",
                "table": "incidents",
                "first_month": span[0],
                "latest_month": LATEST,
                "files": months,
                "rows": len(rows),
                "attribution": "Contains public sector information licensed under the Open Government Licence v3.0.",
            }
        ],
    )
