"""`/v1/alignment/reports`: a proposal as a page that a planner can save and take to a board."""

import gzip
import json
from datetime import UTC, datetime
from typing import Annotated, Any, Final, cast

import geopandas as gpd
import pandas as pd
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.bodies import fields, json_object
from api.deps import alignment, release
from api.models_alignment import ScenarioRequest
from api.routes.alignment_mergers import Scoring, described, scenario_of, scored
from api.store.alignment import Alignment
from api.store.opened import OpenedRelease
from crimemap.alignment.mergers.options import ScoreOptions
from crimemap.alignment.mergers.scenario import Scenario
from crimemap.crs import NATIONAL_GRID
from crimemap.products.merger_report import merger_report
from crimemap.products.merger_shapes import parts_of_proposal, shapes_after

__all__ = ["router"]

router = APIRouter(prefix="/v1/alignment", tags=["mergers"])

#: The page has its style inside, which pages of the site may not: it is for saving, and read from where it was saved.
_HEADERS: Final = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="merger-report.html"'}


@router.post(
    "/reports",
    summary="Report on a scenario",
    response_class=Response,
    responses={200: {"content": {"text/html": {}}, "description": "The report, one page that carries all it shows."}},
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
    held: Annotated[Alignment, Depends(alignment)], opened: Annotated[OpenedRelease, Depends(release)], request: Request
) -> Response:
    """Write the report on a proposal: what, why, map, tables, law, ranges, how sure it is."""
    given = fields(await json_object(request), needed=("units", "targets"), optional=("scenario", "options"))
    scenario = scenario_of(given["scenario"])
    options = ScoreOptions.from_mapping(given["options"])
    scoring = cast("Scoring", request.app.state.scoring)
    page = await scoring.run(_written, held, opened, (given["units"], given["targets"]), scenario, options)
    return Response(page, media_type="text/html; charset=utf-8", headers=_HEADERS)


def _written(
    held: Alignment, opened: OpenedRelease, sets: tuple[str, str], scenario: Scenario, options: ScoreOptions
) -> str:
    units, targets = sets
    planning = held.planning(units, targets)
    found = scored(planning, scenario, options)
    before, bricks = _shapes(held, units), planning.bricks
    districts = next((set_id for set_id in sorted(held.sets) if set_id.startswith("lad-")), None)
    pieces = pd.DataFrame(
        {
            "before": bricks["unit"],
            "after": found.unit_after,
            "district": bricks["district"],
            "population": bricks["population"],
        }
    )
    drawn = before.iloc[:0] if districts is None else _shapes(held, districts)
    after = shapes_after(parts_of_proposal(pieces, before.geometry, drawn.geometry, where="district"), crs=NATIONAL_GRID)
    return merger_report(
        found.to_json(),
        before=before,
        after=after,
        targets=_shapes(held, targets),
        made=datetime.now(UTC).date(),
        sources=[*opened.meta.get("attribution", "").splitlines(), f"Figures: release {opened.id} of this site."],
    )


def _shapes(held: Alignment, set_id: str) -> gpd.GeoDataFrame:
    """Read the areas of a set as they are drawn, by code."""
    packed = held.set_map(set_id)
    features: list[dict[str, Any]] = [] if packed is None else json.loads(gzip.decompress(packed))["features"]
    if not features:
        return gpd.GeoDataFrame(geometry=[], crs=NATIONAL_GRID)
    frame = gpd.GeoDataFrame.from_features(features, crs=4326).set_index("code")
    return frame.to_crs(NATIONAL_GRID)
