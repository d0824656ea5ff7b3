"""One module for each resource."""

from starlette.responses import Response

__all__ = ["geojson", "json_answer"]


def json_answer(body: bytes, headers: dict[str, str] | None = None) -> Response:
    """Answer with JSON that is written already."""
    return Response(body, media_type="application/json", headers=headers)


def geojson(body: bytes) -> Response:
    """Answer with GeoJSON that is written already."""
    return Response(body, media_type="application/geo+json")
