"""
What cells of points give to the cells that all of their points reach, by moments of their points.

With o from centre to centre and d from the centre to the point, a kernel's height is a sum of products of a function of o
and one of d. The functions of d, summed over a cell's points, are its moments; each moment is convolved with its function
of o, through their transforms, and one transform back gives the sum of all.

The quartic and the Epanechnikov kernel are polynomials: nine and four moments give them exactly. The triangular one is 1
minus the distance over the radius. From eight cells on the distance is so smooth a function of d within a cell that products
of Chebyshev polynomials of total degree 8 give it to 8e-12 of a cell, wherever in the cell the point is; closer by, it is
summed point by point.
"""

import math
from functools import partial
from typing import Final

import numpy as np
from numpy.polynomial.chebyshev import chebvander
from numpy.typing import NDArray
from scipy import fft

from crimemap.analysis.density.kernel_stencil import Stencil
from crimemap.analysis.density.kernels import Kernel
from crimemap.analysis.density.sorted_points import SortedPoints, threads

__all__ = ["MOMENTS", "NEAREST", "convolve_moments"]

_DEGREE: Final = 8
_EXPONENTS: Final = tuple((i, total - i) for total in range(_DEGREE + 1) for i in range(total, -1, -1))
MOMENTS: Final[dict[str, int]] = {"quartic": 9, "epanechnikov": 4, "uniform": 1, "triangular": len(_EXPONENTS)}
#: Distance in cells from which the triangular kernel is summed from moments.
NEAREST: Final = 8.0
_AT_ONCE: Final = 15
#: Offsets up to which a transform is quicker by sums of waves.
_MOST_WAVES: Final = 120
_TILE: Final = 1024
_NODES: Final = 11

Floats = NDArray[np.float64]


def _parities(kernel: Kernel) -> tuple[tuple[int, int], ...]:
    """Say in which directions each moment is odd: across, down."""
    if kernel == "triangular":
        return tuple((i % 2, j % 2) for i, j in _EXPONENTS)
    return ((0, 0), (1, 0), (0, 1), (0, 0), (1, 1), (0, 0), (1, 0), (0, 1), (0, 0))[: MOMENTS[kernel]]


def _weights_of_moments(kernel: Kernel, around: Stencil, radius: float) -> Floats:
    """
    Give what each moment adds to the cells of a quarter, offsets 0 and more, that all points reach.

    1 - |o - d|^2 / r^2 is A + B - C where A = 1 - |o|^2 / r^2, B = 2 o.d / r^2 and C = |d|^2 / r^2.
    """
    offset = np.arange(around.step + 1, dtype=np.float64)
    across, down = np.meshgrid(offset, offset)
    square = radius * radius
    a = 1 - (across**2 + down**2) / square
    if kernel == "uniform":
        found = np.ones_like(a)[None]
    elif kernel == "epanechnikov":
        found = np.stack([a, 2 * across / square, 2 * down / square, np.full_like(a, -1 / square)])
    elif kernel == "quartic":
        found = np.stack(
            [
                a**2,
                4 * a * across / square,
                4 * a * down / square,
                4 * across**2 / square**2 - 2 * a / square,
                8 * across * down / square**2,
                4 * down**2 / square**2 - 2 * a / square,
                -4 * across / square**2,
                -4 * down / square**2,
                np.full_like(a, 1 / square**2),
            ]
        )
    else:
        found = _chebyshev_weights(across, down, radius)
    return np.where(around.sure[around.step :, around.step :], found, 0.0)


def _chebyshev_weights(across: Floats, down: Floats, radius: float) -> Floats:
    """Fit the triangular kernel as a function of where in the cell the point is, for each offset."""
    node = np.cos((np.arange(_NODES) + 0.5) * (math.pi / _NODES)) / 2
    x, y = (each.ravel() for each in np.meshgrid(node, node))
    basis = (
        chebvander(2 * x, _DEGREE)[:, [i for i, _ in _EXPONENTS]] * chebvander(2 * y, _DEGREE)[:, [j for _, j in _EXPONENTS]]
    )
    fit = np.linalg.pinv(basis)
    found = np.empty((len(_EXPONENTS), across.size))
    for first in range(0, across.size, 4096):
        part = slice(first, first + 4096)
        apart = np.hypot(across.ravel()[part] - x[:, None], down.ravel()[part] - y[:, None])
        found[:, part] = fit @ (1 - apart / radius)
    return found.reshape(-1, *across.shape)


def _waves(size: int, frequencies: int, step: int) -> tuple[Floats, Floats]:
    """Give the cosines and sines that make a transform of an even and of an odd function out of its values from 0 on."""
    turn = np.outer(np.arange(frequencies), np.arange(step + 1)) % size * (2 * math.pi / size)
    even = 2 * np.cos(turn)
    even[:, 0] = 1.0
    return even, 2 * np.sin(turn)


def _room(length: int, step: int, wanted: tuple[int, int]) -> tuple[int, int, int]:
    """Give the size of a circular convolution whose wanted outputs nothing wraps onto, the first of them and their end."""
    low, high = max(wanted[0], -step), min(wanted[1], length + step)
    return fft.next_fast_len(max(length + step - low, high + step), real=True), low, high


def convolve_moments(points: SortedPoints, around: Stencil, radius: float, kernel: Kernel, sums: Floats) -> None:
    """
    Add, tile by tile, what cells of points give to the cells of a raster that all of their points reach.

    Parameters
    ----------
    around
        With the cells that are summed here as its `sure` ones.
    radius
        In cells.
    sums
        Shape (n_rows, n_columns).
    """
    occupied = np.flatnonzero(np.diff(points.starts))
    if not occupied.size:
        return
    weights, parities = _weights_of_moments(kernel, around, radius), _parities(kernel)
    top, bottom = int(occupied[0]), int(occupied[-1]) + 1
    west, east = int(points.u.min()), int(points.u.max()) + 1
    height, width = (_tile(side, around.step) for side in (bottom - top, east - west))
    for first in range(top, bottom, height):
        for left in range(west, east, width):
            corner, end = (first, left), (min(first + height, bottom), min(left + width, east))
            _convolve_tile(points, corner, end, around.step, weights, parities, sums)


def _convolve_tile(  # noqa: PLR0917 - what a tile needs
    points: SortedPoints,
    corner: tuple[int, int],
    end: tuple[int, int],
    step: int,
    weights: Floats,
    parities: tuple[tuple[int, int], ...],
    sums: Floats,
) -> None:
    from crimemap.analysis.density.cell_moments import add_moments  # noqa: PLC0415 - numba loads slowly

    starts, u, v, w = points.rows(corner[0], end[0])
    length = (end[0] - corner[0], end[1] - corner[1])
    (rows, low_row, high_row), (columns, low_column, high_column) = (
        _room(length[axis], step, (points.margin - corner[axis], points.margin - corner[axis] + sums.shape[axis]))
        for axis in (0, 1)
    )
    if low_row >= high_row or low_column >= high_column:
        return
    # Offsets that lead from no point to any cell that is wanted are left out; the size has room for those left, either way.
    reach = [
        min(step, max(high - 1, side - 1 - low))
        for low, high, side in ((low_row, high_row, length[0]), (low_column, high_column, length[1]))
    ]
    weights = weights[:, : reach[0] + 1, : reach[1] + 1]
    waves = None
    if max(reach) <= _MOST_WAVES:
        even, odd = _waves(columns, columns // 2 + 1, reach[1])
        across = np.ascontiguousarray(even.T), np.ascontiguousarray(odd.T)
        waves = _waves(rows, rows, reach[0]), across
    total = np.zeros((rows, columns // 2 + 1), dtype=np.complex128)
    for first in range(0, len(weights), _AT_ONCE):
        chunk = range(first, min(first + _AT_ONCE, len(weights)))
        moments = np.zeros((len(chunk), *length))
        add_moments(starts, u, v, w, corner[0], corner[1], len(weights), first, moments)
        if not first and not moments[0].any():
            return
        product = partial(_product, weights=weights, parities=parities, waves=waves, size=(rows, columns))
        for k, found in zip(chunk, threads().map(product, zip(chunk, moments, strict=True)), strict=True):
            if waves is not None and sum(parities[k]) == 1:  # times -i
                total.real += found.imag
                total.imag -= found.real
            else:
                total += found
    spread = fft.irfft2(total, (rows, columns), workers=threads().workers)
    spread = np.roll(spread, (-low_row, -low_column), axis=(0, 1))[: high_row - low_row, : high_column - low_column]
    row, column = corner[0] - points.margin + low_row, corner[1] - points.margin + low_column
    sums[row : row + spread.shape[0], column : column + spread.shape[1]] += spread


def _product(
    of: tuple[int, Floats],
    *,
    weights: Floats,
    parities: tuple[tuple[int, int], ...],
    waves: tuple[tuple[Floats, Floats], tuple[Floats, Floats]] | None,
    size: tuple[int, int],
) -> NDArray[np.complex128]:
    """
    Transform a moment, and multiply it by the transform of its weights.

    By waves (quicker for narrow kernels) a factor of -i is left out where the weights are odd in one direction.
    """
    from crimemap.analysis.density.cell_moments import times_spectrum  # noqa: PLC0415 - numba loads slowly

    k, moment = of
    odd_across, odd_down = parities[k]
    found: NDArray[np.complex128] = fft.rfft2(moment, size)
    if waves is None:
        found *= fft.rfft2(_around(weights[k], size, odd_across=bool(odd_across), odd_down=bool(odd_down)))
        return found
    sign = -1.0 if odd_down else 1.0
    weight = -weights[k] if odd_across and odd_down else weights[k]
    times_spectrum(found, waves[0][odd_down], weight, waves[1][odd_across], sign)
    return found


def _around(weight: Floats, size: tuple[int, int], *, odd_across: bool, odd_down: bool) -> Floats:
    """Lay a quarter out in all directions from the first place, wrapped around."""
    rows, columns = weight.shape
    found = np.zeros(size)
    found[:rows, :columns] = weight
    found[size[0] - rows + 1 :, :columns] = weight[:0:-1] * (-1 if odd_down else 1)
    found[:, size[1] - columns + 1 :] = found[:, columns - 1 : 0 : -1] * (-1 if odd_across else 1)
    return found


def _tile(side: int, step: int) -> int:
    """Divide a side into equal tiles of at most a thousand cells, or twice the kernels' reach where that is more."""
    return math.ceil(side / math.ceil(side / max(_TILE, 2 * step)))
