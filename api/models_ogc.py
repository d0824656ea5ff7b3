"""What the documents under `/ogc` hold, by example: OGC API Features and Tiles say the rest."""

from typing import Any, Final

__all__ = ["COLLECTION", "COLLECTIONS", "CONFORMANCE", "FEATURE", "FEATURES", "LANDING", "QUERYABLES", "TILE_MATRIX_SETS",
           "TILE_SETS", "documented"]  # fmt: skip

_LINK: Final = {"href": "http://127.0.0.1:8000/ogc", "rel": "self", "type": "application/json", "title": "This document"}
LANDING: Final = {"title": "crimemap", "description": "Boundaries, hotspots and summaries.", "links": [_LINK]}
CONFORMANCE: Final = {"conformsTo": ["http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"]}
COLLECTION: Final = {
    "id": "csp",
    "title": "Community safety partnerships",
    "extent": {"spatial": {"bbox": [[-5.8, 50.0, 1.8, 55.8]]}},
    "itemType": "feature",
    "crs": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"],
    "links": [_LINK],
}
COLLECTIONS: Final = {"links": [_LINK], "collections": [COLLECTION]}
QUERYABLES: Final = {"type": "object", "properties": {"code": {"type": "string", "title": "Code"}}}
FEATURE: Final = {
    "type": "Feature",
    "id": "E22000013",
    "geometry": {"type": "Polygon", "coordinates": [[[0.1, 52.2], [0.2, 52.2], [0.1, 52.3], [0.1, 52.2]]]},
    "properties": {"code": "E22000013", "name": "Cambridge"},
}
FEATURES: Final = {
    "type": "FeatureCollection",
    "features": [FEATURE],
    "links": [_LINK],
    "numberMatched": 1,
    "numberReturned": 1,
}
TILE_MATRIX_SETS: Final = {"tileMatrixSets": [{"id": "WebMercatorQuad", "links": [_LINK]}]}
TILE_SETS: Final = {"tilesets": [{"title": "csp", "dataType": "vector", "links": [_LINK]}]}


def documented(example: dict[str, Any], kind: str = "application/json") -> dict[int | str, dict[str, Any]]:
    """Describe an answer by an example."""
    answer = {"schema": {"type": "object", "required": sorted(example)}, "example": example}
    return {200: {"description": "As the standard says.", "content": {kind: answer}}}
