"""What the planner's page says before a script runs."""

import pytest

from crimemap.products.planner_page import pair_words, planner_values
from crimemap.products.rendering import environment

ROW = {
    "area_name": "Ashby",
    "class": "nested",
    "class_by_population": "nested",
    "population": 600.0,
    "population_outside": 0.0,
}
PAIR = {
    "source": {"set_id": "csp-2024", "areas": 2},
    "target": {"set_id": "bcu-2024", "areas": 1},
    "bricks": {"set_id": "lsoa-2021"},
    "sources": [ROW, {**ROW, "area_name": "Brook", "class_by_population": "many-to-many", "population_outside": 30.0}],
}
SUMMARY = {"force": "all", "force_name": None, "csps": 2, "lad_covered": 2, "lad_agree": 2, "bcu_covered": 2, "bcu_agree": 1}
LADDER = {
    "outside_in": "population",
    "summary": SUMMARY,
    "forces": [],
    "rows": [
        {
            "area_name": '<script>alert("x")</script>',
            "lad": "E07000901",
            "lad_name": "Ashby & Co",
            "lad_codes": ["E07000901", "E07000902"],
            "lad_agrees": True,
            "lad_outside": 0.0,
            "bcu": None,
            "bcu_name": None,
            "bcu_codes": [],
            "bcu_agrees": None,
            "bcu_outside": None,
        }
    ],
}


def page(plan):
    site = {
        "name": "Site",
        "release_id": "r",
        "created": "2026-01-01",
        "attribution": [],
        "map_attribution": "",
        "hashes": {},
    }
    values = {"site": site, "latest_month": "2025-12", "root": "../", "title": "Merger planner", "page": "planner"}
    return environment().get_template("planner.html").render(**values, has_map=True, crumbs=[], plan=plan)


def test_people_outside_their_match_are_said_with_their_share():
    assert pair_words(PAIR) == (
        "1 of 2 partnerships fits. 30 people (2.5%) live in another command unit than most of their partnership."
    )


def test_an_area_that_is_not_covered_is_neither_fit_nor_misfit():
    bare = {**ROW, "class": "not covered", "class_by_population": "not covered", "population_outside": 0.0}
    said = pair_words({**PAIR, "sources": [ROW, bare]})
    assert said == "1 of 1 partnership fits. 1 more is not covered by the other set."


def test_without_people_the_page_says_that_fit_is_counted_by_land():
    row = {"area_name": "Ashby", "class": "nested"}
    plan = planner_values([{**PAIR, "bricks": None, "sources": [row]}], None)
    assert plan["counted"].startswith("People are not known")
    assert plan["pairs"][0]["says"] == "1 of 1 partnership fits."


def test_the_ladder_reads_without_a_script():
    html = page(planner_values([PAIR], LADDER))
    assert "Partnerships (2024) and command units (2024)" in html
    assert "of 2 partnerships, 2 of 2 are whole districts; 1 of 2 agree with their command unit." in html
    assert "Ashby &amp; Co and 1 more" in html
    assert "not covered" in html


def test_a_name_with_markup_is_text():
    html = page(planner_values([PAIR], LADDER))
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_the_page_names_the_commands_that_do_the_same():
    html = page(planner_values([], None))
    assert "crimemap mergers score" in html
    assert "has no two boundary sets that can be compared" in html


@pytest.mark.parametrize(
    "part",
    ["plain", "agree", "differ", "sliver", "coterminous", "minor", "nested", "split", "crossing", "group-0", "chosen"],
)
def test_each_fill_of_the_map_has_its_pattern(part):
    assert f'<pattern id="pl-{part}"' in page(planner_values([], None))
