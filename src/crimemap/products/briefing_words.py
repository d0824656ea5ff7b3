"""A team's briefing in words: when, where, and what stands out, never more than the figures carry."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from crimemap.periods import month_name
from crimemap.products.wording import lower_first, number

__all__ = [
    "area_words",
    "day_words",
    "grid_reference",
    "in_short",
    "last_day_words",
    "period_words",
    "reason_words",
    "status_words",
    "where_words",
]

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: The 500 km squares of the National Grid by hundreds of kilometres, and the letters that there are: no I.
_LETTERS: Final = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
_SQUARE_M: Final = 100_000
_STATUS: Final = {
    "no_data": "no data",
    "only_month_known": "only the month is known",
    "other_source": "another source: not comparable",
    "too_few_to_say": "too few to say",
    "counted": "",
}
_CONFIDENT: Final = ("more", "less")


def day_words(moment: str, *, hour: bool = False, weekday: bool = True) -> str:
    """
    Write a moment.

    Examples
    --------
    >>> day_words("2025-12-08T00:00"), day_words("2025-12-08T22:30", hour=True, weekday=False)
    ('Monday 8 December 2025', '8 December 2025, 22:30')
    """
    when = datetime.fromisoformat(moment)
    named = f"{_DAYS[when.weekday()]} " if weekday else ""
    told = f"{named}{when.day} {month_name(moment[:7])}"
    return f"{told}, {when:%H:%M}" if hour else told


def period_words(period: Mapping[str, Any]) -> str:
    """
    Write what a briefing looks back over.

    Examples
    --------
    >>> week = {"from": "2025-12-08T00:00", "before": "2025-12-15T00:00", "shift_from": None, "whole_months": False}
    >>> period_words(week)
    'Monday 8 December 2025 to Sunday 14 December 2025'
    """
    first, before = str(period["from"]), str(period["before"])
    if period.get("shift_from"):
        begins, ends = str(period["shift_from"]), str(period["shift_before"])
        return f"Shift from {day_words(begins, hour=True)} to {day_words(ends, hour=True)}, and the week before it"
    last = _last_minute(before)
    if period.get("whole_months"):
        one, other = month_name(first[:7]), month_name(last[:7])
        return one if one == other else f"{one} to {other}"
    return day_words(first) if first[:10] == last[:10] else f"{day_words(first)} to {day_words(last)}"


def last_day_words(before: str) -> str:
    """
    Write the last day before a moment.

    Examples
    --------
    >>> last_day_words("2025-12-15T00:00")
    '14 December 2025'
    """
    return day_words(_last_minute(before), weekday=False)


def _last_minute(before: str) -> str:
    """Give the minute before a moment: midnight itself is not in a period that ends with it."""
    return (datetime.fromisoformat(before) - timedelta(minutes=1)).isoformat(timespec="minutes")


def grid_reference(easting: float, northing: float) -> str:
    """
    Write a position as a reference of the National Grid, to ten metres.

    Examples
    --------
    >>> grid_reference(530034.2, 180381.9), grid_reference(651409, 313177)
    ('TQ 3003 8038', 'TG 5140 1317')
    """
    column, row = int(easting // _SQUARE_M), int(northing // _SQUARE_M)
    first = _LETTERS[(19 - row) - (19 - row) % 5 + (column + 10) // 5]
    second = _LETTERS[(19 - row) * 5 % 25 + column % 5]
    return f"{first}{second} {int(easting % _SQUARE_M // 10):04d} {int(northing % _SQUARE_M // 10):04d}"


def where_words(one: Mapping[str, Any]) -> str:
    """Write where something is: the location as recorded and the grid reference, or that alone."""
    reference = grid_reference(float(one["easting"]), float(one["northing"]))
    return f"{one['location']} ({reference})" if one.get("location") else reference


def area_words(said: Mapping[str, Any]) -> str:
    """Name the area."""
    return str(said["area_name"] or said["area_code"])


def status_words(status: str) -> str:
    """Say in a few words why there is no count; nothing where there is one."""
    return _STATUS.get(status, status)


def reason_words(section: Mapping[str, Any]) -> str:
    """
    Write the reason of a section as a sentence.

    Examples
    --------
    >>> reason_words({"reason": "no week has data"})
    'No week has data.'
    """
    reason = str(section["reason"])
    return f"{reason[:1].upper()}{reason[1:]}." if reason else ""


def in_short(said: Mapping[str, Any]) -> list[str]:
    """
    Give the sentences that a briefing begins with.

    Parameters
    ----------
    said
        The briefing, as docs/team-api.md describes it.
    """
    return [one for one in (_counted(said), _alerts(said), _hotspots(said), *_changes(said), _locations(said)) if one]


def _counted(said: Mapping[str, Any]) -> str:
    every = said["counts"]["all"]
    if every["incidents"] is None:
        return f"There are no data of the whole of this period{_until(said)}. That is not to say that nothing happened."
    told = f"{_incidents(every['incidents'])} recorded"
    beside = []
    if every["period_before"] is not None:
        beside.append(f"{number(every['period_before'])} in the period before")
    if every["same_weeks_last_year"] is not None:
        same = "same months" if said["period"]["whole_months"] else "same weeks"
        beside.append(f"{number(every['same_weeks_last_year'])} in the {same} last year")
    return f"{told}; {' and '.join(beside)}." if beside else f"{told}."


def _until(said: Mapping[str, Any]) -> str:
    return f" (records end on {day_words(said['known_until'], weekday=False)})" if said["known_until"] else ""


def _alerts(said: Mapping[str, Any]) -> str:
    held = said["near_repeat"]
    if held["status"] != "counted":
        return "Near-repeat alerts cannot be given: see below."
    if not held["count"]:
        return "No near-repeat alert stands."
    again = sum(one["repeated"] for one in held["alerts"])
    told = f"{_many(held['count'], 'near-repeat alert stands', 'near-repeat alerts stand')}"
    return f"{told}; {_many(again, 'has had a repeat already', 'have had a repeat already')}." if again else f"{told}."


def _hotspots(said: Mapping[str, Any]) -> str:
    held = said["new_hotspots"]
    if held["status"] != "counted":
        return "New hotspots cannot be told: see below."
    if not held["new_count"]:
        return "No hotspot is new or has grown."
    return f"{_many(held['new_count'], 'hotspot is new or has grown', 'hotspots are new or have grown')}."


def _changes(said: Mapping[str, Any]) -> list[str]:
    held = said["changes"]
    if held["status"] != "counted":
        return ["Changes beyond chance cannot be told: see below."]
    found = [one for one in held["changes"] if one["verdict"] in _CONFIDENT]
    unit = f"{held['compared']} {held['unit']}s"
    if not found:
        return [f"No change beyond chance in {unit}, compared with a year before."]
    return [
        f"{one['verdict'].capitalize()} {lower_first(one['offence_type'])} beyond chance in {unit}: "
        f"{number(one['incidents'])}, and {number(one['year_before'])} a year before."
        for one in found
    ]


def _locations(said: Mapping[str, Any]) -> str:
    held = said["repeat_locations"]
    if held["status"] != "counted":
        return ""
    return f"{_many(held['count'], 'repeat location', 'repeat locations')}." if held["count"] else "No repeat location."


def _many(n: int, one: str, more: str) -> str:
    return f"{number(n)} {one if n == 1 else more}"


def _incidents(n: int) -> str:
    return _many(n, "incident", "incidents") if n else "No incident"
