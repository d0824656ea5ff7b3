"""Grids of cells and the incidents in them: what H3 cells and National Grid squares have in common."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crimemap.analysis.grids.h3_cells import H3Cells, h3_cells, h3_cells_of, h3_neighbours
from crimemap.analysis.grids.h3_shapes import h3_areas_m2, h3_centres, h3_index, h3_polygons
from crimemap.analysis.grids.squares import (
    GridSquares,
    grid_squares,
    square_index,
    square_neighbours,
    square_polygons,
)
from crimemap.errors import InputError

__all__ = [
    "CellCounts",
    "GridSquares",
    "H3Cells",
    "count_in_cells",
    "grid_squares",
    "h3_areas_m2",
    "h3_cells",
    "h3_cells_of",
    "h3_centres",
    "h3_index",
    "h3_neighbours",
    "h3_polygons",
    "square_index",
    "square_neighbours",
    "square_polygons",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellCounts:
    """
    Incidents by cell of one grid.

    Attributes
    ----------
    counts
        Shape (n_cells,). Incidents, 0 included.
    inside
        Incidents in cells of the grid.
    outside
        Incidents in none of them, left out of `counts`.
    """

    counts: NDArray[np.int64]
    inside: int
    outside: int


def count_in_cells(cell: ArrayLike, observed: ArrayLike, *, incidents: ArrayLike | None = None) -> CellCounts:
    """
    Count incidents by cell, empty cells included.

    Parameters
    ----------
    cell
        Shape (n_cells,). The grid's cells, ascending: `H3Cells.cell` or `GridSquares.key`.
    observed
        Shape (n,). The cell of each incident, or of each place.
    incidents
        Shape (n,). Incidents at each place, whole numbers; 1 each where not given.

    Raises
    ------
    InputError
        If the grid is not in ascending order, or numbers of incidents are negative, not whole or of another length.

    Examples
    --------
    >>> found = count_in_cells([3, 5, 8], [5, 5, 9], incidents=[1, 2, 4])
    >>> found.counts.tolist(), found.inside, found.outside
    ([0, 3, 0], 3, 4)
    """
    grid, seen = np.asarray(cell).ravel(), np.asarray(observed).ravel()
    if grid.size > 1 and not (grid[1:] > grid[:-1]).all():
        raise InputError("the cells are not in ascending order", where="cells", fix="Take them from the grid itself.")
    number = np.ones(seen.size, dtype=np.int64) if incidents is None else _whole(incidents, seen.size)
    if not grid.size:
        return CellCounts(counts=np.zeros(0, dtype=np.int64), inside=0, outside=int(number.sum()))
    index = np.minimum(np.searchsorted(grid, seen), grid.size - 1)
    hit = grid[index] == seen
    counts = np.zeros(grid.size, dtype=np.int64)
    np.add.at(counts, index[hit], number[hit])
    inside = int(number[hit].sum())
    return CellCounts(counts=counts, inside=inside, outside=int(number.sum()) - inside)


def _whole(incidents: ArrayLike, size: int) -> NDArray[np.int64]:
    given = np.asarray(incidents).ravel()
    if given.size != size:
        raise InputError(f"{given.size} numbers of incidents for {size} places", fix="Give one for each place.")
    number = given.astype(np.int64)
    if given.size and ((number != given).any() or (number < 0).any()):
        raise InputError("numbers of incidents are not whole numbers of 0 or more", fix="Count incidents, not weights.")
    return number
