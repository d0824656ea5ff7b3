"""Bounds that tell in one pass over the periods that no run of them in a circle reaches a given likelihood ratio."""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from crimemap.compiled import compiled

__all__ = ["SLACK", "draw_chords", "nodes_of", "reaches"]

SLACK: Final = 1e-7
_STEP: Final = 4.0

Floats = NDArray[np.float64]


@compiled
def _count_needed(expected: float, total: float, least: float) -> float:  # pragma: no cover - compiled
    """Give a count that is not above the one whose ratio is `least`: Newton's method, which comes down from above."""
    if least <= 0:
        return expected
    if expected >= total * (1 - 1e-9):
        return total * (1 - 1e-9)
    count = min(expected + least / 3 + math.sqrt(least * least / 9 + 2 * least * expected), total * (1 - 1e-9))
    for _ in range(60):
        inside = math.log(count / expected)
        outside = math.log((total - count) / (total - expected))
        step = (count * inside + (total - count) * outside - least) / (inside - outside)
        if step <= 1e-10 * count:
            break
        count -= step
    return count * (1 - 1e-9)


@compiled
def draw_chords(node: Any, total: float, most: float, offset: Any, slope: Any) -> None:  # pragma: no cover - compiled
    """Draw chords, or lower lines, between nodes of what is expected, all at least as steep as 1, for a ratio of `most`."""
    least = most * (1 - SLACK) - 1e-12 * total
    low = _count_needed(node[0], total, least)
    for j in range(node.size - 1):
        high = _count_needed(node[j + 1], total, least)
        slope[j] = (high - low) / (node[j + 1] - node[j])
        offset[j] = low - slope[j] * node[j]
        if slope[j] < 1:
            slope[j] = 1.0
            offset[j] = min(low - node[j], high - node[j + 1])
        offset[j] -= 1e-9 * (1 + high)
        low = high


@compiled
def reaches(  # noqa: PLR0917 - numba takes no keyword-only arguments
    count: Any, due: Any, offset: Any, slope: Any, first: int, last: int, since: int
) -> bool:  # pragma: no cover - compiled
    """Say whether any run of periods may be above its chord; `count` and `due` are sums of all periods before each."""
    for j in range(first, last + 1, 2):  # two at once: each waits for its own least so far
        other = min(j + 1, last)
        a, b = offset[j], offset[other]
        p, q = slope[j], slope[other]
        low_a = low_b = 0.0
        high_a = high_b = -np.inf
        for t in range(since):
            low_a = min(low_a, count[t] - p * due[t])
            low_b = min(low_b, count[t] - q * due[t])
        for t in range(since, count.size - 1):
            low_a = min(low_a, count[t] - p * due[t])
            low_b = min(low_b, count[t] - q * due[t])
            high_a = max(high_a, count[t + 1] - p * due[t + 1] - low_a)
            high_b = max(high_b, count[t + 1] - q * due[t + 1] - low_b)
        if high_a > a or high_b > b:
            return True
    return False


def nodes_of(expected: Floats) -> Floats:
    """Divide what can be expected in a run of periods, from the least of one area to all, by a fixed ratio."""
    least = expected[expected > 0].min() * (1 - SLACK)
    number = math.ceil(math.log(expected.sum() / least, _STEP)) + 1
    return np.asarray(least * _STEP ** np.arange(number + 1))
