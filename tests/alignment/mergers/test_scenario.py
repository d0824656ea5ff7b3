import pandas as pd
import pytest

from crimemap.alignment.mergers.before_after import compare_units
from crimemap.alignment.mergers.scenario import apply_scenario, parse, parse_toml
from crimemap.errors import InputError, NotFoundError, UnreadableFileError

BRICKS = pd.DataFrame(
    {
        "unit": ["A", "A", "A", "B", "B", "C"],
        "district": ["a1", "a1", "a2", "b", "b", "c"],
        "population": [10, 20, 30, 40, 50, 60],
        "households": [5, 10, 15, 20, 25, 30],
        "bcu": ["X", "X", "Y", "Y", "Y", "Z"],
    },
    index=["b1", "b2", "b3", "b4", "b5", "b6"],
)


def after(text):
    return apply_scenario(parse_toml(text), BRICKS).tolist()


def test_merged_units_become_one_under_a_new_code():
    assert after('[[merge]]\nunits = ["A", "B"]\ncode = "AB"') == ["AB"] * 5 + ["C"]


def test_a_merger_may_keep_the_code_of_a_member():
    assert after('[[merge]]\nunits = ["A", "B"]\ncode = "A"') == ["A"] * 5 + ["C"]


def test_a_unit_is_split_by_bricks_or_by_district_and_the_rest_stays():
    assert after('[[split]]\nunit = "A"\ninto = [{code = "A2", bricks = ["b3"]}]') == ["A", "A", "A2", "B", "B", "C"]
    assert after('[[split]]\nunit = "A"\ninto = [{code = "A1", districts = ["a1"]}]') == ["A1", "A1", "A", "B", "B", "C"]


def test_bricks_move_to_another_unit():
    assert after('[[move]]\nbricks = ["b3"]\nto = "B"') == ["A", "A", "B", "B", "B", "C"]


def test_splits_come_before_moves_before_mergers():
    text = """
    merge = [{units = ["A2", "C"], code = "N"}]
    move = [{bricks = ["b5"], to = "A2"}]
    split = [{unit = "A", into = [{code = "A2", bricks = ["b3"]}]}]
    """
    assert after(text) == ["A", "A", "N", "B", "N", "N"]


def test_the_bricks_given_are_not_changed():
    before = BRICKS.copy()
    after('[[merge]]\nunits = ["A", "B"]')
    pd.testing.assert_frame_equal(BRICKS, before)


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ('[[merge]]\nunits = ["A", "Q"]', NotFoundError, "merge 1: no unit 'Q'"),
        ('[[merge]]\nunits = ["A", "A"]', InputError, "unit A is named twice"),
        ('[[merge]]\nunits = ["A", "B"]\n[[merge]]\nunits = ["B", "C"]', InputError, "unit B is named twice"),
        ('[[merge]]\nunits = ["A"]', InputError, "not a list of 2 or more codes"),
        ('[[merge]]\nunits = ["A", "B"]\ncode = "C"', InputError, "new code C is that of a unit"),
        ('[[merge]]\nunits = ["A", "B"]\nunit = "C"', InputError, "no such key: 'unit'"),
        ('[[merge]]\nunits = "AB"', InputError, "not a list"),
        ('[[move]]\nbricks = ["b1"]\nto = "Q"', NotFoundError, "no unit 'Q'"),
        ('[[move]]\nbricks = ["zz", "yy"]\nto = "B"', NotFoundError, "no brick 'zz', nor 1 more"),
        ('[[move]]\nbricks = ["b1"]', InputError, "to is missing"),
        ('[[move]]\nbricks = ["b1"]\nto = "B"\n[[move]]\nbricks = ["b1"]\nto = "C"', InputError, "brick b1 is named twice"),
        ('[[split]]\nunit = "A"\ninto = [{bricks = ["b4"]}]', InputError, "1 bricks of A/1 are not in A"),
        (
            '[[split]]\nunit = "A"\ninto = [{bricks = ["b1"], districts = ["a1"]}, {bricks = ["b2"]}]',
            InputError,
            "in two pieces",
        ),
        ('[[split]]\nunit = "A"\ninto = [{code = "n"}]', InputError, "a piece of nothing"),
        ('[[split]]\nunit = "A"', InputError, "into is not a list"),
        ('[[split]]\nunit = "A"\ninto = [{districts = ["zz"]}]', NotFoundError, "no district 'zz'"),
        ("name = 'nothing'", InputError, "nothing is merged"),
        ("merge = 3", InputError, "not a list of steps"),
        ("[[merge", UnreadableFileError, "not TOML"),
        ("x" * 5_000_000, UnreadableFileError, "too many"),
    ],
)
def test_a_scenario_that_cannot_be_says_what_and_where(text, error, said):
    with pytest.raises(error, match=said):
        after(text)


def test_the_same_is_read_from_nested_lists():
    given = {"name": "North", "merge": [{"units": ["A", "B"], "name": "Both"}]}
    found = parse(given)
    assert (found.name, found.merges[0].name, found.merges[0].code) == ("North", "Both", "A+B")


def test_before_and_after_count_everyone_and_show_what_changes():
    moved = apply_scenario(parse({"move": [{"bricks": ["b3"], "to": "B"}]}), BRICKS)
    found = compare_units(BRICKS["unit"], moved, BRICKS, target="bcu", numbers=["households"])
    assert found.before["misfit"].to_dict() == {"A": 30, "B": 30, "C": 0}
    assert found.after["misfit"].to_dict() == {"A": 0, "B": 0, "C": 0}
    assert found.before["class"].to_dict() == {"A": "many-to-many", "B": "nested", "C": "coterminous"}
    assert set(found.after["class"]) == {"coterminous"}
    assert set(found.before["class_by"]) == {"population"}
    assert found.before["population"].sum() == found.after["population"].sum() == 210
    assert found.after["households"].to_dict() == {"A": 15, "B": 60, "C": 30}
    assert found.changed == ("A", "B")
    assert found.moved == 30
    assert found.summary.loc["misfit"].tolist() == [60, 0, -60]
    assert found.summary.loc["v_measure", "after"] == pytest.approx(1)


def test_a_merger_moves_nobody():
    joined = apply_scenario(parse({"merge": [{"units": ["A", "B"]}]}), BRICKS)
    found = compare_units(BRICKS["unit"], joined, BRICKS, target="bcu")
    assert found.moved == 0
    assert found.changed == ("A", "A+B", "B")


def test_people_whom_no_area_covers_are_told_apart_and_are_no_misfit():
    bricks = BRICKS.assign(bcu=["X", "X", None, "Y", "Y", None])
    found = compare_units(bricks["unit"], bricks["unit"], bricks, target="bcu").before
    assert found["uncovered"].to_dict() == {"A": 30, "B": 0, "C": 60}
    assert found["misfit"].tolist() == [0, 0, 0]
    assert found["class"].to_dict() == {"A": "coterminous", "B": "coterminous", "C": "not covered"}


def test_other_bricks_or_missing_columns_are_refused():
    with pytest.raises(InputError, match="not the same"):
        compare_units(BRICKS["unit"].iloc[1:], BRICKS["unit"], BRICKS, target="bcu")
    with pytest.raises(InputError, match="no column incidents"):
        compare_units(BRICKS["unit"], BRICKS["unit"], BRICKS, target="bcu", numbers=["incidents"])
