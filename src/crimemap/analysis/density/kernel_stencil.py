"""Which cells around a cell the kernels of its points reach: surely, or perhaps."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Stencil", "stencil", "stencil_cells"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stencil:
    """
    Cells around the cell that a point lies in.

    Attributes
    ----------
    across, down
        Shape (n_cells,). Offsets in columns and rows, by row.
    runs
        Shape (n_runs, 4). Runs of neighbouring cells of one row: row offset, first column offset, length, first cell.
    step
        Cells that it reaches to either side.
    sure
        Shape (2 step + 1, 2 step + 1). Cells whose centre lies within the radius of every point of the cell; where they are
        left out of the stencil, they are summed from moments.
    """

    across: Floats
    down: Floats
    runs: NDArray[np.int64]
    step: int
    sure: NDArray[np.bool_]


def stencil_cells(radius: float, *, ring: bool, nearest: float = 0.0) -> float:
    """Estimate the cells of a stencil."""
    return 8.0 * radius + math.pi * nearest**2 if ring else math.pi * (radius + 0.6) ** 2


def stencil(radius: float, *, ring: bool, nearest: float = 0.0) -> Stencil:
    """
    Find the cells whose centres a point anywhere in a cell may reach.

    Parameters
    ----------
    radius
        In cells.
    ring
        Leave out the cells that every point of the cell reaches.
    nearest
        In cells. Do not leave out what is closer.

    Examples
    --------
    >>> stencil(1.0, ring=False).across.size, stencil(10.0, ring=True).across.size
    (9, 80)
    """
    step = math.ceil(radius + 0.5)
    offset = np.arange(-step, step + 1)
    closest, farthest = np.maximum(np.abs(offset) - 0.5, 0.0) ** 2, (np.abs(offset) + 0.5) ** 2
    reached = closest[:, None] + closest[None, :] < radius**2
    sure = farthest[:, None] + farthest[None, :] < radius**2
    sure &= (offset**2)[:, None] + (offset**2)[None, :] >= nearest**2
    taken = reached & ~sure if ring else reached
    row, column = np.nonzero(taken)
    first = np.flatnonzero((np.diff(row, prepend=-1) != 0) | (np.diff(column, prepend=-2) != 1))
    length = np.diff(np.append(first, row.size))
    runs = np.column_stack([offset[row[first]], offset[column[first]], length, first]).astype(np.int64)
    return Stencil(
        across=offset[column].astype(np.float64), down=offset[row].astype(np.float64), runs=runs, step=step, sure=sure
    )
