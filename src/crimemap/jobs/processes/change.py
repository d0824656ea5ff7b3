"""Change between two periods, by the areas of a boundary set or by cells."""

from dataclasses import dataclass
from typing import Any, Final, Self, cast

import geopandas as gpd
import numpy as np
import pandas as pd
from pydantic import Field, field_validator, model_validator

from crimemap.analysis.grids.cells import Cells, parse_cells
from crimemap.analysis.over_time.change import LESS, MORE, NO_CLEAR_CHANGE, TOO_FEW
from crimemap.analysis.over_time.change_rates import ChangeTest, RateChange, compare_rates
from crimemap.analysis.significance import Correction
from crimemap.areas.model import BoundarySet
from crimemap.areas.store import AreaStore
from crimemap.crs import NATIONAL_GRID
from crimemap.errors import EmptyInputError, ParameterError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.change_counts import UnitMonths, count_areas, count_cells
from crimemap.jobs.result import Progress
from crimemap.jobs.selection import Chosen, Selection, choose
from crimemap.periods import Period, month_after, month_index, parse_month
from crimemap.records import records
from crimemap.workspace import Workspace

__all__ = ["ChangeInputs", "ChangeResult", "run_change"]

_YEAR: Final = 12
_NO_DATA: Final = "no data"
_VERDICTS: Final = {MORE: "more", LESS: "less", NO_CLEAR_CHANGE: "no clear change", TOO_FEW: "too few to say"}
_COLOURS: Final = {
    "more": "#cb181d",
    "less": "#2171b5",
    "no clear change": "#d9d9d9",
    "too few to say": "#f0f0f0",
    _NO_DATA: "#ffffff",
}


class ChangeInputs(Selection):
    """What may be asked. The period of the selection is the later one."""

    by: str | None = Field(default=None, description="Boundary set: csp-2017, or a type of which there is one set.")
    cells: str | None = Field(default=None, description="Cells in place of areas: h3:9, or 200m for squares.")
    area: str | None = Field(default=None, description="Study area of the cells as SET:CODE, in place of a force's own.")
    before_first_month: str | None = Field(default=None, description="First month of the earlier period.")
    before_last_month: str | None = Field(default=None, description="Last month of the earlier period.")
    test: ChangeTest = Field(default="over-dispersed", description="over-dispersed, or poisson (E-test).")
    correction: Correction = Field(default="benjamini-hochberg", description="Over all areas or cells that are tested.")
    alpha: float = Field(default=0.05, gt=0, lt=1, description="Rate of false claims to keep to; 1 less the confidence.")

    @field_validator("before_first_month", "before_last_month")
    @classmethod
    def _month_before(cls, value: str | None) -> str | None:
        return None if value is None else parse_month(value, where="month")

    @field_validator("cells")
    @classmethod
    def _kind(cls, value: str | None) -> str | None:
        return None if value is None else str(parse_cells(value))

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.by is None) == (self.cells is None):
            raise ParameterError(
                "areas or cells are compared, one of the two",
                where="by",
                fix="Give --by SET, or --cells with --force or --area.",
            )
        if self.cells is not None and self.force is None and self.area is None:
            raise ParameterError("neither a force nor an area is named", where="force", fix="Give --force or --area.")
        if self.area is not None and self.by is not None:
            raise ParameterError("a study area goes with cells", where="area", fix="Give --cells in place of --by.")
        if (self.before_first_month is None) != (self.before_last_month is None):
            raise ParameterError(
                "the earlier period lacks an end", where="before", fix="Give both of its months, or neither."
            )
        return self


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChangeResult:
    """
    The comparison.

    Attributes
    ----------
    rows
        One for each area or cell: what it is, `before`, `after`, the months of each, rates a month, `ratio` with its
        interval, `dispersion`, `p_value`, `q_value`, `verdict`.
    """

    inputs: ChangeInputs
    chosen: Chosen
    before: Period
    after: Period
    counted: UnitMonths
    found: RateChange
    rows: pd.DataFrame
    boundaries: BoundarySet | None
    between: int

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads; of cells, those with an incident."""
        counted, rows = self.counted, self.rows
        told = rows if counted.cells is None else rows[(rows["before"] > 0) | (rows["after"] > 0)]
        used = int(rows["before"].sum() + rows["after"].sum())
        return {
            "process": "change",
            "parameters": self.inputs.model_dump(),
            "selection": self.chosen.to_json(),
            "before": _months_of(self.before),
            "after": _months_of(self.after),
            "paired": self.found.paired,
            "boundary_set": None if self.boundaries is None else self.boundaries.info.set_id,
            "study_area": None if counted.study is None else counted.study.to_json(),
            "statistic": _STATISTICS[self.found.test],
            "incidents": {
                "selected": counted.selected,
                "used": used,
                "between_the_periods": self.between,
                "elsewhere_or_unpaired": counted.selected - used - self.between - counted.without_position,
                "without_position": counted.without_position,
            },
            "verdicts": {name: int((rows["verdict"] == name).sum()) for name in _COLOURS},
            "rows": records(told),
        }

    def table(self) -> pd.DataFrame:
        """Give every area or cell."""
        return self.rows

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Give the areas, or the cells with an incident."""
        if self.boundaries is not None:
            shapes = self.boundaries.frame.geometry.loc[self.rows["area_code"]].to_numpy()
            return {"change": gpd.GeoDataFrame(self.rows, geometry=shapes, crs=NATIONAL_GRID)}
        shown = np.flatnonzero((self.rows["before"] > 0) | (self.rows["after"] > 0))
        shapes = cast("Cells", self.counted.cells).polygons(shown)
        return {"change": gpd.GeoDataFrame(self.rows.iloc[shown], geometry=shapes, crs=NATIONAL_GRID)}

    def figure(self) -> Any:
        """Draw the verdicts on a map."""
        from crimemap.jobs.time_figures import draw_map

        title = f"{self.chosen.what}: {_said(self.after)} against {_said(self.before)}"
        outline = None if self.counted.study is None else self.counted.study.geometry
        return draw_map(self.layers()["change"], "verdict", _COLOURS, title=title, outline=outline, faint=list(_COLOURS)[2:])


_STATISTICS: Final = {
    "poisson": "E-test of two Poisson rates; exact conditional interval",
    "over-dispersed": "score test of the later period's share, variance times the dispersion among months; its interval",
}


def _said(period: Period) -> str:
    return f"{period.start} to {month_after(period.end, -1)}"


def _months_of(period: Period) -> dict[str, Any]:
    return {"first_month": period.start, "last_month": month_after(period.end, -1), "months": len(period)}


def _earlier(inputs: ChangeInputs, after: Period) -> Period:
    """Settle the earlier period: as asked, or the same months of the calendar as short before as leaves no overlap."""
    if inputs.before_first_month is not None and inputs.before_last_month is not None:
        if inputs.before_last_month < inputs.before_first_month:
            raise ParameterError("the earlier period holds no month", where="before", fix="Give the earlier month first.")
        before = Period(inputs.before_first_month, month_after(inputs.before_last_month))
        if before.end > after.start:
            raise ParameterError(
                f"the periods {_said(before)} and {_said(after)} share months",
                where="before",
                fix="Let the earlier one end before the later one begins.",
            )
        return before
    back = _YEAR * -(-len(after) // _YEAR)
    return Period(month_after(after.start, -back), month_after(after.end, -back))


def run_change(workspace: Workspace, inputs: ChangeInputs, progress: Progress) -> ChangeResult:
    """
    Compare two periods.

    Raises
    ------
    EmptyInputError
        If a period has no data.
    CrimemapError
        If the set, the selection or the study area is not there.
    """
    areas = AreaStore(workspace.require())
    progress("Counting incidents", 0.1)
    with IncidentStore(workspace).connect() as con:
        after = choose(con, inputs).period
        before = _earlier(inputs, after)
        span = inputs.model_copy(update={"first_month": before.start, "last_month": month_after(after.end, -1)})
        chosen = choose(con, span)
        if not chosen.covered["month"].between(before.start, month_after(before.end, -1)).any():
            raise EmptyInputError(
                f"there are no data from {_said(before)} to compare with",
                where=inputs.force or "incidents",
                fix="Load earlier months with 'crimemap ingest', or give --before-from and --before-to.",
            )
        boundaries = None if inputs.by is None else areas.read(areas.resolve(inputs.by).set_id)
        counted = (
            count_cells(con, workspace, areas, chosen, cells=cast("str", inputs.cells), area=inputs.area)
            if boundaries is None
            else count_areas(con, areas, boundaries, chosen)
        )
    progress("Comparing", 0.7)
    index = {month: k for k, month in enumerate(counted.months)}
    old, new = ([index[month] for month in period] for period in (before, after))
    paired = len(before) == len(after) and (month_index(after.start) - month_index(before.start)) % _YEAR == 0
    found = compare_rates(
        counted.counts[:, old],
        counted.counts[:, new],
        known_before=counted.known[:, old],
        known_after=counted.known[:, new],
        paired=paired,
        test=inputs.test,
        correction=inputs.correction,
        alpha=inputs.alpha,
    )
    others = [k for k in range(len(counted.months)) if k not in {*old, *new}]
    return ChangeResult(
        inputs=inputs,
        chosen=chosen,
        before=before,
        after=after,
        counted=counted,
        found=found,
        rows=_rows(counted.units, found),
        boundaries=boundaries,
        between=int(counted.counts[:, others].sum()),
    )


def _rows(units: pd.DataFrame, found: RateChange) -> pd.DataFrame:
    verdict = pd.Series(found.verdict).map(_VERDICTS).to_numpy(dtype=object)
    verdict[(found.months_before == 0) | (found.months_after == 0)] = _NO_DATA
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = found.before / found.months_before, found.after / found.months_after
    return units.assign(
        before=found.before,
        after=found.after,
        months_before=found.months_before,
        months_after=found.months_after,
        monthly_before=rates[0],
        monthly_after=rates[1],
        ratio=found.ratio,
        ratio_low=found.ratio_low,
        ratio_high=found.ratio_high,
        dispersion=found.dispersion,
        p_value=found.p_value,
        q_value=found.q_value,
        verdict=verdict,
    )
