"""What pages of a release share, made in memory: for tests of what one section says."""

from dataclasses import replace

import duckdb
import geopandas as gpd
import pandas as pd
import shapely

from crimemap.crs import NATIONAL_GRID
from crimemap.products.alignment import compare_sets
from crimemap.products.context import SiteContext
from crimemap.products.cube import build_cube
from crimemap.products.database import fill, prepare, publish_rows
from crimemap.products.facts import gather_facts
from crimemap.products.inputs import ReleaseOptions
from tests.products.county import FORCE, county


def context_of(inputs, options=None, *, aligned=True):
    """Give the context of a release's pages, without hotspots."""
    given = options or ReleaseOptions()
    with duckdb.connect() as db:
        prepare(db, inputs)
        cube = build_cube(db, inputs, threshold=given.policy.threshold)
        publish_rows(db, inputs, cube)
        fill(db, inputs, cube, meta={})
        return SiteContext(
            inputs=inputs,
            options=given,
            facts=gather_facts(db, inputs, cube),
            hotspots={},
            release_id="r",
            created="2025-07-01T00:00:00+00:00",
            attribution=["Contains OS data"],
            hashes={},
            aligned=compare_sets(db, inputs) if aligned else None,
        )


def with_command_units(made=None):
    """Give the county with a command unit for its southern third and one for the rest: both partnerships cross the line."""
    made = made or county()
    west, south, east, north = made.areas.total_bounds
    line = south + (north - south) / 3
    parts = [("A", shapely.box(west, south, east, line)), ("B", shapely.box(west, line, east, north))]
    row = made.areas[made.areas["area_type"] == "lad"].iloc[0].to_dict()
    units = gpd.GeoDataFrame(
        [{**row, "area_type": "bcu", "area_code": code, "area_name": f"Unit {code}"} for code, _ in parts],
        geometry=[shape for _, shape in parts],
        crs=NATIONAL_GRID,
    )
    points = made.places
    place, area = shapely.STRtree(units.geometry.to_numpy()).query(
        shapely.points(points["easting"], points["northing"]), predicate="intersects"
    )
    more = pd.DataFrame({"place_id": points["place_id"].to_numpy()[place], "area_id": area + len(made.areas)})
    frame = gpd.GeoDataFrame(pd.concat([made.areas, units], ignore_index=True), crs=NATIONAL_GRID).rename_axis("area_id")
    return replace(
        made,
        areas=frame,
        place_areas=pd.concat([made.place_areas, more], ignore_index=True),
        boundary_sets=[*made.boundary_sets, {**made.boundary_sets[1], "area_type": "bcu", "force": FORCE, "n_areas": 2}],
        coverage=made.coverage.assign(status="loaded", kind="open", source="police.uk"),
    )
