import numpy as np
import pytest
from sklearn.cluster import DBSCAN

from crimemap.analysis.clusters.nearest_neighbour import nearest_neighbour_hierarchical
from crimemap.analysis.clusters.point_clusters import dbscan, hdbscan, st_dbscan
from crimemap.errors import EmptyInputError, InputError, ParameterError


def _cloud(seed=1, noise=200):
    """Three dense groups of 60, 40 and 25 points 4 km apart, and noise over 20 km by 20 km."""
    rng = np.random.default_rng(seed)
    groups = [rng.normal(centre, 60, (n, 2)) for centre, n in (((5e3, 5e3), 60), ((9e3, 9e3), 40), ((15e3, 6e3), 25))]
    return np.concatenate([*groups, rng.uniform(1e3, 21e3, (noise, 2))]).T


def _same(a, b):
    """Whether two labellings are the same partition, noise included."""
    pairs = set(zip(a.tolist(), b.tolist(), strict=True))
    return len(pairs) == len({x for x, _ in pairs}) == len({y for _, y in pairs}) and all(
        (x < 0) == (y < 0) for x, y in pairs
    )


def test_dense_groups_are_found_the_largest_first_and_noise_is_noise():
    x, y = _cloud()
    for found in (
        dbscan(x, y, reach_m=100, fewest=8),
        hdbscan(x, y, fewest=15),
        nearest_neighbour_hierarchical(x, y, area_m2=4e8, fewest=15, significance=0.001),
    ):
        biggest = found.label[:60]
        assert (biggest == 0).mean() > 0.8
        assert (found.label[60:100] == 1).mean() > 0.8
        assert (found.label[125:] >= 0).mean() < 0.2
        assert (np.diff(found.incidents) <= 0).all()
        assert found.incidents.sum() == (found.label >= 0).sum()


def test_a_place_with_several_incidents_counts_as_many_points():
    x, y = _cloud()
    number = np.random.default_rng(2).integers(1, 4, x.size)
    for cluster in (
        lambda *at, **how: dbscan(*at, reach_m=100, fewest=15, **how),
        lambda *at, **how: hdbscan(*at, fewest=25, **how),
        lambda *at, **how: nearest_neighbour_hierarchical(*at, area_m2=4e8, fewest=25, significance=0.001, **how),
    ):
        once = cluster(x, y, incidents=number)
        repeated = cluster(np.repeat(x, number), np.repeat(y, number))
        assert _same(np.repeat(once.label, number), repeated.label)
        assert once.incidents.tolist() == repeated.incidents.tolist()


def test_with_all_the_time_in_the_world_st_dbscan_is_dbscan():
    x, y = _cloud()
    found = st_dbscan(x, y, np.zeros(x.size), reach_m=100, reach_days=1e9, fewest=8)
    expected = DBSCAN(eps=100, min_samples=8).fit(np.column_stack([x, y]))
    core = np.zeros(x.size, dtype=bool)
    core[expected.core_sample_indices_] = True
    assert _same(found.label[core], expected.labels_[core])
    assert ((found.label < 0) == (expected.labels_ < 0)).all()


def test_groups_at_one_place_in_two_seasons_are_two():
    rng = np.random.default_rng(3)
    x, y = rng.normal(5e3, 40, (2, 60))
    day = np.where(np.arange(60) < 35, rng.uniform(0, 10, 60), rng.uniform(200, 210, 60))
    found = st_dbscan(x, y, day, reach_m=150, reach_days=5, fewest=5)
    assert found.incidents.tolist() == [35, 25]
    assert dbscan(x, y, reach_m=150, fewest=5).incidents.tolist() == [60]


def test_st_dbscan_neighbours_are_those_of_the_definition():
    rng = np.random.default_rng(4)
    x, y, day = rng.uniform(1e3, 2e3, 150), rng.uniform(1e3, 2e3, 150), rng.uniform(0, 100, 150)
    near = np.hypot(np.subtract.outer(x, x), np.subtract.outer(y, y)) <= 120
    near &= np.abs(np.subtract.outer(day, day)) <= 20
    core = near.sum(axis=1) >= 4
    found = st_dbscan(x, y, day, reach_m=120, reach_days=20, fewest=4)
    assert ((found.label >= 0) == (near[:, core].any(axis=1))).all()
    joined = np.argwhere(near & core[:, None] & core[None, :])
    assert (found.label[joined[:, 0]] == found.label[joined[:, 1]]).all()


def test_clusters_of_clusters_are_found_where_there_are_some():
    rng = np.random.default_rng(5)
    towns = np.array([(5e3, 5e3), (35e3, 35e3)])
    spots = np.concatenate([town + rng.uniform(-1500, 1500, (8, 2)) for town in towns])
    x, y = np.concatenate([rng.normal(spot, 15, (20, 2)) for spot in spots]).T
    found = nearest_neighbour_hierarchical(x, y, area_m2=1.6e9, fewest=10, reach_m=60)
    assert len(found) == 16
    assert found.incidents.tolist() == [20] * 16
    assert len(found.above) >= 1
    top = found.above[0]
    west = top[: x.size // 2]
    assert np.unique(west[west >= 0]).size == 1
    assert np.intersect1d(west[west >= 0], top[x.size // 2 :]).size == 0


def test_points_at_random_rarely_make_clusters_of_a_demanding_size():
    rng = np.random.default_rng(6)
    found = [
        len(nearest_neighbour_hierarchical(*rng.uniform(1e3, 11e3, (2, 400)), area_m2=1e8, fewest=6, significance=0.01))
        for _ in range(20)
    ]
    assert np.mean(found) < 0.5


def test_all_at_one_place_are_one_cluster_and_all_in_a_line_are_clustered_along_it():
    same = np.full(30, 5000.0)
    assert dbscan(same, same, reach_m=1, fewest=5).incidents.tolist() == [30]
    assert hdbscan(same, same, fewest=5).label.max() <= 0
    line = 1000 + np.arange(50) * 10.0
    assert dbscan(line, np.full(50, 1000.0), reach_m=10.5, fewest=3).incidents.tolist() == [50]


def test_no_cluster_is_an_answer():
    x, y = np.arange(20) * 1000.0, np.full(20, 1000.0)
    found = dbscan(x, y, reach_m=10, fewest=3)
    assert len(found) == 0
    assert (found.label == -1).all()


@pytest.mark.parametrize(
    ("work", "error", "said"),
    [
        (lambda: dbscan([1e3, 2e3], [1e3, 2e3], reach_m=10, fewest=2), EmptyInputError, "2 incidents cannot cluster"),
        (lambda: dbscan([0.1] * 5, [51.0] * 5, reach_m=10, fewest=2), InputError, "degrees"),
        (lambda: dbscan([np.nan] * 5, [1e3] * 5, reach_m=10, fewest=2), InputError, "not finite"),
        (lambda: dbscan([1e3] * 5, [1e3] * 5, reach_m=0, fewest=2), ParameterError, "not a length"),
        (lambda: dbscan([1e3] * 5, [1e3] * 5, reach_m=5, fewest=1), ParameterError, "no cluster"),
        (lambda: dbscan([1e3] * 5, [1e3] * 5, reach_m=5, fewest=2, incidents=[0] * 5), InputError, "below 1"),
        (lambda: dbscan([1e3] * 8000, [1e3] * 8000, reach_m=5, fewest=2), ParameterError, "64,000,000 pairs"),
        (lambda: hdbscan([1e3] * 5, [1e3] * 5, fewest=6), ParameterError, "6 of 5 incidents"),
        (
            lambda: st_dbscan([1e3] * 5, [1e3] * 5, [1.0] * 4, reach_m=5, reach_days=1, fewest=2),
            InputError,
            "another number",
        ),
        (
            lambda: st_dbscan([1e3] * 5, [1e3] * 5, [1.0] * 5, reach_m=5, reach_days=0, fewest=2),
            ParameterError,
            "not a length",
        ),
        (
            lambda: nearest_neighbour_hierarchical([1e3] * 5, [1e3] * 5, area_m2=1e6, significance=0.5),
            ParameterError,
            "not a significance",
        ),
        (
            lambda: nearest_neighbour_hierarchical([1e3] * 5, [1e3] * 5, area_m2=1e6, significance=0.000001),
            ParameterError,
            "too few for a significance",
        ),
    ],
)
def test_what_cannot_be_clustered_is_refused_with_the_reason(work, error, said):
    with pytest.raises(error, match=said):
        work()
