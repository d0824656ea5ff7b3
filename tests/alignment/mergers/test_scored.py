"""A proposal scored, by hand-counted figures on a small map."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from crimemap.alignment.mergers.lay_out import Counted
from crimemap.alignment.mergers.options import ScoreOptions
from crimemap.alignment.mergers.scenario import Scenario, parse
from crimemap.alignment.mergers.scored import score
from crimemap.errors import InputError, NotFoundError
from tests.alignment.mergers.made import TARGETS, UNITS, boxes, grid_of_bricks, small

A, B, C, D = UNITS
ASSUMED = {
    "running_cost": [80_000, 120_000], "share_saved": [0.3, 0.5], "transition": [10_000, 20_000],
    "disaggregation": [0, 50_000], "years": 5, "source": "an example",
}  # fmt: skip


@pytest.fixture(scope="module")
def planning():
    return small()


def scored(planning, asked, **options):
    return score(planning, parse(asked), options=ScoreOptions.from_mapping(options))


def row(rows, code):
    return next(one for one in rows if one["code"] == code)


def measure(said, name):
    found = next(one for one in said["summary"] if one["measure"] == name)
    return found["before"], found["after"], found["change"]


def test_a_merger_that_makes_an_area_fits_it(planning):
    said = scored(planning, {"merge": [{"units": [A, B], "code": "AB", "name": "Both"}]}).to_json()
    before, after = row(said["before"], A), row(said["after"], "AB")
    assert (before["class"], before["misfit"], before["share_of_match"]) == ("nested", 400, 0.5)
    assert (after["class"], after["misfit"], after["iou"], after["best_match"]) == ("coterminous", 0, 1, "X")
    assert (after["name"], after["members"], after["population"], after["households"]) == ("Both", [A, B], 800, 400)
    assert after["area_km2"] == 8
    assert said["changed"] == ["AB", A, B]
    assert said["people_moved"] == 0
    assert measure(said, "n_units") == (4, 3, -1)
    # C is 200 people of Z and 200 of W (600): 200 + 0 in Z, the smaller area. D is 400 of W: 200 missing.
    assert measure(said, "misfit") == (400 + 400 + 200 + 200, 400, -800)
    assert measure(said, "people_coterminous") == (0, 800, 800)
    assert [one["changed"] for one in said["after"]] == [True, False, False]


def test_every_unit_is_classed_in_one_of_the_words_of_alignment(planning):
    said = scored(planning, {"merge": [{"units": [A, B]}]}).to_json()
    assert {one["code"]: one["class"] for one in said["before"]} == {
        A: "nested",
        B: "nested",
        C: "many-to-many",
        D: "nested",
    }
    assert said["thresholds"] == {"coterminous": 0.999, "minor": 0.95, "nested": 0.99, "tolerance": 0.01}
    lax = scored(planning, {"merge": [{"units": [C, D]}]}, classes={"coterminous": 0.75, "minor": 0.7}).to_json()
    assert row(lax["after"], f"{C}+{D}")["class"] == "coterminous", "600 of 800 people are in both"


def test_bricks_that_move_take_people_area_and_incidents_with_them(planning):
    counts = pd.DataFrame({"unit": [C, C], "brick": ["b05", "b04"], "incidents": [6, 1]})
    counted = small(incidents=Counted(counts=counts, units=frozenset(UNITS)))
    said = scored(counted, {"move": [{"bricks": ["b05", "b15"], "to": D}]}).to_json()
    assert row(said["after"], D)["population"] == 600
    assert (row(said["after"], D)["incidents"], row(said["after"], C)["incidents"]) == (6, 1)
    assert row(said["after"], D)["area_km2"] == pytest.approx(6)
    assert {one["code"]: one["class"] for one in said["after"]}[D] == "coterminous"
    assert row(said["after"], D)["members"] == [C, D]
    assert said["people_moved"] == 200
    assert said["moved_bricks"] == [
        {"brick": "b05", "from": C, "to": D, "population": 100.0},
        {"brick": "b15", "from": C, "to": D, "population": 100.0},
    ]
    assert sum(one["population"] for one in said["after"]) == 1600


def test_a_strip_that_drawing_leaves_in_another_unit_does_not_take_that_unit_apart():
    drawn = {**UNITS, C: (4, 0, 6.01, 2), D: (6.01, 0, 8, 2)}
    said = scored(small(units=boxes(drawn)), {"move": [{"bricks": ["b06"], "to": B}]}, savings=ASSUMED).to_json()
    assert said["changed"] == [B, D]
    assert [(one["brick"], one["from"], one["to"]) for one in said["moved_bricks"]] == [("b06", D, B)]
    assert said["savings"]["one_off_high"] == 50_000, "one unit is taken apart"
    half = {**UNITS, C: (4, 0, 6.5, 2), D: (6.5, 0, 8, 2)}
    halves = scored(small(units=boxes(half)), {"move": [{"bricks": ["b06"], "to": B}]}).to_json()
    assert halves["changed"] == [B, C, D], "a brick that is in both goes whole"


def test_a_unit_is_split_by_district(planning):
    said = scored(planning, {"split": [{"unit": C, "into": [{"code": "N", "districts": ["E06000004"]}]}]}).to_json()
    assert (row(said["after"], C)["class"], row(said["after"], C)["best_match"]) == ("coterminous", "Z")
    assert row(said["after"], "N")["population"] == 200
    assert [one["brick"] for one in said["moved_bricks"]] == ["b05", "b15"]


def test_what_was_not_counted_stays_unknown(planning):
    said = scored(planning, {"merge": [{"units": [A, B]}]}).to_json()
    assert all(one["incidents"] is None for one in said["before"] + said["after"])
    counts = pd.DataFrame({"unit": [A], "brick": ["b00"], "incidents": [5]})
    counted = small(incidents=Counted(counts=counts, units=frozenset([A, C])))
    said = scored(counted, {"merge": [{"units": [A, B]}]}).to_json()
    assert {one["code"]: one["incidents"] for one in said["before"]} == {A: 5, B: None, C: 0, D: None}
    assert row(said["after"], f"{A}+{B}")["incidents"] is None, "5 and unknown is unknown"


def test_officers_and_cost_add_up_where_all_are_known(planning):
    numbers = {A: {"officers": 30, "cost": 90_000}, B: {"officers": 20}}
    said = scored(planning, {"merge": [{"units": [A, B], "code": "AB"}]}, numbers=numbers).to_json()
    assert (row(said["after"], "AB")["officers"], row(said["after"], "AB")["cost"]) == (50, None)
    with pytest.raises(NotFoundError, match="no unit 'Q'"):
        scored(planning, {"merge": [{"units": [A, B]}]}, numbers={"Q": {"cost": 1}})


def test_the_law_names_who_must_agree_and_flags_what_to_look_at(planning):
    (one,) = scored(planning, {"merge": [{"units": [A, B], "code": "AB"}]}).law
    assert (one["unit"], one["members"], one["route"], one["wales"]) == (
        "AB", ["E07000001", "E07000002"], "combination agreement", False,
    )  # fmt: skip
    parties = {(party["kind"], party["code"], party["name"]) for party in one["parties"]}
    assert ("council", "E07000001", "Area E07000001") in parties
    assert ("county council", "E10000001", "Area E10000001") in parties
    assert ("local policing body", "E23000001", "Area E23000001") in parties
    assert ("integrated care board", None, None) in parties
    assert not {"split_county", "cross_force", "not_contiguous"} & {flag["flag"] for flag in one["flags"]}


def flags(planning, units):
    (one,) = scored(planning, {"merge": [{"units": units}]}).law
    return {flag["flag"] for flag in one["flags"]}, one


def test_a_merger_across_forces_counties_wales_and_gaps_is_flagged(planning):
    assert {"split_county"} <= flags(planning, [B, C])[0]
    assert {"not_contiguous"} <= flags(planning, [A, C])[0]
    found, one = flags(planning, [C, D])
    assert {"wales", "cross_force"} <= found
    assert (one["wales"], one["route"]) == (True, "no combination agreement")


def test_a_merger_across_english_forces_needs_the_secretary_of_state():
    from crimemap.alignment.mergers.whereabouts import Around
    from tests.alignment.mergers.made import COUNTIES, DISTRICTS

    forces = {"E23000001": (0, 0, 4, 2), "E23000002": (4, 0, 8, 2)}
    around = Around(districts=boxes(DISTRICTS), counties=boxes(COUNTIES), forces=boxes(forces))
    from crimemap.alignment.mergers.lay_out import lay_out

    planning = lay_out(
        boxes(UNITS), boxes(TARGETS), grid_of_bricks(8, 2), around=around,
        unit_type="csp", target_type="bcu", unit_set="csp-2017", target_set="bcu-2017",
    )  # fmt: skip
    found, one = flags(planning, [B, C])
    assert "cross_force" in found
    assert {
        "kind": "Secretary of State",
        "label": "Secretary of State",
        "name": "Secretary of State",
        "code": None,
        "why": "s5A(5)",
    } in one["parties"]


def test_part_of_a_district_and_units_taken_apart_are_flagged(planning):
    (first, second) = scored(planning, {"move": [{"bricks": ["b05"], "to": D}]}).law
    assert {first["unit"], second["unit"]} == {C, D}
    for one in (first, second):
        kinds = {flag["flag"] for flag in one["flags"]}
        assert {"part_of_a_district", "contiguity_not_known"} <= kinds


def test_without_districts_the_law_is_not_reviewed():
    assert scored(small(around=False), {"merge": [{"units": [A, B]}]}).to_json()["law"] == []


def test_savings_are_a_range_and_none_without_assumptions(planning):
    assert scored(planning, {"merge": [{"units": [A, B]}]}).to_json()["savings"] is None
    said = scored(planning, {"merge": [{"units": [A, B]}]}, savings=ASSUMED).to_json()["savings"]
    assert (said["annual_low"], said["annual_high"]) == (24_000, 60_000)
    assert (said["net_low"], said["net_high"]) == (5 * 24_000 - 40_000, 5 * 60_000 - 20_000)
    assert said["assumptions"]["source"] == "an example"
    assert "between £80,000 saved and £280,000 saved" in said["says"]


def test_a_unit_that_is_taken_apart_costs_and_saves_nothing(planning):
    said = scored(planning, {"move": [{"bricks": ["b05"], "to": D}]}, savings=ASSUMED).to_json()["savings"]
    assert (said["annual_high"], said["net_low"], said["net_high"]) == (0, -50_000, 0)
    assert "a cost of £50,000" in said["says"]


def test_local_focus_is_held_against_the_planners_limits(planning):
    said = scored(planning, {"merge": [{"units": [A, B], "code": "AB"}]}, spread={"population": 700}).to_json()
    (one,) = said["spread"]
    assert (one["unit"], one["population"], one["area_km2"], one["n_districts"]) == ("AB", 800, 8, 2)
    assert one["distance_km"] == pytest.approx(np.hypot(1.5, 0.5))
    assert (one["beyond"], one["too_remote"]) == (["population"], True)
    assert said["spread_limits"]["population"] == 700


def test_people_whom_no_target_covers_never_show_as_misfit():
    planning = small(targets=boxes({code: box for code, box in TARGETS.items() if code != "W"}))
    said = scored(planning, {"merge": [{"units": [A, B]}]}).to_json()
    half, none = row(said["before"], C), row(said["before"], D)
    assert (half["class"], half["misfit"], half["uncovered"]) == ("coterminous", 0, 200)
    assert (none["class"], none["misfit"], none["uncovered"], none["best_match"]) == ("not covered", 0, 400, None)


def test_where_nobody_lives_land_says_how_a_unit_fits():
    people = [0.0 if c < 2 else 100.0 for _ in range(2) for c in range(8)]
    said = scored(small(bricks=grid_of_bricks(8, 2, people=people)), {"merge": [{"units": [C, D]}]}).to_json()
    moor = row(said["before"], A)
    assert (moor["population"], moor["class"], moor["class_by"], moor["best_match"]) == (0, "nested", "area", "X")


def test_a_unit_of_unknown_people_makes_what_it_joins_unknown():
    bricks = grid_of_bricks(8, 2)
    planning = small(bricks=bricks[bricks.geometry.centroid.x < 406_000])
    said = scored(planning, {"merge": [{"units": [C, D], "code": "CD"}]}).to_json()
    assert {one["code"]: one["population"] for one in said["before"]} == {A: 400, B: 400, C: 400, D: None}
    assert row(said["before"], D)["class"] == "not covered"
    assert row(said["after"], "CD")["population"] is None


def test_bricks_that_lines_cut_are_the_uncertainty():
    moved = small(units=boxes({**UNITS, A: (0, 0, 2.5, 2), B: (2.5, 0, 4, 2)}))
    said = scored(moved, {"merge": [{"units": [A, B], "code": "AB"}]}).to_json()
    assert said["uncertainty"]["cut_population"] == pytest.approx(200)
    assert said["uncertainty"]["cut_share"] == pytest.approx(0.125)
    assert said["uncertainty"]["lesser_parts"] == pytest.approx(100)
    assert "may be off" in said["uncertainty"]["says"]
    assert row(said["before"], A)["cut_population"] == pytest.approx(100)


def test_the_empty_change_changes_nothing(planning):
    found = score(planning, Scenario())
    said = found.to_json()
    assert (said["changed"], said["people_moved"], said["moved_bricks"], said["law"], said["spread"]) == ([], 0, [], [], [])
    assert (found.summary["change"] == 0).all()
    assert said["before"] == said["after"]


@settings(max_examples=6)
@given(order=st.permutations(range(4)), brick_order=st.permutations(range(16)))
def test_the_order_of_units_and_bricks_does_not_matter(order, brick_order):
    asked = parse({"merge": [{"units": [A, B]}], "move": [{"bricks": ["b05"], "to": D}]})
    units, bricks = boxes(UNITS), grid_of_bricks(8, 2, people=np.arange(16) * 10.0)
    first = score(small(units=units, bricks=bricks), asked).to_json()
    second = score(small(units=units.iloc[list(order)], bricks=bricks.iloc[list(brick_order)]), asked).to_json()

    def told(said):
        return {
            one["code"]: (one["population"], one["class"], one["misfit"], sorted(one["members"])) for one in said["after"]
        }

    assert told(first) == told(second)
    assert first["changed"] == second["changed"]
    for one, other in zip(first["summary"], second["summary"], strict=True):
        assert one["after"] == pytest.approx(other["after"])


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"merge": [{"units": [A, "Q"]}]}, NotFoundError, "merge 1: no unit 'Q'"),
        ({"merge": [{"units": [A, A]}]}, InputError, "named twice"),
        ({"merge": [{"units": [A]}]}, InputError, "2 or more codes"),
        ({"move": [{"bricks": ["nowhere"], "to": A}]}, NotFoundError, "no brick 'nowhere'"),
        ({"move": [{"bricks": ["b00"], "to": "Q"}]}, NotFoundError, "no unit 'Q'"),
        ({"split": [{"unit": A, "into": [{"districts": ["E07000002"]}]}]}, InputError, "nothing of E07000002 is in"),
        ({"split": [{"unit": A, "into": [{"bricks": ["b07"]}]}]}, InputError, "1 bricks of E22000001/1 are not in"),
    ],
)
def test_a_proposal_that_cannot_be_says_what_and_where(planning, asked, error, said):
    with pytest.raises(error, match=said):
        scored(planning, asked)


#: Fields that the commands add to the document.
OF_THE_COMMAND = {"process", "sets", "bricks", "incidents", "output", "scenario_out"}


def documented(command):
    """Fields of the JSON that docs/json/mergers.md names, by the list or object that they stand in."""
    page = (Path(__file__).parents[3] / "docs" / "json" / "mergers.md").read_text("utf-8")
    section = re.search(rf"^## `crimemap {command}`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    fields: dict[str, set[str]] = {}
    for cell in re.findall(r"^\| (`[^|]+`) \|", section[1], re.MULTILINE):
        for name in re.findall(r"`([^`]+)`", cell):
            parent, _, field = name.rpartition(".")
            fields.setdefault(parent.removesuffix("[]"), set()).add(field)
    return fields


def test_the_document_has_the_documented_fields_and_nothing_else(planning):
    asked = {"merge": [{"units": [A, B]}], "move": [{"bricks": ["b05"], "to": D}]}
    said = scored(planning, asked, savings=ASSUMED).to_json()
    json.dumps(said, allow_nan=False)
    fields = documented("mergers score")
    assert set(said) == fields.pop("") - OF_THE_COMMAND
    for name, expected in fields.items():
        rows = said[name] if isinstance(said[name], list) else [said[name]]
        assert rows, name
        for one in rows:
            assert set(one) == expected, name
    assert all(set(one) == fields["before"] for one in said["after"])


def test_geometry_that_touches_at_a_corner_only_is_no_neighbour():
    corner = {A: (0, 0, 2, 1), B: (2, 1, 4, 2), C: (4, 0, 6, 2), D: (6, 0, 8, 2)}
    assert shapely.touches(*boxes(corner).geometry.iloc[:2])
    assert {"not_contiguous"} <= flags(small(units=boxes(corner), around=True), [A, B])[0]
