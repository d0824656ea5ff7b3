"""`/v1/areas` and `/v1/summaries`: areas, their shapes, and their counts by month."""

from collections.abc import Mapping
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.deps import held_month, integer, release
from api.errors import BadRequestError, UnknownError
from api.models_v1 import AreaDetail, AreaPage, AreaSet, AreaSummary, Feature
from api.patterns import MONTH_OR_NOTHING, looks_like
from api.routes import GeoJSONResponse, geojson, json_answer
from api.store.opened import OpenedRelease
from api.store.rings import area_geometry
from api.store.texts import json_bytes
from crimemap.periods import month_after, months_between
from crimemap.products.layers.areas import Area, Series

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["areas"])

_MOST_AREAS = 1000
_MOST_MONTHS = 600

Held = Annotated[OpenedRelease, Depends(release)]
Force = Annotated[str | None, Query(description="A force, where several use the same code.", examples=["leicestershire"])]
Vintage = Annotated[
    str | None, Query(description="The vintage of the boundaries; the latest where it is left out.", examples=["2024"])
]


@router.get("/areas", response_model=list[AreaSet], summary="Boundary sets")
async def area_sets(held: Held) -> Response:
    """List the types and vintages of areas in the release."""
    sets = [
        {
            "area_type": area_type,
            "vintage": vintage,
            "areas": len(same),
            "forces": sorted({area.force for area in same if area.force}),
            **held.areas.terms.get((area_type, vintage), {"publisher": None, "licence": None, "attribution": None}),
        }
        for area_type, areas in sorted(held.areas.by_type.items())
        for vintage, same in _by_vintage(areas).items()
    ]
    return json_answer(json_bytes(sets))


@router.get("/areas/{area_type}", response_model=AreaPage, summary="Areas of a type")
async def areas(
    area_type: str,
    held: Held,
    *,
    force: Force = None,
    vintage: Vintage = None,
    limit: Annotated[
        str | None,
        Query(
            description=f"At most this many, up to {_MOST_AREAS}.",
            examples=["20"],
            json_schema_extra=looks_like(r"^(1000|[1-9][0-9]{0,2})?$"),
        ),
    ] = None,
    offset: Annotated[
        str | None,
        Query(
            description="Leave out so many from the start.",
            examples=["20"],
            json_schema_extra=looks_like(r"^(0|[1-9][0-9]{0,7})?$"),
        ),
    ] = None,
) -> Response:
    """List the areas of a type by name, without their shapes."""
    if area_type not in held.areas.by_type:
        raise UnknownError("there are no areas of this type", fix="See /v1/areas.")
    given = {"limit": limit, "offset": offset}
    most = integer(given, "limit", default=_MOST_AREAS, least=1, most=_MOST_AREAS)
    start = integer(given, "offset", default=0, least=0, most=10**8)
    found = [
        area
        for area in held.areas.by_type[area_type]
        if (force is None or area.force == force) and (vintage is None or area.vintage == vintage)
    ]
    page = [_named(area) for area in found[start : start + most]]
    return json_answer(json_bytes({"total": len(found), "offset": start, "areas": page}))


@router.get("/areas/{area_type}/{area_code}", response_model=AreaDetail, summary="One area")
async def area(area_type: str, area_code: str, held: Held, force: Force = None, vintage: Vintage = None) -> Response:
    """Give an area, what it lies in, and its population."""
    return json_answer(json_bytes(_detailed(_found(held, area_type, area_code, force, vintage))))


@router.get(
    "/areas/{area_type}/{area_code}/geometry",
    response_model=Feature,
    summary="Shape of an area",
    response_class=GeoJSONResponse,
)
async def geometry(area_type: str, area_code: str, held: Held, force: Force = None, vintage: Vintage = None) -> Response:
    """Give an area as a GeoJSON feature with all its parts and holes."""
    found = _found(held, area_type, area_code, force, vintage)
    shape = await anyio.to_thread.run_sync(area_geometry, held, found)
    feature: dict[str, Any] = {"type": "Feature", "id": found.area_code, "geometry": shape, "properties": _detailed(found)}
    if found.bbox is not None:
        feature["bbox"] = found.bbox
    return geojson(json_bytes(feature))


@router.get("/summaries/{area_type}/{area_code}", response_model=AreaSummary, summary="Counts of an area")
async def summary(
    area_type: str,
    area_code: str,
    held: Held,
    *,
    force: Force = None,
    vintage: Vintage = None,
    months: Annotated[
        str | None,
        Query(
            description=f"How many months, up to {_MOST_MONTHS}; 36 where it is left out.",
            examples=["12"],
            json_schema_extra=looks_like(r"^(600|[1-5][0-9]{2}|[1-9][0-9]?)?$"),
        ),
    ] = None,
    to: Annotated[
        str | None,
        Query(
            description="The last month; the latest where it is left out.",
            examples=["2025-03"],
            json_schema_extra=looks_like(MONTH_OR_NOTHING),
        ),
    ] = None,
    category: Annotated[
        str | None, Query(description="One category only, such as burglary or all-crime.", examples=["burglary"])
    ] = None,
) -> Response:
    """Give an area's counts by month and offence type: 36 months unless asked otherwise."""
    found = _found(held, area_type, area_code, force, vintage)
    last = held_month(held, to)
    count = integer({"months": months}, "months", default=36, least=1, most=_MOST_MONTHS)
    series = held.counts.series(found, last_month=last, months=count)
    if category is not None:
        series = [one for one in series if one.category == category]
        if not series:
            raise UnknownError("there is no such category", where="category")
    first = month_after(last, 1 - count)
    names = months_between(first, month_after(last))
    document = {
        "area": _named(found),
        "population": found.population,
        "first_month": first,
        "last_month": last,
        "series": [_monthly(one, names) for one in series],
    }
    return json_answer(json_bytes(document))


def _found(held: OpenedRelease, area_type: str, area_code: str, force: str | None, vintage: str | None) -> Area:
    found = held.areas.find(area_type, area_code, force=force, vintage=vintage)
    if not found:
        raise UnknownError("there is no such area", fix="See /v1/areas.")
    if len(found) > 1:
        forces = ", ".join(sorted(area.force or "" for area in found))
        raise BadRequestError(f"{len(found)} forces use this code: {forces}", where="force", fix="Name one: ?force=...")
    return found[0]


def _by_vintage(areas: list[Area]) -> Mapping[str, list[Area]]:
    sets: dict[str, list[Area]] = {}
    for one in sorted(areas, key=lambda area: area.vintage):
        sets.setdefault(one.vintage, []).append(one)
    return sets


def _named(area: Area) -> dict[str, Any]:
    return {
        "area_type": area.area_type,
        "vintage": area.vintage,
        "area_code": area.area_code,
        "area_name": area.area_name,
        "force": area.force,
    }


def _detailed(area: Area) -> dict[str, Any]:
    return _named(area) | {
        "area_m2": area.area_m2,
        "population": area.population,
        "households": area.households,
        "bbox": area.bbox,
        "parents": [{"area_type": kind, "area_code": code} for kind, code in area.parents],
    }


def _monthly(series: Series, names: list[str]) -> dict[str, Any]:
    return {
        "offence_type": series.offence_type,
        "category": series.category,
        "months": [
            {"month": month, "incidents": incidents, "status": status}
            for month, incidents, status in zip(names, series.incidents, series.status, strict=True)
        ],
    }
