"""`/v1/hotspots`: the hotspot map of a force, as hexagons."""

from typing import Annotated, Any

import anyio.to_thread
import h3
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.deps import integer, release
from api.errors import UnknownError
from api.models_v1 import FeatureCollection
from api.patterns import looks_like
from api.routes import GeoJSONResponse, geojson
from api.store.opened import OpenedRelease
from api.store.texts import json_bytes

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["hotspots"])

_COARSEST, _FINEST = 0, 15


@router.get(
    "/hotspots/{force}",
    response_model=FeatureCollection,
    summary="Hotspots of a force",
    response_class=GeoJSONResponse,
)
async def hotspots(
    force: str,
    held: Annotated[OpenedRelease, Depends(release)],
    h3_resolution: Annotated[
        str | None,
        Query(
            description="Resolution of the H3 grid, where the release holds several.",
            examples=["9"],
            json_schema_extra=looks_like(r"^(1[0-5]|[0-9])?$"),
        ),
    ] = None,
    only: Annotated[
        str | None, Query(description="`hotspots` leaves out the cells that are none.", examples=["hotspots"])
    ] = None,
) -> Response:
    """
    Give the cells of a force's hotspot map with counts, z, p and q values.

    A cell whose count is withheld has the status `suppressed` and no count; it is not an empty cell.
    """
    if force not in held.force_ids:
        raise UnknownError("there is no such force", fix="See /api/forces.")
    wanted = integer({"h3_resolution": h3_resolution}, "h3_resolution", default=-1, least=_COARSEST, most=_FINEST)
    body = await anyio.to_thread.run_sync(_collection, held, force, wanted, only == "hotspots")
    return geojson(body)


def _collection(held: OpenedRelease, force: str, resolution: int, only_hotspots: bool) -> bytes:  # noqa: FBT001
    with held.cursor() as cursor:
        cursor.execute(
            """
            SELECT cell, h3_resolution, first_month, last_month, area_m2, incidents, status, z, p_value, q_value, hotspot
            FROM hotspots
            WHERE force = $force AND (h3_resolution = $resolution OR $resolution < 0) AND (hotspot OR NOT $only)
            ORDER BY h3_resolution, cell""",
            {"force": force, "resolution": resolution, "only": only_hotspots},
        )
        columns = [column[0] for column in cursor.description]
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return json_bytes(
        {
            "type": "FeatureCollection",
            "properties": {"force": force, "release": held.id, "attribution": held.meta.get("attribution")},
            "features": [
                {"type": "Feature", "id": row["cell"], "geometry": _hexagon(row["cell"]), "properties": row} for row in rows
            ],
        }
    )


def _hexagon(cell: str) -> dict[str, Any]:
    ring = [[round(longitude, 6), round(latitude, 6)] for latitude, longitude in h3.cell_to_boundary(cell)]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
