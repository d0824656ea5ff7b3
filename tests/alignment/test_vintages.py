import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from crimemap.alignment.overlap import overlap
from crimemap.alignment.vintages import carried_over, changes
from crimemap.errors import InputError

X, Y = 500_000, 200_000


def _set(**boxes):
    shapes = [shapely.box(X + w * 1000, Y, X + e * 1000, Y + 10_000) for w, e in boxes.values()]
    return gpd.GeoDataFrame(index=list(boxes), geometry=shapes, crs=27700)


BRICKS = _set(**{f"k{i}": (i, i + 1) for i in range(60)}).assign(population=100.0)


def _changes(old, new, names=None):
    found = overlap(old, new, bricks=BRICKS)
    named = {code: code for code in (*old.index, *new.index)}
    old_names, new_names = pd.Series(named), pd.Series(named | (names or {}))
    told = changes(found, old_names=old_names, new_names=new_names)
    columns = ["kind", "old_codes", "new_codes", "population"]
    return [tuple(row) for row in told.events[columns].to_numpy().tolist()], told.unchanged


def test_a_set_against_itself_has_no_change():
    assert _changes(_set(A=(0, 10), B=(10, 20)), _set(A=(0, 10), B=(10, 20))) == ([], ("A", "B"))


def test_another_drawing_of_the_same_line_is_no_change():
    assert _changes(_set(A=(0, 10), B=(10, 20)), _set(A=(0, 10.01), B=(10.01, 20))) == ([], ("A", "B"))


def test_another_code_and_another_name_are_told_apart():
    old, new = _set(A=(0, 10), B=(10, 20)), _set(A=(0, 10), C=(10, 20))
    assert _changes(old, new, {"A": "Alder", "C": "B"}) == (
        [("recoded", ["B"], ["C"], 1000.0), ("renamed", ["A"], ["A"], 1000.0)],
        (),
    )


def test_mergers_splits_and_reorganisations_are_told_with_the_people_in_them():
    old = _set(A=(0, 5), B=(5, 10), C=(10, 20), D=(20, 29), E=(29, 40))
    new = _set(X=(0, 10), P=(10, 14), Q=(14, 20), D=(20, 29), E=(29, 40))
    assert _changes(old, new) == (
        [("merged", ["A", "B"], ["X"], 1000.0), ("split", ["C"], ["P", "Q"], 1000.0)],
        ("D", "E"),
    )
    assert _changes(_set(A=(0, 10), B=(10, 20)), _set(X=(0, 5), Y=(5, 15), Z=(15, 20))) == (
        [("reorganised", ["A", "B"], ["X", "Y", "Z"], 2000.0)],
        (),
    )


def test_an_edge_that_moved_is_told_with_the_people_in_the_strip_and_its_areas_are_not_unchanged():
    events, unchanged = _changes(_set(A=(0, 10), B=(10, 20), C=(20, 30)), _set(A=(0, 12), B=(12, 20), C=(20, 30)))
    assert events == [("moved edge", ["B"], ["A"], 200.0)]
    assert unchanged == ("C",)


def test_what_one_set_does_not_cover_is_gone_or_new():
    events, unchanged = _changes(_set(A=(0, 10), B=(10, 20)), _set(B=(10, 20), C=(20, 30)))
    assert events == [("gone", ["A"], [], 1000.0), ("new", [], ["C"], 1000.0)]
    assert unchanged == ("B",)


class TestCounts:
    def _carried(self, counts, weight="population", new=None):
        found = overlap(_set(A=(0, 10), B=(10, 20)), _set(X=(0, 12), Y=(12, 20)) if new is None else new, bricks=BRICKS)
        return carried_over(found, counts, weight=weight)

    def test_counts_of_a_divided_area_are_divided_as_its_people_and_the_total_stays(self):
        carried = self._carried(pd.DataFrame({"area_code": ["A", "B"], "count": [7.0, 50.0]}))
        assert carried.to_numpy().tolist() == [["X", 17.0, 10.0], ["Y", 40.0, 40.0]]

    def test_an_unknown_count_makes_unknown_what_it_would_have_gone_to(self):
        counts = pd.DataFrame(
            {"area_code": ["A", "B", "A", "B"], "month": ["1", "1", "2", "2"], "count": [np.nan, 50.0, 1.0, 0.0]}
        )
        carried = self._carried(counts).set_index(["month", "area_code"])["count"]
        assert np.isnan(carried["1", "X"])
        assert carried[["1"]].tolist()[1] == 40.0
        assert carried["2"].tolist() == [1.0, 0.0]

    def test_what_lies_in_no_new_area_is_kept_under_no_code(self):
        counts = pd.DataFrame({"area_code": ["A", "B"], "count": [7.0, 50.0]})
        carried = self._carried(counts, new=_set(X=(0, 10), Y=(10, 15)))
        assert carried["count"].tolist() == [7.0, 25.0, 25.0]
        assert carried["area_code"].isna().tolist() == [False, False, True]
        assert self._carried(counts, "area_m2", new=_set(X=(0, 10)))["count"].tolist() == [7.0, 50.0]

    def test_counts_that_cannot_be_are_refused(self):
        with pytest.raises(InputError, match="negative"):
            self._carried(pd.DataFrame({"area_code": ["A"], "count": [-1.0]}))
        with pytest.raises(InputError, match="1 of 2 rows have codes that are not in the old set"):
            self._carried(pd.DataFrame({"area_code": ["A", "Z"], "count": [1.0, 1.0]}))
