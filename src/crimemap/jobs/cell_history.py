"""Past counts of an area's cells, month by month: what methods are back-tested on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.foresight.forecast import ForecastCells, Incidents, forecast_cells
from crimemap.analysis.grids.cells import CellKind, Cells, cell_neighbours, cells_of, cover
from crimemap.areas.model import BoundarySet
from crimemap.areas.store import AreaStore
from crimemap.errors import EmptyInputError
from crimemap.jobs.cell_counts import count_cells
from crimemap.jobs.coverage import forces_of_areas
from crimemap.jobs.selection import Chosen, Selection, choose
from crimemap.jobs.study_area import StudyArea
from crimemap.periods import month_after
from crimemap.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CellHistory", "choose_history", "dated_incidents", "forecast_view", "history_of", "months_known"]

#: Months that are looked back over where no first month is given: 12 to train on and 24 to test.
_MONTHS_BACK: Final = 36


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellHistory:
    """
    Counts of cells by month.

    Attributes
    ----------
    cells
        Those of the study area.
    months
        YYYY-MM, without gaps.
    counts
        Shape (n_cells, n_months).
    known
        Shape (n_months,). False where the month has no data.
    selected, used, outside, without_position
        Incidents of the selection: in a cell, outside the study area, and without coordinates. They add up.
    exchanged_bytes
        Size of the tables of counts that partitions gave back.
    """

    cells: Cells
    months: list[str]
    counts: NDArray[np.int64]
    known: NDArray[np.bool_]
    selected: int
    used: int
    outside: int
    without_position: int
    exchanged_bytes: int


def choose_history(con: duckdb.DuckDBPyConnection, selection: Selection) -> Chosen:
    """
    Settle a selection as `choose` does; without a first month, the 36 months that end with the last, or what there is.

    Raises
    ------
    CrimemapError
        As `choose`.
    """
    if selection.first_month is None:
        rows = con.execute(
            "SELECT min(month), max(month) FROM coverage WHERE table_name = 'incidents' AND status = 'loaded' "
            "AND force = coalesce(?, force) AND source = coalesce(?, source)",
            [selection.force, selection.source],
        ).fetchall()
        earliest, latest = rows[0]
        if earliest is not None:
            last = selection.last_month or latest
            first = min(max(earliest, month_after(last, 1 - _MONTHS_BACK)), last)
            selection = selection.model_copy(update={"first_month": first, "last_month": last})
    return choose(con, selection)


def months_known(con: duckdb.DuckDBPyConnection, areas: AreaStore, study: StudyArea, chosen: Chosen) -> NDArray[np.bool_]:
    """
    Say which months have data of the study area: of the force asked for, or of the force that the area belongs to.

    Raises
    ------
    EmptyInputError
        If none has.
    """
    if chosen.force is not None:
        held = set(chosen.covered.loc[chosen.covered["force"] == chosen.force, "month"])
    elif study.set_id is not None and study.area_code is not None:
        boundaries = areas.read(study.set_id)
        one = BoundarySet(boundaries.info, boundaries.frame.loc[[study.area_code]])
        held = set(forces_of_areas(con, areas, one).covered(chosen)["month"])
    else:
        held = set(chosen.covered["month"])
    known = np.array([month in held for month in chosen.months])
    if not known.any():
        raise EmptyInputError(
            f"there are no data of the force that this area belongs to from {chosen.months[0]} to {chosen.months[-1]}",
            where=f"{study.set_id}:{study.area_code}",
            fix="Load them with 'crimemap ingest', or take another period or area.",
        )
    return known


def history_of(
    workspace: Workspace,
    chosen: Chosen,
    study: StudyArea,
    known: NDArray[np.bool_],
    *,
    kind: CellKind,
    cells: Cells | None = None,
) -> CellHistory:
    """
    Count the incidents inside a study area by cell and month, on the engine that is current.

    Parameters
    ----------
    workspace, chosen, study
        The selection and where to look. Without a boundary, the cells in which the selection has an incident.
    known
        Shape (n_months,). As `months_known` gives it.
    kind
        Cells to count by.
    cells
        Those of the study area, where they are at hand.
    """
    found = count_cells(workspace, chosen, kind, inside=study)
    if cells is None:
        cells = cells_of(np.unique(found.cell), kind) if study.geometry is None else cover(study.geometry, kind)
    counts, outside = found.matrix(cells, chosen.months)
    return CellHistory(
        cells=cells,
        months=chosen.months,
        counts=counts,
        known=known,
        selected=found.selected,
        used=int(counts.sum()),
        outside=outside + found.elsewhere,
        without_position=found.without_position,
        exchanged_bytes=found.exchanged_bytes,
    )


def forecast_view(cells: Cells, *, population: NDArray[np.float64] | None = None) -> ForecastCells:
    """Show cells to methods; neighbours are worked out once for each ring."""
    made: dict[int, Any] = {}

    def neighbours(ring: int) -> Any:
        if ring not in made:
            made[ring] = cell_neighbours(cells, ring=ring)
        return made[ring]

    easting, northing = cells.centres()
    return forecast_cells(
        cells.area_inside_m2, easting=easting, northing=northing, neighbours=neighbours, population=population
    )


def dated_incidents(con: duckdb.DuckDBPyConnection, chosen: Chosen) -> Incidents | None:
    """Read where and on which day incidents happened, of those of which it is known; None where it is of none."""
    condition, values = chosen.condition()
    table: pd.DataFrame = con.execute(
        "SELECT p.easting, p.northing, CAST(i.occurred_from AS DATE) AS day "  # noqa: S608 - fixed text
        f"FROM incidents i JOIN places p USING (place_id) WHERE {condition} AND i.occurred_from IS NOT NULL "
        "AND isfinite(p.easting) ORDER BY i.id",
        values,
    ).df()
    if table.empty:
        return None
    return Incidents(
        easting=table["easting"].to_numpy(),
        northing=table["northing"].to_numpy(),
        day=table["day"].to_numpy().astype("datetime64[D]"),
    )
