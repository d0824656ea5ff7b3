"""What the process of kernel density gives back: a surface, what it is of, and how it was made."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pydantic import BaseModel

from crimemap.analysis.density.contours import VolumeRegion, region_above
from crimemap.analysis.density.surface import Surface
from crimemap.crs import NATIONAL_GRID
from crimemap.jobs.geopackage_styles import classes_style, outline_style
from crimemap.jobs.selection import Chosen
from crimemap.jobs.study_area import StudyArea
from crimemap.products.classes import RAMP

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["KdeResult", "Measure"]

Measure = Literal["density", "per_1000_people", "log_relative_risk", "change"]
#: Share of the highest below which a cell is not written to tables and maps of cells (rasters hold every cell).
_LEAST_SHOWN: Final = 1e-6
_ALPHA: Final = 0.05
#: Parts of the ground that are drawn where a rate is highest.
_PARTS_OF_GROUND: Final = (0.2, 0.05, 0.01)
_TWO_SIDED: Final = ("#2166ac", "#92c5de", "#f7f7f7", "#f4a582", "#b2182b")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KdeResult:
    """
    A surface over a study area.

    Attributes
    ----------
    surface
        Density of the incidents over the period, per km2; NaN outside the study area, where one is known.
    measure, unit
        What `value` is, and their unit in words.
    value
        Shape of the surface, southernmost row first; NaN where there is none.
    p_value
        Of a relative risk (one-sided, higher) or a change (two-sided); None of a density.
    years
        Length of the period in years, months without data left out.
    regions
        The smallest regions that hold given shares of the incidents under the surface.
    used
        Incidents in the study area.
    around
        Incidents outside it whose kernels reach the surface: without them density would fall off at the boundary. None where
        the edge is corrected instead.
    too_far
        Incidents that have no part in the surface.
    compared
        What the incidents were set beside, for the JSON; None for a density.
    backtest
        How the method would have done here so far, as `backtest_of` says it.
    """

    inputs: BaseModel
    chosen: Chosen
    study_area: StudyArea
    surface: Surface
    measure: Measure
    unit: str
    value: Floats
    p_value: Floats | None
    years: float
    regions: list[VolumeRegion]
    selected: int
    used: int
    around: int
    too_far: int
    without_position: int
    compared: dict[str, Any] | None
    backtest: dict[str, Any]

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Shape of the surface: True where a cell's centre is in the study area; all True where no boundary is known."""
        return self.surface.inside

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads; the surface itself goes to a file."""
        known = np.where(np.isnan(self.value), -np.inf, self.value)
        row, column = np.unravel_index(int(known.argmax()), known.shape)
        surface = self.surface
        return {
            "process": "kde",
            "parameters": self.inputs.model_dump(),
            "selection": self.chosen.to_json(),
            "study_area": self.study_area.to_json(),
            "surface": surface.parameters
            | {
                "measure": self.measure,
                "unit": self.unit,
                "years": self.years,
                "rows": known.shape[0],
                "columns": known.shape[1],
                "west_m": surface.west_m,
                "south_m": surface.south_m,
                "cells_inside": int(self.inside.sum()),
                "cells_without_value": int(np.isnan(self.value[self.inside]).sum()),
                "incidents_under_surface": surface.integral,
            },
            "highest": {
                "value": float(known[row, column]) if np.isfinite(known[row, column]) else None,
                "easting": float(surface.easting[column]),
                "northing": float(surface.northing[row]),
            },
            "regions": [
                {
                    "share": region.share,
                    "level_per_km2": region.level_per_km2,
                    "area_km2": region.area_km2,
                    "holds": region.holds,
                }
                for region in self.regions
            ],
            "compared": self.compared,
            "backtest": self.backtest,
            "incidents": {
                "selected": self.selected,
                "used": self.used,
                "around": self.around,
                "too_far": self.too_far,
                "without_position": self.without_position,
            },
        }

    def table(self) -> pd.DataFrame:
        """Give the cells that have a value (of a density: a millionth of the highest or more): centre, value, p value."""
        row, column = np.nonzero(self._shown())
        columns: dict[str, Any] = {
            "easting": self.surface.easting[column],
            "northing": self.surface.northing[row],
            self._name: self.value[row, column],
        }
        if self.p_value is not None:
            columns["p_value"] = self.p_value[row, column]
        return pd.DataFrame(columns)

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Give the same cells as squares, and the regions: nested polygons, or those beyond what chance would do."""
        table, half = self.table(), self.surface.cell_size_m / 2
        x, y = table["easting"].to_numpy(), table["northing"].to_numpy()
        squares = shapely.box(x - half, y - half, x + half, y + half)
        found: dict[str, gpd.GeoDataFrame] = {self.measure: gpd.GeoDataFrame(table, geometry=squares, crs=NATIONAL_GRID)}
        regions = self.region_layer()
        return found if regions.empty else found | {"regions": regions}

    def region_layer(self) -> gpd.GeoDataFrame:
        """Give the regions, the largest first so that the smaller lie on top."""
        if self.measure == "density":
            rows = [
                {
                    "region": f"{100 * region.share:.0f} % of incidents",
                    "share": region.share,
                    "level_per_km2": region.level_per_km2,
                    "area_km2": region.area_km2,
                    "geometry": region.geometry,
                }
                for region in reversed(self.regions)
            ]
        else:
            rows = [
                {"region": name, "area_km2": shape.area / 1e6, "geometry": shape}
                for name, shape in (self._highest() if self.p_value is None else self._beyond_chance()).items()
                if not shape.is_empty
            ]
        return gpd.GeoDataFrame(rows, geometry="geometry", crs=NATIONAL_GRID) if rows else gpd.GeoDataFrame(geometry=[])

    def _highest(self) -> dict[str, Any]:
        """Draw the parts of the ground where a rate is highest, the largest part first."""
        values = self.value[self._shown()]
        if not values.size or values.max() <= 0:
            return {}
        corner = {"west_m": self.surface.west_m, "south_m": self.surface.south_m, "cell_size_m": self.surface.cell_size_m}
        levels = {share: float(np.quantile(values, 1 - share)) for share in _PARTS_OF_GROUND}
        return {
            f"highest {100 * share:.0f} % of the ground (above {level:,.3g})": region_above(self.value, level, **corner)
            for share, level in levels.items()
            if level > 0
        }

    def _beyond_chance(self) -> dict[str, Any]:
        """Draw where a risk or a change is beyond what chance would do at one place in twenty."""
        one_sided = p = np.asarray(self.p_value)
        if self.measure == "change":
            one_sided = np.where(self.value > 0, p / 2, 1 - p / 2)
        corner = {
            "west_m": self.surface.west_m,
            "south_m": self.surface.south_m,
            "cell_size_m": self.surface.cell_size_m,
        }
        tail = _ALPHA / 2 if self.measure == "change" else _ALPHA
        return {
            "higher": region_above(1 - one_sided, 1 - tail, **corner),
            "lower": region_above(one_sided, 1 - tail, **corner),
        }

    def styles(self) -> dict[str, str]:
        """Give QGIS's style of each layer."""
        values = self.value[self._shown()]
        if not values.size:
            return {}
        if self.measure in ("change", "log_relative_risk"):
            most = float(np.abs(values).max()) or 1.0
            breaks = [-most, -most / 2, -most / 8, most / 8, most / 2, most]
            cells = classes_style(self._name, breaks, _TWO_SIDED)
        else:
            cuts = np.unique(np.quantile(values, [0, 0.5, 0.8, 0.95, 0.99, 1])).tolist()
            cuts = cuts if len(cuts) > 1 else [0.0, *cuts]
            cells = classes_style(self._name, cuts, RAMP[-(len(cuts) - 1) :])
        regions = {} if self.region_layer().empty else {"regions": outline_style()}
        return {str(self.measure): cells} | regions

    def figure(self) -> "Figure":
        """Draw the surface, fit for a report."""
        from crimemap.jobs.surface_figure import draw_surface

        return draw_surface(self, title=self._title)

    def page(self) -> str:
        """Give a map as a page of HTML."""
        from crimemap.jobs.map_page import MapColumn, map_page  # folium loads slowly

        regions = self.region_layer()
        names = [] if regions.empty else [str(name) for name in reversed(regions["region"].tolist())]
        named = {name: regions[regions["region"] == name] for name in names}
        sizes = "".join(f" {name}: {frame['area_km2'].sum():,.1f} km²." for name, frame in named.items())
        return map_page(
            named or {"Cells": self.layers()[self.measure]},
            title=self._title,
            said=f"{self.surface.kernel} kernel of {self.surface.bandwidth_m:,.0f} m; {self.unit}.{sizes} "
            f"{self.backtest['sentence']}{self._risk_foreseen}",
            columns=(
                MapColumn("region", "region"),
                MapColumn("area_km2", "km²", digits=2),
                MapColumn("level_per_km2", "incidents per km² at its boundary", digits=1),
            ),
        )

    @property
    def _risk_foreseen(self) -> str:
        beside = self.backtest["beside"]
        return "" if beside is None else f" {beside['sentence']}"

    @property
    def _name(self) -> str:
        return "density_per_km2" if self.measure == "density" else self.measure

    @property
    def _title(self) -> str:
        of = {
            "density": "Density of incidents",
            "per_1000_people": "Incidents per 1,000 people",
            "log_relative_risk": "Relative risk",
            "change": "Change of density",
        }[self.measure]
        period = self.chosen.months
        return f"{of}, {period[0]} to {period[-1]}"

    def _shown(self) -> NDArray[np.bool_]:
        known = ~np.isnan(self.value)
        if self.measure != "density":
            return known
        values = np.where(known, self.value, 0.0)
        return np.asarray((values > 0) & (values >= values.max() * _LEAST_SHOWN))
