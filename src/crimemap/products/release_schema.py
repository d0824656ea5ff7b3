"""
The tables of a release's database: what the builder writes and the public application reads.

JSON columns hold text that is served as it stands. Geometry is WKB in EPSG:4326, longitude first, rounded to 6 decimals.
`status` columns keep zero, no data and suppressed apart: `counted` (the count holds, 0 included), `no_data`, `suppressed`
(the count is null in both).

The tables of the alignment of boundary sets came later than the rest: a release without them, or with empty ones, is served
without it. Their documents and maps (GeoJSON, EPSG:4326) are gzip of UTF-8 text, served as they stand; `planning` and the
tables after it are what `crimemap.products.alignment_planning` writes and reads, and the last two are those of
`crimemap.products.alignment_bricks`. Documents are in English; `alignment_words` came later and has, for each other
language, those of their fields that hold sentences (gzip of JSON): see `crimemap.products.alignment_words`.

`area_id` numbers the areas of this release, and only of this one; `earlier_areas` are those of vintages before, for look-ups
only. `postcodes`, `postcode_memberships`, `code_names` and
`area_relations` came later; a release without them is served without look-ups of postcodes and of what areas share.

`outcomes` and `stops` came later too; they hold open records only. An outcome is of an incident that the release holds, in
the month in which it was given. A stop's moment is its hour in UTC, no finer: with age and ethnicity beside it, a minute
would tell who it was.

`counts` has a row for every area, month and offence type; its area_type may also be `force` (area_code: the force's slug):
all that the force recorded, located or not. In `coverage`, `kind` is `street`, `outcomes` or `stop-and-search`, and
`source_kind` is `open` or `confidential`. `hotspots` leaves out hexagons without incidents.
"""

from typing import Final

__all__ = ["RELEASE_TABLES", "SCHEMA_VERSION", "create_tables_sql"]

SCHEMA_VERSION: Final = 1

RELEASE_TABLES: Final[dict[str, str]] = {
    "meta": "key VARCHAR, value VARCHAR",  # release_id, created_at, first_month, latest_month, schema_version, attribution
    "forces": """
        force VARCHAR, name VARCHAR, description VARCHAR, url VARCHAR, telephone VARCHAR,
        engagement_methods VARCHAR, people VARCHAR""",  # both JSON lists
    "neighbourhoods": """
        force VARCHAR, neighbourhood VARCHAR, name VARCHAR, description VARCHAR, url_force VARCHAR,
        population INTEGER, latitude DOUBLE, longitude DOUBLE,
        contact_details VARCHAR, links VARCHAR, locations VARCHAR,
        people VARCHAR, events VARCHAR, priorities VARCHAR,
        messages VARCHAR""",  # JSON in data.police.uk's shapes; messages: title, text, date, until
    "areas": """
        area_id INTEGER, area_type VARCHAR, vintage VARCHAR, area_code VARCHAR, area_name VARCHAR, force VARCHAR,
        area_m2 DOUBLE, population INTEGER, households INTEGER,
        min_lon DOUBLE, min_lat DOUBLE, max_lon DOUBLE, max_lat DOUBLE,
        geometry BLOB, ring VARCHAR""",  # ring: JSON [[lat, lon], ...], exterior of the largest part; force: null where none
    "area_parents": """
        child_type VARCHAR, child_code VARCHAR, parent_type VARCHAR, parent_code VARCHAR, vintage VARCHAR,
        force VARCHAR""",  # vintage: of the parent; force: of the child (neighbourhood codes repeat between forces)
    "places": """
        place_id INTEGER, latitude DOUBLE, longitude DOUBLE, easting DOUBLE, northing DOUBLE, street VARCHAR""",
    "incidents": """
        id INTEGER, persistent_id VARCHAR, month VARCHAR, force VARCHAR, category VARCHAR,
        place_id INTEGER, easting FLOAT, northing FLOAT,
        context VARCHAR, outcome_category VARCHAR, outcome_date VARCHAR,
        location_type VARCHAR, location_subtype VARCHAR""",  # by month, then along a space-filling curve
    "outcomes": "incident_id INTEGER, month VARCHAR, outcome VARCHAR",  # by month, then incident
    "stops": """
        month VARCHAR, force VARCHAR, place_id INTEGER, hour TIMESTAMP, type VARCHAR, operation BOOLEAN,
        operation_name VARCHAR, gender VARCHAR, age_range VARCHAR, self_defined_ethnicity VARCHAR,
        officer_defined_ethnicity VARCHAR, legislation VARCHAR, object_of_search VARCHAR, outcome VARCHAR,
        outcome_linked_to_object BOOLEAN, removed_more_than_outer_clothing BOOLEAN""",  # by month, force and place
    "counts": """
        area_type VARCHAR, vintage VARCHAR, area_code VARCHAR, force VARCHAR,
        month VARCHAR, offence_type VARCHAR, incidents INTEGER, status VARCHAR""",  # offence_type: name, or 'All'
    "place_areas": """
        place_id INTEGER, area_type VARCHAR, vintage VARCHAR, area_code VARCHAR, force VARCHAR""",  # force: of the area
    "boundary_sets": """
        area_type VARCHAR, vintage VARCHAR, force VARCHAR, n_areas INTEGER, source_file VARCHAR, sha256 VARCHAR,
        publisher VARCHAR, licence VARCHAR, attribution VARCHAR""",  # force: where the set is one force's own
    "coverage": """
        force VARCHAR, month VARCHAR, kind VARCHAR, row_count INTEGER, status VARCHAR, source_kind VARCHAR""",
    "categories": "url VARCHAR, name VARCHAR, first_month VARCHAR, last_month VARCHAR",
    "hotspots": """
        force VARCHAR, cell VARCHAR, h3_resolution INTEGER, first_month VARCHAR, last_month VARCHAR,
        latitude DOUBLE, longitude DOUBLE, area_m2 DOUBLE, incidents INTEGER, status VARCHAR,
        z DOUBLE, p_value DOUBLE, q_value DOUBLE, hotspot BOOLEAN""",
    "earlier_areas": """
        area_id INTEGER, area_type VARCHAR, vintage VARCHAR, area_code VARCHAR, area_name VARCHAR, force VARCHAR,
        area_m2 DOUBLE, min_lon DOUBLE, min_lat DOUBLE, max_lon DOUBLE, max_lat DOUBLE, geometry BLOB""",
    "postcodes": """
        postcode VARCHAR, quality UTINYINT, easting INTEGER, northing INTEGER, membership INTEGER""",  # by letters, no space
    "postcode_memberships": """
        membership INTEGER, country_code VARCHAR, county_code VARCHAR, district_code VARCHAR, ward_code VARCHAR,
        lsoa_code VARCHAR, neighbourhood INTEGER, lad INTEGER, csp INTEGER, ctyua INTEGER, bcu INTEGER, county INTEGER,
        pfa INTEGER""",  # types of areas: area_id
    "code_names": "code VARCHAR, name VARCHAR",
    "area_relations": """
        area_id INTEGER, other_id INTEGER, kind VARCHAR, area_m2 DOUBLE, share_of_area DOUBLE, share_of_other DOUBLE,
        population DOUBLE, population_share_of_area DOUBLE, population_share_of_other DOUBLE, sliver BOOLEAN,
        shared_m DOUBLE""",  # each pair once, the smaller area_id first; kind: overlap, touch
    "alignment": "name VARCHAR, document BLOB",  # name: overview, ladder
    "alignment_words": """
        document VARCHAR, source VARCHAR, target VARCHAR, language VARCHAR,
        fields BLOB""",  # document: overview, ladder, pair, planning
    "alignment_sets": "set_id VARCHAR, map BLOB",
    "alignment_pairs": "source VARCHAR, target VARCHAR, document BLOB, map BLOB",
    "planning": """
        unit_set VARCHAR, target_set VARCHAR, unit_type VARCHAR, target_type VARCHAR, population_vintage VARCHAR,
        gap_m DOUBLE, shortest_m DOUBLE, forces VARCHAR, notes VARCHAR, document BLOB""",  # forces, notes: JSON
    "planning_units": """
        unit_set VARCHAR, target_set VARCHAR, code VARCHAR, name VARCHAR, population DOUBLE, households DOUBLE,
        incidents DOUBLE, area_m2 DOUBLE, force VARCHAR, county VARCHAR, districts VARCHAR[], country VARCHAR,
        unitary BOOLEAN""",
    "planning_targets": "unit_set VARCHAR, target_set VARCHAR, code VARCHAR, name VARCHAR, population DOUBLE",
    "planning_bricks": """
        unit_set VARCHAR, target_set VARCHAR, brick VARCHAR, unit VARCHAR, target VARCHAR, district VARCHAR, county VARCHAR,
        force VARCHAR, easting DOUBLE, northing DOUBLE, population DOUBLE, households DOUBLE, cut_population DOUBLE,
        area_m2 DOUBLE, incidents DOUBLE, sliver BOOLEAN""",
    "planning_borders": """
        unit_set VARCHAR, target_set VARCHAR, unit VARCHAR, neighbour VARCHAR, shared_m DOUBLE, declared BOOLEAN""",
    "planning_districts": """
        unit_set VARCHAR, target_set VARCHAR, code VARCHAR, name VARCHAR, county VARCHAR, county_name VARCHAR,
        forces VARCHAR[]""",
    "brick_shapes": "brick VARCHAR, name VARCHAR, shape BLOB",  # WKB in whole metres of the National Grid, simplified
    "brick_borders": "brick VARCHAR, neighbour VARCHAR",
}


def create_tables_sql() -> str:
    """
    Give the statements that make the empty tables.

    Examples
    --------
    >>> create_tables_sql().count("CREATE TABLE") == len(RELEASE_TABLES)
    True
    """
    return "\n".join(f"CREATE TABLE {name} ({columns.strip()});" for name, columns in RELEASE_TABLES.items())
