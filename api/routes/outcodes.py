"""`/postcodesio/outcodes`: outward codes as postcodes.io answers."""

import math
from typing import Annotated, Any, Final

import numpy as np
from fastapi import APIRouter, Query
from starlette.responses import Response

from api.errors import POSTCODES_IO
from api.models_postcodes import OutcodeAnswer, OutcodesAnswer
from api.postcodes_asked import (
    LONGEST,
    REFUSALS,
    Held,
    Latitude,
    Limit,
    Longitude,
    OutcodeText,
    answered,
    read_limit,
    read_position,
    read_radius,
    unknown,
)
from api.postcodes_io import outcode_document
from api.store.opened import OpenedRelease
from api.store.postcodes import Outcode

__all__ = ["router"]

router = APIRouter(prefix=POSTCODES_IO, tags=["postcodes"], responses=REFUSALS)

_RADIUS_M: Final = 5_000.0
_LARGEST_RADIUS_M: Final = 25_000.0


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
        return _near_outcodes(held, read_position(longitude or lon, latitude or lat), limit, radius)

    return await answered(work)


@router.get("/outcodes/{outcode}", response_model=OutcodeAnswer, summary="One outward code")
async def outcode(outcode: OutcodeText, held: Held) -> Response:
    """Give the mean position of an outward code's postcodes, and the areas that they lie in."""
    return await answered(lambda: outcode_document(held, _outcode(held, outcode)))


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

    return await answered(work)


def _outcode(held: OpenedRelease, text: str) -> Outcode:
    found = held.postcodes.outcode(text[:LONGEST])
    if found is None:
        raise unknown("Outcode not found")
    return found


def _near_outcodes(
    held: OpenedRelease, position: tuple[float, float], limit: str | None, radius: str | None
) -> list[dict[str, Any]] | None:
    most = read_limit(limit)
    furthest = read_radius(radius, usual=_RADIUS_M, largest=_LARGEST_RADIUS_M)
    every = held.postcodes.outcodes
    away = np.array([math.hypot(one.easting - position[0], one.northing - position[1]) for one in every])
    order = np.argsort(away, kind="stable")[:most].tolist()
    return [outcode_document(held, every[at], distance=float(away[at])) for at in order if away[at] <= furthest] or None
