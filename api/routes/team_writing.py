"""`/teams/me/texts`: a team's priorities, events, messages to residents and contact details, written by the team itself."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, Final

import anyio.to_thread
from fastapi import APIRouter, Depends, Header, Path, Query, Request
from starlette.responses import Response

from api.auth import require_scope
from api.bodies import json_object
from api.deps import integer
from api.patterns import looks_like, up_to
from api.routes import json_answer
from api.store.texts import json_bytes
from api.team_publishing import made_public
from api.team_texts_described import TEXT_BODY
from api.team_writing import AT_ONCE, WITH_NEXT, Desk, if_match, kind_named, when_asked
from api.trail import gave, said_kind
from crimemap.access.principal import TEAM_WRITE, Principal
from crimemap.areas.team_fields import KINDS

__all__ = ["router"]

router = APIRouter(prefix="/teams/me/texts", tags=["teams: writing"])

_MOST_BYTES: Final = 100_000
_LONGEST_TEXT: Final = 25_000
_MOST_VERSIONS: Final = 10_000

Writer = Annotated[Principal, Depends(require_scope(TEAM_WRITE))]
Kind = Annotated[
    str,
    Path(
        description="priorities, events, messages or contact.", examples=["priorities"], json_schema_extra={"enum": [*KINDS]}
    ),
]
Identifier = Annotated[str, Path(description="Of the text, as the list gives it; contact for contact details.")]
#: For the description; what counts is read from the request, so that a missing one is refused with 428.
Match = Annotated[str | None, Header(alias="If-Match", description="The ETag of the version that was read.")]
When = Annotated[
    str | None,
    Query(
        description="next_release, which is also where left out, or at_once.",
        json_schema_extra={"enum": [WITH_NEXT, AT_ONCE]},
    ),
]

_CONFLICTS: Final[dict[int | str, dict[str, Any]]] = {
    int(status): {"description": said}
    for status, said in (
        (HTTPStatus.CONFLICT, "There are too many versions of this text."),
        (HTTPStatus.PRECONDITION_FAILED, "Somebody changed the text since it was read."),
        (HTTPStatus.PRECONDITION_REQUIRED, "The header If-Match is missing."),
    )
}
_TAKEN: Final[dict[int | str, dict[str, Any]]] = {
    409: {"description": "The team has too many texts of this kind, or too many versions of one."},
    413: {"description": "The body is too large."},
}
_WAITS: Final[dict[int | str, dict[str, Any]]] = {202: {"description": "It is kept, and not public yet."}}


async def _answered(
    request: Request,
    who: Principal,
    kind: str,
    work: Callable[[Desk], Any],
    *,
    status: HTTPStatus = HTTPStatus.OK,
    when: str = "",
) -> Response:
    """Answer with what a desk gives: one text with its tag, or several under a name; `when` says when it is to be public."""
    workspace = request.app.state.workspace

    def at_the_desk() -> Any:
        found = work(Desk(workspace, who))
        if not when:
            return found
        return found | {"release": made_public(workspace, who, when=when, bounds=request.app.state.team_patches)}

    found = await anyio.to_thread.run_sync(at_the_desk)
    rows = next((value for value in found.values() if isinstance(value, list)), None)
    gave(
        request,
        force=who.force,
        area_type="neighbourhood",
        area_code=who.neighbourhood,
        n_rows=1 if rows is None else len(rows),
    )
    answer = json_answer(json_bytes(found))
    answer.status_code = status if found.get("release", {}).get("status") != "waiting" else HTTPStatus.ACCEPTED
    if rows is None:
        answer.headers["ETag"] = f'"{found["tag"]}"'
    if status is HTTPStatus.CREATED:
        answer.headers["Location"] = f"/teams/me/texts/{kind}/{found['id']}"
    return answer


def _kind(request: Request, text: str) -> str:
    kind = kind_named(text)
    said_kind(request, kind)
    return kind


@router.get("/{kind}", response_model=dict[str, Any], summary="My texts of a kind")
async def texts(request: Request, who: Writer, kind: Kind) -> Response:
    """List every text of a kind, drafts and withdrawn ones among them, each with its latest version and which is public."""
    kind = _kind(request, kind)
    return await _answered(request, who, kind, lambda desk: {"kind": kind, "texts": desk.all_of(kind)})


@router.post(
    "/{kind}",
    status_code=201,
    response_model=dict[str, Any],
    summary="Write a new text",
    responses=_TAKEN,
    openapi_extra=TEXT_BODY,
)
async def create(request: Request, who: Writer, kind: Kind) -> Response:
    """Write a new draft. HTML is reduced to paragraphs, lists, emphasis and links; what cannot be taken names its field."""
    kind = _kind(request, kind)
    given = await json_object(request, most_bytes=_MOST_BYTES, longest_text=_LONGEST_TEXT)
    return await _answered(request, who, kind, lambda desk: desk.create(kind, given), status=HTTPStatus.CREATED)


@router.get("/{kind}/{identifier}", response_model=dict[str, Any], summary="One of my texts")
async def text(request: Request, who: Writer, kind: Kind, identifier: Identifier) -> Response:
    """Give the latest version of a text, with its ETag."""
    kind = _kind(request, kind)
    return await _answered(request, who, kind, lambda desk: desk.read(kind, identifier))


@router.put(
    "/{kind}/{identifier}",
    response_model=dict[str, Any],
    summary="Write a text anew",
    responses=_CONFLICTS | _TAKEN,
    openapi_extra=TEXT_BODY,
)
async def replace(request: Request, who: Writer, kind: Kind, identifier: Identifier, _: Match = None) -> Response:
    """Write a text anew, as a draft: what is public stays so until the draft is published."""
    kind, seen = _kind(request, kind), if_match(request)
    given = await json_object(request, most_bytes=_MOST_BYTES, longest_text=_LONGEST_TEXT)
    return await _answered(request, who, kind, lambda desk: desk.replace(kind, identifier, given, seen=seen))


@router.delete(
    "/{kind}/{identifier}", response_model=dict[str, Any], summary="Withdraw a text", responses=_CONFLICTS | _WAITS
)
async def withdraw(
    request: Request, who: Writer, kind: Kind, identifier: Identifier, when: When = None, _: Match = None
) -> Response:
    """Take a text back. Its history stays, and undo brings it back as a draft."""
    kind, seen, wanted = _kind(request, kind), if_match(request), when_asked(when)
    return await _answered(request, who, kind, lambda desk: desk.withdraw(kind, identifier, seen=seen), when=wanted)


@router.get("/{kind}/{identifier}/history", response_model=dict[str, Any], summary="Every version of a text")
async def history(request: Request, who: Writer, kind: Kind, identifier: Identifier) -> Response:
    """List every version of a text, the oldest first: when, by whom, and how it came about."""
    kind = _kind(request, kind)
    return await _answered(
        request, who, kind, lambda desk: {"kind": kind, "id": identifier, "versions": desk.history(kind, identifier)}
    )


@router.post(
    "/{kind}/{identifier}/publish", response_model=dict[str, Any], summary="Publish a text", responses=_CONFLICTS | _WAITS
)
async def publish(
    request: Request, who: Writer, kind: Kind, identifier: Identifier, when: When = None, _: Match = None
) -> Response:
    """
    Make the latest version the public one: with the next release, or at once in a release made from the active one.

    202: it is kept, and waits, as another release is being made; ask again, or it comes with the next one.
    """
    kind, seen, wanted = _kind(request, kind), if_match(request), when_asked(when)
    return await _answered(request, who, kind, lambda desk: desk.publish(kind, identifier, seen=seen), when=wanted)


@router.post(
    "/{kind}/{identifier}/undo", response_model=dict[str, Any], summary="Bring an earlier version back", responses=_CONFLICTS
)
async def undo(
    request: Request,
    who: Writer,
    kind: Kind,
    identifier: Identifier,
    version: Annotated[
        str | None,
        Query(
            description="Which one; the one before the latest where left out.",
            json_schema_extra=looks_like(up_to(_MOST_VERSIONS)),
        ),
    ] = None,
    _: Match = None,
) -> Response:
    """Write an earlier version again, as a new draft."""
    kind, seen = _kind(request, kind), if_match(request)
    wanted = integer({"version": version}, "version", default=0, least=1, most=_MOST_VERSIONS) or None
    return await _answered(request, who, kind, lambda desk: desk.undo(kind, identifier, seen=seen, version=wanted))
