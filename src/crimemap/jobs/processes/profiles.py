"""Profiles of the day and the week, from incidents with times."""

from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from pydantic import Field

from crimemap.analysis.over_time.profiles import CircularMean, Profile, circular_mean, profile
from crimemap.areas.store import AreaStore
from crimemap.errors import EmptyInputError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.dated import Dated, read_dated
from crimemap.jobs.result import Progress
from crimemap.jobs.selection import Chosen, Selection, choose
from crimemap.jobs.study_area import StudyArea, named_area
from crimemap.records import plain, records
from crimemap.workspace import Workspace

__all__ = ["DAYS", "ProfilesInputs", "ProfilesResult", "run_profiles"]

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOURS: Final = 24


class ProfilesInputs(Selection):
    """What may be asked."""

    area: str | None = Field(default=None, description="Study area as SET:CODE; everywhere where not given.")
    confidence: float = Field(default=0.95, gt=0, lt=1, description="Of the intervals.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProfilesResult:
    """
    Profiles of the same incidents.

    Attributes
    ----------
    hours, days, week
        By hour of the day, day of the week and hour of the week.
    mean
        The mean hour, if there is one.
    exact, over_a_day
        Incidents whose time is known to the minute, and those known only to within more than a day.
    median_interval_hours
        Half of the incidents are known to within so long, or closer.
    """

    inputs: ProfilesInputs
    chosen: Chosen
    study: StudyArea | None
    dated: Dated
    hours: Profile
    days: Profile
    week: Profile
    mean: CircularMean
    exact: int
    over_a_day: int
    median_interval_hours: float

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads."""
        table = self.table()
        parts = {name: table[table["cycle"] == cycle].drop(columns="cycle") for name, cycle in _CYCLES.items()}
        mean = self.mean
        return {
            "process": "profiles",
            "parameters": self.inputs.model_dump(),
            "selection": self.chosen.to_json(),
            "study_area": None if self.study is None else self.study.to_json(),
            "statistic": "aoristic weights; circular mean",
            "incidents": {
                "selected": self.dated.selected,
                "used": self.hours.n,
                "without_time": self.dated.without_time,
                "outside_study_area": self.dated.outside_study_area,
                "without_position": self.dated.without_position,
            },
            "intervals": {
                "exact": self.exact,
                "over_a_day": self.over_a_day,
                "median_hours": self.median_interval_hours,
            },
            "mean_hour": {
                "hour": plain(mean.hour),
                "low": plain(mean.low),
                "high": plain(mean.high),
                "strength": mean.strength,
                "p_value": mean.p_value,
            },
            **{name: records(part) for name, part in parts.items()},
        }

    def table(self) -> pd.DataFrame:
        """Give the bins of the three cycles below each other."""
        return pd.concat([_rows(self.hours), _rows(self.days), _rows(self.week)], ignore_index=True)

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Give nothing: hours have no place on a map."""
        return {}

    def figure(self) -> Any:
        """Draw the hours of the day, the days, and the hours of the week."""
        from crimemap.jobs.time_figures import draw_profiles

        return draw_profiles(self.hours, self.days, self.week, title=f"{self.chosen.words()}: {self.hours.n:,} incidents")


_CYCLES: Final = {"hours": "hour of day", "days": "day of week", "week": "hour of week"}


def _rows(found: Profile) -> pd.DataFrame:
    k = np.arange(found.incidents.size)
    if found.cycle == "hour of day":
        named = [f"{hour:02d}:00" for hour in k]
    elif found.cycle == "day of week":
        named = list(DAYS)
    else:
        named = [f"{DAYS[hour // _HOURS]} {hour % _HOURS:02d}:00" for hour in k]
    return pd.DataFrame(
        {
            "cycle": found.cycle,
            "bin": named,
            "incidents": found.incidents.round(6),
            "low": found.low,
            "high": found.high,
            "share": found.incidents / found.n,
        }
    )


def run_profiles(workspace: Workspace, inputs: ProfilesInputs, progress: Progress) -> ProfilesResult:
    """
    Say when incidents happen.

    Raises
    ------
    EmptyInputError
        If no incident has a time, or all times are dates without a clock.
    CrimemapError
        If the selection or the study area is not there.
    """
    areas = AreaStore(workspace.require())
    progress("Reading incidents", 0.1)
    with IncidentStore(workspace).connect() as con:
        chosen = choose(con, inputs)
        study = None if inputs.area is None else named_area(areas, inputs.area)
        dated = read_dated(con, chosen, for_what="A profile", study=study)
    start, end = dated.start * _HOURS, dated.end * _HOURS
    if ((start % _HOURS == 0) & (end % _HOURS == 0)).all():
        raise EmptyInputError(
            f"all {len(start):,} times are dates without a clock, which would put every incident at midnight",
            where=", ".join(source for source, _ in chosen.sources),
            fix="Load records that say the time of the day.",
        )
    progress("Spreading incidents over hours", 0.4)
    hours, days, week = (
        profile(start, end, cycle=cycle, confidence=inputs.confidence)
        for cycle in ("hour of day", "day of week", "hour of week")
    )
    length = end - start
    return ProfilesResult(
        inputs=inputs,
        chosen=chosen,
        study=study,
        dated=dated,
        hours=hours,
        days=days,
        week=week,
        mean=circular_mean(start, end, confidence=inputs.confidence),
        exact=int((length == 0).sum()),
        over_a_day=int((length > _HOURS).sum()),
        median_interval_hours=float(np.median(length)),
    )
