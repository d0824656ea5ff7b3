"""`/ogc`: OGC API Features over the release's layers; its tiles are in `ogc_tiles`. QGIS takes this one address."""

from typing import Final
from urllib.parse import urlencode

import anyio.to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.errors import UnknownError
from api.models_ogc import COLLECTION, COLLECTIONS, CONFORMANCE, FEATURE, FEATURES, LANDING, QUERYABLES, documented
from api.ogc import documents
from api.ogc.asked import Asked, read_asked
from api.ogc.layer import Layer
from api.ogc.served import Held, base_of, document, layer_of, layers_of
from api.store.opened import OpenedRelease
from api.store.texts import json_bytes, json_texts

__all__ = ["router"]

router = APIRouter(prefix="/ogc", tags=["OGC API"])

_FEATURE: Final = documented(FEATURE, documents.GEOJSON)
_FEATURES: Final = documented(FEATURES, documents.GEOJSON)


@router.get("", summary="Landing page", response_class=Response, responses=documented(LANDING))
@router.get("/", include_in_schema=False)
async def landing(request: Request, held: Held) -> Response:
    """Give the links that a client starts from."""
    return document(documents.landing(base_of(request), held.meta.get("attribution", "")))


@router.get("/conformance", summary="Conformance", response_class=Response, responses=documented(CONFORMANCE))
async def conformance() -> Response:
    """List the parts of the standards that are kept."""
    return document(documents.conformance())


@router.get("/api", summary="Definition", response_class=Response, responses={200: {"content": {documents.OPENAPI: {}}}})
async def definition(request: Request, held: Held) -> Response:
    """Define this interface in OpenAPI 3.0, with each layer's filters."""
    layers = await anyio.to_thread.run_sync(layers_of, held)
    return document(documents.definition(base_of(request), layers), documents.OPENAPI)


@router.get("/collections", summary="Layers", response_class=Response, responses=documented(COLLECTIONS))
async def collections(request: Request, held: Held) -> Response:
    """List the layers: boundary sets, summaries, hotspots."""
    base = base_of(request)
    layers = await anyio.to_thread.run_sync(layers_of, held)
    links = [{"href": f"{base}/collections", "rel": "self", "type": "application/json"}]
    return document({"links": links, "collections": [documents.collection(base, one) for one in layers]})


@router.get("/collections/{layer_id}", summary="One layer", response_class=Response, responses=documented(COLLECTION))
async def collection(layer_id: str, request: Request, held: Held) -> Response:
    """Describe a layer: what it holds, where, of when, and in which coordinate systems."""
    found = await anyio.to_thread.run_sync(layer_of, held, layer_id)
    return document(documents.collection(base_of(request), found))


@router.get(
    "/collections/{layer_id}/queryables",
    summary="Properties to filter by",
    response_class=Response,
    responses=documented(QUERYABLES, "application/schema+json"),
)
async def queryables(layer_id: str, request: Request, held: Held) -> Response:
    """Describe the properties by which features are chosen."""
    found = await anyio.to_thread.run_sync(layer_of, held, layer_id)
    return document(documents.queryables(base_of(request), found), "application/schema+json")


@router.get("/collections/{layer_id}/items", summary="Features", response_class=Response, responses=_FEATURES)
async def items(layer_id: str, request: Request, held: Held) -> Response:
    """
    Give a layer's features, chosen by `bbox`, `datetime` and properties, at most `limit` (1,000) and a link to the next.

    `crs` and `bbox-crs` may be CRS84, EPSG:4326 (latitude first) or EPSG:27700, by their addresses at www.opengis.net.
    """
    base = base_of(request)
    given = dict(request.query_params)

    def work() -> tuple[bytes, str]:
        layer = layer_of(held, layer_id)
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
    base = base_of(request)
    given = {name: value for name, value in request.query_params.items() if name in ("crs", "f")}

    def work() -> tuple[bytes, str]:
        layer = layer_of(held, layer_id)
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
