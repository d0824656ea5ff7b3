"""What the process of a back-test gives back: leader board, calibration, and where the best method would look next."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel

from crimemap.analysis.foresight.backtest_result import Backtest
from crimemap.analysis.foresight.forecast import Method
from crimemap.crs import NATIONAL_GRID
from crimemap.jobs.backtest_figure import draw_backtest
from crimemap.jobs.cell_history import CellHistory
from crimemap.jobs.selection import Chosen
from crimemap.jobs.study_area import StudyArea
from crimemap.periods import month_after
from crimemap.records import plain, records

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["BacktestResult"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BacktestResult:
    """
    A back-test of an area.

    Attributes
    ----------
    history
        The counts it was made on.
    found
        How the methods did.
    next_months, best, risk, chosen_share
        A forecast of the months after the data by the method with the highest hit rate at the smallest coverage: the months,
        the method, its risk of each cell, shape (n_cells,), and the share of each cell that is chosen, shape (n_coverages,
        n_cells). None where too few of the last months have data.
    """

    inputs: BaseModel
    chosen: Chosen
    study_area: StudyArea
    history: CellHistory
    found: Backtest
    next_months: tuple[str, ...]
    best: Method
    risk: NDArray[np.float64] | None
    chosen_share: NDArray[np.float64] | None

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads."""
        found = self.found
        return {
            "process": "backtest",
            "parameters": self.inputs.model_dump(mode="json"),
            "selection": self.chosen.to_json(),
            "study_area": self.study_area.to_json(),
            "cells": {"kind": str(self.history.cells.kind), "number": len(self.history.cells)},
            "incidents": {
                "selected": self.history.selected,
                "used": self.history.used,
                "outside_study_area": self.history.outside,
                "without_position": self.history.without_position,
            },
            "methods": [
                {
                    "method": method.name,
                    "title": method.title,
                    "baseline": method.baseline,
                    "calibrated": method.calibrated,
                    "parameters": dict(method.parameters),
                }
                for method in found.methods
            ],
            "training_months": found.training_months,
            "test_months": found.test_months,
            "step_months": found.step_months,
            "interval": {
                "confidence": found.confidence,
                "resamples": found.resamples,
                "over": "incidents" if len(found.periods) == 1 else "test periods",
            },
            "periods": [
                {
                    "first_training_month": period.training.start,
                    "first_test_month": period.test.start,
                    "last_test_month": month_after(period.test.end, -1),
                    "incidents": period.incidents,
                    "training_months_without_data": list(period.training_without_data),
                }
                for period in found.periods
            ],
            "skipped": [
                {"first_test_month": one.first_test_month, "months_without_data": list(one.months_without_data)}
                for one in found.skipped
            ],
            "verdicts": [asdict(verdict) | {"beaten_by": list(verdict.beaten_by)} for verdict in found.verdicts],
            "scores": records(self.table()),
            "calibration": [{name: plain(value) for name, value in asdict(band).items()} for band in found.calibration],
            "forecast": {
                "method": self.best.name,
                "months": list(self.next_months),
                "cells_chosen": None
                if self.chosen_share is None
                else [int((share > 0).sum()) for share in self.chosen_share],
            },
        }

    def table(self) -> pd.DataFrame:
        """Give the leader board."""
        return pd.DataFrame([asdict(score) for score in self.found.scores])

    def figure(self) -> "Figure":
        """Draw the leader board and the calibration."""
        where = self.study_area.how if self.chosen.force is None else self.chosen.force
        what = "all offence types" if self.chosen.offence_types is None else ", ".join(self.chosen.offence_types)
        periods = self.found.periods
        span = f"{periods[0].test.start} to {month_after(periods[-1].test.end, -1)}"
        return draw_backtest(self.found, title=f"{where}, {what}: {len(periods)} tests, {span}")

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Give the cells that the best method would choose for the months after the data."""
        cells = self.history.cells
        columns: dict[str, Any] = {"cell": [], "coverage": [], "share": [], "rank": [], "risk_per_km2": [], "incidents": []}
        at: NDArray[np.intp] = np.empty(0, dtype=np.intp)
        if self.risk is not None and self.chosen_share is not None:
            share = self.chosen_share
            at = np.flatnonzero(share[-1] > 0)
            at = at[np.argsort(-self.risk[at], kind="stable")]
            first = (share[:, at] > 0).argmax(axis=0)
            names = cells.names
            columns = {
                "cell": [names[k] for k in at.tolist()],
                "coverage": np.array(self.found.coverages)[first],
                "share": share[first, at],
                "rank": np.arange(1, at.size + 1),
                "risk_per_km2": self.risk[at],
                "incidents": self.history.counts[at, -self.found.training_months :].sum(axis=1),
            }
        return {"forecast": gpd.GeoDataFrame(columns, geometry=cells.polygons(at), crs=NATIONAL_GRID)}
