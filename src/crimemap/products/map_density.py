"""The density surface of a force's published map points as contours, made once and cut to each of its areas."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from crimemap.analysis.density.contours import region_above
from crimemap.analysis.density.kde import kernel_density
from crimemap.products.classes import class_breaks

__all__ = ["BANDWIDTH_M", "DensityContours", "density_contours"]

#: Radius of the kernel: about three streets, so that a map point's own place does not show.
BANDWIDTH_M: Final = 500.0
_CELL_M: Final = 100.0
_MOST_CELLS: Final = 4_000_000
_TOLERANCE_M: Final = 15.0


@dataclass(frozen=True, slots=True, eq=False)
class DensityContours:
    """
    Where there are at least so many incidents on a square kilometre.

    Parameters
    ----------
    levels
        Incidents for every km² in the period, ascending.
    regions
        For each level the area at or above it, EPSG:27700; each holds the next.
    """

    levels: list[int]
    regions: list[Any]

    def within(self, shape: Any) -> "DensityContours":
        """Cut the contours to an area; where it does not reach a level, that region is empty."""
        west, south, east, north = shapely.bounds(shape).tolist()
        near = [shapely.clip_by_rect(region, west, south, east, north) for region in self.regions]
        cut = [_polygons(shapely.intersection(shapely.make_valid(one), shape)) for one in near]
        return DensityContours(levels=self.levels, regions=cut)


def _polygons(shape: Any) -> Any:
    """Leave out what is no area: an intersection may have lines where edges touch."""
    parts = shapely.get_parts(shape)
    return shapely.multipolygons(parts[np.isin(shapely.get_type_id(parts), (3,))])


def density_contours(points: pd.DataFrame) -> DensityContours | None:
    """
    Draw the contours.

    Parameters
    ----------
    points
        easting, northing (EPSG:27700 metres) and `n`, incidents of the period at each map point.

    Returns
    -------
    DensityContours or None
        None where there is nothing, or points are so far apart that no surface of these cells can be made.
    """
    if points.empty:
        return None
    x, y = points["easting"].to_numpy(np.float64), points["northing"].to_numpy(np.float64)
    cells = (np.ptp(x) + 2 * BANDWIDTH_M) * (np.ptp(y) + 2 * BANDWIDTH_M) / _CELL_M**2
    cell = _CELL_M * max(1.0, np.ceil(np.sqrt(cells / _MOST_CELLS)))
    if cell > BANDWIDTH_M:
        return None
    surface = kernel_density(x, y, bandwidth_m=BANDWIDTH_M, cell_size_m=cell, weights=points["n"].to_numpy(np.float64))
    levels = class_breaks(np.floor(surface.density_per_km2).astype(np.int64))
    regions = [
        shapely.make_valid(
            shapely.simplify(
                region_above(
                    surface.density_per_km2,
                    level,
                    west_m=surface.west_m,
                    south_m=surface.south_m,
                    cell_size_m=surface.cell_size_m,
                ),
                _TOLERANCE_M,
            )
        )
        for level in levels
    ]
    return DensityContours(levels=levels, regions=regions)
