"""The partner application: authenticated, reads the workspace."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import anyio.to_thread
from fastapi import FastAPI

from api.auth import Doorkeeper
from api.compression import DATA_TYPES, Compression
from api.errors import answer_errors
from api.identity import IdentityProvider, fetched_keys
from api.jobs_page import add_jobs_page
from api.limits import LeakyBuckets
from api.middleware import Headers, NoStore, Shield
from api.models_v1 import Problem
from api.openapi import describe
from api.processes_errors import answer_process_errors
from api.reports import ReportCache, Reports
from api.routes import accesses, briefings, jobs, places, processes, subscriptions, team_writing, teams
from api.team_publishing import patches_of_a_team
from api.trail import Trail
from api.warming import Warming
from crimemap import __version__
from crimemap.access.audit_log import AuditLog
from crimemap.access.tokens import TokenStore
from crimemap.access.webhook_url import read_internal_hosts
from crimemap.jobs.queue.opening import open_store
from crimemap.settings import PrivateSettings
from crimemap.workspace import Workspace

__all__ = ["create_app"]


def create_app(settings: PrivateSettings | None = None, *, clock: Callable[[], float] = time.monotonic) -> FastAPI:
    """
    Make the application for people with a token.

    Parameters
    ----------
    settings
        Where the workspace is, and which identity provider is trusted. Read from the environment where left out.
    clock
        Gives seconds that never go back, to the limit of failed attempts.
    """
    settings = settings or PrivateSettings()
    workspace = Workspace(settings.workspace)
    jobs_held = open_store(workspace, settings)
    warming = Warming(workspace, signed_in=bool(settings.oidc_issuer))
    reports = Reports(
        ReportCache(None, most_bytes=0),  # a team's is printed for one reader and kept nowhere
        at_once=settings.reports_at_once,
        waiting=settings.reports_waiting,
        seconds=settings.report_time_limit_s,
        memory_mb=settings.report_memory_mb,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        warming.start()
        yield
        await reports.close()
        await anyio.to_thread.run_sync(warming.close)
        await anyio.to_thread.run_sync(jobs_held.close)

    app = FastAPI(
        title="crimemap for partners",
        version=__version__,
        description="For neighbourhood policing teams, analysts and planners: a token reaches what it was made for "
        "and nothing else, and every access is written down.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.workspace = workspace
    app.state.settings = settings
    app.state.jobs = jobs_held
    app.state.audit = AuditLog(workspace)
    app.state.doorkeeper = Doorkeeper(
        TokenStore(workspace),
        _provider(settings),
        LeakyBuckets(per_second=settings.failed_attempts_per_minute / 60, burst=settings.failed_attempts_burst, clock=clock),
    )
    app.state.webhook_hosts = read_internal_hosts(settings.webhook_internal_hosts)
    app.state.partner_address = settings.partner_address
    app.state.team_patches = patches_of_a_team()
    app.state.reports = reports
    app.state.warming = warming
    refusals = {
        code: {"description": text, "content": {"application/problem+json": {"schema": Problem.model_json_schema()}}}
        for code, text in (
            (400, "A parameter cannot be read."),
            (401, "There is no token, or it is not good."),
            (403, "The token is good for something else."),
            (404, "The workspace does not hold it."),
            (429, "Too many attempts without a valid token; Retry-After says when to come back."),
        )
    }
    for module in (teams, briefings, subscriptions, team_writing, accesses, processes, jobs, places):
        app.include_router(module.router, responses=refusals)  # type: ignore[arg-type]
    answer_errors(app)
    answer_process_errors(app)
    add_jobs_page(app)
    describe(app)
    app.add_middleware(Trail, log=app.state.audit)
    app.add_middleware(NoStore)
    app.add_middleware(Compression, types=DATA_TYPES, methods=("GET",))
    app.add_middleware(Headers)
    app.add_middleware(Shield)
    return app


def _provider(settings: PrivateSettings) -> IdentityProvider | None:
    if not settings.oidc_issuer:
        return None
    address = settings.oidc_keys or f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration"
    return IdentityProvider(
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        keys=partial(fetched_keys, address),
        team_claim=settings.oidc_team_claim,
    )
