"""Words to offence types, and the figures of each priority since it was set."""

from types import SimpleNamespace

import numpy as np
import pytest

from crimemap.offences import CURRENT_OFFENCE_TYPES
from crimemap.periods import Period, months_between
from crimemap.products.priorities import priority_trends
from crimemap.products.priority_words import PRIORITY_WORDS, offence_types_of

FORCE = "west-demoshire"
MONTHS = months_between("2023-07", "2025-07")


@pytest.mark.parametrize(
    ("issue", "types"),
    [
        ("<p>Shoplifting on the quay</p>", ["Shoplifting"]),
        ("Shop theft around Mill Lane", ["Shoplifting"]),
        ("ASB and drug dealing in the park", ["Anti-social behaviour", "Drugs"]),
        ("Anti&#45;social behaviour", ["Anti-social behaviour"]),
        ("Nuisance motorcycles", ["Anti-social behaviour"]),
        ("Burglaries of sheds and garages", ["Burglary"]),
        ("Bicycle thefts", ["Bicycle theft"]),
        ("Theft of pedal cycles", ["Bicycle theft"]),
        ("Thefts from vehicles parked at the station", ["Vehicle crime"]),
        ("<b>Vehicle</b> <i>crime</i>", ["Vehicle crime"]),
        ("Theft from person", ["Theft from the person"]),
    ],
)
def test_a_priority_is_matched_where_it_names_a_type(issue, types):
    assert offence_types_of(issue) == types


@pytest.mark.parametrize(
    "issue",
    [
        "Speeding vehicles",
        "Theft",
        "Parking",
        "Being visible",
        "",
        "Carsington car park",
        "Nuisance",
        "Knife amnesty",
        "Basbow Lane",
    ],
)
def test_what_could_mean_anything_is_not_guessed(issue):
    assert offence_types_of(issue) == []


def test_every_type_of_the_word_list_is_a_published_one():
    assert set(PRIORITY_WORDS) <= set(CURRENT_OFFENCE_TYPES)


def facts(now, before, status=None):
    """Give one neighbourhood with shoplifting alone; status by column."""
    incidents = np.zeros((1, 24, 2), dtype=np.int32)
    incidents[0, :, 0] = [*before, *now]
    held = np.zeros((1, 24, 2), dtype=np.uint8)
    for column, value in (status or {}).items():
        held[0, column], incidents[0, column] = value, 0
    cube = SimpleNamespace(months=MONTHS, offence_types=["Shoplifting", "All"], incidents=incidents, status=held)
    return SimpleNamespace(cube=cube, periods={FORCE: Period("2024-07", "2025-07")})


def said(made, *, issue="Shoplifting", since="2024-12-09T00:00:00", row=0):
    found = priority_trends(made, FORCE, [("N01", row, [{"issue": issue, "issue-date": since}])])
    return found.of("N01", 0)


def test_the_months_since_it_was_set_are_compared_with_those_a_year_before():
    """December to June are seven months: 7 x 30 and 7 x 10."""
    words = (
        "Shoplifting, December 2024 to June 2025: 210 recorded, and 70 in the same months a year before. "
        "That is more, and more than chance would explain."
    )
    assert said(facts([99] * 5 + [30] * 7, [99] * 5 + [10] * 7)) == [words]


def test_a_fall_and_no_clear_change_are_told_apart():
    assert "the fall is larger than chance" in said(facts([10] * 12, [30] * 12))[0]
    assert "no clear change" in said(facts([10] * 12, [11] * 12))[0]


def test_one_set_long_ago_is_followed_over_the_latest_twelve_months():
    assert said(facts([10] * 12, [10] * 12), since="2019-01-01")[0].startswith(
        "Shoplifting, July 2024 to June 2025: 120 recorded"
    )


def test_a_month_without_data_is_left_out_of_both_years_and_said_to_be():
    words = said(facts([10] * 12, [10] * 12, {20: 1}))[0]
    assert "60 recorded, and 60 in" in words
    assert "1 month is left out, as one of the two years has no data." in words


def test_a_withheld_month_is_left_out_and_said_to_be():
    words = said(facts([10] * 12, [10] * 12, {8: 2, 21: 2}))[0]
    assert "50 recorded, and 50 in" in words
    assert "2 months are left out, as a number is not shown." in words


def test_few_months_and_few_incidents_claim_nothing():
    assert "too few months" in said(facts([50] * 12, [1] * 12), since="2025-05-01")[0]
    assert "too small to say" in said(facts([1] * 12, [0] * 12))[0]
    assert "we cannot compare" in said(facts([1] * 12, [0] * 12, {23: 1}), since="2025-06-01")[0]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"issue": "Speeding"}, "does not name a type of crime"),
        ({"issue": "Burglary"}, "this release has none"),
        ({"since": None}, "do not know when"),
        ({"since": "soon"}, "do not know when"),
        ({"since": "2025-08-01"}, "set in August 2025. Figures end with June 2025"),
        ({"row": None}, "no boundary"),
    ],
)
def test_where_there_are_no_figures_it_says_why(changed, words):
    found = said(facts([10] * 12, [10] * 12), **changed)
    assert len(found) == 1
    assert words in found[0]


def test_many_priorities_are_one_family_of_tests():
    """A p just under 5 % alone is a change; beside a hundred that did not change it is none."""
    made = facts([26] * 12, [21] * 12)
    one = {"issue": "Shoplifting", "issue-date": "2024-07-01"}
    assert "more than chance" in said(made, since="2024-07-01")[0]
    cube = made.cube
    cube.incidents = np.repeat(cube.incidents, 101, axis=0)
    cube.status = np.repeat(cube.status, 101, axis=0)
    cube.incidents[1:, 12:, 0] = 21
    found = priority_trends(made, FORCE, [(f"N{i}", i, [one]) for i in range(101)])
    assert "no clear change" in found.of("N0", 0)[0]


def test_a_page_says_it_under_its_priority(built):
    page = (built.path / "site/forces/west-demoshire/neighbourhoods/N01/index.html").read_text()
    assert "Shoplifting, May 2025 to June 2025:" in page
    assert "too few months to say" in page
