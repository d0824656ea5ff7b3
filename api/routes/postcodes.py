"""`/postcodesio`: postcodes as postcodes.io answers, for its clients with another base address."""

import math
import re
import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final

import anyio.to_thread
import numpy as np
from fastapi import APIRouter, Depends, Query, Request
from fastapi import Path as InPath
from starlette.responses import Response

from api.deps import release
from api.errors import POSTCODES_IO, say
from api.models_postcodes import (
    OutcodeAnswer,
    OutcodesAnswer,
    PostcodeAnswer,
    PostcodeBulkAnswer,
    PostcodeError,
    PostcodesAnswer,
    TextsAnswer,
    ValidAnswer,
)
from api.patterns import COUNT_OR_NOTHING, looks_like
from api.postcodes_bulk import BULK_BODY, bulk_answer
from api.postcodes_io import outcode_document, postcode_document
from api.routes import json_answer
from api.store.opened import OpenedRelease
from api.store.postcodes import compact
from api.store.texts import json_bytes
from crimemap.crs import to_national_grid

__all__ = ["router"]

router = APIRouter(
    prefix=POSTCODES_IO,
    tags=["postcodes"],
    responses={
        400: {"description": "A parameter is missing or cannot be read.", "model": PostcodeError},
        404: {"description": "It is not known here.", "model": PostcodeError},
        429: {"description": "Too many requests; Retry-After says when to come back.", "model": PostcodeError},
    },
)

Held = Annotated[OpenedRelease, Depends(release)]
PostcodeText = Annotated[str, InPath(description="With or without the space, in any case.", examples=["CB2 1TN"])]
OutcodeText = Annotated[str, InPath(description="The part of a postcode before the space.", examples=["CB2"])]
Limit = Annotated[
    str | None,
    Query(
        description="At most this many, up to 100; 10 where it is left out.",
        examples=["5"],
        json_schema_extra=looks_like(COUNT_OR_NOTHING),
    ),
]
Radius = Annotated[str | None, Query(description="Metres, up to 2,000; 100 where it is left out.", examples=["250"])]
Wide = Annotated[
    str | None, Query(description="Anything: look up to 20 km away, for at most 10 postcodes.", examples=["true"])
]
Longitude = Annotated[str | None, Query(description="Degrees.", examples=["0.1181"])]
Latitude = Annotated[str | None, Query(description="Degrees.", examples=["52.2053"])]

_LIMIT: Final = 10
_MOST: Final = 100
_RADIUS_M: Final = 100.0
_LARGEST_RADIUS_M: Final = 2_000.0
_OUTCODE_RADIUS_M: Final = 5_000.0
_LARGEST_OUTCODE_RADIUS_M: Final = 25_000.0
_LONGEST: Final = 40


class _RefusedError(Exception):
    """What is answered instead, in the words of postcodes.io."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.answer = say(POSTCODES_IO, status, text)


def _unknown(text: str) -> _RefusedError:
    return _RefusedError(HTTPStatus.NOT_FOUND, text)


def _unreadable(text: str) -> _RefusedError:
    return _RefusedError(HTTPStatus.BAD_REQUEST, text)


async def _answered(work: Callable[[], Any]) -> Response:
    """Do the work beside the event loop: the first look-up reads all postcodes."""

    def done() -> Response:
        try:
            return json_answer(json_bytes({"status": HTTPStatus.OK.value, "result": work()}))
        except _RefusedError as refused:
            return refused.answer

    return await anyio.to_thread.run_sync(done)


def _row(held: OpenedRelease, postcode: str) -> int:
    if len(postcode) > _LONGEST or compact(postcode) is None:
        raise _unknown("Invalid postcode")
    row = held.postcodes.find(postcode)
    if row is None:
        raise _unknown("Postcode not found" if len(held.postcodes) else "Postcode not found: no postcodes are held here")
    return row


def _limit(text: str | None) -> int:
    if not text:
        return _LIMIT
    if not re.fullmatch(COUNT_OR_NOTHING, text, re.ASCII):
        raise _unreadable("Invalid result limit submitted")
    return min(int(text), _MOST)


def _number(text: str | None, otherwise: str) -> float:
    try:
        number = float(text or "")
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _unreadable(otherwise)
    return number


def _radius(text: str | None, *, usual: float, largest: float) -> float:
    if not text:
        return usual
    radius = _number(text, "Invalid lookup radius submitted")
    if radius < 0:
        raise _unreadable("Invalid lookup radius submitted")
    return min(radius, largest)


def _position(longitude: str | None, latitude: str | None) -> tuple[float, float]:
    """Read a position and give it in metres."""
    x = _number(longitude, "Invalid longitude/latitude submitted")
    y = _number(latitude, "Invalid longitude/latitude submitted")
    if not (-180 <= x <= 180 and -90 <= y <= 90):  # noqa: PLR2004 - the range of degrees
        raise _unreadable("Invalid longitude/latitude submitted")
    easting, northing = to_national_grid([x], [y])
    return float(easting[0]), float(northing[0])


def _near(held: OpenedRelease, position: tuple[float, float], asked: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Describe the postcodes around a position in metres; nothing where there are none."""
    limit = _limit(asked.get("limit"))
    if asked.get("widesearch"):
        rows, away = held.postcodes.nearest(*position, limit=min(limit, _LIMIT))
    else:
        radius = _radius(asked.get("radius"), usual=_RADIUS_M, largest=_LARGEST_RADIUS_M)
        rows, away = held.postcodes.within(*position, distance_m=radius, limit=limit)
    pairs = zip(rows.tolist(), away.tolist(), strict=True)
    return [postcode_document(held, row, distance=distance) for row, distance in pairs] or None


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
            return _near(held, _position(x, y), asked)
        beginning = (q or query or "").strip()
        if not beginning:
            raise _unreadable("No postcode query submitted. Remember to include query parameter")
        rows = held.postcodes.beginning(beginning[:_LONGEST], limit=_limit(limit))
        return [postcode_document(held, row) for row in rows.tolist()] or None

    return await _answered(work)


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
        given = {name: None if value is None else str(value)[:_LONGEST] for name, value in place.items()}
        asked = {"limit": limit, "radius": radius, "widesearch": widesearch} | given
        try:
            position = _position(asked.get("longitude"), asked.get("latitude"))
            return _near(held, position, asked | {"widesearch": asked.get("widesearch") or given.get("wideSearch")})
        except _RefusedError:
            return None

    def one(postcode: str) -> dict[str, Any] | None:
        row = held.postcodes.find(postcode[:_LONGEST])
        return None if row is None else postcode_document(held, row)

    try:
        _limit(limit)
        _radius(radius, usual=_RADIUS_M, largest=_LARGEST_RADIUS_M)
    except _RefusedError as refused:
        return refused.answer
    return await bulk_answer(request, one=one, near=near, kept=filter)


@router.get("/postcodes/{postcode}", response_model=PostcodeAnswer, summary="One postcode")
async def postcode(postcode: PostcodeText, held: Held) -> Response:
    """Give where a postcode is and what it lies in. What is not held here is null."""
    return await _answered(lambda: postcode_document(held, _row(held, postcode)))


@router.get("/postcodes/{postcode}/validate", response_model=ValidAnswer, summary="Whether a postcode is known")
async def postcode_validate(postcode: PostcodeText, held: Held) -> Response:
    """Say whether a postcode is in this release."""
    return await _answered(lambda: held.postcodes.find(postcode[:_LONGEST]) is not None)


@router.get("/postcodes/{postcode}/nearest", response_model=PostcodesAnswer, summary="Postcodes near a postcode")
async def postcode_nearest(
    postcode: PostcodeText, held: Held, limit: Limit = None, radius: Radius = None, widesearch: Wide = None
) -> Response:
    """List the postcodes nearest to a postcode, itself first."""

    def work() -> Any:
        row = _row(held, postcode)
        position = float(held.postcodes.easting[row]), float(held.postcodes.northing[row])
        return _near(held, position, {"limit": limit, "radius": radius, "widesearch": widesearch})

    return await _answered(work)


@router.get("/postcodes/{postcode}/autocomplete", response_model=TextsAnswer, summary="Postcodes by their beginning")
async def postcode_autocomplete(
    postcode: Annotated[str, InPath(description="The beginning of a postcode.", examples=["CB2 1"])],
    held: Held,
    limit: Limit = None,
) -> Response:
    """List postcodes that begin so: an outward code gives its own, and with a space the space counts."""

    def work() -> Any:
        rows = held.postcodes.beginning(postcode[:_LONGEST], limit=_limit(limit))
        return [postcode_document(held, row)["postcode"] for row in rows.tolist()] or None

    return await _answered(work)


@router.get("/outcodes", response_model=OutcodesAnswer, summary="Outward codes near a position")
async def outcodes_query(
    held: Held,
    *,
    lon: Longitude = None,
    lat: Latitude = None,
    longitude: Annotated[str | None, Query(description="The same as `lon`.")] = None,
    latitude: Annotated[str | None, Query(description="The same as `lat`.")] = None,
    limit: Limit = None,
    radius: Annotated[str | None, Query(description="Metres, up to 25,000; 5,000 where it is left out.")] = None,
) -> Response:
    """List the outward codes whose mean position is nearest."""

    def work() -> Any:
        return _near_outcodes(held, _position(longitude or lon, latitude or lat), limit, radius)

    return await _answered(work)


@router.get("/outcodes/{outcode}", response_model=OutcodeAnswer, summary="One outward code")
async def outcode(outcode: OutcodeText, held: Held) -> Response:
    """Give the mean position of an outward code's postcodes, and the areas that they lie in."""
    return await _answered(lambda: outcode_document(held, _outcode(held, outcode)))


@router.get("/outcodes/{outcode}/nearest", response_model=OutcodesAnswer, summary="Outward codes near an outward code")
async def outcode_nearest(
    outcode: OutcodeText,
    held: Held,
    limit: Limit = None,
    radius: Annotated[str | None, Query(description="Metres, up to 25,000; 5,000 where it is left out.")] = None,
) -> Response:
    """List the outward codes nearest to an outward code, itself first."""

    def work() -> Any:
        found = _outcode(held, outcode)
        return _near_outcodes(held, (found.easting, found.northing), limit, radius)

    return await _answered(work)


def _outcode(held: OpenedRelease, text: str) -> Any:
    found = held.postcodes.outcode(text[:_LONGEST])
    if found is None:
        raise _unknown("Outcode not found")
    return found


def _near_outcodes(
    held: OpenedRelease, position: tuple[float, float], limit: str | None, radius: str | None
) -> list[dict[str, Any]] | None:
    most = _limit(limit)
    furthest = _radius(radius, usual=_OUTCODE_RADIUS_M, largest=_LARGEST_OUTCODE_RADIUS_M)
    every = held.postcodes.outcodes
    away = np.array([math.hypot(one.easting - position[0], one.northing - position[1]) for one in every])
    order = np.argsort(away, kind="stable")[:most].tolist()
    return [outcode_document(held, every[at], distance=float(away[at])) for at in order if away[at] <= furthest] or None


@router.get("/random/postcodes", response_model=PostcodeAnswer, summary="Any postcode")
async def random_postcode(
    held: Held, outcode: Annotated[str | None, Query(description="Of this outward code only.", examples=["CB2"])] = None
) -> Response:
    """Give a postcode at random; null where there is none."""

    def work() -> Any:
        found = None if outcode is None else held.postcodes.outcode(outcode[:_LONGEST])
        count = len(held.postcodes) if outcode is None else 0 if found is None else found.rows.size
        if not count:
            return None
        at = secrets.randbelow(count)
        return postcode_document(held, at if found is None else int(found.rows[at]))

    answer = await _answered(work)
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
