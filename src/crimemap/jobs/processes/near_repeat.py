"""Near repeat: Knox's test by bands of space and time, and the incidents that followed one another."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import Field, field_validator

from crimemap.areas.store import AreaStore
from crimemap.crs import NATIONAL_GRID
from crimemap.errors import EmptyInputError, ParameterError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.dated import Dated, read_dated
from crimemap.jobs.geopackage_styles import lines_style, points_style
from crimemap.jobs.result import Progress
from crimemap.jobs.selection import Chosen, Selection, choose
from crimemap.jobs.study_area import StudyArea, named_area
from crimemap.records import records
from crimemap.workspace import Workspace

if TYPE_CHECKING:
    from crimemap.analysis.over_time.knox import Knox
    from crimemap.analysis.over_time.near_repeat import NearRepeats

__all__ = ["NearRepeatInputs", "NearRepeatResult", "parse_bands", "run_near_repeat"]

_FEWEST: Final = 3
_ROLES: Final = ("unlinked", "originator", "follower", "simultaneous")
_MARKS: Final = {
    "unlinked": ("circle", "#c9e1ea", 1.2),
    "originator": ("star", "#8a1c5b", 3.4),
    "follower": ("triangle", "#2b7694", 2.4),
    "simultaneous": ("diamond", "#e0a92e", 2.4),
}
_LINK: Final = "#5a9eb9"


def parse_bands(text: str) -> tuple[float, ...]:
    """
    Read the ends of bands as they are written on the command line.

    Raises
    ------
    ParameterError
        If one is no number.

    Examples
    --------
    >>> parse_bands("100, 200,400")
    (100.0, 200.0, 400.0)
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(
            f"{text[:30]!r} are not the ends of bands", where="bands", fix="Write numbers with commas, as 100,200,400."
        ) from None


class NearRepeatInputs(Selection):
    """What may be asked."""

    area: str | None = Field(default=None, description="Study area as SET:CODE; everywhere where not given.")
    space_bands_m: tuple[float, ...] = Field(
        default=(100.0, 200.0, 300.0, 400.0), description="Where space bands end, metres."
    )
    time_bands_days: tuple[float, ...] = Field(default=(7.0, 14.0, 21.0, 28.0), description="Where time bands end, days.")
    distance: Literal["euclidean", "manhattan"] = Field(default="euclidean", description="How distance is measured.")
    same_place_m: float = Field(default=0.0, ge=0, description="Pairs nearer than this are at the same place.")
    permutations: int = Field(default=999, ge=1, le=100_000, description="Shuffles of the times.")
    within_m: float = Field(default=200.0, gt=0, description="Originators and followers are less than so far apart ...")
    within_days: float = Field(default=14.0, gt=0, description="... and less than so many days.")
    longest_interval_days: float | None = Field(
        default=None, gt=0, description="Incidents known only to within longer are left out; half of the first time band."
    )
    seed: int = Field(default=1, ge=0, description="Seed of the shuffles.")

    @field_validator("space_bands_m", "time_bands_days", mode="before")
    @classmethod
    def _bands(cls, value: object) -> object:
        return parse_bands(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NearRepeatResult:
    """
    The test, and the list.

    Attributes
    ----------
    incidents
        Every incident used: what is known of it, `moment` (the middle of its interval), `role`, `n_followers`, `n_followed`,
        `n_simultaneous`, `follows` (crime_id), `days_after`, `metres_from`, `chain`.
    too_long
        Incidents left out because it is not known closely enough when they happened.
    """

    inputs: NearRepeatInputs
    chosen: Chosen
    study: StudyArea | None
    dated: Dated
    knox: "Knox"
    links: "NearRepeats"
    incidents: pd.DataFrame
    longest_interval_days: float
    too_long: int

    @property
    def bands(self) -> pd.DataFrame:
        """One row for each pair of a space band and a time band."""
        from crimemap.analysis.over_time.knox_bands import band_names

        found = self.knox
        space = band_names(found.space_edges_m, unit="m", same_place=found.same_place)
        time = band_names(found.time_edges_days, unit="days")
        s, t = (index.ravel() for index in np.indices(found.observed.shape))
        return pd.DataFrame(
            {
                "space_band": [space[k] for k in s],
                "time_band": [time[k] for k in t],
                "observed": found.observed.ravel(),
                "expected": found.expected.ravel(),
                "knox_ratio": found.knox_ratio.ravel(),
                "low": found.low.ravel(),
                "high": found.high.ravel(),
                "p_value": found.p_value.ravel(),
                "p_adjusted": found.p_adjusted.ravel(),
            }
        )

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads: the bands, and the incidents that are linked."""
        counted = self.incidents["role"].value_counts()
        linked = self.incidents[self.incidents["role"] != _ROLES[0]]
        return {
            "process": "near-repeat",
            "parameters": self.inputs.model_dump(),
            "selection": self.chosen.to_json(),
            "study_area": None if self.study is None else self.study.to_json(),
            "statistic": "Knox: pairs close in space and time, the times shuffled over the incidents",
            "incidents": {
                "selected": self.dated.selected,
                "used": len(self.incidents),
                "without_time": self.dated.without_time,
                "time_too_uncertain": self.too_long,
                "outside_study_area": self.dated.outside_study_area,
                "without_position": self.dated.without_position,
            },
            "longest_interval_days": self.longest_interval_days,
            "pairs": self.knox.n_pairs,
            "bands": records(self.bands),
            "links": {
                "pairs": self.links.links,
                "expected_by_chance": self.links.expected_links,
                "chains": int(self.links.chain.max(initial=-1)) + 1,
                **{f"{role}s" if role != "simultaneous" else role: int(counted.get(role, 0)) for role in _ROLES[1:]},
            },
            "linked": records(_told(linked)),
        }

    def table(self) -> pd.DataFrame:
        """Give every incident used, with its role."""
        return _told(self.incidents)

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Give the incidents as points, and a line from each follower to the one it follows."""
        points = np.asarray(shapely.points(self.incidents["easting"], self.incidents["northing"]), dtype=object)
        follower = np.flatnonzero(self.links.follows >= 0)
        ends = np.column_stack([self.links.follows[follower], follower])
        xy = self.incidents[["easting", "northing"]].to_numpy(dtype=np.float64)
        lines = np.asarray(shapely.linestrings(xy[ends]) if len(ends) else [], dtype=object)
        told = _told(self.incidents)
        return {
            "near_repeats": gpd.GeoDataFrame(told, geometry=points, crs=NATIONAL_GRID),
            "links": gpd.GeoDataFrame(
                told.loc[follower, ["crime_id", "follows", "days_after", "metres_from", "chain"]].reset_index(drop=True),
                geometry=lines,
                crs=NATIONAL_GRID,
            ),
        }

    def styles(self) -> dict[str, str]:
        """Give QGIS's style of each layer: roles by shape as well as by colour."""
        return {"near_repeats": points_style("role", _MARKS), "links": lines_style(_LINK)}

    def figure(self) -> Any:
        """Draw the table of ratios."""
        from crimemap.jobs.time_figures import draw_bands

        return draw_bands(self.bands, title=f"Near repeat: {self.chosen.words()}, {len(self.incidents):,} incidents")


def _told(incidents: pd.DataFrame) -> pd.DataFrame:
    """Write times as text: minutes, as a clock on the wall shows them."""
    told = incidents.copy()
    for name in ("occurred_from", "occurred_to", "moment"):
        told[name] = told[name].dt.strftime("%Y-%m-%d %H:%M")
    return told


def run_near_repeat(workspace: Workspace, inputs: NearRepeatInputs, progress: Progress) -> NearRepeatResult:
    """
    Test for near repeat, and list originators and followers.

    Raises
    ------
    EmptyInputError
        If no incident has a time, or fewer than 3 are left.
    CrimemapError
        If the selection or the study area is not there.
    """
    # numba is slow to load: only who asks for this waits for it.
    from crimemap.analysis.over_time.knox import knox
    from crimemap.analysis.over_time.near_repeat import near_repeats

    areas = AreaStore(workspace.require())
    progress("Reading incidents", 0.1)
    with IncidentStore(workspace).connect() as con:
        chosen = choose(con, inputs)
        study = None if inputs.area is None else named_area(areas, inputs.area)
        dated = read_dated(con, chosen, for_what="Near repeat", study=study, placed=True)
    longest = inputs.longest_interval_days or min(inputs.time_bands_days, default=1.0) / 2
    start, end = dated.start, dated.end
    sure = end - start <= longest
    if sure.sum() < _FEWEST:
        raise EmptyInputError(
            f"{int(sure.sum())} incidents are known to within {longest:g} days; fewer than {_FEWEST} make no pattern",
            where="incidents",
            fix="Take a longer period, or a longer --longest-interval.",
        )
    used = dated.table[sure].reset_index(drop=True)
    moment = ((start + end) / 2)[sure]
    x, y = used["easting"].to_numpy(), used["northing"].to_numpy()
    progress("Shuffling times", 0.3)
    found = knox(
        x,
        y,
        moment,
        space_bands_m=inputs.space_bands_m,
        time_bands_days=inputs.time_bands_days,
        rng=np.random.default_rng(inputs.seed),
        permutations=inputs.permutations,
        distance=inputs.distance,
        same_place_m=inputs.same_place_m,
    )
    progress("Linking incidents", 0.8)
    links = near_repeats(x, y, moment, within_m=inputs.within_m, within_days=inputs.within_days, distance=inputs.distance)
    followed = used["crime_id"].to_numpy(dtype=object)
    follows = pd.Series([followed[row] if row >= 0 else None for row in links.follows.tolist()], dtype=object)
    listed = used.assign(
        moment=used["occurred_from"] + (used["occurred_to"] - used["occurred_from"]) / 2,
        role=np.asarray(_ROLES, dtype=object)[links.role],
        n_followers=links.n_followers,
        n_followed=links.n_followed,
        n_simultaneous=links.n_simultaneous,
        follows=follows,
        days_after=links.days_after.round(4),
        metres_from=links.metres_from.round(1),
        chain=pd.array(np.where(links.chain >= 0, links.chain, 0), dtype="Int64"),
    )
    listed.loc[links.chain < 0, "chain"] = pd.NA
    return NearRepeatResult(
        inputs=inputs,
        chosen=chosen,
        study=study,
        dated=dated,
        knox=found,
        links=links,
        incidents=listed,
        longest_interval_days=longest,
        too_long=int((~sure).sum()),
    )
