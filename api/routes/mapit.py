"""`/mapit`: areas as MapIt answers, with how much they share."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from fastapi import Path as InPath
from starlette.responses import Response

from api.errors import MAPIT
from api.mapit import (
    area_document,
    areas_document,
    generations_document,
    geometry_document,
    relations_document,
    types_document,
)
from api.mapit_asked import Filters, Served, answered, found_area, numbered, plain_name, served, unknown
from api.mapit_outlines import TOLERANCE, outline_answer
from api.models_mapit import (
    AreaRecord,
    AreaRecords,
    Generations,
    GeometryRecord,
    GeometryRecords,
    MapItError,
    RelationRecords,
    Types,
)
from api.patterns import looks_like
from api.store.mapit import MapItArea

__all__ = ["REFUSALS", "router"]

REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"description": "Something asked cannot be read.", "model": MapItError},
    404: {"description": "It is not in the release.", "model": MapItError},
    429: {"description": "Too many requests; Retry-After says when to come back.", "model": MapItError},
}
router = APIRouter(prefix=MAPIT, tags=["areas like MapIt"], responses=REFUSALS)

Of = Annotated[Callable[[], Served], Depends(served)]
AreaName = Annotated[str, InPath(description="The number of an area, or its code.", examples=["E22000013"])]
Form = Annotated[
    str,
    InPath(
        description="`geojson` (a geometry), `kml`, `wkt`, or `json` for the area itself.",
        json_schema_extra={"enum": ["geojson", "kml", "wkt", "json"]},
        examples=["geojson"],
    ),
]
Tolerance = Annotated[
    str | None,
    Query(
        description="Leave out corners that move the line by less: degrees, or metres on 27700.",
        examples=["0.001"],
        json_schema_extra=looks_like(TOLERANCE),
    ),
]
_IDS: Final = re.compile(r"[0-9]+(?:,[0-9]+)*", re.ASCII)
_TYPES: Final = re.compile(r"[A-Za-z0-9,]*[A-Za-z0-9]", re.ASCII)
_RELATIONS: Final = ("touches", "overlaps", "covers", "covered", "coverlaps", "intersects")
_OUTLINE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The outline.",
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": {"type": "MultiPolygon", "coordinates": [[[[0.1, 52.2], [0.2, 52.2], [0.1, 52.3], [0.1, 52.2]]]]},
            },
            "application/vnd.google-earth.kml+xml": {"schema": {"type": "string"}},
            "text/plain": {"schema": {"type": "string"}, "example": "POLYGON ((0 0, 1 0, 1 1, 0 0))"},
        },
    }
}


@router.get("/generations", response_model=Generations, summary="Generations: dated boundaries")
async def generations(of: Of) -> Response:
    """List the vintages of the release's boundaries; every area says from which to which it is of."""

    def work() -> Any:
        found = of()
        return generations_document(found.areas, found.held.meta.get("created_at", ""))

    return await answered(work)


@router.get("/types", response_model=Types, summary="Types of areas")
async def types(of: Of) -> Response:
    """List the types of areas: those of the release, in capital letters."""
    return await answered(lambda: types_document(of().areas))


@router.get("/area/{srid}/{area}.{form}", responses=_OUTLINE, response_class=Response, summary="Outline, by grid")
async def outline_on(
    of: Of,
    srid: Annotated[
        str,
        InPath(
            description="4326 (degrees) or 27700 (metres).",
            examples=["27700"],
            json_schema_extra={"enum": ["4326", "27700"]},
        ),
    ],
    area: AreaName,
    form: Form,
    simplify_tolerance: Tolerance = None,
) -> Response:
    """Give the outline of an area in degrees or on the National Grid, with all its parts and holes."""
    return await answered(lambda: outline_answer(of(), area, form, srid=srid, tolerance=simplify_tolerance))


@router.get("/area/{area}.{form}", responses=_OUTLINE, response_class=Response, summary="Outline of an area")
async def outline(of: Of, area: AreaName, form: Form, simplify_tolerance: Tolerance = None) -> Response:
    """Give the outline of an area: GeoJSON and KML in degrees, WKT on the National Grid. With `json`, the area itself."""

    def work() -> Any:
        if form == "json":
            return area_document(found_area(of().areas, area))
        return outline_answer(of(), area, form, srid="27700" if form == "wkt" else "4326", tolerance=simplify_tolerance)

    return await answered(work)


@router.get("/area/{area}", response_model=AreaRecord, summary="One area, by number or code")
async def one_area(of: Of, area: AreaName, filters: Filters) -> Response:
    """Describe an area. Where a code is used by several generations, that of `generation` is meant."""

    def work() -> Any:
        found = of()
        return area_document(found_area(found.areas, area, generation=filters.generation(found.areas)))

    return await answered(work)


@router.get("/area/{area}/geometry", response_model=GeometryRecord, summary="Measurements of an area")
async def geometry(of: Of, area: AreaName) -> Response:
    """Measure an area: parts, extent, centre and size, in metres and in degrees."""

    def work() -> Any:
        found = of()
        return _measured(found, found_area(found.areas, area))

    return await answered(work)


@router.get("/area/{area}/children", response_model=AreaRecords, summary="Areas in an area")
async def children(of: Of, area: AreaName, filters: Filters) -> Response:
    """List the areas whose inner point lies in an area, of every type below it."""

    def work() -> Any:
        areas = of().areas
        return areas_document(filters.wanted(areas.children(found_area(areas, area)), areas))

    return await answered(work)


@router.get("/area/{area}/{relation}", response_model=RelationRecords, summary="What an area shares with others")
async def related(
    of: Of,
    area: AreaName,
    relation: Annotated[
        str,
        InPath(
            description="`touches`: a border and no ground but slivers. `overlaps`: ground, and neither holds the other. "
            "`covers`: areas inside this one. `covered`: areas that this one is inside of. `coverlaps`: `covers` and "
            "`overlaps`. `intersects`: all.",
            json_schema_extra={"enum": list(_RELATIONS)},
            examples=["overlaps"],
        ),
    ],
    filters: Filters,
) -> Response:
    """
    List the areas that share ground or a border with an area, largest shares first, computed when the release was built.

    An area is inside another from 99 % of its ground on. `sliver` tells two drawings of one line from common ground: such
    an area overlaps, as MapIt has it, and touches.
    """
    kind = plain_name(relation)

    def work() -> Any:
        if kind not in _RELATIONS:
            raise unknown("There is nothing at this address.")
        areas = of().areas
        found = areas.relations(found_area(areas, area, generation=filters.generation(areas)))
        if found is None:
            raise unknown("This release does not know what areas share: it was built before that was computed")
        of_kind = [one for one in found if one.is_of(kind)]
        wanted = {one.number for one in filters.wanted([one.other for one in of_kind], areas)}
        return relations_document(one for one in of_kind if one.other.number in wanted)

    return await answered(work)


@router.get("/areas/{selection}", response_model=AreaRecords, summary="Areas by numbers, types, or the beginning of a name")
async def some_areas(
    of: Of,
    selection: Annotated[
        str,
        InPath(
            description="Numbers with commas between (at most 100), types with commas between, or the beginning of a name.",
            examples=["CSP"],
        ),
    ],
    filters: Filters,
) -> Response:
    """List areas, each under its number."""
    asked = plain_name(selection)

    def work() -> Any:
        areas = of().areas
        if _IDS.fullmatch(asked):
            return areas_document(numbered(areas, asked))
        known = {one.area.area_type for one in areas.all}
        kinds = set(asked.lower().split(","))
        if _TYPES.fullmatch(asked) and kinds <= known:
            return areas_document(filters.wanted([one for one in areas.all if one.area.area_type in kinds], areas))
        return areas_document(filters.wanted(areas.beginning(asked), areas))

    return await answered(work)


@router.get("/areas/{numbers}/geometry", response_model=GeometryRecords, summary="Measurements of areas")
async def some_geometry(
    of: Of, numbers: Annotated[str, InPath(description="Numbers or codes, with commas between.", examples=["E22000013"])]
) -> Response:
    """Measure several areas, at most 100."""

    def work() -> Any:
        found = of()
        return {str(one.number): _measured(found, one) for one in numbered(found.areas, numbers)}

    return await answered(work)


@router.get("/code/{code_type}/{code_value}", response_model=AreaRecord, summary="One area, by a code of a type")
async def by_code(
    of: Of,
    code_type: Annotated[str, InPath(description="`gss`, or `police` (FORCE:CODE).", examples=["gss"])],
    code_value: Annotated[str, InPath(description="The code.", examples=["E22000013"])],
    filters: Filters,
) -> Response:
    """Describe the area that has a code: at once, where MapIt would send the client on to another address."""

    def work() -> Any:
        areas, value = of().areas, plain_name(code_value)
        code = value.rpartition(":")[2] if code_type == "police" else value
        found = [one for one in areas.with_code(code) if area_document(one)["codes"].get(code_type) == value]
        kept = filters.wanted(found, areas)
        if not kept:
            raise unknown(f"No areas were found that matched code {plain_name(code_type)} = {value}.")
        return area_document(kept[0])

    return await answered(work)


def _measured(found: Served, one: MapItArea) -> dict[str, Any]:
    shape = found.areas.shape(one)
    if shape.is_empty:
        raise unknown("No polygons found")
    return geometry_document(shape)
