"""`/ogc`: OGC API Features and Tiles over the release's layers. QGIS takes this one address."""

import re
from threading import Lock
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

import anyio.to_thread
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.deps import release
from api.errors import BadRequestError, UnknownError
from api.models_ogc import (
    COLLECTION,
    COLLECTIONS,
    CONFORMANCE,
    FEATURE,
    FEATURES,
    LANDING,
    QUERYABLES,
    TILE_MATRIX_SETS,
    TILE_SETS,
    documented,
)
from api.ogc import documents
from api.ogc.asked import Asked, read_asked
from api.ogc.layer import Layer
from api.ogc.layers import Layers
from api.ogc.tiles import DEEPEST, Tiles, tile_exists
from api.own_address import own_address
from api.store.opened import OpenedRelease
from api.store.texts import json_bytes, json_texts

__all__ = ["router"]

router = APIRouter(prefix="/ogc", tags=["OGC API"])

Held = Annotated[OpenedRelease, Depends(release)]
_NUMBER: Final = re.compile(r"\d{1,6}\Z", re.ASCII)
_FEATURE: Final = documented(FEATURE, documents.GEOJSON)
_FEATURES: Final = documented(FEATURES, documents.GEOJSON)
_TILE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {documents.MVT: {}}}}


def _base(request: Request) -> str:
    """Give the address of `/ogc` as the client knows it."""
    return f"{own_address(request)}/ogc"


def _json(value: Any, kind: str = "application/json") -> Response:
    return Response(json_bytes(value), media_type=kind, headers={"Vary": "Host"})


class _Served:
    """The layers and tiles of the release that is served; those of a release that has gone go with it."""

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[OpenedRelease, tuple[Layers, Tiles]] = WeakKeyDictionary()
        self._lock = Lock()

    def of(self, held: OpenedRelease) -> tuple[Layers, Tiles]:
        with self._lock:
            found = self._of.get(held)
            if found is None:
                found = self._of[held] = (Layers(held), Tiles())
            return found


_SERVED: Final = _Served()


def _layer(held: OpenedRelease, name: str) -> Layer:
    found = _SERVED.of(held)[0].get(held, name)
    if found is None:
        raise UnknownError("there is no such layer", fix="See /ogc/collections.")
    return found


def _named(held: OpenedRelease) -> list[Layer]:
    return [_layer(held, name) for name in _SERVED.of(held)[0].names()]


@router.get("", summary="Landing page", response_class=Response, responses=documented(LANDING))
@router.get("/", include_in_schema=False)
async def landing(request: Request, held: Held) -> Response:
    """Give the links that a client starts from."""
    return _json(documents.landing(_base(request), held.meta.get("attribution", "")))


@router.get("/conformance", summary="Conformance", response_class=Response, responses=documented(CONFORMANCE))
async def conformance() -> Response:
    """List the parts of the standards that are kept."""
    return _json(documents.conformance())


@router.get("/api", summary="Definition", response_class=Response, responses={200: {"content": {documents.OPENAPI: {}}}})
async def definition(request: Request, held: Held) -> Response:
    """Define this interface in OpenAPI 3.0, with each layer's filters."""
    layers = await anyio.to_thread.run_sync(_named, held)
    return _json(documents.definition(_base(request), layers), documents.OPENAPI)


@router.get("/collections", summary="Layers", response_class=Response, responses=documented(COLLECTIONS))
async def collections(request: Request, held: Held) -> Response:
    """List the layers: boundary sets, summaries, hotspots."""
    base = _base(request)
    layers = await anyio.to_thread.run_sync(_named, held)
    links = [{"href": f"{base}/collections", "rel": "self", "type": "application/json"}]
    return _json({"links": links, "collections": [documents.collection(base, one) for one in layers]})


@router.get("/collections/{layer_id}", summary="One layer", response_class=Response, responses=documented(COLLECTION))
async def collection(layer_id: str, request: Request, held: Held) -> Response:
    """Describe a layer: what it holds, where, of when, and in which coordinate systems."""
    found = await anyio.to_thread.run_sync(_layer, held, layer_id)
    return _json(documents.collection(_base(request), found))


@router.get(
    "/collections/{layer_id}/queryables",
    summary="Properties to filter by",
    response_class=Response,
    responses=documented(QUERYABLES, "application/schema+json"),
)
async def queryables(layer_id: str, request: Request, held: Held) -> Response:
    """Describe the properties by which features are chosen."""
    found = await anyio.to_thread.run_sync(_layer, held, layer_id)
    return _json(documents.queryables(_base(request), found), "application/schema+json")


@router.get("/collections/{layer_id}/items", summary="Features", response_class=Response, responses=_FEATURES)
async def items(layer_id: str, request: Request, held: Held) -> Response:
    """
    Give a layer's features, chosen by `bbox`, `datetime` and properties, at most `limit` (1,000) and a link to the next.

    `crs` and `bbox-crs` may be CRS84, EPSG:4326 (latitude first) or EPSG:27700, by their addresses at www.opengis.net.
    """
    base = _base(request)
    given = dict(request.query_params)

    def work() -> tuple[bytes, str]:
        layer = _layer(held, layer_id)
        asked = read_asked(layer, given)
        return _page(layer, asked, held, f"{base}/collections/{layer.id}/items", given), asked.crs

    body, crs = await anyio.to_thread.run_sync(work)
    return Response(body, media_type=documents.GEOJSON, headers={"Content-Crs": f"<{crs}>", "Vary": "Host"})


def _page(layer: Layer, asked: Asked, held: OpenedRelease, here: str, given: dict[str, str]) -> bytes:
    total = int(asked.rows.size)
    rows = asked.rows[asked.offset : asked.offset + asked.limit]
    links = [{"href": _address(here, given), "rel": "self", "type": documents.GEOJSON}]
    if asked.offset + asked.limit < total:
        following = given | {"limit": str(asked.limit), "offset": str(asked.offset + asked.limit)}
        links.append({"href": _address(here, following), "rel": "next", "type": documents.GEOJSON})
    if asked.offset > 0:
        before = given | {"limit": str(asked.limit), "offset": str(max(0, asked.offset - asked.limit))}
        links.append({"href": _address(here, before), "rel": "prev", "type": documents.GEOJSON})
    head = json_bytes(
        {
            "type": "FeatureCollection",
            "timeStamp": held.meta.get("created_at", ""),
            "numberMatched": total,
            "numberReturned": int(rows.size),
            "links": links,
        }
    )
    return head[:-1] + b',"features":[' + ",".join(layer.written(rows, asked.crs)).encode() + b"]}"


def _address(here: str, given: dict[str, str]) -> str:
    return f"{here}?{urlencode(given)}" if given else here


@router.get(
    "/collections/{layer_id}/items/{feature_id:path}", summary="One feature", response_class=Response, responses=_FEATURE
)
async def item(layer_id: str, feature_id: str, request: Request, held: Held) -> Response:
    """Give one feature."""
    base = _base(request)
    given = {name: value for name, value in request.query_params.items() if name in ("crs", "f")}

    def work() -> tuple[bytes, str]:
        layer = _layer(held, layer_id)
        asked = read_asked(layer, given)
        row = layer.rows_of_ids.get(feature_id)
        if row is None:
            raise UnknownError("there is no such feature", fix="See the layer's items.")
        (text,) = layer.written(asked.rows[row : row + 1], asked.crs)
        up = f"{base}/collections/{layer.id}"
        (links,) = json_texts(
            [
                [
                    {"href": str(request.url), "rel": "self", "type": documents.GEOJSON},
                    {"href": up, "rel": "collection", "type": "application/json"},
                ]
            ]
        )
        return f'{text[:-1]},"links":{links}}}'.encode(), asked.crs

    body, crs = await anyio.to_thread.run_sync(work)
    return Response(body, media_type=documents.GEOJSON, headers={"Content-Crs": f"<{crs}>", "Vary": "Host"})


@router.get("/tileMatrixSets", summary="Tile matrix sets", response_class=Response, responses=documented(TILE_MATRIX_SETS))
async def tile_matrix_sets(request: Request) -> Response:
    """List the grids of tiles: the one of web maps."""
    return _json(documents.tile_matrix_sets(_base(request)))


@router.get(
    "/tileMatrixSets/{matrix_set}",
    summary="Tile matrix set",
    response_class=Response,
    responses=documented({"id": documents.TILE_MATRIX_SET, "tileMatrices": [{"id": "0", "tileWidth": 256}]}),
)
async def tile_matrix_set(matrix_set: str) -> Response:
    """Describe a grid of tiles."""
    _known_matrix(matrix_set)
    return _json(documents.tile_matrix_set())


def _known_matrix(name: str) -> None:
    if name != documents.TILE_MATRIX_SET:
        raise UnknownError("there is no such tile matrix set", fix=f"Use {documents.TILE_MATRIX_SET}.")


@router.get(
    "/collections/{layer_id}/tiles",
    summary="Tile sets of a layer",
    response_class=Response,
    responses=documented(TILE_SETS),
)
async def tile_sets(layer_id: str, request: Request, held: Held) -> Response:
    """List a layer's tile sets."""
    found = await anyio.to_thread.run_sync(_layer, held, layer_id)
    return _json(documents.tile_sets(_base(request), found))


@router.get(
    "/collections/{layer_id}/tiles/{matrix_set}",
    summary="Tile set of a layer",
    response_class=Response,
    responses=documented({"dataType": "vector", "links": []}),
)
async def tile_set(layer_id: str, matrix_set: str, request: Request, held: Held) -> Response:
    """Describe a layer's tile set."""
    _known_matrix(matrix_set)
    found = await anyio.to_thread.run_sync(_layer, held, layer_id)
    return _json(documents.tile_set(_base(request), found))


@router.get(
    "/collections/{layer_id}/tiles/{matrix_set}/{tile_matrix}/{tile_row}/{tile_col}",
    summary="A vector tile",
    response_class=Response,
    responses=_TILE,
)
async def tile(layer_id: str, matrix_set: str, *, tile_matrix: str, tile_row: str, tile_col: str, held: Held) -> Response:
    """Give a vector tile (Mapbox Vector Tile, EPSG:3857): zoom, row from the north, column from the west."""
    _known_matrix(matrix_set)
    parts = (tile_matrix, tile_row, tile_col)
    if not all(_NUMBER.match(part) for part in parts):
        raise BadRequestError("zoom, row and column are whole numbers", where="/".join(parts)[:60])
    zoom, row, column = map(int, parts)
    if not tile_exists(zoom, row, column):
        raise UnknownError(f"the grid has no such tile; zooms are 0 to {DEEPEST}")
    body = await anyio.to_thread.run_sync(lambda: _SERVED.of(held)[1].get(_layer(held, layer_id), zoom, row, column))
    return Response(body, media_type=documents.MVT)
