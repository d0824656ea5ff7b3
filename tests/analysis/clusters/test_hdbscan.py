"""HDBSCAN by its definition, beside scikit-learn's, and at a size that pairs would not allow."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist
from sklearn.cluster import HDBSCAN
from sklearn.metrics import adjusted_rand_score

from crimemap.analysis.clusters import box_tree as trees
from crimemap.analysis.clusters.box_tree import box_tree, core_distances
from crimemap.analysis.clusters.density_levels import lasting_clusters
from crimemap.analysis.clusters.point_clusters import hdbscan
from crimemap.analysis.clusters.reachability_tree import reachability_tree
from crimemap.engine import LocalEngine


def cloud(rng, n, places=None):
    """Groups of several densities and a third noise; at so many places, each incident at the nearest."""
    middle = rng.uniform(5e3, 2.5e4, (8, 2))
    dense = middle[rng.integers(0, 8, 2 * n // 3)] + rng.normal(0, 300, (2 * n // 3, 2)) * rng.uniform(
        0.2, 2, (2 * n // 3, 1)
    )
    points = np.concatenate([dense, rng.uniform(5e3, 2.5e4, (n - len(dense), 2))])
    if places is None:
        return points
    spots = points[rng.choice(n, places, replace=False)]
    return spots[cKDTree(spots).query(points)[1]]


def same(a, b):
    """Whether two labellings are one partition, noise included."""
    pairs = set(zip(a.tolist(), b.tolist(), strict=True))
    return len(pairs) == len({x for x, _ in pairs}) == len({y for _, y in pairs}) and all(
        (x < 0) == (y < 0) for x, y in pairs
    )


def by_definition(points, fewest):
    """Edges of mutual reachability taken away length by length, all of one length at once; every matrix written out."""
    apart = cdist(points, points)
    core = np.sort(apart, axis=1)[:, fewest - 1]
    reach = np.maximum(np.maximum(apart, core), core[:, None])

    def follow(members, born):
        """Give how long a cluster lasts, and the clusters chosen below it with how long they last."""
        everybody, lasts = members, 0.0
        for length in np.unique(reach[np.ix_(everybody, everybody)])[::-1]:
            n, piece = connected_components(reach[np.ix_(members, members)] < length)
            level = np.inf if length == 0 else 1 / length
            pieces = [members[piece == k] for k in range(n)] if length else []
            large = [one for one in pieces if len(one) >= fewest]
            if len(large) > 1:
                lasts += len(members) * (level - born)
                below = [best(one, level) for one in large]
                return lasts, [one for chosen, _ in below for one in chosen], sum(time for _, time in below)
            stay = large[0] if large else members[:0]
            if len(stay) < len(members):
                lasts += (len(members) - len(stay)) * (level - born)
            members = stay
            if not members.size:
                break
        return lasts, [], 0.0

    def best(members, born):
        lasts, chosen, time = follow(members, born)
        return ([members], lasts) if lasts >= time else (chosen, time)

    label = np.full(len(points), -1)
    for k, members in enumerate(follow(np.arange(len(points)), 0.0)[1]):
        label[members] = k
    return label


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("places", "fewest"), [(None, 4), (40, 4), (40, 9), (12, 6), (60, 3)])
def test_clusters_are_those_of_the_definition_with_every_pair_written_out(seed, places, fewest):
    points = cloud(np.random.default_rng(seed), 66, places)
    assert same(hdbscan(*points.T, fewest=fewest).label, by_definition(points, fewest))


@pytest.mark.parametrize("neighbours", [1, 2])
@pytest.mark.parametrize("seed", range(3))
def test_without_ties_clusters_are_those_of_scikit_learn(seed, neighbours):
    """With one or two neighbours no two edges of the tree are of one length, and there is one answer."""
    points = cloud(np.random.default_rng(seed), 2500)
    tree, one = box_tree(points), np.ones(2500, dtype=np.int64)
    edges, length = reachability_tree(tree, core_distances(tree, one, fewest=neighbours))
    found = np.empty(2500, dtype=np.int64)
    found[tree.order] = lasting_clusters(edges, length, one, fewest=15)
    expected = HDBSCAN(min_cluster_size=15, min_samples=neighbours, algorithm="kd_tree", copy=True).fit(points).labels_
    assert expected.max() > 4
    assert same(found, expected)


@pytest.mark.filterwarnings("ignore:invalid value encountered")  # of scikit-learn's, where many are at one place
@pytest.mark.parametrize(("places", "fewest"), [(None, 10), (None, 40), (700, 10), (700, 40), (150, 40)])
def test_with_ties_it_is_near_to_scikit_learn_which_another_order_of_rows_moves_too(places, fewest):
    """Scikit-learn breaks ties by order; here all edges of one length go at once."""
    rng = np.random.default_rng(7)
    points = cloud(rng, 2500, places)
    theirs = []
    for _ in range(4):
        order = rng.permutation(2500)
        label = np.empty(2500, dtype=np.int64)
        label[order] = HDBSCAN(min_cluster_size=fewest, algorithm="kd_tree", copy=True).fit(points[order]).labels_
        theirs.append(label)
    own = hdbscan(*points.T, fewest=fewest).label
    among = np.mean([adjusted_rand_score(a, b) for a, b in combinations(theirs, 2)])
    beside = np.mean([adjusted_rand_score(own, label) for label in theirs])
    assert among > 0.85
    assert beside > among - 0.03


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 4)), min_size=4, max_size=40),
    st.integers(2, 6),
    st.randoms(use_true_random=False),
)
def test_on_a_lattice_full_of_ties_neither_order_nor_repetition_matters(cells, fewest, random):
    x, y, number = (
        np.array(axis, dtype=float) * step + 5000 for axis, step in zip(zip(*cells, strict=True), (9, 9, 0), strict=True)
    )
    number = np.array([cell[2] for cell in cells])
    fewest = min(fewest, int(number.sum()))
    found = hdbscan(x, y, fewest=fewest, incidents=number).label
    repeated = np.repeat(np.arange(len(cells)), number)
    order = np.array(random.sample(range(repeated.size), repeated.size))
    again = np.empty(repeated.size, dtype=np.int64)
    again[order] = hdbscan(x[repeated][order], y[repeated][order], fewest=fewest).label
    assert same(found[repeated], again)
    assert same(again, by_definition(np.column_stack([x, y])[repeated], fewest))


@pytest.mark.parametrize("n", [1, 2, 15, 16, 17, 300])
def test_core_distances_and_the_tree_are_those_of_every_pair(n):
    rng = np.random.default_rng(n)
    points, number = rng.integers(5000, 5400, (n, 2)).astype(float), rng.integers(1, 6, n)
    points = np.unique(points, axis=0)
    number = number[: len(points)]
    fewest = min(7, int(number.sum()))
    tree = box_tree(points)
    core = core_distances(tree, number[tree.order], fewest=fewest)
    square = cdist(points, points, "sqeuclidean")
    near = np.argsort(square, axis=1)
    held = np.cumsum(number[near], axis=1)
    expected = np.take_along_axis(square, near, axis=1)[np.arange(len(points)), (held >= fewest).argmax(axis=1)]
    np.testing.assert_array_equal(core, expected[tree.order])
    reach = np.maximum(np.maximum(square, expected), expected[:, None])
    np.fill_diagonal(reach, 0)
    lengths = np.sort(minimum_spanning_tree(reach).data)
    np.testing.assert_array_equal(reachability_tree(tree, core)[1], lengths)


@pytest.mark.parametrize("fewest", [5, 60, 900])
def test_core_distances_are_exact_where_the_next_place_is_just_as_far_as_the_incidents(fewest):
    """Snapped places, some with enough incidents of their own, at coordinates that are not whole."""
    rng = np.random.default_rng(fewest)
    points, number = np.unique(cloud(rng, 6000, 2000) * 1.000123, axis=0, return_counts=True)
    number[rng.random(number.size) < 0.2] += fewest
    tree = box_tree(points)
    square = (points[:, 0] - points[:, [0]]) ** 2 + (points[:, 1] - points[:, [1]]) ** 2
    near = np.argsort(square, axis=1)
    at = (np.cumsum(number[near], axis=1) >= fewest).argmax(axis=1)
    expected = np.take_along_axis(square, near, axis=1)[np.arange(number.size), at]
    assert (expected == 0).any()
    np.testing.assert_array_equal(core_distances(tree, number[tree.order], fewest=fewest), expected[tree.order])


def test_the_number_of_processors_changes_nothing(monkeypatch):
    points = cloud(np.random.default_rng(8), 5000, 1500)
    found = []
    for workers in (1, 2, 5):
        monkeypatch.setattr(trees, "threads", lambda workers=workers: LocalEngine(workers=workers))
        found.append(hdbscan(*points.T, fewest=12).label)
    assert all(np.array_equal(found[0], one) for one in found[1:])


def test_a_place_with_enough_incidents_is_the_heart_of_a_cluster_and_one_place_alone_is_none():
    x, number = [5000, 5010, 5020, 9000, 9010, 9500], [8, 1, 1, 9, 1, 1]
    label = hdbscan(x, [5000] * 6, fewest=5, incidents=number).label
    assert label[0] != label[3]
    assert min(label[0], label[3]) == 0
    assert hdbscan([5000] * 3, [5000] * 3, fewest=2, incidents=[30_000] * 3).label.tolist() == [-1] * 3


def test_two_hundred_thousand_incidents_are_clustered_and_groups_are_where_they_were_put():
    rng = np.random.default_rng(9)
    groups = np.array([[x, y] for x in (1e4, 3e4, 5e4) for y in (1e4, 3e4)])
    points = np.concatenate(
        [np.repeat(groups, 33_000, axis=0) + rng.normal(0, 300, (198_000, 2)), rng.uniform(0, 6e4, (2_000, 2))]
    )
    found = hdbscan(*points.T + 5000, fewest=1000)
    assert len(found) == 6
    for k in range(6):
        own = found.label[k * 33_000 : (k + 1) * 33_000]
        assert (own == np.bincount(own[own >= 0]).argmax()).mean() > 0.9
    far = cKDTree(groups + 5000).query(points + 5000)[0] > 3000
    assert (found.label[far] >= 0).mean() < (found.label[:198_000] >= 0).mean() / 3
