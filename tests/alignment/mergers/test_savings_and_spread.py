import math

import pandas as pd
import pytest

from crimemap.alignment.mergers.savings import Assumptions, Range, SavingsModel
from crimemap.alignment.mergers.spread import SpreadLimits, spread
from crimemap.errors import InputError, NotFoundError, ParameterError


def model(*, cost=None, county=None, **more):
    given = {
        "running_cost": Range(100, 200),
        "share_saved": Range(0.2, 0.5),
        "transition": Range(10, 30),
        "disaggregation": Range(50, 80),
        "years": 4,
        "source": "made up for a test",
    }
    return SavingsModel(assumptions=Assumptions(**given | more), cost=cost or {}, county=county or {})


def test_without_a_merger_nothing_is_saved_and_nothing_spent():
    found = model().savings([["A"], ["B"]])
    assert (found.annual, found.one_off, found.net_low, found.net_high) == (Range(0, 0), Range(0, 0), 0, 0)


def test_the_range_takes_the_worst_with_the_worst_and_the_best_with_the_best():
    found = model().savings([["A", "B", "C"], ["D"]])
    assert found.annual == Range(0.2 * 200, 0.5 * 400)
    assert found.one_off == Range(30, 90)
    assert (found.net_low, found.net_high) == (4 * 40 - 90, 4 * 200 - 30)
    assert found.pays_back_years == (30 / 200, 90 / 40)


def test_the_dearest_partnership_is_the_one_that_stays():
    found = model(cost={"A": 500.0, "B": 100.0}).savings([["A", "B"]])
    assert found.annual == Range(20, 50)


def test_crossing_a_county_takes_services_apart_and_so_does_a_split():
    plain = model().savings([["A", "B"]])
    crossing = model(county={"A": "Kent", "B": "Surrey"}).savings([["A", "B"]])
    assert crossing.one_off == Range(plain.one_off.low + 50, plain.one_off.high + 80)
    assert model(county={"A": "Kent", "B": "Kent"}).savings([["A", "B"]]).one_off == plain.one_off
    assert model(county={"A": "Kent", "B": None}).savings([["A", "B"]]).one_off == plain.one_off
    assert model().savings([["A"]], units_split=2).one_off == Range(100, 160)


def test_a_merger_may_cost_more_than_it_saves_and_never_pay_back():
    found = model(share_saved=Range(0, 0)).savings([["A", "B"]])
    assert found.net_high < 0
    assert found.pays_back_years == (math.inf, math.inf)


def test_a_merger_that_costs_nothing_pays_back_at_once():
    assert model(transition=Range(0, 0)).savings([["A", "B"]]).pays_back_years == (0, 0)


def test_what_was_assumed_is_part_of_the_result():
    assert model().parameters["source"] == "made up for a test"


@pytest.mark.parametrize(
    "wrong",
    [{"years": 0}, {"source": "  "}, {"share_saved": Range(0.5, 1.5)}],
)
def test_assumptions_that_say_nothing_are_refused(wrong):
    with pytest.raises(ParameterError):
        model(**wrong)


@pytest.mark.parametrize(("low", "high"), [(2, 1), (-1, 1), (0, math.inf), (math.nan, 1)])
def test_a_range_the_wrong_way_round_is_refused(low, high):
    with pytest.raises(ParameterError, match="not a range"):
        Range(low, high)


def test_a_negative_cost_is_refused():
    with pytest.raises(InputError, match="cost of A"):
        model(cost={"A": -1.0})


BRICKS = pd.DataFrame(
    {
        "unit": ["A", "A", "B", "B"],
        "easting": [400_000.0, 400_000.0, 404_000.0, 490_000.0],
        "northing": [300_000.0, 300_000.0, 300_000.0, 300_000.0],
        "population": [100, 200, 100, 0],
    }
)
AREA = {"A": 5e6, "B": 95e6}


def test_the_farthest_resident_is_measured_from_where_people_live():
    row = spread([["A", "B"]], BRICKS, area_m2=AREA, n_districts={"B": 2}).iloc[0]
    assert row["centre_easting"] == 401_000
    assert row["distance_km"] == 3  # the empty brick far away counts for nothing
    assert row["mean_distance_km"] == pytest.approx((300 * 1 + 100 * 3) / 400)
    assert (row["population"], row["area_km2"], row["n_districts"], row["too_remote"]) == (400, 100, 3, False)


def test_each_limit_that_is_passed_is_named():
    limits = SpreadLimits(population=399, area_km2=100, n_districts=1, distance_km=2.9)
    table = spread([["A"], ["A", "B"]], BRICKS, area_m2=AREA, limits=limits)
    assert table["beyond"].tolist() == [(), ("population", "n_districts", "distance_km")]
    assert table["too_remote"].tolist() == [False, True]
    assert table.attrs["parameters"]["distance_km"] == 2.9


def test_where_nobody_lives_there_is_no_centre():
    empty = BRICKS.assign(population=0)
    row = spread([["A"]], empty, area_m2=AREA, limits=SpreadLimits(distance_km=1)).iloc[0]
    assert math.isnan(row["distance_km"])
    assert row["too_remote"] is False or not row["too_remote"]


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(NotFoundError, match="'Q'"):
        spread([["Q"]], BRICKS, area_m2=AREA)
    with pytest.raises(InputError, match="no column easting"):
        spread([["A"]], BRICKS.drop(columns="easting"), area_m2=AREA)
    with pytest.raises(InputError, match="negative"):
        spread([["A"]], BRICKS.assign(population=-1), area_m2=AREA)
    with pytest.raises(ParameterError):
        SpreadLimits(distance_km=0)
