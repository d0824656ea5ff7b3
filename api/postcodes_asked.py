"""Reading what is asked of `/postcodesio`, and refusing in the words of postcodes.io."""

import math
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any, Final

import anyio.to_thread
from fastapi import Depends, Query
from fastapi import Path as InPath
from starlette.responses import Response

from api.deps import release
from api.errors import POSTCODES_IO, say
from api.models_postcodes import PostcodeError
from api.patterns import COUNT_OR_NOTHING, looks_like
from api.postcodes_io import postcode_document
from api.routes import json_answer
from api.store.opened import OpenedRelease
from api.store.postcodes import compact
from api.store.texts import json_bytes
from crimemap.crs import to_national_grid

__all__ = [
    "LARGEST_RADIUS_M", "LONGEST", "RADIUS_M", "REFUSALS", "Held", "Latitude", "Limit", "Longitude", "OutcodeText",
    "PostcodeText", "Radius", "RefusedError", "Wide", "answered", "near_position", "read_limit", "read_position",
    "read_radius", "row_of", "unknown", "unreadable",
]  # fmt: skip

REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    400: {"description": "A parameter is missing or cannot be read.", "model": PostcodeError},
    404: {"description": "It is not known here.", "model": PostcodeError},
    429: {"description": "Too many requests; Retry-After says when to come back.", "model": PostcodeError},
}
Held = Annotated[OpenedRelease, Depends(release)]
PostcodeText = Annotated[str, InPath(description="With or without the space, in any case.", examples=["CB2 1TN"])]
OutcodeText = Annotated[str, InPath(description="The part of a postcode before the space.", examples=["CB2"])]
Limit = Annotated[
    str | None,
    Query(
        description="At most this many, up to 100; 10 where it is left out.",
        examples=["5"],
        json_schema_extra=looks_like(COUNT_OR_NOTHING),
    ),
]
Radius = Annotated[str | None, Query(description="Metres, up to 2,000; 100 where it is left out.", examples=["250"])]
Wide = Annotated[
    str | None, Query(description="Anything: look up to 20 km away, for at most 10 postcodes.", examples=["true"])
]
Longitude = Annotated[str | None, Query(description="Degrees.", examples=["0.1181"])]
Latitude = Annotated[str | None, Query(description="Degrees.", examples=["52.2053"])]

_LIMIT: Final = 10
_MOST: Final = 100
RADIUS_M: Final = 100.0
LARGEST_RADIUS_M: Final = 2_000.0
LONGEST: Final = 40


class RefusedError(Exception):
    """What is answered instead, in the words of postcodes.io."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.answer = say(POSTCODES_IO, status, text)


def unknown(text: str) -> RefusedError:
    """Make what answers 404."""
    return RefusedError(HTTPStatus.NOT_FOUND, text)


def unreadable(text: str) -> RefusedError:
    """Make what answers 400."""
    return RefusedError(HTTPStatus.BAD_REQUEST, text)


async def answered(work: Callable[[], Any]) -> Response:
    """Do the work beside the event loop: the first look-up reads all postcodes."""

    def done() -> Response:
        try:
            return json_answer(json_bytes({"status": HTTPStatus.OK.value, "result": work()}))
        except RefusedError as refused:
            return refused.answer

    return await anyio.to_thread.run_sync(done)


def row_of(held: OpenedRelease, postcode: str) -> int:
    """Find the row of a postcode; raises what answers 404 where there is none."""
    if len(postcode) > LONGEST or compact(postcode) is None:
        raise unknown("Invalid postcode")
    row = held.postcodes.find(postcode)
    if row is None:
        raise unknown("Postcode not found" if len(held.postcodes) else "Postcode not found: no postcodes are held here")
    return row


def read_limit(text: str | None) -> int:
    """Read how many are wanted; raises what answers 400."""
    if not text:
        return _LIMIT
    if not re.fullmatch(COUNT_OR_NOTHING, text, re.ASCII):
        raise unreadable("Invalid result limit submitted")
    return min(int(text), _MOST)


def _number(text: str | None, otherwise: str) -> float:
    try:
        number = float(text or "")
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise unreadable(otherwise)
    return number


def read_radius(text: str | None, *, usual: float, largest: float) -> float:
    """Read a radius in metres; raises what answers 400."""
    if not text:
        return usual
    radius = _number(text, "Invalid lookup radius submitted")
    if radius < 0:
        raise unreadable("Invalid lookup radius submitted")
    return min(radius, largest)


def read_position(longitude: str | None, latitude: str | None) -> tuple[float, float]:
    """Read a position and give it in metres."""
    x = _number(longitude, "Invalid longitude/latitude submitted")
    y = _number(latitude, "Invalid longitude/latitude submitted")
    if not (-180 <= x <= 180 and -90 <= y <= 90):  # noqa: PLR2004 - the range of degrees
        raise unreadable("Invalid longitude/latitude submitted")
    easting, northing = to_national_grid([x], [y])
    return float(easting[0]), float(northing[0])


def near_position(
    held: OpenedRelease, position: tuple[float, float], asked: Mapping[str, Any]
) -> list[dict[str, Any]] | None:
    """Describe the postcodes around a position in metres; nothing where there are none."""
    limit = read_limit(asked.get("limit"))
    if asked.get("widesearch"):
        rows, away = held.postcodes.nearest(*position, limit=min(limit, _LIMIT))
    else:
        radius = read_radius(asked.get("radius"), usual=RADIUS_M, largest=LARGEST_RADIUS_M)
        rows, away = held.postcodes.within(*position, distance_m=radius, limit=limit)
    pairs = zip(rows.tolist(), away.tolist(), strict=True)
    return [postcode_document(held, row, distance=distance) for row, distance in pairs] or None
