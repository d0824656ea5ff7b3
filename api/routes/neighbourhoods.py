"""`/api/{force}/...`: neighbourhoods. Registered last, since `/{force}/{neighbourhood}` takes any two words."""

from typing import Annotated, Any, Final

import anyio.to_thread
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.deps import point, release
from api.errors import UnknownError
from api.models import Event, Located, Neighbourhood, NeighbourhoodDetail, Person, Point, Priority
from api.patterns import LATITUDE, LONGITUDE, NEEDED, looks_like
from api.routes import json_answer
from api.store.opened import OpenedRelease
from api.store.rings import ring_points
from api.store.texts import json_bytes

__all__ = ["fixed", "router"]

fixed = APIRouter(prefix="/api", tags=["neighbourhoods"])
router = APIRouter(prefix="/api", tags=["neighbourhoods"])

Release = Annotated[OpenedRelease, Depends(release)]
_POSITION: Final = looks_like(f"^{LATITUDE},{LONGITUDE}$") | NEEDED


@fixed.get("/locate-neighbourhood", response_model=Located, summary="Find a neighbourhood")
async def locate_neighbourhood(
    held: Release,
    q: Annotated[
        str | None,
        Query(description="Latitude, comma, longitude.", examples=["52.629729,-1.131592"], json_schema_extra=_POSITION),
    ] = None,
) -> Response:
    """Find the neighbourhood that a position lies in."""
    latitude, longitude = point(q)
    found = held.neighbourhoods.locate(longitude, latitude)
    if found is None:
        raise UnknownError("no neighbourhood lies here")
    return json_answer(json_bytes({"force": found[0], "neighbourhood": found[1]}))


@fixed.get("/{force}/neighbourhoods", response_model=list[Neighbourhood], summary="Neighbourhoods of a force")
async def neighbourhoods(force: str, held: Release) -> Response:
    """List the neighbourhoods of a force."""
    if force not in held.neighbourhoods.index:
        raise UnknownError("there is no such force")
    return json_answer(held.neighbourhoods.index[force])


@router.get("/{force}/{neighbourhood}", response_model=NeighbourhoodDetail, summary="One neighbourhood")
async def neighbourhood(force: str, neighbourhood: str, held: Release) -> Response:
    """Give a neighbourhood and how to reach its team."""
    return json_answer(_known(held.neighbourhoods.about, force, neighbourhood))


@router.get("/{force}/{neighbourhood}/boundary", response_model=list[Point], summary="Boundary")
async def boundary(force: str, neighbourhood: str, held: Release) -> Response:
    """
    Give the boundary as one closed ring: the outside of the largest part.

    All parts and holes are at `/v1/areas/neighbourhood/{code}/geometry`.
    """
    _known(held.neighbourhoods.about, force, neighbourhood)
    return json_answer(await anyio.to_thread.run_sync(ring_points, held, force, neighbourhood))


@router.get("/{force}/{neighbourhood}/people", response_model=list[Person], summary="Team")
async def team(force: str, neighbourhood: str, held: Release) -> Response:
    """List the members of a neighbourhood's team."""
    return json_answer(_known(held.neighbourhoods.people, force, neighbourhood))


@router.get("/{force}/{neighbourhood}/events", response_model=list[Event], summary="Events")
async def events(force: str, neighbourhood: str, held: Release) -> Response:
    """List the events of a neighbourhood."""
    return json_answer(_known(held.neighbourhoods.events, force, neighbourhood))


@router.get("/{force}/{neighbourhood}/priorities", response_model=list[Priority], summary="Priorities")
async def priorities(force: str, neighbourhood: str, held: Release) -> Response:
    """List what a neighbourhood's team works on."""
    return json_answer(_known(held.neighbourhoods.priorities, force, neighbourhood))


def _known(texts: dict[tuple[str, str], Any], force: str, neighbourhood: str) -> bytes:
    text: bytes | None = texts.get((force, neighbourhood))
    if text is None:
        raise UnknownError("there is no such neighbourhood")
    return text
