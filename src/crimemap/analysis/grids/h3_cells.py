"""
H3 cells over a study area, with their true areas, their shapes and their neighbours.

A cell belongs to the grid if it shares any area with the study area. Empty cells exist and count. H3's own `cell_area` is
that of a sphere, 0.3 to 0.5 % low here; areas below are those of the cell on the WGS84 ellipsoid (Karney 2013,
doi:10.1007/s00190-012-0578-z), and the part inside the study area is that area times the share measured in National Grid
metres.
"""

from dataclasses import dataclass
from typing import Final

import h3
import h3.api.numpy_int as h3_int
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from crimemap.analysis.grids.h3_shapes import (
    Cells,
    areas_of,
    h3_areas_m2,
    h3_centres,
    outlines_of,
    polygons_of,
    require_resolution,
)
from crimemap.crs import to_national_grid, to_wgs84
from crimemap.errors import InputError, ParameterError
from crimemap.tiling import overlap_areas, require_polygons

__all__ = ["H3Cells", "h3_cells", "h3_cells_of", "h3_neighbours", "require_britain"]

#: How much coarser the cells are from which candidates are unfolded: 7 ** 3 children each.
_UNFOLD: Final = 3
#: Coarser cells, of 12,000 km² and more, reach beyond where the National Grid can be reckoned.
_COARSEST: Final = 4
_MOST_CELLS: Final = 20_000_000
_REACH: Final = 1.75


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class H3Cells:
    """
    The H3 cells that share area with a study area, in ascending order of their index.

    Attributes
    ----------
    resolution
        H3 resolution, 0 to 15.
    cell
        Shape (n,). H3 indices.
    area_m2
        Shape (n,). Whole area of each cell on the ellipsoid, square metres.
    area_inside_m2
        Shape (n,). The part of it inside the study area, above 0.
    """

    resolution: int
    cell: Cells
    area_m2: NDArray[np.float64]
    area_inside_m2: NDArray[np.float64]

    def __len__(self) -> int:
        """Count the cells."""
        return int(self.cell.size)

    @property
    def names(self) -> list[str]:
        """The indices as H3 writes them: hexadecimal, fifteen digits."""
        return [f"{value:x}" for value in self.cell.tolist()]


def _candidates(study_area: NDArray[np.object_], resolution: int) -> Cells:
    """Give every cell that could touch the study area, and some that do not."""
    coarse = max(resolution - _UNFOLD, 0)
    # Simplified outlines are off by at most one reach; a reach is more than a cell's radius, whatever H3's distortion.
    reach = {r: _REACH * h3.average_hexagon_edge_length(r, unit="m") for r in (coarse, resolution)}
    near = shapely.union_all(shapely.simplify(study_area, reach[resolution]))
    # Unfolded children stick out of their ancestor by less than its edge, and the cell itself by its own.
    wide = shapely.simplify(near, reach[coarse]).buffer(3 * reach[coarse], quad_segs=2)
    found = [_overlapping(part, coarse) for part in shapely.get_parts(shapely.segmentize(wide, 10_000.0))]
    ancestors = np.unique(np.concatenate(found))
    if resolution == coarse:
        return ancestors
    children = np.concatenate([h3_int.cell_to_children(value, resolution) for value in ancestors.tolist()])
    children = np.unique(children.astype(np.uint64))
    x, y = to_national_grid(*h3_centres(children))
    close = near.buffer(2.5 * reach[resolution], quad_segs=2)
    shapely.prepare(close)
    return children[shapely.contains_xy(close, x, y)]


def _overlapping(polygon: shapely.Polygon, resolution: int) -> Cells:
    rings = [_lat_lng(ring) for ring in (polygon.exterior, *polygon.interiors)]
    found = h3_int.h3shape_to_cells_experimental(h3.LatLngPoly(*rings), resolution, "overlap")
    return np.asarray(found, dtype=np.uint64)


def _lat_lng(ring: shapely.LinearRing) -> list[tuple[float, float]]:
    corners = shapely.get_coordinates(ring)
    lon, lat = to_wgs84(corners[:, 0], corners[:, 1])
    return list(zip(lat.tolist(), lon.tolist(), strict=True))


def h3_cells(study_area: object, *, resolution: int) -> H3Cells:
    """
    Cover a study area with H3 cells.

    Parameters
    ----------
    study_area
        A polygon or multipolygon, or an array of them that do not overlap; EPSG:27700 metres.
    resolution
        H3 resolution, 4 to 15. Cells are some 1,800 km² at 4, 5.2 at 7, 0.74 at 8, 0.11 at 9 and 0.015 at 10.

    Returns
    -------
    H3Cells
        Every cell that shares area with the study area, empty of incidents or not.

    Raises
    ------
    InputError
        If the study area is not valid polygons in metres or lies outside Great Britain.
    ParameterError
        If there is no such resolution, it is too coarse, or it takes too many cells.

    Examples
    --------
    >>> cells = h3_cells(shapely.box(530000, 180000, 531000, 181000), resolution=9)
    >>> len(cells), round(float(cells.area_inside_m2.sum()) / 1e6, 3)
    (20, 1.0)
    """
    if require_resolution(resolution) < _COARSEST:
        raise ParameterError(
            f"H3 cells of resolution {resolution} are larger than a force's area",
            where="resolution",
            fix=f"Take {_COARSEST} or finer: 8 for a county, 9 for a town.",
        )
    area = require_polygons(study_area, where="study area")
    require_britain(area)
    if shapely.area(area).sum() / h3.average_hexagon_area(resolution, unit="m^2") > _MOST_CELLS:
        raise ParameterError(
            f"resolution {resolution} would take more than {_MOST_CELLS:,} cells here",
            where="resolution",
            fix="Take a coarser resolution or a smaller study area.",
        )
    cell = _candidates(area, resolution)
    outlines = outlines_of(cell)
    polygons = polygons_of(outlines, degrees=False)
    planar = overlap_areas(polygons, area)
    touching = np.flatnonzero(planar > 0)
    whole = areas_of([outlines[i] for i in touching.tolist()])
    share = np.minimum(planar[touching] / shapely.area(polygons[touching]), 1.0)
    return H3Cells(resolution=resolution, cell=cell[touching], area_m2=whole, area_inside_m2=whole * share)


def require_britain(area: NDArray[np.object_]) -> None:
    """
    Insist that a study area lies on the National Grid.

    Raises
    ------
    InputError
        If it reaches beyond: it is of another country, or in another coordinate system.
    """
    west, south, east, north = shapely.total_bounds(area).tolist()
    if west < -100_000 or south < -100_000 or east > 800_000 or north > 1_400_000:  # noqa: PLR2004 - the National Grid
        raise InputError(
            "the study area reaches beyond the National Grid",
            where="study area",
            fix="Check its coordinate reference system; areas of Great Britain in EPSG:27700 are needed.",
        )


def h3_cells_of(cell: ArrayLike) -> H3Cells:
    """
    Make a grid of given cells, each wholly inside.

    Parameters
    ----------
    cell
        Shape (n,). H3 indices of one resolution; repeated ones count once.

    Raises
    ------
    InputError
        If there is none, one is not a cell, or resolutions differ.
    """
    cells = np.unique(np.asarray(cell, dtype=np.uint64))
    if not cells.size or not all(map(h3_int.is_valid_cell, cells.tolist())):
        raise InputError("not every value is an H3 cell", where="cells", fix="Give the indices that H3 made.")
    resolutions = np.unique((cells >> np.uint64(52)) & np.uint64(15))
    if resolutions.size != 1:
        raise InputError(
            f"cells of {resolutions.size} resolutions are mixed", where="cells", fix="Give cells of one resolution."
        )
    area = h3_areas_m2(cells)
    return H3Cells(resolution=int(resolutions[0]), cell=cells, area_m2=area, area_inside_m2=area)


def h3_neighbours(cells: H3Cells, *, ring: int = 1, include_self: bool = True) -> csr_array:
    """
    Say which cells are neighbours: those within `ring` steps, of the cells of the grid alone.

    Parameters
    ----------
    cells
        The grid, n cells.
    ring
        Steps, 1 or more. One ring is 6 neighbours, two are 18, except at the edge of the study area.
    include_self
        Whether each cell is its own neighbour, as Gi* wants it.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (n, n), symmetric, 1 where neighbours. A cell with no other in reach has a row of itself, or an empty one.

    Raises
    ------
    ParameterError
        If `ring` is below 1.

    Examples
    --------
    >>> cells = h3_cells(shapely.box(530000, 180000, 533000, 183000), resolution=9)
    >>> int(h3_neighbours(cells).sum(axis=1).max()), int(h3_neighbours(cells, ring=2, include_self=False).sum(axis=1).max())
    (7, 18)
    """
    if ring < 1:
        raise ParameterError(f"a ring of {ring} has no neighbours", where="ring", fix="Give 1 or more.")
    disk = h3_int.grid_disk
    disks = [disk(value, ring) for value in cells.cell.tolist()]
    reached = np.concatenate(disks).astype(np.uint64) if disks else np.empty(0, dtype=np.uint64)
    row = np.repeat(np.arange(len(cells)), [len(found) for found in disks])
    column = np.minimum(np.searchsorted(cells.cell, reached), max(len(cells) - 1, 0))
    kept = cells.cell[column] == reached
    if not include_self:
        kept &= row != column
    ones = np.ones(int(kept.sum()), dtype=np.float64)
    return csr_array((ones, (row[kept], column[kept])), shape=(len(cells), len(cells)))
