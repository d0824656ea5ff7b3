"""What pages say of boundaries: known answers in a county whose command units cut its partnerships."""

from dataclasses import replace
from urllib.parse import parse_qs, urlparse

import numpy as np
import pandas as pd
import pytest
import shapely

from crimemap.language import speaking
from crimemap.products.alignment_facts import alignment_values
from crimemap.products.inputs import ReleaseOptions
from tests.products.county import FORCE, county
from tests.products.site_context import context_of, with_command_units


@pytest.fixture(scope="module")
def inputs():
    return with_command_units()


@pytest.fixture(scope="module")
def context(inputs):
    return context_of(inputs)


def fit(context, kind, code):
    return alignment_values(context, context.rows[FORCE, kind, code], "../")["fit"]


def people_in(inputs, box):
    """Count people of the bricks in a box of (across, up) ends, as shares of the county's box."""
    west, south, east, north = inputs.areas.total_bounds
    x0, y0, x1, y1 = box
    inside = shapely.box(
        west + x0 * (east - west), south + y0 * (north - south), west + x1 * (east - west), south + y1 * (north - south)
    )
    frame = inputs.bricks.frame
    return round(np.nansum(frame["population"][frame.geometry.representative_point().within(inside)]))


def row(found, kind):
    return next(one for one in found["rows"] if one["kind"] == kind)


def test_a_partnership_that_command_units_cut_says_how_many_live_outside(context, inputs):
    found = fit(context, "csp", "E22000901")
    outside, everybody = people_in(inputs, (0, 0, 0.5, 1 / 3)), people_in(inputs, (0, 0, 0.5, 1))
    said = " ".join(found["sentences"])
    share = f"{100 * outside / everybody:.1f}"
    assert f"{outside:,} of the {everybody:,} people who live here ({share}%) live outside Unit B." in said
    unit = row(found, "Basic command unit")
    assert unit["outside"] == f"{outside:,}"
    assert [(part["name"], part["people"]) for part in unit["parts"]] == [
        ("Unit B", f"{everybody - outside:,}"),
        ("Unit A", f"{outside:,}"),
    ]
    assert unit["parts"][0]["href"] == "../areas/bcu/B/index.html"


def test_a_partnership_equal_to_a_district_is_coterminous_with_it_and_inside_its_force(context):
    found = fit(context, "csp", "E22000901")
    assert found["sentences"][0].startswith("It is coterminous with Ashby (local authority district)")
    assert "All of it lies in West Demoshire (police force area)." in found["sentences"]
    district = row(found, "Local authority district")
    assert (district["fit"], district["outside"]) == ("the same area", "nobody")


def test_a_command_unit_says_which_partnerships_it_holds(context):
    unit = row(fit(context, "bcu", "A"), "Community safety partnership")
    assert {part["name"] for part in unit["parts"]} == {"Ashby", "Brook"}
    assert unit["fit"] == "boundaries cross"


def test_the_planner_opens_on_the_partnership_and_what_it_fits_worst(context):
    asked = parse_qs(urlparse(fit(context, "csp", "E22000901")["planner"]).query)
    assert asked == {"units": ["csp-2024"], "targets": ["bcu-2024"], "choose": ["E22000901"]}


def test_a_force_counts_the_partnerships_that_fit(context, inputs):
    found = fit(context, "force", FORCE)
    crossing = people_in(inputs, (0, 0, 1, 1 / 3))
    units = row(found, "Basic command units")["says"]
    assert units.startswith("0 of 2 fit.")
    assert f"{crossing:,} people (" in units
    assert row(found, "Local authority districts")["says"] == "2 of 2 fit."


def test_missing_command_units_are_said_to_be_missing():
    made = county()
    found = fit(context_of(made), "csp", "E22000901")
    assert any("no boundaries of that kind (basic command units)" in one for one in found["sentences"])
    assert all(one["kind"] != "Basic command unit" for one in found["rows"])


def test_without_numbers_of_people_boundaries_are_compared_by_land_and_nobody_is_counted(inputs):
    found = fit(context_of(replace(inputs, bricks=None)), "csp", "E22000901")
    assert not found["counts_people"]
    assert row(found, "Basic command unit")["fit"] == "boundaries cross"
    assert "compared by land" in found["note"]


def test_an_area_without_another_set_says_nothing():
    made = county()
    only = made.areas["area_type"].isin(["csp", "neighbourhood"])
    kept = made.areas[only].reset_index(drop=True).rename_axis("area_id")
    code = pd.Series(np.cumsum(only.to_numpy()) - 1, index=made.areas.index)
    placed = made.place_areas[made.place_areas["area_id"].map(only)]
    placed = placed.assign(area_id=placed["area_id"].map(code))
    sets = [one for one in made.boundary_sets if one["area_type"] in {"csp", "neighbourhood"}]
    alone = context_of(replace(made, areas=kept, place_areas=placed, boundary_sets=sets))
    assert fit(alone, "csp", "E22000901") is None


def test_the_section_speaks_welsh(inputs):
    context = context_of(inputs, ReleaseOptions(languages=("en", "cy")))
    with speaking("cy"):
        said = fit(context, "csp", "E22000901")
    assert said["sentences"][0].startswith("Mae'n gydffiniol")
    assert row(said, "Uned reoli sylfaenol")["fit"] == "ffiniau'n croesi"
