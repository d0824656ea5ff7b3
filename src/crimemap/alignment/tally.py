"""Areas and lengths added up by pairs of units, in a table that grows; compiled."""

# ruff: noqa: PLR0917 - compiled functions have no keyword-only parameters

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from crimemap.compiled import compiled_unfused

__all__ = ["Keys", "Sums", "Table", "added", "grown", "new_table", "totals"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]
Keys = NDArray[np.int64]
#: Keys, -1 where a place is free; and by key the area, what rounding has taken from it, and the length.
Table: TypeAlias = tuple[Keys, Floats]
#: Keys in no order, areas and lengths.
Sums: TypeAlias = tuple[Keys, Floats, Floats]


@compiled_unfused
def new_table() -> tuple[Keys, Floats, int]:
    """Make an empty table, and say that it has no keys."""
    keys = np.full(1024, -1, np.int64)
    return keys, np.zeros((1024, 3)), int(np.count_nonzero(keys >= 0))  # a plain 0 would be compiled for twice


@compiled_unfused
def _place(keys: Keys, key: int) -> int:
    mask = keys.size - 1
    at = int((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20)) & mask
    while keys[at] >= 0 and keys[at] != key:
        at = (at + 1) & mask
    return at


@compiled_unfused
def grown(keys: Keys, sums: Floats, least: int) -> Table:
    """Move a table to one of at least so many places."""
    size = keys.size
    while size < least:
        size *= 2
    more, moved = np.full(size, -1, np.int64), np.zeros((size, 3))
    for k in range(keys.size):
        if keys[k] >= 0:
            at = _place(more, keys[k])
            more[at] = keys[k]
            for c in range(3):
                moved[at, c] = sums[k, c]
    return more, moved


@compiled_unfused
def added(keys: Keys, sums: Floats, filled: int, key: int, area: float, length: float) -> int:
    """Add to a key's area and length, carrying what rounding takes (Neumaier's sum); give how many keys there are."""
    if area == 0.0 and length == 0.0:
        return filled
    place = _place(keys, key)
    if keys[place] < 0:
        keys[place] = key
        filled += 1
    before = sums[place, 0]
    after = before + area
    sums[place, 1] += (before - after) + area if abs(before) >= abs(area) else (area - after) + before
    sums[place, 0] = after
    sums[place, 2] += length
    return filled


@compiled_unfused
def totals(keys: Keys, sums: Floats) -> Sums:
    """Give what was added up."""
    some = np.flatnonzero(keys >= 0)
    return keys[some], sums[some, 0] + sums[some, 1], sums[some, 2]
