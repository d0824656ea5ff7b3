"""How many people live in each cell: those of small areas, divided by area."""

import numpy as np
from numpy.typing import NDArray

from crimemap.alignment.shared import shared_areas
from crimemap.analysis.grids.cells import Cells
from crimemap.areas.people import bricks_of
from crimemap.areas.store import AreaStore
from crimemap.errors import EmptyInputError

__all__ = ["people_of_cells"]


def people_of_cells(areas: AreaStore, set_name: str, cells: Cells) -> NDArray[np.float64]:
    """
    Divide the people of small areas over cells, as if they were spread evenly over each small area.

    Parameters
    ----------
    areas, set_name
        Where the small areas and their people are: lsoa-2021.
    cells
        The cells.

    Returns
    -------
    ndarray of float64
        Shape (n_cells,). A cell that reaches over the study area's boundary counts its people on both sides.

    Raises
    ------
    NotFoundError
        If there is no such set, or no population of its areas.
    EmptyInputError
        If none of them reaches a cell.
    """
    bricks = bricks_of(areas, set_name, measures=("population",))
    shapes = np.asarray(bricks.frame.geometry.array, dtype=object)
    cell, brick, area, _ = shared_areas(cells.polygons(np.arange(len(cells))), shapes)
    if not len(cell):
        raise EmptyInputError("none of these areas reaches a cell", where=set_name, fix="Name small areas of this region.")
    people = bricks.frame["population"].fillna(0.0).to_numpy(dtype=np.float64)
    whole = bricks.frame.geometry.area.to_numpy()
    lived = np.bincount(cell, weights=area / whole[brick] * people[brick], minlength=len(cells))
    return np.asarray(lived, dtype=np.float64)
