"""`/teams/me/subscriptions`: where a team is told that something changed, and `/teams/me/feed.atom` for feed readers."""

from functools import partial
from http import HTTPStatus
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.bodies import json_object
from api.errors import BadRequestError
from api.routes import json_answer
from api.routes.teams import Area, Reader
from api.store.texts import json_bytes
from api.subscriptions import listed, subscribed
from api.team_feed import team_feed
from api.teams_area import area_asked_for, found_area
from api.trail import gave
from crimemap.access.subscriptions import SubscriptionStore

__all__ = ["router"]

router = APIRouter(prefix="/teams", tags=["teams"])

_HOOK = r"^https://([a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?\.){1,3}[a-z]{2,20}(:(443|8443))?(/[A-Za-z0-9._~/%&=?+-]{0,200})?$"
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["url"],
                    "additionalProperties": False,
                    "properties": {
                        "url": {
                            "type": "string",
                            "maxLength": 400,
                            "pattern": _HOOK,
                            "description": "https, port 443 or 8443, a public host's name.",
                        }
                    },
                },
                "example": {"url": "https://hooks.example.org/crimemap"},
            }
        },
    }
}


@router.get("/me/subscriptions", response_model=dict[str, Any], summary="Subscriptions of my team")
async def my_subscriptions(request: Request, who: Reader) -> Response:
    """List the team's webhooks, whoever of it made them, each with what was sent lately and what came of it."""
    work = partial(listed, request.app.state.workspace, force=who.force, neighbourhood=who.neighbourhood)
    found = await anyio.to_thread.run_sync(work)
    gave(request, force=who.force, area_type="neighbourhood", area_code=who.neighbourhood)
    return json_answer(json_bytes(found))


@router.post(
    "/me/subscriptions",
    response_model=dict[str, Any],
    status_code=HTTPStatus.CREATED,
    summary="Be told by webhook",
    responses={409: {"description": "The team has as many subscriptions as it may."}},
    openapi_extra=_BODY,
)
async def subscribe(request: Request, who: Reader, *, area: Area = None) -> Response:
    """
    Make a subscription: when incidents of the area change, a signed message that says so is sent to the address.

    The secret that messages are signed with is in this answer and never again.
    """
    area_type, code = area_asked_for(who, area)
    given = await json_object(request)
    if set(given) != {"url"} or not isinstance(given["url"], str):
        raise BadRequestError('the body holds "url" and nothing else', where="body")
    state = request.app.state
    work = partial(
        subscribed,
        state.workspace,
        who,
        area_type=area_type,
        area_code=code,
        url=given["url"],
        internal=state.webhook_hosts,
        address=state.partner_address,
    )
    made, told = await anyio.to_thread.run_sync(work)
    gave(request, force=who.force, area_type=area_type, area_code=code)
    location = f"/teams/me/subscriptions/{made.id}"
    return Response(
        json_bytes(told), status_code=HTTPStatus.CREATED, media_type="application/json", headers={"Location": location}
    )


@router.delete("/me/subscriptions/{identifier}", status_code=HTTPStatus.NO_CONTENT, summary="Be told no more")
async def unsubscribe(request: Request, who: Reader, identifier: str) -> Response:
    """Delete a subscription of the team, with what waits to be sent to it."""
    store = SubscriptionStore(request.app.state.workspace)
    await anyio.to_thread.run_sync(partial(store.remove, identifier, force=who.force, neighbourhood=who.neighbourhood))
    gave(request, force=who.force, area_type="neighbourhood", area_code=who.neighbourhood)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get(
    "/me/feed.atom",
    response_class=Response,
    summary="Atom feed of my area",
    responses={200: {"content": {"application/atom+xml": {}}, "description": "The feed."}},
)
async def my_feed(request: Request, who: Reader, *, area: Area = None) -> Response:
    """
    Give a feed of the latest briefing: alerts, new hotspots, changes beyond chance, repeat locations.

    Entries say how many and link to the briefing. They hold no place: feed readers keep what they read, and pass it on.
    """
    area_type, code = area_asked_for(who, area)
    state = request.app.state

    def work() -> Response:
        where = found_area(state.workspace, force=who.force, area_type=area_type, area_code=code)
        own = area_type == "neighbourhood" and code == who.neighbourhood
        made = team_feed(state.workspace, where, address=state.partner_address, own=own)
        gave(
            request,
            force=who.force,
            area_type=area_type,
            area_code=code,
            first_month=made.first_month,
            last_month=made.last_month,
            n_rows=made.incidents,
        )
        return Response(made.body, media_type="application/atom+xml")

    return await anyio.to_thread.run_sync(work)
