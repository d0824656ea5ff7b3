"""Results that are a ranked list of areas: clusters of points, and circles of the scan statistic."""

from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import pandas as pd
from numpy.typing import NDArray

from crimemap.crs import NATIONAL_GRID
from crimemap.jobs.geopackage_styles import outline_style
from crimemap.jobs.map_page import MapColumn, map_page
from crimemap.jobs.selection import Chosen
from crimemap.jobs.study_area import StudyArea
from crimemap.records import records

__all__ = ["AreasFound"]

_OUTLINE: Final = "#d4351c"
_COLUMNS: Final = (
    MapColumn("rank", "rank"),
    MapColumn("name", "near"),
    MapColumn("incidents", "incidents"),
    MapColumn("expected", "expected", digits=1),
    MapColumn("p_value", "p", digits=3),
    MapColumn("first", "from"),
    MapColumn("last", "to"),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AreasFound:
    """
    Areas with name, count, expected and rank.

    Attributes
    ----------
    process
        Its name.
    inputs
        What was asked, by name.
    told
        What the result says besides.
    incidents
        What was counted and what was left out.
    areas
        One row for each area, the first rank first.
    shapes
        Shape (k,). Their polygons, EPSG:27700.
    """

    process: str
    inputs: dict[str, Any]
    chosen: Chosen
    study_area: StudyArea | None
    told: dict[str, Any]
    incidents: dict[str, int]
    areas: pd.DataFrame
    shapes: NDArray[Any]

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads."""
        return {
            "process": self.process,
            "parameters": self.inputs,
            "selection": self.chosen.to_json(),
            "study_area": None if self.study_area is None else self.study_area.to_json(),
            **self.told,
            "incidents": self.incidents,
            "clusters": records(self.areas),
        }

    def table(self) -> pd.DataFrame:
        """Give the areas."""
        return self.areas

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Give the areas with their shapes."""
        flat = self.areas.drop(columns=[name for name in ("members",) if name in self.areas])
        return {self.process: gpd.GeoDataFrame(flat, geometry=list(self.shapes), crs=NATIONAL_GRID)}

    def styles(self) -> dict[str, str]:
        """Give QGIS's style of the layer."""
        return {self.process: outline_style(_OUTLINE)}

    def page(self) -> str:
        """Give a map as a page of HTML."""
        layer = self.layers()[self.process]
        said = f"{len(layer):,} clusters." if len(layer) else "No cluster was found."
        return map_page(
            {"Clusters": layer},
            title=f"Clusters: {self.chosen.words()}",
            said=said,
            columns=_COLUMNS,
            around=None if self.study_area is None else self.study_area.geometry,
        )
