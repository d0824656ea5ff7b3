"""A briefing says what records can tell of an area, and refuses what they cannot."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import shapely

from crimemap.errors import EmptyInputError, ParameterError
from crimemap.jobs.briefings import bands as bands_module
from crimemap.jobs.briefings.period import read_briefing_period
from crimemap.jobs.team_area import state_now
from tests.briefing_county import BURGLARY, DAMAGE, County, at, made_county, two_years


@pytest.fixture(scope="module")
def county(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> County:
    return made_county(demo_workspace, tmp_path_factory.mktemp("briefed") / "workspace")


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
        for kind, when, x, y in two_years(county)
        if kind == DAMAGE and shapely.intersects_xy(county.shape, round(x, 1), round(y, 1))
    ]

    def number(first: datetime, after: datetime) -> int:
        return sum(first <= when < after for when in rows)

    assert row["incidents"] == number(at("2025-11-10"), at("2025-11-17"))
    assert row["period_before"] == number(at("2025-11-03"), at("2025-11-10"))
    assert row["same_weeks_last_year"] == number(at("2024-11-11"), at("2024-11-18"))
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
        (DAMAGE, at("2025-12-01 08:00") + timedelta(hours=12 * k), made.middle.x + 5 * k, made.middle.y) for k in range(25)
    ]
    steady = [row for row in two_years(made) if row[0] == BURGLARY and row[1] < at("2025-12-19")]
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
    rows = [row for row in two_years(made) if at("2025-09-01") <= row[1] < at("2026-01-01")]
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
    rows = [row for row in two_years(county) if row[0] == BURGLARY and row[1].year == 2024]
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
