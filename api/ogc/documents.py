"""The documents of the OGC APIs: landing page, conformance, collections, queryables, tile sets, and their definition."""

from typing import Any, Final

from api.ogc.asked import CRS_LIST, MOST_FEATURES
from api.ogc.layer import CRS84, Layer
from crimemap import __version__
from crimemap.products.tiles.grid import DEEPEST

__all__ = [
    "GEOJSON",
    "MVT",
    "OPENAPI",
    "REL",
    "TILE_MATRIX_SET",
    "collection",
    "conformance",
    "definition",
    "landing",
    "link",
    "queryables",
]

GEOJSON: Final = "application/geo+json"
MVT: Final = "application/vnd.mapbox-vector-tile"
OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"
TILE_MATRIX_SET: Final = "WebMercatorQuad"
_GREGORIAN: Final = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
REL: Final = "http://www.opengis.net/def/rel/ogc/1.0/"

_CONFORMS: Final = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
)


def link(href: str, rel: str, kind: str = "application/json", title: str = "") -> dict[str, Any]:
    """Write a link."""
    made: dict[str, Any] = {"href": href, "rel": rel, "type": kind}
    return made | {"title": title} if title else made


def landing(base: str, attribution: str) -> dict[str, Any]:
    """Give the page that a client is pointed at: `base` is the address of `/ogc`."""
    return {
        "title": "crimemap",
        "description": "Boundaries, hotspots and summaries of recorded crime, from the release that is active.",
        "attribution": attribution,
        "links": [
            link(base, "self", title="This document"),
            link(f"{base}/api", "service-desc", OPENAPI, "Definition of the interface"),
            link(f"{base}/conformance", "conformance", title="What it conforms to"),
            link(f"{base}/collections", "data", title="Layers"),
            link(f"{base}/tileMatrixSets", f"{REL}tiling-schemes", title="Tile matrix sets"),
        ],
    }


def conformance() -> dict[str, Any]:
    """List the conformance classes."""
    return {"conformsTo": list(_CONFORMS)}


def _interval(layer: Layer) -> list[list[str | None]]:
    if layer.months is None:
        return [[None, None]]
    first, last = layer.months
    return [[f"{first}-01T00:00:00Z", f"{last}-28T00:00:00Z"]]


def collection(base: str, layer: Layer) -> dict[str, Any]:
    """Describe a layer."""
    here = f"{base}/collections/{layer.id}"
    extent: dict[str, Any] = {"temporal": {"interval": _interval(layer), "trs": _GREGORIAN}}
    if layer.bounds is not None:
        extent["spatial"] = {"bbox": [list(layer.bounds)], "crs": CRS84}
    return {
        "id": layer.id,
        "title": layer.title,
        "description": layer.description,
        "attribution": layer.attribution,
        "itemType": "feature",
        "itemCount": len(layer),
        "extent": extent,
        "crs": list(CRS_LIST),
        "storageCrs": CRS84,
        "links": [
            link(here, "self"),
            link(f"{here}/items", "items", GEOJSON, "Features"),
            link(f"{here}/queryables", f"{REL}queryables", "application/schema+json", "Properties to filter by"),
            link(f"{here}/tiles", f"{REL}tilesets-vector", title="Vector tiles"),
        ],
    }


def queryables(base: str, layer: Layer) -> dict[str, Any]:
    """Describe the properties that features can be chosen by, as a JSON schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{base}/collections/{layer.id}/queryables",
        "type": "object",
        "title": layer.title,
        "properties": {
            "geometry": {"format": "geometry-any", "x-ogc-role": "primary-geometry"},
            **{prop.name: {"type": prop.kind, "description": prop.description} for prop in layer.properties},
        },
        "additionalProperties": False,
    }


def _parameter(name: str, kind: dict[str, Any], description: str, *, where: str = "query") -> dict[str, Any]:
    made = {"name": name, "in": where, "required": where == "path", "schema": kind, "description": description}
    return made | ({"style": "form", "explode": False} if name == "bbox" else {})


def _answer(kind: str, description: str) -> dict[str, Any]:
    problem = {"description": "What cannot be answered, and why.", "content": {"application/problem+json": {"schema": _ANY}}}
    return {"200": {"description": description, "content": {kind: {"schema": _ANY}}}, "400": problem, "404": problem}


_ANY: Final = {"type": "object"}
_TEXT: Final = {"type": "string"}
_WHOLE: Final = {"type": "integer"}
_TILE_SET: Final = {"type": "string", "enum": ["json", "tilejson"], "default": "json"}


def definition(base: str, layers: list[Layer]) -> dict[str, Any]:
    """Define the interface in OpenAPI 3.0, each layer's own filters among its parameters."""
    shared = [
        _parameter(
            "bbox",
            {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6},
            "West, south, east, north: features that this box touches.",
        ),
        _parameter("bbox-crs", {"type": "string", "enum": list(CRS_LIST)}, "The coordinate system of the box."),
        _parameter("crs", {"type": "string", "enum": list(CRS_LIST)}, "The coordinate system of the answer."),
        _parameter("datetime", _TEXT, "An instant or an interval (RFC 3339)."),
        _parameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST_FEATURES, "default": 100}, "At most so many."),
        _parameter("offset", {"type": "integer", "minimum": 0, "default": 0}, "Leave out so many from the start."),
    ]
    paths: dict[str, Any] = {
        "/": _get("Landing page", _answer("application/json", "Links.")),
        "/conformance": _get("Conformance", _answer("application/json", "Conformance classes.")),
        "/collections": _get("Layers", _answer("application/json", "Layers.")),
        "/tileMatrixSets": _get("Tile matrix sets", _answer("application/json", "Grids of tiles.")),
        f"/tileMatrixSets/{TILE_MATRIX_SET}": _get("Tile matrix set", _answer("application/json", "The grid.")),
    }
    for layer in layers:
        here = f"/collections/{layer.id}"
        own = [_parameter(prop.name, {"type": prop.kind}, prop.description) for prop in layer.properties]
        tile = [
            _parameter("tileMatrix", {"type": "integer", "minimum": 0, "maximum": DEEPEST}, "Zoom.", where="path"),
            _parameter("tileRow", _WHOLE, "Row, from the north.", where="path"),
            _parameter("tileCol", _WHOLE, "Column, from the west.", where="path"),
        ]
        one = [_parameter("featureId", _TEXT, "A feature's id.", where="path"), shared[2]]
        paths |= {
            here: _get(layer.title, _answer("application/json", "The layer.")),
            f"{here}/queryables": _get("Queryables", _answer("application/schema+json", "A JSON schema.")),
            f"{here}/items": _get("Features", _answer(GEOJSON, "Features."), [*shared, *own]),
            f"{here}/items/{{featureId}}": _get("A feature", _answer(GEOJSON, "The feature."), one),
            f"{here}/tiles": _get("Tile sets", _answer("application/json", "Tile sets.")),
            f"{here}/tiles/{TILE_MATRIX_SET}": _get(
                "Tile set", _answer("application/json", "The tile set."), [_parameter("f", _TILE_SET, "TileJSON, or not.")]
            ),
            f"{here}/tiles/{TILE_MATRIX_SET}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": _get(
                "A vector tile", _answer(MVT, "The tile."), tile
            ),
        }
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "crimemap: OGC API Features and Tiles",
            "version": __version__,
            "description": "Boundaries, hotspots and summaries of the release that is active.",
        },
        "servers": [{"url": base}],
        "paths": paths,
    }


def _get(summary: str, responses: dict[str, Any], parameters: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "get": {"summary": summary, "description": f"{summary}.", "parameters": parameters or [], "responses": responses}
    }
