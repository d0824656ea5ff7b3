"""`/postcodesio`: postcodes as postcodes.io answers, for its clients with another base address."""

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath
from starlette.responses import Response

from api.errors import POSTCODES_IO, say
from api.models_postcodes import (
    PostcodeAnswer,
    PostcodeBulkAnswer,
    PostcodeError,
    PostcodesAnswer,
    TextsAnswer,
    ValidAnswer,
)
from api.postcodes_asked import (
    LARGEST_RADIUS_M,
    LONGEST,
    RADIUS_M,
    REFUSALS,
    Held,
    Latitude,
    Limit,
    Longitude,
    PostcodeText,
    Radius,
    RefusedError,
    Wide,
    answered,
    near_position,
    read_limit,
    read_position,
    read_radius,
    row_of,
    unreadable,
)
from api.postcodes_bulk import BULK_BODY, bulk_answer
from api.postcodes_io import postcode_document

__all__ = ["router"]

router = APIRouter(prefix=POSTCODES_IO, tags=["postcodes"], responses=REFUSALS)


@router.get("/postcodes", response_model=PostcodesAnswer, summary="Postcodes near a position, or by their beginning")
async def postcodes_query(
    held: Held,
    *,
    lon: Longitude = None,
    lat: Latitude = None,
    longitude: Annotated[str | None, Query(description="The same as `lon`.")] = None,
    latitude: Annotated[str | None, Query(description="The same as `lat`.")] = None,
    limit: Limit = None,
    radius: Radius = None,
    widesearch: Wide = None,
    wide_search: Annotated[str | None, Query(alias="wideSearch", description="The same as `widesearch`.")] = None,
    q: Annotated[str | None, Query(description="The beginning of a postcode.", examples=["CB2 1"])] = None,
    query: Annotated[str | None, Query(description="The same as `q`.")] = None,
) -> Response:
    """List the postcodes nearest to `lon` and `lat`, with how far away they are, or those that begin as `q` says."""
    x, y = longitude or lon, latitude or lat

    def work() -> Any:
        if x and y:
            asked = {"limit": limit, "radius": radius, "widesearch": widesearch or wide_search}
            return near_position(held, read_position(x, y), asked)
        beginning = (q or query or "").strip()
        if not beginning:
            raise unreadable("No postcode query submitted. Remember to include query parameter")
        rows = held.postcodes.beginning(beginning[:LONGEST], limit=read_limit(limit))
        return [postcode_document(held, row) for row in rows.tolist()] or None

    return await answered(work)


@router.post("/postcodes", response_model=PostcodeBulkAnswer, openapi_extra=BULK_BODY, summary="Many look-ups at once")
async def postcodes_bulk(
    request: Request,
    held: Held,
    *,
    limit: Limit = None,
    radius: Radius = None,
    widesearch: Wide = None,
    filter: Annotated[  # noqa: A002 - what the service calls it
        str | None, Query(description="Keep these attributes only, with commas between.", examples=["postcode,pfa"])
    ] = None,
) -> Response:
    """
    Look up to 100 `postcodes`, or the postcodes near up to 100 `geolocations`.

    A postcode that is not known has the result null. A geolocation has its own `limit`, `radius` and `widesearch`, or those
    of the address.
    """

    def near(place: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        given = {name: None if value is None else str(value)[:LONGEST] for name, value in place.items()}
        asked = {"limit": limit, "radius": radius, "widesearch": widesearch} | given
        try:
            position = read_position(asked.get("longitude"), asked.get("latitude"))
            return near_position(held, position, asked | {"widesearch": asked.get("widesearch") or given.get("wideSearch")})
        except RefusedError:
            return None

    def one(postcode: str) -> dict[str, Any] | None:
        row = held.postcodes.find(postcode[:LONGEST])
        return None if row is None else postcode_document(held, row)

    try:
        read_limit(limit)
        read_radius(radius, usual=RADIUS_M, largest=LARGEST_RADIUS_M)
    except RefusedError as refused:
        return refused.answer
    return await bulk_answer(request, one=one, near=near, kept=filter)


@router.get("/postcodes/{postcode}", response_model=PostcodeAnswer, summary="One postcode")
async def postcode(postcode: PostcodeText, held: Held) -> Response:
    """Give where a postcode is and what it lies in. What is not held here is null."""
    return await answered(lambda: postcode_document(held, row_of(held, postcode)))


@router.get("/postcodes/{postcode}/validate", response_model=ValidAnswer, summary="Whether a postcode is known")
async def postcode_validate(postcode: PostcodeText, held: Held) -> Response:
    """Say whether a postcode is in this release."""
    return await answered(lambda: held.postcodes.find(postcode[:LONGEST]) is not None)


@router.get("/postcodes/{postcode}/nearest", response_model=PostcodesAnswer, summary="Postcodes near a postcode")
async def postcode_nearest(
    postcode: PostcodeText, held: Held, limit: Limit = None, radius: Radius = None, widesearch: Wide = None
) -> Response:
    """List the postcodes nearest to a postcode, itself first."""

    def work() -> Any:
        row = row_of(held, postcode)
        position = float(held.postcodes.easting[row]), float(held.postcodes.northing[row])
        return near_position(held, position, {"limit": limit, "radius": radius, "widesearch": widesearch})

    return await answered(work)


@router.get("/postcodes/{postcode}/autocomplete", response_model=TextsAnswer, summary="Postcodes by their beginning")
async def postcode_autocomplete(
    postcode: Annotated[str, InPath(description="The beginning of a postcode.", examples=["CB2 1"])],
    held: Held,
    limit: Limit = None,
) -> Response:
    """List postcodes that begin so: an outward code gives its own, and with a space the space counts."""

    def work() -> Any:
        rows = held.postcodes.beginning(postcode[:LONGEST], limit=read_limit(limit))
        return [postcode_document(held, row)["postcode"] for row in rows.tolist()] or None

    return await answered(work)


@router.get("/random/postcodes", response_model=PostcodeAnswer, summary="Any postcode")
async def random_postcode(
    held: Held, outcode: Annotated[str | None, Query(description="Of this outward code only.", examples=["CB2"])] = None
) -> Response:
    """Give a postcode at random; null where there is none."""

    def work() -> Any:
        found = None if outcode is None else held.postcodes.outcode(outcode[:LONGEST])
        count = len(held.postcodes) if outcode is None else 0 if found is None else found.rows.size
        if not count:
            return None
        at = secrets.randbelow(count)
        return postcode_document(held, at if found is None else int(found.rows[at]))

    answer = await answered(work)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.get(
    "/terminated_postcodes/{postcode}",
    status_code=HTTPStatus.NOT_FOUND,
    response_model=PostcodeError,
    summary="A postcode that was given up",
)
async def terminated_postcode(postcode: PostcodeText) -> Response:
    """Answer 404: Code-Point Open, which the postcodes come from, has those in use only, so none is known as terminated."""
    del postcode
    return say(POSTCODES_IO, HTTPStatus.NOT_FOUND, "Terminated postcode not found: only postcodes in use are held here")
