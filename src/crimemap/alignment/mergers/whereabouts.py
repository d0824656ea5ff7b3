"""In which district, county and police force area units and bricks lie."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from crimemap.alignment.mergers.reach import REACHES
from crimemap.alignment.shared import shared_areas
from crimemap.alignment.slivers import SliverRule

__all__ = ["Around", "Whereabouts", "whereabouts"]

#: Codes of counties with districts, whose councils share the work; other codes are of unitary authorities.
_TWO_TIERS: Final = "E10"

#: Residents from which a part of a police area that lies within a district makes its chief officer a party.
_SOMEBODY: Final = 1.0

Objects = NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Around:
    """
    What units lie in: polygons indexed by area code with `area_name`, EPSG:27700; None where not known.

    Attributes
    ----------
    districts
        Local authority districts: the local government areas of the Act.
    counties
        Counties, or counties and unitary areas; only codes that begin with E10 are counties with districts.
    forces
        Police force areas.
    """

    districts: gpd.GeoDataFrame | None = None
    counties: gpd.GeoDataFrame | None = None
    forces: gpd.GeoDataFrame | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Whereabouts:
    """
    Where units and bricks lie; None where it is not known, or there is none.

    Attributes
    ----------
    force_of_unit, county_of_unit, country_of_unit, unitary_of_unit
        On the index of the units.
    district_of_brick, county_of_brick
        In the order of the bricks.
    districts
        Indexed by code: `name`, `county`, `county_name`, `forces` (those with a twentieth of its land or of theirs in it, or
        any part with a resident that is wider than a sliver); None where districts are not known.
    force_names
        Name of each force.
    units_are_districts
        Whether each unit is itself a district.
    """

    force_of_unit: "pd.Series[Any]"
    county_of_unit: "pd.Series[Any]"
    country_of_unit: "pd.Series[Any]"
    unitary_of_unit: "pd.Series[Any]"
    district_of_brick: Objects
    county_of_brick: Objects
    districts: pd.DataFrame | None
    force_names: Mapping[str, str] = field(default_factory=dict)
    units_are_districts: bool = False


def whereabouts(units: gpd.GeoDataFrame, bricks: gpd.GeoDataFrame, around: Around, *, unit_type: str) -> Whereabouts:
    """
    Find the district, county and force of units and bricks, by where most of their land lies.

    Parameters
    ----------
    units, bricks
        Polygons indexed by area code, EPSG:27700.
    around
        What they may lie in.
    unit_type
        `lad` where the units are districts themselves.
    """
    own = unit_type == "lad"
    districts = units if own else around.districts
    force = _most(units, around.forces)
    county = _two_tier(_most(units, around.counties))
    table = None if districts is None else _districts(districts, around, bricks)
    unknown = np.full(len(bricks), None, dtype=object)
    of_brick = unknown if districts is None else _middle(bricks, districts)
    county_of = {} if table is None else table["county"].to_dict()
    country = pd.Series([_country(str(code), one) for code, one in zip(units.index, force, strict=True)], index=units.index)
    unitary = pd.Series(None if around.counties is None else county.isna(), index=units.index, dtype=object)
    return Whereabouts(
        force_of_unit=force,
        county_of_unit=county,
        country_of_unit=country.astype(object),
        unitary_of_unit=unitary,
        district_of_brick=of_brick,
        county_of_brick=np.array([county_of.get(code) for code in of_brick.tolist()], dtype=object),
        districts=table,
        force_names={} if around.forces is None else _names(around.forces),
        units_are_districts=own,
    )


def _names(frame: gpd.GeoDataFrame) -> dict[str, str]:
    return {str(code): name if isinstance(name, str) and name else str(code) for code, name in frame["area_name"].items()}


def _country(code: str, force: Any) -> str | None:
    """Tell the country by the first letter of the unit's code, else of its force's."""
    for said in (code, force):
        if isinstance(said, str) and said[:1] in {"E", "W"} and said[1:].isdigit():
            return said[0]
    return None


def _shapes(frame: gpd.GeoDataFrame) -> Objects:
    return np.asarray(frame.geometry.array, dtype=object)


def _most(units: gpd.GeoDataFrame, areas: gpd.GeoDataFrame | None) -> "pd.Series[Any]":
    """Give each unit's area with most of its land, None where that is less than a half of it."""
    found = pd.Series(None, index=units.index, dtype=object)
    if areas is None:
        return found
    shapes = _shapes(units)
    i, j, area, _ = shared_areas(shapes, _shapes(areas))
    order = np.lexsort((j, -area, i))
    first = order[np.unique(i[order], return_index=True)[1]]
    kept = first[area[first] * 2 >= shapely.area(shapes)[i[first]]]
    found.iloc[i[kept]] = areas.index.to_numpy(dtype=object)[j[kept]]
    return found


def _two_tier(county: "pd.Series[Any]") -> "pd.Series[Any]":
    return county.where(county.map(lambda code: isinstance(code, str) and code.startswith(_TWO_TIERS)), None)


def _middle(bricks: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> Objects:
    """Give the area that each brick has its middle in, the first of several; None where it lies in none."""
    shapes = _shapes(areas)
    at, area = shapely.STRtree(shapes).query(shapely.point_on_surface(_shapes(bricks)), predicate="intersects")
    found = np.full(len(bricks), None, dtype=object)
    brick, first = np.unique(at, return_index=True)
    found[brick] = areas.index.to_numpy(dtype=object)[area[first]]
    return found


def _residents(parts: Objects, bricks: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Sum the people of each part, bricks that it cuts divided by area."""
    shapes, people = _shapes(bricks), bricks["population"].fillna(0.0).to_numpy(dtype=np.float64)
    part, brick = shapely.STRtree(shapes).query(parts, predicate="intersects")
    share = shapely.area(shapely.intersection(parts[part], shapes[brick])) / shapely.area(shapes[brick])
    return np.asarray(np.bincount(part, weights=share * people[brick], minlength=len(parts)), dtype=np.float64)


def _districts(districts: gpd.GeoDataFrame, around: Around, bricks: gpd.GeoDataFrame) -> pd.DataFrame:
    county = _two_tier(_most(districts, around.counties))
    names = {} if around.counties is None else _names(around.counties)
    forces: list[list[str]] = [[] for _ in range(len(districts))]
    if around.forces is not None:
        shapes, areas = _shapes(districts), _shapes(around.forces)
        i, j, area, perimeter = shared_areas(shapes, areas)
        real = (area >= REACHES * shapely.area(shapes)[i]) | (area >= REACHES * shapely.area(areas)[j])
        # The Act says "any part": a small one counts if somebody lives there, and it is no two drawings of one line.
        wide = ~real & (2 * area / perimeter >= SliverRule().width_m)
        real[wide] = _residents(shapely.intersection(shapes[i[wide]], areas[j[wide]]), bricks) >= _SOMEBODY
        for a, b in zip(i[real].tolist(), j[real].tolist(), strict=True):
            forces[a].append(str(around.forces.index[b]))
    return pd.DataFrame(
        {
            "name": pd.Series(_names(districts)).reindex(districts.index),
            "county": county,
            "county_name": [names.get(code) if isinstance(code, str) else None for code in county],
            "forces": pd.Series([tuple(held) for held in forces], index=districts.index, dtype=object),
        },
        index=districts.index,
    )
