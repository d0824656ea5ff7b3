"""
What pairs of units share in a row of cells.

A unit's indicator at a point is the number of edges over the point that it lies below, less those that it lies above. In a
cell, what is higher than its top side is stood for by level edges along it: one along the whole side for each unit at its
western end, and one from each place where an edge goes on above the cell to the eastern end. The area that two units share
in the cell is then the sum, over pairs of an edge of each set, of the area under both, signed by the sides on which the
units are; it is a continuous function of the vertices, so that lines which nearly coincide need no case of their own.
"""

# ruff: noqa: PLR0917 - compiled functions have no keyword-only parameters

from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.alignment.cells import Pieces
from crimemap.alignment.corners import Cut, as_cut, moved, new_base, wider
from crimemap.alignment.in_cell import described, of_crossings, of_edges, of_goings_on, of_wholes, room_for
from crimemap.alignment.tally import Keys, Sums, added, grown, new_table, totals
from crimemap.compiled import compiled_unfused

__all__ = ["sums_of_pairs"]

_END: Final = 2**31 - 1
#: Edges in a cell that there is room for at first.
_MOST: Final = 64

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]


def sums_of_pairs(one: Pieces, other: Pieces, *, size: float, n_other: int, rows: tuple[int, int]) -> Sums:
    """
    Add up what pairs of units share in some rows of cells.

    Parameters
    ----------
    one, other
        Edges of the two sets, cut by one grid.
    size
        Side of its cells, metres.
    n_other
        Units of the other set.
    rows
        The first row, and the one after the last.

    Returns
    -------
    key, area_m2, perimeter_m
        Shape (k,). `i * n_other + j` of a pair, in no order, and what of the shared part and of its boundary is in the rows.
    """
    return _over_rows(as_cut(one), as_cut(other), size, n_other, rows[0], rows[1], _MOST)


@compiled_unfused
def _flushed(
    keys: Keys, sums: Floats, filled: int, cell: Floats, units_a: Indices, n_a: int, units_b: Indices, n_b: int, n_other: int
) -> int:
    """Add a cell's sums to those of pairs."""
    for u in range(n_a):
        for v in range(n_b):
            at = u * n_b + v
            filled = added(keys, sums, filled, np.int64(units_a[u]) * n_other + units_b[v], cell[at, 0], cell[at, 1])
    return filled


@compiled_unfused
def _over_rows(a: Cut, b: Cut, size: float, n_other: int, first_row: int, last_row: int, most: int) -> Sums:
    start_a, column_a, ends_a, below_a, above_a, top_a = a
    start_b, column_b, ends_b, below_b, above_b, top_b = b
    keys, sums, filled = new_table()
    units_a, sums_a, places_a, own_a, cross_a, across_a = room_for(most)
    units_b, sums_b, places_b, own_b, cross_b, across_b = room_for(most)
    base_a, n_base_a = new_base(4 * most)
    base_b, n_base_b = new_base(4 * most)
    steps = np.ones(2, np.int64)
    cell = np.empty((256, 2))
    for row in range(first_row, last_row):
        k_a, stop_a = start_a[row], start_a[row + 1]
        k_b, stop_b = start_b[row], start_b[row + 1]
        column = -1
        while k_a < stop_a or k_b < stop_b:
            here = _END
            if k_a < stop_a:
                here = int(column_a[k_a])
            if k_b < stop_b:
                here = min(here, int(column_b[k_b]))
            # The cells without an edge up to here lie wholly in the units at the corner.
            wide = (here - column - 1) * size * size
            column = here
            if n_base_a > 0 and n_base_b > 0 and wide > 0.0:
                n_a, n_b = n_base_a, n_base_b
                if n_a * n_b > cell.shape[0]:
                    cell = np.empty((2 * n_a * n_b, 2))
                for u in range(n_a):
                    units_a[u] = base_a[u, 0]
                    for v in range(n_b):
                        units_b[v] = base_b[v, 0]
                        cell[u * n_b + v, 0], cell[u * n_b + v, 1] = base_a[u, 1] * base_b[v, 1] * wide, 0.0
                if 2 * (filled + n_a * n_b) > keys.size:
                    keys, sums = grown(keys, sums, 4 * (filled + n_a * n_b))
                filled = _flushed(keys, sums, filled, cell, units_a, n_a, units_b, n_b, n_other)
            last_a, last_b = k_a, k_b
            while last_a < stop_a and column_a[last_a] == here:
                last_a += 1
            while last_b < stop_b and column_b[last_b] == here:
                last_b += 1
            if max(last_a - k_a + n_base_a, last_b - k_b + n_base_b) > most:
                most = 2 * max(last_a - k_a + n_base_a, last_b - k_b + n_base_b)
                units_a, sums_a, places_a, own_a, cross_a, across_a = room_for(most)
                units_b, sums_b, places_b, own_b, cross_b, across_b = room_for(most)
                base_a, base_b = wider(base_a, 4 * most), wider(base_b, 4 * most)
            if last_a - k_a + n_base_a > 0 and last_b - k_b + n_base_b > 0:
                n_a, n_cross_a = described(
                    ends_a,
                    below_a,
                    above_a,
                    top_a,
                    k_a,
                    last_a,
                    size,
                    base_a,
                    n_base_a,
                    units_a,
                    sums_a,
                    places_a,
                    own_a,
                    cross_a,
                    across_a,
                )
                n_b, n_cross_b = described(
                    ends_b,
                    below_b,
                    above_b,
                    top_b,
                    k_b,
                    last_b,
                    size,
                    base_b,
                    n_base_b,
                    units_b,
                    sums_b,
                    places_b,
                    own_b,
                    cross_b,
                    across_b,
                )
                if n_a * n_b > cell.shape[0]:
                    cell = np.empty((2 * n_a * n_b, 2))
                of_wholes(sums_a, n_a, sums_b, n_b, size, cell)
                if last_a > k_a and last_b > k_b:
                    steps[0] = n_b
                    of_goings_on(cross_a, across_a, n_cross_a, cross_b, across_b, n_cross_b, size, cell, n_b)
                    of_crossings(
                        cross_a, across_a, n_cross_a, ends_b, k_b, last_b, places_b, own_b, cell, steps[0], steps[1]
                    )
                    of_crossings(
                        cross_b, across_b, n_cross_b, ends_a, k_a, last_a, places_a, own_a, cell, steps[1], steps[0]
                    )
                    of_edges(ends_a, k_a, last_a, places_a, ends_b, k_b, last_b, places_b, cell, n_b)
                if 2 * (filled + n_a * n_b) > keys.size:
                    keys, sums = grown(keys, sums, 4 * (filled + n_a * n_b))
                filled = _flushed(keys, sums, filled, cell, units_a, n_a, units_b, n_b, n_other)
            n_base_a = moved(below_a, above_a, top_a, k_a, last_a, base_a, n_base_a)
            n_base_b = moved(below_b, above_b, top_b, k_b, last_b, base_b, n_base_b)
            k_a, k_b = last_a, last_b
    return totals(keys, sums)
