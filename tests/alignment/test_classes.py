import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from crimemap.alignment.classes import ClassRule
from crimemap.alignment.overlap import overlap
from crimemap.errors import InputError, ParameterError

X, Y = 500_000, 200_000


def _set(**shapes):
    boxes = [shapely.box(X + w, Y + s, X + e, Y + n) for w, s, e, n in shapes.values()]
    return gpd.GeoDataFrame(index=list(shapes), geometry=boxes, crs=27700)


def _classes(source, target, **given):
    found = overlap(source, target, **given)
    return found.sources["class"].to_dict(), found.targets["class"].to_dict()


def test_two_areas_that_are_one_are_coterminous():
    one = _set(A=(0, 0, 10_000, 10_000))
    assert _classes(one, one.rename({"A": "X"})) == ({"A": "coterminous"}, {"X": "coterminous"})


def test_a_line_drawn_twice_is_coterminous_and_a_village_on_the_other_side_a_minor_difference():
    source = _set(A=(0, 0, 10_000, 10_000), B=(10_000, 0, 20_000, 10_000))
    for metres, expected in ((10, "coterminous"), (200, "minor difference"), (2_000, "many-to-many")):
        target = _set(X=(0, 0, 10_000 + metres, 10_000), Y=(10_000 + metres, 0, 20_000, 10_000))
        assert _classes(source, target)[1]["Y"] == {"many-to-many": "nested"}.get(expected, expected)
        assert _classes(source, target)[0]["B"] == expected


def test_districts_nest_in_a_county_and_the_county_is_split_between_whole_districts():
    districts = _set(A=(0, 0, 5_000, 10_000), B=(5_000, 0, 10_000, 10_000))
    assert _classes(districts, _set(X=(0, 0, 10_000, 10_000))) == ({"A": "nested", "B": "nested"}, {"X": "split"})


def test_areas_that_cross_one_another_are_many_to_many():
    source = _set(A=(0, 0, 10_000, 5_000), B=(0, 5_000, 10_000, 10_000))
    target = _set(X=(0, 0, 5_000, 10_000), Y=(5_000, 0, 10_000, 10_000))
    assert _classes(source, target) == (
        {"A": "many-to-many", "B": "many-to-many"},
        {"X": "many-to-many", "Y": "many-to-many"},
    )


def test_what_the_other_set_does_not_cover_is_no_misfit():
    source = _set(A=(0, 0, 10_000, 10_000), Wales=(-10_000, 0, 0, 10_000))
    assert _classes(source, _set(X=(0, 0, 5_000, 10_000))) == (
        {"A": "coterminous", "Wales": "not covered"},
        {"X": "coterminous"},
    )


def test_the_thresholds_are_the_planners_and_in_the_result():
    source = _set(A=(0, 0, 10_000, 10_000), B=(10_000, 0, 20_000, 10_000))
    target = _set(X=(0, 0, 10_200, 10_000), Y=(10_200, 0, 20_000, 10_000))
    found = overlap(source, target, classes=ClassRule(coterminous=0.97, minor=0.9))
    assert set(found.sources["class"]) == {"coterminous"}
    assert found.parameters["classes"] == {"coterminous": 0.97, "minor": 0.9, "nested": 0.99}


@pytest.mark.parametrize("rule", [{"minor": 0.4}, {"nested": 1.1}, {"minor": 0.99, "coterminous": 0.98}])
def test_thresholds_that_cannot_be_are_refused(rule):
    with pytest.raises(ParameterError):
        ClassRule(**rule)


def test_by_people_an_empty_moor_on_the_other_side_does_not_matter():
    source = _set(A=(0, 0, 10_000, 10_000), B=(10_000, 0, 20_000, 10_000))
    target = _set(X=(0, 0, 15_000, 10_000), Y=(15_000, 0, 20_000, 10_000))
    bricks = _set(a=(0, 0, 10_000, 10_000), moor=(10_000, 0, 15_000, 10_000), b=(15_000, 0, 20_000, 10_000))
    found = overlap(source, target, bricks=bricks.assign(population=[1000, 0, 1000]))
    assert found.sources["class"].tolist() == ["nested", "many-to-many"]
    assert found.sources["class_by_population"].tolist() == ["coterminous", "coterminous"]
    assert found.sources["population_outside"].tolist() == [0.0, 0.0]


def test_the_people_outside_the_best_match_are_counted():
    source, target = _set(A=(0, 0, 10_000, 10_000)), _set(X=(0, 0, 7_000, 10_000), Y=(7_000, 0, 10_000, 10_000))
    bricks = _set(x=(0, 0, 7_000, 10_000), y=(7_000, 0, 10_000, 10_000)).assign(population=[700, 600])
    assert overlap(source, target, bricks=bricks).sources["population_outside"].tolist() == [600.0]


def test_counts_at_points_are_a_measure_of_their_own():
    source, target = _set(A=(0, 0, 10_000, 10_000)), _set(X=(0, 0, 7_000, 10_000), Y=(7_000, 0, 10_000, 10_000))
    points = pd.DataFrame({"source": ["A", "A", "A", None], "target": ["X", "Y", None, None], "incidents": [5, 2, 1, 9]})
    found = overlap(source, target, points=points)
    assert found.pieces["incidents"].tolist() == [5, 2]
    unit = found.sources.loc["A"]
    assert unit[["incidents", "incidents_uncovered", "incidents_outside"]].tolist() == [8, 1, 2]
    assert found.bricks.loc["incidents"].tolist() == [17, 9, 0]
    with pytest.raises(InputError, match="a count is negative"):
        overlap(source, target, points=points.assign(incidents=-1))
    assert np.isclose(found.measures("incidents").nesting, 5 / 7)
