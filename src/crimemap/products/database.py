"""The release's database: one read-only DuckDB file, filled table by table."""

import json
from collections.abc import Mapping
from typing import Any

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from crimemap.crs import to_wgs84
from crimemap.forces import BRITISH_TRANSPORT_POLICE, FORCES
from crimemap.offences import CURRENT_OFFENCE_TYPES, OFFENCE_SLUGS, offence_slug
from crimemap.products.cube import Cube
from crimemap.products.inputs import ReleaseInputs
from crimemap.products.order import morton_rank
from crimemap.products.outcomes_and_stops import fill_outcomes_and_stops
from crimemap.products.postcode_tables import fill_postcodes
from crimemap.products.release_schema import RELEASE_TABLES, create_tables_sql

__all__ = ["degrees", "fill", "prepare", "publish_rows", "uniform_offence_type"]

_DECIMALS = 6
_LISTED = ("links", "locations", "people", "events", "priorities", "messages")
_TABLE_KIND = {"incidents": "street", "outcomes": "outcomes", "stops": "stop-and-search"}
#: Words that come over and over, and where each list of them is.
_ENUMS = {
    "force_slug": "force FROM raw_incidents",
    "month_name": "month FROM raw_incidents",
    "offence": "offence_type FROM types",
    "outcome": "coalesce(last_outcome, '') FROM raw_incidents",
}
_NAME_OF_SLUG = {slug: name for name, slug in CURRENT_OFFENCE_TYPES.items()}


def uniform_offence_type(offence_type: str) -> str:
    """
    Give the present name of an offence type that was renamed, so that a series over the years has one name.

    Examples
    --------
    >>> uniform_offence_type("Violent crime"), uniform_offence_type("Burglary")
    ('Violence and sexual offences', 'Burglary')
    """
    return _NAME_OF_SLUG.get(OFFENCE_SLUGS.get(offence_type, ""), offence_type)


def degrees(shapes: Any) -> Any:
    """
    Turn shapes in National Grid metres into WGS84, rounded to six decimals (0.1 m).

    Parameters
    ----------
    shapes
        Shape (n,). shapely geometries, EPSG:27700.
    """

    def turned(xy: np.ndarray) -> np.ndarray:
        lon, lat = to_wgs84(xy[:, 0], xy[:, 1])
        return np.round(np.column_stack([lon, lat]), _DECIMALS)

    return shapely.transform(np.asarray(shapes, dtype=object), turned)


def prepare(db: duckdb.DuckDBPyConnection, inputs: ReleaseInputs) -> None:
    """Make the view `prepared`: the incidents of the release's months with uniform offence types and their slugs."""
    db.register("raw_incidents", inputs.incidents)
    names = [row[0] for row in db.execute("SELECT DISTINCT offence_type FROM raw_incidents").fetchall()]
    types = pd.DataFrame({"published_as": names})
    types["offence_type"] = [uniform_offence_type(name) for name in names]
    types["category"] = [offence_slug(name) for name in names]
    db.register("type_names", types)
    db.execute("CREATE TEMP TABLE types AS SELECT * FROM type_names")
    for name, values in _ENUMS.items():
        db.execute(f"CREATE TEMP TYPE {name} AS ENUM (SELECT DISTINCT {values} ORDER BY 1)")
    db.execute(
        """CREATE TEMP VIEW prepared AS
           SELECT i.* EXCLUDE (offence_type), t.offence_type, t.category
           FROM raw_incidents i JOIN types t ON i.offence_type = t.published_as"""
    )


def publish_rows(db: duckdb.DuckDBPyConnection, inputs: ReleaseInputs, cube: Cube) -> None:
    """
    Make the view `shown`, the rows that may be shown with their place, and of it the small table `published`.

    `published` has what counts are made from, strings as numbers of a list: force, month, offence_type, place_id, cell,
    last_outcome. The many columns of `shown` are read once for each table that needs them and never held all at once.
    """
    places = inputs.places[["place_id", "longitude", "latitude", "easting", "northing", "cell"]].copy()
    places["rank"] = morton_rank(places["easting"].to_numpy(), places["northing"].to_numpy())
    db.register("places_given", places)
    db.register("withheld_given", cube.withheld)
    db.execute("CREATE TEMP TABLE place_order AS SELECT * FROM places_given")
    db.execute("CREATE TEMP TABLE withheld AS SELECT * FROM withheld_given")
    db.execute(
        """CREATE TEMP VIEW shown AS
           SELECT p.*, o.easting, o.northing, o.cell, o.rank FROM prepared p LEFT JOIN place_order o USING (place_id)
           WHERE p.kind = 'open' OR NOT EXISTS (
               SELECT 1 FROM withheld w WHERE w.place_id = coalesce(p.place_id, -1) AND w.force = p.force
               AND w.month = p.month AND w.offence_type = p.offence_type)"""
    )
    db.execute(
        """CREATE TEMP TABLE published AS
           SELECT force::force_slug AS force, month, offence_type::offence AS offence_type, place_id, cell,
                  last_outcome::outcome AS last_outcome FROM shown"""
    )


def fill(db: duckdb.DuckDBPyConnection, inputs: ReleaseInputs, cube: Cube, *, meta: Mapping[str, str]) -> None:
    """Make every table of the schema but `hotspots`, which the hotspots module fills."""
    db.execute(create_tables_sql())
    _insert(db, "meta", pd.DataFrame({"key": list(meta), "value": list(meta.values())}))
    _insert(db, "forces", _forces(inputs))
    _insert(db, "neighbourhoods", _neighbourhoods(inputs))
    _insert(db, "areas", _areas(inputs))
    if inputs.earlier is not None:
        _insert(db, "earlier_areas", _earlier(inputs.earlier))
    _insert(db, "area_parents", inputs.area_parents)
    _insert(db, "boundary_sets", pd.DataFrame(inputs.boundary_sets, columns=_columns("boundary_sets")))
    _insert(db, "counts", cube.table())
    _insert(db, "coverage", _coverage(inputs, cube))
    _places(db)
    described = inputs.areas[["area_type", "vintage", "area_code", "force"]]
    placed = inputs.place_areas.merge(pd.DataFrame(described), left_on="area_id", right_index=True)
    _insert(db, "place_areas", placed)
    db.execute("BEGIN")  # in one transaction, or each month would begin a new row group
    for month in inputs.months:
        _incidents_of(db, month)
    db.execute("COMMIT")
    fill_outcomes_and_stops(db, inputs)
    fill_postcodes(db, inputs.postcodes)
    db.execute(
        """INSERT INTO categories
           SELECT category, min(offence_type), min(month), max(month) FROM prepared GROUP BY category ORDER BY category"""
    )


def _incidents_of(db: duckdb.DuckDBPyConnection, month: str) -> None:
    """Store a month's rows along the curve; month by month, as sorting all at once takes much memory."""
    db.execute(
        f"""INSERT INTO incidents SELECT id, persistent_id, month, force, category, place_id, easting, northing,
            coalesce(context, ''), last_outcome, CASE WHEN last_outcome IS NOT NULL THEN coalesce(outcome_month, month) END,
            CASE WHEN place_id IS NULL THEN NULL
                 WHEN force = '{BRITISH_TRANSPORT_POLICE}' OR reported_by = '{FORCES[BRITISH_TRANSPORT_POLICE].name}'
                 THEN 'BTP' ELSE 'Force' END, ''
            FROM shown WHERE month = ? ORDER BY rank NULLS LAST, id""",  # noqa: S608 - constants of ours
        [month],
    )


def _columns(table: str) -> list[str]:
    return [column.split()[0] for column in RELEASE_TABLES[table].replace("\n", " ").split(",")]


def _insert(db: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    columns = _columns(table)
    if not len(rows):
        return
    db.register("rows_given", rows[columns])
    db.execute(f"INSERT INTO {table} SELECT {', '.join(columns)} FROM rows_given")  # noqa: S608 - names of ours
    db.unregister("rows_given")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _forces(inputs: ReleaseInputs) -> pd.DataFrame:
    rows = [
        {
            "force": force["id"],
            "name": force["name"],
            "description": force.get("description") or "",
            "url": force.get("url") or "",
            "telephone": force.get("telephone") or "",
            "engagement_methods": _json(force.get("engagement_methods") or []),
            "people": _json(force.get("people") or []),
        }
        for force in inputs.forces
    ]
    return pd.DataFrame(rows, columns=_columns("forces"))


def _neighbourhoods(inputs: ReleaseInputs) -> pd.DataFrame:
    rows = []
    for one in inputs.neighbourhoods:
        centre = one.get("centre") or {}
        listed = {name: _json(one.get(name) or []) for name in _LISTED}
        rows.append(
            {
                "force": one["force"],
                "neighbourhood": str(one["id"]),
                "name": one["name"],
                "description": one.get("description") or "",
                "url_force": one.get("url_force") or "",
                "population": int(one.get("population") or 0),
                "latitude": float(centre["latitude"]) if centre.get("latitude") else None,
                "longitude": float(centre["longitude"]) if centre.get("longitude") else None,
                "contact_details": _json(one.get("contact_details") or {}),
                **listed,
            }
        )
    return pd.DataFrame(rows, columns=_columns("neighbourhoods"))


def _areas(inputs: ReleaseInputs) -> pd.DataFrame:
    shapes = degrees(inputs.areas.geometry.to_numpy())
    bounds = shapely.bounds(shapes)
    frame = pd.DataFrame(inputs.areas.drop(columns="geometry")).assign(area_id=inputs.areas.index)
    frame[["min_lon", "min_lat", "max_lon", "max_lat"]] = bounds
    frame["geometry"] = shapely.to_wkb(shapes)
    frame["ring"] = [_ring(shape) for shape in shapes]
    return frame


def _earlier(areas: gpd.GeoDataFrame) -> pd.DataFrame:
    shapes = degrees(areas.geometry.to_numpy())
    frame = pd.DataFrame(areas.drop(columns="geometry")).assign(area_id=areas.index)
    frame[["min_lon", "min_lat", "max_lon", "max_lat"]] = shapely.bounds(shapes)
    frame["geometry"] = shapely.to_wkb(shapes)
    return frame


def _ring(shape: Any) -> str:
    """Give the exterior of the largest part as [[latitude, longitude], ...]."""
    parts = shapely.get_parts(shape)
    if not len(parts):
        return "[]"
    largest = parts[int(np.argmax(shapely.area(parts)))]
    return _json([[lat, lon] for lon, lat in shapely.get_coordinates(largest.exterior).tolist()])


def _coverage(inputs: ReleaseInputs, cube: Cube) -> pd.DataFrame:
    """Say which force-months were loaded; a month's number of rows is the force's total, and shown only where that is."""
    frame = inputs.coverage.copy()
    totals = cube.table()
    totals = totals[(totals["area_type"] == "force") & (totals["offence_type"] == cube.offence_types[-1])]
    hidden = set(zip(*(totals.loc[totals["status"] == "suppressed", c] for c in ("area_code", "month")), strict=True))
    counted = frame["status"] == "loaded"
    secret = pd.Series([pair in hidden for pair in zip(frame["force"], frame["month"], strict=True)], index=frame.index)
    frame["source_kind"] = frame["kind"]
    frame["kind"] = frame["table_name"].map(_TABLE_KIND)
    frame["status"] = np.where(~counted, "no_data", np.where(secret, "suppressed", "counted"))
    frame["row_count"] = frame["row_count"].astype("Int64").mask(frame["status"] != "counted")
    return frame.sort_values(["force", "kind", "month"])


def _places(db: duckdb.DuckDBPyConnection) -> None:
    """Store every map point with the street name most often given for it."""
    db.execute(
        """INSERT INTO places
           WITH named AS (SELECT place_id, location, count(*) AS n FROM shown
                          WHERE place_id IS NOT NULL AND location IS NOT NULL GROUP BY ALL),
                best AS (SELECT place_id, first(location ORDER BY n DESC, location) AS street FROM named GROUP BY place_id)
           SELECT o.place_id, o.latitude, o.longitude, o.easting, o.northing, coalesce(b.street, '')
           FROM place_order o LEFT JOIN best b USING (place_id) ORDER BY o.rank"""
    )
