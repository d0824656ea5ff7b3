from typing import ClassVar

import pytest
import shapely

from crimemap.analysis.foresight.forecast_methods import gistar_score, kernel_smoothed, methods_named
from crimemap.analysis.grids.cells import cover, parse_cells
from crimemap.areas.store import AreaStore
from crimemap.engine import LocalEngine, running_on
from crimemap.errors import EmptyInputError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.processes.backtest_of import backtest_of, squares_for
from crimemap.jobs.registry import run
from crimemap.jobs.selection import Selection, choose
from crimemap.jobs.study_area import StudyArea, area_of_force
from tests.jobs.made import EAST_FORCE, WEST_FORCE

KIND = parse_cells("250m")


@pytest.fixture
def of(made):
    def _of(method, *, force=WEST_FORCE, with_cells=False, **asked):
        selection = Selection(force=force, **asked)
        with IncidentStore(made).connect() as con:
            chosen = choose(con, selection)
            study = area_of_force(con, AreaStore(made), force)
            cells = cover(study.geometry, KIND) if with_cells else None
            return backtest_of(method, made, con, selection=selection, chosen=chosen, study=study, kind=KIND, cells=cells)

    return _of


def test_the_figures_are_those_of_the_back_test(of, made):
    said = of(gistar_score(ring=1), first_month="2024-03", last_month="2024-04")
    assert (said["training_months"], said["tests"]) == (2, 2)
    assert (said["first_test_month"], said["last_test_month"]) == ("2024-03", "2024-04")
    asked = {
        "force": WEST_FORCE, "cells": "250m", "methods": "gistar:1", "training_months": 2,
        "first_month": "2024-01", "last_month": "2024-04", "baselines": "last:1,last:2,area,random",
    }  # fmt: skip
    expected = {score.coverage: score for score in run("backtest", made, asked).found.scores if score.method == "gistar:1"}
    for score in said["scores"]:
        assert score["hit_rate"] == expected[score["coverage"]].hit_rate
        assert score["hit_rate_low"] == expected[score["coverage"]].hit_rate_low
        assert score["difference"] == score["hit_rate"] - score["baseline_hit_rate"]
    assert len(said["verdicts"]) == 3


def test_cells_at_hand_give_the_same(of):
    asked = {"first_month": "2024-03", "last_month": "2024-04"}
    method = kernel_smoothed(bandwidth_m=500)
    assert of(method, **asked) == of(method, with_cells=True, **asked)


def test_a_month_later_than_the_map_is_never_seen(of):
    said = of(gistar_score(ring=1), first_month="2024-02", last_month="2024-02")
    assert said["last_test_month"] == "2024-02"


def test_a_map_without_a_past_says_why_there_is_no_figure(of):
    said = of(gistar_score(ring=1), first_month="2024-01", last_month="2024-04")
    assert said["available"] is False
    assert "has 4 months of history before it" in said["why"]
    assert said["scores"] == []


def test_too_many_cells_are_left_to_the_command_of_its_own(of, monkeypatch):
    monkeypatch.setattr("crimemap.jobs.processes.backtest_of._MOST_CELLS", 10)
    said = of(gistar_score(ring=1), with_cells=True, first_month="2024-04", last_month="2024-04")
    assert "crimemap backtest" in said["why"]


def test_gaps_are_left_out_and_counted(of):
    said = of(gistar_score(ring=1), force=EAST_FORCE, first_month="2024-04", last_month="2024-04")
    assert said["tests"] == 1
    assert said["skipped"] >= 2
    assert "2024-03" in said["months_without_data"]
    assert said["sentence"].startswith(f"Tested on 1 of the {1 + said['skipped']} months up to ")


def test_a_method_that_cannot_be_used_is_no_error_of_the_map(of):
    said = of(methods_named("promap:400:60")[0], first_month="2024-04", last_month="2024-04")
    assert "needs the days of incidents" in said["why"]


class Watched(LocalEngine):
    """An engine that says what it was given to do."""

    def map(self, function, partitions):
        DONE.append(function.__name__)
        return super().map(function, partitions)


DONE: list[str] = []


@pytest.mark.parametrize(
    ("process", "asked"),
    [
        ("hotspots", {"cells": "250m"}),
        ("kde", {"bandwidth": "500"}),
        ("kde", {"bandwidth": "backtest", "backtest": False}),
        ("backtest", {"cells": "250m", "methods": "last:2", "training_months": 2, "first_month": "2024-01"}),
    ],
)
def test_tests_are_made_on_the_engine_that_was_asked_for(made, process, asked):
    DONE.clear()
    with running_on(Watched()):
        run(process, made, {"force": WEST_FORCE, "first_month": "2024-03", "last_month": "2024-04"} | asked)
    assert "measure" in DONE


class TestDensity:
    ASKED: ClassVar = {"force": WEST_FORCE, "cell_size_m": 250, "first_month": "2024-03", "last_month": "2024-04"}

    def test_the_figures_are_those_of_the_back_test(self, made):
        said = run("kde", made, self.ASKED | {"bandwidth": "500"}).to_json()["backtest"]
        asked = {
            "force": WEST_FORCE, "cells": "250m", "methods": "kde:quartic:500", "training_months": 2,
            "first_month": "2024-01", "last_month": "2024-04", "baselines": "last:1,last:2,area,random",
        }  # fmt: skip
        expected = [score for score in run("backtest", made, asked).found.scores if score.method == "kde:quartic:500"]
        assert [score["pai"] for score in said["scores"]] == [score.pai for score in expected]

    def test_a_bandwidth_can_be_the_one_that_foresees_best(self, made):
        said = run("kde", made, self.ASKED | {"bandwidth": "backtest"}).to_json()
        assert said["surface"]["bandwidth_rule"] == "backtest"
        widths = [250, 380, 500, 750, 1000, 1500, 2000, 3000, 4000, 6000]
        assert said["surface"]["bandwidth_m"] in widths
        asked = {
            "force": WEST_FORCE, "cells": "250m", "methods": "kde:quartic:" + "/".join(map(str, widths)),
            "training_months": 2, "coverage": "2%", "first_month": "2024-01", "last_month": "2024-04",
        }  # fmt: skip
        best = next(score for score in run("backtest", made, asked).found.scores if not score.baseline)
        assert best.hit_rate == pytest.approx(said["backtest"]["scores"][1]["hit_rate"])

    def test_a_map_of_all_months_leaves_half_of_them_to_choose_a_bandwidth_on(self, made):
        asked = {"bandwidth": "backtest", "first_month": "2024-01"}
        said = run("kde", made, self.ASKED | asked).to_json()
        assert said["surface"]["bandwidth_rule"] == "backtest"
        widths = [250, 380, 500, 750, 1000, 1500, 2000, 3000, 4000, 6000]
        given = {
            "force": WEST_FORCE, "cells": "250m", "methods": "kde:quartic:" + "/".join(map(str, widths)),
            "training_months": 2, "coverage": "2%", "first_month": "2024-01", "last_month": "2024-04",
        }  # fmt: skip
        scores = {score.method: score.hit_rate for score in run("backtest", made, given).found.scores if not score.baseline}
        assert scores[f"kde:quartic:{said['surface']['bandwidth_m']:g}"] == max(scores.values())

    def test_without_two_months_there_is_nothing_to_choose_a_bandwidth_on(self, made):
        asked = {"bandwidth": "backtest", "first_month": "2024-01", "last_month": "2024-01"}
        with pytest.raises(EmptyInputError, match="no month to test on has 1 month of history"):
            run("kde", made, self.ASKED | asked)

    @pytest.mark.parametrize(
        ("asked", "why"),
        [
            ({"backtest": False}, "not asked for"),
            ({"adaptive": True}, "adaptive bandwidths are not tested"),
            ({"compare": "2024-01:2024-02"}, "a change between two periods"),
            ({"first_month": "2024-01"}, "has 4 months of history before it"),
        ],
    )
    def test_where_there_is_none_it_says_why(self, made, asked, why):
        said = run("kde", made, self.ASKED | {"bandwidth": "500"} | asked).to_json()["backtest"]
        assert said["available"] is False
        assert why in said["why"]

    def test_squares_are_doubled_until_there_are_few_enough(self, made):
        area = StudyArea(geometry=shapely.box(500_000, 200_000, 600_000, 300_000), set_id=None, area_code=None, how="")
        assert squares_for(area, 100).cell_size_m == 400
        assert squares_for(area, 500).cell_size_m == 500
