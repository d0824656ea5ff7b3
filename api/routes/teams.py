"""`/teams/me`: a neighbourhood team and the counts of its own area."""

from functools import partial
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.auth import require_scope
from api.deps import integer
from api.routes import json_answer
from api.store.texts import json_bytes
from api.teams import team, team_summary
from api.trail import gave
from crimemap.access.principal import TEAM_READ, Principal

__all__ = ["router"]

router = APIRouter(prefix="/teams", tags=["teams"])

_MOST_MONTHS = 120

Reader = Annotated[Principal, Depends(require_scope(TEAM_READ))]


@router.get("/me", response_model=dict[str, Any], summary="My team")
async def me(request: Request, who: Reader) -> Response:
    """Give the team that the token belongs to, its neighbourhood, and what the token may do."""
    work = partial(team, request.app.state.workspace, force=who.force, neighbourhood=who.neighbourhood)
    found = await anyio.to_thread.run_sync(work)
    gave(request, force=who.force, area_type="neighbourhood", area_code=who.neighbourhood)
    told = {
        "scopes": list(who.scopes),
        "areas": [{"area_type": kind, "area_code": code} for kind, code in who.areas],
        "token_expires_at": who.expires_at,
    }
    return json_answer(json_bytes(found | told))


@router.get("/me/summary", response_model=dict[str, Any], summary="Counts of my neighbourhood")
async def my_summary(
    request: Request,
    who: Reader,
    months: Annotated[str | None, Query(description="How many months; 12 where it is left out.", examples=["12"])] = None,
) -> Response:
    """Count the incidents of the token's own neighbourhood by month and offence type."""
    count = integer({"months": months}, "months", default=12, least=1, most=_MOST_MONTHS)
    work = partial(team_summary, request.app.state.workspace, force=who.force, neighbourhood=who.neighbourhood, months=count)
    found = await anyio.to_thread.run_sync(work)
    gave(
        request,
        force=who.force,
        area_type="neighbourhood",
        area_code=who.neighbourhood,
        first_month=found["months"][0]["month"],
        last_month=found["months"][-1]["month"],
        n_rows=sum(month["incidents"] or 0 for month in found["months"]),
    )
    return json_answer(json_bytes(found))
