import pandas as pd
import pytest
import shapely

from crimemap.areas.bricks import sum_bricks
from crimemap.areas.build import dissolve_by_parent
from crimemap.areas.check import check_nesting, check_set
from crimemap.errors import EmptyInputError, InputError
from tests.areas.made import frame_of, square


def lookup(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["child_code", "parent_code", "parent_name"], dtype="str")


def test_areas_of_one_parent_become_one_and_na_is_a_parent():
    frame = frame_of([square(0, 0), square(1, 0), square(2, 0)], ["a", "b", "c"])
    built = dissolve_by_parent(frame, lookup(("a", "NA", "North"), ("b", "NA", "North"), ("c", "EA", "")), where="x.csv")
    assert built.frame.index.tolist() == ["EA", "NA"]
    assert built.frame["area_name"].tolist() == ["EA", "North"]
    assert built.frame["area_m2"].tolist() == [1e6, 2e6]
    assert built.frame.geometry.loc["NA"].equals(shapely.box(400_000, 250_000, 402_000, 251_000))
    assert built.clean


def test_what_does_not_match_is_said_both_ways():
    frame = frame_of([square(0, 0), square(1, 0)], ["a", "b"])
    built = dissolve_by_parent(frame, lookup(("a", "P", ""), ("z", "P", ""), ("y", "Q", "")), where="x.csv")
    assert built.only_in_lookup == ("y", "z")
    assert built.only_in_set == ("b",)
    assert built.incomplete == ("P",)
    assert built.frame.index.tolist() == ["P"]


def test_a_child_of_several_parents_cannot_be_dissolved():
    frame = frame_of([square(0, 0)], ["a"])
    with pytest.raises(InputError, match=r"1 areas have several parents \(a\)"):
        dissolve_by_parent(frame, lookup(("a", "P", ""), ("a", "Q", "")), where="x.csv")


def test_a_lookup_of_other_areas_is_refused():
    with pytest.raises(EmptyInputError, match="none of the 1 codes of the lookup is in the set"):
        dissolve_by_parent(frame_of([square(0, 0)], ["a"]), lookup(("z", "P", "")), where="x.csv")


def test_a_set_with_an_overlap_is_dissolved_all_the_same_and_said_not_to_be_clean():
    frame = frame_of([square(0, 0), square(0.9, 0)], ["a", "b"])
    built = dissolve_by_parent(frame, lookup(("a", "P", ""), ("b", "P", "")), where="x.csv")
    assert not built.clean
    assert built.frame["area_m2"].tolist() == pytest.approx([1.9e6])


def test_a_clean_set_has_no_findings():
    found = check_set(frame_of([square(x, y) for x in range(3) for y in range(3)]))
    assert (found.clean, found.invalid, found.overlaps, found.gaps.sizes_m2) == (True, (), (), ())


def test_overlaps_are_found_in_square_metres_largest_first():
    frame = frame_of([square(0, 0), square(0.9, 0), square(5, 5), square(5, 5.5), square(9, 9)], list("abcde"))
    found = check_set(frame)
    assert not found.clean
    assert [(one.first, one.second, one.overlap_m2) for one in found.overlaps] == [
        ("c", "d", 500_000.0),
        ("a", "b", 100_000.0),
    ]


def test_enclosed_gaps_are_found_in_square_metres():
    around = [square(x, y) for x in range(3) for y in range(3) if (x, y) != (1, 1)]
    found = check_set(frame_of(around))
    assert found.gaps.sizes_m2 == (1e6,)
    assert found.overlaps == ()


def test_an_overlapping_set_can_have_gaps_too():
    around = [square(x, y) for x in range(3) for y in range(3) if (x, y) != (1, 1)]
    found = check_set(frame_of([*around, square(2.5, 2.5)]))
    assert found.gaps.sizes_m2 == (1e6,)
    assert sum(one.overlap_m2 for one in found.overlaps) == pytest.approx(250_000.0)


def test_nesting_names_the_parent_with_most_and_what_lies_outside_it():
    children = frame_of([square(0, 0), square(1.75, 0), square(9, 9)], list("abc"))
    parents = frame_of([square(0, 0, 2000), square(2, 0, 2000)], ["P", "Q"])
    inside, across, nowhere = check_nesting(children, parents)
    assert (inside.parent_code, inside.share, inside.nested) == ("P", 1.0, True)
    assert (across.parent_code, across.share, across.nested) == ("Q", 0.75, False)
    assert across.outside_m2 == 250_000.0
    assert (nowhere.parent_code, nowhere.share, nowhere.nested, nowhere.outside_m2) == (None, 0.0, False, 1e6)


def test_a_digitising_sliver_does_not_stop_an_area_from_nesting():
    child = shapely.box(400_000, 250_000, 401_000.5, 251_000)
    (found,) = check_nesting(frame_of([child], ["a"]), frame_of([square(0, 0)], ["P"]))
    assert found.nested
    assert found.outside_m2 == 500.0


def test_people_are_summed_by_the_middle_of_their_brick_and_the_cut_is_stated():
    bricks = frame_of([square(0, 0), square(1, 0), square(2.75, 0), square(9, 9)], list("abcd"))
    areas = frame_of([square(0, 0, 2000), shapely.box(402_000, 250_000, 403_500, 252_000), square(5, 5)], ["P", "Q", "R"])
    people = pd.Series({"a": 100.0, "b": 50.0, "c": 200.0, "d": 7.0}, name="population")
    found = sum_bricks(areas, bricks, people)
    assert found.by_area.to_dict() == {"P": 150.0, "Q": 200.0, "R": 0.0}
    assert found.unplaced == 7.0
    assert found.cut_share == pytest.approx(0.25 * 200 / 350)


def test_bricks_without_a_number_count_nothing():
    found = sum_bricks(frame_of([square(0, 0)], ["P"]), frame_of([square(0, 0)], ["a"]), pd.Series({"z": 3.0}))
    assert found.by_area.to_dict() == {"P": 0.0}
    assert (found.cut_share, found.unplaced) == (0.0, 0.0)
