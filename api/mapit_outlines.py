"""The outline of an area as GeoJSON, KML or WKT, in degrees or on the National Grid."""

import re
from typing import Any, Final

import shapely
from starlette.responses import Response

from api.mapit import kml, with_metres
from api.mapit_asked import Served, found_area, unknown, unreadable

__all__ = ["TOLERANCE", "outline_answer"]

TOLERANCE: Final = r"^([0-9]{1,7}(\.[0-9]{1,9})?([eE]-[0-9]{1,2})?)?$"


def outline_answer(found: Served, area: str, form: str, *, srid: str, tolerance: str | None) -> Response:
    """
    Answer with the outline of an area.

    Parameters
    ----------
    tolerance
        Leave out corners that move the line by less, in the units of `srid`.

    Raises
    ------
    RefusedError
        If there is no such area, form or grid, or nothing is left of it.
    """
    if form not in ("geojson", "json", "kml", "wkt"):
        raise unknown("There is nothing at this address.")
    if srid not in ("4326", "27700"):
        raise unreadable("Bad SRID specified: 4326 and 27700 are known here")
    if form == "kml" and srid != "4326":
        raise unknown("KML is in 4326 only")
    one = found_area(found.areas, area)
    shape = found.areas.shape(one)
    if shape.is_empty:
        raise unknown("No polygons found")
    if srid == "27700":
        shape = with_metres(shape)
    shape = _simplified(shape, tolerance)
    if form == "kml":
        return Response(kml(one.area.area_name, shape), media_type="application/vnd.google-earth.kml+xml")
    if form == "wkt":
        return Response(shapely.to_wkt(shape, rounding_precision=6), media_type="text/plain")
    return Response(shapely.to_geojson(shape), media_type="application/json")


def _simplified(shape: Any, tolerance: str | None) -> Any:
    if not tolerance:
        return shape
    if not re.fullmatch(TOLERANCE, tolerance, re.ASCII):
        raise unreadable("Badly specified tolerance")
    by = float(tolerance)
    # Without regard to topology: a coast of half a million corners is done in a moment, and nothing is computed from it.
    made = shapely.simplify(shape, by, preserve_topology=False)
    if made.is_empty:
        raise unknown(f"Simplifying with tolerance {by:g} left no polygons")
    return made
