from dataclasses import replace

import pytest
from scipy.stats import poisson

from crimemap.periods import Period
from crimemap.products.facts import AreaFacts, Total, TypeFacts
from crimemap.products.wording import place_words, rate_words, where_words

YEAR = Total(incidents=120, months=12, no_data=0, suppressed=0)
KIND = TypeFacts(offence_type="All", now=YEAR, before=YEAR, compared_now=120, compared_before=120, pairs=12, verdict=1)
AREA = AreaFacts(
    index=0,
    area_type="csp",
    area_code="E22000901",
    area_name="Ashby",
    force="west-demoshire",
    vintage="2024",
    period=Period("2024-07", "2025-07"),
    total=KIND,
    types=[],
    months=[],
    population=4000,
    population_vintage="2021",
)


def test_a_rate_is_per_thousand_residents_with_the_exact_interval():
    rate, interval = rate_words(AREA)
    assert rate == "30"
    low, high = (float(part) for part in interval.split(" to "))
    # Garwood's ends: the means under which 120 or more, and 120 or fewer, come with a chance of 2.5 %.
    assert poisson.sf(119, low * 4) == pytest.approx(0.025, abs=0.01)
    assert poisson.cdf(120, high * 4) == pytest.approx(0.025, abs=0.01)


def test_a_small_rate_has_a_decimal():
    assert rate_words(replace(AREA, population=100_000))[0] == "1.2"


@pytest.mark.parametrize("missing", [{"no_data": 1}, {"suppressed": 1}])
def test_there_is_no_rate_of_part_of_a_year(missing):
    now = replace(YEAR, **missing)
    assert rate_words(replace(AREA, total=replace(KIND, now=now))) is None


def test_there_is_no_rate_without_residents():
    assert rate_words(replace(AREA, population=None)) is None


def test_a_force_records_and_its_area_is_where():
    force = replace(AREA, area_type="force", area_name="Demo Police")
    assert (where_words(force), place_words(force)) == ("by Demo Police", "the area of Demo Police")
    assert (where_words(AREA), place_words(AREA)) == ("in Ashby", "Ashby")
