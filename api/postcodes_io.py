"""Postcodes in the shape of postcodes.io: what is not held here is null, as it is there."""

from collections.abc import Iterable
from typing import Any, Final

from api.store.opened import OpenedRelease
from api.store.postcodes import Membership, Outcode, spaced
from crimemap.crs import to_wgs84

__all__ = ["outcode_document", "postcode_document"]

_COUNTRIES: Final = {"E92000001": "England", "W92000004": "Wales"}
_DECIMALS: Final = 6


def postcode_document(held: OpenedRelease, row: int, *, distance: float | None = None) -> dict[str, Any]:
    """Describe a postcode by its row; `distance` in metres where it was found by a position."""
    postcodes = held.postcodes
    postcode = spaced(postcodes.code[row])
    outcode, incode = postcode.split(" ")
    easting, northing = int(postcodes.easting[row]), int(postcodes.northing[row])
    longitude, latitude = _degrees(easting, northing)
    within = postcodes.membership_of(row)
    names, codes, force = _areas(held, within)
    named = postcodes.names.get
    document = {
        "postcode": postcode,
        "quality": int(postcodes.quality[row]),
        "eastings": easting,
        "northings": northing,
        "country": _COUNTRIES.get(within.country_code or ""),
        "nhs_ha": None,
        "longitude": longitude,
        "latitude": latitude,
        "european_electoral_region": None,
        "primary_care_trust": None,
        "region": None,
        "lsoa": named(within.lsoa_code or ""),
        "msoa": None,
        "incode": incode,
        "outcode": outcode,
        "parliamentary_constituency": None,
        "parliamentary_constituency_2024": None,
        "admin_district": named(within.district_code or "") or names.get("lad"),
        "parish": None,
        "admin_county": named(within.county_code or ""),
        "date_of_introduction": None,
        "admin_ward": named(within.ward_code or ""),
        "ced": None,
        "ccg": None,
        "nuts": None,
        "pfa": names.get("pfa"),
        "csp": names.get("csp"),
        "bcu": names.get("bcu"),
        "neighbourhood": names.get("neighbourhood"),
        "force": force,
        "codes": {
            "admin_district": within.district_code or codes.get("lad"),
            "admin_county": within.county_code,
            "admin_ward": within.ward_code,
            "parish": None,
            "parliamentary_constituency": None,
            "parliamentary_constituency_2024": None,
            "ccg": None,
            "ccg_id": None,
            "ced": None,
            "nuts": None,
            "lsoa": within.lsoa_code,
            "msoa": None,
            "lau2": None,
            "pfa": codes.get("pfa"),
            "csp": codes.get("csp"),
            "bcu": codes.get("bcu"),
            "neighbourhood": codes.get("neighbourhood"),
        },
    }
    return document if distance is None else document | {"distance": round(distance, 3)}


def _areas(held: OpenedRelease, within: Membership) -> tuple[dict[str, str], dict[str, str], str | None]:
    """Give names and codes of the published areas by type, and the force of the smallest."""
    found = {kind: held.areas.by_id[number] for kind, number in within.areas.items() if number in held.areas.by_id}
    force = next((area.force for area in found.values() if area.force), None)
    return (
        {kind: area.area_name for kind, area in found.items()},
        {kind: area.area_code for kind, area in found.items()},
        force,
    )


def outcode_document(held: OpenedRelease, outcode: Outcode, *, distance: float | None = None) -> dict[str, Any]:
    """Describe an outward code: what all its postcodes lie in, each name once."""
    postcodes = held.postcodes
    numbers = set(postcodes.membership[outcode.rows].tolist())
    within = [postcodes.memberships[number] for number in numbers]
    longitude, latitude = _degrees(outcode.easting, outcode.northing)
    named = postcodes.names.get
    document = {
        "outcode": outcode.code,
        "longitude": longitude,
        "latitude": latitude,
        "northings": round(outcode.northing),
        "eastings": round(outcode.easting),
        "admin_district": _once(named(one.district_code or "") for one in within),
        "parish": [],
        "admin_county": _once(named(one.county_code or "") for one in within),
        "admin_ward": _once(named(one.ward_code or "") for one in within),
        "country": _once(_COUNTRIES.get(one.country_code or "") for one in within),
        "parliamentary_constituency": [],
    }
    return document if distance is None else document | {"distance": round(distance, 3)}


def _once(names: Iterable[str | None]) -> list[str]:
    return sorted({name for name in names if name})


def _degrees(easting: float, northing: float) -> tuple[float, float]:
    longitude, latitude = to_wgs84([easting], [northing])
    return round(float(longitude[0]), _DECIMALS), round(float(latitude[0]), _DECIMALS)
