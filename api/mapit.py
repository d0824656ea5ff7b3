"""Areas in the shapes of MapIt: what one is, its measurements, and its outline as GeoJSON, KML or WKT."""

from collections.abc import Iterable
from html import escape
from typing import Any, Final

import numpy as np
import shapely

from api.store.mapit import MapItArea, MapItAreas, Relation, generation_of
from api.store.opened import OpenedRelease
from api.store.postcodes import spaced
from crimemap.crs import to_national_grid, to_wgs84
from crimemap.forces import WELSH_FORCES

__all__ = [
    "TYPE_NAMES",
    "area_document",
    "areas_document",
    "generations_document",
    "geometry_document",
    "kml",
    "position_document",
    "postcode_document",
    "relations_document",
    "types_document",
    "with_metres",
]

GRID: Final = 27_700
_COUNTRIES: Final = {"E": "England", "W": "Wales"}
_DEGREES: Final = 6
_METRES: Final = 1
TYPE_NAMES: Final = {
    "neighbourhood": "Police neighbourhood",
    "lad": "Local authority district",
    "csp": "Community safety partnership",
    "county": "County",
    "ctyua": "County or unitary authority",
    "bcu": "Basic command unit",
    "pfa": "Police force area",
}


def area_document(one: MapItArea) -> dict[str, Any]:
    """Describe an area; `vintage`, `force` and `population` are ours."""
    area = one.area
    gss = len(area.area_code) == 9 and area.area_code[0] in _COUNTRIES and area.area_code[1:].isdigit()  # noqa: PLR2004
    country = area.area_code[0] if gss else "W" if area.force in WELSH_FORCES else "E" if area.force else ""
    codes = {"gss": area.area_code} if gss else {}
    if area.area_type in ("neighbourhood", "bcu") and area.force:
        codes["police"] = f"{area.force}:{area.area_code}"
    return {
        "id": one.number,
        "name": area.area_name,
        "parent_area": one.parent,
        "type": area.area_type.upper(),
        "type_name": TYPE_NAMES.get(area.area_type, area.area_type),
        "country": country,
        "country_name": _COUNTRIES.get(country, "-"),
        "generation_low": one.generation_low,
        "generation_high": one.generation_high,
        "codes": codes,
        "all_names": {},
        "vintage": area.vintage,
        "force": area.force,
        "population": area.population,
    }


def areas_document(areas: Iterable[MapItArea]) -> dict[str, Any]:
    """Describe areas, each under its number."""
    return {str(one.number): area_document(one) for one in areas}


def relations_document(relations: Iterable[Relation]) -> dict[str, Any]:
    """Describe areas with what they share with the one asked about."""
    return {
        str(one.other.number): area_document(one.other)
        | {
            "share_of_this": one.share_of_this,
            "share_of_other": one.share_of_other,
            "population_share": one.population_share,
            "population_share_of_other": one.population_share_of_other,
            "sliver": one.sliver,
            "shared_m2": one.area_m2,
            "shared_border_m": None if one.shared_m is None else round(one.shared_m, 1),
        }
        for one in relations
    }


def generations_document(areas: MapItAreas, created: str) -> dict[str, Any]:
    """List the generations; all are active."""
    said = {generation_of(one.area.vintage): one.area.vintage for one in areas.all}
    return {
        str(number): {
            "id": number,
            "active": True,
            "created": created,
            "description": f"Boundaries of {said[number] or 'an unknown date'}",
        }
        for number in areas.generations
    }


def types_document(areas: MapItAreas) -> dict[str, Any]:
    """List the types of areas, with how many there are."""
    counts: dict[str, int] = {}
    for one in areas.all:
        counts[one.area.area_type] = counts.get(one.area.area_type, 0) + 1
    return {
        kind.upper(): {"code": kind.upper(), "description": TYPE_NAMES.get(kind, kind), "areas": count}
        for kind, count in sorted(counts.items())
    }


def position_document(postcode: str, easting: float, northing: float) -> dict[str, Any]:
    """Describe where a postcode is."""
    longitude, latitude = to_wgs84([easting], [northing])
    return {
        "postcode": postcode,
        "easting": round(easting),
        "northing": round(northing),
        "coordsyst": "G",
        "wgs84_lat": round(float(latitude[0]), _DEGREES),
        "wgs84_lon": round(float(longitude[0]), _DEGREES),
    }


def postcode_document(held: OpenedRelease, row: int) -> dict[str, Any]:
    """Describe where a postcode is, by its row."""
    postcodes = held.postcodes
    return position_document(spaced(postcodes.code[row]), float(postcodes.easting[row]), float(postcodes.northing[row]))


def with_metres(shape: Any) -> Any:
    """Turn a shape in degrees into National Grid metres, to a decimetre."""

    def turned(xy: Any) -> Any:
        return np.round(np.column_stack(to_national_grid(xy[:, 0], xy[:, 1])), _METRES)

    return shapely.transform(shape, turned)


def geometry_document(shape: Any) -> dict[str, Any]:
    """Measure a shape in degrees: parts, extent, centre, and square metres."""
    metres = with_metres(shape)
    middle, centre = shapely.centroid(metres), shapely.centroid(shape)
    edges = dict(zip(("min_e", "min_n", "max_e", "max_n"), shapely.bounds(metres).tolist(), strict=True))
    degrees = dict(zip(("min_lon", "min_lat", "max_lon", "max_lat"), shapely.bounds(shape).tolist(), strict=True))
    return {
        "parts": int(shapely.get_num_geometries(shape)),
        "srid_en": GRID,
        "area": round(float(metres.area), 1),
        **edges,
        "centre_e": round(middle.x, _METRES),
        "centre_n": round(middle.y, _METRES),
        **degrees,
        "centre_lon": round(centre.x, _DEGREES),
        "centre_lat": round(centre.y, _DEGREES),
    }


def kml(name: str, shape: Any) -> str:
    """Write a shape in degrees as a KML document."""
    polygons = "".join(_polygon(part) for part in shapely.get_parts(shape))
    said = escape("".join(letter for letter in name if letter.isprintable()))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark>'
        f"<name>{said}</name><MultiGeometry>{polygons}</MultiGeometry></Placemark></kml>\n"
    )


def _polygon(part: Any) -> str:
    inner = "".join(f"<innerBoundaryIs>{_ring(ring)}</innerBoundaryIs>" for ring in part.interiors)
    return f"<Polygon><outerBoundaryIs>{_ring(part.exterior)}</outerBoundaryIs>{inner}</Polygon>"


def _ring(ring: Any) -> str:
    points = " ".join(f"{x:.6f},{y:.6f}" for x, y in shapely.get_coordinates(ring).tolist())
    return f"<LinearRing><coordinates>{points}</coordinates></LinearRing>"
