"""Reading parameters: every one comes as text, and what cannot be read is refused with a sentence."""

import math
from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import parse_qsl

import numpy as np
from fastapi import Request
from numpy.typing import NDArray

from api.errors import BadRequestError, TooLargeError, UnknownError
from api.store.alignment import Alignment
from api.store.opened import OpenedRelease
from crimemap.offences import ALL_CRIME
from crimemap.periods import is_month

__all__ = [
    "MAX_BODY_BYTES",
    "MAX_POINTS",
    "alignment",
    "category",
    "form_or_query",
    "held_month",
    "integer",
    "latitude_longitude",
    "point",
    "polygon",
    "release",
]

MAX_BODY_BYTES: Final = 5_000_000
MAX_POINTS: Final = 200_000
_MIN_POINTS: Final = 3
_MAX_FIELDS: Final = 100


def release(request: Request) -> OpenedRelease:
    """Give the release that this request is answered from."""
    return cast("OpenedRelease", request.scope["crimemap.release"])


def alignment(request: Request) -> Alignment:
    """
    Give what this request's release says of its boundary sets.

    Raises
    ------
    UnknownError
        If it says nothing.
    """
    found = release(request).alignment
    if found is None:
        raise UnknownError(
            "this release has no comparison of boundary sets",
            fix="It was built with fewer than two sets to compare, or before there was one: build it again.",
        )
    return found


async def form_or_query(request: Request) -> dict[str, str]:
    """
    Read parameters from the address and, for a POST, from a form in the body, which wins.

    Raises
    ------
    TooLargeError
        If the body is larger than `MAX_BODY_BYTES`.
    BadRequestError
        If it is not a form.
    """
    given = dict(request.query_params)
    if request.method != "POST":
        return given
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise TooLargeError(
                f"the body is larger than {MAX_BODY_BYTES:,} bytes", fix="Simplify the polygon and ask again."
            )
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("multipart/form-data", "application/json"):
        raise BadRequestError(f"the body is {kind}", fix="Send it as application/x-www-form-urlencoded.")
    try:
        fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MAX_FIELDS, separator="&")
    except (UnicodeDecodeError, ValueError):
        raise BadRequestError("the body is not a form", fix="Send it as application/x-www-form-urlencoded.") from None
    return given | dict(fields)


def latitude_longitude(latitude: str | None, longitude: str | None, *, where: str = "lat, lng") -> tuple[float, float]:
    """
    Read a latitude and a longitude in degrees.

    Raises
    ------
    BadRequestError
        If one is missing, not a finite number, or off the earth.
    """
    if not latitude or not longitude:
        raise BadRequestError("a latitude and a longitude are needed", where=where, fix="Example: lat=52.6297&lng=-1.1315.")
    y, x = _number(latitude, where=where), _number(longitude, where=where)
    if not (-90 <= y <= 90 and -180 <= x <= 180):  # noqa: PLR2004 - the range of degrees
        raise BadRequestError(
            "a latitude is between -90 and 90, a longitude between -180 and 180", where=where, fix="Latitude comes first."
        )
    return y, x


def point(text: str | None) -> tuple[float, float]:
    """
    Read `latitude,longitude`.

    Raises
    ------
    BadRequestError
        If it is not two numbers in range.
    """
    parts = (text or "").split(",")
    if len(parts) != 2:  # noqa: PLR2004 - a pair
        raise BadRequestError("a latitude, a comma and a longitude are needed", where="q", fix="Example: q=51.5006,-0.1246.")
    return latitude_longitude(parts[0], parts[1], where="q")


def polygon(text: str) -> NDArray[np.float64]:
    """
    Read `lat,lng:lat,lng:lat,lng`.

    Returns
    -------
    numpy.ndarray
        Shape (n, 2), n >= 3. Longitude and latitude, degrees, as given: neither closed nor repaired.

    Raises
    ------
    BadRequestError
        If it cannot be read, has fewer than three different points, or more than `MAX_POINTS`.
    """
    count = text.count(":") + 1
    if count > MAX_POINTS:
        raise BadRequestError(
            f"the polygon has {count:,} points, {MAX_POINTS:,} are the most", where="poly", fix="Simplify it and ask again."
        )
    try:
        values = np.array([_pair(pair) for pair in text.split(":")], dtype=np.float64)
    except ValueError:
        raise BadRequestError(
            "not every point is a latitude, a comma and a longitude",
            where="poly",
            fix="Example: poly=52.3,0.5:52.8,0.2:52.1,0.9.",
        ) from None
    if not np.isfinite(values).all() or (np.abs(values) > (180.0, 90.0)).any():
        raise BadRequestError("a point is not on the earth", where="poly", fix="Latitude first, then longitude, in degrees.")
    different = len(np.unique(values, axis=0))
    if different < _MIN_POINTS:
        raise BadRequestError(f"{different} different points make no area", where="poly", fix="Give three or more.")
    return values


def held_month(held: OpenedRelease, date: str | None) -> str:
    """
    Read a month, the latest one where none is given.

    Raises
    ------
    BadRequestError
        If it is not a month.
    UnknownError
        If the release does not hold it.
    """
    if not date:
        if held.latest_month is None:
            raise UnknownError("this release holds no month")
        return held.latest_month
    if not is_month(date):
        raise BadRequestError("this is not a month", where="date", fix="Write it as YYYY-MM, for example 2024-03.")
    if date not in held.month_set:
        raise UnknownError(f"the release holds no data for {date}", where="date")
    return date


def category(held: OpenedRelease, text: str) -> str | None:
    """
    Read a category; nothing for all crime.

    Raises
    ------
    UnknownError
        If there is no such category.
    """
    if text not in held.known_categories:
        raise UnknownError("there is no such category", where="category")
    return None if text == ALL_CRIME else text


def integer(given: Mapping[str, Any], name: str, *, default: int, least: int, most: int) -> int:
    """
    Read a whole number.

    Raises
    ------
    BadRequestError
        If it is not one, or out of its range.
    """
    text = given.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):  # noqa: PLR2004 - no giants
        raise BadRequestError(f"a whole number from {least} to {most} is needed", where=name)
    return int(text)


def _number(text: str, *, where: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadRequestError("this is not a number", where=where, fix="Write degrees with a decimal point.")
    return number


def _pair(text: str) -> tuple[float, float]:
    latitude, longitude = text.split(",")
    return float(longitude), float(latitude)
