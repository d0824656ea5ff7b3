"""Reading what is asked of `/mapit`: positions, filters, and which areas of a release are meant."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from typing import Annotated, Any, Final
from weakref import WeakKeyDictionary

import anyio.to_thread
from fastapi import Depends, Query, Request
from starlette.responses import Response

from api.deps import release
from api.errors import MAPIT, say
from api.mapit import area_document
from api.patterns import WHOLE_OR_NOTHING, looks_like
from api.routes import json_answer
from api.store.mapit import MapItArea, MapItAreas, in_generations
from api.store.opened import OpenedRelease
from api.store.texts import json_bytes
from crimemap.crs import to_national_grid, to_wgs84

__all__ = [
    "PLACE", "Asked", "Filters", "RefusedError", "Served", "answered", "found_area", "numbered", "plain_name", "position",
    "served", "unknown", "unreadable",
]  # fmt: skip

_MOST_IDS: Final = 100
_NUMBER: Final = r"-?[0-9]{1,7}(\.[0-9]{1,15})?([eE]-[0-9]{1,2})?"
PLACE: Final = rf"^{_NUMBER},{_NUMBER}(\.json)?$"
_PLACE: Final = re.compile(PLACE, re.ASCII)
_LONGEST: Final = 2_000
_SRIDS: Final = {"4326": 4326, "latlon": 4326, "27700": 27_700, "osgb": 27_700}
_WHOLE: Final = re.compile(r"-?[0-9]{1,9}", re.ASCII)


class RefusedError(Exception):
    """What is answered instead, in MapIt's shape."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.answer = say(MAPIT, status, text)


def unknown(text: str) -> RefusedError:
    """Make what answers 404."""
    return RefusedError(HTTPStatus.NOT_FOUND, text)


def unreadable(text: str) -> RefusedError:
    """Make what answers 400."""
    return RefusedError(HTTPStatus.BAD_REQUEST, text)


@dataclass(frozen=True, slots=True)
class Served:
    """A release and its areas by number."""

    held: OpenedRelease
    areas: MapItAreas


_AREAS: WeakKeyDictionary[OpenedRelease, MapItAreas] = WeakKeyDictionary()
_LOCK: Final = Lock()


def served(request: Request) -> Callable[[], Served]:
    """Give a way to the release and its areas, to be taken beside the event loop: the first to ask makes the index."""
    held = release(request)

    def opened() -> Served:
        with _LOCK:
            areas = _AREAS.get(held)
            if areas is None:
                areas = _AREAS[held] = MapItAreas(held)
        return Served(held, areas)

    return opened


async def answered(work: Callable[[], Any]) -> Response:
    """Do the work beside the event loop; what it gives is written as JSON, or is an answer already."""

    def done() -> Response:
        try:
            found = work()
        except RefusedError as refused:
            return refused.answer
        return found if isinstance(found, Response) else json_answer(json_bytes(found))

    return await anyio.to_thread.run_sync(done)


def _whole(text: str | None, name: str) -> int | None:
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise unreadable(f"Bad {name} specified")
    return int(text)


_GENERATION: Final[dict[str, Any]] = {"examples": ["202400"], "json_schema_extra": looks_like(WHOLE_OR_NOTHING)}


class Asked:
    """Which of the areas found are wanted, as the address says."""

    def __init__(
        self,
        *,
        type: Annotated[  # noqa: A002 - what the service calls it
            str | None, Query(description="Types, with commas between.", examples=["CSP,LAD"])
        ] = None,
        generation: Annotated[
            str | None,
            Query(description="As the boundaries were then; the present ones where it is left out.", **_GENERATION),
        ] = None,
        min_generation: Annotated[str | None, Query(description="Since this generation; -1 for all.", **_GENERATION)] = None,
        max_generation: Annotated[str | None, Query(description="No more after this generation.", **_GENERATION)] = None,
        country: Annotated[str | None, Query(description="E or W, with a comma between.", examples=["W"])] = None,
        within: Annotated[str | None, Query(description="Only areas that lie in this one.", examples=["E23000023"])] = None,
    ) -> None:
        self._type = type
        self._generation = generation
        self._least = min_generation
        self._most = max_generation
        self._country = country
        self._within = within

    def generation(self, areas: MapItAreas) -> int:
        """Give the generation asked for, the present one where none is."""
        named = _whole(self._generation, "generation")
        return areas.current if named is None else named

    def types(self) -> set[str]:
        """Give the types asked for, in small letters; none for all."""
        return {one for one in (self._type or "").lower().split(",") if one}

    def wanted(self, found: Iterable[MapItArea], areas: MapItAreas) -> list[MapItArea]:
        """Keep the areas that are wanted."""
        least, most = _whole(self._least, "min_generation"), _whole(self._most, "max_generation")
        kept = in_generations(found, generation=self.generation(areas), least=least, most=most)
        types = self.types()
        if types:
            kept = [one for one in kept if one.area.area_type in types]
        if self._country:
            countries = set(self._country.upper().split(","))
            kept = [one for one in kept if area_document(one)["country"] in countries]
        if self._within:
            around = found_area(areas, self._within)
            inside = {one.other.number for one in areas.relations(around) or () if one.is_of("covers")}
            inside |= {one.number for one in areas.children(around)}
            kept = [one for one in kept if one.number in inside]
        return kept


Filters = Annotated[Asked, Depends(Asked)]


def plain_name(text: str) -> str:
    """
    Take away the ending that MapIt allows, and what is too long to be anything.

    Examples
    --------
    >>> plain_name("E22000013.json"), plain_name("CSP")
    ('E22000013', 'CSP')
    """
    return text[:_LONGEST].removesuffix(".json")


def found_area(areas: MapItAreas, text: str, *, generation: int | None = None) -> MapItArea:
    """
    Find an area by its number or code.

    Raises
    ------
    RefusedError
        If there is none.
    """
    found = areas.find(text[:_LONGEST], generation=generation)
    if found is None:
        raise unknown("There is no such area")
    return found


def numbered(areas: MapItAreas, text: str) -> list[MapItArea]:
    """
    Find areas by their numbers, with commas between; those that are not there are left out.

    Raises
    ------
    RefusedError
        If there are too many.
    """
    names = text.split(",")
    if len(names) > _MOST_IDS:
        raise unreadable(f"{len(names)} areas are asked for, {_MOST_IDS} are the most")
    return [one for one in map(areas.find, dict.fromkeys(names)) if one is not None]


def position(srid: str, text: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """
    Read a position: `x,y`, which is longitude and latitude; under `latlon` it is latitude first.

    Returns
    -------
    tuple
        Longitude and latitude, degrees; easting and northing, metres.

    Raises
    ------
    RefusedError
        If it cannot be read, or there is no such coordinate system here.
    """
    if srid not in _SRIDS:
        raise unreadable("Bad SRID specified: 4326 and 27700 are known here")
    if not _PLACE.fullmatch(text):
        raise unreadable("Bad co-ordinates specified: two numbers with a comma between are needed")
    first, second = (float(part) for part in plain_name(text).split(","))
    if _SRIDS[srid] == 27_700:  # noqa: PLR2004 - the National Grid
        x, y = to_wgs84([first], [second])
        degrees, metres = (float(x[0]), float(y[0])), (first, second)
    else:
        degrees = (second, first) if srid == "latlon" else (first, second)
        e, n = to_national_grid([degrees[0]], [degrees[1]])
        metres = float(e[0]), float(n[0])
    return degrees, metres
