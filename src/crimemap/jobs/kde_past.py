"""The past of a density map: its own method on the months before, for a rate or a relative risk by that and by no other."""

from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import shapely
from numpy.typing import NDArray

from crimemap.analysis.foresight.forecast import Method
from crimemap.analysis.foresight.forecast_methods import kernel_smoothed
from crimemap.analysis.foresight.forecast_risk import edge_corrected, rate_smoothed, relative_risk_smoothed
from crimemap.analysis.grids.cells import Cells
from crimemap.analysis.grids.positions import Positions
from crimemap.areas.store import AreaStore
from crimemap.errors import CrimemapError
from crimemap.jobs.at_risk import OFFENCE, sum_in_cells
from crimemap.jobs.at_risk_past import incidents_in_months
from crimemap.jobs.cell_history import forecast_view
from crimemap.jobs.cell_people import small_areas
from crimemap.jobs.foreseen_beside import Beside
from crimemap.jobs.processes.backtest_of import backtest_of, no_backtest, squares_for
from crimemap.jobs.selection import Chosen
from crimemap.jobs.study_area import StudyArea
from crimemap.jobs.study_cells import study_cells
from crimemap.workspace import Workspace

if TYPE_CHECKING:
    from crimemap.jobs.processes.kde import KdeInputs

__all__ = ["past_of_density"]

Floats = NDArray[np.float64]


def past_of_density(
    inputs: "KdeInputs",
    width: float,
    *,
    workspace: Workspace,
    con: duckdb.DuckDBPyConnection,
    chosen: Chosen,
    study: StudyArea,
) -> dict[str, Any]:
    """
    Back-test the method of a density map on the months before, unless it is not asked for or cannot be.

    Parameters
    ----------
    inputs, width
        What was asked, and the bandwidth that it came to, metres.
    workspace, con, chosen, study
        As `backtest_of` takes them.

    Returns
    -------
    dict
        As `backtest_of` gives it.
    """
    if not inputs.backtest:
        return no_backtest("it was not asked for")
    if inputs.compare is not None:
        return no_backtest("a change between two periods says what was, and not where there will be many incidents")
    if inputs.adaptive:
        return no_backtest("adaptive bandwidths are not tested on cells' counts")
    kind = squares_for(study, inputs.cell_size_m)
    of: dict[str, Any] = {"workspace": workspace, "con": con, "chosen": chosen, "study": study, "kind": kind}
    method: Method = kernel_smoothed(bandwidth_m=width, kernel=inputs.kernel)
    if inputs.relative_to is not None:
        try:
            cells = study_cells(con, study, kind, inputs.force)
            method, of["beside"] = _beside(inputs, width, cells, workspace=workspace, con=con, chosen=chosen, study=study)
        except CrimemapError as error:
            return no_backtest(error.message)
        of["cells"] = cells
    return backtest_of(method, selection=inputs, seed=inputs.seed, **of)


def _beside(
    inputs: "KdeInputs",
    width: float,
    cells: Cells,
    *,
    workspace: Workspace,
    con: duckdb.DuckDBPyConnection,
    chosen: Chosen,
    study: StudyArea,
) -> tuple[Method, Beside]:
    """Give the method of a map that is divided by something, and what it is divided by in the months of a test."""
    relative_to, kernel = str(inputs.relative_to), inputs.kernel
    if relative_to.startswith(OFFENCE):
        controls = incidents_in_months(
            con, workspace, inputs, study, cells, name=relative_to.removeprefix(OFFENCE), last_month=chosen.months[-1]
        )
        return (
            relative_risk_smoothed(controls, bandwidth_m=width, kernel=kernel),
            Beside(whom="offence", in_months=controls),
        )
    people = _people(AreaStore(workspace), cells, study, set_name=None if relative_to == "population" else relative_to)
    view = forecast_view(cells)
    # Spread as the map spreads them, or a cell with a small area's point would hold all of its people.
    spread = edge_corrected(people, view, bandwidth_m=width, kernel=kernel) * view.area_m2 / 1e6
    rate = rate_smoothed(people, bandwidth_m=width, kernel=kernel, least_per_km2=inputs.least_people_per_km2)
    return rate, Beside(whom="people", in_months=lambda _months: spread)


def _people(areas: AreaStore, cells: Cells, study: StudyArea, *, set_name: str | None) -> Floats:
    """Count the people of cells, each small area's in the cell of its point as on the map; none beyond the boundary."""
    bricks = small_areas(areas, set_name=set_name)
    middle = shapely.point_on_surface(np.asarray(bricks.frame.geometry.array, dtype=object))
    number = bricks.frame["population"].fillna(0.0).to_numpy(dtype=np.float64)
    if study.geometry is not None:
        shapely.prepare(study.geometry)
        within = np.asarray(shapely.intersects(study.geometry, middle), dtype=bool)
        middle, number = middle[within], number[within]
    return sum_in_cells(cells, Positions.of_metres(shapely.get_x(middle), shapely.get_y(middle)), number)
