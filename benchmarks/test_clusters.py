"""HDBSCAN of real snapped incidents beside scikit-learn's on samples of a force, and alone on all 1.5 million."""

import io
import resource
import time
import zipfile
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import HDBSCAN
from sklearn.metrics import adjusted_rand_score

from crimemap.analysis.clusters.point_clusters import hdbscan
from crimemap.crs import to_national_grid
from tests.real_data import REAL_DATA, needs_real_data

pytestmark = needs_real_data


@pytest.fixture(scope="module")
def incidents():
    """Eastings, northings and files' forces of every incident of the archives that has a position, each month once."""
    read = {}
    for path in sorted((REAL_DATA / "police-uk").glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                month_of_force = name.rsplit("/", 1)[-1]
                if month_of_force.endswith("-street.csv") and month_of_force not in read:
                    table = pd.read_csv(io.BytesIO(archive.read(name)), usecols=["Longitude", "Latitude"]).dropna()
                    read[month_of_force] = table.assign(force=month_of_force[8:-11])
    table = pd.concat(read.values())
    x, y = to_national_grid(table["Longitude"].to_numpy(), table["Latitude"].to_numpy())
    return x, y, table["force"].to_numpy()


@pytest.mark.parametrize("fewest", [20, 200])
def test_a_force_in_samples(incidents, fewest):
    x, y, force = incidents
    rng = np.random.default_rng(1)
    of_force = np.flatnonzero(force == "northumbria")
    hdbscan(x[:1000], y[:1000], fewest=20)
    for n in (10_000, 20_000, 40_000):
        at = rng.choice(of_force, n, replace=False)
        begun = time.perf_counter()
        own = hdbscan(x[at], y[at], fewest=fewest).label
        mine = time.perf_counter() - begun
        theirs, took = [], []
        for _ in range(3):
            order, label = rng.permutation(n), np.empty(n, dtype=np.int64)
            begun = time.perf_counter()
            points = np.column_stack([x[at], y[at]])[order]
            label[order] = HDBSCAN(min_cluster_size=fewest, algorithm="kd_tree", copy=True).fit(points).labels_
            took.append(time.perf_counter() - begun)
            theirs.append(label)
        beside = np.mean([adjusted_rand_score(own, label) for label in theirs])
        among = np.mean([adjusted_rand_score(a, b) for a, b in combinations(theirs, 2)])
        print(
            f"{n:,} incidents, fewest {fewest}: {mine:.2f} s, scikit-learn {np.median(took):.2f} s, "
            f"{np.median(took) / mine:.0f} times; adjusted Rand index {beside:.3f}, of its own orders {among:.3f}"
        )
        assert beside > 0.8


@pytest.mark.parametrize("fewest", [20, 200, 2000])
def test_all_incidents_at_once(incidents, fewest):
    x, y, _ = incidents
    begun = time.perf_counter()
    found = hdbscan(x, y, fewest=fewest)
    took = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{x.size:,} incidents, fewest {fewest}: {took:.1f} s, {len(found):,} clusters, peak of the process {peak:.0f} MB")
    assert len(found) > 10
