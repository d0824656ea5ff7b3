"""The back-test on the small workspace: every incident accounted for, gaps left out, two engines alike."""

import numpy as np
import pytest
import shapely

from crimemap.analysis.foresight.backtest import backtest
from crimemap.analysis.foresight.forecast_methods import methods_named
from crimemap.analysis.grids.cells import cover, parse_cells
from crimemap.areas.store import AreaStore
from crimemap.errors import EmptyInputError, ParameterError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.cell_history import choose_history, dated_incidents, forecast_view
from crimemap.jobs.cell_people import people_of_cells
from crimemap.jobs.processes.backtest import parse_coverages
from crimemap.jobs.registry import run
from crimemap.jobs.selection import Selection
from crimemap.jobs.writers import write_result
from crimemap.periods import month_index
from tests.jobs.made import CLUSTER, EAST_FORCE, MONTHS, WEST_FORCE
from tests.jobs.made_records import FOLLOWED, N, build_records
from tests.jobs.test_processes import PUBLISHED

ASKED = {
    "force": WEST_FORCE,
    "cells": "250m",
    "methods": "kde:quartic:500,gistar:1",
    "baselines": "last:2,area",
    "training_months": 2,
    "resamples": 200,
}


def test_the_figures_are_those_of_counts_made_independently(made):
    result = run("backtest", made, ASKED)
    placed = PUBLISHED[(PUBLISHED["force"] == WEST_FORCE) & PUBLISHED["square"].isin([1, 2, 3, 7, 8, 9])]
    area = AreaStore(made).read("pfa-2017").frame.geometry.loc["E23000091"]
    cells = cover(area, parse_cells("250m"))
    from crimemap.crs import to_national_grid

    x, y = to_national_grid(placed["Longitude"].astype(float), placed["Latitude"].astype(float))
    _, cell = shapely.STRtree(cells.polygons(np.arange(len(cells)))).query(shapely.points(x, y), predicate="within")
    counts = np.zeros((len(cells), 4), dtype=int)
    np.add.at(counts, (cell, placed["Month"].map(month_index).to_numpy() - month_index(MONTHS[0])), 1)
    assert (result.history.counts == counts).all()
    expected = backtest(
        counts,
        forecast_view(cells),
        months=MONTHS,
        methods=methods_named("kde:quartic:500,gistar:1,last:2,area"),
        training_months=2,
        resamples=200,
        rng=np.random.default_rng(1),
    )
    assert result.found.scores == expected.scores


def test_every_incident_is_accounted_for(made):
    for asked in ({}, {"force": None, "area": "csp-2017:E22000009"}, {"cells": "h3:9"}):
        said = run("backtest", made, ASKED | asked).to_json()["incidents"]
        assert said["selected"] == said["used"] + said["outside_study_area"] + said["without_position"]


def test_tests_that_touch_a_month_without_data_are_left_out_and_listed(made):
    asked = ASKED | {"force": EAST_FORCE, "training_months": 1, "baselines": "last:1,area"}
    said = run("backtest", made, asked).to_json()
    assert [one["first_test_month"] for one in said["periods"]] == ["2024-02"]
    assert [one["first_test_month"] for one in said["skipped"]] == ["2024-03", "2024-04"]
    assert all(one["months_without_data"] == ["2024-03"] for one in said["skipped"])
    assert said["interval"]["over"] == "incidents"
    assert all(said["forecast"]["cells_chosen"]), "the last month has data, so the next can be forecast"


def test_a_gap_at_the_end_leaves_nothing_to_forecast_from(made):
    asked = ASKED | {"force": EAST_FORCE, "training_months": 1, "baselines": "last:1,area", "last_month": "2024-03"}
    result = run("backtest", made, asked)
    assert result.to_json()["forecast"]["cells_chosen"] is None
    assert result.layers()["forecast"].empty


def test_an_area_has_the_gaps_of_its_own_force(made):
    asked = ASKED | {"force": None, "area": "csp-2017:E22000004", "training_months": 1, "baselines": "last:1,area"}
    assert len(run("backtest", made, asked).to_json()["skipped"]) == 2


def test_a_gap_in_training_is_told_and_costs_no_test(made):
    said = run("backtest", made, ASKED | {"force": EAST_FORCE, "training_months": 3}).to_json()
    assert [one["first_test_month"] for one in said["periods"]] == ["2024-04"]
    assert said["periods"][0]["training_months_without_data"] == ["2024-03"]
    assert said["skipped"] == []
    assert said["forecast"]["cells_chosen"] is not None


def test_no_month_to_learn_from_is_an_error_and_not_a_score(made):
    asked = ASKED | {"force": EAST_FORCE, "training_months": 1, "baselines": "last:1,area", "first_month": "2024-03"}
    with pytest.raises(EmptyInputError, match=r"no origin: .*each origin needs"):
        run("backtest", made, asked)


def test_the_forecast_points_at_the_cluster(made):
    layer = run("backtest", made, ASKED).layers()["forecast"]
    assert layer.crs == "EPSG:27700"
    assert layer.geometry.iloc[0].distance(shapely.Point(CLUSTER)) < 250
    assert layer["rank"].tolist() == list(range(1, len(layer) + 1))
    assert layer["coverage"].is_monotonic_increasing


def test_without_a_boundary_cells_with_an_incident_are_compared_and_that_is_said(without_forces):
    said = run("backtest", without_forces, ASKED).to_json()
    assert said["study_area"]["area_km2"] is None
    assert "ever recorded an incident" in said["study_area"]["how"]
    assert said["incidents"]["outside_study_area"] == 0


def test_residents_are_those_of_the_small_areas(made):
    result = run("backtest", made, ASKED | {"baselines": "population,area", "population": "lsoa-2011"})
    people, _ = people_of_cells(AreaStore(made), result.history.cells, set_name="lsoa-2011")
    frame = AreaStore(made).read("lsoa-2011").frame
    inside = [100 + k for k, centre in enumerate(frame.geometry.centroid) if centre.within(result.study_area.geometry)]
    assert people.sum() == pytest.approx(sum(inside), rel=1e-6), "squares of 250 m end where the force does"
    assert {score.method for score in result.found.scores} >= {"population"}


def test_methods_that_need_days_are_refused_for_months(made):
    with pytest.raises(ParameterError, match=r"promap:400:60: the method needs the days"):
        run("backtest", made, ASKED | {"methods": "promap:400:60"})


@pytest.mark.parametrize("suffix", [".csv", ".png", ".gpkg", ".geojson", ".parquet"])
def test_each_kind_of_file_is_written(made, tmp_path, suffix):
    write_result(run("backtest", made, ASKED), tmp_path / f"out{suffix}", process="backtest")
    assert (tmp_path / f"out{suffix}").stat().st_size > 200


def test_default_methods_suit_the_size_of_the_cells(made):
    asked = {name: value for name, value in ASKED.items() if name not in {"methods", "baselines"}}
    names = [method.name for method in run("backtest", made, asked).found.methods]
    assert names == [
        "kde:quartic:500", "kde:quartic:1000", "kde:gaussian:500", "gistar:1", "decay:6:quartic:500",
        "last:1", "last:2", "area", "random",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"force": None}, "neither a force nor an area"),
        ({"methods": "magic"}, "is no method"),
        ({"baselines": "gistar:1"}, "no plain method"),
        ({"cells": "wide"}, "no kind of cells"),
        ({"coverage": "0%"}, "no share of an area"),
        ({"training_months": 0}, "greater than or equal to 1"),
        ({"methods": "kde:quartic:100"}, "smaller than a cell"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_reason(made, asked, said):
    with pytest.raises(ParameterError, match=said):
        run("backtest", made, ASKED | asked)


@pytest.mark.parametrize("text", ["", "101%", "-1%", "nan", "1%%", "one"])
def test_shares_that_are_none_are_refused(text):
    with pytest.raises(ParameterError, match="no share of"):
        parse_coverages(text)


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    return build_records(tmp_path_factory.mktemp("records"))


class TestDays:
    """A force's own records have days, so ProMap can be tried."""

    def test_promap_is_measured_beside_the_rest(self, records):
        asked = ASKED | {"methods": "promap:400:60,gistar:1", "training_months": 2, "coverage": "10%"}
        result = run("backtest", records, asked)
        scores = {score.method: score for score in result.found.scores}
        assert [period.test.start for period in result.found.periods] == ["2024-03", "2024-04", "2024-05", "2024-06"]
        assert 0 < scores["promap:400:60"].hit_rate < 1
        assert scores["promap:400:60"].rri is None
        assert result.to_json()["selection"]["confidential"] is True

    def test_only_incidents_of_which_the_day_and_the_place_are_known_are_read(self, records):
        with IncidentStore(records).connect() as con:
            dated = dated_incidents(con, choose_history(con, Selection(force=WEST_FORCE)))
        assert dated.day.size == N + FOLLOWED + 1, "all but the one without a position"
        assert dated.day.min() >= np.datetime64("2024-01-01")

    def test_months_of_police_uk_have_no_days(self, made):
        with IncidentStore(made).connect() as con:
            assert dated_incidents(con, choose_history(con, Selection(force=WEST_FORCE))) is None


def test_one_cell_is_everywhere_and_methods_that_compare_cells_say_so(made):
    asked = ASKED | {"cells": "100km", "methods": "decay:2"}
    scores = run("backtest", made, asked).found.scores
    assert {round(score.pai, 9) for score in scores} == {1.0}
    with pytest.raises(EmptyInputError, match="too few to compare"):
        run("backtest", made, asked | {"methods": "gistar:1"})
