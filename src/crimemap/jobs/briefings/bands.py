"""
How near and how soon incidents of a force come back: the bands of Knox's test that stand out, by offence type.

An alert is worth giving where near repeat is shown, and its space and time are those in which it is. So each offence type is
tested on the force's own dated records of the twelve whole months before; bands are taken from the nearest and soonest
outwards for as long as they stand out. A band stands out if it holds at least half as many pairs again as chance gives, and
p is at most 0.05 after the correction over all bands of the table (the maximum over shuffles) and over the offence types
(Bonferroni).
"""

import json
import os
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pandas as pd
from scipy.stats import binomtest

from crimemap.errors import CrimemapError
from crimemap.incidents.changes import AreaState
from crimemap.incidents.places import PlaceStore
from crimemap.jobs.briefings.records import parquet_paths
from crimemap.jobs.dated import days_since_monday
from crimemap.periods import month_after, months_between
from crimemap.workspace import Workspace

__all__ = ["LONGEST_INTERVAL_DAYS", "NEAR_REPEAT_TYPES", "NearRepeatBands", "near_repeat_bands"]

#: Offence types of which near repeat is known from the literature.
NEAR_REPEAT_TYPES: Final = (
    "Bicycle theft",
    "Burglary",
    "Criminal damage and arson",
    "Robbery",
    "Vehicle crime",
)
_SPACE_BANDS_M: Final = (100.0, 200.0, 300.0, 400.0)
_TIME_BANDS_DAYS: Final = (7.0, 14.0, 21.0, 28.0)
#: An incident known no closer than this cannot say which band its pairs are in.
LONGEST_INTERVAL_DAYS: Final = _TIME_BANDS_DAYS[0] / 2
_MONTHS: Final = 12
_FEWEST: Final = 100
_LEAST_RATIO: Final = 1.5
_ALPHA: Final = 0.05
_PERMUTATIONS: Final = 999
_SEED: Final = 1
#: Changes when the rule does, so that what an earlier one found is not taken for its own.
_RULE: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NearRepeatBands:
    """
    What was found for an offence type.

    Attributes
    ----------
    status
        `found`, `not_found`, `too_few`, or `not_tested` where the test could not be made.
    incidents
        How many were tested, in how many months with data.
    within_m, within_days
        How near and how soon repeats come; None where none were found.
    pairs, expected
        Pairs of incidents so near and so soon, and how many chance would give.
    p_adjusted
        The largest of the bands taken together, after all corrections.
    followed, followed_share, followed_low, followed_high
        Incidents that were followed by another so near and so soon, by chance or not, their share, and its 95 % interval
        (Wilson 1927).
    """

    offence_type: str
    status: str
    incidents: int
    months: int
    within_m: float | None = None
    within_days: float | None = None
    pairs: int | None = None
    expected: float | None = None
    p_adjusted: float | None = None
    followed: int | None = None
    followed_share: float | None = None
    followed_low: float | None = None
    followed_high: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times as many pairs as chance gives; None where none stand out or chance gives none."""
        return self.pairs / self.expected if self.pairs is not None and self.expected else None

    def to_json(self) -> dict[str, Any]:
        """Give what was found."""
        return asdict(self) | {"ratio": None if self.ratio is None else round(self.ratio, 2)}


_FIELDS: Final = [one.name for one in fields(NearRepeatBands)]


def near_repeat_bands(
    workspace: Workspace, state: AreaState, *, before_month: str, dated: frozenset[str]
) -> tuple[NearRepeatBands, ...]:
    """
    Give the bands of each offence type, from the twelve months before one.

    They are worked out once for a state of the records, and kept in the workspace.

    Parameters
    ----------
    before_month
        The month in which the briefing ends; it is not looked at.
    dated
        Months whose incidents have times; others are left out, and so are those of another source.
    """
    held = state.records.months
    source = held[before_month].source if before_month in held else None
    used = tuple(
        month
        for month in months_between(month_after(before_month, -_MONTHS), before_month)
        if month in dated and month in held and held[month].source == source
    )
    files = tuple(path for month in used for path in state.records.months[month].files)
    key = [_RULE, _FIELDS, state.records.table, used, [path.name for path in files]]
    kept = workspace.root / "briefings" / f"near-repeat-{_safe(state.records.force)}-{before_month}.json"
    return _bands(workspace.root.as_posix(), kept, files, used, json.dumps(key))


def _safe(force: str) -> str:
    return "".join(letter if letter.isalnum() or letter == "-" else "_" for letter in force)[:60]


@lru_cache(maxsize=64)
def _bands(root: str, kept: Path, files: tuple[Path, ...], months: tuple[str, ...], key: str) -> tuple[NearRepeatBands, ...]:
    try:
        held = json.loads(kept.read_text(encoding="utf-8"))
        if held["key"] == key:
            return tuple(NearRepeatBands(**one) for one in held["bands"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # it is worked out anew
    table = _incidents(Workspace(root), files)
    found = tuple(_tested(table, name, months=len(months)) for name in NEAR_REPEAT_TYPES)
    _keep(kept, {"key": key, "bands": [asdict(one) for one in found]})
    return found


def _keep(path: Path, said: dict[str, Any]) -> None:
    """Keep what was found; where it cannot be kept it is worked out again."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        temporary.write_text(json.dumps(said), encoding="utf-8")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)


def _incidents(workspace: Workspace, files: tuple[Path, ...]) -> pd.DataFrame:
    parts = PlaceStore(workspace).part_files()
    if not files or not parts:
        return pd.DataFrame({"offence_type": [], "easting": [], "northing": [], "start": [], "end": []})
    with duckdb.connect() as con:
        found: pd.DataFrame = con.execute(
            "SELECT i.offence_type, p.easting, p.northing, i.occurred_from, "
            "coalesce(i.occurred_to, i.occurred_from) AS occurred_to "
            "FROM read_parquet($files, hive_partitioning = true, hive_types = {'month': VARCHAR, 'force': VARCHAR}) i "
            "JOIN read_parquet($places, hive_partitioning = false) p USING (place_id) "
            "WHERE i.occurred_from IS NOT NULL AND isfinite(p.easting) AND list_contains($types, i.offence_type) "
            "ORDER BY i.id",
            {"files": parquet_paths(list(files)), "places": parquet_paths(parts), "types": list(NEAR_REPEAT_TYPES)},
        ).df()
    return found.assign(start=days_since_monday(found["occurred_from"]), end=days_since_monday(found["occurred_to"]))


def _tested(table: pd.DataFrame, offence_type: str, *, months: int) -> NearRepeatBands:
    # numba is slow to load: only who asks for this waits for it.
    from crimemap.analysis.over_time.knox import knox
    from crimemap.analysis.over_time.near_repeat import near_repeats

    rows = table[(table["offence_type"] == offence_type) & (table["end"] - table["start"] <= LONGEST_INTERVAL_DAYS)]
    n = len(rows)
    if n < _FEWEST:
        return NearRepeatBands(offence_type=offence_type, status="too_few", incidents=n, months=months)
    x, y = rows["easting"].to_numpy(), rows["northing"].to_numpy()
    moment = ((rows["start"] + rows["end"]) / 2).to_numpy()
    try:
        found = knox(
            x,
            y,
            moment,
            space_bands_m=_SPACE_BANDS_M,
            time_bands_days=_TIME_BANDS_DAYS,
            rng=np.random.default_rng(_SEED),
            permutations=_PERMUTATIONS,
        )
        adjusted = np.minimum(found.p_adjusted * len(NEAR_REPEAT_TYPES), 1.0)
        stands_out = (adjusted <= _ALPHA) & (np.nan_to_num(found.knox_ratio) >= _LEAST_RATIO)
        # The first space band is that of the same place.
        spaces = int(np.cumprod(stands_out[1:, 0]).sum())
        times = int(np.cumprod(stands_out[1 : 1 + spaces].any(axis=0)).sum()) if spaces else 0
        if not (spaces and times):
            return NearRepeatBands(offence_type=offence_type, status="not_found", incidents=n, months=months)
        taken = (slice(0, 1 + spaces), slice(0, times))
        links = near_repeats(x, y, moment, within_m=_SPACE_BANDS_M[spaces - 1], within_days=_TIME_BANDS_DAYS[times - 1])
    except CrimemapError:  # all at one moment, or more pairs than memory holds
        return NearRepeatBands(offence_type=offence_type, status="not_tested", incidents=n, months=months)
    followed = int((links.n_followers > 0).sum())
    share = binomtest(followed, n).proportion_ci(method="wilson")
    return NearRepeatBands(
        offence_type=offence_type,
        status="found",
        incidents=n,
        months=months,
        within_m=_SPACE_BANDS_M[spaces - 1],
        within_days=_TIME_BANDS_DAYS[times - 1],
        pairs=int(found.observed[taken].sum()),
        expected=round(float(found.expected[taken].sum()), 3),
        p_adjusted=round(float(adjusted[1 : 1 + spaces, :times][stands_out[1 : 1 + spaces, :times]].max()), 6),
        followed=followed,
        followed_share=round(followed / n, 4),
        followed_low=round(float(share.low), 4),
        followed_high=round(float(share.high), 4),
    )
