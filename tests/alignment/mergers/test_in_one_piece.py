"""Whether units hang together once others were taken apart: four units of two by two bricks in a row."""

from dataclasses import replace

import pandas as pd
import pytest

from crimemap.alignment.mergers.contiguity import link
from crimemap.alignment.mergers.scenario import parse
from crimemap.alignment.mergers.scored import score
from tests.alignment.mergers.made import boxes, grid_of_bricks, small

FIRST, SECOND, THIRD, LAST = (f"E2200000{k}" for k in range(1, 5))


@pytest.fixture(scope="module")
def planning():
    return small(borders=True)


def contiguous(planning, **steps):
    made = score(planning, parse(steps)).made_after["contiguous"]
    return {code: None if value is None else bool(value) for code, value in made.items()}


def test_bricks_that_go_to_a_neighbour_leave_both_in_one_piece(planning):
    found = contiguous(planning, move=[{"bricks": ["b02", "b12"], "to": FIRST}])
    assert set(found.values()) == {True}


def test_bricks_that_go_to_a_unit_far_away_are_an_exclave_of_it(planning):
    found = contiguous(planning, move=[{"bricks": ["b00"], "to": THIRD}])
    assert (found[FIRST], found[THIRD]) == (True, False)


def test_a_unit_that_is_cut_in_two_is_not_in_one_piece():
    wide = small(units=boxes({FIRST: (0, 0, 3, 1), SECOND: (3, 0, 8, 1), THIRD: (0, 1, 8, 2)}), borders=True)
    found = contiguous(wide, move=[{"bricks": ["b01"], "to": THIRD}])
    assert (found[FIRST], found[THIRD]) == (False, True)


def test_a_merger_with_what_was_given_away_is_judged_by_what_is_left(planning):
    merged = {"units": [FIRST, SECOND], "code": "N"}
    assert contiguous(planning, move=[{"bricks": ["b00"], "to": LAST}], merge=[merged])["N"] is True
    gap = contiguous(
        planning, move=[{"bricks": ["b02", "b12", "b03", "b13"], "to": LAST}], merge=[{"units": [FIRST, THIRD], "code": "N"}]
    )
    assert gap["N"] is False, "what lay between them is gone"


def test_pieces_of_a_split_unit_may_lie_apart_and_joined_again_they_do_not(planning):
    split = [{"unit": FIRST, "into": [{"code": "A", "bricks": ["b00", "b11"]}, {"code": "B", "bricks": ["b01", "b10"]}]}]
    found = contiguous(planning, split=split)
    assert (found["A"], found["B"]) == (False, False), "corners are no borders"
    again = contiguous(planning, split=split, merge=[{"units": ["A", "B", SECOND], "code": "N"}])
    assert again["N"] is True


def test_what_water_parted_before_is_not_held_against_a_unit():
    islands = grid_of_bricks(8, 2)
    islands = islands[~islands.index.isin(["b01", "b11"])]
    units = boxes({FIRST: (0, 0, 3, 2), SECOND: (3, 0, 8, 2)})
    water = small(units=units, bricks=islands, borders=True)
    found = contiguous(water, move=[{"bricks": ["b12"], "to": SECOND}])
    assert set(found.values()) == {True}
    apart = contiguous(water, move=[{"bricks": ["b10"], "to": SECOND}])
    assert apart[FIRST] is True
    assert apart[SECOND] is False, "b10 lies beyond the water"


def test_a_bridge_that_was_declared_joins_what_is_left_of_its_ends(planning):
    move = [{"bricks": ["b00"], "to": SECOND}, {"bricks": ["b07"], "to": THIRD}]
    merge = [{"units": [FIRST, LAST], "code": "N"}]
    assert contiguous(planning, move=move, merge=merge)["N"] is False
    bridged = replace(planning, contiguity=link(planning.contiguity, [(FIRST, LAST)]))
    assert contiguous(bridged, move=move, merge=merge)["N"] is True


def test_where_nobody_knows_which_bricks_border_one_another_it_is_not_known():
    assert contiguous(small(), move=[{"bricks": ["b00"], "to": THIRD}])[THIRD] is None


def test_a_move_that_is_flagged_says_so(planning):
    law = {
        one["unit"]: {flag["flag"] for flag in one["flags"]}
        for one in score(planning, parse({"move": [{"bricks": ["b00"], "to": THIRD}]})).law
    }
    assert "not_contiguous" in law[THIRD]
    assert not {"not_contiguous", "contiguity_not_known"} & law[FIRST]


def test_borders_as_a_release_keeps_them_say_the_same(planning):
    kept = replace(planning, brick_borders=pd.DataFrame(planning.brick_borders).astype("category"))
    steps = {"move": [{"bricks": ["b00"], "to": THIRD}]}
    assert contiguous(kept, **steps) == contiguous(planning, **steps)
