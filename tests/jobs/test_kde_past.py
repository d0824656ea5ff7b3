"""The back-test of a density map that is divided by people or by another offence."""

import json
from itertools import pairwise

import numpy as np
import pytest

from crimemap.crs import to_national_grid
from crimemap.jobs.registry import run
from tests.areas.made import EAST, NORTH
from tests.jobs.made import MONTHS, WEST_FORCE, west_rows

ASKED = {"force": WEST_FORCE, "bandwidth": 400, "cell_size_m": 200, "first_month": MONTHS[-1], "last_month": MONTHS[-1]}
KINDS = {
    "people": {"relative_to": "population", "least_people_per_km2": 10},
    "offence": {"offence": "burglary", "relative_to": "offence:anti-social-behaviour"},
}


@pytest.fixture(scope="module")
def results(made):
    return {kind: run("kde", made, ASKED | asked) for kind, asked in KINDS.items()}


def counted(month, offence=None):
    """Count the rows of a month in the 200 m squares of the western half."""
    rows = [row for row in west_rows(month) if row["Longitude"] and offence in (None, row["Crime type"])]
    x, y = to_national_grid([float(row["Longitude"]) for row in rows], [float(row["Latitude"]) for row in rows])
    edges = [NORTH + 200.0 * np.arange(11), EAST + 200.0 * np.arange(16)]
    return np.histogram2d(y, x, bins=edges)[0].ravel()


def spread(number, kernel="gaussian", *, corrected=True):
    """A kernel of 400 m at every centre, over the part of it that lies in the western half: sums written out."""
    y, x = (axis.ravel() for axis in np.meshgrid(100 + 200.0 * np.arange(10), 100 + 200.0 * np.arange(15), indexing="ij"))
    square = (np.subtract.outer(x, x) ** 2 + np.subtract.outer(y, y) ** 2) / 400**2
    near = np.exp(-square / 2) if kernel == "gaussian" else np.maximum(1 - square, 0) ** 2
    return near @ number / (near.sum(axis=1) if corrected else 1)


def best(value, share):
    """Choose the highest squares of 150, the last in part."""
    chosen, left = np.zeros(value.size), share * value.size
    for at in np.argsort(-value, kind="stable"):
        chosen[at] = min(1.0, left)
        left -= chosen[at]
        if left <= 0:
            return chosen
    return chosen


@pytest.mark.parametrize("kind", KINDS)
def test_a_divided_density_is_tested_by_its_own_ratio(results, kind):
    past = json.loads(json.dumps(results[kind].to_json()["backtest"], allow_nan=False))
    assert past["available"], past["why"]
    assert past["method"] == {"people": "rate:quartic:400", "offence": "risk:gaussian:400"}[kind]
    assert (past["tests"], past["last_test_month"]) == (3, MONTHS[-1])
    assert past["beside"]["with"] == kind
    assert [score["coverage"] for score in past["beside"]["scores"]] == [0.01, 0.02, 0.05]


def require_same(past, got, at):
    score, beside = past["scores"][at], past["beside"]["scores"][at]
    assert score["hit_rate"] == pytest.approx(got[0] / got[1])
    assert beside["incident_share"] == pytest.approx(got[0] / got[1])
    assert beside["at_risk_share"] == pytest.approx(got[2] / got[3])


@pytest.mark.parametrize(("at", "share"), [(0, 0.01), (1, 0.02), (2, 0.05)])
def test_what_is_foreseen_beside_another_offence_is_what_the_rows_say(results, at, share):
    """Each month from the one before: cases and controls counted from the rows, smoothed and ranked by plain sums."""
    got = np.zeros(4)
    for before, month in pairwise(MONTHS):
        kinds = [counted(before, name) for name in ("Burglary", "Anti-social behaviour")]
        cases, controls = (spread(number) / spread(number).sum() for number in kinds)
        one = 1 / (2 * np.pi * 400**2) / sum(number.sum() for number in kinds) * 200**2
        chosen = best(np.log((cases + one) / (controls + one)), share)
        came, there = counted(month, "Burglary"), counted(month, "Anti-social behaviour")
        got += chosen @ came, came.sum(), chosen @ there, there.sum()
    require_same(results["offence"].to_json()["backtest"], got, at)


@pytest.mark.parametrize(("at", "share"), [(0, 0.01), (1, 0.02), (2, 0.05)])
def test_what_is_foreseen_beside_people_is_what_the_rows_say(results, at, share):
    """Small areas are squares of 500 m with 100 people and more, who stand at their middles."""
    area = np.arange(48)[np.arange(48) % 12 < 6]
    people = np.zeros((10, 15))
    np.add.at(people, ((250 + area // 12 * 500) // 200, (250 + area % 12 * 500) // 200), 100 + area)
    there = spread(people.ravel(), "quartic")
    got = np.zeros(4)
    for before, month in pairwise(MONTHS):
        past = spread(counted(before), "quartic", corrected=False)
        chosen = best(past / spread(people.ravel(), "quartic", corrected=False), share)
        came = counted(month)
        got += chosen @ came, came.sum(), chosen @ there, there.sum()
    require_same(results["people"].to_json()["backtest"], got, at)
    assert got[0] / got[1] > 2 * got[2] / got[3], "the cluster stays where it is"


@pytest.mark.parametrize("kind", KINDS)
def test_the_map_says_what_was_foreseen_beside_those_at_risk(results, kind):
    page, sentence = results[kind].page(), results[kind].backtest["beside"]["sentence"]
    assert sentence in page
    assert {"people": "the people there explain", "offence": "the other incidents there explain"}[kind] in sentence
    assert "1 is no foresight" in sentence


def test_a_plain_density_is_beside_nobody(made):
    said = run("kde", made, ASKED).to_json()["backtest"]
    assert said["available"]
    assert said["beside"] is None
    assert run("kde", made, ASKED | {"backtest": False}).to_json()["backtest"]["beside"] is None


def test_a_ground_without_people_has_no_back_test_and_is_no_error(made):
    said = run("kde", made, ASKED | KINDS["people"] | {"least_people_per_km2": 1e7}).to_json()
    assert said["highest"]["value"] is None
    assert said["backtest"]["available"]


def test_without_a_boundary_people_are_those_of_the_cells_with_incidents(without_forces):
    said = run("kde", without_forces, ASKED | KINDS["people"]).to_json()["backtest"]
    assert said["available"], said["why"]
    assert said["beside"]["with"] == "people"


def test_the_same_question_has_the_same_answer(made, results):
    again = run("kde", made, ASKED | KINDS["offence"]).to_json()["backtest"]
    assert again == results["offence"].to_json()["backtest"]
