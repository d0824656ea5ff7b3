"""Which points lie in a window, and how much of their kernels does, from the edges of the window. Compiled."""
# ruff: noqa: PLR0917 - compiled functions are called quickest by position

import math

import numpy as np
from numpy.typing import NDArray

from crimemap.compiled import compiled

__all__ = ["count_crossings", "kernel_outside"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

#: Nodes and weights of Gauss and Legendre on -1 to 1.
_NODES_8, _WEIGHTS_8 = np.polynomial.legendre.leggauss(8)
_NODES_4, _WEIGHTS_4 = np.polynomial.legendre.leggauss(4)
_SHORT = 0.25


@compiled
def count_crossings(
    x: Floats,
    y: Floats,
    edges: Floats,
    starts: Whole,
    members: Whole,
    south: float,
    height: float,
    inside: NDArray[np.bool_],
) -> None:
    """
    Say which points lie in the window: a line to the east crosses its edges an odd number of times.

    Parameters
    ----------
    edges
        Shape (n_edges, 4). x, y of the lower end, x, y of the upper.
    starts, members
        The edges that each horizontal strip meets: strip i has `members[starts[i]:starts[i + 1]]`.
    south, height
        Where the first strip begins, and how high each is.
    """
    n_strips = starts.size - 1
    for i in range(x.size):
        at = (y[i] - south) / height
        odd = False
        if 0.0 <= at < n_strips:
            strip = int(at)
            for k in range(starts[strip], starts[strip + 1]):
                e = members[k]
                low_x, low_y, high_x, high_y = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
                if low_y <= y[i] < high_y and x[i] < low_x + (y[i] - low_y) * ((high_x - low_x) / (high_y - low_y)):
                    odd = not odd
        inside[i] = odd


@compiled
def _turned(kernel: int, p: float, begin: float, end: float) -> float:
    """
    Integrate over an angle what of a kernel lies beyond an edge, times 2 pi.

    The edge lies on a line at the distance p from the point, from `begin` to `end` along it, in bandwidths. At the distance
    r in one direction, the share of the kernel that is farther away is (1 - r^2)^3 (quartic), (1 - r^2)^2 (Epanechnikov),
    1 - 3 r^2 + 2 r^3 (triangular), 1 - r^2 (uniform) or exp(-r^2 / 2).
    """
    square = p * p
    angle = math.atan2(p * (end - begin), square + begin * end)
    if kernel == 4:  # noqa: PLR2004 - the kernels are numbered
        half, middle = (end - begin) / 2, (end + begin) / 2
        total = 0.0
        short = abs(end - begin) <= _SHORT
        nodes, weights = (_NODES_4, _WEIGHTS_4) if short else (_NODES_8, _WEIGHTS_8)
        for k in range(nodes.size):
            t = middle + half * nodes[k]
            q = (square + t * t) / 2
            # exp(-q) is 1 - q (1 - exp(-q)) / q: the first part is the angle, the rest is smooth where the edge is near.
            total += weights[k] * (-math.expm1(-q) / q if q > 1e-300 else 1.0)  # noqa: PLR2004 - 0 over 0
        return angle - p * half * total / 2
    one = end - begin
    if kernel == 3:  # noqa: PLR2004
        return angle - p * one
    three = (end * end * end - begin * begin * begin) / 3
    if kernel == 1:
        return angle - 2 * p * one + p * (square * one + three)
    if kernel == 0:
        five = (end**5 - begin**5) / 5
        quartic = square * one + three
        return angle - 3 * p * one + 3 * p * quartic - p * (square * square * one + 2 * square * three + five)
    cubes = p * (end * math.sqrt(square + end * end) - begin * math.sqrt(square + begin * begin)) / 2
    if p != 0.0:
        cubes += p * square * (math.asinh(end / abs(p)) - math.asinh(begin / abs(p))) / 2
    return angle - 3 * p * one + 2 * cubes


@compiled
def kernel_outside(
    x: Floats,
    y: Floats,
    pieces: Floats,
    starts: Whole,
    west: float,
    south: float,
    side: float,
    n_rows: int,
    n_columns: int,
    kernel: int,
    bandwidth: float,
    reach: float,
    outside: Floats,
) -> None:
    """
    Integrate what of each point's kernel lies beyond the window's edges, as seen from the point; negative for near sides.

    Parameters
    ----------
    pieces
        Shape (n_pieces, 4). x, y of the beginning, x, y of the end, the window to the left; sorted by bucket.
    starts
        Where each bucket of `side`, by row and column, begins among the pieces.
    reach
        Bandwidths beyond which an edge has no part.
    """
    for i in range(x.size):
        bucket_row, bucket_column = math.floor((y[i] - south) / side), math.floor((x[i] - west) / side)
        total = 0.0
        for row in range(max(bucket_row - 1, 0), min(bucket_row + 2, n_rows)):
            for column in range(max(bucket_column - 1, 0), min(bucket_column + 2, n_columns)):
                bucket = row * n_columns + column
                for k in range(starts[bucket], starts[bucket + 1]):
                    from_x, from_y = (pieces[k, 0] - x[i]) / bandwidth, (pieces[k, 1] - y[i]) / bandwidth
                    to_x, to_y = (pieces[k, 2] - x[i]) / bandwidth, (pieces[k, 3] - y[i]) / bandwidth
                    along_x, along_y = (pieces[k, 2] - pieces[k, 0]) / bandwidth, (pieces[k, 3] - pieces[k, 1]) / bandwidth
                    length = math.sqrt(along_x * along_x + along_y * along_y)
                    begin = (from_x * along_x + from_y * along_y) / length
                    end = (to_x * along_x + to_y * along_y) / length
                    # Positive to the left, where the window lies; from the nearer end, which has more digits.
                    if abs(begin) < abs(end):
                        p = (from_x * along_y - from_y * along_x) / length
                    else:
                        p = (to_x * along_y - to_y * along_x) / length
                    if abs(p) >= reach:
                        continue
                    chord = math.sqrt(reach * reach - p * p)
                    begin, end = max(begin, -chord), min(end, chord)
                    if begin < end:
                        total += _turned(kernel, p, begin, end)
        outside[i] = total / (2 * math.pi)
