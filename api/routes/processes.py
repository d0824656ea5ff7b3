"""OGC API Processes: the landing page, what it conforms to, and the analyses that can be run."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.auth import require_scope
from api.own_address import own_address
from api.processes_definition import definition
from api.processes_documents import OPENAPI, conformance, description, landing, processes
from api.processes_offered import offered_to, process_for
from api.store.texts import json_bytes
from crimemap.access.principal import ADMIN, JOBS_RUN, PLANNING, Principal

__all__ = ["Analyst", "answer", "router"]

router = APIRouter(tags=["processes"])

Analyst = Annotated[Principal, Depends(require_scope(JOBS_RUN, PLANNING))]
Reader = Annotated[Principal, Depends(require_scope(JOBS_RUN, PLANNING, ADMIN))]
_DEFINITION: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {OPENAPI: {}}}}


def answer(
    value: Any, kind: str = "application/json", *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with a document, whose links are those of the address by which it was asked for."""
    return Response(json_bytes(value), status_code=status, media_type=kind, headers={"Vary": "Host", **(headers or {})})


@router.get("/", response_model=dict[str, Any], summary="Landing page")
async def landing_page(request: Request, _: Reader) -> Response:
    """Give the links that a client of OGC API Processes starts from."""
    return answer(landing(own_address(request)))


@router.get("/conformance", response_model=dict[str, Any], summary="Conformance")
async def conformance_page(_: Reader) -> Response:
    """List the classes of the standards that are kept."""
    return answer(conformance())


@router.get("/definition", response_class=Response, responses=_DEFINITION, summary="Definition of processes and jobs")
async def definition_page(request: Request, _: Reader) -> Response:
    """Define this part of the interface in OpenAPI 3.0, which OGC clients read."""
    return answer(definition(own_address(request)), OPENAPI)


@router.get("/processes", response_model=dict[str, Any], summary="Analyses that I may run")
async def process_list(request: Request, who: Analyst) -> Response:
    """List the analyses that the token is good for."""
    return answer(processes(own_address(request), offered_to(who)))


@router.get("/processes/{process_id}", response_model=dict[str, Any], summary="An analysis")
async def process_page(request: Request, process_id: str, who: Analyst) -> Response:
    """Describe an analysis: its inputs as JSON schemas, and the files that it writes."""
    found = process_for(who, process_id)
    return answer(description(own_address(request), found))
