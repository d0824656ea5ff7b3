import pytest

from crimemap.analysis.cells import cover, parse_cells
from crimemap.analysis.forecast_methods import gistar_score, kernel_smoothed, methods_named
from crimemap.areas.store import AreaStore
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.processes.backtest_of import backtest_of
from crimemap.jobs.registry import run
from crimemap.jobs.selection import Selection, choose
from crimemap.jobs.study_area import area_of_force
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
    assert "no 5 months in a row with data" in said["why"]
    assert said["scores"] == []


def test_too_many_cells_are_left_to_the_command_of_its_own(of, monkeypatch):
    monkeypatch.setattr("crimemap.jobs.processes.backtest_of._MOST_CELLS", 10)
    said = of(gistar_score(ring=1), with_cells=True, first_month="2024-04", last_month="2024-04")
    assert "crimemap backtest" in said["why"]


def test_gaps_are_left_out_and_counted(of):
    said = of(gistar_score(ring=1), force=EAST_FORCE, first_month="2024-04", last_month="2024-04")
    assert said["tests"] == 1
    assert said["skipped"] >= 2


def test_a_method_that_cannot_be_used_is_no_error_of_the_map(of):
    said = of(methods_named("promap:400:60")[0], first_month="2024-04", last_month="2024-04")
    assert "needs the days of incidents" in said["why"]
