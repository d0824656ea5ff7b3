"""
Cells of either kind under one name: H3 hexagons or squares of the National Grid.

What a hotspot engine asks of a grid is the same for both: which cells share area with the study area, how much of each lies
inside, which cell holds a position, and who is whose neighbour.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from crimemap.analysis.grids.h3_cells import H3Cells, h3_cells, h3_cells_of, h3_neighbours, require_britain
from crimemap.analysis.grids.h3_shapes import h3_centres, h3_index, h3_polygons, require_resolution
from crimemap.analysis.grids.neighbours import distance_neighbours
from crimemap.analysis.grids.squares import (
    GridSquares,
    grid_squares,
    square_index,
    square_neighbours,
    square_polygons,
    squares_of,
)
from crimemap.crs import to_national_grid, to_wgs84
from crimemap.errors import ParameterError
from crimemap.tiling import require_polygons

__all__ = ["GRAPHS", "CellKind", "Cells", "Graph", "cell_neighbours", "cells_of", "cover", "locate", "parse_cells"]

Graph = Literal["ring", "distance"]
GRAPHS: Final[tuple[Graph, ...]] = get_args(Graph)
_WRITTEN: Final = re.compile(r"(?:h3:(\d{1,2})|(\d{1,7}(?:\.\d{1,3})?)\s*(m|km))\Z", re.ASCII)
_COARSEST: Final = 4
_FINEST: Final = 15

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellKind:
    """
    A kind of cells: H3 cells of one resolution, or squares of one size.

    Attributes
    ----------
    h3_resolution
        0 to 15; None for squares.
    cell_size_m
        Side of a square, metres; None for H3 cells.
    """

    h3_resolution: int | None
    cell_size_m: float | None

    def __str__(self) -> str:
        """Write the kind as `parse_cells` reads it."""
        return f"{self.cell_size_m:g}m" if self.h3_resolution is None else f"h3:{self.h3_resolution}"

    @property
    def coarser(self) -> "CellKind | None":
        """The next coarser kind: one resolution up, or squares of twice the side; None where there is none."""
        if self.h3_resolution is None:
            return CellKind(h3_resolution=None, cell_size_m=2 * self._size)
        return None if self.h3_resolution <= _COARSEST else CellKind(h3_resolution=self.h3_resolution - 1, cell_size_m=None)

    @property
    def finer(self) -> "CellKind | None":
        """The next finer kind: one resolution down, or squares of half the side; None where there is none."""
        if self.h3_resolution is None:
            return CellKind(h3_resolution=None, cell_size_m=self._size / 2)
        return None if self.h3_resolution == _FINEST else CellKind(h3_resolution=self.h3_resolution + 1, cell_size_m=None)

    @property
    def _size(self) -> float:
        if self.cell_size_m is None:  # pragma: no cover - one of the two is always there
            raise ParameterError("a kind of cells has neither a resolution nor a size", where="cells")
        return self.cell_size_m


def parse_cells(text: str) -> CellKind:
    """
    Read how cells are asked for: `h3:9`, `200m` or `1km`.

    Raises
    ------
    ParameterError
        If it is neither, or there is no such resolution, or the side is 0.

    Examples
    --------
    >>> parse_cells("h3:9").h3_resolution, parse_cells("200m").cell_size_m, str(parse_cells("1km"))
    (9, 200.0, '1000m')
    """
    found = _WRITTEN.match(text.strip().lower())
    if found is None:
        raise ParameterError(
            "this is no kind of cells", where=text[:20] or "cells", fix="Write h3:9 for H3 cells, or 200m for squares."
        )
    if found[1] is not None:
        return CellKind(h3_resolution=require_resolution(int(found[1])), cell_size_m=None)
    size = float(found[2]) * (1000.0 if found[3] == "km" else 1.0)
    if size <= 0:
        raise ParameterError("a square without a side holds nothing", where=text[:20], fix="Write 200m, for example.")
    return CellKind(h3_resolution=None, cell_size_m=size)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """
    Cells of a study area, empty ones included.

    Attributes
    ----------
    kind
        What they are.
    key
        Shape (n,). One whole number for each cell, ascending: what `locate` gives for a position.
    area_inside_m2
        Shape (n,). Area inside the study area, square metres, above 0.
    grid
        The cells as their own kind knows them.
    """

    kind: CellKind
    key: NDArray[np.int64] | NDArray[np.uint64]
    area_inside_m2: Floats
    grid: H3Cells | GridSquares

    def __len__(self) -> int:
        """Count the cells."""
        return int(self.key.size)

    @property
    def names(self) -> list[str]:
        """H3's hexadecimal names; squares by their south-west corner in metres, E623400N308600."""
        return self.grid.names

    def centres(self) -> tuple[Floats, Floats]:
        """Give eastings and northings of the centres, metres; shape (n,) each."""
        if isinstance(self.grid, GridSquares):
            return self.grid.easting, self.grid.northing
        return to_national_grid(*h3_centres(self.grid.cell))

    def centres_in_degrees(self) -> tuple[Floats, Floats]:
        """Give longitudes and latitudes of the centres, degrees; shape (n,) each."""
        if isinstance(self.grid, GridSquares):
            return to_wgs84(self.grid.easting, self.grid.northing)
        return h3_centres(self.grid.cell)

    def polygons(self, index: ArrayLike) -> NDArray[np.object_]:
        """Draw the cells of these positions in the order, whole rather than clipped; EPSG:27700 metres."""
        at = np.asarray(index, dtype=np.int64)
        if isinstance(self.grid, GridSquares):
            return square_polygons(squares_of(self.key[at].astype(np.int64), cell_size_m=self.grid.cell_size_m, sort=False))
        return h3_polygons(self.grid.cell[at])


def _as_cells(kind: CellKind, grid: H3Cells | GridSquares) -> Cells:
    key = grid.key if isinstance(grid, GridSquares) else grid.cell
    return Cells(kind=kind, key=key, area_inside_m2=grid.area_inside_m2, grid=grid)


def cover(study_area: object, kind: CellKind) -> Cells:
    """
    Cover a study area with cells.

    Parameters
    ----------
    study_area
        A polygon or multipolygon, or an array of them that do not overlap; EPSG:27700 metres.
    kind
        As `parse_cells` gives it.

    Raises
    ------
    InputError
        As `h3_cells` and `grid_squares`.

    Examples
    --------
    >>> import shapely
    >>> area = shapely.box(530000, 180000, 531000, 181000)
    >>> len(cover(area, parse_cells("h3:9"))), len(cover(area, parse_cells("200m")))
    (20, 25)
    """
    if kind.h3_resolution is not None:
        return _as_cells(kind, h3_cells(study_area, resolution=kind.h3_resolution))
    require_britain(require_polygons(study_area, where="study area"))
    return _as_cells(kind, grid_squares(study_area, cell_size_m=float(kind.cell_size_m or 0)))


def cells_of(key: ArrayLike, kind: CellKind) -> Cells:
    """
    Make a grid of given cells, each wholly inside; repeated ones count once.

    Raises
    ------
    InputError
        If there is none.
    """
    if kind.h3_resolution is not None:
        return _as_cells(kind, h3_cells_of(key))
    return _as_cells(kind, squares_of(key, cell_size_m=float(kind.cell_size_m or 0)))


def locate(
    kind: CellKind, *, longitude: ArrayLike, latitude: ArrayLike, easting: ArrayLike, northing: ArrayLike
) -> NDArray[np.int64] | NDArray[np.uint64]:
    """
    Find the cell of each position: of degrees for H3, of metres for squares.

    Parameters
    ----------
    longitude, latitude, easting, northing
        Shape (n,). The same positions in EPSG:4326 and EPSG:27700.

    Raises
    ------
    InputError
        If a position is not finite.
    """
    if kind.h3_resolution is not None:
        return h3_index(longitude, latitude, resolution=kind.h3_resolution)
    return square_index(easting, northing, cell_size_m=float(kind.cell_size_m or 0))


def cell_neighbours(
    cells: Cells, *, graph: Graph = "ring", ring: int = 1, distance_m: float = 0.0, include_self: bool = True
) -> csr_array:
    """
    Say which cells are neighbours.

    Parameters
    ----------
    cells
        The grid, n cells.
    graph
        `ring`: cells within so many steps (for squares a step goes to all eight around, the queen's move). `distance`: cells
        whose centres lie within a distance.
    ring
        Steps.
    distance_m
        Metres.
    include_self
        Whether each cell is its own neighbour, as Gi* wants it.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (n, n), symmetric, 1 where neighbours.

    Raises
    ------
    ParameterError
        If the ring is below 1, or no cell has another within the distance.
    """
    if graph == "distance":
        x, y = cells.centres()
        return distance_neighbours(x, y, distance_m=distance_m, include_self=include_self)
    if isinstance(cells.grid, GridSquares):
        return square_neighbours(cells.grid, ring=ring, include_self=include_self)
    return h3_neighbours(cells.grid, ring=ring, include_self=include_self)
