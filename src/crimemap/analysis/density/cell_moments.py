"""Moments of the points of each cell. Compiled."""
# ruff: noqa: PLR0917 - compiled functions are called quickest by position

import numpy as np
from numpy.typing import NDArray

from crimemap.compiled import compiled

__all__ = ["add_moments"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@compiled
def add_moments(
    starts: Whole,
    u: Floats,
    v: Floats,
    w: Floats,
    first_row: int,
    first_column: int,
    n_moments: int,
    first: int,
    moments: Floats,
) -> None:
    """
    Add up the points of some cells: weight times a function of x and y, the distance from the cell's centre.

    Parameters
    ----------
    n_moments
        1: the weight alone. 4: x, y and x^2 + y^2 as well. 9: also x^2, xy, y^2 in place of the last, then
        x (x^2 + y^2), y (x^2 + y^2) and (x^2 + y^2)^2. More: Chebyshev polynomials of 2x times such of 2y, by total degree
        and then by falling degree in x.
    first
        The first moment wanted.
    moments
        Shape (n, n_rows, n_columns), zeros. Points of other columns are left out.
    """
    n, n_rows, n_columns = moments.shape
    value = np.empty(max(n_moments, 9))
    across, down = np.ones(n_moments + 2), np.ones(n_moments + 2)
    for i in range(n_rows):
        for p in range(starts[i], starts[i + 1]):
            column = int(u[p])
            if column < first_column or column >= first_column + n_columns:
                continue
            x, y = u[p] - (column + 0.5), v[p] - (first_row + i + 0.5)
            square = x * x + y * y
            value[0] = 1.0
            value[1] = x
            value[2] = y
            if n_moments == 4:  # noqa: PLR2004 - as documented
                value[3] = square
            elif n_moments == 9:  # noqa: PLR2004 - as documented
                value[3] = x * x
                value[4] = x * y
                value[5] = y * y
                value[6] = x * square
                value[7] = y * square
                value[8] = square * square
            elif n_moments > 9:  # noqa: PLR2004 - as documented
                across[1] = 2 * x
                down[1] = 2 * y
                k = 0
                total = 0
                while k < first + n:
                    if total > 1:
                        across[total] = 4 * x * across[total - 1] - across[total - 2]
                        down[total] = 4 * y * down[total - 1] - down[total - 2]
                    if k + total >= first:
                        for j in range(total + 1):
                            value[k + j] = across[total - j] * down[j]
                    k += total + 1
                    total += 1
            weight = w[p] if w.size > 0 else 1.0
            for k in range(n):
                moments[k, i, column - first_column] += weight * value[first + k]


@compiled
def times_spectrum(found: NDArray[np.complex128], down: Floats, weights: Floats, across: Floats, sign: float) -> None:
    """
    Multiply a transform by that of a function that is even or odd in each direction, but for its factors of -i.

    A product of small matrices, made here because a library that starts threads for it takes longer to start them.

    Parameters
    ----------
    found
        Shape (n_rows, n_columns).
    down, across
        Shape (n_rows, n_offsets) and (n_offsets, n_columns). Cosines or sines.
    weights
        Shape (n_offsets, n_offsets). Values of the function from 0 on.
    sign
        1, or -1 for a function that is odd down: what rows counted from the end are of those from the start.
    """
    n_rows, n_columns = found.shape
    size = weights.shape[0]
    line = np.empty(n_columns)
    for i in range(n_rows // 2 + 1):
        line[:] = 0.0
        for k in range(size):
            factor = 0.0
            for j in range(size):
                factor += down[i, j] * weights[j, k]
            row = across[k]
            for c in range(n_columns):
                line[c] += factor * row[c]
        for c in range(n_columns):
            found[i, c] *= line[c]
        other = n_rows - i
        if i > 0 and other > i:
            for c in range(n_columns):
                found[other, c] *= sign * line[c]
