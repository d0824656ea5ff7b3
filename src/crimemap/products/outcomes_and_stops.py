"""What happened to open incidents, month by month, and stops and searches: two tables of the release's database."""

import duckdb

from crimemap.products.inputs import ReleaseInputs

__all__ = ["fill_outcomes_and_stops"]

#: The same outcome of a crime twice in a month stays twice: there may be two offenders.
_OUTCOMES = """
INSERT INTO outcomes SELECT o.incident_id, o.month, o.outcome
FROM outcomes_given o JOIN incidents i ON i.id = o.incident_id ORDER BY o.month, o.incident_id, o.outcome"""
#: The hour again, whatever is given: nothing finer may be published. The order says nothing of when a row was entered.
_STOPS = """
INSERT INTO stops
SELECT month, force, place_id, date_trunc('hour', hour), type, operation, operation_name, gender, age_range,
       self_defined_ethnicity, officer_defined_ethnicity, legislation, object_of_search, outcome, outcome_linked_to_object,
       removed_more_than_outer_clothing
FROM stops_given ORDER BY ALL"""


def fill_outcomes_and_stops(db: duckdb.DuckDBPyConnection, inputs: ReleaseInputs) -> None:
    """
    Fill `outcomes` and `stops` from what the composition root has read.

    Parameters
    ----------
    db
        The release's database with its empty tables, `incidents` filled.
    """
    for name, rows, statement in (("outcomes_given", inputs.outcomes, _OUTCOMES), ("stops_given", inputs.stops, _STOPS)):
        if rows is None:
            continue
        db.register(name, rows)
        db.execute(statement)
        db.unregister(name)
