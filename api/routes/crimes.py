"""`/api/crimes-*`: crimes near a point, inside a polygon, at a map point, and without one."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Final

import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.asked import at_point, near_or_inside, not_too_many
from api.deps import category, form_or_query, held_month, release
from api.errors import BadRequestError, UnknownError
from api.models import Crime
from api.patterns import MONTH_OR_NOTHING, NEEDED, looks_like
from api.routes import json_answer
from api.store.opened import OpenedRelease

__all__ = ["POLYGON_FORM", "TOO_MANY", "Date", "Latitude", "Longitude", "Polygon", "Release", "no_data", "router"]

router = APIRouter(prefix="/api", tags=["crimes"])

Release = Annotated[OpenedRelease, Depends(release)]
Category = Annotated[str, Path(description="A category of crime-categories.", examples=["all-crime"])]
Latitude = Annotated[str | None, Query(description="Degrees north.", examples=["52.629729"])]
Longitude = Annotated[str | None, Query(description="Degrees east.", examples=["-1.131592"])]
Date = Annotated[
    str | None,
    Query(
        description="A month, YYYY-MM; the latest where it is left out.",
        examples=["2025-03"],
        json_schema_extra=looks_like(MONTH_OR_NOTHING),
    ),
]
Polygon = Annotated[
    str | None,
    Query(
        description="Three points or more: latitude, comma, longitude, with colons between them. A long one by POST.",
        examples=["52.268,0.543:52.794,0.238:52.130,0.478"],
    ),
]
POLYGON_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "description": "The same parameters as a form.",
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "properties": {
                        **{name: {"type": "string"} for name in ("poly", "lat", "lng")},
                        "date": {"type": "string", **looks_like(MONTH_OR_NOTHING)},
                    },
                },
                "example": {"poly": "52.268,0.543:52.794,0.238:52.130,0.478", "date": "2025-03"},
            }
        },
    }
}
TOO_MANY: Final[dict[int | str, dict[str, Any]]] = {
    503: {"description": "The polygon holds more than 10,000 crimes.", "content": {"text/plain": {}}}
}


async def _street(held: OpenedRelease, wanted: str, given: Mapping[str, str | None]) -> Response:
    month, body = await anyio.to_thread.run_sync(partial(_near_or_inside, held, wanted, given))
    return json_answer(body, no_data(held, month))


@router.get(
    "/crimes-street/{crime_category}",
    response_model=list[Crime],
    responses=TOO_MANY,
    summary="Crimes within a mile or inside a polygon",
)
async def crimes_street(
    crime_category: Category,
    held: Release,
    *,
    lat: Latitude = None,
    lng: Longitude = None,
    poly: Polygon = None,
    date: Date = None,
) -> Response:
    """
    List a month's crimes within a mile of a point, or inside a polygon.

    What counts is the anonymised map point. A point on the polygon's edge is inside.
    """
    return await _street(held, crime_category, {"lat": lat, "lng": lng, "poly": poly, "date": date})


@router.post(
    "/crimes-street/{crime_category}",
    response_model=list[Crime],
    responses=TOO_MANY,
    openapi_extra=POLYGON_FORM,
    summary="Crimes within a mile or inside a polygon, by form",
)
async def crimes_street_by_form(crime_category: Category, request: Request, held: Release) -> Response:
    """List a month's crimes within a mile of a point, or inside a polygon too long for an address."""
    return await _street(held, crime_category, await form_or_query(request))


@router.get("/crimes-at-location", response_model=list[Crime], summary="Crimes at one map point")
async def crimes_at_location(
    held: Release,
    location_id: Annotated[
        str | None, Query(description="A map point: `street.id` of a crime.", examples=["884227"])
    ] = None,
    lat: Latitude = None,
    lng: Longitude = None,
    date: Date = None,
) -> Response:
    """List a month's crimes at one map point: the one named, or the nearest to a position."""

    def work() -> tuple[str, bytes]:
        places = at_point(held, {"location_id": location_id, "lat": lat, "lng": lng}, nearest=True)
        month = held.incidents.get(held_month(held, date))
        rows = month.at(places)
        return month.month, month.crimes(rows, held.places)

    month, body = await anyio.to_thread.run_sync(work)
    return json_answer(body, no_data(held, month))


@router.get("/crimes-no-location", response_model=list[Crime], summary="Crimes without a map point")
async def crimes_no_location(
    held: Release,
    crime_category: Annotated[str | None, Query(alias="category", examples=["all-crime"], json_schema_extra=NEEDED)] = None,
    force: Annotated[str | None, Query(examples=["leicestershire"], json_schema_extra=NEEDED)] = None,
    date: Date = None,
) -> Response:
    """List a month's crimes of one force that could not be mapped."""
    if not crime_category or not force:
        raise BadRequestError("a category and a force are needed", where="category, force", fix="Use all-crime for all.")
    if force not in held.force_ids:
        raise UnknownError("there is no such force", where="force")
    wanted = category(held, crime_category)
    month = held_month(held, date)
    if force in held.no_data.get(month, ()):
        raise UnknownError(f"the release holds no data of this force for {month}", where="date")

    def work() -> bytes:
        incidents = held.incidents.get(month)
        return incidents.crimes(incidents.nowhere(force=force, category=wanted), held.places)

    return json_answer(await anyio.to_thread.run_sync(work))


def _near_or_inside(held: OpenedRelease, wanted: str, given: Mapping[str, str | None]) -> tuple[str, bytes]:
    chosen = category(held, wanted)
    places = near_or_inside(held, given)
    month = held.incidents.get(held_month(held, given.get("date")))
    rows = month.at(places, category=chosen)
    not_too_many(rows, given, what="crimes")
    return month.month, month.crimes(rows, held.places)


def no_data(held: OpenedRelease, month: str) -> dict[str, str]:
    """Name the forces that have no data for the month: where they police, an empty list does not mean no crime."""
    missing = held.no_data.get(month)
    return {"Crimemap-No-Data": ", ".join(missing)} if missing else {}
