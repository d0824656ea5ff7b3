"""A briefing says what records can tell of an area, and refuses what they cannot."""

import csv
import shutil
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from numpy.random import default_rng
from typer.testing import CliRunner

from crimemap.areas.store import AreaStore
from crimemap.cli import app as cli
from crimemap.errors import EmptyInputError, ParameterError
from crimemap.jobs.briefings import bands as bands_module
from crimemap.jobs.briefings.briefing import brief
from crimemap.jobs.briefings.period import read_briefing_period
from crimemap.jobs.team_area import TeamArea, found_area, state_now
from crimemap.workspace import Workspace

DESCRIBED = """
name = "own"
kind = "confidential"
force = "{force}"
crs = "EPSG:27700"
[columns]
id = "ref"
offence_type = "type"
occurred_from = "from"
easting = "x"
northing = "y"
location = "where"
"""
BURGLARY, DAMAGE = "Burglary", "Criminal damage and arson"


_at = datetime.fromisoformat


class County:
    """A workspace of its own that a force's records can be loaded into, and one area to be briefed about."""

    def __init__(self, demo_workspace: Path, root: Path) -> None:
        for name in ("incidents", "places", "areas", "neighbourhoods"):
            shutil.copytree(demo_workspace / name, root / name)
        self.workspace, self.folder = Workspace(root), root.parent
        store = AreaStore(self.workspace)
        (info,) = [info for info in store.sets() if info.area_type == "neighbourhood"]
        self.force = str(info.force)
        frame = store.read(info.set_id).frame
        self.code = str(frame.index[3])
        self.shape = frame.geometry.loc[self.code]
        self.outline = shapely.union_all(frame.geometry.to_numpy())
        self.middle = shapely.point_on_surface(self.shape)
        self.elsewhere = shapely.point_on_surface(frame.geometry.iloc[10])

    @property
    def area(self) -> TeamArea:
        return found_area(self.workspace, force=self.force, area_type="neighbourhood", area_code=self.code)

    def load(self, rows: Sequence[tuple[str, datetime, float, float]], name: str = "own") -> None:
        (self.folder / "own.toml").write_text(DESCRIBED.format(force=self.force))
        path = self.folder / f"{name}.csv"
        with path.open("w", newline="") as file:
            told = [
                (f"{name}{k}", kind, when.strftime("%Y-%m-%d %H:%M"), f"{x:.1f}", f"{y:.1f}", f"House {k}")
                for k, (kind, when, x, y) in enumerate(rows)
            ]
            csv.writer(file).writerows([("ref", "type", "from", "x", "y", "where"), *told])
        options = ["ingest", str(path), "--source", str(self.folder / "own.toml"), "--workspace", str(self.workspace.root)]
        done = CliRunner().invoke(cli, options)
        assert done.exit_code == 0, done.output

    def brief(self, first: str | None = None, last: str | None = None, shift: str | None = None) -> dict[str, Any]:
        return brief(self.workspace, self.area, read_briefing_period(first, last, shift)).to_json()


def _two_years(county: County) -> list[tuple[str, datetime, float, float]]:
    """
    Spread burglary and damage over the county for two years, independent but that each burglary is followed by another,
    60 m away and three days later. Damage rises from half a week in the area to four, in the last twelve weeks.
    """
    rng = default_rng(5)
    west, south, east, north = (int(one) for one in shapely.bounds(county.outline))
    start = _at("2024-01-01")
    rows: list[tuple[str, datetime, float, float]] = []
    while len(rows) < 1800:
        x, y = rng.uniform(west, east), rng.uniform(south, north)
        if not shapely.contains_xy(county.outline, x, y):
            continue
        when = start + timedelta(days=float(rng.uniform(0, 728)))
        rows.append((BURGLARY, when, x, y))
        turn = float(rng.uniform(0, 2 * np.pi))
        rows.append((BURGLARY, when + timedelta(days=3), x + 60 * np.cos(turn), y + 60 * np.sin(turn)))
    for k in range(900):
        x, y = rng.uniform(west, east), rng.uniform(south, north)
        rows.append((DAMAGE, start + timedelta(days=k * 730 / 900), x, y))
    middle = county.middle
    for week in range(12):
        for k in range(4):
            when = _at("2025-10-08 12:00") + timedelta(weeks=week, days=k)
            rows.append((DAMAGE, when, middle.x + 400 * k, middle.y))
    return rows


@pytest.fixture(scope="module")
def county(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> County:
    """A force whose own records are dated to 30 December 2025, a burglary in the middle of the area on the 20th."""
    made = County(demo_workspace, tmp_path_factory.mktemp("briefed") / "workspace")
    last = [
        (BURGLARY, _at("2025-12-20 03:00"), made.middle.x, made.middle.y),
        (BURGLARY, _at("2025-12-30 23:00"), made.elsewhere.x, made.elsewhere.y),
    ]
    made.load([*(row for row in _two_years(made) if row[1] < _at("2025-12-19")), *last])
    return made


@pytest.fixture(scope="module")
def published(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> County:
    """A force of which only published months are known."""
    return County(demo_workspace, tmp_path_factory.mktemp("published") / "workspace")


def test_near_repeats_that_were_put_in_are_found_with_their_band_and_independent_damage_has_none(county: County) -> None:
    found = {one["offence_type"]: one for one in county.brief("2025-12-15", "2025-12-21")["near_repeat"]["bands"]}
    assert found[BURGLARY]["status"] == "found"
    assert (found[BURGLARY]["within_m"], found[BURGLARY]["within_days"]) == (100.0, 7.0)
    assert found[BURGLARY]["ratio"] > 10
    # Half of them were put in with one that follows.
    assert found[BURGLARY]["followed_low"] < 0.5 < found[BURGLARY]["followed_high"]
    assert found[DAMAGE]["status"] == "not_found"
    assert found["Robbery"]["status"] == "too_few"


def test_an_alert_stands_around_an_incident_for_as_long_as_repeats_come_and_no_longer(county: County) -> None:
    (alert,) = [one for one in county.brief("2025-12-15", "2025-12-21")["near_repeat"]["alerts"] if one["incidents_in_area"]]
    assert (alert["offence_type"], alert["within_m"], alert["until"]) == (BURGLARY, 100.0, "2025-12-27T03:00")
    assert alert["around"][0]["easting"] == pytest.approx(county.middle.x, abs=0.2)
    during = county.brief(shift="2025-12-26T22:00/2025-12-27T07:00")["near_repeat"]["alerts"]
    assert [one["stands_all_shift"] for one in during if one["incidents_in_area"]] == [False]
    over = county.brief(shift="2025-12-27T07:00/2025-12-27T15:00")["near_repeat"]
    assert over["status"] == "counted"
    assert [one for one in over["alerts"] if one["incidents_in_area"]] == []


def test_a_shift_looks_back_over_the_week_before_it_and_at_nothing_after_it_began(county: County) -> None:
    after = county.brief(shift="2025-12-20T04:00/2025-12-20T07:00")["counts"]["all"]["incidents"]
    before = county.brief(shift="2025-12-20T02:00/2025-12-20T07:00")["counts"]["all"]["incidents"]
    assert after == before + 1


def test_counts_are_those_of_the_period_and_of_the_same_weekdays_a_year_before(county: County) -> None:
    said = county.brief("2025-11-10", "2025-11-16")
    row = {one["offence_type"]: one for one in said["counts"]["offence_types"]}[DAMAGE]
    rows = [
        when
        for kind, when, x, y in _two_years(county)
        if kind == DAMAGE and shapely.intersects_xy(county.shape, round(x, 1), round(y, 1))
    ]

    def number(first: datetime, after: datetime) -> int:
        return sum(first <= when < after for when in rows)

    assert row["incidents"] == number(_at("2025-11-10"), _at("2025-11-17"))
    assert row["period_before"] == number(_at("2025-11-03"), _at("2025-11-10"))
    assert row["same_weeks_last_year"] == number(_at("2024-11-11"), _at("2024-11-18"))
    assert said["counts"]["periods"]["same_weeks_last_year"]["from"] == "2024-11-11T00:00"
    assert row["incidents"] >= 1


def test_a_rise_beyond_chance_is_said_and_a_steady_type_is_not_called_changed(county: County) -> None:
    said = county.brief("2025-12-08", "2025-12-14")["changes"]
    found = {one["offence_type"]: one for one in said["changes"]}
    assert (said["status"], said["unit"], said["compared"]) == ("counted", "week", 12)
    assert found[DAMAGE]["verdict"] == "more"
    assert found[DAMAGE]["q_value"] <= said["alpha"]
    assert found[DAMAGE]["q_value"] >= found[DAMAGE]["p_value"]
    assert found[BURGLARY]["verdict"] in ("no_clear_change", "too_few_to_say")


def test_days_after_the_latest_record_are_no_data_and_not_quiet_days(county: County) -> None:
    said = county.brief("2025-12-25", "2025-12-31")
    assert said["known_until"] == "2025-12-30"
    assert said["status"] == "no_data"
    assert said["counts"]["all"]["incidents"] is None
    quiet = county.brief("2025-12-24", "2025-12-30")
    assert quiet["status"] == "counted"
    assert quiet["counts"]["all"]["incidents"] == 0


def test_without_a_period_it_is_the_latest_week_of_which_days_are_known(county: County) -> None:
    assert county.brief()["period"]["from"] == "2025-12-24T00:00"
    assert county.brief()["period"]["before"] == "2025-12-31T00:00"


def test_repeat_locations_are_places_with_three_in_twelve_weeks_and_one_in_the_period(county: County) -> None:
    said = county.brief("2025-12-08", "2025-12-14")["repeat_locations"]
    assert said["position"] == "own"
    here = [one for one in said["locations"] if abs(one["easting"] - county.middle.x) < 1]
    assert [one["incidents_lately"] >= 10 for one in here] == [True]
    assert here[0]["offence_types"][0]["offence_type"] == DAMAGE


def test_a_new_hotspot_is_a_cell_that_stands_out_now_and_never_did_before(
    demo_workspace: Path, tmp_path: Path, county: County
) -> None:
    made = County(demo_workspace, tmp_path / "workspace")
    burst = [
        (DAMAGE, _at("2025-12-01 08:00") + timedelta(hours=12 * k), made.middle.x + 5 * k, made.middle.y) for k in range(25)
    ]
    steady = [row for row in _two_years(made) if row[0] == BURGLARY and row[1] < _at("2025-12-19")]
    made.load([*steady, *burst])
    said = made.brief("2025-12-08", "2025-12-14")["new_hotspots"]
    assert said["status"] == "counted"
    assert said["new_count"] >= 1
    top = max(said["new"], key=lambda one: one["incidents"])
    assert (top["kind"], top["most_common"]) == ("new", DAMAGE)
    assert top["incidents"] >= top["incidents_in_area"] >= 20
    assert top["new_cells"] == len(top["cells"])
    assert top["q_value"] <= said["alpha"]
    # Without the burst there is none.
    assert county.brief("2025-09-01", "2025-09-07")["new_hotspots"]["new_count"] == 0


@pytest.mark.parametrize("asked", [("2025-12-08", "2025-12-14", None), (None, None, "2025-12-14T22:00/2025-12-15T07:00")])
def test_days_of_which_only_the_month_is_known_are_refused_with_the_reason(
    published: County, asked: tuple[str | None, str | None, str | None]
) -> None:
    with pytest.raises(EmptyInputError, match=r"only the month .* is known.*Ask for whole months"):
        published.brief(*asked)


def test_a_month_of_published_records_is_briefed_and_its_near_repeats_are_refused(published: County) -> None:
    said = published.brief()
    assert (said["period"]["whole_months"], said["status"], said["confidential"]) == (True, "counted", False)
    assert said["counts"]["all"]["incidents"] >= 0
    assert said["near_repeat"]["status"] == "only_month_known"
    assert "which came first" in said["near_repeat"]["reason"]
    assert (said["near_repeat"]["count"], said["near_repeat"]["alerts"]) == (None, [])
    assert said["repeat_locations"]["position"] == "map point"
    assert said["changes"]["unit"] == "month"


def test_another_source_is_not_compared_with(demo_workspace: Path, tmp_path: Path) -> None:
    made = County(demo_workspace, tmp_path / "workspace")
    rows = [row for row in _two_years(made) if _at("2025-09-01") <= row[1] < _at("2026-01-01")]
    made.load(rows)
    said = made.brief("2025-12", "2025-12")
    assert said["status"] == "counted"
    assert said["counts"]["periods"]["same_weeks_last_year"]["status"] == "other_source"
    assert said["counts"]["all"]["same_weeks_last_year"] is None
    assert said["changes"]["status"] == "other_source"
    assert said["changes"]["changes"] == []
    assert "two sources" in said["changes"]["reason"]
    week = made.brief("2025-12-08", "2025-12-14")["changes"]
    assert week["status"] == "only_month_known"


def test_bands_are_kept_and_worked_out_anew_when_records_change(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    first = county.brief("2025-12-15", "2025-12-21")["near_repeat"]["bands"]
    (kept,) = (county.workspace.root / "briefings").glob("*2025-12.json")
    bands_module._bands.cache_clear()

    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(bands_module, "_tested", never)
    assert county.brief("2025-12-15", "2025-12-21")["near_repeat"]["bands"] == first
    kept.write_text('{"key": "of other records", "bands": []}')
    bands_module._bands.cache_clear()
    with pytest.raises(AssertionError):
        county.brief("2025-12-15", "2025-12-21")
    monkeypatch.undo()
    assert county.brief("2025-12-15", "2025-12-21")["near_repeat"]["bands"] == first


def test_the_bands_of_a_briefing_know_nothing_of_its_own_month(county: County) -> None:
    state = state_now(county.workspace, county.area)
    every = frozenset(state.records.months)
    found = bands_module.near_repeat_bands(county.workspace, state, before_month="2025-01", dated=every)
    (burglary,) = [one for one in found if one.offence_type == BURGLARY]
    assert burglary.months == 12
    rows = [row for row in _two_years(county) if row[0] == BURGLARY and row[1].year == 2024]
    assert burglary.incidents == pytest.approx(len(rows), rel=0.02)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("2025-12-08", None, None), "only one end"),
        (("2025-12-14", "2025-12-08", None), "ends before"),
        (("2025-02-30", "2025-03-01", None), "neither a month nor a day"),
        (("2025-01-01", "2025-12-31", None), "at most 92 days"),
        (("0001-01-01", "0001-01-02", None), "years from"),
        ((None, None, "tonight"), "no shift"),
        ((None, None, "2025-12-14T25:00/2025-12-15T07:00"), "no such"),
        ((None, None, "2025-12-14T22:00/2025-12-16T07:00"), "at most 24 hours"),
        (("2025-12-08", "2025-12-14", "2025-12-14T22:00/2025-12-15T07:00"), "both"),
    ],
)
def test_what_is_no_period_is_refused(asked: tuple[str | None, str | None, str | None], says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        read_briefing_period(*asked)
