"""`/ogc`: OGC API Tiles over the release's layers."""

import re
from typing import Annotated, Any, Final

import anyio.to_thread
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.errors import BadRequestError, UnknownError
from api.models_ogc import TILE_MATRIX_SETS, TILE_SETS, documented
from api.ogc import tile_documents
from api.ogc.documents import MVT, TILE_MATRIX_SET
from api.ogc.served import Held, base_of, document, layer_of, shallowest_of, tile_file, tile_of
from api.routes import packed_answer
from crimemap.products.tiles.grid import DEEPEST, tile_exists

__all__ = ["router"]

router = APIRouter(prefix="/ogc", tags=["OGC API"])

_NUMBER: Final = re.compile(r"\d{1,6}\Z", re.ASCII)
_TILE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {MVT: {}}}}
_TILE_JSON: Final = "tilejson"


@router.get("/tileMatrixSets", summary="Tile matrix sets", response_class=Response, responses=documented(TILE_MATRIX_SETS))
async def tile_matrix_sets(request: Request) -> Response:
    """List the grids of tiles: the one of web maps."""
    return document(tile_documents.tile_matrix_sets(base_of(request)))


@router.get(
    "/tileMatrixSets/{matrix_set}",
    summary="Tile matrix set",
    response_class=Response,
    responses=documented({"id": TILE_MATRIX_SET, "tileMatrices": [{"id": "0", "tileWidth": 256}]}),
)
async def tile_matrix_set(matrix_set: str) -> Response:
    """Describe a grid of tiles."""
    _known_matrix(matrix_set)
    return document(tile_documents.tile_matrix_set())


def _known_matrix(name: str) -> None:
    if name != TILE_MATRIX_SET:
        raise UnknownError("there is no such tile matrix set", fix=f"Use {TILE_MATRIX_SET}.")


@router.get(
    "/collections/{layer_id}/tiles",
    summary="Tile sets of a layer",
    response_class=Response,
    responses=documented(TILE_SETS),
)
async def tile_sets(layer_id: str, request: Request, held: Held) -> Response:
    """List a layer's tile sets."""
    found = await anyio.to_thread.run_sync(layer_of, held, layer_id)
    return document(tile_documents.tile_sets(base_of(request), found))


@router.get(
    "/collections/{layer_id}/tiles/{matrix_set}",
    summary="Tile set of a layer",
    response_class=Response,
    responses=documented({"dataType": "vector", "links": []}),
)
async def tile_set(
    layer_id: str,
    matrix_set: str,
    request: Request,
    held: Held,
    f: Annotated[
        str,
        Query(
            description="`tilejson` for TileJSON 3.0, which the map libraries of browsers read.",
            json_schema_extra={"enum": ["json", _TILE_JSON]},
        ),
    ] = "json",
) -> Response:
    """Describe a layer's tile set: which zooms there are, where, and what features have."""
    _known_matrix(matrix_set)
    if f not in ("json", _TILE_JSON):
        raise BadRequestError("there is no such format", where="f", fix=f"Use json or {_TILE_JSON}.")
    base = base_of(request)

    def work() -> dict[str, Any]:
        layer = layer_of(held, layer_id)
        shallowest = shallowest_of(held, layer_id)
        if f == _TILE_JSON:
            return tile_documents.tile_json(base, layer, shallowest=shallowest)
        return tile_documents.tile_set(base, layer, shallowest=shallowest, file=tile_file(held, layer_id))

    return document(await anyio.to_thread.run_sync(work))


@router.get(
    "/collections/{layer_id}/tiles/{matrix_set}/{tile_matrix}/{tile_row}/{tile_col}",
    summary="A vector tile",
    response_class=Response,
    responses=_TILE,
)
async def tile(
    layer_id: str, matrix_set: str, *, tile_matrix: str, tile_row: str, tile_col: str, request: Request, held: Held
) -> Response:
    """Give a vector tile (Mapbox Vector Tile, EPSG:3857): zoom, row from the north, column from the west."""
    _known_matrix(matrix_set)
    parts = (tile_matrix, tile_row, tile_col)
    if not all(_NUMBER.match(part) for part in parts):
        raise BadRequestError("zoom, row and column are whole numbers", where="/".join(parts)[:60])
    zoom, row, column = map(int, parts)
    if not tile_exists(zoom, row, column):
        raise UnknownError(f"the grid has no such tile; zooms are 0 to {DEEPEST}")
    packed = await anyio.to_thread.run_sync(tile_of, held, layer_id, zoom, row, column)
    return packed_answer(request, packed, MVT)
