"""One module for each resource."""

import gzip
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["geojson", "json_answer", "packed_answer"]


def json_answer(body: bytes, headers: dict[str, str] | None = None) -> Response:
    """Answer with JSON that is written already."""
    return Response(body, media_type="application/json", headers=headers)


def geojson(body: bytes) -> Response:
    """Answer with GeoJSON that is written already."""
    return Response(body, media_type="application/geo+json")


def packed_answer(request: Request, packed: bytes, media_type: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with what is compressed already, as it is to whoever takes it so."""
    made = {"Vary": "Accept-Encoding", **(headers or {})}
    if not _takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(gzip.decompress(packed), media_type=media_type, headers=made)
    return Response(packed, media_type=media_type, headers=made | {"Content-Encoding": "gzip"})


def _takes_gzip(accepted: str) -> bool:
    """
    Say whether a client takes gzip.

    Examples
    --------
    >>> _takes_gzip("br, gzip;q=0.8"), _takes_gzip("gzip;q=0"), _takes_gzip("")
    (True, False, False)
    """
    for one in accepted.lower().split(","):
        name, _, weight = one.partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.replace(" ", "").rstrip("0").rstrip(".") not in ("q=", "q=0")
    return False
