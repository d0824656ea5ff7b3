"""`/v1/alignment/reports`: a proposal as a page, or a PDF, that a planner can save and take to a board."""

import gzip
import json
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, cast

import geopandas as gpd
import pandas as pd
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.bodies import fields, json_object
from api.deps import alignment, release
from api.errors import BusyError, problem
from api.models_alignment import ScenarioRequest
from api.routes.alignment_mergers import Scoring, described, scenario_of, scored
from api.spoken import spoken
from api.store.alignment import Alignment
from api.store.opened import OpenedRelease
from crimemap.alignment.mergers.options import ScoreOptions
from crimemap.alignment.mergers.scenario import Scenario
from crimemap.crs import NATIONAL_GRID
from crimemap.errors import CrimemapError
from crimemap.products.merger_report import merger_report
from crimemap.products.merger_shapes import parts_of_proposal, shapes_after

if TYPE_CHECKING:
    from api.reports import Reports

__all__ = ["router"]

router = APIRouter(prefix="/v1/alignment", tags=["mergers"], dependencies=[Depends(spoken)])

#: The page has its style inside, which pages of the site may not: it is for saving, and read from where it was saved.
_HEADERS: Final = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="merger-report.html"'}
_PDF_HEADERS: Final = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="merger-report.pdf"'}
_PDF: Final = "application/pdf"
_RETRY_SECONDS: Final = 15


@router.post(
    "/reports",
    summary="Report on a scenario",
    response_class=Response,
    responses={
        200: {
            "content": {"text/html": {}, _PDF: {}},
            "description": "The report, one page that carries all it shows; as PDF to whoever asks for that.",
        },
        501: {"description": "A PDF was asked for, and this server cannot make one."},
    },
    openapi_extra=described(
        ScenarioRequest,
        {
            "units": "csp-2024",
            "targets": "bcu-2024",
            "scenario": {"merge": [{"units": ["E22000001", "E22000002"], "name": "North"}]},
            "options": {},
        },
    ),
)
async def reports(
    held: Annotated[Alignment, Depends(alignment)],
    opened: Annotated[OpenedRelease, Depends(release)],
    request: Request,
    kind: Annotated[
        Literal["html", "pdf"] | None, Query(alias="format", description="What to give; else as `Accept` asks, HTML first.")
    ] = None,
) -> Response:
    """Write the report on a proposal: what, why, map, tables, law, ranges, how sure it is; in Welsh with `lang=cy`."""
    wants_pdf = kind == "pdf" or (kind is None and _asks_for_pdf(request.headers.get("accept", "")))
    if wants_pdf and find_spec("weasyprint") is None:
        return problem(
            HTTPStatus.NOT_IMPLEMENTED,
            "This server cannot make PDF files. Ask for format=html, and print that from a browser.",
        )
    given = fields(await json_object(request), needed=("units", "targets"), optional=("scenario", "options"))
    scenario = scenario_of(given["scenario"])
    options = ScoreOptions.from_mapping(given["options"])
    scoring = cast("Scoring", request.app.state.scoring)
    page = await scoring.run(_written, held, opened, (given["units"], given["targets"]), scenario, options)
    if not wants_pdf:
        return Response(page, media_type="text/html; charset=utf-8", headers=_HEADERS)
    try:
        printed = await cast("Reports", request.app.state.reports).printed(page.encode())
    except BusyError:
        raise
    except CrimemapError:  # why is in the log
        headers = {"Retry-After": str(_RETRY_SECONDS), "Cache-Control": "no-store"}
        says = f"The PDF could not be made now. Try again in {_RETRY_SECONDS} s, or ask for format=html."
        return problem(HTTPStatus.SERVICE_UNAVAILABLE, says, headers)
    return Response(printed, media_type=_PDF, headers=_PDF_HEADERS)


def _asks_for_pdf(accepted: str) -> bool:
    """
    Say whether a client names PDF and no page.

    Examples
    --------
    >>> _asks_for_pdf("application/pdf"), _asks_for_pdf("text/html, application/pdf;q=0.9"), _asks_for_pdf("*/*")
    (True, False, False)
    """
    return _PDF in accepted and "text/html" not in accepted


def _written(
    held: Alignment, opened: OpenedRelease, sets: tuple[str, str], scenario: Scenario, options: ScoreOptions
) -> str:
    units, targets = sets
    planning = held.planning(units, targets)
    found = scored(planning, scenario, options)
    before, bricks = _shapes(held, units), planning.bricks
    pieces = pd.DataFrame({"before": bricks["unit"], "after": found.unit_after, "population": bricks["population"]})
    pieces["brick"], pieces["district"] = bricks["brick"], bricks["district"]
    where, drawn = _along(held, pieces)
    after = shapes_after(parts_of_proposal(pieces, before.geometry, drawn.geometry, where=where), crs=NATIONAL_GRID)
    return merger_report(
        found.to_json(),
        before=before,
        after=after,
        targets=_shapes(held, targets),
        made=datetime.now(UTC).date(),
        sources=opened.meta.get("attribution", "").splitlines(),
        release=opened.id,
    )


def _along(held: Alignment, pieces: pd.DataFrame) -> tuple[str, gpd.GeoDataFrame]:
    """Give what units that are taken apart are drawn by: their small areas, or districts in a release without those."""
    apart = pieces.groupby("before")["after"].transform("nunique") > 1
    small = held.brick_shapes(pieces.loc[apart, "brick"].dropna().unique().tolist())
    if small is not None:
        return "brick", small
    districts = next((set_id for set_id in sorted(held.sets) if set_id.startswith("lad-")), None)
    return "district", gpd.GeoDataFrame(geometry=[], crs=NATIONAL_GRID) if districts is None else _shapes(held, districts)


def _shapes(held: Alignment, set_id: str) -> gpd.GeoDataFrame:
    """Read the areas of a set as they are drawn, by code."""
    packed = held.set_map(set_id)
    features: list[dict[str, Any]] = [] if packed is None else json.loads(gzip.decompress(packed))["features"]
    if not features:
        return gpd.GeoDataFrame(geometry=[], crs=NATIONAL_GRID)
    frame = gpd.GeoDataFrame.from_features(features, crs=4326).set_index("code")
    return frame.to_crs(NATIONAL_GRID)
