"""`/areas`: where the analyses of whoever asks may look."""

from functools import partial
from typing import Any, Final

import anyio.to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.places import places_of, shapes_of
from api.routes import geojson
from api.routes.processes import Analyst, answer
from api.trail import gave

__all__ = ["router"]

router = APIRouter(prefix="/areas", tags=["jobs"])

_GEOJSON: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"application/geo+json": {}}}}


@router.get("", response_model=dict[str, Any], summary="Where I may look")
async def places(request: Request, who: Analyst) -> Response:
    """List the forces with data, their months, offence types and sets of areas, as far as the token reaches."""
    return answer(await anyio.to_thread.run_sync(places_of, who, request.app.state.workspace))


@router.get("/{set_id}", response_class=Response, responses=_GEOJSON, summary="Areas of a set")
async def shapes(request: Request, set_id: str, who: Analyst) -> Response:
    """Draw the areas of a set, simplified for a screen; of a team its own areas only."""
    work = partial(shapes_of, who, request.app.state.workspace, set_id)
    document, n_areas = await anyio.to_thread.run_sync(work)
    gave(request, force=who.force, n_rows=n_areas)
    return geojson(document)
