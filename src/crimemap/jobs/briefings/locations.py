"""Repeat locations: places of an area with an incident in the period and several in the latest weeks."""

from datetime import timedelta
from typing import Any, Final

from crimemap.jobs.briefings.period import BriefingPeriod
from crimemap.jobs.briefings.records import COUNTED, NO_DATA, ONLY_MONTH_KNOWN, OTHER_SOURCE, AreaRecords

__all__ = ["FEWEST_AT_A_PLACE", "repeat_locations_of"]

#: Incidents at one place in the latest weeks from which on it is listed.
FEWEST_AT_A_PLACE: Final = 3
_WEEKS: Final = 12
_MONTHS: Final = 3
_MOST_LISTED: Final = 20


def repeat_locations_of(records: AreaRecords, period: BriefingPeriod) -> dict[str, Any]:
    """
    List the places with an incident in the period and at least three in the twelve weeks (or three months) up to its end.

    A place is one position. That of a force's own record is an address or so; of a published one it is a map point, which
    stands for a street or a public place.
    """
    around = _around(period)
    months = around.months
    kinds = {kind for _, kind in records.sources(months)}
    said = {
        **{name: around.to_json()[name] for name in ("from", "before")},
        "fewest": FEWEST_AT_A_PLACE,
        "position": "map point" if kinds == {"open"} else "own" if "open" not in kinds else "own and map point",
    }
    status = records.status_beside(around, period)
    if status != COUNTED:
        reasons = {
            ONLY_MONTH_KNOWN: f"of incidents from {around.start:%Y-%m-%d} on only the month is known",
            OTHER_SOURCE: f"not all days from {around.start:%Y-%m-%d} are held by one source, whose places are alike",
            NO_DATA: f"not all days from {around.start:%Y-%m-%d} have data",
        }
        return said | {"status": status, "reason": reasons[status], "locations": [], "count": None}
    held = records.inside(around)
    now = records.inside(period)["place_id"].value_counts()
    number = held["place_id"].value_counts()
    listed = [place for place in number.index if number[place] >= FEWEST_AT_A_PLACE and now.get(place, 0) > 0]
    listed.sort(key=lambda place: (-int(now[place]), -int(number[place]), int(place)))
    told = []
    for place in listed[:_MOST_LISTED]:
        here = held[held["place_id"] == place]
        types = here["offence_type"].value_counts()
        where = here["location"].dropna()
        first = here.iloc[0]
        told.append(
            {
                "location": None if where.empty else str(where.value_counts().index[0]),
                "longitude": float(first["longitude"]),
                "latitude": float(first["latitude"]),
                "easting": round(float(first["easting"]), 1),
                "northing": round(float(first["northing"]), 1),
                "incidents": int(now[place]),
                "incidents_lately": int(number[place]),
                "offence_types": [
                    {"offence_type": str(name), "incidents": int(n)} for name, n in sorted(types.items(), key=_most_first)
                ],
            }
        )
    return said | {"status": COUNTED, "reason": "", "locations": told, "count": len(listed)}


def _around(period: BriefingPeriod) -> BriefingPeriod:
    if period.whole_months:
        first = BriefingPeriod(start=period.end, end=period.end).moved_months(-max(_MONTHS, len(period.months)))
        return BriefingPeriod(start=first.start, end=period.end)
    return BriefingPeriod(start=min(period.start, period.end - timedelta(weeks=_WEEKS)), end=period.end)


def _most_first(one: tuple[Any, Any]) -> tuple[int, str]:
    return -int(one[1]), str(one[0])
