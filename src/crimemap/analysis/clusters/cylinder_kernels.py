"""
The inner loops of the scan statistic in space and time.

A cylinder is a circle over a run of periods. Of n areas and m periods there are some n² m² / 8, and each simulation asks for
the largest ratio of all. Three things spare looking at nearly all of them, and change no digit of what is found:

- The count c that a run needs for a ratio of M, where e are expected, is a concave function of e: the ratio is convex in
  (c, e). So it lies above its chords, and a run that reaches M has c - b e > a for the chord a + b e of its range of e.
  Whether any run of a circle does is seen in one pass over the periods for each chord: the largest sum of terms in a row.
- Circles grow. No chord is less steep than 1, so an area that comes in raises c - b e by no more than its own excess, where
  it has one. If the first of some circles in a row, with the excesses of the areas that follow, stays below its chords, none
  of them reaches M. How many are taken together is doubled after each success and halved after each failure.
- What remains is compared by differences of sums, and only what then comes within a ten millionth of M or above is added up
  anew: area by area for each period, then from the last period back.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.clusters.cylinder_chords import SLACK, draw_chords, nodes_of, reaches
from crimemap.analysis.clusters.scan_ratio import ratio_of
from crimemap.analysis.clusters.scan_windows import Windows
from crimemap.compiled import compiled

__all__ = ["before_each", "best_cylinders", "largest_cylinders"]

_MOST_TOGETHER: Final = 64

Floats = NDArray[np.float64]


@compiled
def _expected_in(own: Any, member: Any, start: int, end: int, first: int, last: int) -> float:  # noqa: PLR0917 # pragma: no cover - compiled
    e = 0.0
    for t in range(last, first - 1, -1):
        due = 0.0
        for at in range(start, end + 1):
            due += own[member[at], t]
        e += due
    return e


@compiled
def _best_run(  # noqa: PLR0917 - numba takes no keyword-only arguments
    count: Any,
    due: Any,
    offset: Any,
    slope: Any,
    chords: Any,
    own: Any,
    member: Any,
    start: int,
    end: int,
    total: float,
    longest: int,
    since: int,
    most: float,
) -> Any:  # pragma: no cover - compiled
    """Give the first run of a circle with the largest ratio above `most`: ratio, first and last period."""
    best = most
    begins = -1
    ends = -1
    for j in range(chords[0], chords[1] + 1):
        a = offset[j]
        b = slope[j]
        low = np.inf
        for t in range(since):
            low = min(low, count[t] - b * due[t])
        for last in range(since, count.size - 1):
            low = min(low, count[last] - b * due[last])
            level = count[last + 1] - b * due[last + 1] - a
            # A period where nothing is expected adds nothing at an end: the run without it comes first and is as good.
            if level <= low or (since == 0 and due[last + 1] == due[last]):
                continue
            for first in range(last, max(last - longest, -1), -1):
                if level <= count[first] - b * due[first] or due[first + 1] == due[first]:
                    continue
                c = count[last + 1] - count[first]
                e = due[last + 1] - due[first]
                if e <= 0 or ratio_of(c, e, total) * (1 + SLACK) + 1e-12 * total < best:
                    continue
                ratio = ratio_of(c, _expected_in(own, member, start, end, first, last), total)
                earlier = last < ends or (last == ends and first > begins)
                if ratio > best or (ratio == best and begins >= 0 and earlier):
                    best = ratio
                    begins = first
                    ends = last
    return best, begins, ends


@compiled
def _lay_out(  # noqa: PLR0917 - numba takes no keyword-only arguments
    before: Any, member: Any, start: int, size: int, longest: int, node: Any, due: Any, chords: Any, held: Any
) -> None:  # pragma: no cover - compiled
    """Sum what is expected in each circle of a centre, and find which chords its runs of periods need."""
    width = before.shape[1]
    for k in range(size):
        area = member[start + k]
        for t in range(width):
            due[k, t] = before[area, t] + (due[k - 1, t] if k else 0.0)
        least = np.inf
        most = 0.0
        positive = 0
        for t in range(width - 1):
            one = due[k, t + 1] - due[k, t]
            if one > 0:
                positive += 1
                least = min(least, one)
            most = max(most, due[k, t + 1] - due[k, max(t + 1 - longest, 0)])
        held[k] = positive
        first = 0
        while first < node.size - 2 and node[first + 1] <= least * (1 - SLACK):
            first += 1
        last = first
        while last < node.size - 2 and node[last + 1] < most * (1 + SLACK):
            last += 1
        chords[k, 0] = first
        chords[k, 1] = last


@compiled
def _search(  # noqa: PLR0917 - numba takes no keyword-only arguments
    pointer: Any,
    member: Any,
    closed: Any,
    cases: Any,
    before: Any,
    own: Any,
    node: Any,
    total: float,
    longest: int,
    since: int,
    most: Any,
    found: Any,
) -> None:  # pragma: no cover - compiled
    """Raise `most` to the largest ratio of each table of cases; where `found` has a row for each centre, find its best."""
    each = found.shape[0] > 0
    width = before.shape[1]
    widest = 0
    for centre in range(pointer.size - 1):
        widest = max(widest, pointer[centre + 1] - pointer[centre])
    due = np.empty((widest, width))
    chords = np.empty((widest, 2), np.int64)
    held = np.empty(widest, np.int64)
    offset = np.empty((cases.shape[0], node.size - 1))
    slope = np.empty((cases.shape[0], node.size - 1))
    for s in range(cases.shape[0]):
        draw_chords(node, total, most[s], offset[s], slope[s])
    count = np.empty(width)
    ahead = np.empty(width)
    reach = np.empty(width)
    gain = np.empty(width)
    for centre in range(pointer.size - 1):
        start = pointer[centre]
        size = pointer[centre + 1] - start
        if size == 0:
            continue
        _lay_out(before, member, start, size, longest, node, due, chords, held)
        for s in range(cases.shape[0]):
            if each:
                most[s] = 0.0
                draw_chords(node, total, 0.0, offset[s], slope[s])
            table = cases[s]
            count[:] = table[member[start]]
            k = 0
            together = 1
            while k < size:
                end = min(k + together, size)
                reach[:] = count
                if end > k + 1:
                    ahead[:] = count
                    gain[:] = 0.0
                    for i in range(k + 1, end):
                        area = member[start + i]
                        row = table[area]
                        for t in range(width - 1):
                            ahead[t + 1] += row[t + 1]
                            gain[t] += max(row[t + 1] - row[t] - own[area, t], 0.0)
                    so_far = 0.0
                    for t in range(width - 1):
                        so_far += gain[t]
                        reach[t + 1] += so_far
                # Between circles that differ in which periods can have incidents nothing is bounded.
                alike = held[k] == held[end - 1]
                if alike and (
                    held[k] == 0 or not reaches(reach, due[k], offset[s], slope[s], chords[k, 0], chords[end - 1, 1], since)
                ):
                    if end > k + 1:
                        count[:] = ahead
                    k = end
                    together = min(2 * together, _MOST_TOGETHER)
                elif end > k + 1:
                    together = (end - k) // 2
                    continue
                else:
                    together = 1
                    if closed[start + k]:
                        ratio, first, last = _best_run(
                            count,
                            due[k],
                            offset[s],
                            slope[s],
                            chords[k],
                            own,
                            member,
                            start,
                            start + k,
                            total,
                            longest,
                            since,
                            most[s],
                        )
                        if ratio > most[s]:
                            most[s] = ratio
                            draw_chords(node, total, ratio, offset[s], slope[s])
                            if each:
                                found[centre, 0] = ratio
                                found[centre, 1] = start + k
                                found[centre, 2] = first
                                found[centre, 3] = last
                    k += 1
                if k < size:
                    row = table[member[start + k]]
                    for t in range(width):
                        count[t] += row[t]


def before_each(values: NDArray[Any]) -> NDArray[Any]:
    """Sum the last axis, which is periods, before each period and in all: one longer than before."""
    found = np.zeros((*values.shape[:-1], values.shape[-1] + 1), dtype=values.dtype)
    np.cumsum(values, axis=-1, out=found[..., 1:])
    return found


def _searched(
    windows: Windows, cases: NDArray[np.int32], expected: Floats, *, longest: int, alive: bool, found: Floats
) -> Floats:
    most = np.zeros(cases.shape[0])
    nodes = np.minimum(nodes_of(expected), expected.sum())
    _search(
        windows.pointer,
        windows.member,
        windows.closed,
        cases,
        before_each(expected),
        expected,
        np.unique(nodes),
        float(cases[0, :, -1].sum()),
        longest,
        expected.shape[1] - 1 if alive else 0,
        most,
        found,
    )
    return most


def best_cylinders(
    windows: Windows, cases: NDArray[np.int64], expected: Floats, *, longest: int, alive: bool = False
) -> Floats:
    """
    Find the best cylinder around each centre.

    Parameters
    ----------
    windows
        Circles around n centres.
    cases, expected
        Shape (n, periods).
    longest
        Most periods of a cylinder.
    alive
        Whether only cylinders that last to the end are looked at.

    Returns
    -------
    ndarray of float64
        Shape (n, 4). Ratio (0 if there is none), index of the last member, first and last period. Of equal ratios the
        smallest circle's, and there the run that ends first and then the shortest.
    """
    found = np.zeros((windows.pointer.size - 1, 4))
    _searched(windows, before_each(cases.astype(np.int32))[None], expected, longest=longest, alive=alive, found=found)
    return found


def largest_cylinders(
    windows: Windows, simulated: NDArray[np.int32], expected: Floats, *, longest: int, alive: bool
) -> Floats:
    """
    Find the largest ratio of each simulation.

    Parameters
    ----------
    windows, expected, longest, alive
        As `best_cylinders` takes them.
    simulated
        Shape (simulations, n, periods + 1). Incidents of each area before each period, and in all.

    Returns
    -------
    ndarray of float64
        Shape (simulations,).
    """
    return _searched(windows, simulated, expected, longest=longest, alive=alive, found=np.zeros((0, 4)))
