"""The SQL of the views that `IncidentStore.connect` offers. Table functions of files are put in for the names in braces."""

from typing import Final

__all__ = ["VIEWS"]

#: Name and query, in the order in which they build on each other.
VIEWS: Final = (
    (
        "loads",
        """
        WITH held AS (
            SELECT * FROM {loads}
            WHERE load_id <= CASE table_name {committed} ELSE 0 END
            -- A load comes again where a later archive held the same content: that archive counts.
            QUALIFY row_number() OVER (PARTITION BY load_id ORDER BY archive_month DESC) = 1
        )
        SELECT *, load_id = max(load_id) OVER (PARTITION BY table_name, source, force, month) AS current FROM held""",
    ),
    ("quarantine", "SELECT * FROM {quarantine} WHERE load_id IN (SELECT load_id FROM loads WHERE current)"),
    (
        "incidents",
        """
        SELECT id, lower(hex(key)) AS key, crime_id, month, force, offence_type, place_id, location, lsoa_code, lsoa_name,
            reported_by, falls_within, last_outcome, context, occurred_from, occurred_to, source, kind, load_id
        FROM {incidents}""",
    ),
    (
        "outcomes",
        """
        SELECT crime_id, month, force, outcome_type, place_id, location, lsoa_code, lsoa_name, reported_by, falls_within,
            source, kind, load_id
        FROM {outcomes}""",
    ),
    # An ID can stand for several incidents: of the same force if there is one, and then the last that is not after the
    # outcome, or else the first after it. Exactly one row for each outcome.
    (
        "outcome_links",
        """
        WITH wanted AS (
            SELECT DISTINCT crime_id, source, force, month, year_month(month) AS at FROM outcomes WHERE crime_id IS NOT NULL
        ), linked AS (
            SELECT w.crime_id, w.source, w.force, w.month,
                arg_min(i.id, CASE WHEN i.force = w.force THEN 0 ELSE 4503599627370496 END
                    + CASE WHEN i.month <= w.month THEN 0 ELSE 2251799813685248 END
                    + (abs(w.at - year_month(i.month))::BIGINT << 32) + i.id) AS incident_id
            FROM wanted w JOIN incidents i ON i.crime_id = w.crime_id AND i.source = w.source
            GROUP BY ALL
        )
        SELECT o.*, l.incident_id
        FROM outcomes o LEFT JOIN linked l
            ON l.crime_id = o.crime_id AND l.source = o.source AND l.force = o.force AND l.month = o.month""",
    ),
    (
        "stops",
        """
        SELECT type, occurred_at, part_of_operation, operation, place_id, gender, age_range, self_defined_ethnicity,
            officer_defined_ethnicity, legislation, object_of_search, outcome, outcome_linked_to_object,
            removed_more_than_outer_clothing, month, force, source, kind, load_id
        FROM {stops}""",
    ),
    # Zero is a month whose file was there and empty. No data is a month between the first and the last that was never
    # loaded, or of which no row could be used.
    (
        "coverage",
        """
        WITH spans AS (
            SELECT force, table_name, source, kind, min(year_month(month)) AS first, max(year_month(month)) AS last
            FROM loads WHERE current GROUP BY ALL
        ), months AS (
            SELECT force, table_name, source, kind, month_text(unnest(range(first, last + 1))) AS month FROM spans
        )
        SELECT m.force, m.month, m.table_name, m.source, m.kind, l.stored AS row_count,
            CASE WHEN l.load_id IS NULL THEN 'no_data' ELSE 'loaded' END AS status
        FROM months m LEFT JOIN (SELECT * FROM loads WHERE current AND (stored > 0 OR read = 0)) l
            ON l.force = m.force AND l.month = m.month AND l.table_name = m.table_name AND l.source = m.source""",
    ),
    ("places", "SELECT * FROM {places}"),
    ("place_areas", "SELECT * FROM {place_areas}"),
)
