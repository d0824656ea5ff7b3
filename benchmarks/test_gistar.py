"""
Gi* beside esda, weights built for both, in one run: z, and permutation p (exact here, 999 shuffles there).

esda stands in the extra `bench`. The maps are sparse counts on 245 by 245 squares, neighbours by the queen's move.
"""

import time
import warnings

import numpy as np
import pytest
import shapely

from crimemap.analysis.grids.grid import grid_squares, square_neighbours
from crimemap.analysis.hotspots.gistar import gistar, hotspots
from crimemap.analysis.hotspots.local_moran import local_moran

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    esda = pytest.importorskip("esda", reason="esda is not installed: pip install -e '.[bench]'")
    from libpysal.weights import lat2W

SIDE = 245
pytestmark = pytest.mark.filterwarnings("ignore")


def _seconds(work, *, times):
    """Median of several runs, after one that compiles."""
    found = work()
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return found, float(np.median(spent))


@pytest.fixture(scope="module")
def maps():
    squares = grid_squares(shapely.box(500_000, 200_000, 500_000 + SIDE * 100, 200_000 + SIDE * 100))
    counts = np.random.default_rng(1).poisson(0.05, len(squares))
    return counts, square_neighbours(squares), lat2W(SIDE, SIDE, rook=False)


def test_z(maps, capsys):
    counts, queen, weights = maps
    ours, fast = _seconds(lambda: gistar(counts, queen, test="normal"), times=9)
    theirs, slow = _seconds(
        lambda: esda.G_Local(counts.astype(float), weights, transform="B", star=True, permutations=0), times=3
    )
    assert ours.z == pytest.approx(theirs.Zs, abs=1e-10)
    with capsys.disabled():
        print(f"\nGi* z of {counts.size:,} cells:")
        print(f"  crimemap {fast * 1e3:.1f} ms, esda {slow:.2f} s, {slow / fast:.0f} times as long")
    assert slow > 20 * fast


def test_permutation_p(maps, capsys):
    counts, queen, weights = maps
    _, fast = _seconds(lambda: hotspots(counts, queen), times=5)
    _, slow = _seconds(
        lambda: esda.G_Local(counts.astype(float), weights, transform="B", star=True, permutations=999, n_jobs=2), times=1
    )
    with capsys.disabled():
        print(f"\nexact p of {counts.size:,} cells:")
        print(f"  crimemap {fast * 1e3:.0f} ms, esda with 999 shuffles on 2 processes {slow:.1f} s")
        print(f"  {slow / fast:.0f} times as long, and its p cannot be below 0.001")
    assert slow > 20 * fast


def test_drawn_permutation_p(maps, capsys):
    counts, queen, weights = maps
    rng = np.random.default_rng(1)
    _, fast = _seconds(lambda: gistar(counts, queen, test="monte-carlo", permutations=999, rng=rng), times=1)
    _, slow = _seconds(
        lambda: esda.G_Local(counts.astype(float), weights, transform="B", star=True, permutations=999, n_jobs=2), times=1
    )
    with capsys.disabled():
        print(f"\n999 shuffles of {counts.size:,} cells:")
        print(f"  crimemap {fast:.1f} s, esda {slow:.1f} s, {slow / fast:.1f} times as long")


def test_local_moran(maps, capsys):
    counts, queen, weights = maps
    ours, fast = _seconds(lambda: local_moran(counts, queen), times=5)
    theirs, slow = _seconds(lambda: esda.Moran_Local(counts.astype(float), weights, permutations=0), times=3)
    assert ours.statistic * (counts.size - 1) / counts.size == pytest.approx(theirs.Is, abs=1e-9)
    with capsys.disabled():
        print(f"\nlocal Moran of {counts.size:,} cells:")
        print(f"  crimemap with exact p {fast * 1e3:.0f} ms, esda without p {slow:.2f} s, {slow / fast:.1f} times as long")
