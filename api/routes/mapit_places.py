"""`/mapit`: which areas a position or a postcode lies in, and the postcode nearest to a position."""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter
from fastapi import Path as InPath
from starlette.responses import Response

from api.errors import MAPIT
from api.mapit import area_document, areas_document, position_document, postcode_document
from api.mapit_asked import PLACE, Filters, Served, answered, plain_name, position, unknown, unreadable
from api.models_mapit import AreaRecords, NearestRecord, PositionRecord, PostcodeRecord
from api.patterns import looks_like
from api.routes.mapit import REFUSALS, Of
from api.store.mapit import MapItArea
from api.store.postcodes import compact

__all__ = ["router"]

router = APIRouter(prefix=MAPIT, tags=["areas like MapIt"], responses=REFUSALS)

Srid = Annotated[
    str,
    InPath(
        description="4326 or 27700; `latlon` is 4326 with the latitude first, `osgb` is 27700.",
        json_schema_extra={"enum": ["4326", "27700", "latlon", "osgb"]},
        examples=["4326"],
    ),
]
Place = Annotated[
    str,
    InPath(
        description="x,y: longitude and latitude, or easting and northing.",
        examples=["0.1181,52.2053"],
        json_schema_extra=looks_like(PLACE),
    ),
]
_POSTCODE: Final = r"^[A-Za-z]{1,2}[0-9][A-Za-z0-9]? *[0-9][A-Za-z]{2}(\.json)?$"
_PARTIAL: Final = r"^[A-Za-z]{1,2}[0-9][A-Za-z0-9]?( *[0-9][A-Za-z]{2})?(\.json)?$"
PostcodeText = Annotated[
    str,
    InPath(description="With or without the space.", examples=["CB2 1TN"], json_schema_extra=looks_like(_POSTCODE)),
]


@router.get("/point/{srid}/{place}", response_model=AreaRecords, summary="Areas that a position lies in")
async def at_point(of: Of, srid: Srid, place: Place, filters: Filters) -> Response:
    """List the areas that hold a position, or have it on their edge."""
    return await answered(lambda: _at(of(), srid, place, filters, box_only=False))


@router.get("/point/{srid}/{place}/box", response_model=AreaRecords, summary="Areas whose box a position lies in")
async def at_point_box(of: Of, srid: Srid, place: Place, filters: Filters) -> Response:
    """List the areas whose box of degrees holds a position."""
    return await answered(lambda: _at(of(), srid, place, filters, box_only=True))


@router.get("/nearest/{srid}/{place}", response_model=NearestRecord, summary="The postcode nearest to a position")
async def nearest(of: Of, srid: Srid, place: Place) -> Response:
    """Give the nearest postcode, no further away than 20 km."""

    def work() -> Any:
        held = of().held
        _, metres = position(srid, place)
        rows, away = held.postcodes.nearest(*metres, limit=1)
        if not rows.size:
            raise unknown(f"No postcode found near {plain_name(place)} ({srid})")
        return {"postcode": postcode_document(held, int(rows[0])) | {"distance": round(float(away[0]))}}

    return await answered(work)


@router.get("/postcode/{postcode}", response_model=PostcodeRecord, summary="Where a postcode is and what it lies in")
async def postcode(of: Of, postcode: PostcodeText, filters: Filters) -> Response:
    """Give where a postcode is and the areas that it lies in."""
    text = plain_name(postcode)

    def work() -> Any:
        found = of()
        if not re.fullmatch(_POSTCODE, text, re.ASCII):
            raise unreadable(f"Postcode '{text[:20]}' is not valid.")
        row = found.held.postcodes.find(text)
        if row is None:
            raise unknown("No Postcode matches the given query.")
        numbers = found.held.postcodes.membership_of(row).areas.values()
        areas = [one for one in map(found.areas.of_id, numbers) if one is not None]
        wanted = filters.wanted(areas, found.areas)
        document = postcode_document(found.held, row)
        return document | {"areas": areas_document(wanted), "shortcuts": _shortcuts(wanted)}

    return await answered(work)


@router.get("/postcode/partial/{outcode}", response_model=PositionRecord, summary="Where an outward code is")
async def partial_postcode(
    of: Of,
    outcode: Annotated[
        str,
        InPath(description="The part before the space.", examples=["CB2"], json_schema_extra=looks_like(_PARTIAL)),
    ],
) -> Response:
    """Give the mean position of the postcodes that begin so. Of a whole postcode, its outward code counts."""
    text = plain_name(outcode)

    def work() -> Any:
        if not re.fullmatch(_PARTIAL, text, re.ASCII):
            raise unreadable(f"Partial postcode '{text[:20]}' is not valid.")
        whole = compact(text)
        found = of().held.postcodes.outcode(whole[:-3].decode() if whole else text)
        if found is None:
            raise unknown("Postcode not found")
        return position_document(found.code, found.easting, found.northing)

    return await answered(work)


def _at(found: Served, srid: str, place: str, filters: Any, *, box_only: bool) -> Any:
    (longitude, latitude), _ = position(srid, place)
    return areas_document(filters.wanted(found.areas.at(longitude, latitude, box_only=box_only), found.areas))


def _shortcuts(areas: list[MapItArea]) -> dict[str, Any]:
    """Name the council and the police, as MapIt names the council: of two tiers, both."""
    of_type = {one.area.area_type: area_document(one)["id"] for one in areas}
    made: dict[str, Any] = {}
    if "lad" in of_type:
        upper = next((of_type[kind] for kind in ("county", "ctyua") if kind in of_type), None)
        lower = next(one for one in areas if one.area.area_type == "lad")
        two = upper is not None and lower.area.area_code.startswith("E07")
        made["council"] = {"county": upper, "district": lower.number} if two else lower.number
    if "pfa" in of_type:
        made["police"] = of_type["pfa"]
    return made
