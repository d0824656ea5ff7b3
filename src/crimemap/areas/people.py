"""Who lives where: people or households of areas, given for them or summed from small areas (bricks)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd

from crimemap.areas.bricks import sum_bricks
from crimemap.areas.lookups import LookupInfo
from crimemap.areas.model import BoundarySet
from crimemap.areas.store import AreaStore
from crimemap.errors import NotFoundError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MEASURES", "Bricks", "People", "bricks_of", "people_of"]

MEASURES: Final = ("population", "households")
_BRICK_TYPE: Final = "lsoa"
#: Share of a set's codes that a table must hold to be about that set.
_MOST: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """People or households by area code, and where the number comes from."""

    by_area: "pd.Series[float]"
    measure: str
    vintage: str
    how: str
    cut_share: float | None

    def to_json(self) -> dict[str, Any]:
        """Give what a result says of it."""
        return {"measure": self.measure, "vintage": self.vintage, "how": self.how, "cut_share": self.cut_share}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bricks:
    """
    Bricks with people.

    Attributes
    ----------
    frame
        Shapes with `area_name` and a column for each measure, EPSG:27700.
    set_id, vintages
        The set, and the vintage of each measure.
    without_number
        Bricks that the tables do not know: they count as 0 people.
    """

    frame: gpd.GeoDataFrame
    set_id: str
    vintages: dict[str, str]
    without_number: int

    def to_json(self) -> dict[str, Any]:
        """Give what a result says of them."""
        return {
            "set_id": self.set_id,
            "vintages": self.vintages,
            "bricks": len(self.frame),
            "without_number": self.without_number,
        }


def _tables(areas: AreaStore, area_type: str, measure: str, vintage: str | None) -> list[LookupInfo]:
    found = [
        info
        for info in areas.lookups()
        if info.kind == "statistics" and info.area_type == area_type and info.measure == measure
    ]
    return sorted((info for info in found if vintage in (None, info.vintage)), key=lambda info: info.vintage, reverse=True)


def _matching(
    areas: AreaStore, area_type: str, measure: str, vintage: str | None, codes: "pd.Index[Any]"
) -> "tuple[pd.Series[float], str] | None":
    """Read the latest table that knows most of the codes."""
    for info in _tables(areas, area_type, measure, vintage):
        values = areas.statistics(area_type, measure, info.vintage)
        if codes.isin(values.index).mean() >= _MOST:
            return values, info.vintage
    return None


def bricks_of(
    areas: AreaStore, set_name: str, *, vintage: str | None = None, measures: tuple[str, ...] = MEASURES
) -> Bricks:
    """
    Read bricks with the measures that are known for them.

    Parameters
    ----------
    set_name
        A boundary set, such as lsoa-2011.
    vintage
        Of the numbers; the latest that knows the codes where not given.

    Raises
    ------
    NotFoundError
        If there is no such set, or no table of numbers for its codes.
    """
    info = areas.resolve(set_name)
    frame = areas.read(info.set_id).frame[["area_name", "geometry"]].copy()
    vintages, missing = {}, 0
    for measure in measures:
        found = _matching(areas, info.area_type, measure, vintage, frame.index)
        if found is not None:
            frame[measure] = found[0].reindex(frame.index)
            vintages[measure] = found[1]
            missing = max(missing, int(frame[measure].isna().sum()))
    if not vintages:
        raise NotFoundError(
            f"no {' or '.join(measures)} is known for the codes of {info.set_id}" + (f" of {vintage}" if vintage else ""),
            where="lookups",
            fix="Add one with 'crimemap lookups add'.",
        )
    return Bricks(frame=frame, set_id=info.set_id, vintages=vintages, without_number=missing)


def people_of(
    areas: AreaStore,
    boundaries: BoundarySet,
    measure: str,
    vintage: str | None = None,
    *,
    read: Callable[[str], BoundarySet] | None = None,
) -> People:
    """
    Find people or households of a set's areas: as given for them, else summed from the LSOAs that have their middle in them.

    Parameters
    ----------
    boundaries
        The set, or those of its areas that matter.
    vintage
        Of the numbers; the latest that knows the codes where not given.
    read
        Reads the shapes of a set: for a caller that asks for many sets and keeps the LSOAs at hand.

    Raises
    ------
    NotFoundError
        If neither is known.
    """
    info = boundaries.info
    given = _matching(areas, info.area_type, measure, vintage, boundaries.frame.index)
    if given is not None:
        return People(
            by_area=given[0].reindex(boundaries.frame.index),
            measure=measure,
            vintage=given[1],
            how=f"as given for {info.area_type} areas",
            cut_share=None,
        )
    sets = [found for found in areas.sets() if found.area_type == _BRICK_TYPE]
    for found in sorted(sets, key=lambda found: (found.vintage != info.vintage, found.vintage)):
        frame = (read or areas.read)(found.set_id).frame
        values = _matching(areas, _BRICK_TYPE, measure, vintage, frame.index)
        if values is not None:
            summed = sum_bricks(boundaries.frame, frame, values[0])
            return People(
                by_area=summed.by_area,
                measure=measure,
                vintage=values[1],
                how=f"summed over the areas of {found.set_id} that have their middle in each area",
                cut_share=summed.cut_share,
            )
    raise NotFoundError(
        f"no {measure} is known for {info.set_id}, nor for any LSOA set" + (f" of {vintage}" if vintage else ""),
        where="lookups",
        fix="Add LSOA boundaries with 'crimemap areas add' and their numbers with 'crimemap lookups add'.",
    )
