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
from crimemap.tokens import TEAM_READ, Token

__all__ = ["router"]

router = APIRouter(prefix="/teams", tags=["teams"])

_MOST_MONTHS = 120

Reader = Annotated[Token, Depends(require_scope(TEAM_READ))]


@router.get("/me", response_model=dict[str, Any], summary="My team")
async def me(request: Request, token: Reader) -> Response:
    """Give the team that the token belongs to, its neighbourhood, and what the token may do."""
    work = partial(team, request.app.state.workspace, force=token.force, neighbourhood=token.neighbourhood)
    found = await anyio.to_thread.run_sync(work)
    return json_answer(json_bytes(found | {"scopes": list(token.scopes), "token_expires_at": token.expires_at}))


@router.get("/me/summary", response_model=dict[str, Any], summary="Counts of my neighbourhood")
async def my_summary(
    request: Request,
    token: Reader,
    months: Annotated[str | None, Query(description="How many months; 12 where it is left out.", examples=["12"])] = None,
) -> Response:
    """Count the incidents of the token's own neighbourhood by month and offence type."""
    count = integer({"months": months}, "months", default=12, least=1, most=_MOST_MONTHS)
    work = partial(
        team_summary, request.app.state.workspace, force=token.force, neighbourhood=token.neighbourhood, months=count
    )
    return json_answer(json_bytes(await anyio.to_thread.run_sync(work)))
