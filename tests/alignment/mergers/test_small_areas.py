"""The small areas of a unit, and which of them border one another."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely

from crimemap.alignment.mergers.brick_borders import brick_borders
from crimemap.alignment.mergers.scenario import parse
from crimemap.alignment.mergers.scored import score
from crimemap.alignment.mergers.small_areas import bricks_of_unit
from crimemap.errors import NotFoundError, ParameterError
from tests.alignment.mergers.made import small


def pairs(shapes, **given):
    codes = pd.Index([f"b{k}" for k in range(len(shapes))])
    return brick_borders(np.array(shapes, dtype=object), codes, **given).to_numpy().tolist()


def test_bricks_of_a_grid_border_along_lines_and_not_at_corners():
    found = pairs([shapely.box(x, y, x + 100, y + 100) for y in (0, 100) for x in (0, 100)])
    assert found == [["b0", "b1"], ["b0", "b2"], ["b1", "b3"], ["b2", "b3"]]


def test_a_line_that_is_too_short_is_none():
    low, high = shapely.box(0, 0, 100, 100), shapely.box(80, 100, 180, 200)
    noded = shapely.Polygon([(0, 0), (100, 0), (100, 100), (70, 100), (0, 100)])
    fits = shapely.Polygon([(70, 100), (100, 100), (170, 100), (170, 200), (70, 200)])
    assert pairs([noded, fits]) == []
    assert pairs([noded, fits], shortest_m=25) == [["b0", "b1"]]
    assert pairs([low, high], shortest_m=10) == [], "without corners they share no edge, and lines side by side need 40 m"


def test_lines_that_run_beside_one_another_with_a_gap_are_one():
    assert pairs([shapely.box(0, 0, 100, 100), shapely.box(103, 0, 200, 100)]) == [["b0", "b1"]]
    assert pairs([shapely.box(0, 0, 100, 100), shapely.box(106, 0, 200, 100)]) == []


@pytest.mark.parametrize("name", ["gap_m", "shortest_m"])
def test_a_length_must_be_one(name):
    with pytest.raises(ParameterError, match=name):
        pairs([shapely.box(0, 0, 1, 1)], **{name: 0})


def test_the_people_of_a_units_bricks_are_its_people():
    planning = small()
    for unit in planning.units.index:
        assert bricks_of_unit(planning, unit)["population"].sum() == pytest.approx(planning.units["population"][unit])


def test_what_would_go_along_is_what_moves():
    """A brick cut in two by a line: its people elsewhere move with it, a strip stays."""
    planning = small()
    one = planning.bricks["unit"].iloc[0]
    other = next(code for code in planning.units.index if code != one)
    row = planning.bricks.iloc[0]
    cut = pd.DataFrame([row, row]).assign(
        brick="cut", unit=[one, other], population=[60.0, 40.0], cut_population=[60.0, 40.0]
    )
    strip = pd.DataFrame([row, row]).assign(
        brick="strip", unit=[one, other], population=[99.0, 1.0], cut_population=[99.0, 1.0]
    )
    cut["area_m2"], strip["area_m2"] = cut["population"], strip["population"]
    made = replace(planning, bricks=pd.concat([planning.bricks, cut, strip], ignore_index=True))
    found = bricks_of_unit(made, one)
    assert found.loc["cut", ["population", "population_elsewhere", "cut_population"]].tolist() == [60.0, 40.0, 60.0]
    assert found.loc["strip", ["population", "population_elsewhere"]].tolist() == [99.0, 0.0]
    assert "strip" not in bricks_of_unit(made, other).index
    third = next(code for code in planning.units.index if code not in {one, other})
    scored = score(made, parse({"move": [{"bricks": ["cut", "strip"], "to": third}]}))
    told = found.loc[["cut", "strip"]]
    assert scored.compared.moved == pytest.approx(told["population"].sum() + told["population_elsewhere"].sum())


def test_a_unit_that_is_not_there_is_said():
    with pytest.raises(NotFoundError, match="no unit 'nowhere'"):
        bricks_of_unit(small(), "nowhere")
