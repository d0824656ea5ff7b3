"""Regions of a surface: where it is above a level, and the smallest that hold a share of what lies under it."""

import itertools
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import shapely
from contourpy import FillType, contour_generator
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.density.surface import M2_PER_KM2, Surface
from crimemap.errors import EmptyInputError, ParameterError

__all__ = ["VolumeRegion", "region_above", "volume_regions"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VolumeRegion:
    """
    The smallest region that holds a share of the incidents under a surface.

    Attributes
    ----------
    share
        That was asked for, 0 to 1.
    level_per_km2
        Density at its boundary.
    area_km2
        Of the cells in it.
    holds
        Share of the incidents in its cells: `share`, or a little more, as cells are not divided.
    geometry
        Polygons, EPSG:27700, drawn between the centres of cells.
    """

    share: float
    level_per_km2: float
    area_km2: float
    holds: float
    geometry: Any


def region_above(values: Floats, level: float, *, west_m: float, south_m: float, cell_size_m: float) -> Any:
    """
    Draw where a raster is at a level or above.

    Parameters
    ----------
    values
        Shape (n_rows, n_columns). At the cells' centres, southernmost row first; NaN where there is none.
    level
        The level.
    west_m, south_m, cell_size_m
        The raster's corner and the side of its cells, metres.

    Returns
    -------
    shapely geometry
        A polygon or multipolygon, EPSG:27700; empty where nothing is as high. Between centres the surface is taken as
        linear; where it is not known it is taken to be at its lowest, and below the level.

    Examples
    --------
    >>> values = np.zeros((3, 3))
    >>> values[1, 1] = 2.0
    >>> region_above(values, 1.0, west_m=0, south_m=0, cell_size_m=10).area
    50.0
    """
    known = np.isfinite(values)
    if not known.any():
        return shapely.Polygon()
    lowest = min(float(values[known].min()), 2 * level - float(values[known].max()))
    filled = np.pad(np.where(known, values, lowest), 1, constant_values=lowest)
    east = west_m + (np.arange(filled.shape[1]) - 0.5) * cell_size_m
    north = south_m + (np.arange(filled.shape[0]) - 0.5) * cell_size_m
    generator = contour_generator(x=east, y=north, z=filled, fill_type=FillType.OuterOffset)
    points, offsets = cast("tuple[list[Any], list[Any]]", generator.filled(level, np.inf))
    polygons = []
    for xy, cuts in zip(points, offsets, strict=True):
        outer, *holes = (xy[begin:end] for begin, end in itertools.pairwise(cuts))
        polygons.append(shapely.Polygon(outer, holes))
    return shapely.make_valid(shapely.union_all(polygons))


def volume_regions(surface: Surface, shares: ArrayLike = (0.5, 0.75, 0.95)) -> list[VolumeRegion]:
    """
    Find the smallest regions that hold given shares of the incidents under a surface.

    Parameters
    ----------
    surface
        What to look at; cells outside the study area hold nothing.
    shares
        Shape (n,). Above 0 and below 1.

    Returns
    -------
    list of VolumeRegion
        By share, the smallest first.

    Raises
    ------
    ParameterError
        If a share is not between 0 and 1.
    EmptyInputError
        If the surface is 0 everywhere.

    Examples
    --------
    >>> from crimemap.analysis.density.kde import kernel_density
    >>> surface = kernel_density([500_050.0], [200_050.0], bandwidth_m=1000, kernel="uniform")
    >>> half = volume_regions(surface, [0.5])[0]
    >>> round(half.level_per_km2, 4), round(half.holds, 2)
    (0.3183, 1.0)
    """
    wanted = np.unique(np.asarray(shares, dtype=np.float64).ravel())
    if not wanted.size or not ((wanted > 0) & (wanted < 1)).all():
        raise ParameterError("shares are not between 0 and 1", where="shares", fix="Give 0.5 for the half.")
    density = np.nan_to_num(surface.density_per_km2, nan=0.0)
    ordered = np.sort(density[density > 0])[::-1]
    if not ordered.size:
        raise EmptyInputError("the surface is 0 everywhere", where="surface", fix="Take another area or period.")
    held = np.cumsum(ordered)
    held /= held[-1]
    cell_km2 = surface.cell_size_m**2 / M2_PER_KM2
    regions = []
    for share in wanted.tolist():
        level = float(ordered[np.searchsorted(held, share - 1e-12)])
        taken = int(np.searchsorted(-ordered, -level, side="right"))  # with all cells that are as high
        regions.append(
            VolumeRegion(
                share=share,
                level_per_km2=level,
                area_km2=taken * cell_km2,
                holds=float(held[taken - 1]),
                geometry=region_above(
                    surface.density_per_km2,
                    level,
                    west_m=surface.west_m,
                    south_m=surface.south_m,
                    cell_size_m=surface.cell_size_m,
                ),
            )
        )
    return regions
