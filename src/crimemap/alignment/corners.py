"""The units at the corners of cells, from west to east along a row; compiled."""

# ruff: noqa: PLR0917 - compiled functions have no keyword-only parameters

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from crimemap.alignment.cells import Pieces
from crimemap.compiled import compiled_unfused

__all__ = ["Cut", "as_cut", "moved", "new_base", "wider"]

Indices = NDArray[np.int32]
#: What `Pieces` holds, for compiled code: `start`, `column`, `ends`, `below`, `above`, `top`.
Cut: TypeAlias = tuple[NDArray[np.int64], Indices, NDArray[np.float64], Indices, Indices, NDArray[np.int8]]


def as_cut(pieces: Pieces) -> Cut:
    """Give the arrays of pieces."""
    return pieces.start, pieces.column, pieces.ends, pieces.below, pieces.above, pieces.top


@compiled_unfused
def new_base(n: int) -> tuple[Indices, int]:
    """Make room for the units at a corner, and say that there are none yet; at the end of a row there are none again."""
    base = np.zeros((n, 2), np.int32)
    return base, int(np.count_nonzero(base))  # a plain 0 would be compiled for twice


@compiled_unfused
def wider(base: Indices, n: int) -> Indices:
    """Make more room."""
    more = np.zeros((n, 2), np.int32)
    for b in range(base.shape[0]):
        more[b, 0], more[b, 1] = base[b, 0], base[b, 1]
    return more


@compiled_unfused
def moved(below: Indices, above: Indices, top: NDArray[np.int8], first: int, last: int, base: Indices, n_base: int) -> int:
    """
    Take the units at the western end of a cell's top side on to its eastern end.

    In `base` are codes of units and how often each holds the corner. Where rounding exchanges two crossings beside a corner
    that is less than 0 there, and the sums over both cells are right all the same.
    """
    for k in range(first, last):
        if top[k] == 0:
            continue
        for side in range(2):
            unit, step = (below[k], top[k]) if side == 0 else (above[k], -top[k])
            if unit < 0:
                continue
            for b in range(n_base):
                if base[b, 0] == unit:
                    base[b, 1] += step
                    break
            else:
                base[n_base, 0], base[n_base, 1] = unit, step
                n_base += 1
    kept = 0
    for b in range(n_base):
        if base[b, 1] != 0:
            base[kept, 0], base[kept, 1] = base[b, 0], base[b, 1]
            kept += 1
    return kept
