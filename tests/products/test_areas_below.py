"""The maps of areas inside an area: what is drawn is what the table says, and what is not known is not drawn as a number."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely

from crimemap.disclosure.policy import Policy
from crimemap.products.area_lists import area_lists
from crimemap.products.area_map import HIDDEN, LESS, MORE, NONE, SAME, ClassedMap, draw_areas
from crimemap.products.areas_below import areas_below
from crimemap.products.inputs import ReleaseOptions
from crimemap.products.inside_pages import inside_pages
from tests.products.county import FORCE, county
from tests.products.site_context import context_of as context_with
from tests.products.site_context import with_command_units


def context_of(inputs, options=None):
    return context_with(inputs, options, aligned=False)


def below(context, kind, code):
    index = context.rows[FORCE, kind, code]
    facts = replace(context.facts.area(index), area_name=context.name(index))
    return areas_below(context, facts, area_lists(context, index, "../../"))


def rows_of(section):
    return {row.name: row for _, rows in section["groups"] for row in rows}


def classes(drawing):
    """Give each area's class from a drawing: the group that its outline is used in, but for patterns."""
    found = {}
    for name, inside in re.findall(r'<g class="cm-class-(\w+)">(.*?)</g>', drawing):
        found |= dict.fromkeys((int(at) for at in re.findall(r'href="#\w+-(\d+)"', inside)), name)
    return [found[k] for k in sorted(found)]


@pytest.fixture(scope="module")
def context():
    return context_of(with_command_units())


def test_a_force_has_maps_of_its_command_units_partnerships_and_neighbourhoods_and_districts_stay_a_list(context):
    found = below(context, "force", FORCE)
    assert set(found) == {"list-bcu", "list-csp", "list-neighbourhood"}
    assert all(len(one["maps"]) == 2 for one in found.values())


def test_the_table_has_the_numbers_of_the_areas_own_pages_and_links_to_them(context):
    section = below(context, "force", FORCE)["list-neighbourhood"]
    index = context.rows[FORCE, "neighbourhood", "N01"]
    row = rows_of(section)[context.name(index)]
    assert row.incidents == f"{context.facts.area(index).total.now.incidents:,}"
    assert row.href == "neighbourhoods/N01/index.html"


def test_each_area_is_drawn_in_the_class_of_its_verdict(context):
    section = below(context, "force", FORCE)["list-neighbourhood"]
    drawn = classes(section["maps"][1]["drawing"])
    signs = [row.sign for _, rows in section["groups"] for row in rows]
    same = {"more": MORE, "less": LESS, "same": SAME}
    assert [same[sign] for sign in signs if sign in same] == [
        name for name, sign in zip(drawn, signs, strict=True) if sign in same
    ]
    assert len(drawn) == 12


def test_an_area_without_a_number_of_residents_is_hatched_not_light():
    made = with_command_units()
    areas = made.areas.copy()
    areas.loc[areas["area_code"] == "N03", "population"] = pd.NA
    section = below(context_of(replace(made, areas=areas)), "force", FORCE)["list-neighbourhood"]
    names = [row.name for _, rows in section["groups"] for row in rows]
    drawing = section["maps"][0]["drawing"]
    assert [name for name, held in zip(names, classes(drawing), strict=True) if held == NONE] == ["Llanfair"]
    assert 'fill="url(#n0-none)"' in drawing
    assert "Llanfair: residents not known" in drawing
    assert rows_of(section)["Llanfair"].rate == ""


def test_a_year_with_a_month_missing_has_no_rate_on_the_map():
    section = below(context_of(county()), "force", FORCE)["list-neighbourhood"]
    assert set(classes(section["maps"][0]["drawing"])) == {NONE}


def test_numbers_that_are_withheld_are_dotted():
    made = county("confidential")
    whole = replace(made, coverage=made.coverage.assign(status="loaded", kind="confidential", source="records"))
    context = context_of(whole, ReleaseOptions(policy=Policy(threshold=25)))
    section = below(context, "force", FORCE)["list-neighbourhood"]
    hidden = [
        k for k, row in enumerate(rows_of(section).values()) if "at least" in row.incidents or row.incidents == "not shown"
    ]
    assert hidden
    drawn = classes(section["maps"][0]["drawing"])
    assert all(drawn[k] == HIDDEN for k in hidden)


def test_without_residents_counts_are_drawn():
    made = with_command_units()
    areas = made.areas.copy()
    areas["population"] = pd.NA
    section = below(context_of(replace(made, areas=areas)), "force", FORCE)["list-neighbourhood"]
    assert not section["rated"]
    assert section["maps"][0]["title"].startswith("Recorded incidents")
    assert set(classes(section["maps"][0]["drawing"])) & {"1", "2", "3", "4", "5"}


def test_a_name_that_would_break_a_drawing_is_only_a_name(context):
    drawing = below(context, "force", FORCE)["list-neighbourhood"]["maps"][0]["drawing"]
    assert "<b>St" not in drawing
    assert "&lt;b&gt;St Mary" in drawing


def test_too_many_areas_for_a_page_get_one_of_their_own(context, monkeypatch):
    monkeypatch.setattr("crimemap.products.areas_below._MOST_ON_PAGE", 6)
    section = below(context, "force", FORCE)["list-neighbourhood"]
    assert section == {"page": "inside/neighbourhood/index.html", "n": 12}
    pages = {one.folder: one._asdict() for one in inside_pages(context, [FORCE])}
    folder = f"forces/{FORCE}/inside/neighbourhood"
    assert folder in pages
    assert rows_of(pages[folder]["values"]["inside"])["Llanfair"].href == "../../neighbourhoods/N03/index.html"


def test_neighbours_keep_one_line_between_them():
    wave = [(100 + 7 * np.sin(y), y) for y in np.linspace(0, 200, 400)]
    west = shapely.Polygon([(0, 0), *wave, (0, 200)])
    east = shapely.Polygon([(200, 0), (200, 200), *reversed(wave)])
    one = ClassedMap(title="t", description="d", classes=["1", "5"], says=["", ""])
    drawn = draw_areas(np.array([west, east], dtype=object), names=["W", "E"], hrefs=["", ""], maps=[one], map_id="m")
    ways = re.findall(r'<path id="m-\d" d="M(\d+) (\d+)l([^z]*)z', drawn.maps[0])
    points = []
    for x, y, steps in ways:
        numbers = [int(value) for value in re.findall(r"-?\d+", steps)]
        walk = np.cumsum([(int(x), int(y)), *zip(numbers[::2], numbers[1::2], strict=True)], axis=0)
        points.append({tuple(point) for point in walk.tolist()})
    inner = [{(x, y) for x, y in some if 250 < x < 350} for some in points]
    assert inner[0] == inner[1]
    assert 10 < len(inner[0]) < 400


def test_an_area_in_five_parts_and_a_hole_is_drawn_whole():
    parts = [shapely.box(10 * k, 0, 10 * k + 8, 80) for k in range(4)]
    holed = shapely.box(40, 0, 100, 80).difference(shapely.box(60, 20, 80, 60))
    one = ClassedMap(title="t", description="d", classes=["1"], says=["x"])
    drawn = draw_areas(
        np.array([shapely.MultiPolygon([*parts, holed])], dtype=object), names=["A"], hrefs=["a"], maps=[one], map_id="m"
    )
    assert drawn.maps[0].count("M") == 6


def test_a_far_islet_does_not_shrink_the_map():
    main, islet = shapely.box(0, 0, 100, 80), shapely.box(50, -500, 51, -499)
    one = ClassedMap(title="t", description="d", classes=["1", "2"], says=["", ""])
    shapes = np.array([shapely.MultiPolygon([main, islet]), shapely.box(100, 0, 200, 80)], dtype=object)
    drawn = draw_areas(shapes, names=["A", "B"], hrefs=["", ""], maps=[one], map_id="m").maps[0]
    assert re.search(r'viewBox="0 0 600 (\d+)"', drawn)[1] == "245"
    assert drawn.count("M") == 2


def test_without_an_earlier_year_there_is_no_map_and_no_column_of_change():
    made = with_command_units()
    late = made.incidents[made.incidents["month"] > "2024-06"]
    covered = made.coverage.assign(status=["loaded" if month > "2024-06" else "no_data" for month in made.coverage["month"]])
    section = below(context_of(replace(made, incidents=late, coverage=covered)), "force", FORCE)["list-neighbourhood"]
    assert len(section["maps"]) == 1
    assert not section["compared"]
