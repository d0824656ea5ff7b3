"""The map points that a request is about: near a position, inside a polygon, at one point."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from api.deps import latitude_longitude, polygon
from api.errors import BadRequestError, TooManyCrimesError
from api.store.opened import OpenedRelease

__all__ = ["MAX_CRIMES", "at_point", "near_or_inside", "not_too_many"]

#: data.police.uk answers 503 to a custom area that holds more.
MAX_CRIMES = 10_000
_LARGEST_ID = 2**31 - 1


def near_or_inside(held: OpenedRelease, given: Mapping[str, str | None]) -> NDArray[np.int64]:
    """
    Give the ordinals of the map points inside `poly`, else within a mile of `lat` and `lng`.

    Raises
    ------
    BadRequestError
        If none of them is there, or one cannot be read.
    """
    custom = given.get("poly")
    if custom:
        return held.places.inside(polygon(custom))
    latitude, longitude = latitude_longitude(given.get("lat"), given.get("lng"), where="lat, lng or poly")
    return held.places.within(longitude, latitude)


def at_point(held: OpenedRelease, given: Mapping[str, str | None], *, nearest: bool) -> NDArray[np.int64]:
    """
    Give the ordinal of the map point named by `location_id`, or of the nearest to `lat` and `lng`: none or one.

    Parameters
    ----------
    nearest
        Whether a position will do.

    Raises
    ------
    BadRequestError
        If none of them is there, or one cannot be read.
    """
    location_id = given.get("location_id")
    if location_id:
        if not (location_id.isascii() and location_id.isdigit()):
            raise BadRequestError("this is not a whole number", where="location_id", fix="Use the street.id of a crime.")
        number = min(int(location_id[-20:]), _LARGEST_ID + 1)
        ordinal = int(held.places.ordinals_of(np.array([number]))[0])
    elif nearest:
        latitude, longitude = latitude_longitude(given.get("lat"), given.get("lng"), where="location_id or lat, lng")
        ordinal = held.places.nearest(longitude, latitude)
    else:
        raise BadRequestError("a location is needed", where="location_id", fix="Use the street.id of a crime.")
    return np.array([ordinal] if ordinal >= 0 else [], dtype=np.int64)


def not_too_many(rows: NDArray[np.int64], given: Mapping[str, str | None], *, what: str) -> None:
    """
    Refuse a custom area that holds too much.

    Raises
    ------
    TooManyCrimesError
        If it holds more than `MAX_CRIMES`.
    """
    if given.get("poly") and rows.size > MAX_CRIMES:
        raise TooManyCrimesError(
            f"the area holds more than {MAX_CRIMES:,} {what}", where="poly", fix="Ask for a smaller area."
        )
