"""`/api/outcomes-*`: what happened to crimes, by place and by crime."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Final

import anyio.to_thread
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.asked import at_point, near_or_inside, not_too_many
from api.deps import form_or_query, held_month
from api.errors import UnknownError
from api.models import CrimeOutcomes, Outcome
from api.routes import json_answer
from api.routes.crimes import POLYGON_FORM, TOO_MANY, Date, Latitude, Longitude, Polygon, Release, no_data
from api.store.opened import OpenedRelease

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["outcomes"])

_IDENTIFIER: Final = re.compile(r"[0-9A-Za-z]{1,128}\Z", re.ASCII)

LocationId = Annotated[str | None, Query(description="A map point: `street.id` of a crime.", examples=["884227"])]


def _decided(held: OpenedRelease, given: Mapping[str, str | None]) -> tuple[str, bytes]:
    places = at_point(held, given, nearest=False) if given.get("location_id") else near_or_inside(held, given)
    month = held_month(held, given.get("date"))
    if held.outcomes is None:
        return month, b"[]"
    outcomes = held.outcomes.get(month)
    rows = outcomes.at(places)
    not_too_many(rows, given, what="outcomes")
    return month, outcomes.crimes(rows, held.places)


async def _answer(held: OpenedRelease, given: Mapping[str, str | None]) -> Response:
    month, body = await anyio.to_thread.run_sync(partial(_decided, held, given))
    return json_answer(body, no_data(held, month))


@router.get(
    "/outcomes-at-location",
    response_model=list[Outcome],
    responses=TOO_MANY,
    summary="Outcomes at a map point, within a mile or inside a polygon",
)
async def outcomes_at_location(
    held: Release,
    *,
    location_id: LocationId = None,
    lat: Latitude = None,
    lng: Longitude = None,
    poly: Polygon = None,
    date: Date = None,
) -> Response:
    """List the outcomes that were given in a month, of crimes at a map point, within a mile of one, or inside a polygon."""
    return await _answer(held, {"location_id": location_id, "lat": lat, "lng": lng, "poly": poly, "date": date})


@router.post(
    "/outcomes-at-location",
    response_model=list[Outcome],
    responses=TOO_MANY,
    openapi_extra=POLYGON_FORM,
    summary="Outcomes inside a polygon, by form",
)
async def outcomes_at_location_by_form(request: Request, held: Release) -> Response:
    """List the outcomes that were given in a month, of crimes inside a polygon too long for an address."""
    return await _answer(held, await form_or_query(request))


@router.get("/outcomes-for-crime/{persistent_id}", response_model=CrimeOutcomes, summary="Outcomes of one crime")
async def outcomes_for_crime(
    held: Release,
    persistent_id: Annotated[str, Path(description="`persistent_id` of a crime: 64 hexadecimal digits.")],
) -> Response:
    """Give a crime and what happened to it, first to last. No outcome is an empty list."""
    found = None
    if _IDENTIFIER.match(persistent_id):
        found = await anyio.to_thread.run_sync(held.crime_outcomes, persistent_id)
    if found is None:
        raise UnknownError("the release holds no crime with this identifier", where="persistent_id")
    return json_answer(found)
