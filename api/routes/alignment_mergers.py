"""`/v1/alignment/scenarios` and `/v1/alignment/searches`: proposals scored at once, and the best ones searched for."""

import gzip
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

import anyio
import anyio.to_thread
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.bodies import fields, json_object
from api.deps import alignment, release
from api.errors import BadRequestError, BusyError, UnknownError
from api.models_alignment import ScenarioRequest, ScoreDocument, SearchRequest, SearchStatus
from api.routes import json_answer, packed_answer
from api.searches import Question, Search, Searches
from api.spoken import spoken
from api.store.alignment import Alignment
from api.store.opened import OpenedRelease
from crimemap.alignment.mergers.options import ScoreOptions, SearchOptions
from crimemap.alignment.mergers.planning import Planning
from crimemap.alignment.mergers.scenario import Scenario, parse
from crimemap.alignment.mergers.scored import Scored, score
from crimemap.alignment.mergers.searched import require_searchable
from crimemap.errors import NotFoundError

if TYPE_CHECKING:
    from crimemap.settings import PublicSettings

__all__ = ["Scoring", "described", "limits", "router", "scenario_of", "scored"]

router = APIRouter(prefix="/v1/alignment", tags=["mergers"], dependencies=[Depends(spoken)])

#: Steps of a scenario: more than a country has partnerships.
MAX_STEPS: Final = 500
#: Bricks that a scenario may name.
MAX_BRICKS: Final = 40_000
_NO_STORE: Final = {"Cache-Control": "no-store"}
_TIME: Final = "time_limit_s"

Held = Annotated[Alignment, Depends(alignment)]
Opened = Annotated[OpenedRelease, Depends(release)]


class Scoring:
    """
    How many scenarios are scored at once, and how many may wait for that.

    Parameters
    ----------
    at_once, waiting
        How many.
    """

    def __init__(self, *, at_once: int = 2, waiting: int = 16) -> None:
        self._limiter = anyio.CapacityLimiter(at_once)
        self._most = at_once + waiting
        self._asked = 0

    async def run(self, work: Any, *given: Any) -> Any:
        """
        Do the work in a thread when its turn comes.

        Raises
        ------
        BusyError
            If as many are waiting as may.
        """
        if self._asked >= self._most:
            raise BusyError(f"{self._asked} scenarios are being scored", fix="Try again in a few seconds.")
        self._asked += 1
        try:
            return await anyio.to_thread.run_sync(work, *given, limiter=self._limiter)
        finally:
            self._asked -= 1


def limits(request: Request) -> dict[str, Any]:
    """Say what may be asked."""
    settings = cast("PublicSettings", request.app.state.settings)
    return {
        "time_limit_s": settings.search_time_limit_s,
        "searches_at_once": settings.searches_at_once,
        "steps": MAX_STEPS,
        "bricks": MAX_BRICKS,
    }


def described(model: Any, example: dict[str, Any]) -> dict[str, Any]:
    """Describe a body that is read by hand."""
    schema = model.model_json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}}


@router.post(
    "/scenarios",
    response_model=ScoreDocument,
    summary="Score a scenario",
    openapi_extra=described(
        ScenarioRequest,
        {
            "units": "csp-2024",
            "targets": "bcu-2024",
            "scenario": {"merge": [{"units": ["E22000001", "E22000002"], "name": "North"}]},
            "options": {"spread": {"distance_km": 30}},
        },
    ),
)
async def scenarios(held: Held, request: Request) -> Response:
    """Say what merging, splitting or moving areas does: fit, people, law, spread and savings, before and after."""
    given = fields(await json_object(request), needed=("units", "targets"), optional=("scenario", "options"))
    scenario = scenario_of(given["scenario"])
    options = ScoreOptions.from_mapping(given["options"])
    scoring = cast("Scoring", request.app.state.scoring)
    body = await scoring.run(_scored, held, given["units"], given["targets"], scenario, options)
    return packed_answer(request, body, "application/json", headers=_NO_STORE)


def scored(planning: Planning, scenario: Scenario, options: ScoreOptions) -> Scored:
    """
    Score a scenario that was sent.

    Raises
    ------
    BadRequestError
        If it names what is not there.
    """
    try:
        return score(planning, scenario, options=options)
    except NotFoundError as error:  # a code in the body, not the address
        raise BadRequestError(error.message, where=error.where, fix=error.fix) from None


def _scored(held: Alignment, units: str, targets: str, scenario: Scenario, options: ScoreOptions) -> bytes:
    document = scored(held.planning(units, targets), scenario, options).to_json()
    return gzip.compress(json.dumps(document, ensure_ascii=False, allow_nan=False).encode(), 1)


def scenario_of(given: dict[str, Any]) -> Scenario:
    """
    Read a scenario, which may be empty.

    Raises
    ------
    BadRequestError
        If it has more steps or names more bricks than may be.
    """
    steps = [step for name in ("merge", "split", "move") if isinstance(given.get(name), list) for step in given[name]]
    pieces = [
        piece for step in steps if isinstance(step, dict) and isinstance(step.get("into"), list) for piece in step["into"]
    ]
    if len(steps) + len(pieces) > MAX_STEPS:
        raise BadRequestError(
            f"there are {len(steps) + len(pieces):,} steps, {MAX_STEPS} are the most", where="scenario", fix="Send fewer."
        )
    named = [one.get("bricks") for one in (*steps, *pieces) if isinstance(one, dict)]
    bricks = sum(len(codes) for codes in named if isinstance(codes, list))
    if bricks > MAX_BRICKS:
        raise BadRequestError(f"{bricks:,} bricks are named, {MAX_BRICKS:,} are the most", where="scenario")
    return parse(given, may_be_empty=True)


@router.post(
    "/searches",
    status_code=HTTPStatus.ACCEPTED,
    response_model=SearchStatus,
    responses={
        HTTPStatus.OK: {"description": "The question was answered before.", "model": SearchStatus},
        HTTPStatus.SERVICE_UNAVAILABLE: {"description": "Others are being searched for, and enough are waiting."},
    },
    summary="Search for the best mergers",
    openapi_extra=described(
        SearchRequest,
        {
            "units": "csp-2024",
            "targets": "bcu-2024",
            "options": {"forces": ["E23000001"], "objective": "misfit", "max_members": 4, "front": True},
        },
    ),
)
async def searches(held: Held, opened: Opened, request: Request) -> Response:
    """
    Begin a search and say how it can be followed.

    The same question has the same `id` in every language and is searched once; when it has been answered, the answer comes
    at once.
    """
    given = fields(await json_object(request), needed=("units", "targets"), optional=("options",))
    units, targets = given["units"], given["targets"]
    most = cast("PublicSettings", request.app.state.settings).search_time_limit_s
    options = given["options"] if given["options"].get(_TIME) is not None else given["options"] | {_TIME: most}
    asked = SearchOptions.from_mapping(options)
    if asked.time_limit_s is None or asked.time_limit_s > most:
        raise BadRequestError(f"{asked.time_limit_s} s is too long", where=_TIME, fix=f"Give {most:g} or less.")
    if (units, targets) not in held.planned:
        raise UnknownError("mergers cannot be planned with these sets", fix="See /v1/alignment for those that can.")
    question = Question(release_id=opened.id, units=units, targets=targets, options=options)
    planning = await anyio.to_thread.run_sync(held.planning, units, targets)
    await anyio.to_thread.run_sync(_searchable, planning, asked)
    search = _service(request).ask(question, lambda: planning, seconds=asked.time_limit_s)
    return _told(search, HTTPStatus.ACCEPTED if search.status == "running" else HTTPStatus.OK)


def _searchable(planning: Planning, asked: SearchOptions) -> None:
    try:
        require_searchable(planning, asked)
    except NotFoundError as error:  # a code in the body, not the address
        raise BadRequestError(error.message, where=error.where, fix=error.fix) from None


@router.get("/searches/{search_id}", response_model=SearchStatus, summary="How far a search is")
async def search_status(search_id: str, opened: Opened, request: Request) -> Response:
    """Say how far a search is, and give what it found when it is done."""
    return _told(_found(request, opened, search_id))


@router.delete("/searches/{search_id}", response_model=SearchStatus, summary="Call a search off")
async def call_off(search_id: str, opened: Opened, request: Request) -> Response:
    """Call a search off, for everybody who asked for it; to ask again begins it again. One that has ended stays."""
    search = _found(request, opened, search_id)
    _service(request).cancel(search)
    return _told(search)


def _service(request: Request) -> Searches:
    return cast("Searches", request.app.state.searches)


def _found(request: Request, opened: OpenedRelease, search_id: str) -> Search:
    search = _service(request).find(opened.id, search_id)
    if search is None:
        raise UnknownError("there is no such search, or no longer", fix="Ask for it again: POST /v1/alignment/searches.")
    return search


def _told(search: Search, status: HTTPStatus = HTTPStatus.OK) -> Response:
    answer = json_answer(search.to_json(), headers=_NO_STORE)
    answer.status_code = status.value
    return answer
