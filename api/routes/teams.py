"""`/teams/me`: a neighbourhood team, the counts and the incidents of its own area."""

from functools import partial
from typing import Annotated, Any, Final

import anyio.to_thread
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.auth import require_scope
from api.deps import integer
from api.formats import format_asked_for
from api.patterns import AREA_OR_NOTHING, DAY_OR_MONTH_OR_NOTHING, looks_like, up_to
from api.routes import json_answer
from api.store.texts import json_bytes
from api.teams import team, team_summary
from api.teams_area import area_asked_for, found_area
from api.teams_filters import LONGEST, read_filters
from api.teams_incidents import changes_since, incidents_page
from api.teams_shown import INCIDENT_TYPES, changes_answer, page_answer
from api.trail import gave
from crimemap.access.principal import TEAM_READ, Principal
from crimemap.offences import ALL_CRIME, OFFENCE_SLUGS

__all__ = ["router"]

router = APIRouter(prefix="/teams", tags=["teams"])

_MOST_MONTHS = 120

_MOST_ROWS = 1000

Reader = Annotated[Principal, Depends(require_scope(TEAM_READ))]
Area = Annotated[
    str | None,
    Query(
        description="An area that was granted: csp/CODE or bcu/CODE; my neighbourhood where left out.",
        json_schema_extra=looks_like(AREA_OR_NOTHING),
    ),
]
Format = Annotated[
    str | None,
    Query(
        alias="format",
        description="json, geojson or csv; by Accept where left out.",
        json_schema_extra={"enum": [*INCIDENT_TYPES]},
    ),
]
Limit = Annotated[
    str | None,
    Query(
        description=f"At most so many, up to {_MOST_ROWS}, which is also where left out.",
        json_schema_extra=looks_like(up_to(_MOST_ROWS)),
    ),
]
_DAY: Final = looks_like(DAY_OR_MONTH_OR_NOTHING, example="2025-03")
_NAME: Final = {"maxLength": LONGEST}
_FORMS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The incidents.",
        "content": {kind.partition(";")[0]: {} for name, kind in INCIDENT_TYPES.items() if name != "json"},
    }
}


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
    months: Annotated[
        str | None,
        Query(
            description=f"How many months, up to {_MOST_MONTHS}; 12 where it is left out.",
            examples=["12"],
            json_schema_extra=looks_like(r"^([1-9][0-9]?|1[01][0-9]|120)?$"),
        ),
    ] = None,
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


@router.get("/me/incidents", response_model=dict[str, Any], responses=_FORMS, summary="Incidents of my area")
async def my_incidents(
    request: Request,
    who: Reader,
    *,
    area: Area = None,
    offence_type: Annotated[
        str | None, Query(description="Offence type, by name or by slug; not with `category`.", json_schema_extra=_NAME)
    ] = None,
    category: Annotated[
        str | None,
        Query(
            description="Category, as in /api/crime-categories; not with `offence_type`.",
            json_schema_extra={"enum": [ALL_CRIME, *sorted(OFFENCE_SLUGS.values())]},
        ),
    ] = None,
    first: Annotated[
        str | None,
        Query(
            alias="from",
            description="First month or day; the latest twelve months where left out.",
            json_schema_extra=_DAY,
        ),
    ] = None,
    last: Annotated[
        str | None, Query(alias="to", description="Last month or day; it is in the period.", json_schema_extra=_DAY)
    ] = None,
    outcome: Annotated[str | None, Query(description="Latest outcome, by name or by code.", json_schema_extra=_NAME)] = None,
    cursor: Annotated[str | None, Query(description="next_cursor of the page before.")] = None,
    limit: Limit = None,
    form: Format = None,
) -> Response:
    """
    List incidents, the newest month first.

    A force's own records are given as they are, published ones as they were published; where both hold a month, the force's
    own are given and not both. All pages are of the state at the first, whatever is loaded meanwhile.
    """
    area_type, code = area_asked_for(who, area)
    filters = read_filters(offence_type=offence_type, category=category, first=first, last=last, outcome=outcome)
    most = integer({"limit": limit}, "limit", default=_MOST_ROWS, least=1, most=_MOST_ROWS)
    chosen = format_asked_for(request, form, INCIDENT_TYPES)
    workspace = request.app.state.workspace

    def work() -> Response:
        where = found_area(workspace, force=who.force, area_type=area_type, area_code=code)
        page = incidents_page(workspace, where, filters, limit=most, cursor=cursor)
        gave(
            request,
            force=who.force,
            area_type=area_type,
            area_code=code,
            first_month=page.months[0]["month"],
            last_month=page.months[-1]["month"],
            n_rows=len(page.incidents),
        )
        return page_answer(request, page, chosen)

    return await anyio.to_thread.run_sync(work)


@router.get("/me/incidents/changes", response_model=dict[str, Any], responses=_FORMS, summary="What changed in my area")
async def my_changes(
    request: Request,
    who: Reader,
    *,
    since: Annotated[
        str | None, Query(description="The token of the answer before; without one, the first is given.")
    ] = None,
    area: Area = None,
    limit: Limit = None,
    form: Format = None,
) -> Response:
    """
    List incidents that are new, changed or withdrawn since a token, each once, and give the next token.

    While `more` is true, ask again with the token given. 410: the state that the token stands for is no longer kept (a week
    after it was replaced), or the boundaries have changed; read the incidents again and go on with their `since`.
    """
    area_type, code = area_asked_for(who, area)
    most = integer({"limit": limit}, "limit", default=_MOST_ROWS, least=1, most=_MOST_ROWS)
    chosen = format_asked_for(request, form, INCIDENT_TYPES)
    workspace = request.app.state.workspace

    def work() -> Response:
        where = found_area(workspace, force=who.force, area_type=area_type, area_code=code)
        found = changes_since(workspace, where, since=since, limit=most)
        months = sorted(one["month"] for one in found.changes)
        gave(
            request,
            force=who.force,
            area_type=area_type,
            area_code=code,
            first_month=months[0] if months else "",
            last_month=months[-1] if months else "",
            n_rows=len(found.changes),
        )
        return changes_answer(found, chosen)

    return await anyio.to_thread.run_sync(work)
