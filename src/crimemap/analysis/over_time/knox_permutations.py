"""
How many of the close pairs are close in time as well, with the times as they are and shuffled over the incidents.

Sixteen shuffles are counted side by side: the shuffled times of an incident stand next to each other, so a pair is two reads
and the rest is done for all sixteen at once. Times are whole seconds, so that a pair exactly 7 days apart is never put
into another band by rounding.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from crimemap.analysis.over_time.knox_pairs import ClosePairs
from crimemap.compiled import compiled

__all__ = ["count_bands", "pairs_by_time", "permuted_counts"]

_SIDE_BY_SIDE: Final = 16

Ints = NDArray[np.int64]
Seconds = NDArray[np.int32]


@compiled
def _count(first: Any, second: Any, start: Any, times: Any, edges: Any, counts: Any) -> None:  # noqa: PLR0917 - compiled
    """Add to counts[band, k, shuffle] the pairs of each space band that are less than edges[k] apart."""
    side, n_edges = times.shape[1], edges.size
    for band in range(start.size - 1):
        for pair in range(start[band], start[band + 1]):
            one, other = times[first[pair]], times[second[pair]]
            for k in range(n_edges):
                edge = edges[k]
                into = counts[band, k]
                for b in range(side):
                    into[b] += np.int32(abs(one[b] - other[b]) < edge)


def count_bands(pairs: ClosePairs, times: Seconds, edges: Seconds) -> Ints:
    """
    Count pairs by space band and time band.

    Parameters
    ----------
    pairs
        Pairs by space band.
    times
        Shape (n, k). Seconds, in the order of `pairs`; each column is counted for itself.
    edges
        Shape (t + 1,). Time bands [edges[b], edges[b + 1]), seconds, ascending from 0.

    Returns
    -------
    ndarray of int64
        Shape (k, s, t).
    """
    below = np.zeros((pairs.start.size - 1, edges.size - 1, times.shape[1]), dtype=np.int32)
    _count(pairs.first, pairs.second, pairs.start, times, edges[1:], below)
    counts: Ints = below.astype(np.int64)
    counts[:, 1:] -= below[:, :-1]
    return counts.transpose(2, 0, 1)


def pairs_by_time(times: Seconds, edges: Seconds) -> Ints:
    """
    Count, over all pairs, those in each time band. Shape (t,).

    Examples
    --------
    >>> pairs_by_time(np.array([0, 5, 5, 30], dtype=np.int32), np.array([0, 1, 10, 26], dtype=np.int32)).tolist()
    [1, 2, 2]
    """
    ascending = np.sort(times).astype(np.int64)
    here = np.arange(ascending.size)
    below = [int((np.searchsorted(ascending, ascending + int(edge), side="left") - here - 1).sum()) for edge in edges[1:]]
    return np.asarray(below, dtype=np.int64) - np.asarray([0, *below[:-1]], dtype=np.int64)


def permuted_counts(
    pairs: ClosePairs, times: Seconds, edges: Seconds, *, permutations: int, rng: Generator, threads: int
) -> Ints:
    """
    Count the same with the times shuffled over the incidents, many times.

    The shuffles depend on `rng` alone, not on the number of threads.

    Returns
    -------
    ndarray of int64
        Shape (permutations, s, t).
    """
    sizes = [min(_SIDE_BY_SIDE, permutations - done) for done in range(0, permutations, _SIDE_BY_SIDE)]
    seeds = rng.integers(2**63, size=len(sizes)).tolist()

    def batch(seed: int, size: int) -> Ints:
        own = np.random.default_rng(seed)
        shuffled = np.empty((times.size, _SIDE_BY_SIDE), dtype=np.int32)
        for column in range(size):
            shuffled[:, column] = own.permutation(times)
        shuffled[:, size:] = 0
        return count_bands(pairs, shuffled, edges)[:size]

    with ThreadPoolExecutor(max_workers=threads) as pool:
        return np.concatenate(list(pool.map(batch, seeds, sizes)))
