"""Reading what a client asks of a layer. Whatever is not known is refused, as OGC API Features requires."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from api.deps import integer
from api.errors import BadRequestError
from api.ogc.layer import CRS84, EPSG_4326, EPSG_27700, Layer
from crimemap.crs import to_wgs84

__all__ = ["CRS_LIST", "MOST_FEATURES", "Asked", "read_asked"]

CRS_LIST: Final = (CRS84, EPSG_4326, EPSG_27700)
MOST_FEATURES: Final = 1000
_USUAL_FEATURES: Final = 100
_LARGEST_OFFSET: Final = 10**8
_BOX: Final = (4, 6)
#: A date, or a date and time with its zone (RFC 3339).
_MOMENT: Final = re.compile(
    r"(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]\d\d:\d\d))?\Z",
    re.ASCII,
)
_PARAMETERS: Final = frozenset({"bbox", "bbox-crs", "crs", "datetime", "limit", "offset", "f"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which features a client wants, and how."""

    rows: NDArray[np.int64]
    limit: int
    offset: int
    crs: str


def read_asked(layer: Layer, given: Mapping[str, str]) -> Asked:
    """
    Find the features that a request is about.

    Raises
    ------
    BadRequestError
        If a parameter is unknown or cannot be read.
    """
    names = {prop.name for prop in layer.properties}
    unknown = sorted(set(given) - _PARAMETERS - names)
    if unknown:
        raise BadRequestError(
            "there is no such parameter", where=unknown[0][:60], fix="Use a property of the layer: see its queryables."
        )
    if given.get("f", "json") not in ("json", "application/geo+json"):
        raise BadRequestError("only JSON is written", where="f", fix="Leave it out, or use f=json.")
    rows = np.arange(len(layer), dtype=np.int64)
    if given.get("bbox"):
        west, south, east, north = _box(given["bbox"], given.get("bbox-crs", CRS84))
        rows = _inside(layer, west, south, east, north)
    elif given.get("bbox-crs"):
        _known_crs(given["bbox-crs"], "bbox-crs")
    if given.get("datetime") and not layer.of_time(*_stretch(given["datetime"])):
        rows = rows[:0]
    rows = _equal(layer, rows, ((name, given[name]) for name in sorted(names & set(given))))
    return Asked(
        rows=rows,
        limit=min(MOST_FEATURES, integer(given, "limit", default=_USUAL_FEATURES, least=1, most=_LARGEST_OFFSET)),
        offset=integer(given, "offset", default=0, least=0, most=_LARGEST_OFFSET),
        crs=_known_crs(given.get("crs") or CRS84, "crs"),
    )


def _known_crs(text: str, where: str) -> str:
    if text not in CRS_LIST:
        raise BadRequestError("this coordinate system is not known", where=where, fix=f"Use one of {', '.join(CRS_LIST)}.")
    return text


def _box(text: str, crs: str) -> tuple[float, float, float, float]:
    """Read a box in any of the coordinate systems, as degrees; heights are left out."""
    _known_crs(crs, "bbox-crs")
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) not in _BOX or not all(map(math.isfinite, values)):
        raise BadRequestError(
            "four numbers with commas between them are needed",
            where="bbox",
            fix="West, south, east, north: -1.6,52.4,-1.3,52.6.",
        )
    half = len(values) // 2
    (a, b), (c, d) = values[:2], values[half : half + 2]
    if crs == EPSG_4326:
        a, b, c, d = b, a, d, c
    if b > d or (a > c and crs == EPSG_27700):
        raise BadRequestError("the first corner must be the south-western one", where="bbox")
    if crs == EPSG_27700:
        return _degrees(a, b, c, d)
    if not (-180 <= a <= 180 and -180 <= c <= 180 and -90 <= b <= d <= 90):  # noqa: PLR2004 - the range of degrees
        raise BadRequestError(
            "this box is not on the earth", where="bbox", fix="Longitude first, then latitude, in degrees."
        )
    return a, b, c, d


def _degrees(west: float, south: float, east: float, north: float) -> tuple[float, float, float, float]:
    """Give the box of degrees around a box of metres: its sides are curves, so points along them are looked at too."""
    if not all(-1e7 < value < 1e7 for value in (west, south, east, north)):  # noqa: PLR2004 - ten thousand kilometres
        raise BadRequestError("this box is far from the National Grid", where="bbox", fix="Give metres of EPSG:27700.")
    along = np.linspace(0.0, 1.0, 11)
    x, y = west + (east - west) * along, south + (north - south) * along
    edge_x = np.concatenate([x, x, np.full(11, west), np.full(11, east)])
    edge_y = np.concatenate([np.full(11, south), np.full(11, north), y, y])
    lon, lat = to_wgs84(edge_x, edge_y)
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        raise BadRequestError("this box is far from the National Grid", where="bbox", fix="Give metres of EPSG:27700.")
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def _inside(layer: Layer, west: float, south: float, east: float, north: float) -> NDArray[np.int64]:
    if west <= east:
        return layer.within(west, south, east, north)
    # A box over the 180th meridian.
    both = np.concatenate([layer.within(west, south, 180.0, north), layer.within(-180.0, south, east, north)])
    return np.unique(both)


def _stretch(text: str) -> tuple[str | None, str | None]:
    """
    Read an instant or an interval as the months that it meets; none where it is open.

    Examples
    --------
    >>> _stretch("2025-03-04/.."), _stretch("2025-03-04T10:00:00Z")
    (('2025-03', None), ('2025-03', '2025-03'))
    """
    parts = text.split("/")
    if len(parts) == 1:
        parts = parts * 2
    if len(parts) != 2 or parts in (["..", ".."], ["", ""]):  # noqa: PLR2004 - a pair
        raise BadRequestError("this is neither an instant nor an interval", where="datetime", fix=_EXAMPLE)
    months: list[str | None] = []
    for part in parts:
        if part in ("", ".."):
            months.append(None)
            continue
        if not _MOMENT.match(part):
            raise BadRequestError("this is not a date or time", where="datetime", fix=_EXAMPLE)
        months.append(part[:7])
    first, last = months
    if first and last and (parts[0] > parts[1]):
        raise BadRequestError("the interval ends before it begins", where="datetime", fix=_EXAMPLE)
    return first, last


_EXAMPLE: Final = "Examples: 2025-03-01T00:00:00Z, 2025-01-01/2025-03-31, 2025-01-01/.. ."


def _equal(layer: Layer, rows: NDArray[np.int64], wanted: Iterable[tuple[str, str]]) -> NDArray[np.int64]:
    """Keep the rows whose properties are what was asked: numbers as numbers, true and false as words."""
    for name, text in wanted:
        kind = next(prop.kind for prop in layer.properties if prop.name == name)
        value: object = text
        if kind in ("integer", "number"):
            try:
                value = float(text)
            except ValueError:
                raise BadRequestError("this is not a number", where=name) from None
        elif kind == "boolean":
            if text not in ("true", "false"):
                raise BadRequestError("this is true or false", where=name)
            value = text == "true"
        column = layer.values[name]
        rows = rows[np.fromiter((column[row] is not None and column[row] == value for row in rows), bool, rows.size)]
    return rows
