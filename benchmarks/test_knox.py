"""
Knox's test beside pointpats, in one run: the same incidents, bands and number of shuffles, the same counts.

pointpats keeps the neighbours in time of every incident as a set, so memory and patience bound it: both run on as many as it
can in a minute, and crimemap alone on 50,000. Install the peer with the extra `bench`.
"""

import time

import numpy as np
import pytest

from crimemap.analysis.over_time.knox import knox

pytestmark = pytest.mark.filterwarnings("ignore")
SPACE_M, TIME_DAYS, PERMUTATIONS = 200.0, 14.0, 999
PEER_SIZE, FULL_SIZE = 20_000, 50_000


def _burglaries(n):
    """Clustered over a county for a year, as many an area as 50,000 would have there."""
    rng = np.random.default_rng(7)
    half = n // 2
    towns = rng.uniform(0, 60_000, (40, 2))
    spread = 1_500 * np.sqrt(n / FULL_SIZE)
    x = np.concatenate(
        [towns[rng.integers(40, size=half)] + rng.normal(0, spread, (half, 2)), rng.uniform(0, 60_000, (n - half, 2))]
    )
    return x[:, 0] + 400_000, x[:, 1] + 200_000, rng.integers(0, 365, n).astype(float)


def _seconds(work):
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start


def _ours(x, y, day):
    # The peer counts pairs at most so far apart; half-open bands end just above.
    return knox(
        x,
        y,
        day,
        space_bands_m=[np.nextafter(SPACE_M, 1e9)],
        time_bands_days=[TIME_DAYS + 0.5],
        same_place_m=None,
        permutations=PERMUTATIONS,
        rng=np.random.default_rng(1),
    )


def test_knox_beside_pointpats(capsys):
    peer_knox = pytest.importorskip("pointpats").Knox
    x, y, day = _burglaries(PEER_SIZE)
    _ours(x[:50], y[:50], day[:50])  # compile
    ours, our_time = min((_seconds(lambda: _ours(x, y, day)) for _ in range(3)), key=lambda each: each[1])
    np.random.seed(1)  # noqa: NPY002 - the peer's own generator
    peer, peer_time = _seconds(
        lambda: peer_knox(np.column_stack([x, y]), day[:, None], SPACE_M, TIME_DAYS, permutations=PERMUTATIONS)
    )
    assert peer.nst == ours.observed[0, 0]
    assert peer.expected[0, 0] == pytest.approx(ours.expected[0, 0], rel=1e-12)
    assert peer.p_sim == pytest.approx(ours.p_value[0, 0], abs=0.06)
    with capsys.disabled():
        print(
            f"\n{PEER_SIZE:,} incidents, {ours.pairs_in_space[0]:,} pairs close in space, {PERMUTATIONS} shuffles: "
            f"crimemap {our_time:.2f} s, pointpats {peer_time:.1f} s, {peer_time / our_time:.0f} times as long"
        )
    assert peer_time > 20 * our_time


def test_fifty_thousand_incidents(capsys):
    x, y, day = _burglaries(FULL_SIZE)
    _ours(x[:50], y[:50], day[:50])
    found, taken = min((_seconds(lambda: _ours(x, y, day)) for _ in range(3)), key=lambda each: each[1])
    with capsys.disabled():
        print(
            f"\n{FULL_SIZE:,} incidents, {found.pairs_in_space[0]:,} pairs close in space, {PERMUTATIONS} shuffles: "
            f"crimemap {taken:.2f} s"
        )
    assert taken < 30
