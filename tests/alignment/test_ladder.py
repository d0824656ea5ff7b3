"""The ladder on a country of squares, where every answer is known by construction."""

import geopandas as gpd
import pytest
import shapely

from crimemap.alignment.ladder import ladder
from crimemap.alignment.overlap import overlap

X, Y = 500_000, 200_000


def _set(**boxes):
    shapes = [shapely.box(X + w * 1000, Y, X + e * 1000, Y + 10_000) for w, e in boxes.values()]
    return gpd.GeoDataFrame(index=list(boxes), geometry=shapes, crs=27700)


CSP = _set(P=(0, 10), Q=(10, 20), R=(20, 30))
SETS = {
    "lad": _set(a=(0, 5), b=(5, 10), c=(10, 20), d=(20, 30)),
    "county": _set(north=(0, 20), south=(20, 30)),
    "bcu": _set(U=(0, 13), V=(13, 20)),
    "pfa": _set(F=(0, 20), G=(20, 30)),
}
BRICKS = _set(**{f"k{i}": (i, i + 1) for i in range(30)}).assign(population=100.0)


@pytest.fixture(scope="module")
def found():
    return ladder({rung: overlap(CSP, frame, bricks=BRICKS) for rung, frame in SETS.items()})


def test_a_partnership_of_several_whole_districts_agrees_with_them(found):
    row = found.rows.loc["P"]
    assert (row["lad_codes"], row["lad_class"], row["lad_agrees"], row["lad_outside"]) == (["a", "b"], "split", True, 0.0)


def test_a_partnership_that_a_command_unit_cuts_does_not_agree_and_its_people_outside_are_counted(found):
    row = found.rows.loc["Q"]
    assert (row["bcu"], row["bcu_codes"], row["bcu_agrees"], row["bcu_outside"]) == ("V", ["V", "U"], False, 300.0)
    assert (found.rows.loc["P", "bcu_agrees"], found.rows.loc["P", "bcu_class"]) == (True, "nested")


def test_a_partnership_without_command_units_is_not_covered_which_is_no_misfit(found):
    row = found.rows.loc["R"]
    assert row[["bcu", "bcu_agrees"]].isna().all()
    assert row["bcu_class"] == "not covered"
    assert found.summary.loc["all", "bcu_covered"] == 2
    assert found.summary.loc["G", "bcu_covered"] == 0


def test_the_summary_says_it_for_each_force_and_for_the_country(found):
    whole = found.summary.loc["all"]
    names = ["csps", "population", "lad_agree", "lad_several", "county_agree", "bcu_agree", "bcu_outside", "bcu_fitting"]
    assert whole[names].tolist() == [3, 3000.0, 3, 1, 3, 1, 300.0, 1000.0]
    assert found.summary.loc["F", ["csps", "bcus", "bcus_coterminous", "bcus_of_whole_csps"]].tolist() == [2, 2, 0, 0]


def test_the_areas_of_a_rung_say_which_partnerships_they_hold(found):
    units = found.areas["bcu"]
    assert units["csp_codes"].to_dict() == {"U": ["P", "Q"], "V": ["Q"]}
    assert units["outside"].to_dict() == {"U": 300.0, "V": 0.0}
    assert units["pfa"].tolist() == ["F", "F"]


def test_a_district_that_holds_several_partnerships_is_no_agreement():
    found = ladder({"lad": overlap(CSP, _set(wide=(0, 20), d=(20, 30)))})
    assert found.rows["lad_agrees"].tolist() == [False, False, True]
    assert found.weight == "area_m2"
    assert found.rows["lad_outside"].tolist() == pytest.approx([1e8, 1e8, 0])
