"""Jobs: asked for, watched, read and dismissed. Nothing is computed here: a worker does it."""

from functools import partial
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

import anyio
import anyio.to_thread
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import FileResponse, Response

from api.auth import require_scope
from api.bodies import json_object
from api.errors import BadRequestError, ForbiddenError, GoneError
from api.models_v1 import Problem
from api.own_address import own_address
from api.patterns import looks_like, up_to
from api.processes_areas import about_job, allowed_inputs
from api.processes_errors import NoSuchJobError, NotReadyError
from api.processes_jobs import job_list, jobs_wanted, result_list, rows_in, status_info
from api.processes_listing import INTERVAL_OR_NOTHING, MOST_JOBS, SECONDS_OR_NOTHING, STATUSES_OR_NOTHING, read_wanted
from api.processes_offered import OFFERED, offered_as, process_for
from api.processes_request import Execution, checked_inputs, preferred_wait, read_execution
from api.routes.processes import Analyst, answer
from api.trail import gave
from crimemap.access.principal import ADMIN, JOBS_RUN, PLANNING, Principal
from crimemap.errors import ConflictError, LimitError, NotFoundError
from crimemap.jobs.queue.asked import require_area_within
from crimemap.jobs.queue.job import FINISHED
from crimemap.jobs.queue.opening import limits_of
from crimemap.jobs.queue.records import JobRecord, JobStore

__all__ = ["router"]

router = APIRouter(tags=["jobs"])

Watcher = Annotated[Principal, Depends(require_scope(JOBS_RUN, PLANNING, ADMIN))]
_LOOK_EVERY_S: Final = 0.1
_SECONDS: Final = looks_like(SECONDS_OR_NOTHING)
#: A page of results is somebody's data: it runs nothing, asks for nothing and is not shown in a frame.
_SANDBOX: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "inputs": {"type": "object", "description": "As the description of the process says."},
                        "outputs": {"type": "object", "description": "Files that are wanted, by name: {'geojson': {}}."},
                        "response": {"type": "string", "enum": ["document", "raw"], "default": "document"},
                    },
                },
                "example": {"inputs": {"force": "wendleshire", "offence": "burglary"}, "outputs": {"geojson": {}}},
            }
        },
    },
    "parameters": [
        {
            "name": "Prefer",
            "in": "header",
            "required": False,
            "schema": {"type": "string"},
            "description": "respond-async: answer at once; wait=10: wait for results so many seconds.",
        }
    ],
}
_PROBLEM: Final = {"application/problem+json": {"schema": Problem.model_json_schema()}}
_NONE_LEFT: Final[dict[int | str, dict[str, Any]]] = {
    409: {"description": "The job failed: why.", "content": _PROBLEM},
    410: {"description": "The job was dismissed.", "content": _PROBLEM},
}
_FILE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/octet-stream": {}}},
    206: {"description": "A part of the file.", "content": {"application/octet-stream": {}}},
    304: {"description": "The client has this file."},
    416: {"description": "There is no such part."},
    **_NONE_LEFT,
}
_MADE: Final[dict[int | str, dict[str, Any]]] = {
    201: {"description": "A job.", "content": {"application/json": {"schema": {"type": "object"}}}},
    204: {"description": "Results, as links in the header Link."},
    413: {"description": "The body is too large.", "content": _PROBLEM},
}


def _store(request: Request) -> JobStore:
    found: JobStore = request.app.state.jobs
    return found


def _job(request: Request, who: Principal, job_id: str, *, others: bool) -> JobRecord:
    """Find a job: their own, or anybody's where `others` allows it; whose it is else is not said."""
    try:
        job = _store(request).get(job_id)
    except NotFoundError as error:
        raise NoSuchJobError(error.message, fix=error.fix) from None
    if job.owner != who.owner and not others:
        raise NoSuchJobError("there is no such job", fix="It may have expired; see /jobs.")
    return job


@router.post(
    "/processes/{process_id}/execution",
    response_model=dict[str, Any],
    responses=_MADE,
    summary="Run an analysis",
    openapi_extra=_BODY,
)
async def execution(request: Request, process_id: str, who: Analyst) -> Response:
    """
    Make a job, and wait for its results for a while.

    200 with the results by reference; 201 and where the job is, if they are not wanted at once or take longer. A job that
    fails while it is waited for is told as one, 201 too.
    """
    offered = process_for(who, process_id)
    asked = read_execution(await json_object(request), offered)
    base = own_address(request)
    work = partial(_submitted, request, who, process_id, asked)
    job = await anyio.to_thread.run_sync(work)
    most = request.app.state.settings.jobs_wait_s
    job = await _waited(_store(request), job, preferred_wait(request.headers.get("prefer", ""), most=most))
    if job.status == "successful":
        if asked.raw:
            links = [f'<{one["href"]}>; rel="item"; type="{one["type"]}"' for one in result_list(base, job).values()]
            return Response(status_code=204, headers={"Link": ", ".join(links)})
        return answer(result_list(base, job), headers={"Link": f'<{base}/jobs/{job.id}>; rel="monitor"'})
    headers = {"Location": f"{base}/jobs/{job.id}", "Preference-Applied": "respond-async"}
    return answer(status_info(base, job, who), status=201, headers=headers)


def _submitted(request: Request, who: Principal, process_id: str, asked: Execution) -> JobRecord:
    workspace, settings = request.app.state.workspace, request.app.state.settings
    offered = OFFERED[process_id]
    inputs = checked_inputs(offered, allowed_inputs(who, workspace, offered, asked.inputs))
    limits = limits_of(settings)
    try:
        require_area_within(workspace, inputs, limits.largest_area_km2)
    except LimitError as error:  # no waiting makes it smaller
        raise BadRequestError(error.message, where="inputs.area", fix=error.fix) from None
    formats = asked.formats or offered.usual_formats
    job = _store(request).submit(offered.process.id, inputs, owner=who.owner, formats=formats, limits=limits)
    _told(request, job)
    return job


async def _waited(store: JobStore, job: JobRecord, seconds: float) -> JobRecord:
    """Wait until a job is finished, or so long."""
    with anyio.move_on_after(seconds):
        while job.status not in FINISHED:
            await anyio.sleep(_LOOK_EVERY_S)
            job = await anyio.to_thread.run_sync(store.get, job.id)
    return job


def _told(request: Request, job: JobRecord, *, n_rows: int | None = None) -> None:
    about = about_job(request.app.state.workspace, job.inputs)
    gave(
        request,
        force=about.force,
        area_type=about.area_type,
        area_code=about.area_code,
        first_month=about.first_month,
        last_month=about.last_month,
        n_rows=n_rows,
    )


@router.get("/jobs", response_model=dict[str, Any], summary="My jobs")
async def jobs(
    request: Request,
    who: Watcher,
    *,
    kind: Annotated[str | None, Query(alias="type", description="process", json_schema_extra={"enum": ["process"]})] = None,
    process_id: Annotated[str | None, Query(alias="processID", description="Jobs of this analysis.")] = None,
    status: Annotated[
        str | None,
        Query(description="Statuses, with commas between them.", json_schema_extra=looks_like(STATUSES_OR_NOTHING)),
    ] = None,
    datetime: Annotated[
        str | None,
        Query(
            description="When they were created: a moment or an interval, open at an end where that is `..` or empty.",
            examples=["2025-01-02T00:00:00Z/.."],
            json_schema_extra=looks_like(INTERVAL_OR_NOTHING),
        ),
    ] = None,
    shortest: Annotated[
        str | None,
        Query(alias="minDuration", description="Seconds that they took at least.", json_schema_extra=_SECONDS),
    ] = None,
    longest: Annotated[
        str | None, Query(alias="maxDuration", description="Seconds that they took at most.", json_schema_extra=_SECONDS)
    ] = None,
    limit: Annotated[
        str | None,
        Query(
            description="At most so many, up to 1,000; 100 where left out.", json_schema_extra=looks_like(up_to(MOST_JOBS))
        ),
    ] = None,
    after: Annotated[str | None, Query(description="The last job of the page before.")] = None,
) -> Response:
    """List my jobs, the newest first; with the scope `admin` everybody's."""
    given = {
        "type": kind,
        "processID": process_id,
        "status": status,
        "datetime": datetime,
        "minDuration": shortest,
        "maxDuration": longest,
        "limit": limit,
        "after": after,
    }
    wanted = read_wanted(given, owner=None if who.may(ADMIN) else who.owner)
    if wanted.after is not None:
        await anyio.to_thread.run_sync(partial(_job, request, who, wanted.after, others=who.may(ADMIN)))
    base = own_address(request)
    found, more = await anyio.to_thread.run_sync(jobs_wanted, _store(request), wanted)
    following = None
    if more:
        kept = {name: value for name, value in given.items() if value and name != "after"} | {"after": found[-1].id}
        following = f"{base}/jobs?{urlencode(kept)}"
    return answer(job_list(base, found, who, following))


@router.get("/jobs/{job_id}", response_model=dict[str, Any], summary="Status of a job")
async def job_status(request: Request, job_id: str, who: Watcher) -> Response:
    """Tell how far a job is."""
    job = await anyio.to_thread.run_sync(partial(_job, request, who, job_id, others=who.may(ADMIN)))
    return answer(status_info(own_address(request), job, who))


@router.delete("/jobs/{job_id}", response_model=dict[str, Any], summary="Dismiss a job")
async def dismiss(request: Request, job_id: str, who: Watcher) -> Response:
    """Dismiss a job of mine: one that waits never runs, one that runs is stopped, results are deleted."""

    def work() -> JobRecord:
        job = _job(request, who, job_id, others=who.may(ADMIN))
        if job.owner != who.owner:
            raise ForbiddenError("a job is dismissed by whoever asked for it", fix="Use 'crimemap jobs dismiss'.")
        return _store(request).dismiss(job.id)

    return answer(status_info(own_address(request), await anyio.to_thread.run_sync(work), who))


@router.get("/jobs/{job_id}/log", response_model=dict[str, Any], summary="What happened to a job")
async def job_log(request: Request, job_id: str, who: Watcher) -> Response:
    """Tell what happened to a job, and when."""

    def work() -> list[dict[str, str]]:
        job = _job(request, who, job_id, others=who.may(ADMIN))
        return [{"at": at.isoformat(timespec="milliseconds"), "says": says} for at, says in _store(request).log_of(job.id)]

    return answer({"lines": await anyio.to_thread.run_sync(work)})


def _finished(request: Request, who: Principal, job_id: str) -> JobRecord:
    job = _job(request, who, job_id, others=who.may(ADMIN) and who.may(JOBS_RUN))
    if job.status == "failed":
        raise ConflictError(f"the job failed: {job.reason}", fix="Change what is asked and run it again.")
    if job.status == "dismissed":
        raise GoneError("the job was dismissed")
    if job.status != "successful":
        raise NotReadyError(f"the job is {job.status}", fix="Ask for its status until it is successful.")
    offered = OFFERED[offered_as(job.process_id, job.inputs)]
    if not offered.may_be_run_by(who):
        raise ForbiddenError(f"this token is not good for {offered.id}")
    if job.owner == who.owner:
        # What somebody may see can have changed since they asked.
        allowed_inputs(who, request.app.state.workspace, offered, job.inputs)
    return job


@router.get("/jobs/{job_id}/results", response_model=dict[str, Any], responses=_NONE_LEFT, summary="Results of a job")
async def results(request: Request, job_id: str, who: Analyst) -> Response:
    """List the files of results. 404 until the job is successful, 409 if it failed, 410 if it was dismissed."""
    job = await anyio.to_thread.run_sync(_finished, request, who, job_id)
    return answer(result_list(own_address(request), job))


@router.get("/jobs/{job_id}/results/{name}", response_class=Response, responses=_FILE, summary="A file of results")
async def result_file(request: Request, job_id: str, name: str, who: Analyst) -> Response:
    """Give a file of results, or a part of it (Range)."""

    def work() -> Response:
        job = _finished(request, who, job_id)
        path = _store(request).result_path(job.id, name)
        (kind,) = [one.media_type for one in job.results if one.name == name]
        _told(request, job, n_rows=rows_in(path))
        headers = {
            "ETag": f'"{job.id}.{job.attempts}.{path.name}"',
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{job.id[:8]}-{path.name}')}",
            "Content-Security-Policy": _SANDBOX,
        }
        asked = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
        if headers["ETag"] in asked:
            return Response(status_code=304, headers=headers)
        return FileResponse(path, media_type=kind, headers=headers)

    return await anyio.to_thread.run_sync(work)
