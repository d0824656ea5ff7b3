"""`/teams/me/briefing`: what a neighbourhood team is told of a week, a shift or a month."""

from datetime import datetime
from functools import partial
from http import HTTPStatus
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

import anyio.to_thread
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.briefings import BRIEFING_TYPES, briefed, page_headers
from api.errors import BusyError, problem
from api.formats import format_asked_for
from api.routes.teams import Area, Reader
from api.store.texts import json_bytes
from api.teams_area import area_asked_for, found_area
from api.trail import gave
from crimemap.errors import CrimemapError
from crimemap.jobs.briefings.period import read_briefing_period

if TYPE_CHECKING:
    from api.reports import Reports

__all__ = ["router"]

router = APIRouter(prefix="/teams", tags=["teams"])

_RETRY_SECONDS: Final = 15
#: What is described; it is read, and refused with a sentence, elsewhere.
_DAY: Final[dict[str, Any]] = {"pattern": r"^(\d{4}-\d{2}(-\d{2})?)?$", "example": "2025-12-08"}
_MOMENT: Final = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}"


@router.get(
    "/me/briefing",
    response_model=dict[str, Any],
    summary="Briefing of my area",
    responses={
        200: {"content": {"text/html": {}, "application/pdf": {}}, "description": "The briefing."},
        501: {"description": "A PDF was asked for, and this server cannot make one."},
        503: {"description": "Others are being printed; Retry-After says when to come back."},
    },
)
async def my_briefing(
    request: Request,
    who: Reader,
    *,
    area: Area = None,
    first: Annotated[
        str | None,
        Query(
            alias="from",
            description="First day or month; the latest week (or month) that is known where left out.",
            json_schema_extra=_DAY,
        ),
    ] = None,
    last: Annotated[
        str | None, Query(alias="to", description="Last day or month; it is in the period.", json_schema_extra=_DAY)
    ] = None,
    shift: Annotated[
        str | None,
        Query(
            description="A shift: the briefing is of the week before it, with the alerts that stand during it.",
            examples=["2025-12-14T22:00/2025-12-15T07:00"],
            json_schema_extra={"pattern": rf"^({_MOMENT}/{_MOMENT})?$"},
        ),
    ] = None,
    form: Annotated[
        str | None,
        Query(
            alias="format",
            description="json, html or pdf; by Accept where left out.",
            json_schema_extra={"enum": [*BRIEFING_TYPES]},
        ),
    ] = None,
) -> Response:
    """
    Brief me: near-repeat alerts, new hotspots, repeat locations, changes beyond chance, the same weeks last year.

    400, with the reason: days or a shift are asked about of which only the month is known. What cannot be told is a section
    with another status than `counted`, and its reason; it is never 0.
    """
    area_type, code = area_asked_for(who, area)
    period = read_briefing_period(first, last, shift)
    chosen = format_asked_for(request, form, BRIEFING_TYPES)
    if chosen == "pdf" and find_spec("weasyprint") is None:
        return problem(HTTPStatus.NOT_IMPLEMENTED, "This server cannot make PDF files. Ask for format=html, and print that.")
    workspace = request.app.state.workspace

    def work() -> Any:
        where = found_area(workspace, force=who.force, area_type=area_type, area_code=code)
        made = datetime.now().astimezone()
        return where, *briefed(workspace, where, period, form=chosen, made=made)

    where, found, page = await anyio.to_thread.run_sync(work)
    body: bytes = page.encode() if page else json_bytes(found.to_json())
    headers = {"Vary": "Accept"}
    if chosen != "json":
        headers = page_headers(where, found.to_json()["period"], form=chosen)
    if chosen == "pdf":
        try:
            body = await cast("Reports", request.app.state.reports).printed(body)
        except BusyError:
            raise
        except CrimemapError:  # why is in the log
            says = f"The PDF could not be made now. Try again in {_RETRY_SECONDS} s, or ask for format=html."
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, says, {"Retry-After": str(_RETRY_SECONDS)})
    written = partial(gave, request, force=who.force, area_type=area_type, area_code=code)
    written(first_month=found.first_month, last_month=found.last_month, n_rows=found.incidents)
    return Response(body, media_type=BRIEFING_TYPES[chosen], headers=headers)
