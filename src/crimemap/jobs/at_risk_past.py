"""Those at risk in the months that a map's method is tested on, of which each test may know its training period alone."""

from collections.abc import Callable
from typing import Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.grids.cells import Cells
from crimemap.jobs.at_risk import ALL_OTHERS, OFFENCE, AtRisk
from crimemap.jobs.cell_counts import count_cells
from crimemap.jobs.selection import Selection, choose
from crimemap.jobs.study_area import StudyArea
from crimemap.periods import month_after
from crimemap.workspace import Workspace

__all__ = ["at_risk_in_months", "incidents_in_months"]

Floats = NDArray[np.float64]

#: The longest training period and the tests after it.
_MONTHS: Final = 36


def at_risk_in_months(
    at_risk: AtRisk,
    *,
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    selection: Selection,
    study: StudyArea,
    cells: Cells,
    relative_to: str,
    last_month: str,
) -> Callable[[tuple[str, ...]], Floats]:
    """
    Give a function of months: those at risk in each cell then.

    People are those of one census in every month. Incidents of another kind are counted in the months asked for.

    Parameters
    ----------
    at_risk
        The map's own.
    con, workspace, selection, study, cells
        What the map was asked, and where it looks.
    relative_to
        What the map is set beside, as it was asked.
    last_month
        The map's last month.

    Raises
    ------
    CrimemapError
        As `choose` and `count_cells`.
    """
    if at_risk.null == "people":
        people = at_risk.in_cells(cells)
        return lambda _months: people

    name = relative_to.removeprefix(OFFENCE)
    return incidents_in_months(con, workspace, selection, study, cells, name=name, last_month=last_month)


def incidents_in_months(
    con: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    selection: Selection,
    study: StudyArea,
    cells: Cells,
    *,
    name: str,
    last_month: str,
) -> Callable[[tuple[str, ...]], Floats]:
    """
    Give a function of months: incidents of another kind in each cell then.

    Parameters
    ----------
    con, workspace, selection, study, cells
        What the map was asked, and where it looks.
    name
        An offence type by its name or slug, or `all`: every type but the map's.
    last_month
        The map's last month.

    Raises
    ------
    CrimemapError
        As `choose` and `count_cells`.
    """
    longer = {"first_month": month_after(last_month, 1 - _MONTHS), "last_month": last_month}

    def counted(offence: str | None) -> tuple[list[str], NDArray[np.int64]]:
        chosen = choose(con, Selection(force=selection.force, offence=offence, source=selection.source, **longer))
        return chosen.months, count_cells(workspace, chosen, cells.kind, inside=study).matrix(cells, chosen.months)[0]

    months, number = counted(None if name == ALL_OTHERS else name)
    if name == ALL_OTHERS:
        number = number - counted(selection.offence)[1]

    def then(wanted: tuple[str, ...]) -> Floats:
        at = [months.index(month) for month in wanted]
        return np.asarray(number[:, at].sum(axis=1), dtype=np.float64)

    return then
