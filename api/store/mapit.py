"""
The areas of a release as MapIt numbers them, in generations of dated boundary sets.

An area's number is made of its type, vintage, code and force, so it is the same in every release with that boundary set. A
generation is a vintage, numbered by its year and month (`202400` where boundaries are of a year): an area is of all
generations from that of its set to the last before the next set of its type.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Final

import numpy as np
import shapely

from api.store.opened import OpenedRelease
from crimemap.alignment.classes import ClassRule
from crimemap.products.layers.areas import Area

__all__ = ["COVERED", "MapItArea", "MapItAreas", "Relation", "generation_of", "in_generations"]

_LARGEST_ID: Final = 2**31 - 1
_CACHE_BYTES: Final = 48 * 1024 * 1024
_BYTES_A_SHAPE: Final = 2_000
#: Which of the areas that hold one stands for all: the nearest above.
_PARENTS_OF: Final = {"neighbourhood": ("lad", "csp", "bcu", "pfa"), "lad": ("county", "csp", "pfa")}
_PARENTS: Final = ("pfa",)
#: From this share on, all but what two drawings differ by lies inside: the rule by which an area is nested in another.
COVERED: Final = ClassRule().nested


@dataclass(frozen=True, slots=True, kw_only=True)
class MapItArea:
    """An area with its number, the generations that it is of, and the number of the area that it lies in."""

    number: int
    area: Area
    generation_low: int
    generation_high: int
    parent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What an area shares with another. Shares are null where they are not known; square metres, people, metres."""

    other: MapItArea
    touch: bool
    sliver: bool
    area_m2: float
    share_of_this: float
    share_of_other: float
    population_share: float | None
    population_share_of_other: float | None
    shared_m: float | None

    def is_of(self, kind: str) -> bool:
        """Say whether MapIt's method of this name lists the other area."""
        apart = self.touch or self.sliver
        inside, around = self.share_of_other >= COVERED, self.share_of_this >= COVERED
        return {
            "touches": apart,
            "overlaps": not self.touch and (self.sliver or not (inside or around)),
            "covers": not apart and inside,
            "covered": not apart and around,
            "coverlaps": not self.touch and (self.sliver or inside or not around),
            "intersects": True,
        }[kind]


def generation_of(vintage: str) -> int:
    """
    Give the number of a vintage's generation.

    Examples
    --------
    >>> generation_of("2024"), generation_of("2024-05"), generation_of("")
    (202400, 202405, 0)
    """
    year, _, month = vintage.partition("-")
    return int(year) * 100 + int(month or 0) if year.isdigit() and (month or "0").isdigit() else 0


def _number(area: Area) -> int:
    digest = hashlib.blake2b("\0".join(area.key).encode(), digest_size=8).digest()
    return int.from_bytes(digest) % _LARGEST_ID + 1


class MapItAreas:
    """
    The areas of an open release by number, code, name and place.

    Parameters
    ----------
    held
        The release.
    """

    def __init__(self, held: OpenedRelease) -> None:
        self._held = held
        every = [area for same in held.areas.by_type.values() for area in same] + held.earlier_areas
        self._earlier = {area.area_id for area in held.earlier_areas}
        self.generations = sorted({generation_of(area.vintage) for area in every})
        self.current = self.generations[-1] if self.generations else 0
        self._by_number = self._numbered(every)
        self._by_key = {one.area.key: one for one in self._by_number.values()}
        self._by_code: dict[str, list[MapItArea]] = {}
        for number, one in self._by_number.items():
            self._by_number[number] = placed = replace(one, parent=self._parent(one.area))
            self._by_key[one.area.key] = placed
            self._by_code.setdefault(one.area.area_code, []).append(placed)
        self._by_id = {one.area.area_id: one for one in self._by_number.values() if one.area.area_id is not None}
        self._list = list(self._by_number.values())
        nowhere = (np.inf, np.inf, -np.inf, -np.inf)
        self._bounds = np.array([one.area.bbox or nowhere for one in self._list], dtype=np.float64).reshape(-1, 4)
        self._names = [one.area.area_name.casefold() for one in self._list]
        self._shapes: OrderedDict[int, Any] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def _numbered(self, every: Sequence[Area]) -> dict[int, MapItArea]:
        vintages: dict[tuple[str, str], set[int]] = {}
        for area in every:
            vintages.setdefault(self._series(area), set()).add(generation_of(area.vintage))
        made: dict[int, MapItArea] = {}
        for area in sorted(every, key=lambda one: one.key):
            number = _number(area)
            while number in made:  # two of thousands, once in a thousand releases
                number = number % _LARGEST_ID + 1
            low = generation_of(area.vintage)
            later = [other for other in vintages[self._series(area)] if other > low]
            before = [one for one in self.generations if not later or one < min(later)]
            made[number] = MapItArea(number=number, area=area, generation_low=low, generation_high=max([low, *before]))
        return made

    @staticmethod
    def _series(area: Area) -> tuple[str, str]:
        """Give what the vintages of a boundary set follow one another in: those of a force's own are the force's."""
        return area.area_type, (area.force or "") if area.area_type in ("neighbourhood", "bcu") else ""

    def _parent(self, area: Area) -> int | None:
        above = dict(area.parents)
        for kind in _PARENTS_OF.get(area.area_type, _PARENTS):
            if kind in above:
                found = self._held.areas.find(kind, above[kind], force=None, vintage=None)
                own = [one for one in found if one.force == area.force] or found
                if own and own[0].key in self._by_key:
                    return self._by_key[own[0].key].number
        return None

    def __len__(self) -> int:
        """Count the areas."""
        return len(self._list)

    @property
    def all(self) -> list[MapItArea]:
        """Every area."""
        return self._list

    def find(self, text: str, *, generation: int | None = None) -> MapItArea | None:
        """Find an area by its number, or by its code in a generation (the present one where none is named)."""
        if text.isascii() and text.isdigit():
            return self._by_number.get(int(text[:20]))
        wanted = self.current if generation is None else generation
        found = [one for one in self._by_code.get(text, ()) if one.generation_low <= wanted <= one.generation_high]
        return found[0] if found else None

    def of_id(self, area_id: int | None) -> MapItArea | None:
        """Find an area by what the release's tables call it."""
        return None if area_id is None else self._by_id.get(area_id)

    def with_code(self, code: str) -> list[MapItArea]:
        """Find the areas with a code, of every type and generation."""
        return self._by_code.get(code, [])

    def beginning(self, name: str) -> list[MapItArea]:
        """Find areas whose name begins so, whatever the case."""
        start = name.casefold()
        return [one for one, known in zip(self._list, self._names, strict=True) if known.startswith(start)]

    def children(self, parent: MapItArea) -> list[MapItArea]:
        """Find the areas that lie in an area by their inner point."""
        key = parent.area.area_type, parent.area.area_code
        own = (parent.area.force, None)
        return [one for one in self._list if key in one.area.parents and one.area.force in own]

    def at(self, longitude: float, latitude: float, *, box_only: bool) -> list[MapItArea]:
        """Find the areas that a point lies in or on the edge of, degrees; with `box_only`, those whose box it lies in."""
        west, south, east, north = self._bounds.T
        inside = (west <= longitude) & (longitude <= east) & (south <= latitude) & (latitude <= north)
        found = [self._list[at] for at in np.flatnonzero(inside).tolist()]
        if box_only:
            return found
        return [one for one in found if bool(shapely.intersects_xy(self.shape(one), longitude, latitude))]

    def shape(self, one: MapItArea) -> Any:
        """Give an area's shape, degrees, prepared; those used last are kept."""
        with self._lock:
            if one.number in self._shapes:
                self._shapes.move_to_end(one.number)
                return self._shapes[one.number]
        area = one.area
        with self._held.cursor() as cursor:
            table = "earlier_areas" if area.area_id is not None and area.area_id in self._earlier else "areas"
            row = cursor.execute(
                f"""SELECT geometry FROM {table}
                   WHERE area_type = ? AND area_code = ? AND coalesce(vintage, '') = ? AND coalesce(force, '') = ?""",  # noqa: S608 - names of ours
                [area.area_type, area.area_code, area.vintage, area.force or ""],
            ).fetchone()
        shape = shapely.MultiPolygon() if row is None or row[0] is None else shapely.from_wkb(bytes(row[0]))
        shapely.prepare(shape)
        with self._lock:
            if one.number not in self._shapes:
                self._bytes += _size(shape)
            self._shapes[one.number] = shape
            while self._bytes > _CACHE_BYTES and len(self._shapes) > 1:
                self._bytes -= _size(self._shapes.popitem(last=False)[1])
        return shape

    def relations(self, this: MapItArea) -> list[Relation] | None:
        """List what an area shares with every other, the largest shares first; nothing where the release does not know."""
        if this.area.area_id is None:
            return None
        with self._held.cursor() as cursor:
            rows = cursor.execute(
                """SELECT other_id, kind, area_m2, share_of_area, share_of_other, population_share_of_area,
                          population_share_of_other, sliver, shared_m FROM area_relations WHERE area_id = $one
                   UNION ALL
                   SELECT area_id, kind, area_m2, share_of_other, share_of_area, population_share_of_other,
                          population_share_of_area, sliver, shared_m FROM area_relations WHERE other_id = $one""",
                {"one": this.area.area_id},
            ).fetchall()
        made = (self._relation(row) for row in rows)
        return sorted((one for one in made if one is not None), key=lambda one: (-one.share_of_this, one.other.number))

    def _relation(self, row: Sequence[Any]) -> Relation | None:
        other = self._by_id.get(row[0])
        if other is None:
            return None
        touch = row[1] == "touch"
        return Relation(
            other=other,
            touch=touch,
            sliver=bool(row[7]),
            area_m2=0.0 if touch else row[2],
            share_of_this=0.0 if touch else row[3],
            share_of_other=0.0 if touch else row[4],
            population_share=0.0 if touch else row[5],
            population_share_of_other=0.0 if touch else row[6],
            shared_m=row[8],
        )


def _size(shape: Any) -> int:
    return _BYTES_A_SHAPE + 64 * int(shapely.get_num_coordinates(shape))


def in_generations(
    areas: Iterable[MapItArea], *, generation: int, least: int | None = None, most: int | None = None
) -> list[MapItArea]:
    """
    Keep the areas of a generation.

    Parameters
    ----------
    least
        Instead: those of this generation or a later one, up to `generation`; all where it is -1.
    most
        Instead: those that were no more after this one.
    """
    if least == -1:
        return list(areas)
    low = generation if least is None else least
    return [
        one
        for one in areas
        if one.generation_low <= generation and one.generation_high >= low and (most is None or one.generation_high <= most)
    ]
