"""`/v1/alignment`: how boundary sets fit one another, as documents and as maps."""

import gzip
import json
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.deps import alignment, release
from api.errors import UnknownError
from api.models_alignment import (
    AlignmentMap,
    AlignmentOverview,
    LadderDocument,
    OverlapDocument,
    PlanningDocument,
)
from api.routes import GeoJSONResponse, packed_answer
from api.routes.alignment_mergers import limits
from api.spoken import spoken
from api.store.alignment import Alignment
from api.store.opened import OpenedRelease
from api.store.texts import json_bytes

__all__ = ["router"]

router = APIRouter(prefix="/v1/alignment", tags=["alignment"], dependencies=[Depends(spoken)])

Held = Annotated[Alignment, Depends(alignment)]
_JSON = "application/json"
_SETS = "See /v1/alignment for the sets."


@router.get("", response_model=AlignmentOverview, summary="Sets that are compared")
async def overview(held: Held, opened: Annotated[OpenedRelease, Depends(release)], request: Request) -> Response:
    """List the boundary sets compared, how well each pair fits, what mergers can be planned with, and what is missing."""
    about = {"release": opened.id, "attribution": opened.meta.get("attribution"), "limits": limits(request)}
    told = await anyio.to_thread.run_sync(held.overview)
    return packed_answer(request, gzip.compress(json_bytes(told | about), 1), _JSON)


@router.get("/pairs/{source}/{target}", response_model=OverlapDocument, summary="How two sets fit")
async def pair(source: str, target: str, held: Held, request: Request) -> Response:
    """Give the overlap of two sets: every pair of areas, every area's class and best match, and measures of the whole."""
    body = await anyio.to_thread.run_sync(held.pair, source, target)
    return packed_answer(request, _there(body, "these two sets are not compared"), _JSON)


@router.get(
    "/pairs/{source}/{target}/map",
    response_model=AlignmentMap,
    summary="Map of how two sets fit",
    response_class=GeoJSONResponse,
)
async def pair_map(source: str, target: str, held: Held, request: Request) -> Response:
    """Give the pieces that two sets cut one another into, simplified for drawing, with who lives in each."""
    body = await anyio.to_thread.run_sync(held.pair_map, source, target)
    return packed_answer(request, _there(body, "these two sets are not compared"), "application/geo+json")


@router.get("/ladder", response_model=LadderDocument, summary="The ladder of partnerships")
async def ladder(held: Held, request: Request) -> Response:
    """Give every partnership with its districts, county, command units and force, and whether they agree."""
    body = await anyio.to_thread.run_sync(held.ladder)
    return packed_answer(request, _there(body, "this release has no partnerships to put on a ladder"), _JSON)


@router.get(
    "/sets/{set_id}/map",
    response_model=AlignmentMap,
    summary="Map of a set",
    response_class=GeoJSONResponse,
)
async def set_map(set_id: str, held: Held, request: Request) -> Response:
    """Give the areas of a set, simplified for drawing so that neighbours keep one common line."""
    body = await anyio.to_thread.run_sync(held.set_map, set_id)
    return packed_answer(request, _there(body, "there is no such set"), "application/geo+json")


@router.get("/planning/{units}/{targets}", response_model=PlanningDocument, summary="What mergers are planned with")
async def planning(units: str, targets: str, held: Held, request: Request) -> Response:
    """Give the areas that can be merged, with their neighbours and fit as they are, and the areas that they should fit."""
    body = await anyio.to_thread.run_sync(held.planning_document, units, targets)
    there = _there(body, "mergers cannot be planned with these sets")
    document = await anyio.to_thread.run_sync(_with_limits, there, limits(request))
    return packed_answer(request, document, _JSON)


@router.get(
    "/planning/{units}/{targets}/bricks/{unit}",
    response_model=AlignmentMap,
    summary="Small areas of one unit",
    response_class=GeoJSONResponse,
)
async def bricks(units: str, targets: str, unit: str, held: Held, request: Request) -> Response:
    """
    Give the small areas of a unit that can be moved to another, simplified for drawing, with who lives in each.

    `population` are the people of the unit in it, `population_elsewhere` those of it in other units, who would move too.
    """
    body = await anyio.to_thread.run_sync(held.bricks, units, targets, unit)
    return packed_answer(request, _there(body, "this release has no shapes of small areas"), "application/geo+json")


def _with_limits(packed: bytes, allowed: dict[str, Any]) -> bytes:
    return gzip.compress(json_bytes(json.loads(gzip.decompress(packed)) | {"limits": allowed}), 1)


def _there(body: bytes | None, otherwise: str) -> bytes:
    if body is None:
        raise UnknownError(otherwise, fix=_SETS)
    return body
