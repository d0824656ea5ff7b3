"""The cells that a surface has: an extent in metres, widened to whole cells of the National Grid."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from crimemap.errors import ParameterError

__all__ = ["Extent", "frame", "frame_around"]

_MOST_CELLS: Final = 50_000_000

Floats = NDArray[np.float64]
Extent = tuple[float, float, float, float]


def frame(extent: Extent, size: float) -> tuple[int, int, int, int]:
    """
    Widen an extent to whole cells of the National Grid.

    Returns
    -------
    tuple of int
        First column, first row, number of columns, number of rows.

    Raises
    ------
    ParameterError
        If the extent is none, or has too many cells.

    Examples
    --------
    >>> frame((500_010, 200_020, 500_190, 200_080), 100.0)
    (5000, 2000, 2, 1)
    """
    west, south, east, north = extent
    if not (all(map(math.isfinite, extent)) and west < east and south < north):
        raise ParameterError("the extent is not west, south, east, north", where="extent", fix="Give it in metres.")
    if max(map(abs, extent)) / size >= 2**52:
        raise ParameterError(
            f"positions cannot be told apart on cells of {size:g} m", where="cell_size_m", fix="Take larger cells."
        )
    column, row = math.floor(west / size), math.floor(south / size)
    n_columns, n_rows = max(math.ceil(east / size) - column, 1), max(math.ceil(north / size) - row, 1)
    if n_columns * n_rows > _MOST_CELLS:
        least = math.sqrt((east - west) * (north - south) / _MOST_CELLS)
        raise ParameterError(
            f"the surface would have {n_columns * n_rows:,} cells, more than {_MOST_CELLS:,}",
            where="cell_size_m",
            fix=f"Take cells of {math.ceil(least * 1.01)} m or more, or a smaller extent.",
        )
    return column, row, n_columns, n_rows


def frame_around(x: Floats, y: Floats, reach: float | Floats, w: Floats | None = None) -> Extent:
    """
    Give the extent that kernels reach; points of weight 0 have none.

    Examples
    --------
    >>> frame_around(np.array([1000.0, 1200.0]), np.array([500.0, 500.0]), 100.0)
    (900.0, 400.0, 1300.0, 600.0)
    """
    if w is not None and not w.all():
        kept = w > 0
        x, y = x[kept], y[kept]
        reach = reach if isinstance(reach, float) else reach[kept]
    return (
        float((x - reach).min()),
        float((y - reach).min()),
        float((x + reach).max()),
        float((y + reach).max()),
    )
