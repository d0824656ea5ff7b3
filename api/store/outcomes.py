"""The outcomes of a month, and those of one crime."""

from typing import Any

from api.store.months import CRIME_COLUMNS, Month, crimes_of
from api.store.places import Places
from api.store.texts import json_bytes, json_texts
from crimemap.offences import outcome_code

__all__ = ["outcomes_for_crime", "read_outcomes"]


def read_outcomes(connection: Any, places: Places, month: str) -> Month:
    """Read what was decided in a month, each with its crime, from an open release; nothing where it has no outcomes."""
    cursor = connection.cursor()
    try:
        table = cursor.sql(
            f"""SELECT {CRIME_COLUMNS}, o.outcome FROM outcomes o JOIN incidents i ON i.id = o.incident_id
                WHERE o.month = ?""",  # noqa: S608 - a constant
            params=[month],
        ).to_arrow_table()
    finally:
        cursor.close()
    codes = {name: outcome_code(name) for name in table["outcome"].unique().to_pylist()}
    of_text = dict(zip(json_texts(codes), json_texts(codes.values()), strict=True))
    return crimes_of(
        table,
        places,
        month=month,
        opening=(
            [table["outcome"], table["category"]],
            lambda outcome, category: (
                f'{{"category":{{"code":{of_text[outcome]},"name":{outcome}}},"date":"{month}","person_id":null,'
                f'"crime":{{"category":{category},"persistent_id":"'
            ),
        ),
        ending=(
            [table["context"], table["month"]],
            lambda context, committed: f',"context":{context},"month":{committed}}}}},',
        ),
    )


def outcomes_for_crime(cursor: Any, places: Places, persistent_id: str) -> bytes | None:
    """
    Write what happened to a crime, first to last; nothing if no crime has this identifier.

    Where several crimes share it, the one with outcomes is meant, else the latest.
    """
    table = cursor.sql(
        f"""SELECT {CRIME_COLUMNS} FROM incidents i WHERE i.persistent_id = ?
            ORDER BY i.id IN (SELECT incident_id FROM outcomes) DESC, i.month DESC, i.id LIMIT 1""",  # noqa: S608 - a constant
        params=[persistent_id],
    ).to_arrow_table()
    if not len(table):
        return None
    one = crimes_of(
        table,
        places,
        month="",
        opening=([table["category"]], lambda category: f'{{"category":{category},"persistent_id":"'),
        ending=([table["context"], table["month"]], lambda context, month: f',"context":{context},"month":{month}}},'),
    )
    crime = one.crimes(one.ordinal.argsort(), places)[1:-1]
    rows = cursor.execute(
        "SELECT outcome, month FROM outcomes WHERE incident_id = ? ORDER BY month, outcome", [table["id"][0].as_py()]
    ).fetchall()
    outcomes = json_bytes(
        [{"category": {"code": outcome_code(name), "name": name}, "date": date, "person_id": None} for name, date in rows]
    )
    return b'{"crime":' + crime + b',"outcomes":' + outcomes + b"}"
