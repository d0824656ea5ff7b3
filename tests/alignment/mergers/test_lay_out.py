"""Sets and bricks laid over one another: who lives where, what is not covered, and what is drawing."""

import numpy as np
import pandas as pd
import pytest
import shapely

from crimemap.alignment.mergers.lay_out import Counted, lay_out
from crimemap.alignment.mergers.whereabouts import Around
from crimemap.errors import CrsError, EmptyInputError, InputError
from tests.alignment.mergers.made import DISTRICTS, TARGETS, UNITS, boxes, grid_of_bricks, small


def test_units_know_their_people_force_county_and_districts():
    units = small().units
    assert units["population"].tolist() == [400, 400, 400, 400]
    assert units["households"].tolist() == [200, 200, 200, 200]
    assert units["force"].tolist() == ["E23000001"] * 3 + ["W15000001"]
    assert units["county"].tolist() == ["E10000001", "E10000001", None, None]
    assert units["districts"].tolist() == [("E07000001",), ("E07000002",), ("E06000003", "E06000004"), ("W06000005",)]
    assert units["country"].tolist() == ["E", "E", "E", "E"]
    assert units["unitary"].tolist() == [False, False, True, True]
    assert units["incidents"].isna().all()


def test_what_is_not_known_is_not_made_up():
    planning = small(around=False)
    assert planning.districts is None
    assert planning.units[["force", "county", "unitary"]].isna().all(axis=None)
    assert planning.units["districts"].tolist() == [()] * 4


def test_districts_are_their_own_local_government_areas():
    planning = small(unit_type="lad", units=boxes({code.replace("E22", "E07"): box for code, box in UNITS.items()}))
    assert planning.units["districts"].tolist() == [(code,) for code in planning.units.index]
    assert planning.districts["county"].tolist() == ["E10000001", "E10000001", None, None]


def test_a_brick_that_a_line_cuts_is_divided_by_area_and_counted_as_uncertain():
    moved = {**UNITS, "E22000001": (0, 0, 2.5, 2), "E22000002": (2.5, 0, 4, 2)}
    planning = small(units=boxes(moved))
    assert planning.units["population"].tolist() == pytest.approx([500, 300, 400, 400])
    assert planning.bricks["cut_population"].sum() == pytest.approx(200)
    assert planning.bricks["population"].sum() == pytest.approx(1600)


def test_people_whom_no_target_covers_are_told_and_are_no_misfit():
    planning = small(targets=boxes({code: box for code, box in TARGETS.items() if code != "W"}))
    assert planning.fit.residents.sum() == 1000
    assert planning.bricks["target"].isna().sum() == 6
    assert any("600 people of csp-2017 live where bcu-2017 has no area" in note for note in planning.notes)


def test_people_of_targets_outside_every_unit_are_told_and_in_no_count():
    planning = small(units=boxes({code: box for code, box in UNITS.items() if code != "E22000004"}))
    assert planning.targets["population"].to_dict() == {"X": 800, "Z": 200, "W": 200}
    assert any("400 people of bcu-2017 live where csp-2017 has no area" in note for note in planning.notes)


def test_a_unit_without_bricks_has_unknown_people_not_none():
    bricks = grid_of_bricks(8, 2)
    planning = small(bricks=bricks[bricks.geometry.centroid.x < 406_000])
    assert np.isnan(planning.units.loc["E22000004", "population"])
    assert any("their people are not known" in note for note in planning.notes)
    numbered = grid_of_bricks(8, 2)
    numbered.loc[numbered.geometry.centroid.x > 406_000, "population"] = np.nan
    assert np.isnan(small(bricks=numbered).units.loc["E22000004", "population"])


def test_an_empty_moor_has_nobody_which_is_known():
    people = [0.0 if c >= 6 else 100.0 for _ in range(2) for c in range(8)]
    assert small(bricks=grid_of_bricks(8, 2, people=people)).units["population"].tolist() == [400, 400, 400, 0]


def test_two_drawings_of_one_line_are_slivers_and_no_misfit():
    drawn = {"X": (0, 0, 4.01, 2), "Z": (4.01, 0, 5, 2), "W": (5, 0, 8, 2)}
    planning = small(targets=boxes(drawn))
    slivers = planning.bricks[planning.bricks["sliver"]]
    assert slivers["population"].sum() == pytest.approx(2)
    assert set(zip(slivers["unit"], slivers["target"], strict=True)) == {("E22000003", "X")}
    assert planning.fit.residents[2].tolist() == pytest.approx([0, 198, 200])


def test_incidents_stay_with_their_brick_or_else_with_their_unit():
    counts = pd.DataFrame(
        {
            "unit": ["E22000001", "E22000001", "E22000002", "E22000004"],
            "brick": ["b00", None, "b07", "b06"],
            "incidents": [5, 2, 3, 9],
        }
    )
    given = Counted(counts=counts, units=frozenset(["E22000001", "E22000002", "E22000003"]))
    planning = small(incidents=given)
    assert planning.units["incidents"].tolist()[:3] == [7, 3, 0]
    assert np.isnan(planning.units.loc["E22000004", "incidents"]), "its force has no data: that is no count, not 0"
    of_brick = planning.bricks.set_index("brick")["incidents"]
    assert of_brick["b00"] == 5
    lost = planning.bricks[planning.bricks["brick"].isna()]
    assert lost.set_index("unit")["incidents"].to_dict() == {"E22000001": 2, "E22000002": 3}
    assert planning.bricks["population"].sum() == 1600


def test_sets_that_cannot_be_laid_over_one_another_are_refused():
    with pytest.raises(CrsError):
        small(targets=boxes(TARGETS).to_crs(4326))
    far = boxes(UNITS)
    with pytest.raises(EmptyInputError, match="none of 16 bricks lies in any"):
        small(units=far.set_geometry(far.geometry.translate(100_000, 0)), around=False)
    double = boxes(TARGETS)
    double.index = ["X", "X", "W"]
    with pytest.raises(InputError, match="come more than once"):
        small(targets=double)
    with pytest.raises(EmptyInputError, match="no polygon"):
        small(targets=boxes(TARGETS).iloc[:0])


def test_a_hole_in_a_target_is_where_nobody_is_covered():
    cheese = boxes(TARGETS)
    cheese.loc["X", "geometry"] = shapely.difference(cheese.geometry["X"], shapely.box(401_000, 400_000, 402_000, 401_000))
    planning = small(targets=cheese)
    assert planning.bricks.loc[planning.bricks["target"].isna(), "population"].sum() == pytest.approx(100)


@pytest.mark.parametrize(
    ("width_km", "people", "forces"),
    [
        (0.06, 100, ("E23000001", "W15000001")),
        (0.06, 0, ("E23000001",)),
        (0.02, 100, ("E23000001",)),
        (0.2, 0, ("E23000001", "W15000001")),
    ],
    ids=["somebody lives there", "nobody lives there", "a sliver", "a twentieth of its land"],
)
def test_any_part_of_a_police_area_in_a_district_makes_it_a_party_if_somebody_lives_there(width_km, people, forces):
    cut = 6 - width_km
    districts = {**{code: box for code, box in DISTRICTS.items() if code != "E06000004"}, "E06000003": (4, 0, 6, 2)}
    planning = lay_out(
        boxes(UNITS),
        boxes(TARGETS),
        grid_of_bricks(8, 2, people=people),
        around=Around(
            districts=boxes(districts),
            forces=boxes({"E23000001": (0, 0, cut, 2), "W15000001": (cut, 0, 20, 2)}),
        ),
        unit_type="csp",
        target_type="bcu",
        unit_set="csp-2017",
        target_set="bcu-2017",
    )
    assert planning.districts.loc["E06000003", "forces"] == forces
