"""Outcomes and stops of a release: open records only, whatever else the workspace holds."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

__all__ = ["gather_outcomes", "gather_stops"]

#: An identifier that a force used twice links an outcome to one incident: see the view `outcome_links`.
_OUTCOMES = """
SELECT l.incident_id, l.month, l.outcome_type AS outcome FROM outcome_links l
JOIN incidents i ON i.id = l.incident_id JOIN chosen c ON i.force = c.force AND i.month = c.month AND i.source = c.source
WHERE l.kind = 'open' AND i.kind = 'open' AND l.outcome_type IS NOT NULL ORDER BY l.month, l.incident_id"""
_STOPS = """
SELECT s.month, s.force, s.place_id, date_trunc('hour', s.occurred_at) AS hour, s.type, s.part_of_operation AS operation,
       s.operation AS operation_name, s.gender, s.age_range, s.self_defined_ethnicity, s.officer_defined_ethnicity,
       s.legislation, s.object_of_search, s.outcome, s.outcome_linked_to_object, s.removed_more_than_outer_clothing
FROM stops s WHERE s.kind = 'open' AND s.month BETWEEN $first AND $latest
    AND (len($forces) = 0 OR list_contains($forces, s.force))
QUALIFY s.source = min(s.source) OVER (PARTITION BY s.force, s.month)"""


def gather_outcomes(db: "duckdb.DuckDBPyConnection") -> Any:
    """Read the outcomes of the incidents chosen for a release (the table `chosen`), each with the month it was given."""
    return db.sql(_OUTCOMES).to_arrow_table()


def gather_stops(db: "duckdb.DuckDBPyConnection", *, first_month: str, latest_month: str, forces: "Sequence[str]") -> Any:
    """
    Read the stops and searches of a release, to the hour.

    Parameters
    ----------
    forces
        Whose; everybody's if empty, also of forces of which there is nothing else.
    """
    given = {"first": first_month, "latest": latest_month, "forces": list(forces)}
    return db.sql(_STOPS, params=given).to_arrow_table()
