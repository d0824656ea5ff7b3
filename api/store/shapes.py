"""
Forces, teams, priorities and events in exactly the shape that clients of data.police.uk rely on.

Whatever the release holds, keys that clients index are there, texts that they type as text are never null, contact details
that are absent are left out, and times carry neither zone nor fraction.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = [
    "contact_details",
    "coordinate",
    "engagement_methods",
    "event",
    "links",
    "listed",
    "locations",
    "moment",
    "one",
    "person",
    "priority",
]

_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?", re.ASCII)

Row = Mapping[str, Any]


def listed(text: str | None) -> list[dict[str, Any]]:
    """Read a JSON list of objects; nothing where there is none."""
    value = json.loads(text) if text else []
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def one(text: str | None) -> dict[str, Any]:
    """Read a JSON object; an empty one where there is none."""
    value = json.loads(text) if text else {}
    return value if isinstance(value, dict) else {}


def coordinate(degrees: float) -> str:
    """
    Write a coordinate as data.police.uk does.

    Examples
    --------
    >>> coordinate(52.6), coordinate(-0.0)
    ('52.600000', '0.000000')
    """
    return f"{degrees + 0.0:.6f}"


def moment(text: object) -> str | None:
    """
    Write a date or a time as `YYYY-MM-DDTHH:MM:SS`.

    Examples
    --------
    >>> moment("2025-03-01"), moment("2025-03-01 19:30:00.000+01:00"), moment("soon")
    ('2025-03-01T00:00:00', '2025-03-01T19:30:00', None)
    """
    found = _MOMENT.match(text) if isinstance(text, str) else None
    if found is None:
        return None
    time = found[2] or "00:00:00"
    return f"{found[1]}T{time if time.count(':') > 1 else f'{time}:00'}"


def contact_details(value: object) -> dict[str, str]:
    """
    Keep the contact details that are there.

    Examples
    --------
    >>> contact_details({"email": "team@example.org", "fax": None, "telephone": 101})
    {'email': 'team@example.org', 'telephone': '101'}
    """
    if not isinstance(value, dict):
        return {}
    return {str(key): str(said) for key, said in value.items() if said not in (None, "")}


def person(row: Row) -> dict[str, Any]:
    """Give a member of a team or a senior officer."""
    return {
        "name": _text(row.get("name")),
        "rank": row.get("rank"),
        "bio": row.get("bio"),
        "contact_details": contact_details(row.get("contact_details")),
    }


def event(row: Row) -> dict[str, Any] | None:
    """Give an event, or nothing where it has no start: clients cannot read one without."""
    start = moment(row.get("start_date"))
    if start is None:
        return None
    return {
        "title": row.get("title"),
        "description": row.get("description"),
        "address": row.get("address"),
        "type": row.get("type"),
        "start_date": start,
        "end_date": moment(row.get("end_date")),
        "contact_details": contact_details(row.get("contact_details")),
    }


def priority(row: Row, *, fallback: str) -> dict[str, Any]:
    """
    Give a priority, its dates under both spellings that clients read.

    `fallback` dates an issue whose own date is not known: clients sort by it.
    """
    issued = moment(row.get("issue-date") or row.get("issue_date"))
    acted = moment(row.get("action-date") or row.get("action_date"))
    issued = issued or acted or fallback
    return {
        "issue": row.get("issue"),
        "issue-date": issued,
        "action": row.get("action"),
        "action-date": acted,
        "issue_date": issued,
        "action_date": acted,
    }


def links(rows: Iterable[Row]) -> list[dict[str, str]]:
    """Give a neighbourhood's links."""
    return [_texts(row, "url", "title", "description") for row in rows]


def locations(rows: Iterable[Row]) -> list[dict[str, str]]:
    """Give the stations of a neighbourhood that have coordinates."""
    kept = []
    for row in rows:
        try:
            place = {"latitude": coordinate(float(row["latitude"])), "longitude": coordinate(float(row["longitude"]))}
        except (KeyError, TypeError, ValueError):
            continue
        kept.append(_texts(row, "name", "postcode", "address", "telephone", "type", "description") | place)
    return kept


def engagement_methods(rows: Iterable[Row]) -> list[dict[str, str]]:
    """Give the ways in which a force can be reached."""
    return [_texts(row, "url", "type", "description", "title") for row in rows]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _texts(row: Row, *keys: str) -> dict[str, str]:
    return {key: _text(row.get(key)) for key in keys}
