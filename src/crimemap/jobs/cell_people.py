"""How many people live in each cell: those of small areas, spread evenly over the ground of each."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.alignment.shared import shared_areas
from crimemap.analysis.grids.cells import Cells
from crimemap.areas.people import Bricks, bricks_of
from crimemap.areas.store import AreaStore
from crimemap.errors import EmptyInputError, NotFoundError

__all__ = ["people_of_cells", "small_areas"]


def people_of_cells(
    areas: AreaStore, cells: Cells, *, measure: str = "population", set_name: str | None = None
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """
    Spread people or households of small areas over cells.

    Parameters
    ----------
    areas
        Where boundary sets and their numbers are.
    cells
        The cells.
    measure
        `population` or `households`.
    set_name
        The small areas: lsoa-2021; where not given, the newest LSOAs that have the numbers.

    Returns
    -------
    people
        Shape (n_cells,). A cell that reaches over the study area's boundary counts its people on both sides.
    how
        For the result: `measure`, `vintage`, `set_id`, `how`.

    Raises
    ------
    NotFoundError
        If there is no such set, or no such numbers.
    EmptyInputError
        If none of the small areas reaches a cell.
    """
    bricks = small_areas(areas, measure=measure, set_name=set_name)
    shapes = cells.polygons(np.arange(len(cells)))
    near = shapely.STRtree(bricks.frame.geometry.to_numpy()).query(shapely.box(*shapely.total_bounds(shapes)))
    frame = bricks.frame.iloc[np.sort(near)]
    ground = np.asarray(frame.geometry.array, dtype=object)
    brick, cell, area, _ = shared_areas(ground, shapes) if len(ground) else (np.empty(0, dtype=np.intp),) * 4
    if not len(cell):
        raise EmptyInputError(
            "none of these areas reaches a cell", where=bricks.set_id, fix="Name small areas of this region."
        )
    people = np.nan_to_num(frame[measure].to_numpy(dtype=np.float64))
    spread = people[brick] * area / shapely.area(ground)[brick]
    return np.bincount(cell, weights=spread, minlength=len(cells)).astype(np.float64), {
        "measure": measure,
        "vintage": bricks.vintages[measure],
        "set_id": bricks.set_id,
        "how": f"of the areas of {bricks.set_id}, spread evenly over the ground of each",
    }


def small_areas(areas: AreaStore, *, measure: str = "population", set_name: str | None = None) -> Bricks:
    """
    Read small areas with their people.

    Parameters
    ----------
    areas
        Where boundary sets and their numbers are.
    measure
        `population` or `households`.
    set_name
        Which: lsoa-2021; where not given, the newest LSOAs that have the numbers.

    Raises
    ------
    NotFoundError
        If there is no such set, or no such numbers.
    """
    if set_name is not None:
        return bricks_of(areas, set_name, measures=(measure,))
    sets = sorted((info for info in areas.sets() if info.area_type == "lsoa"), key=lambda info: info.vintage, reverse=True)
    for info in sets:
        try:
            return bricks_of(areas, info.set_id, measures=(measure,))
        except NotFoundError:
            continue
    raise NotFoundError(
        f"no {measure} is known for any LSOA set",
        where="lookups",
        fix="Add LSOA boundaries with 'crimemap areas add' and their numbers with 'crimemap lookups add'.",
    )
