"""`/api/stops-*`: stops and searches near a point, inside a polygon, at a map point, without one, and of a force."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated

import anyio.to_thread
import numpy as np
from fastapi import APIRouter, Query, Request
from numpy.typing import NDArray
from starlette.responses import Response

from api.asked import at_point, near_or_inside, not_too_many
from api.deps import form_or_query, held_month
from api.errors import BadRequestError, UnknownError
from api.models import StopAndSearch
from api.patterns import NEEDED, looks_like
from api.routes import json_answer
from api.routes.crimes import POLYGON_FORM, TOO_MANY, Date, Latitude, Longitude, Polygon, Release
from api.store.opened import OpenedRelease
from api.store.stops import StopsMonth

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["stop and search"])

ForceSlug = Annotated[
    str | None, Query(description="A force of `forces`.", examples=["leicestershire"], json_schema_extra=NEEDED)
]


async def _answer(
    held: OpenedRelease, given: Mapping[str, str | None], choose: Callable[[StopsMonth], NDArray[np.int64]]
) -> Response:
    def work() -> bytes:
        month = held_month(held, given.get("date"))
        if held.stops is None:
            return b"[]"
        stops = held.stops.get(month)
        rows = choose(stops)
        not_too_many(rows, given, what="stops")
        return stops.written(rows, held.places)

    return json_answer(await anyio.to_thread.run_sync(work))


async def _by_place(held: OpenedRelease, given: Mapping[str, str | None]) -> Response:
    places = await anyio.to_thread.run_sync(partial(near_or_inside, held, given))
    return await _answer(held, given, lambda stops: stops.at(places))


async def _by_force(held: OpenedRelease, force: str | None, date: str | None, *, located: bool | None) -> Response:
    if not force:
        raise BadRequestError("a force is needed", where="force", fix="Use an id of /api/forces.")
    if force not in held.force_ids and not any(force in known for known in held.stop_forces.values()):
        raise UnknownError("there is no such force", where="force")
    return await _answer(held, {"date": date}, lambda stops: stops.of(force, located=located))


@router.get(
    "/stops-street",
    response_model=list[StopAndSearch],
    responses=TOO_MANY,
    summary="Stops and searches within a mile or inside a polygon",
)
async def stops_street(
    held: Release, *, lat: Latitude = None, lng: Longitude = None, poly: Polygon = None, date: Date = None
) -> Response:
    """List a month's stops and searches within a mile of a point, or inside a polygon. Their times are to the hour."""
    return await _by_place(held, {"lat": lat, "lng": lng, "poly": poly, "date": date})


@router.post(
    "/stops-street",
    response_model=list[StopAndSearch],
    responses=TOO_MANY,
    openapi_extra=POLYGON_FORM,
    summary="Stops and searches inside a polygon, by form",
)
async def stops_street_by_form(request: Request, held: Release) -> Response:
    """List a month's stops and searches inside a polygon too long for an address."""
    return await _by_place(held, await form_or_query(request))


@router.get("/stops-at-location", response_model=list[StopAndSearch], summary="Stops and searches at one map point")
async def stops_at_location(
    held: Release,
    location_id: Annotated[
        str | None,
        Query(
            description="A map point: `street.id` of a stop or a crime.",
            examples=["884227"],
            json_schema_extra=looks_like(r"^[0-9]{1,20}$") | NEEDED,
        ),
    ] = None,
    date: Date = None,
) -> Response:
    """List a month's stops and searches at one map point."""
    places = at_point(held, {"location_id": location_id}, nearest=False)
    return await _answer(held, {"date": date}, lambda stops: stops.at(places))


@router.get("/stops-no-location", response_model=list[StopAndSearch], summary="Stops and searches without a map point")
async def stops_no_location(held: Release, force: ForceSlug = None, date: Date = None) -> Response:
    """List a month's stops and searches of one force that could not be mapped."""
    return await _by_force(held, force, date, located=False)


@router.get("/stops-force", response_model=list[StopAndSearch], summary="Stops and searches of a force")
async def stops_force(held: Release, force: ForceSlug = None, date: Date = None) -> Response:
    """List a month's stops and searches of one force."""
    return await _by_force(held, force, date, located=None)
