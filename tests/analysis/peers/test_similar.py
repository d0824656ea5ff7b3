"""Similar areas: neighbours written out, scales that outliers do not set, and what cannot be compared."""

import numpy as np
import pytest

from crimemap.analysis.peers.similar import FEWEST_AREAS, similar_areas
from crimemap.errors import InputError, ParameterError


def random_features(rng, n):
    return {"people": rng.lognormal(8, 0.5, n), "density": rng.lognormal(6, 1.2, n)}


def test_neighbours_are_those_of_the_distance_written_out():
    rng = np.random.default_rng(3)
    numbers, mix = random_features(rng, 60), rng.poisson(30, (60, 5)) * np.array([1, 2, 4, 1, 3])
    found = similar_areas(numbers, mix, k=7)
    columns = []
    for values in numbers.values():
        x = np.log(values)
        columns.append((x - np.median(x)) / (1.4826 * np.median(np.abs(x - np.median(x)))))
    common = mix.sum(axis=0) / mix.sum()
    roots = np.sqrt((mix + 50 * common) / (mix.sum(axis=1)[:, None] + 50))
    roots -= roots.mean(axis=0)
    points = np.column_stack([*columns, roots / np.sqrt((roots**2).sum(axis=1).mean())])
    for i in range(60):
        far = np.sqrt(((points - points[i]) ** 2).sum(axis=1))
        far[i] = np.inf
        assert found.neighbours[i].tolist() == np.argsort(far)[:7].tolist()
        assert found.distance[i] == pytest.approx(np.sort(far)[:7])


def test_the_mix_weighs_as_much_as_one_number():
    """The mean squared distance between two areas is 2 in the mix, as it is in a number of unit variance."""
    rng = np.random.default_rng(4)
    mix = rng.multinomial(4000, rng.dirichlet([3, 2, 1]), 40)
    flat = {"people": np.full(40, 1000.0)}
    found = similar_areas(flat, mix, k=39)
    assert found.k == 19, "never more than half of the others"
    roots = np.sqrt((mix + 50 * mix.sum(axis=0) / mix.sum()) / 4050)
    apart = ((roots[:, None] - roots[None]) ** 2).sum(axis=2)
    apart *= 2 / (apart.sum() / (40 * 40))
    assert found.distance[0, 0] == pytest.approx(np.sqrt(np.sort(apart[0])[1]))


def test_no_area_is_similar_to_itself_and_the_nearest_come_first():
    found = similar_areas(random_features(np.random.default_rng(5), 50))
    assert found.k == 15
    assert not (found.neighbours == np.arange(50)[:, None]).any()
    assert (np.diff(found.distance, axis=1) >= 0).all()
    assert found.parameters == {"k": 15, "features": ["people", "density"], "compared": 50}


def test_units_and_the_order_of_areas_make_no_difference():
    rng = np.random.default_rng(6)
    numbers = random_features(rng, 40)
    shuffle = rng.permutation(40)
    there = similar_areas(numbers)
    moved = similar_areas({name: 1000 * values[shuffle] for name, values in numbers.items()})
    assert (shuffle[moved.neighbours] == there.neighbours[shuffle]).all()


def test_one_enormous_area_does_not_make_the_others_alike():
    """With the standard deviation as the scale, ten towns beside one city of 1e12 people would hardly differ in people."""
    people = np.array([1e3, 1.1e3, 2e3, 2.2e3, 4e3, 4.4e3, 8e3, 8.8e3, 16e3, 17e3, 1e12])
    density = np.array([100, 120, 101, 121, 400, 480, 404, 484, 50, 60, 100])
    found = similar_areas({"people": people, "density": density}, k=1)
    assert [found.neighbours[i, 0] // 2 for i in (0, 2, 4, 6)] == [0, 1, 2, 3]


@pytest.mark.parametrize("value", [0.0, np.nan, -5.0, np.inf])
def test_an_area_without_a_feature_is_compared_with_none_and_none_with_it(value):
    numbers = random_features(np.random.default_rng(7), 30)
    numbers["people"][4] = value
    found = similar_areas(numbers)
    assert (found.neighbours[4] == -1).all()
    assert not (found.neighbours == 4).any()
    assert found.compared == 29


def test_too_few_areas_have_no_similar_ones():
    few = {"people": np.arange(1.0, FEWEST_AREAS)}
    assert similar_areas(few).k == 0
    assert similar_areas(few).neighbours.shape == (FEWEST_AREAS - 1, 0)
    assert similar_areas({"people": np.arange(1.0, FEWEST_AREAS + 1)}).k == 3


def test_areas_that_are_all_alike_have_the_first_as_neighbours():
    found = similar_areas({"people": np.full(20, 7.0)}, np.zeros((20, 3)), k=3)
    assert found.neighbours[10].tolist() == [0, 1, 2]
    assert (found.distance == 0).all()


def test_odd_input_is_refused_and_left_alone():
    with pytest.raises(InputError, match="no numbers"):
        similar_areas({})
    with pytest.raises(InputError, match="different numbers of areas"):
        similar_areas({"people": [1, 2], "density": [1]})
    with pytest.raises(InputError, match="negative"):
        similar_areas({"people": [1.0, 2.0]}, [[-1], [1]])
    with pytest.raises(ParameterError, match="similar"):
        similar_areas({"people": [1.0]}, k=0)
    numbers = random_features(np.random.default_rng(8), 12)
    kept = {name: values.copy() for name, values in numbers.items()}
    similar_areas(numbers, np.ones((12, 2)))
    assert all((numbers[name] == kept[name]).all() for name in kept)
