"""
Squares of the National Grid over a study area.

Squares are aligned to the grid's origin: a square of 100 m has its south-west corner at whole hundreds of metres, so grids
of different study areas and of the same size fall together. Areas are in National Grid metres, whose scale differs from the
ground's by at most 0.04 % in length over England and Wales.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from crimemap.checks import require_coordinates, require_positive
from crimemap.errors import EmptyInputError, ParameterError
from crimemap.tiling import overlap_areas, require_polygons

__all__ = ["GridSquares", "grid_squares", "square_index", "square_neighbours", "square_polygons", "squares_of"]

_BLOCK: Final = 16
_MOST_CELLS: Final = 50_000_000
#: Columns that a row may have before keys of two rows meet.
_STRIDE: Final = 1 << 31

Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GridSquares:
    """
    The squares of the National Grid that share area with a study area, by row from the south, then by column from the west.

    Attributes
    ----------
    cell_size_m
        Side of a square, metres.
    column, row
        Shape (n,). South-west corner divided by the side.
    area_inside_m2
        Shape (n,). Area of the square inside the study area, square metres, above 0.
    """

    cell_size_m: float
    column: NDArray[np.int64]
    row: NDArray[np.int64]
    area_inside_m2: NDArray[np.float64]

    def __len__(self) -> int:
        """Count the squares."""
        return int(self.column.size)

    @property
    def names(self) -> list[str]:
        """South-west corners in metres: E623400N308600."""
        whole = float(self.cell_size_m).is_integer()
        corners = [np.round(axis * self.cell_size_m, 3).tolist() for axis in (self.column, self.row)]
        digits = 0 if whole else 3
        return [f"E{west:.{digits}f}N{south:.{digits}f}" for west, south in zip(*corners, strict=True)]

    @property
    def easting(self) -> NDArray[np.float64]:
        """Centres, metres."""
        return np.asarray((self.column + 0.5) * self.cell_size_m, dtype=np.float64)

    @property
    def northing(self) -> NDArray[np.float64]:
        """Centres, metres."""
        return np.asarray((self.row + 0.5) * self.cell_size_m, dtype=np.float64)

    @property
    def key(self) -> Keys:
        """One number for each square, ascending; what `square_index` gives for a position."""
        return self.row * _STRIDE + self.column


def square_index(easting: ArrayLike, northing: ArrayLike, *, cell_size_m: float) -> Keys:
    """
    Find the square of each position: west and south edges belong to it, east and north edges to its neighbours.

    Parameters
    ----------
    easting, northing
        Shape (n,). Metres, EPSG:27700.
    cell_size_m
        Side of a square, metres.

    Returns
    -------
    ndarray of int64
        Shape (n,). Keys as those of `GridSquares.key`.

    Raises
    ------
    InputError
        If positions are not finite or look like degrees.
    ParameterError
        If the side is not above 0.

    Examples
    --------
    >>> a, b = square_index([530000.0, 530099.9], [180000.0, 180000.0], cell_size_m=100)
    >>> bool(a == b)
    True
    """
    size = require_positive(cell_size_m, name="cell_size_m", unit="metres")
    x, y = require_coordinates(easting, northing, where="incidents")
    return np.floor(y / size).astype(np.int64) * _STRIDE + np.floor(x / size).astype(np.int64)


def _boxes(column: NDArray[np.int64], row: NDArray[np.int64], size: float) -> NDArray[np.object_]:
    boxes: NDArray[np.object_] = shapely.box(column * size, row * size, (column + 1) * size, (row + 1) * size)
    return boxes


def grid_squares(study_area: object, *, cell_size_m: float = 100.0) -> GridSquares:
    """
    Cover a study area with squares of the National Grid.

    Parameters
    ----------
    study_area
        A polygon or multipolygon, or an array of them that do not overlap; EPSG:27700 metres.
    cell_size_m
        Side of a square, metres.

    Returns
    -------
    GridSquares
        Every square that shares area with the study area, empty of incidents or not.

    Raises
    ------
    InputError
        If the study area is not valid polygons in metres.
    ParameterError
        If the side is not above 0 or takes too many squares.

    Examples
    --------
    >>> squares = grid_squares(shapely.box(530050, 180000, 530200, 180100))
    >>> len(squares), squares.area_inside_m2.tolist()
    (2, [5000.0, 10000.0])
    """
    size = require_positive(cell_size_m, name="cell_size_m", unit="metres")
    area = require_polygons(study_area, where="study area")
    if shapely.area(area).sum() / size**2 > _MOST_CELLS:
        raise ParameterError(
            f"squares of {size:g} m would be more than {_MOST_CELLS:,} here",
            where="cell_size_m",
            fix="Take larger squares or a smaller study area.",
        )
    west, south, east, north = (shapely.total_bounds(area) / (size * _BLOCK)).tolist()
    blocks_x, blocks_y = np.meshgrid(
        np.arange(math.floor(west), math.floor(east) + 1), np.arange(math.floor(south), math.floor(north) + 1)
    )
    blocks = _boxes(blocks_x.ravel(), blocks_y.ravel(), size * _BLOCK)
    tree = shapely.STRtree(blocks)
    whole = np.unique(tree.query(area, predicate="covers")[1])
    cut = np.setdiff1d(tree.query(area, predicate="intersects")[1], whole)
    parts = []
    for chosen, full in ((whole, True), (cut, False)):
        step_y, step_x = np.divmod(np.arange(_BLOCK * _BLOCK), _BLOCK)
        column = (blocks_x.ravel()[chosen][:, None] * _BLOCK + step_x).ravel().astype(np.int64)
        row = (blocks_y.ravel()[chosen][:, None] * _BLOCK + step_y).ravel().astype(np.int64)
        inside = np.full(column.size, size**2) if full else overlap_areas(_boxes(column, row, size), area)
        parts.append((column[inside > 0], row[inside > 0], inside[inside > 0]))
    column, row, inside = (np.concatenate(both) for both in zip(*parts, strict=True))
    order = np.lexsort((column, row))
    return GridSquares(cell_size_m=size, column=column[order], row=row[order], area_inside_m2=inside[order])


def square_polygons(squares: GridSquares) -> NDArray[np.object_]:
    """
    Draw the squares whole, not clipped.

    Returns
    -------
    ndarray of object
        Shape (n,). shapely polygons, EPSG:27700 metres.
    """
    return _boxes(squares.column, squares.row, squares.cell_size_m)


def square_neighbours(squares: GridSquares, *, ring: int = 1, include_self: bool = True) -> csr_array:
    """
    Say which squares are neighbours by queen moves: those within `ring` columns and rows, of the grid's squares alone.

    Parameters
    ----------
    squares
        The grid, n squares.
    ring
        Steps, 1 or more. One ring is 8 neighbours.
    include_self
        Whether each square is its own neighbour, as Gi* wants it.

    Returns
    -------
    scipy.sparse.csr_array
        Shape (n, n), symmetric, 1 where neighbours.

    Raises
    ------
    ParameterError
        If `ring` is below 1.

    Examples
    --------
    >>> squares = grid_squares(shapely.box(530000, 180000, 530300, 180300))
    >>> square_neighbours(squares).sum(axis=1).astype(int).tolist()
    [4, 6, 4, 6, 9, 6, 4, 6, 4]
    """
    if ring < 1:
        raise ParameterError(f"a ring of {ring} has no neighbours", where="ring", fix="Give 1 or more.")
    key, n = squares.key, len(squares)
    steps = [
        down * _STRIDE + across
        for down in range(-ring, ring + 1)
        for across in range(-ring, ring + 1)
        if include_self or down or across
    ]
    # Counted first and filled in afterwards, in ascending order: a national grid has tens of millions of pairs, of which a
    # list to sort would take five times the memory.
    degree = np.zeros(n + 1, dtype=np.int64)
    for step in steps:
        degree[1:] += _found(key, step)[0]
    pointer = np.cumsum(degree)
    index_type = np.int32 if pointer[-1] <= np.iinfo(np.int32).max else np.int64
    column = np.empty(int(pointer[-1]), dtype=index_type)
    cursor = pointer[:-1].copy()
    for step in steps:
        hit, at = _found(key, step)
        column[cursor[hit]] = at[hit]
        cursor += hit
    return csr_array((np.ones(column.size), column, pointer.astype(index_type)), shape=(n, n))


def _found(key: Keys, step: int) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Say which squares have another so many keys on, and where it is."""
    wanted = key + step
    at = np.minimum(np.searchsorted(key, wanted), max(key.size - 1, 0))
    return key[at] == wanted, at


def squares_of(key: ArrayLike, *, cell_size_m: float, sort: bool = True) -> GridSquares:
    """
    Make a grid of given squares, each wholly inside.

    Parameters
    ----------
    key
        Shape (n,). Keys as `square_index` gives them.
    cell_size_m
        Side of a square, metres.
    sort
        Whether to put them in ascending order, repeated ones once; else they stay as they are.

    Raises
    ------
    EmptyInputError
        If there is none.

    Examples
    --------
    >>> squares_of(square_index([530250.0], [180010.0], cell_size_m=100), cell_size_m=100).names
    ['E530200N180000']
    """
    size = require_positive(cell_size_m, name="cell_size_m", unit="metres")
    keys = np.asarray(key, dtype=np.int64).ravel()
    if sort:
        keys = np.unique(keys)
        if not keys.size:
            raise EmptyInputError("there is no square", where="cells", fix="Give at least one.")
    # Columns west of the grid's origin are negative and borrow from the row.
    row = np.floor_divide(keys + (_STRIDE >> 1), _STRIDE)
    return GridSquares(cell_size_m=size, column=keys - row * _STRIDE, row=row, area_inside_m2=np.full(keys.size, size**2))
