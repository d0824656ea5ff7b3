"""Points in cells of a raster, sorted by row, so that sums of kernels walk through memory in order."""

import os
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.engine import LocalEngine

__all__ = ["SortedPoints", "sort_points", "threads"]

_CHUNK: Final = 1 << 18

Floats = NDArray[np.float64]


def threads() -> LocalEngine:
    """Give the engine that uses the processors of this machine; what is computed does not depend on how many there are."""
    return LocalEngine(workers=os.cpu_count() or 1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SortedPoints:
    """
    Points sorted by the row of cells that they lie in, in the order given within a row.

    Attributes
    ----------
    u, v
        Shape (n,). Position in cells from the south-west corner of a margin of cells around the raster.
    weight
        Shape (n,), or (0,) where all weights are 1.
    starts
        Shape (n_rows + 1,). Where each row begins, and where the last one ends; rows of the margin included.
    n_columns
        Columns, those of the margin included.
    margin
        Cells around the raster in which points are held.
    """

    u: Floats
    v: Floats
    weight: Floats
    starts: NDArray[np.int64]
    n_columns: int
    margin: int

    def __len__(self) -> int:
        """Count the points."""
        return int(self.u.size)

    def rows(self, first: int, last: int) -> tuple[NDArray[np.int64], Floats, Floats, Floats]:
        """Give the starts, positions and weights of the rows from `first` to before `last`."""
        begin, end = int(self.starts[first]), int(self.starts[last])
        weight = self.weight[begin:end] if self.weight.size else self.weight
        return self.starts[first : last + 1] - begin, self.u[begin:end], self.v[begin:end], weight


def sort_points(
    x: Floats,
    y: Floats,
    weight: Floats | None,
    *,
    west_m: float,
    south_m: float,
    cell_size_m: float,
    shape: tuple[int, int],
    margin: int,
) -> SortedPoints:
    """
    Sort points by row; those beyond the margin, and those of weight 0, are left out.

    Parameters
    ----------
    x, y
        Shape (n,). Metres.
    weight
        Shape (n,), or None for 1 each.
    west_m, south_m, cell_size_m, shape
        The raster: its corner, the side of its cells, its rows and columns.
    margin
        Cells around it in which points are kept.
    """
    from crimemap.analysis.density.point_rows import count_by_row, place_by_row  # noqa: PLC0415 - numba loads slowly

    n_rows, n_columns = shape[0] + 2 * margin, shape[1] + 2 * margin
    west, south = west_m - margin * cell_size_m, south_m - margin * cell_size_m
    x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
    weights = np.empty(0) if weight is None else np.ascontiguousarray(weight)
    chunks = [slice(start, start + _CHUNK) for start in range(0, x.size, _CHUNK)]
    counts = np.zeros((len(chunks), n_rows), dtype=np.int64)

    def count(index: int) -> None:
        part = chunks[index]
        w = weights[part] if weights.size else weights
        count_by_row(x[part], y[part], w, west, south, cell_size_m, n_columns, counts[index])

    engine = threads()
    engine.map(count, range(len(chunks)))
    starts = np.concatenate([[0], np.cumsum(counts.sum(axis=0))]).astype(np.int64)
    places = starts[:-1] + np.cumsum(counts, axis=0) - counts
    u, v = np.empty(int(starts[-1])), np.empty(int(starts[-1]))
    w_sorted = np.empty(int(starts[-1]) if weights.size else 0)

    def place(index: int) -> None:
        part = chunks[index]
        w = weights[part] if weights.size else weights
        place_by_row(x[part], y[part], w, west, south, cell_size_m, n_columns, places[index], u, v, w_sorted)

    engine.map(place, range(len(chunks)))
    return SortedPoints(u=u, v=v, weight=w_sorted, starts=starts, n_columns=n_columns, margin=margin)
