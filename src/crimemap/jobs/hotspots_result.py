"""What the search for hotspots gives: cells, the areas that hot cells make, and what was asked."""

from dataclasses import dataclass
from typing import Any, Final

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from crimemap.analysis.grids.cells import Cells
from crimemap.analysis.hotspots.hot_areas import HotAreas
from crimemap.crs import NATIONAL_GRID, to_wgs84
from crimemap.jobs.geopackage_styles import classes_style, outline_style
from crimemap.jobs.map_page import MapColumn, map_page
from crimemap.jobs.selection import Chosen
from crimemap.jobs.streets import map_points, nearest_street
from crimemap.jobs.study_area import StudyArea
from crimemap.products.classes import RAMP, class_breaks
from crimemap.records import records

__all__ = ["HotspotsResult", "named_areas"]

_M2_PER_KM2: Final = 1e6
_NEAR_M: Final = 1000.0
_OUTLINE: Final = "#d4351c"
_STATISTICS: Final = {
    "gi-star": "Gi*, each cell its own neighbour",
    "local-moran": "local Moran, variance over n; hot is high-high",
    "people": "local excess beside people: binomial, everybody at the same risk",
    "offence": "local excess beside other incidents: hypergeometric, labels by lot",
}
_HEADINGS: Final = {
    None: "Hotspots, beside an even spread",
    "people": "Hotspots, beside people",
    "offence": "Hotspots, beside other incidents",
}
_EVEN: Final = (
    "Hot means more incidents than if they were scattered evenly over the ground: towns, where people are, are hot by that "
    "measure. --relative-to asks beside those at risk."
)
_NULLS: Final = {
    "people": "Hot means more incidents than if everybody who lives there ran the same risk. Where many come from "
    "elsewhere, as in city centres, residents are not the people at risk.",
    "offence": "Hot means more incidents than if it were settled by lot which of all are of this type: a place is hot that "
    "has more of it than of the others, not one that has many.",
}


def named_areas(con: duckdb.DuckDBPyConnection, areas: HotAreas, cells: Cells, *, source: str | None) -> pd.DataFrame:
    """
    Make the table of hotspots: `rank`, `name`, `longitude`, `latitude`, `cells`, `area_km2`, `incidents`, `expected`.

    Parameters
    ----------
    areas
        As `hot_areas` gives them; the name is the nearest street's.
    """
    x, y = areas.easting, areas.northing
    if len(areas):
        every_x, every_y = cells.centres()
        bounds = (every_x.min() - _NEAR_M, every_y.min() - _NEAR_M, every_x.max() + _NEAR_M, every_y.max() + _NEAR_M)
        name = nearest_street(map_points(con, bounds, source=source), x, y)
    else:
        name = []
    longitude, latitude = to_wgs84(x, y)
    return pd.DataFrame(
        {
            "rank": areas.rank,
            "name": pd.Series(name, dtype=object),
            "longitude": longitude.round(6),
            "latitude": latitude.round(6),
            "cells": areas.cells,
            "area_km2": areas.area_m2 / _M2_PER_KM2,
            "incidents": areas.incidents,
            "expected": areas.expected.round(3),
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HotspotsResult:
    """
    Hotspots of a study area.

    Attributes
    ----------
    inputs
        What was asked, by name.
    cells
        One row for each cell of the study area, empty ones included; docs/json/analysis.md names the columns.
    areas
        One row for each hotspot: hot cells that touch, the one with most incidents beyond the expected first.
    neighbours, sensitivity, location, people
        How they were chosen; None where not asked for.
    relative_to
        Those at risk; None where incidents are compared with an even spread over the ground.
    backtest
        How the method would have done here so far, as `backtest_of` says it.
    outside
        Incidents in no cell of the study area.
    """

    inputs: dict[str, Any]
    chosen: Chosen
    study_area: StudyArea
    grid: Cells
    cells: pd.DataFrame
    areas: pd.DataFrame
    neighbours: dict[str, Any]
    sensitivity: dict[str, Any] | None
    location: dict[str, Any] | None
    people: dict[str, Any] | None
    relative_to: dict[str, Any] | None
    backtest: dict[str, Any]
    selected: int
    used: int
    outside: int
    without_position: int

    @property
    def hot(self) -> pd.DataFrame:
        """The hot cells, the most certain first."""
        return self.cells[self.cells["hotspot"]].sort_values(
            ["q_value", "incidents"], ascending=[True, False], kind="stable"
        )

    @property
    def _beside(self) -> str | None:
        return None if self.relative_to is None else str(self.relative_to["with"])

    @property
    def null(self) -> str:
        """What hot is measured against, in words."""
        return _EVEN if self._beside is None else _NULLS[self._beside]

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads: the figures, the hotspots, and the cells that are hot."""
        return {
            "process": "hotspots",
            "parameters": self.inputs,
            "selection": self.chosen.to_json(),
            "study_area": self.study_area.to_json(),
            "statistic": _STATISTICS[self._beside or self.inputs["statistic"]],
            "null": self.null,
            "relative_to": self.relative_to,
            "test": self.inputs["test"],
            "permutations": self.inputs["permutations"] if self.inputs["test"] == "monte-carlo" else None,
            "correction": self.inputs["correction"],
            "alpha": self.inputs["alpha"],
            "neighbours": self.neighbours,
            "sensitivity": self.sensitivity,
            "location": self.location,
            "people": self.people,
            "backtest": self.backtest,
            "incidents": {
                "selected": self.selected,
                "used": self.used,
                "outside_study_area": self.outside,
                "without_position": self.without_position,
            },
            "cells": {
                "kind": str(self.grid.kind),
                "tested": len(self.cells),
                "with_incidents": int((self.cells["incidents"] > 0).sum()),
                "hot": int(self.cells["hotspot"].sum()),
            },
            "incidents_in_hotspots": int(self.hot["incidents"].sum()),
            "areas": records(self.areas),
            "hotspots": records(self.hot),
        }

    def table(self) -> pd.DataFrame:
        """Give every cell."""
        return self.cells

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Give the cells with incidents and those that are hot, and the hotspots; the rest of the study area is empty."""
        chosen = np.flatnonzero((self.cells["incidents"] > 0) | self.cells["hotspot"])
        shown = self.cells.iloc[chosen].reset_index(drop=True)
        cells = gpd.GeoDataFrame(shown, geometry=self.grid.polygons(chosen), crs=NATIONAL_GRID)
        rank = self.cells["hotspot_rank"].fillna(0).to_numpy(dtype=np.int64)
        # Corners that cells share differ by rounding; a millimetre closes the seams.
        shapes = [
            shapely.union_all(self.grid.polygons(np.flatnonzero(rank == k)), grid_size=0.001) for k in self.areas["rank"]
        ]
        return {"hotspots": cells, "areas": gpd.GeoDataFrame(self.areas, geometry=shapes, crs=NATIONAL_GRID)}

    def styles(self) -> dict[str, str]:
        """Give QGIS's style of each layer."""
        breaks = class_breaks(self.cells["incidents"].to_numpy())
        # QGIS gives a value on a break to the class below it, so breaks lie between whole numbers.
        ends = [0.0, *(low - 0.5 for low in breaks), float(self.cells["incidents"].max()) + 0.5]
        cells = classes_style("incidents", ends, ["#f3f2f1", *RAMP[-len(breaks) :]])
        return {"hotspots": cells} | ({"areas": outline_style(_OUTLINE)} if len(self.areas) else {})

    def page(self) -> str:
        """Give a map as a page of HTML."""
        layers = self.layers()
        told = self.to_json()["cells"]
        return map_page(
            {_HEADINGS[self._beside]: layers["areas"], "Hot cells": layers["hotspots"][layers["hotspots"]["hotspot"]]},
            title=f"Hotspots: {self.chosen.words()}",
            around=self.study_area.geometry,
            said=f"{told['hot']:,} of {told['tested']:,} cells are hot. {self.null} {self.backtest['sentence']}",
            columns=(
                MapColumn("rank", "rank"),
                MapColumn("name", "near"),
                MapColumn("incidents", "incidents"),
                MapColumn("expected", "expected", digits=1),
                MapColumn("stability", "stability", digits=2),
            ),
        )
