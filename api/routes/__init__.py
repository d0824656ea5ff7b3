"""One module for each resource."""

import gzip
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.compression import takes_gzip

__all__ = ["GeoJSONResponse", "geojson", "json_answer", "packed_answer"]


class GeoJSONResponse(JSONResponse):
    """For the documentation: what is answered is GeoJSON, in the shape of the route's model."""

    media_type = "application/geo+json"


def json_answer(body: bytes, headers: dict[str, str] | None = None) -> Response:
    """Answer with JSON that is written already."""
    return Response(body, media_type="application/json", headers=headers)


def geojson(body: bytes) -> Response:
    """Answer with GeoJSON that is written already."""
    return Response(body, media_type="application/geo+json")


def packed_answer(request: Request, packed: bytes, media_type: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with what is compressed already, as it is to whoever takes it so."""
    made = {"Vary": "Accept-Encoding", **(headers or {})}
    if not takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(gzip.decompress(packed), media_type=media_type, headers=made)
    return Response(packed, media_type=media_type, headers=made | {"Content-Encoding": "gzip"})
