"""`/audit`: who saw what, for those who must be able to tell."""

from functools import partial
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.auth import require_scope
from api.deps import integer
from api.patterns import looks_like, up_to
from api.routes import json_answer
from api.store.texts import json_bytes
from crimemap.access.audit_log import AuditLog  # noqa: TC001 - read at run time
from crimemap.access.principal import ADMIN, Principal

__all__ = ["router"]

router = APIRouter(prefix="/audit", tags=["audit"])

_MOST_ROWS = 10_000


@router.get("", response_model=dict[str, Any], summary="The audit log")
async def audit(
    request: Request,
    _: Annotated[Principal, Depends(require_scope(ADMIN))],
    *,
    who: Annotated[str | None, Query(description="Of one person only: token:ID or oidc:SUBJECT.")] = None,
    since: Annotated[
        str | None, Query(description="From this moment on, ISO 8601 in UTC.", examples=["2025-03-01T00:00"])
    ] = None,
    until: Annotated[str | None, Query(description="Up to this moment.", examples=["2025-04-01"])] = None,
    area_code: Annotated[str | None, Query(description="About one area only.")] = None,
    limit: Annotated[
        str | None,
        Query(
            description=f"At most so many, up to {_MOST_ROWS}; 1000 where left out.",
            json_schema_extra=looks_like(up_to(_MOST_ROWS)),
        ),
    ] = None,
) -> Response:
    """List accesses to the private side, the newest first: who, what, which area and months, how many rows, and why."""
    log: AuditLog = request.app.state.audit
    most = integer({"limit": limit}, "limit", default=1000, least=1, most=_MOST_ROWS)
    rows = await anyio.to_thread.run_sync(
        partial(log.read, who=who, since=since, until=until, area_code=area_code, limit=most)
    )
    return json_answer(json_bytes({"accesses": rows}))
