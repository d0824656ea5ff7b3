"""`/api/forces`: the police forces."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.deps import release
from api.errors import UnknownError
from api.models import Force, ForceDetail, Person
from api.routes import json_answer
from api.store.opened import OpenedRelease

__all__ = ["router"]

router = APIRouter(prefix="/api", tags=["forces"])

Release = Annotated[OpenedRelease, Depends(release)]


@router.get("/forces", response_model=list[Force], summary="Forces")
async def forces(held: Release) -> Response:
    """List every force but the British Transport Police."""
    return json_answer(held.forces.index)


@router.get("/forces/{force}", response_model=ForceDetail, summary="One force")
async def force(force: str, held: Release) -> Response:
    """Give a force and how to reach it."""
    return json_answer(_known(held.forces.about, force))


@router.get("/forces/{force}/people", response_model=list[Person], summary="Senior officers")
async def senior_officers(force: str, held: Release) -> Response:
    """List the senior officers of a force."""
    return json_answer(_known(held.forces.people, force))


def _known(texts: dict[str, bytes], force: str) -> bytes:
    if force not in texts:
        raise UnknownError("there is no such force")
    return texts[force]
