"""The public application: the active release and nothing else."""

import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import anyio.to_thread
from fastapi import FastAPI

from api.compression import Compression
from api.errors import answer_errors
from api.limits import LeakyBuckets
from api.middleware import Headers, Lease, Limits, Shield
from api.models_v1 import Problem
from api.openapi import describe
from api.releases import ActiveRelease
from api.reports import ReportCache, Reports
from api.routes import (
    alignment,
    alignment_mergers,
    alignment_reports,
    areas,
    availability,
    crimes,
    forces,
    hotspots,
    mapit,
    mapit_places,
    neighbourhoods,
    ogc,
    ogc_tiles,
    outcodes,
    outcomes,
    postcodes,
    releases,
    stops,
)
from api.routes.alignment_mergers import Scoring
from api.searches import Searches
from api.site import Site, no_release_page
from crimemap import __version__
from crimemap.settings import PublicSettings

__all__ = ["create_app"]

_MEGABYTE: Final = 1024 * 1024
_DESCRIPTION: Final = """
Crime by month and place, from the release that is active now.

Under `/api` is the surface of data.police.uk: change the base address of a client and it works.
Under `/v1` is our own: areas and their shapes, counts that keep zero, no data and suppressed apart, hotspots, releases; and
how boundary sets fit one another, with proposals of mergers scored and searched for.

Under `/ogc` are OGC API Features and Tiles: give that one address to QGIS and it lists the layers.
"""
_SENTENCE: Final = {"content": {"text/plain": {"schema": {"type": "string"}}}}


def create_app(settings: PublicSettings | None = None, *, clock: Callable[[], float] = time.monotonic) -> FastAPI:
    """
    Make the application that serves the active release of one directory.

    Parameters
    ----------
    settings
        Where the releases are, and the limits. Read from the environment where left out.
    clock
        Gives seconds that never go back, to the rate limit.
    """
    settings = settings or PublicSettings()
    active = ActiveRelease(settings.releases, cache_bytes=settings.month_cache_mb * _MEGABYTE)
    searches = Searches(
        at_once=settings.searches_at_once, waiting=settings.searches_waiting, memory_mb=settings.search_memory_mb
    )

    reports = Reports(
        ReportCache(settings.report_cache, most_bytes=settings.report_cache_mb * _MEGABYTE),
        at_once=settings.reports_at_once,
        waiting=settings.reports_waiting,
        seconds=settings.report_time_limit_s,
        memory_mb=settings.report_memory_mb,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # Few at a time: more threads than this only keep each other and the light calls waiting.
        anyio.to_thread.current_default_thread_limiter().total_tokens = 4 * (os.cpu_count() or 2)
        await active.prepare()
        yield
        await anyio.to_thread.run_sync(searches.close)
        await reports.close()
        await active.close()

    app = FastAPI(
        title="crimemap",
        version=__version__,
        description=_DESCRIPTION,
        license_info={
            "name": "Open Government Licence v3.0",
            "url": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        },
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.active = active
    app.state.searches = searches
    app.state.reports = reports
    app.state.scoring = Scoring()
    police = {
        400: {"description": "A parameter is missing or cannot be read.", **_SENTENCE},
        404: {"description": "Unknown, or a month that is not held.", **_SENTENCE},
        429: {"description": "Too many requests; Retry-After says when to come back.", **_SENTENCE},
    }
    own = {
        code: {"description": text, "content": {"application/problem+json": {"schema": Problem.model_json_schema()}}}
        for code, text in ((400, "A parameter cannot be read."), (404, "There is no such thing in the release."))
    }
    # Fixed methods first: /{force}/{neighbourhood} takes any two words.
    for module in (
        forces.router,
        crimes.router,
        outcomes.router,
        stops.router,
        availability.router,
        neighbourhoods.fixed,
        neighbourhoods.router,
    ):
        app.include_router(module, responses=police)  # type: ignore[arg-type]
    for module in (
        areas.router,
        hotspots.router,
        releases.router,
        alignment.router,
        alignment_mergers.router,
        alignment_reports.router,
        ogc.router,
        ogc_tiles.router,
    ):
        app.include_router(module, responses=own)  # type: ignore[arg-type]
    for router in (postcodes.router, outcodes.router, mapit_places.router, mapit.router):
        app.include_router(router)
    answer_errors(app)
    describe(app)
    # The last one added is the outermost.
    app.add_middleware(Site, reports=reports)
    app.add_middleware(Lease, active=active, without_release=no_release_page)
    app.add_middleware(
        Limits,
        buckets=LeakyBuckets(
            per_second=settings.rate_limit_per_second,
            burst=settings.rate_limit_burst,
            exempt=settings.exempt_networks(),
            clock=clock,
        ),
    )
    app.add_middleware(Compression)
    app.add_middleware(Headers)
    app.add_middleware(Shield)
    return app
