"""An area that was drawn is looked at as an area of a set of the same shape is."""

import numpy as np
import pytest
import shapely

from crimemap.analysis.grids.cells import parse_cells
from crimemap.areas.store import AreaStore
from crimemap.crs import to_wgs84
from crimemap.errors import GeometryError, ParameterError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.cell_counts import count_cells
from crimemap.jobs.drawn_area import MOST_CORNERS, drawn_polygon, drawn_text
from crimemap.jobs.registry import run
from crimemap.jobs.selection import Selection, choose
from crimemap.jobs.study_area import named_area
from tests.jobs.made import WEST_FORCE

NAMED = "csp-2017:E22000009"


@pytest.fixture(scope="module")
def drawn(made) -> str:
    shape = named_area(AreaStore(made), NAMED).geometry
    x, y = shapely.get_coordinates(shape).T
    return drawn_text(zip(*to_wgs84(x, y), strict=True))


def test_a_drawn_shape_is_the_shape_of_the_set_to_a_tenth_of_a_metre(made, drawn):
    shape = named_area(AreaStore(made), NAMED).geometry
    again = named_area(AreaStore(made), drawn)
    assert (again.set_id, again.area_code) == (None, None)
    assert shapely.hausdorff_distance(again.geometry, shape) < 0.2


@pytest.mark.parametrize(
    ("process", "inputs"),
    [
        ("hotspots", {"resolution": 10, "backtest": False}),
        ("kde", {"bandwidth": 300, "backtest": False}),
        ("concentration", {}),
        ("clusters", {}),
    ],
)
def test_results_of_a_drawn_area_count_what_those_of_the_set_count(made, drawn, process, inputs):
    of_set, of_drawn = (run(process, made, {**inputs, "area": area}).to_json() for area in (NAMED, drawn))
    assert of_drawn["incidents"] == of_set["incidents"]
    assert of_drawn["study_area"]["how"] == "an area that was drawn"


@pytest.mark.parametrize("kind", ["h3:9", "250m"])
def test_files_are_counted_within_what_was_drawn_and_the_rest_is_elsewhere(made, drawn, kind):
    with IncidentStore(made).connect() as con:
        chosen = choose(con, Selection(force=WEST_FORCE))
    areas = AreaStore(made)
    of_set, of_drawn = (
        count_cells(made, chosen, parse_cells(kind), inside=named_area(areas, area)) for area in (NAMED, drawn)
    )
    for name in ("cell", "month", "incidents"):
        np.testing.assert_array_equal(getattr(of_drawn, name), getattr(of_set, name))
    assert of_drawn.elsewhere == of_set.elsewhere > 0
    assert of_drawn.without_position == of_set.without_position
    assert of_drawn.selected == of_set.selected


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("drawn:", ParameterError, "corners"),
        ("drawn:1,2;3,4", ParameterError, "this one 2"),
        ("drawn:" + ";".join(["-1.1,52.6"] * (MOST_CORNERS + 1)), ParameterError, "corners"),
        ("drawn:-1.1,52.6;-1.2,north;-1.2,52.7", ParameterError, "two numbers"),
        ("drawn:-1.1,52.6;-1.2,nan;-1.2,52.7", ParameterError, "two numbers"),
        ("drawn:52.6,-1.1;52.7,-1.1;52.7,-1.2", GeometryError, "Great Britain"),
        ("drawn:-1.1,52.6;-1.2,52.7;-1.1,52.7;-1.2,52.6", GeometryError, "crosses itself"),
        ("drawn:-1.1,52.6;-1.1,52.6;-1.1,52.6", GeometryError, "encloses nothing"),
    ],
)
def test_what_is_no_area_is_refused(text, kind, said):
    with pytest.raises(kind, match=said):
        drawn_polygon(text)
